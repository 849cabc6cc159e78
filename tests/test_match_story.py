"""The worker's story in a real browser: three fields by keyboard, a slate, a sheet; and what its pages owe to all."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.exchange.reading import Reading
from tests.browser import CANARY, Visit, live, visit
from tests.conftest import NOON, TOY_CITY
from tests.fictional import DOORS

pytest_plugins = ["tests.browser"]

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home: Path = tmp_path_factory.mktemp("match") / "instance"
    with Mapper.open(home, create=True, clock=lambda: NOON) as opened:
        opened.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        opened.import_resources(TERMINAL_ADMIN, (Reading(line=None, resource=record) for record in DOORS))
        with live(opened) as address:
            yield address


def tell(page: Page, needs: str = "iemand om mee te praten") -> None:
    """The three fields, by keyboard alone, from the moment the page is there."""
    expect(page.locator("#needs")).to_be_focused()
    page.keyboard.type(needs)
    page.keyboard.press("Tab")
    page.keyboard.type("Eikenwijk")
    page.keyboard.press("Tab")
    page.keyboard.type("Portugees, Frans")
    page.keyboard.press("Enter")
    expect(page.locator(".door").first).to_be_visible()
    page.wait_for_load_state("networkidle")


def slate(reader: Visit, needs: str = "iemand om mee te praten", language: str = "nl") -> Page:
    page = reader.go(f"/match?lang={language}")
    tell(page, needs)
    return page


def doors(page: Page) -> list[str]:
    return [one.get_attribute("data-id") or "" for one in page.locator(".door").all()]


def open_all(page: Page) -> None:
    """Unfolds everything that can be unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def violations(page: Page) -> list[tuple[str, str]]:
    return [(one["id"], one["nodes"][0]["html"][:160]) for one in Axe().run(page).response["violations"]]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_worker_gets_from_three_fields_to_a_phone_number_by_keyboard(
    chromium: Browser, site: str, javascript: bool
) -> None:
    with visit(chromium, site, java_script_enabled=javascript) as reader:
        urls: list[str] = []
        reader.page.on("request", lambda request: urls.append(request.url))
        page = slate(reader)
        expect(page.get_by_role("heading", level=1)).to_contain_text("open deuren")
        first = page.locator("#door-1")
        for words in ("Waarom deze plek", "Bel nu"):
            expect(first.get_by_role("heading", name=words)).to_be_visible()
        assert page.locator(".door a[href^='tel:']").count() >= 5
        expect(page.get_by_role("heading", name="Is dit al bekeken?")).to_be_visible()
        # Nothing of it stands in an address: neither what was told nor what came out of it.
        assert page.url == f"{site}/match?lang=nl"
        for url in urls:
            assert not re.search(r"praten|Eiken|being_heard|bbox|only=|shown|circle", url), url


@pytest.mark.parametrize("javascript", [True, False])
def test_swap_and_take_away_work_with_and_without_javascript(chromium: Browser, site: str, javascript: bool) -> None:
    with visit(chromium, site, java_script_enabled=javascript) as reader:
        page = slate(reader)
        before = doors(page)
        name = page.locator("#door-2 h3 a bdi").inner_text()
        page.locator("#door-2").get_by_role("button", name="Iets anders").press("Enter")
        expect(page.locator(".slate-status")).to_contain_text(f"{name} is weg. Nieuw:")
        swapped = doors(page)
        assert before[1] not in swapped and swapped[1] not in before and len(swapped) == len(before)
        if javascript:
            expect(page.locator("#door-2 h3")).to_be_focused()
            expect(page.locator(".pin").first).to_be_visible()
        page.locator("#door-1").get_by_role("button", name="Haal dit weg").press("Enter")
        expect(page.locator(f".door[data-id={swapped[0]}]")).to_have_count(0)
        expect(page.locator(".slate-status")).to_contain_text("is weg")
        page.get_by_label("De naam, of wat ze doen").fill("Volle Club")
        page.keyboard.press("Enter")
        expect(page.locator(".found")).to_contain_text("het is nu volzet")
        assert page.url.partition("#")[0] == f"{site}/match?lang=nl"


