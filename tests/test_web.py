"""The public pages and their data, without a browser."""

import gzip
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar

from mapper import maps
from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.exchange.reading import Reading
from mapper.model import Contact, Link, Meeting, Offer, Place, Source, Thresholds
from mapper.text import Text
from mapper.web import create_app
from tests.conftest import NOON, TOY_CITY, add, make_resource
from tests.fictional import BRIDGE, HOSTILE_RECORD, LANTERN, PAST, crowd

PAGES = (
    "/",
    "/?q=lantaarn",
    "/?q=xqzzyw",
    "/r/lantern",
    "/r/hostile",
    "/about",
    "/privacy",
    "/accessibility",
    "/r/nothing",
)
GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def inventory(mapper: Mapper) -> Mapper:
    add(mapper, LANTERN, BRIDGE, PAST, HOSTILE_RECORD, *crowd(25))
    return mapper


@pytest.fixture
def client(inventory: Mapper) -> FlaskClient:
    return create_app(inventory).test_client()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A site with 10,000 fictional places."""
    home: Path = tmp_path_factory.mktemp("crowded") / "instance"
    with Mapper.open(home, create=True, clock=lambda: NOON) as opened:
        opened.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        readings = (Reading(line=None, resource=record, problem=None) for record in crowd(10_000))
        opened.import_resources(TERMINAL_ADMIN, readings)
        yield create_app(opened).test_client()


def text_of(client: FlaskClient, path: str, **options: Any) -> str:
    answer = client.get(path, **options)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def ids_on(page: str) -> list[str]:
    return re.findall(r'data-id="([^"]+)"', page)


def first_marks(page: str) -> Any:
    """What the map of this page shows first."""
    block = re.search(r'<script type="application/json" id="first-marks">(.*?)</script>', page, re.S)
    assert block and "<" not in block[1]
    return json.loads(block[1])["features"]


# What every answer carries


@pytest.mark.parametrize("path", [*PAGES, "/places.geojson", "/map.js", "/static/style.css", "/resources.json"])
def test_every_answer_is_strict_and_remembers_nothing(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["img-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in headers


def test_a_tile_server_of_the_operator_widens_the_policy_for_images_alone(
    inventory: Mapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAPPER_TILE_URL", "https://{s}.tiles.example/{z}/{x}/{y}.png")
    client = create_app(inventory).test_client()
    answer = client.get("/privacy")
    policy = answer.headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://*.tiles.example;" in policy and policy.count("tiles.example") == 1
    assert "tiles.example" in answer.get_data(as_text=True)


def test_text_is_packed_and_told_by_its_hash(client: FlaskClient) -> None:
    plain, packed = client.get("/"), client.get("/", headers=GZIP)
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in packed.headers["Vary"]
    again = client.get("/", headers={"If-None-Match": plain.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/?q=lantaarn").headers["ETag"] != plain.headers["ETag"]


def test_static_files_are_kept_for_a_year_only_under_their_hash(client: FlaskClient) -> None:
    page = text_of(client, "/")
    for name in ("static/style.css", "static/page.js", "map.js", "map.css"):
        link = re.search(rf'"(/{name}\?v=[^"]+)"', page)
        assert link and "immutable" in client.get(link[1]).headers["Cache-Control"]
        assert "immutable" not in client.get(f"/{name}?v=0").headers["Cache-Control"]
        assert client.get(link[1], headers=GZIP).headers["Content-Encoding"] == "gzip"
    assert client.get("/static/..%2fweb%2f__init__.py").status_code == 404


def test_the_own_style_sheet_stays_small(client: FlaskClient) -> None:
    assert len(client.get("/static/style.css").data) < 10_000


# Language


@pytest.mark.parametrize(
    ("asked", "header", "expected"),
    [
        ("", "fr-BE,fr;q=0.9", "fr"),
        ("?lang=ar", "fr", "ar"),
        ("?lang=xx", "de", "nl"),
        ("", "", "nl"),
        ("", "en", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_that_of_the_browser(
    client: FlaskClient, asked: str, header: str, expected: str
) -> None:
    page = text_of(client, "/privacy" + asked, headers={"Accept-Language": header})
    direction = "rtl" if expected == "ar" else "ltr"
    assert f'<html lang="{expected}" dir="{direction}">' in page


def test_the_language_switch_keeps_the_page_and_all_that_was_asked(client: FlaskClient) -> None:
    page = html.unescape(text_of(client, "/?q=plek&need=food&need=company&free=1&lang=nl"))
    switch = re.search(r'<a href="([^"]+)" lang="fr"', page)
    assert switch
    for part in ("q=plek", "need=food", "need=company", "free=1", "lang=fr"):
        assert part in switch[1]
    assert 'href="/r/lantern?lang=fr"' in html.unescape(text_of(client, "/?lang=fr&q=lantaarn"))
    assert re.search(r'<a href="/r/lantern\?lang=ar" lang="ar"', text_of(client, "/r/lantern"))


def test_words_in_another_language_say_so(client: FlaskClient) -> None:
    page = text_of(client, "/r/lantern?lang=en")
    assert '<bdi lang="nl" dir="ltr">Een tiental mensen' in page


# The list


def test_a_card_says_what_somebody_needs_to_phone_and_go(client: FlaskClient) -> None:
    page = text_of(client, "/?q=lantaarn&near=4.350,50.846&lang=nl")
    card = page[page.index('data-id="lantern"') : page.index("</article>")]
    for words in (
        "Je kan er elke dinsdag",
        'href="tel:025550123"',
        "de gastvrouw",
        "dinsdag 14–17 u",
        "Portugees",
        "gratis",
    ):
        assert words in card
    for words in (
        "nu open, tot 17:00",
        "dinsdag 18:30",
        "ongeveer 4 minuten",
        "Eikenwijk",
        "Bel eerst",
        "nagekeken op 3 september 2026",
        "onder elkaar",
        "opent deuren",
    ):
        assert words in card


def test_what_is_unknown_is_asked_and_never_told_as_no(client: FlaskClient) -> None:
    page = text_of(client, "/r/bridge?lang=nl")
    assert page.count("vraag het") >= 4
    assert "laatst bekend in 2018, vraag het eerst na" in page  # no number is known
    assert "<dd>nee" not in page


def test_filters_narrow_the_list_and_can_be_taken_away(client: FlaskClient) -> None:
    page = html.unescape(text_of(client, "/?theme=money_food&lang_spoken=fr&lang=nl"))
    found = ids_on(page)
    assert found and all(int(one.removeprefix("fictional")) % 5 == 2 for one in found if one.startswith("fictional"))
    assert 'href="/?theme=money_food&lang=nl"' in page


def test_the_list_goes_on_over_pages(client: FlaskClient) -> None:
    first, second = text_of(client, "/?q=verzonnen"), text_of(client, "/?q=verzonnen&page=2")
    assert (len(ids_on(first)), len(ids_on(second))) == (20, 5)
    assert not set(ids_on(first)) & set(ids_on(second))
    assert 'rel="next" href="/?q=verzonnen&amp;page=2"' in first and 'rel="prev" href="/?q=verzonnen"' in second
    assert client.get("/?q=verzonnen&page=3").status_code == 404


def test_what_was_understood_can_be_taken_away(client: FlaskClient) -> None:
    page = html.unescape(text_of(client, "/?q=praatgroep eikenwijk&lang=nl"))
    assert 'class="chips"' in page and "Eikenwijk" in page
    assert 'href="/?q=praatgroep&lang=nl"' in page


def test_zero_results_never_dead_end(client: FlaskClient) -> None:
    page = text_of(client, "/?q=xqzzyw huiswerkklas&lang=nl")
    assert ids_on(page)
    assert "xqzzyw" in page and "Weggelaten" in page
    assert 'href="/r/bridge?lang=nl"' in page and "social.brussels" in page


def test_an_empty_map_says_so_calmly(mapper: Mapper) -> None:
    page = text_of(create_app(mapper).test_client(), "/?lang=nl")
    assert "social.brussels" in page and not ids_on(page)


def test_the_past_is_told_but_never_listed(client: FlaskClient) -> None:
    for path in ("/?q=vroegere kring", "/?need=carer_support", "/?kind=carers_group"):
        assert "past" not in ids_on(text_of(client, path))
    assert "Dit gaat over vroeger." in text_of(client, "/r/past?lang=nl")


@pytest.mark.parametrize(
    "path",
    [
        "/?near=here",
        "/?near=nan,nan",
        "/?near=1,2,3",
        "/?page=0",
        "/?page=-1",
        "/?page=x",
        "/places.geojson?bbox=1",
        "/places.geojson?zoom=99",
        "/places.geojson?at=inf,0",
    ],
)
def test_an_address_that_makes_no_sense_gets_one_calm_sentence(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept-Language": "nl"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400 and "Dat lukte niet" in page and "Traceback" not in page


def test_a_page_that_is_not_there_says_so_in_the_readers_language(client: FlaskClient) -> None:
    answer = client.get("/r/nothing?lang=fr")
    assert answer.status_code == 404 and "Cette page n’est pas ici" in answer.get_data(as_text=True)
    assert client.post("/").status_code == 405


# One place


def test_a_place_tells_its_facts_and_which_are_not_verified(client: FlaskClient) -> None:
    page = html.unescape(text_of(client, "/r/lantern?lang=nl"))
    for words in (
        "Het Kaarslicht",
        "elke dinsdag",
        "volzet tot 15 januari 2027",
        "Ik kwam voor de soep",
        "Eikstraat",
        "Koken",
        "De Brug",
        "09:00–17:00",
        "niet nagekeken",
        "bel eerst",
    ):
        assert words in page
    unverified = page[page.index("Niet nagekeken:") : page.index("Klopt er iets niet?")]
    assert "openingsuren" in unverified and "telefoon en contact" not in unverified


def test_a_group_without_number_is_asked_for_at_its_host(mapper: Mapper) -> None:
    hosting = (Link(type="hosts", to="circle"),)
    house = make_resource(id="house", name=Text.of("Huis"), contacts=LANTERN.contacts[:1], links=hosting)
    add(mapper, make_resource(), house)
    page = html.unescape(text_of(create_app(mapper).test_client(), "/r/circle?lang=nl"))
    box = page[page.index('class="contact-box"') : page.index("</section>")]
    assert "Vraag naar hen bij:" in box and 'href="/r/house?lang=nl"' in box and "tel:025550123" in box
    # Nobody is told to phone a number that is not there.
    assert "Bel eerst" not in box and "bel eerst" not in page


def test_who_can_only_be_written_to_is_not_to_be_phoned_first(mapper: Mapper) -> None:
    add(mapper, make_resource(contacts=(Contact(type="website", value="https://kring.example"),)))
    client = create_app(mapper).test_client()
    for page in (text_of(client, "/r/circle?lang=nl"), text_of(client, "/?q=kring&lang=nl")):
        assert "Neem eerst contact op" in page and "vraag het eerst na" in page
        assert "bel eerst" not in page.casefold()


def test_a_place_without_public_address_shows_its_neighbourhood(client: FlaskClient) -> None:
    page = text_of(client, "/r/bridge?lang=nl")
    assert "Lindewijk" in page and "<address>" not in page
    assert "GeoCoordinates" not in page


def test_papers_are_told_only_when_the_group_wants_it(mapper: Mapper) -> None:
    add(mapper, make_resource(id="quiet", thresholds=Thresholds(papers_asked="no")))
    add(mapper, make_resource(id="loud", thresholds=Thresholds(papers_asked="no", papers_public=True)))
    client = create_app(mapper).test_client()
    for path in ("/r/quiet", "/r/quiet.json", "/resources.json?q=quiet", "/?lang=en"):
        assert "dentity papers" not in text_of(client, path) and '"papers_asked":"no"' not in text_of(
            client, "/r/quiet.json"
        )
    assert "Asks for identity papers" in text_of(client, "/r/loud?lang=en")


def test_a_merged_place_leads_to_the_one_it_became(mapper: Mapper) -> None:
    add(mapper, make_resource(id="new"), make_resource(id="old", status="merged", merged_into="new"))
    answer = create_app(mapper).test_client().get("/r/old?lang=fr")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/r/new?lang=fr")


def test_a_hidden_place_is_byte_for_byte_one_that_never_was(inventory: Mapper) -> None:
    client = create_app(inventory).test_client()
    before = {path: client.get(path).data for path in ("/", "/?q=canary", "/resources.json", "/places.geojson")}
    for visibility in ("hidden", "professional"):
        add(inventory, make_resource(id="canary", name=Text.of("Canary"), visibility=visibility))
        for path in ("/r/canary", "/r/canary.json", "/r/canary.ics", "/r/canary.svg", "/places.geojson?only=canary"):
            hidden, never = client.get(path), client.get(path.replace("canary", "nobody"))
            assert hidden.status_code == never.status_code == 404
            assert hidden.data == never.data.replace(b"nobody", b"canary")
        assert {path: client.get(path).data for path in before} == before


def test_schema_org_data_cannot_end_its_block(client: FlaskClient) -> None:
    page = text_of(client, "/r/hostile")
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert block and "<" not in block[1]
    about = json.loads(block[1])
    assert about["@context"] == "https://schema.org" and "</script>" in about["name"]
    assert '"telephone": "02 555 01 23"' in text_of(client, "/r/lantern")


def test_only_safe_addresses_become_links(client: FlaskClient) -> None:
    safe = ("/", "#", "https://", "http://", "tel:", "mailto:")
    for path in ("/r/lantern", "/r/hostile", "/"):
        links = re.findall(r'(?:href|src|action)="([^"]*)"', text_of(client, path))
        assert links and [link for link in links if not html.unescape(link).startswith(safe)] == []


def test_the_contact_of_the_operator_is_shown(inventory: Mapper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAPPER_CONTACT", "kaart@example.org")
    assert 'href="mailto:kaart@example.org"' in text_of(create_app(inventory).test_client(), "/r/lantern")


# Data


def test_every_list_is_also_data(client: FlaskClient) -> None:
    page = html.unescape(text_of(client, "/?q=lantaarn&lang=nl"))
    for kind in ("json", "geojson"):
        assert re.search(rf'href="/resources\.{kind}\?q=lantaarn', page)
    answer = client.get("/resources.json?q=lantaarn").get_json()
    assert (answer["total"], answer["resources"][0]["id"], answer["next"]) == (1, "lantern", None)
    collection = client.get("/resources.geojson?q=lantaarn")
    assert collection.mimetype == "application/geo+json"
    assert collection.get_json(force=True)["features"][0]["geometry"]["coordinates"] == [4.3456, 50.8456]
    assert client.get("/resources.geojson").get_json(force=True)["total"] == 28


def test_data_leaves_out_what_is_only_ours(client: FlaskClient) -> None:
    record = client.get("/r/lantern.json").get_json()
    assert record["name"] == {"und": "De Lantaarn"} and record["url"].endswith("/r/lantern")
    for words in ("account-17", "mondeling", "visibility", "ground"):
        assert words not in json.dumps(record)


def test_meetings_go_into_a_calendar_at_brussels_time(client: FlaskClient) -> None:
    answer = client.get("/r/lantern.ics?lang=nl")
    assert answer.mimetype == "text/calendar"
    calendar = Calendar.from_ical(answer.data)
    (event,) = calendar.walk("VEVENT")
    assert event["RRULE"] == {"FREQ": ["WEEKLY"], "BYDAY": ["TU"]}
    assert event["DTSTART"].dt.isoformat() == "2026-01-06T18:30:00+01:00"
    assert event["DTSTART"].params["TZID"] == "Europe/Brussels" and calendar.walk("VTIMEZONE")
    assert str(event["SUMMARY"]) == "Praatcirkel · De Lantaarn"
    assert client.get("/r/bridge.ics").status_code == client.get("/r/past.ics").status_code == 404


def test_the_qr_code_is_a_picture_of_the_address(client: FlaskClient) -> None:
    answer = client.get("/r/lantern.svg")
    assert answer.mimetype == "image/svg+xml" and b"<svg" in answer.data and b"<script" not in answer.data


def test_a_rule_that_never_comes_true_costs_no_page(mapper: Mapper) -> None:
    never = Meeting(rule="FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", start_time=NOON.time())
    add(mapper, make_resource(offers=(Offer(id="o", name=Text.of("Nooit"), meetings=(never,)),)))
    client = create_app(mapper).test_client()
    assert "Nooit" in text_of(client, "/r/circle") and client.get("/r/circle.ics").status_code == 404


def test_places_at_one_point_can_be_told_apart(mapper: Mapper) -> None:
    for number in range(3):
        add(mapper, make_resource(id=f"c{number}", place=Place(precision="neighbourhood", neighbourhood="1")))
    client = create_app(mapper).test_client()
    (mark,) = client.get("/places.geojson?zoom=19").get_json(force=True)["features"]
    assert mark["properties"] == {"n": 3, "same": 1}
    lon, lat = mark["geometry"]["coordinates"]
    found = client.get(f"/places.geojson?at={lon},{lat}").get_json(force=True)["features"]
    assert sorted(one["properties"]["id"] for one in found) == ["c0", "c1", "c2"]


def test_outlines_carry_names_and_say_when_they_are_a_sketch(client: FlaskClient) -> None:
    towns = client.get("/outlines/municipalities.geojson").get_json(force=True)["features"]
    assert len(towns) == 19 and all(town["properties"]["name"]["fr"] for town in towns)
    answer = client.get("/outlines/neighbourhoods.geojson?bbox=4.341,50.841,4.349,50.849")
    near = answer.get_json(force=True)["features"]
    assert [one["properties"]["name"]["nl"] for one in near] == ["Eikenwijk"]
    assert near[0]["properties"]["approximate"] is True


@pytest.mark.parametrize("asked", ["", "q=lantaarn&lang=nl", "theme=company&lang=fr", "q=script"])
def test_the_marks_in_the_page_are_those_of_its_view(client: FlaskClient, asked: str) -> None:
    page = text_of(client, f"/?{asked}")
    panel = {name: html.unescape(words) for name, words in re.findall(r'data-(bbox|query)="([^"]*)"', page)}
    bbox = tuple(map(float, panel["bbox"].split(",")))
    assert len(bbox) == 4
    places = f"/places.geojson?bbox={panel['bbox']}&zoom={maps.zoom_for(bbox)}&{panel['query']}"
    assert first_marks(page) == client.get(places).get_json(force=True)["features"]


def test_the_map_of_one_place_holds_that_place(client: FlaskClient) -> None:
    (mark,) = first_marks(text_of(client, "/r/lantern?lang=nl"))
    assert mark == client.get("/places.geojson?only=lantern&lang=nl").get_json(force=True)["features"][0]


# Weight


def test_ten_thousand_places_weigh_no_more_than_a_tram_ride_allows(crowded: FlaskClient) -> None:
    page = crowded.get("/?lang=nl", headers=GZIP)
    body = gzip.decompress(page.data).decode()
    head = body[: body.index("</head>")]
    files = {html.unescape(url) for url in re.findall(r'(?:href|src)="(/[^"]+)"', head)}
    assert any("map.js" in url for url in files)
    files |= {"/outlines/municipalities.geojson", "/static/suggest.js", "/static/suggest.css"}
    sizes = {url: len(crowded.get(url, headers=GZIP).data) for url in files}
    assert len(page.data) + sum(sizes.values()) <= 75_000, sizes
    marks = first_marks(body)
    assert 1 < len(marks) <= maps.MOST_CLUSTERS
    assert len(gzip.compress(json.dumps(marks).encode())) <= 5_000


def test_every_view_of_ten_thousand_places_is_small(crowded: FlaskClient) -> None:
    for zoom, half in ((9, 0.4), (11, 0.15), (13, 0.04), (15, 0.01), (17, 0.003), (19, 0.001)):
        bbox = f"{4.36 - half},{50.84 - half},{4.36 + half},{50.84 + half}"
        assert len(crowded.get(f"/places.geojson?bbox={bbox}&zoom={zoom}").data) <= 5_000


def test_a_source_without_web_address_is_plain_words(mapper: Mapper) -> None:
    add(mapper, make_resource(sources=(Source(facts=("*",), title="Folder", url="javascript:alert(1)"),)))
    assert "javascript:" not in text_of(create_app(mapper).test_client(), "/r/circle")
