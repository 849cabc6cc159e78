"""The resident's path in a real browser, and what every page owes to everybody: axe, content policy, keyboard,
small screens, dark colours, no JavaScript, hostile text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.exchange.reading import Reading
from mapper.model import Place, Resource
from mapper.text import Text
from mapper.web.languages import LANGUAGES
from tests.browser import CANARY, laid_out, live, visit
from tests.conftest import NOON, TOY_CITY
from tests.fictional import BRIDGE, HOSTILE_RECORD, LANTERN, PAST, crowd

pytest_plugins = ["tests.browser"]

PAGES = (
    "/",
    "/?q=lantaarn+xqzzyw&free=1",
    "/?theme=company&area=1",
    "/r/lantern",
    "/r/hostile",
    "/about",
    "/privacy",
    "/accessibility",
    "/r/nothing",
    "/?near=nowhere",
)
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home: Path = tmp_path_factory.mktemp("stories") / "instance"
    twins = [
        Resource(
            id=f"twin{number}",
            kind="club",
            name=Text.of(f"Tweeling {number}"),
            needs=("company",),
            place=Place(precision="neighbourhood", neighbourhood="3"),
        )
        for number in range(3)
    ]
    records = (LANTERN, BRIDGE, PAST, HOSTILE_RECORD, *twins, *crowd(60))
    with Mapper.open(home, create=True, clock=lambda: NOON) as opened:
        opened.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        opened.import_resources(TERMINAL_ADMIN, (Reading(line=None, resource=record) for record in records))
        with live(opened) as address:
            yield address


def wide_by(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


# The resident's story


@pytest.mark.parametrize("javascript", [True, False])
def test_a_resident_finds_a_talking_circle_on_a_phone(chromium: Browser, site: str, javascript: bool) -> None:
    with visit(chromium, site, **PHONE, java_script_enabled=javascript) as reader:
        page = reader.go("/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Wat zoek je?")
        page.get_by_label("Wat zoek je?").fill("portugese praatgroep")
        page.get_by_role("button", name="Zoek", exact=True).click()
        first = page.locator(".card").first
        expect(first.get_by_role("heading")).to_have_text("De Lantaarn")
        expect(first.get_by_role("link", name="02 555 01 23")).to_have_attribute("href", "tel:025550123")
        first.get_by_role("link", name="De Lantaarn").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("De Lantaarn")
        expect(page.get_by_text("elke dinsdag", exact=False).first).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="Zet het in mijn agenda").click()
        assert download.value.suggested_filename == "lantern.ics"
        page.get_by_role("link", name="Français").click()
        expect(page).to_have_url(f"{site}/r/lantern?lang=fr")
        expect(page.get_by_role("heading", name="Comment prendre contact")).to_be_visible()
        page.go_back()
        page.go_back()
        expect(page.locator(".card").first).to_contain_text("De Lantaarn")


def test_a_shared_address_is_short_and_shows_the_same(chromium: Browser, site: str) -> None:
    with visit(chromium, site) as reader:
        page = reader.go("/?lang=nl")
        page.get_by_text("Filters").click()
        page.get_by_label("Gratis").check()
        page.get_by_role("button", name="Toon deze plekken").click()
        expect(page).to_have_url(f"{site}/?lang=nl&free=1")
        names = page.locator(".card h3").all_text_contents()
    with visit(chromium, site) as other:
        assert other.go("/?lang=nl&free=1").locator(".card h3").all_text_contents() == names


def test_near_me_asks_only_on_a_tap_and_sends_a_rounded_place(chromium: Browser, site: str) -> None:
    place = {"longitude": 4.3456789, "latitude": 50.8456789}
    with visit(chromium, site, geolocation=place, permissions=["geolocation"]) as reader:
        page = reader.go("/?lang=nl")
        assert "near" not in page.url
        page.get_by_text("Filters").click()
        page.get_by_role("button", name="Bij mij in de buurt").click()
        expect(page).to_have_url(f"{site}/?lang=nl&near=4.346%2C50.846")
        expect(page.locator(".card").first).to_contain_text("te voet")


@pytest.mark.parametrize("way", ["link", "escape"])
def test_leaving_at_once_replaces_the_page(chromium: Browser, site: str, way: str) -> None:
    with visit(chromium, site) as reader:
        page = reader.go("/?lang=nl")
        page.goto(f"{site}/r/lantern?lang=nl")
        page.route("https://www.meteo.be/**", lambda route: route.fulfill(body="<title>weather</title>"))
        if way == "link":
            page.get_by_role("link", name="Weg hier").click()
        else:
            for _ in range(3):
                page.keyboard.press("Escape")
        page.wait_for_url("https://www.meteo.be/nl")
        # The reader asked for this one host; nothing else went there.
        assert set(reader.seen.foreign) == {"https://www.meteo.be/nl"}
        reader.seen.foreign.clear()
        page.go_back()
        assert "/r/lantern" not in page.url


# The map beside the list


def test_the_map_can_be_used_by_keyboard(chromium: Browser, site: str) -> None:
    with visit(chromium, site) as reader:
        page = reader.go("/?q=lantaarn&lang=nl")
        mark = page.locator(".leaflet-marker-icon[aria-label='De Lantaarn']")
        mark.focus()
        page.keyboard.press("Enter")
        link = page.locator(".leaflet-popup a", has_text="De Lantaarn")
        expect(link).to_be_focused()
        assert link.get_attribute("href") == "/r/lantern?lang=nl"
        page.keyboard.press("Escape")
        expect(page.locator(".leaflet-popup")).to_have_count(0)
        expect(mark).to_be_focused()


def test_a_cluster_comes_closer_and_what_stands_together_is_listed(chromium: Browser, site: str) -> None:
    with visit(chromium, site) as reader:
        page = reader.go("/?lang=nl")
        total = int(page.locator(".count").text_content() or 0)
        shown = [int(words) for words in page.locator(".cluster").all_text_contents()]
        # The only one without a point is the historical one, which is not in the list either.
        assert sum(shown) + page.locator(".pin").count() == total
        status = page.locator(".map-status").text_content() or ""
        page.locator(".leaflet-marker-icon", has=page.locator(".cluster")).first.press("Enter")
        expect(page.locator(".map-status")).not_to_have_text(status)
        assert page.locator(".leaflet-container").evaluate("map => map === document.activeElement")
        page = reader.go("/?q=tweeling&lang=nl")
        page.locator(".leaflet-marker-icon", has=page.locator(".cluster")).press("Enter")
        expect(page.locator(".leaflet-popup li")).to_have_count(3)
        expect(page.locator(".leaflet-popup a").first).to_be_focused()


def test_the_first_view_asks_for_nothing_twice_and_for_no_places(chromium: Browser, site: str) -> None:
    with visit(chromium, site) as reader:
        asked: list[str] = []
        reader.page.on("request", lambda request: asked.append(request.url))
        page = reader.go("/?lang=nl")
        expect(page.locator(".mark").first).to_be_visible()
        expect(page.locator(".outline").first).to_be_attached()
        assert not [url for url in asked if "places.geojson" in url]
        assert len(asked) == len(set(asked))


def test_a_phone_fetches_the_map_only_when_it_is_asked_for(chromium: Browser, site: str) -> None:
    with visit(chromium, site, **PHONE) as reader:
        asked: list[str] = []
        reader.page.on("request", lambda request: asked.append(request.url))
        page = reader.go("/?lang=nl")
        assert not [url for url in asked if "/map." in url or "geojson" in url]
        toggle = page.get_by_role("button", name="Toon de kaart")
        toggle.click()
        expect(page.locator(".mark").first).to_be_visible()
        expect(page.get_by_role("button", name="Verberg de kaart")).to_have_attribute("aria-expanded", "true")
        assert wide_by(page) <= 0


# What every page owes to everybody


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_axe_finds_nothing(chromium: Browser, site: str, language: str) -> None:
    found = {}
    with visit(chromium, site) as reader:
        for path in PAGES:
            page = reader.go(f"{path}{'&' if '?' in path else '?'}lang={language}")
            assert page.locator("html").get_attribute("lang") == language
            violations = Axe().run(laid_out(page)).response["violations"]
            found[path] = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in violations]
            assert reader.violations() == []
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("options", [{"color_scheme": "dark"}, PHONE, {"forced_colors": "active"}], ids=str)
def test_axe_finds_nothing_in_other_circumstances(chromium: Browser, site: str, options: dict[str, Any]) -> None:
    with visit(chromium, site, **options) as reader:
        for path in ("/?lang=nl", "/?q=lantaarn+xqzzyw&free=1&lang=fr", "/r/lantern?lang=ar"):
            page = reader.go(path)
            if options is PHONE:
                page.locator(".map-toggle").click()
                expect(page.locator(".mark").first).to_be_visible()
            violations = Axe().run(laid_out(page)).response["violations"]
            if "forced_colors" in options:  # then the colours are the reader's own, which axe does not see
                violations = [one for one in violations if one["id"] != "color-contrast"]
            assert [(path, one["id"], one["nodes"][0]["html"][:200]) for one in violations] == []


def test_nothing_scrolls_sideways_at_320_pixels_or_at_200_percent(chromium: Browser, site: str) -> None:
    too_wide = []
    for width, text_size in ((320, 16), (640, 32)):
        with visit(chromium, site, viewport={"width": width, "height": 640}) as reader:
            for path in PAGES:
                for language in ("nl", "ar"):
                    page = reader.go(f"{path}{'&' if '?' in path else '?'}lang={language}")
                    # Larger text alone, as a reader sets it in the browser.
                    page.evaluate("size => { document.documentElement.style.fontSize = size + 'px'; }", text_size)
                    if wide_by(page) > 0:
                        too_wide.append((width, path, language, wide_by(page)))
    assert too_wide == []


def test_what_is_pressed_is_large_enough(chromium: Browser, site: str) -> None:
    small = """() => [...document.querySelectorAll("a, button, summary, input:not([type=hidden]), select")]
        .filter((one) => one.checkVisibility() && !one.matches(".skip, p > a, li > a, .leaflet-popup a"))
        .map((one) => [one.outerHTML.slice(0, 80), (one.closest("label") ?? one).getBoundingClientRect()])
        .filter(([, box]) => box.height < 24 || box.width < 24).map(([words]) => words)"""
    with visit(chromium, site, **PHONE) as reader:
        for path in ("/?free=1", "/r/lantern"):
            assert reader.go(path).evaluate(small) == []


def test_keyboard_alone_reaches_the_content_first(chromium: Browser, site: str) -> None:
    with visit(chromium, site) as reader:
        page = reader.go("/?lang=nl")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.locator("#q")).to_be_focused()
        page.keyboard.type("lantaarn")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{site}/?q=lantaarn&lang=nl")


def test_right_to_left_is_mirrored(chromium: Browser, site: str) -> None:
    with visit(chromium, site) as reader:
        for language, map_is_right in (("nl", True), ("ar", False)):
            page = reader.go(f"/?lang={language}")
            search, beside = page.locator(".search").bounding_box(), page.locator(".map").bounding_box()
            assert search and beside and (beside["x"] > search["x"]) == map_is_right


@pytest.mark.parametrize("with_policy", [True, False])
def test_hostile_text_executes_nothing(chromium: Browser, site: str, with_policy: bool) -> None:
    with visit(chromium, site, bypass_csp=not with_policy) as reader:
        for path in (
            "/?q=script&lang=nl",
            "/r/hostile?lang=nl",
            "/r/hostile?lang=fr",
            "/?q=<script>window.__ran=1</script>",
            '/?q="><img src=x onerror="window.__ran=1">&area=${window.__ran=1}',
        ):
            page = reader.go(path)
            assert page.evaluate(CANARY) is None
            if with_policy:
                assert reader.violations() == []
        page = reader.go("/?lang=nl&q=script")
        mark = page.locator(".leaflet-marker-icon[aria-label*='onerror']").first
        mark.press("Enter")
        expect(page.locator(".popup-list a")).to_contain_text("onerror")
        assert page.evaluate(CANARY) is None


def test_paper_holds_the_place_and_not_the_buttons(chromium: Browser, site: str) -> None:
    with visit(chromium, site) as reader:
        page = reader.go("/r/lantern?lang=nl")
        page.emulate_media(media="print")
        expect(page.locator("#leave")).to_be_hidden()
        expect(page.locator("#map")).to_be_hidden()
        for part in ("h1", ".contact-box", ".qr"):
            expect(page.locator(part)).to_be_visible()
        assert len(page.pdf()) > 5_000
