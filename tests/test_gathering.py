"""Adding places and bringing lists: by a coach, in the own neighbourhoods, never public, with undo."""

import io
import random
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from mapper.access import RESIDENT, TERMINAL_ADMIN, Actor
from mapper.core import Mapper
from mapper.core.authority import Refused
from mapper.exchange.geocoding import Geocoder, Located
from mapper.model import Address, Contact, Place, Point, Problem
from mapper.text import Text
from mapper.web import create_app
from tests.browser import live, visit
from tests.conftest import add, make_resource
from tests.signing_in import SignedIn, sign_in

pytest_plugins = ["tests.browser"]

COACH = Actor(role="coach", id="c", areas=("1",))


@pytest.fixture
def client(mapper: Mapper) -> FlaskClient:
    return create_app(mapper).test_client()


@pytest.fixture
def coach(client: FlaskClient, mapper: Mapper) -> SignedIn:
    return sign_in(client, mapper, "coach", areas=("1",))


def place(**changes: Any) -> dict[str, Any]:
    return {"name": "Naaikring", "kind": "self_organisation", "area": "1"} | changes


def messy_book(rows: int = 200) -> bytes:
    """A list as it comes by mail: a title, three languages, merged cells, half without an address, wrong columns."""
    chance = random.Random(5)
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["Lijst / liste verenigingen – kladversie"])
    page.append([])
    page.append(["Naam / nom", "Wie?", "soort", "Adresse", "Téléphone", "lat", "lon", "zichtbaarheid", "Opm."])
    for number in range(rows):
        street = f"Eikenstraat {number + 1}, 1000 Brussel" if chance.random() < 0.5 else None
        phone = chance.choice(["02 264 55 42", "0470/12.34.56", "bellen na 18u", None])
        kind = chance.choice(["zelforganisatie", "bibliothèque", "soup kitchen", "iets anders"])
        point = (50.845, 4.345) if chance.random() < 0.2 else (None, None)
        page.append([f"=Groep {number}" if number == 3 else f"Groep {number}", "vrouwen", kind, street, phone, *point,
                     "public", "=HYPERLINK(1)"])  # fmt: skip
    page.merge_cells("D6:D8")
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def brought(client: FlaskClient, coach: SignedIn, body: bytes, name: str = "lijst.xlsx") -> str:
    answer = client.post("/coach/import", data=coach.form(file=(io.BytesIO(body), name)))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def chosen(coach: SignedIn, **more: Any) -> dict[str, Any]:
    columns = ["name_und", "", "kind", "address", "phone", "lat", "lon", "", ""]
    return coach.form(
        **{f"column_{index}": column for index, column in enumerate(columns)},
        kind_words="iets anders", kind_means="self_organisation", neighbourhood="1", **more,
    )  # fmt: skip


def test_a_place_in_thirty_seconds(client: FlaskClient, coach: SignedIn, mapper: Mapper) -> None:
    answer = client.post("/coach/add", data=coach.form(**place(point="4.3451,50.8452", line="Samen naaien")))
    assert answer.status_code == 303
    (record,) = mapper.catalogue(COACH)
    assert (record.visibility, record.ground, record.status) == ("professional", "coach_notes", "reported")
    assert (record.place.lon, record.summary) == (4.3451, Text(nl="Samen naaien"))
    assert len(mapper.catalogue(RESIDENT)) == 0
    assert "Naaikring" in client.get(answer.headers["Location"]).text


def test_a_home_is_only_its_neighbourhood(client: FlaskClient, coach: SignedIn, mapper: Mapper) -> None:
    client.post("/coach/add", data=coach.form(**place()))
    (record,) = mapper.catalogue(COACH)
    assert record.place == Place(precision="neighbourhood", neighbourhood="1")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"kind": "castle"}, "kind"),
        ({"area": ""}, "area"),
        ({"phone": "bellen"}, "phone"),
        ({"point": "0,0"}, "point"),
        ({"point": "nan,1"}, "point"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    client: FlaskClient, coach: SignedIn, mapper: Mapper, changes: dict[str, str], field: str
) -> None:
    answer = client.post("/coach/add", data=coach.form(**place(line="Bijzonder", **changes)))
    assert answer.status_code == 400 and f'href="#{field}"' in answer.text and 'value="Bijzonder"' in answer.text
    assert mapper.count() == 0