def test_the_map_shows_the_numbers_of_the_slate_and_follows_a_swap(chromium: Browser, site: str) -> None:
    with visit(chromium, site) as reader:
        page = slate(reader)
        expect(page.locator(".pin").first).to_be_visible()

        def numbers() -> list[str]:
            return sorted(page.locator(".pin").all_text_contents())

        with_point = [one for one in doors(page) if one != "shelter"]
        assert len(numbers()) == len(with_point)
        assert set(numbers()) <= {str(number) for number in range(1, 9)}
        page.locator("#door-1").get_by_role("button", name="Iets anders").click()
        expect(page.locator(".slate-status")).to_contain_text("is weg")
        names = [mark.get_attribute("aria-label") or "" for mark in page.locator(".leaflet-marker-icon").all()]
        for number, one in enumerate(doors(page), 1):
            if one == "circle":
                assert f"{number}. Roda da Esquina" in names


@pytest.mark.parametrize("javascript", [True, False])
def test_a_mistake_takes_the_focus_and_leads_to_its_field(chromium: Browser, site: str, javascript: bool) -> None:
    with visit(chromium, site, java_script_enabled=javascript) as reader:
        page = reader.go("/match?lang=nl")
        page.keyboard.type("xqzzyw")
        page.keyboard.press("Tab")
        page.keyboard.type("Timboektoe")
        page.keyboard.press("Enter")
        summary = page.locator(".error-summary")
        expect(summary).to_be_focused()
        expect(summary.get_by_role("link")).to_have_count(2)
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#place")).to_be_focused()
        expect(page.locator("#place")).to_have_value("Timboektoe")
        assert violations(page) == [] if javascript else True


def test_the_conversation_draws_a_picture_while_one_talks(chromium: Browser, site: str) -> None:
    with visit(chromium, site) as reader:
        page = reader.go("/match?lang=nl")
        page.locator("#needs").fill("iemand om mee te praten")
        page.get_by_text("Als er tijd is: het gesprek").click()
        page.get_by_label("Sterke kanten").fill("geduldig luisteren")
        page.get_by_text("De mensen rond jou").click()
        page.get_by_label("Hoeveel vrienden heb je?").fill("2")
        page.keyboard.press("Tab")
        expect(page.locator("#picture svg.picture-ecomap")).to_be_visible()
        expect(page.locator("#picture .pill-words")).to_have_text("Vrienden")
        expect(page.locator("#picture .dot-known")).to_have_count(2)
        # What was typed while it was drawn is still there.
        expect(page.get_by_label("Hoeveel vrienden heb je?")).to_have_value("2")
        assert violations(page) == []


def test_the_language_switch_keeps_what_was_told(chromium: Browser, site: str) -> None:
    with visit(chromium, site) as reader:
        page = slate(reader)
        before = doors(page)
        page.get_by_role("button", name="Français").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("portes ouvertes")
        assert doors(page) == before
        page.get_by_role("button", name="Modifier").click()
        expect(page.locator("#place")).to_have_value("Eikenwijk")
        page.get_by_role("button", name="English").click()
        expect(page.locator("#languages")).to_have_value("Portugees, Frans")
        expect(page.get_by_role("heading", level=1)).to_have_text("Find open doors together")


def test_the_sheet_is_small_neutral_paper(chromium: Browser, site: str) -> None:
    with visit(chromium, site) as reader:
        page = slate(reader)
        with reader.context.expect_page() as opened:
            page.get_by_role("button", name="Blad om af te drukken").click()
        sheet = opened.value
        sheet.wait_for_load_state("networkidle")
        expect(sheet.locator("html")).to_have_attribute("lang", "fr")
        assert sheet.title() == "Adresses"
        assert violations(sheet) == []
        sheet.emulate_media(media="print")
        expect(sheet.locator("#print-sheet")).to_be_hidden()
        expect(sheet.locator(".picture-map")).to_be_visible()
        sizes = "(all) => [...document.querySelectorAll(all)].map((one) => parseFloat(getComputedStyle(one).fontSize))"
        size = sheet.evaluate(sizes, ".sheet > li p, .lines span")
        assert min(size) >= 14 * 96 / 72 - 0.1
        paper = sheet.pdf(prefer_css_page_size=True)
        boxes = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", paper)
        # A5 in points: 148 by 210 mm.
        assert boxes and all(abs(float(w) - 419.5) < 1.5 and abs(float(h) - 595.3) < 1.5 for w, h in boxes)


