"""The coach's pages: pairs beside each other, merging and undoing, whom to call, what was asked."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from mapper.access import RESIDENT
from mapper.core import Mapper
from mapper.model import Address, Contact, Link, Place, Resource
from mapper.text import Text
from mapper.web import create_app
from tests.browser import live
from tests.conftest import add, make_resource
from tests.signing_in import SignedIn, make_account, sign_in, sign_in_as

pytest_plugins = ["tests.browser"]

HERE = {"Sec-Fetch-Site": "same-origin"}
PHONE = Contact(type="phone", value="+32 2 000 11 22")


def house(record_id: str, name: Text, **changes: Any) -> Resource:
    given: dict[str, Any] = {
        "id": record_id,
        "kind": "community_centre",
        "name": name,
        "contacts": (PHONE,),
        "place": Place(
            address=Address(street=Text(nl="Eikstraat"), house_number="5", postcode="1000"), lon=4.345, lat=50.845
        ),
    }
    return make_resource(**(given | changes))


def inventory() -> list[Resource]:
    return [
        house("dutch22222", Text(nl="Buurthuis Zonnebloem"), checked_on=dt.date(2024, 1, 10)),
        house("french2222", Text(fr="Maison de quartier Zonnebloem"), summary=Text(fr="On y mange ensemble.")),
        make_resource(id="guest22222", name=Text(nl="Naaikring"), links=(Link(type="works_with", to="french2222"),)),
        make_resource(
            id="note222222", name=Text(nl="Soepkring"), ground="coach_notes", visibility="professional",
            volunteer_run="yes",
        ),
        house("faraway222", Text(nl="Ver huis"), place=Place(lon=4.355, lat=50.855), contacts=()),
    ]  # fmt: skip


@pytest.fixture
def site(mapper: Mapper) -> Flask:
    add(mapper, *inventory())
    return create_app(mapper)


@pytest.fixture
def coach(site: Flask, mapper: Mapper) -> tuple[FlaskClient, SignedIn]:
    client = site.test_client()
    return client, sign_in(client, mapper, "coach", areas=("1",))


def post(coach: tuple[FlaskClient, SignedIn], url: str, **fields: Any) -> Any:
    client, me = coach
    return client.post(url, data=me.form(**fields), headers=HERE)


def text(coach: tuple[FlaskClient, SignedIn], url: str) -> str:
    return coach[0].get(url).get_data(as_text=True)


PAIR = "/coach/duplicates/dutch22222/french2222"
PAGES = ("/coach", "/coach/calls", "/coach/duplicates", PAIR, "/coach/records/note222222", "/coach/alike")


def test_the_desk_shows_what_waits(coach: tuple[FlaskClient, SignedIn]) -> None:
    page = text(coach, "/coach?lang=en")
    assert "Buurthuis Zonnebloem" in page and "Surely the same" in page
    assert "Soepkring" in page and "the same telephone number" in page
    assert "Ver huis" not in page, "another coach looks after that neighbourhood"


def test_the_desk_shows_what_was_told_and_what_waits_for_a_yes(
    coach: tuple[FlaskClient, SignedIn], mapper: Mapper
) -> None:
    assert "Nothing waits." in text(coach, "/coach?lang=en")
    mapper.stewards.tell_wrong(RESIDENT, "dutch22222", "De deur bleef dicht.")
    mapper.calls.report(coach[1].actor, "guest22222", "wrong_number")
    mapper.stewards.propose_widening(coach[1].actor, "note222222", "public", "exact")
    page = text(coach, "/coach?lang=en")
    assert "De deur bleef dicht." in page and "the number is wrong" in page
    assert "1 caller said something is wrong" in page
    assert "Waiting for the yes of a group" in page and 'href="/coach/reports' in page
    assert post(coach, "/coach/records/dutch22222/still-correct").status_code == 303
    record = mapper.show("dutch22222")
    assert record is not None and record.checked_on == mapper.now().date()


def test_a_merge_is_chosen_field_by_field_and_the_old_address_leads_on(
    coach: tuple[FlaskClient, SignedIn], mapper: Mapper
) -> None:
    page = text(coach, PAIR + "?lang=en")
    assert "On y mange ensemble." in page and 'name="summary"' in page
    answer = post(coach, PAIR, do="merge", keep="left", name="both", summary="right")
    assert answer.status_code == 303
    kept = mapper.show("french2222")
    assert kept is not None and kept.id == "dutch22222"
    assert kept.name == Text(nl="Buurthuis Zonnebloem", fr="Maison de quartier Zonnebloem")
    assert kept.summary == Text(fr="On y mange ensemble.")
    (link,) = mapper.catalogue().get("guest22222").links  # type: ignore[union-attr]
    assert link.to == "dutch22222"
    assert coach[0].get("/r/french2222").status_code in (200, 301, 302, 308)
    assert "Undo this merge" in text(coach, "/coach/duplicates?lang=en")


def test_undoing_a_merge_gives_both_back(coach: tuple[FlaskClient, SignedIn], mapper: Mapper) -> None:
    before = {one: mapper._store.resource(one) for one in ("dutch22222", "french2222")}
    post(coach, PAIR, do="merge", keep="right", name="both", contacts="both")
    (done,) = mapper.curation.merges(coach[1].actor)
    answer = post(coach, f"/coach/merges/{done.merge.id}/undo")
    assert answer.status_code == 303 and "parted=whole" in answer.headers["Location"]
    assert {one: mapper._store.resource(one) for one in before} == before
    assert "Undo this merge" not in text(coach, "/coach/duplicates?lang=en")
    assert post(coach, f"/coach/merges/{done.merge.id}/undo").status_code == 404


def test_not_the_same_is_remembered(coach: tuple[FlaskClient, SignedIn]) -> None:
    assert "Zonnebloem" in text(coach, "/coach/duplicates")
    post(coach, PAIR, do="not_same")
    assert "Zonnebloem" not in text(coach, "/coach/duplicates")


def test_a_call_is_noted_and_nobody_is_asked_twice(coach: tuple[FlaskClient, SignedIn], mapper: Mapper) -> None:
    assert "Yes, they can be called now." in text(coach, "/coach/records/dutch22222?lang=en")
    answer = post(coach, "/coach/records/dutch22222/contact", outcome="spoke", asked=["contacts"], still_correct="1")
    assert answer.status_code == 303
    page = text(coach, "/coach/records/dutch22222?lang=en")
    assert "Do not ask twice: call from 18 May 2027" in page and "We spoke" in page
    assert "Buurthuis Zonnebloem" not in text(coach, "/coach/calls")
    checked = mapper.show("dutch22222", RESIDENT)
    assert checked is not None and checked.checked_on == dt.date(2026, 11, 18) and checked.status == "active"


def test_a_call_without_an_outcome_says_what_is_missing(coach: tuple[FlaskClient, SignedIn]) -> None:
    answer = post(coach, "/coach/records/dutch22222/contact?lang=en", asked=["contacts"])
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400 and "Choose how the call went." in page and 'href="#outcome"' in page


def test_a_group_says_how_often_it_may_be_called(coach: tuple[FlaskClient, SignedIn]) -> None:
    post(coach, "/coach/records/dutch22222/rule", months="0")
    assert "They asked not to be called again." in text(coach, "/coach/records/dutch22222?lang=en")
    assert "Buurthuis Zonnebloem" not in text(coach, "/coach/calls")
    assert post(coach, "/coach/records/dutch22222/rule", months="-1").status_code == 400


def test_somebody_elses_neighbourhood_is_left_alone(coach: tuple[FlaskClient, SignedIn]) -> None:
    assert coach[0].get("/coach/records/faraway222").status_code in (403, 404)
    assert post(coach, "/coach/duplicates/dutch22222/faraway222", do="merge").status_code in (403, 404)
    assert post(coach, "/coach/records/faraway222/contact", outcome="spoke").status_code in (403, 404)
    assert coach[0].get("/coach/duplicates/dutch22222/never22222").status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        "name=Buurthuis+Zonneblom",
        "name=buurthuis+zonn",
        "phone=02+000+11+22",
        "street=Eikstraat&house_number=5&postcode=1000&name=Zonnebloem",
    ],
)
def test_what_is_here_already_is_found_while_typing(coach: tuple[FlaskClient, SignedIn], asked: str) -> None:
    found = coach[0].get(f"/coach/alike.json?lang=en&{asked}").get_json()
    assert "dutch22222" in [one["id"] for one in found], asked
    assert "Buurthuis Zonnebloem" in text(coach, f"/coach/alike?{asked}")


def test_what_is_hidden_is_never_told_while_typing(coach: tuple[FlaskClient, SignedIn], mapper: Mapper) -> None:
    add(mapper, house("hidden2222", Text(nl="Verborgen Huis Klaproos"), visibility="hidden"))
    assert coach[0].get("/coach/alike.json?name=Verborgen+Huis+Klaproos").get_json() == []
    assert "Klaproos" not in text(coach, "/coach") + text(coach, "/coach/duplicates")


def test_every_page_answers_in_every_language(coach: tuple[FlaskClient, SignedIn]) -> None:
    post(coach, "/coach/duplicates/note222222/guest22222", do="not_same")
    for path in PAGES:
        for language in ("nl", "fr", "en", "ar"):
            answer = coach[0].get(f"{path}?lang={language}")
            assert answer.status_code == 200, (path, language)
            assert f'lang="{language}"' in answer.get_data(as_text=True)


@pytest.fixture
def signed_in_site(mapper: Mapper) -> Iterator[tuple[str, SignedIn]]:
    add(mapper, *inventory())
    with live(mapper) as address:
        client = create_app(mapper).test_client()
        yield address, sign_in_as(client, mapper, make_account(mapper, "coach", areas=("1",)))


@pytest.mark.parametrize("width", [320, 1280])
def test_a_coach_merges_two_and_parts_them_again_in_a_browser(
    chromium: Browser,
    signed_in_site: tuple[str, SignedIn],
    width: int,
) -> None:
    address, me = signed_in_site
    context = chromium.new_context(viewport={"width": width, "height": 800}, java_script_enabled=width > 400)
    try:
        context.add_cookies([me.cookie | {"url": address}])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(f"{address}/coach?lang=en")
        page.get_by_role("link", name=re.compile("Zonnebloem.*Zonnebloem")).click()
        page.get_by_role("group", name="In one sentence").get_by_label("Second").check()
        page.get_by_role("button", name="Make them one").click()
        page.get_by_role("button", name="Undo this merge").click()
        assert page.get_by_role("status").inner_text() == "They are two again, exactly as they were."
        assert page.get_by_role("link", name=re.compile("Zonnebloem.*Zonnebloem")).count() == 1
    finally:
        context.close()


def test_axe_finds_nothing_on_the_coach_pages(
    chromium: Browser,
    signed_in_site: tuple[str, SignedIn],
) -> None:
    address, me = signed_in_site
    context = chromium.new_context(viewport={"width": 320, "height": 800})
    try:
        context.add_cookies([me.cookie | {"url": address}])  # type: ignore[list-item]
        page = context.new_page()
        for path in (*PAGES, "/coach/alike?name=Zonnebloem"):
            page.goto(address + path)
            found = Axe().run(page)
            assert found.violations_count == 0, (path, found.generate_report())
            assert page.evaluate("document.querySelector('main').scrollWidth") <= 320, path
    finally:
        context.close()
