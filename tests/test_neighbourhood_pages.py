"""The page of a neighbourhood for everyone, for a professional and for its coach; its calendar, poster and report."""

import datetime as dt
import json
import math
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from icalendar import Calendar
from playwright.sync_api import Browser, expect

from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.model import (
    Address,
    Audience,
    Figure,
    Language,
    Link,
    Meeting,
    Offer,
    Place,
    Point,
    Resource,
    Story,
    Support,
)
from mapper.text import Text
from mapper.web import create_app
from mapper.web import neighbourhood_pictures as pictures
from tests.browser import live, visit
from tests.conftest import NOON, TOY_CITY, add, make_resource
from tests.signing_in import make_account, sign_in
from tests.strategies import HOSTILE

pytest_plugins = ["tests.browser"]


def here(id_: str, name: str, **changes: Any) -> Resource:
    place = Place(
        precision="exact", lon=4.344, lat=50.844, address=Address(street=Text(nl="Eikstraat"), postcode="1000")
    )
    return make_resource(**({"id": id_, "name": Text(nl=name), "slices": ("informal",), "place": place} | changes))


def quarter() -> list[Resource]:
    """A small patchwork: a garden that needs a room, a house that has one, a doctor, a launderette, and a past."""
    garden = Offer(
        id="garden",
        name=Text(nl="Tuinochtend", fr="Matinée jardin"),
        needs=("company",),
        meetings=(Meeting(rule="FREQ=WEEKLY;BYDAY=TH", start_time=dt.time(10), language="pt"),),
    )
    talk = Offer(
        id="talk",
        name=Text(nl="Praatronde"),
        needs=("being_heard",),
        meetings=(
            Meeting(rule="FREQ=WEEKLY;BYDAY=FR", start_time=dt.time(14), language="fr"),
            Meeting(note=Text(nl="om de twee maanden")),
        ),
    )
    older = Audience(communities=("older_people",))
    return [
        here("garden2222", "Buurttuin", offers=(garden,), audience=older, support_needed=(Support(type="room"),),
             links=(Link(type="works_with", to="doctor2222"),),
             stories=(Story(text=Text(nl="Ik kwam voor de tomaten."), consent=Text(nl="Schriftelijk, 2026")),)),
        here("house22222", "Buurthuis", offers=(talk,), support_offered=(Support(type="room"),), audience=older,
             kind="community_centre", languages=(Language(code="fr"),)),
        here("doctor2222", "Wijkdokter", slices=("professional",), needs=("health_care",)),
        here("wash222222", "Wasserette Bel", kind="launderette", needs=()),
        here("secret2222", "Alleen voor ons", visibility="professional"),
        here("past222222", "Vroeger café", status="historical"),
    ]  # fmt: skip


FIGURES = [
    Figure(neighbourhood=area, indicator="pct_65plus", year=2025, value=value, source="Statbel")
    for area, value in (("1", 9.21), ("2", None), ("3", 12.0))
]


def fill(mapper: Mapper) -> None:
    add(mapper, *quarter())
    mapper.load_figures(TERMINAL_ADMIN, FIGURES)


@pytest.fixture
def client(mapper: Mapper) -> FlaskClient:
    fill(mapper)
    return create_app(mapper).test_client()