def test_outside_the_own_neighbourhoods_nothing_is_added(client: FlaskClient, coach: SignedIn, mapper: Mapper) -> None:
    assert client.post("/coach/add", data=coach.form(**place(point="4.355,50.845"))).status_code == 403
    assert client.post("/coach/add", data=coach.form(**place(area="3"))).status_code == 403
    assert mapper.count() == 0


def test_a_draft_sent_twice_is_one_place(client: FlaskClient, coach: SignedIn, mapper: Mapper) -> None:
    sent = [
        client.post("/coach/add", data=coach.form(**place(draft="abc")), headers={"Accept": "application/json"})
        for _time in range(2)
    ]
    assert [answer.status_code for answer in sent] == [201, 201]
    assert sent[0].json == sent[1].json and mapper.count() == 1


def test_a_messy_spreadsheet_of_200_rows(client: FlaskClient, coach: SignedIn, mapper: Mapper) -> None:
    where = brought(client, coach, messy_book())
    page = client.get(where).text
    assert "iets anders" in page and 'value="name_und" selected' in page and 'value="phone" selected' in page
    looked = client.post(where, data=chosen(coach, do="look"))
    assert looked.status_code == 200 and mapper.count() == 0, "looking changes nothing"
    took = client.post(where, data=chosen(coach, do="take"))
    assert took.status_code == 303
    records = list(mapper.catalogue(COACH))
    assert len(records) == 199, "a formula that was never worked out is no name"
    assert {(one.visibility, one.ground) for one in records} == {("professional", "coach_notes")}
    assert len(mapper.catalogue(RESIDENT)) == 0
    undone = client.post(took.headers["Location"].split("?")[0] + "/undo", data=coach.form())
    assert undone.status_code == 303 and mapper.count() == 0 and len(mapper.catalogue(COACH)) == 0


def test_fifty_megabytes_are_refused_in_a_sentence_and_not_read(client: FlaskClient, coach: SignedIn) -> None:
    answer = client.post("/coach/import?lang=en", data=coach.form(file=(io.BytesIO(b"x" * 50_000_000), "a.csv")))
    assert answer.status_code == 413 and "It is larger than 5" in answer.text and "Split it" in answer.text


def test_what_is_wrong_is_said_once_with_all_its_rows(client: FlaskClient, coach: SignedIn) -> None:
    body = b"naam;soort;tel\nA;zwemclub9;bel na 18u\nB;zwemclub9;\nC;zwemclub9;\nD;bibliotheek;bel na 15u\n"
    where = brought(client, coach, body, "a.csv")
    told = coach.form(column_0="name_und", column_1="kind", column_2="phone", neighbourhood="1", do="look")
    page = client.post(where + "?lang=en", data=told).text
    assert page.count("zwemclub9” is no kind of place") == 1 and "The same in rows 3, 4." in page
    assert "Did you mean “–”" not in page
    assert "Row 5: “bel na 15u” cannot be used as a contact" in page, "what is left out of a row that comes in is told"
    taken = client.post(where, data=told | {"do": "take"}, follow_redirects=True).text
    assert "3 rows could not be used" in taken or "3 rijen" in taken or "3 lignes" in taken