def test_the_text_is_copied_with_one_button(chromium: Browser, site: str) -> None:
    with visit(chromium, site, permissions=["clipboard-read", "clipboard-write"]) as reader:
        page = slate(reader)
        page.get_by_text("Als tekst, voor je eigen dossier").click()
        page.get_by_role("button", name="Kopieer").click()
        expect(page.locator("#copy-status")).to_have_text("Gekopieerd")
        assert "Roda da Esquina" in page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize("language", ["nl", "fr", "en", "ar"])
def test_axe_finds_nothing_and_nothing_breaks_the_policy(chromium: Browser, site: str, language: str) -> None:
    with visit(chromium, site) as reader:
        page = reader.go(f"/match?lang={language}")
        open_all(page)
        assert violations(page) == []
        page = slate(reader, "iemand om mee te praten, schulden, gezelschap", language)
        open_all(page)
        assert violations(page) == []
        assert reader.violations() == []
        assert page.evaluate(CANARY) is None


@pytest.mark.parametrize("options", [{"color_scheme": "dark"}, PHONE, {"forced_colors": "active"}], ids=str)
def test_axe_finds_nothing_in_other_circumstances(chromium: Browser, site: str, options: dict[str, Any]) -> None:
    # With forced colours axe still reads the colours of the style sheet, which nobody sees then.
    unseen = {"color-contrast"} if "forced_colors" in options else set()
    with visit(chromium, site, **options) as reader:
        page = slate(reader)
        assert [one for one in violations(page) if one[0] not in unseen] == []
        page.get_by_role("button", name="Verander").click()
        page.get_by_text("Als er tijd is: het gesprek").click()
        assert [one for one in violations(page) if one[0] not in unseen] == []


@pytest.mark.parametrize(("width", "size"), [(320, 16), (640, 32)])
def test_nothing_scrolls_sideways(chromium: Browser, site: str, width: int, size: int) -> None:
    wider = "() => [document.documentElement.scrollWidth - innerWidth]"
    with visit(chromium, site, viewport={"width": width, "height": 640}) as reader:
        for language in ("nl", "ar"):
            page = reader.go(f"/match?lang={language}")
            page.evaluate("size => { document.documentElement.style.fontSize = size + 'px'; }", size)
            open_all(page)
            assert page.evaluate(wider) == [0]
            page = slate(reader, language=language)
            page.evaluate("size => { document.documentElement.style.fontSize = size + 'px'; }", size)
            open_all(page)
            assert page.evaluate(wider) == [0]
            page.locator("button[value=sheet]").evaluate("button => button.removeAttribute('formtarget')")
            page.locator("button[value=sheet]").click()
            expect(page.locator(".sheet")).to_be_visible()
            assert page.evaluate(wider) == [0]


def test_what_is_pressed_is_large_enough(chromium: Browser, site: str) -> None:
    small = """() => [...document.querySelectorAll("a, button, summary, input:not([type=hidden]), select")]
        .filter((one) => one.checkVisibility() && !one.matches(".skip, p > a, li > a, h3 > a"))
        .map((one) => [one.outerHTML.slice(0, 80), (one.closest("label") ?? one).getBoundingClientRect()])
        .filter(([, box]) => box.height < 24 || box.width < 24).map(([words]) => words)"""
    with visit(chromium, site, **PHONE) as reader:
        page = slate(reader)
        assert page.evaluate(small) == []
        page.get_by_role("button", name="Verander").click()
        page.get_by_text("Als er tijd is: het gesprek").click()
        assert page.evaluate(small) == []