def text(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer.get_data(as_text=True)


def test_everyone_sees_what_lives_there_and_nobody_without_an_account_sees_gaps(client: FlaskClient) -> None:
    page = text(client, "/neighbourhoods/1?lang=en")
    assert all(name in page for name in ("Buurttuin", "Buurthuis", "Wijkdokter", "Vroeger café", "9.21", "Statbel"))
    assert not any(word in page for word in ("Alleen voor ons", 'id="gaps"', 'id="links"', "volunteers only"))
    assert "/r/garden2222" in page and "no figure" in text(client, "/neighbourhoods/2?lang=en")
    for url in ("/neighbourhoods/gaps", "/neighbourhoods/1/report", "/neighbourhoods/1/report.csv",
                "/neighbourhoods/gaps.geojson"):  # fmt: skip
        assert client.get(url).status_code == 303, url


def test_the_list_of_neighbourhoods_counts_what_the_page_lists(client: FlaskClient) -> None:
    row = text(client, "/neighbourhoods?lang=en").partition("Eikenwijk</")[2].partition("</li>")[0]
    assert re.findall(r">(\d+)<", row) == ["4"] and "4 places live here" in text(client, "/neighbourhoods/1?lang=en")


def test_an_area_that_is_none_is_not_there_and_an_empty_one_tells_where_to_look(client: FlaskClient) -> None:
    for url in ("", ".json", ".ics", "/poster"):
        assert client.get(f"/neighbourhoods/999{url}").status_code == 404
    assert "Nothing is known here yet" in text(client, "/neighbourhoods/4?lang=en")
    assert "Buurttuin" in text(client, "/neighbourhoods/1000")


def test_the_data_say_what_the_page_says(client: FlaskClient) -> None:
    found = json.loads(text(client, "/neighbourhoods/1.json"))
    assert [one["id"] for one in found["resources"]] == ["house22222", "garden2222", "wash222222", "doctor2222"]
    assert found["needs"]["health_care"] == {"informal": 0, "formal": 1}
    assert json.loads(text(client, "/neighbourhoods/2.json"))["figures"][0]["value"] is None
    assert {one["id"] for one in json.loads(text(client, "/neighbourhoods.json"))} == {"1", "2", "3", "4"}
    assert "consent" not in text(client, "/neighbourhoods/1.json")


def test_a_worker_sees_gaps_and_the_coach_of_the_quarter_links_too(mapper: Mapper, client: FlaskClient) -> None:
    sign_in(client, mapper, "worker", team="team")
    page = text(client, "/neighbourhoods/1?lang=en")
    assert 'id="gaps"' in page and 'id="links"' not in page and "Alleen voor ons" in page
    assert "Wasserette Bel" in page.partition('id="finding"')[2]
    assert "No population figure." in page and "/looked" not in page
    sign_in(client, mapper, "coach", areas=("2",))
    page = text(client, "/neighbourhoods/1?lang=en")
    assert 'id="gaps"' in page and 'id="links"' not in page, "a coach of another quarter"
    sign_in(client, mapper, "coach", areas=("1",))
    page = text(client, "/neighbourhoods/1?lang=en")
    meeting = page.partition("Groups that could meet")[2]
    assert "one needs what the other offers: A room" in meeting and "Show this to the groups themselves first." in page
    support = page.partition('<h2 id="support">')[2]
    assert page.count("<svg") >= 3 and "A room" in support
    assert support.index("is looking for it:") < support.index("Buurttuin") < support.index("offers it:")


def test_the_coach_tells_where_she_looked(mapper: Mapper, client: FlaskClient) -> None:
    url = "/neighbourhoods/1/looked"
    me = sign_in(client, mapper, "coach", areas=("1",))
    assert client.post(url, data={"need": "food"}).status_code == 403, "without the token of her form"
    assert client.post(url, data=me.form(need="food", on="17/11/2026")).status_code == 303
    assert "17 Nov 2026" in text(client, "/neighbourhoods/1?lang=en") and "nothing found" in text(
        client, "/neighbourhoods/1?lang=en"
    )
    for wrong in ({"need": "food", "on": "soon"}, {"need": "food", "on": "1/1/2030"}, {"need": "happiness"}):
        answer = client.post(url, data=me.form(**wrong))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 400 and 'href="#looked-on"' in page and 'aria-invalid="true"' in page
        assert f'value="{wrong.get("on", "")}"' in page, "nothing typed is lost"
    assert client.post("/neighbourhoods/2/looked", data=me.form(need="food")).status_code in (403, 404)
    worker = sign_in(client, mapper, "worker", team="team")
    assert client.post(url, data=worker.form(need="food")).status_code == 403


def events(client: FlaskClient, url: str) -> list[str]:
    answer = client.get(url)
    assert answer.status_code == 200 and answer.mimetype == "text/calendar"
    return [str(event["summary"]) for event in Calendar.from_ical(answer.data).walk("VEVENT")]


def test_the_feed_keeps_to_need_and_language_and_stays_when_it_is_empty(client: FlaskClient) -> None:
    feed = "/neighbourhoods/1.ics?lang=nl"
    assert len(events(client, feed)) == 2
    assert events(client, feed + "&need=company") == events(client, feed + "&language=pt")
    assert events(client, feed + "&need=company") == ["Tuinochtend · Buurttuin"]
    assert events(client, feed + "&language=tr") == events(client, "/neighbourhoods/3.ics") == []


def test_the_poster_tells_the_week_of_a_postcode(client: FlaskClient) -> None:
    page = text(client, "/neighbourhoods/1000/poster?lang=nl")
    assert page.index("Tuinochtend") < page.index("Praatronde") and "10:00" in page and "Eikstraat" in page
    assert 'class="qr"' in page and "<script" not in page
    assert "om de twee maanden" in page or "Op dagen" in page, "what has no day yet can be asked for"
    assert "Praatronde" not in text(client, "/neighbourhoods/1000/poster?need=company")


def test_the_poster_ends_with_its_last_day(mapper: Mapper, client: FlaskClient) -> None:
    # NOON is a Wednesday: the week runs until Tuesday, and the Wednesday after it is another poster.
    next_week = Meeting(rule="FREQ=WEEKLY;BYDAY=WE", start_time=dt.time(9))
    add(mapper, here("late222222", "Laat", offers=(Offer(id="late", name=Text(nl="Ontbijt"), meetings=(next_week,)),)))
    assert "dinsdag 24 november" not in (page := text(client, "/neighbourhoods/1/poster?lang=nl"))
    assert "24 november 2026" in page and "25 november" not in page and "Ontbijt" not in page
    assert "Ontbijt" in text(client, "/neighbourhoods/1?lang=nl"), "the page looks seven times twenty-four hours ahead"


def test_what_nobody_looked_for_is_one_sentence_and_not_a_row(mapper: Mapper, client: FlaskClient) -> None:
    sign_in(client, mapper, "worker", team="team")
    gaps = text(client, "/neighbourhoods/1?lang=en").partition('id="gaps"')[2].partition("</section>")[0]
    table, _, sentence = gaps.partition("Nobody looked yet for:")
    assert "Company" in table and "Childcare" not in table and "Childcare" in sentence and "Company" not in sentence
    mapper.coverage.looked(TERMINAL_ADMIN, "1", "childcare", NOON.date())
    gaps = text(client, "/neighbourhoods/1?lang=en").partition('id="gaps"')[2].partition("</section>")[0]
    table, _, sentence = gaps.partition("Nobody looked yet for:")
    assert "Childcare" in table and "Looked on" in table and "Childcare" not in sentence


def test_marks_and_names_never_cover_each_other() -> None:
    frame = pictures._Frame((4.34, 50.84, 4.35, 50.85), 440)
    marks = [pictures.Mark(str(number), None, Point(4.345, 50.845)) for number in range(40)]
    spots = [spot for spot, _mark in pictures._spread(frame, marks)]
    assert all(math.dist(one, other) > 23.9 for one, other in combinations(spots, 2))
    at_the_edge = [pictures.Mark(str(number), None, Point(4.3401, 50.8499)) for number in range(60)]
    spots = [spot for spot, _mark in pictures._spread(frame, at_the_edge)]
    assert all(frame.holds(*spot) for spot in spots[1:]), "none is pushed out of the picture"
    assert all(math.dist(one, other) > 23.9 for one, other in combinations(spots, 2))
    chain = {str(number): (0.5, number / 11) for number in range(12)}
    wide, high = pictures._NAME_BOX
    spread = pictures._apart(chain, 140 + 12 * 26)
    for one, other in combinations(spread.values(), 2):
        assert abs(one[0] - other[0]) > wide - 2 or abs(one[1] - other[1]) > high - 2
    assert all(0 <= x <= pictures.WIDTH for x, _y in spread.values())


def test_a_pdf_dresses_every_part_of_its_pictures(mapper: Mapper, client: FlaskClient) -> None:
    sign_in(client, mapper, "worker", team="team")
    # In the second quarter a right is little within reach, so the report has a map of it.
    page = text(client, "/neighbourhoods/2/report.html?lang=en") + text(client, "/neighbourhoods/1/report.html?lang=en")
    drawn = "".join(re.findall(r"<svg class=\"picture.*?</svg>", page))
    worn = {name for classes in re.findall(r'class="([^"]+)"', drawn) for name in classes.split()}
    sheet = (Path(pictures.__file__).parent.parent / "static/report-pictures.css").read_text(encoding="utf-8")
    assert {"quarter", "mark-words", "state-thin"} <= worn
    assert {name for name in worn if f".{name}" not in sheet} <= {"picture", "picture-gaps"}


def test_the_page_shows_meetings_of_one_language(client: FlaskClient) -> None:
    page = (
        text(client, "/neighbourhoods/1?lang=nl&language=pt").partition('id="meetings"')[2].partition("</section>")[0]
    )
    assert "Tuinochtend" in page and "Praatronde" not in page
    assert "om de twee maanden" in text(client, "/neighbourhoods/1?lang=nl")


@pytest.mark.parametrize("language", ["nl", "fr", "en", "ar"])
def test_the_report_needs_no_other_file_and_says_it_is_never_a_saving(
    mapper: Mapper, client: FlaskClient, language: str
) -> None:
    sign_in(client, mapper, "worker", team="team")
    answer = client.get(f"/neighbourhoods/1/report.html?lang={language}&beside=2&since=1/1/2026")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    assert "Het kan nooit een besparing zijn." in page and "Ik kwam voor de tomaten." in page
    assert not re.search(r"""(src|href)\s*=|url\(|@import|<script""", page)
    assert "Alleen voor ons" not in page, "what is for professionals does not leave the house"
    assert "Schriftelijk" not in page, "how consent was given is not told on"
    assert "Statbel" in page and page.count("<svg") >= 1


def test_the_report_as_tables_neutralises_formulas(mapper: Mapper, client: FlaskClient, tmp_path: Path) -> None:
    import pyogrio
    from openpyxl import load_workbook

    add(mapper, here("formula222", '=HYPERLINK("http://x")'))
    sign_in(client, mapper, "worker", team="team")
    rows = client.get("/neighbourhoods/1/report.csv?lang=nl").get_data(as_text=True)
    assert "'=HYPERLINK" in rows and '"=HYPERLINK' not in rows and "Alleen voor ons" not in rows
    (tmp_path / "r.xlsx").write_bytes(client.get("/neighbourhoods/1/report.xlsx").data)
    book = load_workbook(tmp_path / "r.xlsx")
    assert book.sheetnames[:4] == ["neighbourhood", "places", "figures", "gaps"]
    names = [cell.value for cell in next(book["places"].iter_cols(2, 2))]
    assert any(name.startswith("'=HYPERLINK") for name in names)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    (tmp_path / "r.gpkg").write_bytes(client.get("/neighbourhoods/1/report.gpkg").data)
    layers = dict(pyogrio.list_layers(tmp_path / "r.gpkg"))
    assert layers["neighbourhood"] == "MultiPolygon" and layers["places"] == "Point" and layers["gaps"] is None
    about = pyogrio.read_info(tmp_path / "r.gpkg", layer="places")
    assert about["features"] == 5 and about["crs"] == "EPSG:4326" and "checked_on" in about["fields"]
    # What a map program sorts and sums by keeps its type; what is not known stays empty.
    types = {name: str(type_) for name, type_ in zip(about["fields"], about["dtypes"], strict=True)}
    assert (types["lies_here"], types["lon"]) == ("bool", "float64")
    gaps = pyogrio.read_dataframe(tmp_path / "r.gpkg", layer="gaps")
    assert str(gaps["places"].dtype).startswith("int") and gaps["reported"].max() == 0
    figures = pyogrio.read_dataframe(tmp_path / "r.gpkg", layer="figures")
    assert str(figures["year"].dtype).startswith("int") and figures["value"].tolist() == [9.21]
    assert client.get("/neighbourhoods/1/report.docx").status_code == 404


def test_a_comparison_that_cannot_be_is_told_beside_what_was_typed(mapper: Mapper, client: FlaskClient) -> None:
    sign_in(client, mapper, "worker", team="team")
    for name, words in (("since", "yesterday"), ("since", "1/1/2030"), ("beside", "Atlantis")):
        page = text(client, f"/neighbourhoods/1/report?lang=en&{name}={words}")
        assert f'href="#{name}"' in page and f'value="{words}"' in page and 'aria-invalid="true"' in page
        answer = client.get(f"/neighbourhoods/1/report.html?lang=en&{name}={words}")
        assert answer.status_code == 400 and "Traceback" not in answer.get_data(as_text=True), (
            "a file tells nothing half"
        )


def test_without_weasyprint_a_pdf_is_printed_from_the_browser(
    mapper: Mapper, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mapper.web.report.has_pdf", lambda: False)
    sign_in(client, mapper, "worker", team="team")
    answer = client.get("/neighbourhoods/1/report.pdf?lang=en")
    assert answer.status_code == 400 and "WeasyPrint is not installed" in answer.get_data(as_text=True)


def test_the_map_of_gaps_carries_every_state_and_no_text_in_its_script(mapper: Mapper, client: FlaskClient) -> None:
    mapper.coverage.looked(TERMINAL_ADMIN, "4", "health_care", NOON.date())
    sign_in(client, mapper, "worker", team="team")
    found = json.loads(text(client, "/neighbourhoods/gaps.geojson?need=health_care&lang=en"))
    assert {one["properties"]["id"]: one["properties"]["state"] for one in found["features"]} == {
        "1": "served", "2": "thin", "3": "thin", "4": "nothing_found",
    }  # fmt: skip
    page = text(client, "/neighbourhoods/gaps?lang=en")
    assert "there is an answer: 1, little within reach: 2, nothing found: 1" in page
    table = page.partition("<tbody>")[2]
    order = [table.index(name) for name in ("Wilgenwijk", "Lindewijk", "Beukenwijk", "Eikenwijk")]
    assert order == sorted(order), "what is missing comes first"
    row = table.partition("Lindewijk")[2].partition("</tr>")[0]
    assert "no figures published" in row and table.count("no figures published") == 1
    assert "Eikenwijk" not in text(client, "/neighbourhoods/gaps.js")


def test_hostile_words_stay_words(mapper: Mapper) -> None:
    for number, words in enumerate(HOSTILE):
        offer = Offer(id="o", name=Text.of(words), meetings=(Meeting(rule="FREQ=DAILY", start_time=dt.time(9)),))
        add(mapper, here(f"hostile{number:03}", words, offers=(offer,), summary=Text.of(words),
                         audience=Audience(communities=("women",), note=Text.of(words)), kind="launderette",
                         support_needed=(Support(type="room", note=Text.of(words)),),
                         links=(Link(type="works_with", to=f"hostile{(number + 1) % 9:03}"),)))  # fmt: skip
    client = create_app(mapper).test_client()
    sign_in(client, mapper, "coach", areas=("1",))
    for url in ("/neighbourhoods/1", "/neighbourhoods/1/report", "/neighbourhoods/1/report.html",
                "/neighbourhoods/1/poster"):  # fmt: skip
        page = text(client, url)
        assert "<script>alert" not in page and "<img src=x" not in page, url
    assert len(Calendar.from_ical(client.get("/neighbourhoods/1.ics").data).walk("VEVENT")) == len(HOSTILE)


# In a real browser

PAGES = ("/neighbourhoods", "/neighbourhoods/1", "/neighbourhoods/4", "/neighbourhoods/gaps",
         "/neighbourhoods/1/report", "/neighbourhoods/1/report?beside=2&since=1/11/2026", "/neighbourhoods/1/poster",
         )  # fmt: skip
PHONE = {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark", "java_script_enabled": True}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any]]]:
    """A live site, and the cookie of its coach."""
    home: Path = tmp_path_factory.mktemp("quarter") / "instance"
    with Mapper.open(home, create=True, clock=lambda: NOON) as opened:
        opened.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        fill(opened)
        account = make_account(opened, "coach", areas=("1",))
        with opened.sessions._store.transaction(account.id) as transaction:
            session_id = opened.sessions.begin(transaction, account.id)
        with live(opened) as address:
            yield address, {"name": "mapper", "value": session_id, "url": address}


@pytest.mark.parametrize(("language", "options"), [("nl", {}), ("fr", PHONE)])
def test_axe_finds_nothing_and_nothing_runs_off_the_side(
    chromium: Browser, site: tuple[str, dict[str, Any]], language: str, options: dict[str, Any]
) -> None:
    address, cookie = site
    with visit(chromium, address, **options) as reader:
        reader.context.add_cookies([cookie])  # type: ignore[list-item]
        for url in PAGES:
            reader.page.goto(f"{address}{url}{'&' if '?' in url else '?'}lang={language}")
            reader.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            found = Axe().run(reader.page)
            assert found.violations_count == 0, (url, found.generate_report())
            assert reader.violations() == [], url
            wide = reader.page.evaluate("document.querySelector('main').scrollWidth - window.innerWidth")
            assert wide <= 0, (url, wide)
        reader.context.clear_cookies()


def test_the_map_of_gaps_is_drawn_and_the_table_is_there_without_it(
    chromium: Browser, site: tuple[str, dict[str, Any]]
) -> None:
    address, cookie = site
    with visit(chromium, address) as reader:
        reader.context.add_cookies([cookie])  # type: ignore[list-item]
        reader.page.goto(f"{address}/neighbourhoods/gaps?lang=nl")
        expect(reader.page.locator("#map_mapper[data-ready] path.area")).to_have_count(4)
        assert reader.page.locator(".gap-sign").count() == 4
        reader.context.clear_cookies()
    with visit(chromium, address, java_script_enabled=False) as reader:
        reader.context.add_cookies([cookie])  # type: ignore[list-item]
        reader.page.goto(f"{address}/neighbourhoods/gaps?lang=nl")
        assert reader.page.locator("table.gaps tbody tr").count() == 4
        assert not reader.page.locator("#map_mapper").is_visible()
        reader.context.clear_cookies()


def test_a_coach_makes_the_report_by_keyboard(chromium: Browser, site: tuple[str, dict[str, Any]]) -> None:
    address, cookie = site
    with visit(chromium, address) as reader:
        reader.context.add_cookies([cookie])  # type: ignore[list-item]
        page = reader.page
        page.goto(f"{address}/neighbourhoods/1?lang=nl")
        page.locator('a[href*="/neighbourhoods/1/report"]').focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/report?lang=nl")
        with page.expect_download() as download:
            page.locator('a[href*="report.html"]').focus()
            page.keyboard.press("Enter")
        saved = Path(download.value.path()).read_text(encoding="utf-8")
        assert "Het kan nooit een besparing zijn." in saved
        reader.context.clear_cookies()