def test_an_address_found_in_another_quarter_cannot_be_chosen(
    client: FlaskClient, coach: SignedIn, mapper: Mapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = {"1": Point(4.345, 50.845), "2": Point(4.355, 50.845)}

    def answers(_self: Geocoder, address: Address) -> tuple[Located, ...]:
        return (Located(points[address.house_number], address, "exact", 1.0, "urbis"),)

    monkeypatch.setenv("MAPPER_GEOCODER", "urbis")
    monkeypatch.setattr(Geocoder, "locate", answers)
    where = brought(client, coach, b"naam;soort;adres\nA;bibliotheek;Eikstraat 1\nB;bibliotheek;Eikstraat 2\n", "a.csv")
    told = {"column_0": "name_und", "column_1": "kind", "column_2": "address", "neighbourhood": "1"}
    page = client.post(where + "?lang=en", data=coach.form(**told, do="locate")).text
    assert page.count('name="take_point"') == 1 and "outside your neighbourhoods" in page


def test_the_same_list_again_changes_nothing(client: FlaskClient, coach: SignedIn, mapper: Mapper) -> None:
    for _time in range(2):
        where = brought(client, coach, messy_book(20))
        client.post(where, data=chosen(coach, do="take"))
    assert mapper.count() == 19


def test_what_somebody_else_wrote_stays(client: FlaskClient, coach: SignedIn, mapper: Mapper) -> None:
    where = brought(client, coach, b"naam;soort\nKring;bibliotheek\n", "a.csv")
    form = coach.form(column_0="name_und", column_1="kind", neighbourhood="1", do="take")
    client.post(where, data=form)
    (record,) = mapper.catalogue(COACH)
    mapper.put(TERMINAL_ADMIN, make_resource(id=record.id, name=Text.of("Kring van later"), origins=record.origins))
    where = brought(client, coach, b"naam;soort\nKring;bibliotheek\n", "a.csv")
    client.post(where, data=form)
    assert [one.name for one in mapper.catalogue(COACH)] == [Text.of("Kring van later")]


def test_undo_leaves_alone_what_was_changed_since(mapper: Mapper) -> None:
    sheet = mapper.gathering.bring(COACH, b"naam;soort\nA;bibliotheek\nB;bibliotheek\n", "a.csv")
    from mapper.exchange.gathered import Choices

    import_id, report = mapper.gathering.take(COACH, sheet, Choices(columns=("name_und", "kind"), neighbourhood="1"))
    changed = mapper.show(report.new[0], COACH)
    assert changed is not None
    mapper.put(TERMINAL_ADMIN, changed, "check")
    assert mapper.gathering.undo(COACH, import_id) == 1
    assert [one.id for one in mapper.catalogue(COACH)] == [changed.id]


def test_a_list_is_only_its_own_coachs_and_waits_a_day(mapper: Mapper) -> None:
    sheet = mapper.gathering.bring(COACH, b"naam;soort\nA;bibliotheek\n", "a.csv")
    other = Actor(role="coach", id="other", areas=("1",))
    with pytest.raises(Problem, match="not here any more"):
        mapper.gathering.sheet(other, sheet)
    for actor in (RESIDENT, Actor(role="worker", id="w", team="t"), Actor(role="steward", id="s")):
        with pytest.raises(Refused):
            mapper.gathering.bring(actor, b"naam;soort\nA;b\n", "a.csv")


def test_rows_elsewhere_are_refused_with_their_line(mapper: Mapper) -> None:
    from mapper.exchange.gathered import Choices

    body = b"naam;soort;lon;lat\nHier;bibliotheek;4,345;50,845\nDaar;bibliotheek;4,355;50,845\n"
    sheet = mapper.gathering.bring(COACH, body, "a.csv")
    choices = Choices(columns=("name_und", "kind", "lon", "lat"), neighbourhood="1")
    report, writes = mapper.gathering.preview(COACH, sheet, choices)
    assert [one.name.best()[1] for one in writes] == ["Hier"]
    assert [(one.line, "outside" in one.message) for one in report.refused] == [(3, True)]


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04nonsense", b"\0\1\2", b"just words"])
def test_a_file_that_is_no_list_is_one_sentence(client: FlaskClient, coach: SignedIn, body: bytes) -> None:
    answer = client.post("/coach/import", data=coach.form(file=(io.BytesIO(body), "x.xlsx")))
    assert answer.status_code == 400 and 'href="#file"' in answer.text
    assert client.post("/coach/import", data=coach.form()).status_code == 400


# In a browser


def test_add_by_phone_without_signal_and_send_later(
    mapper: Mapper,
    chromium: Browser,
) -> None:
    add(mapper, make_resource())
    app_client = create_app(mapper).test_client()
    me = sign_in(app_client, mapper, "coach", areas=("1",))
    with live(mapper) as site, visit(chromium, site, viewport={"width": 360, "height": 740}) as reader:
        reader.context.add_cookies([me.cookie | {"url": site}])  # type: ignore[list-item]
        page = reader.go("/coach/add?lang=en")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        reader.context.set_offline(True)
        page.goto(site + "/coach/add?lang=en")
        page.get_by_label("Name").fill("Kring onderweg")
        page.get_by_label("What kind of place is it?").select_option("self_organisation")
        page.locator("#point").evaluate("field => { field.value = '4.345,50.845' }")
        page.get_by_role("button", name="Keep it on this phone").click()
        assert "kept on this phone" in page.locator("#drafts").inner_text()
        page.goto(site + "/coach/add?lang=en")
        assert "1 place waits" in page.locator("#drafts").inner_text(), "a battery may die meanwhile"
        reader.context.set_offline(False)
        page.goto(site + "/coach/add?lang=en")
        page.locator("#drafts button").click()
        page.get_by_text("Sent: Kring onderweg").wait_for()
        assert [one.name.best()[1] for one in mapper.catalogue(COACH) if one.id != "circle"] == ["Kring onderweg"]
        page.goto(site + "/coach/add?lang=en")
        assert page.locator("#drafts").is_hidden()
        reader.context.clear_cookies()  # what follows checks that a reader has none


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_axe_finds_nothing_on_the_pages_of_a_coach(
    mapper: Mapper,
    chromium: Browser,
    language: str,
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    app_client = create_app(mapper).test_client()
    me = sign_in(app_client, mapper, "coach", areas=("1",))
    sheet = mapper.gathering.bring(me.actor, messy_book(12), "lijst.xlsx")
    with live(mapper) as site, visit(chromium, site, viewport={"width": 320, "height": 800}) as reader:
        reader.context.add_cookies([me.cookie | {"url": site}])  # type: ignore[list-item]
        for path in ("/coach/add", "/coach/import", f"/coach/import/{sheet}", "/coach/shell"):
            page = reader.go(f"{path}?lang={language}")
            found = Axe().run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        reader.context.clear_cookies()


def test_what_is_here_already_is_asked_about_first(client: FlaskClient, coach: SignedIn, mapper: Mapper) -> None:
    phone = (Contact(type="phone", value="+32 2 264 55 42"),)
    add(mapper, make_resource(name=Text(nl="Naaikring De Draad"), contacts=phone))
    again = place(name="Naaikring de Draad", phone="02 264 55 42", point="4.345,50.845")
    answer = client.post("/coach/add", data=coach.form(**again))
    assert answer.status_code == 409 and "/r/circle" in answer.text and mapper.count() == 1
    client.post("/coach/add", data=coach.form(**again, another="1"))
    assert mapper.count() == 2


def test_a_group_that_asked_to_be_left_out_does_not_come_back(
    client: FlaskClient, coach: SignedIn, mapper: Mapper
) -> None:
    add(mapper, make_resource(name=Text(nl="Stille kring"), place=Place(precision="neighbourhood", neighbourhood="1")))
    mapper.stewards.leave(Actor(role="steward", id="s", records=("circle",)), "circle")
    answer = client.post("/coach/add", data=coach.form(**place(name="Stille kring")))
    assert answer.status_code == 400 and 'value="Stille kring"' in answer.text
    where = brought(client, coach, b"naam;soort\nStille kring;zelforganisatie\n", "a.csv")
    client.post(where, data=coach.form(column_0="name_und", column_1="kind", neighbourhood="1", do="take"))
    assert len(mapper.catalogue(COACH)) == 0
