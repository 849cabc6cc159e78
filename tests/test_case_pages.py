"""The pages of cases: saved from a slate, gone on with, printed, answered by a service, erased."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.model import Avoid, Circles, CircleTies, Limits, Profile
from mapper.text import Text
from mapper.web import create_app
from mapper.web.case_profile import profile_lines
from tests.conftest import NOON, TOY_CITY, add, make_resource
from tests.signing_in import SignedIn, sign_in

SAVE = {
    "needs": "iemand om mee te praten", "place": "Eikenwijk", "languages": "Portugees", "shown": "circle",
    "propose": "circle", "why": "samen zoeken tot de lente", "given_how": "spoken", "person_language": "fr",
}  # fmt: skip


@pytest.fixture
def mapper(tmp_path: Path) -> Iterator[Mapper]:
    with Mapper.open(tmp_path / "instance", create=True, clock=lambda: NOON) as opened:
        opened.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        opened.keys.make(TERMINAL_ADMIN)
        add(
            opened,
            make_resource(slices=("informal",)),
            make_resource(
                id="service",
                name=Text.of("Dienst"),
                kind="general_welfare_centre",
                slices=("professional",),
                needs=("debt",),
            ),
        )
        yield opened


@pytest.fixture
def client(mapper: Mapper) -> FlaskClient:
    return create_app(mapper).test_client()


@pytest.fixture
def me(client: FlaskClient, mapper: Mapper) -> SignedIn:
    return sign_in(client, mapper, "worker", team="t1")


def post(client: FlaskClient, me: SignedIn, url: str, **fields: Any) -> TestResponse:
    return client.post(url + "?lang=en", data=me.form(**fields))


def saved(client: FlaskClient, me: SignedIn, **changes: Any) -> str:
    answer = post(client, me, "/cases", **(SAVE | changes))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.location.partition("?")[0]


def test_a_case_is_kept_from_a_slate_and_its_code_shown(client: FlaskClient, me: SignedIn, mapper: Mapper) -> None:
    slate = post(client, me, "/match", **{name: SAVE[name] for name in ("needs", "place", "languages")})
    assert 'formaction="/cases/new' in slate.text
    form = post(client, me, "/cases/new", **SAVE, on_sheet="circle")
    assert form.status_code == 200 and 'value="circle" checked' in form.text
    page = client.get(saved(client, me) + "?lang=en&done=saved")
    (line,) = mapper.cases.cases(me.actor)
    assert line.code in page.text and "Write the code on your own paper" in page.text and "Kring" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert line.code in client.get("/cases").text


def test_the_public_and_other_roles_see_no_case_page(client: FlaskClient, me: SignedIn, mapper: Mapper) -> None:
    here = saved(client, me)
    pages = ("/cases", here, f"{here}/held", f"{here}/erase", "/cases/glass", "/team/numbers", "/referrals")
    public = create_app(mapper).test_client()
    assert 'formaction="/cases/new' not in public.post("/match", data=SAVE).text
    for path in pages:
        assert public.get(path).status_code == 303, path
    steward = create_app(mapper).test_client()
    sign_in(steward, mapper, "steward", records=("circle",))
    for path in pages[:-1]:
        assert steward.get(path).status_code == 403, path
    stranger = create_app(mapper).test_client()
    sign_in(stranger, mapper, "worker", team="t2")
    for path in (here, f"{here}/held", f"{here}/erase"):
        never = re.sub(r"/cases/\w+", "/cases/never22222", path)
        theirs, nobodys = stranger.get(path), stranger.get(never)
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.text.replace(here, "/cases/never22222") == nobodys.text
    for path in ("notes", "introductions", "consent", "erase", "seen", "refer"):
        forged = client.post(f"{here}/{path}", data={"note": "x"})
        assert forged.status_code == 403, "a form without its token"


@pytest.mark.parametrize(("changes", "field"), [
    ({"why": ""}, "why"), ({"given_how": ""}, "given_how"), ({"until": "soon"}, "until"),
    ({"until": "2020-01-01"}, "until"), ({"until": "2027-12-31"}, "until"),
])  # fmt: skip
def test_a_mistake_is_told_beside_its_field_and_nothing_typed_is_lost(
    client: FlaskClient, me: SignedIn, mapper: Mapper, changes: dict[str, str], field: str
) -> None:
    answer = post(client, me, "/cases", **(SAVE | changes))
    assert answer.status_code == 400
    assert f'<a href="#{field}">' in answer.text and f'id="{field}-wrong"' in answer.text
    for kept in ("iemand om mee te praten", "Eikenwijk", *([] if field == "why" else ["samen zoeken tot de lente"])):
        assert kept in answer.text
    assert mapper.cases.cases(me.actor) == []


def test_what_looks_like_a_name_is_asked_about_once(client: FlaskClient, me: SignedIn, mapper: Mapper) -> None:
    asked = post(client, me, "/cases", **(SAVE | {"why": "Belt met Fatima op 0470 12 34 56"}))
    assert asked.status_code == 200 and "looks like a name" in asked.text and "a telephone number" in asked.text
    assert mapper.cases.cases(me.actor) == []
    here = saved(client, me, why="Belt met Fatima", checked="1")
    note = post(client, me, f"{here}/notes", note="Woont Gallaitstraat 76")
    assert "looks like an address" in note.text and "Woont Gallaitstraat 76</textarea>" in note.text
    assert post(client, me, f"{here}/notes", note="Woont Gallaitstraat 76", checked="1").status_code == 303
    assert "Woont Gallaitstraat 76" in client.get(here).text


def test_an_introduction_goes_on_and_its_outcome_is_kept(client: FlaskClient, me: SignedIn, mapper: Mapper) -> None:
    here = saved(client, me)
    case_id = here.rpartition("/")[2]
    one = mapper.cases.case(me.actor, case_id).case.introductions[0]
    at = f"{here}/introductions/{one.id}"
    wrong = post(client, me, at, state="ended")
    assert wrong.status_code == 400 and f'href="#state-{one.id}"' in wrong.text
    for state in ("contacted", "stays_open", "contacted", "welcomed"):
        assert post(client, me, at, state=state).status_code == 303
    post(client, me, at, state="going_well", outcome="ze lachten veel", welcome="yes")
    page = client.get(here + "?lang=en").text
    assert "did not come yet, stays open" in page and "is going well" in page and "ze lachten veel" in page
    found = post(client, me, f"{here}/introductions", look="kring")
    assert "Nothing goes by these words" in found.text, "it is there already"
    assert post(client, me, f"{here}/introductions", place="service").status_code == 303
    post(client, me, at, do="avoid", place="circle")
    assert "does not want to go there any more" in client.get(here + "?lang=en").text


def test_what_is_held_is_all_of_it_in_the_persons_language(client: FlaskClient, me: SignedIn, mapper: Mapper) -> None:
    here = saved(client, me)
    post(client, me, f"{here}/notes", note="houdt van koken", checked="1")
    page = client.get(f"{here}/held").text
    assert '<html lang="fr"' in page
    for words in ("samen zoeken tot de lente", "houdt van koken", "Kring", "Portugais", "Quartier des Chênes"):
        assert words in page, words
    assert 'lang="nl"' in client.get(f"{here}/held?lang=nl").text


def test_nothing_of_a_saved_profile_is_hidden_from_the_person(client: FlaskClient, mapper: Mapper) -> None:
    """Whatever field changes, the paper changes."""
    ties = CircleTies(size=2, known_by_first_name=1, in_brussels=True, calls="often", practical=True, emotional=True,
                      gives=True)  # fmt: skip
    full = Profile(
        languages=("pt",), neighbourhood="1", needs=("company",), gives=("cooking",), groups=("circle",),
        professional="service", range_m=800, wishes_more_contact=True, asks_easily=False, burden="some",
        only_slices=("informal",), not_near_home=True, phone_is_safe=False, strong_sides=("koken",),
        limits=Limits(free=True, wheelchair=True, women_only=True, evenings=True),
        circles=Circles(household=ties, family=ties, friends=ties, neighbours=ties),
        avoid=Avoid(circles=("family",), resources=("circle",)),
    )  # fmt: skip
    with client.application.test_request_context("/?lang=en"):
        whole, compared = profile_lines(full), 0
        plain = Profile()
        for field in Profile.__struct_fields__:
            if getattr(full, field) != getattr(plain, field):
                compared += 1
                assert profile_lines(msgspec.structs.replace(full, **{field: getattr(plain, field)})) != whole, field
        for field in CircleTies.__struct_fields__:
            less = msgspec.structs.replace(full.circles, family=msgspec.structs.replace(ties, **{field: None}))
            assert profile_lines(msgspec.structs.replace(full, circles=less)) != whole, field
    assert compared == len(Profile.__struct_fields__) - 3, (
        "all but what is never kept: communities, point, own community"
    )


def test_a_link_shows_only_what_was_agreed_and_looking_changes_nothing(
    client: FlaskClient, me: SignedIn, mapper: Mapper
) -> None:
    here = saved(client, me)
    post(client, me, f"{here}/notes", note="geheime nota", checked="1")
    form = {"recipient": "service", "purpose": "hulp met een brief", "share": ["1"], "message": "spreekt liever traag"}
    preview = post(client, me, f"{here}/refer", do="preview", **form)
    assert "This is what the service will see" in preview.text and "<dd><bdi>Portuguese</bdi></dd>" in preview.text
    assert post(client, me, f"{here}/refer", do="send", **form).status_code == 400
    sent = post(client, me, f"{here}/refer", do="send", **form, wanted="1", given_how="signed", days="7")
    link = re.search(r'value="http://localhost(/referral/[\w-]+)"', sent.text)
    assert link is not None
    service = create_app(mapper).test_client()
    looked = [service.get(link[1] + "?lang=en") for _ in range(3)]
    assert len({page.text for page in looked}) == 1 and service.head(link[1]).status_code == 200
    page = looked[0]
    assert "hulp met een brief" in page.text and "Portuguese" in page.text and "spreekt liever traag" in page.text
    for secret in (
        "geheime nota",
        "samen zoeken",
        "Eikenwijk",
        "Chênes",
        "Kring",
        mapper.cases.cases(me.actor)[0].code,
    ):
        assert secret not in page.text, secret
    assert page.headers["Cache-Control"] == "no-store"
    cross = service.post(link[1], data={"answer": "can_help"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403
    assert service.post(link[1], data={"answer": ""}).status_code == 400
    thanks = service.post(link[1] + "?lang=en", data={"answer": "call_first", "words": "vraag naar het onthaal"})
    assert "Phone us first" in thanks.text
    mine = client.get(here + "?lang=en").text
    assert "Phone us first" in mine and "vraag naar het onthaal" in mine
    (referral,) = mapper.referrals.of_case(me.actor, here.rpartition("/")[2])
    assert post(client, me, f"{here}/referrals/{referral.id}/revoke").status_code == 303
    gone, never = service.get(link[1] + "?lang=en"), service.get("/referral/never?lang=en")
    assert gone.status_code == never.status_code == 404
    assert gone.text.replace(link[1], "/referral/never") == never.text


def test_a_service_answers_in_its_own_account(client: FlaskClient, me: SignedIn, mapper: Mapper) -> None:
    here = saved(client, me)
    post(client, me, f"{here}/refer", do="send", recipient="service", purpose="een gesprek", share=["0"], wanted="1",
         given_how="spoken", days="7")  # fmt: skip
    (referral,) = mapper.referrals.of_case(me.actor, here.rpartition("/")[2])
    service, other = create_app(mapper).test_client(), create_app(mapper).test_client()
    they = sign_in(service, mapper, "steward", records=("service",))
    sign_in(other, mapper, "steward", records=("circle",))
    assert f"/referrals/{referral.id}" in service.get("/referrals").text
    assert 'href="/referrals"' in service.get("/account").text
    assert f"/referrals/{referral.id}" not in other.get("/referrals").text
    assert other.get(f"/referrals/{referral.id}").status_code == other.get("/referrals/never").status_code == 404
    assert "een gesprek" in service.get(f"/referrals/{referral.id}").text
    assert "Thank you" in post(service, they, f"/referrals/{referral.id}", answer="can_help").text


def test_another_teams_case_is_seen_once_with_a_reason(client: FlaskClient, me: SignedIn, mapper: Mapper) -> None:
    here = saved(client, me)
    code = mapper.cases.cases(me.actor)[0].code
    stranger = create_app(mapper).test_client()
    they = sign_in(stranger, mapper, "worker", team="t2")
    assert post(stranger, they, "/cases/glass", code=code, reason="kort").status_code == 400
    assert post(stranger, they, "/cases/glass", code="geen code hier", reason="de collega is ziek").status_code == 400
    seen = post(stranger, they, "/cases/glass", code=code, reason="de collega is ziek")
    assert "samen zoeken tot de lente" in seen.text
    assert stranger.get(here).status_code == 404
    assert "outside your team" in client.get("/cases?lang=en").text
    assert "de collega is ziek" in client.get(here).text
    post(client, me, f"{here}/seen")
    assert "outside your team" not in client.get("/cases?lang=en").text


def test_erasing_asks_for_the_code_and_is_at_once(client: FlaskClient, me: SignedIn, mapper: Mapper) -> None:
    here = saved(client, me)
    code = mapper.cases.cases(me.actor)[0].code
    assert "no undo" in client.get(f"{here}/erase?lang=en").text
    assert post(client, me, f"{here}/erase", code="iets anders").status_code == 400
    assert post(client, me, f"{here}/erase", code=code.upper()).status_code == 303
    for path in (here, f"{here}/held", f"{here}/erase"):
        assert client.get(path).status_code == 404
    assert mapper._store.rows("SELECT * FROM cases") == []


def test_hostile_words_stay_words(client: FlaskClient, me: SignedIn) -> None:
    hostile = "</textarea><script>window.__ran=1</script>\u202e"
    here = saved(client, me, why=hostile, checked="1")
    post(client, me, f"{here}/notes", note=hostile, checked="1")
    for path in (here, f"{here}/held"):
        page = client.get(path).text
        assert "<script>window" not in page and "&lt;script&gt;window" in page and "\u202e" not in page
    assert client.post(f"{here}/notes", data=me.form(note="x" * 10_000_000)).status_code == 413
    assert post(client, me, f"{here}/notes", note="x" * 5000).status_code == 400


def test_numbers_are_told_as_a_dash_under_ten(client: FlaskClient, me: SignedIn, mapper: Mapper) -> None:
    assert "No whole month" in client.get("/team/numbers?lang=en").text
    with mapper._store.transaction("t") as transaction:
        for _number in range(13):
            mapper.cases._store.count(transaction, "2026-10", "neighbourhood", "1", "opened")
        mapper.cases._store.count(transaction, "2026-10", "neighbourhood", "2", "opened")
    page = client.get("/team/numbers?lang=nl").text
    assert re.search(r"Eikenwijk</th><td>15</td>", page)
    assert re.search(r"Lindewijk</th><td><abbr[^>]*>–</abbr></td>", page)


def test_what_is_over_goes_at_the_first_request_of_the_day(tmp_path: Path) -> None:
    now = [NOON]
    with Mapper.open(tmp_path / "timed", create=True, clock=lambda: now[0]) as timed:
        timed.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        timed.keys.make(TERMINAL_ADMIN)
        add(timed, make_resource())
        client = create_app(timed).test_client()
        me = sign_in(client, timed, "worker", team="t1")
        saved(client, me)
        client.get("/")
        assert len(timed._store.rows("SELECT * FROM cases")) == 1
        import datetime as dt

        now[0] = NOON + dt.timedelta(days=91)
        assert client.get("/").status_code == 200
        assert timed._store.rows("SELECT * FROM cases") == []
