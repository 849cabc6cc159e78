"""The everyday loop and a steward's day in a real browser: without JavaScript, on a phone, in three languages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from mapper.access import TERMINAL_ADMIN, Actor
from mapper.core import Mapper
from mapper.model import Contact, Offer, Place
from mapper.text import Text
from mapper.web import create_app
from tests.browser import chromium, driver, live  # noqa: F401
from tests.conftest import NOON, TOY_CITY, add, make_resource
from tests.signing_in import SignedIn, sign_in

PHONE = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False}
COOKING = Offer(id="cooking", name=Text(nl="Samen koken"), needs=("company",))
TALKING = Offer(id="talking", name=Text(nl="Praatgroep"), needs=("being_heard",))


class Town:
    """A site with two groups and somebody of every role."""

    def __init__(self, mapper: Mapper, site: str) -> None:
        self.mapper, self.site = mapper, site
        client = create_app(mapper).test_client()
        self.people: dict[str, SignedIn] = {
            "worker": sign_in(client, mapper, "worker", team="t1"),
            "steward": sign_in(client, mapper, "steward", records=("circle",)),
            "coach": sign_in(client, mapper, "coach", team="t1", areas=("1",)),
        }


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("town") / "instance"
    with Mapper.open(home, create=True, clock=lambda: NOON) as mapper:
        mapper.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        phone = (Contact(type="phone", value="02 111 22 33", ask_for=Text(nl="de coördinator")),)
        add(
            mapper,
            make_resource(needs=("company",), offers=(COOKING, TALKING), contacts=phone, volunteer_run="yes"),
            make_resource(
                id="second2222", name=Text.of("Breiclub"), needs=("company",), place=Place(lon=4.348, lat=50.848)
            ),
            make_resource(
                id="noted22222", name=Text.of("Moestuin"), visibility="professional", ground="coach_notes",
                place=Place(precision="neighbourhood", neighbourhood="1"),
            ),
        )  # fmt: skip
        with live(mapper) as site:
            yield Town(mapper, site)


@contextmanager
def page_of(chromium: Browser, town: Town, who: str = "", **options: Any) -> Iterator[Page]:  # noqa: F811
    """A browser with this person signed in; fails when a page asks a foreign host or breaks the policy."""
    context = chromium.new_context(locale="nl-BE", **options)
    if who:
        context.add_cookies([{**town.people[who].cookie, "url": town.site}])  # type: ignore[list-item]
    page, wrong = context.new_page(), []
    page.on("request", lambda one: wrong.append(one.url) if not one.url.startswith((town.site, "data:")) else None)
    page.on("console", lambda one: wrong.append(one.text) if "Content Security Policy" in one.text else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        yield page
        assert wrong == []
    finally:
        context.close()


def picture(page: Page, name: str) -> None:
    """A picture to look at, where somebody asks for one."""
    if folder := os.environ.get("MAPPER_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def slate(page: Page, town: Town) -> list[str]:
    page.goto(f"{town.site}/match")
    page.get_by_label("Wat zou helpen?").fill("gezelschap")
    page.get_by_label("Waar?", exact=True).fill("Eikenwijk")
    page.locator(".quick-fields ~ .go-row button").first.click()
    return [str(one.get_attribute("data-id")) for one in page.locator(".door").all()]


def test_quick_match_a_call_and_two_taps(chromium: Browser, town: Town) -> None:  # noqa: F811
    with page_of(chromium, town, "worker", **PHONE) as page:
        assert "circle" in slate(page, town)
        door = page.locator(".door[data-id=circle]")
        assert door.locator("a.call").count() == 1
        door.locator("details.after-call > summary").click()  # the first tap
        door.locator("select[name=offer-circle]").select_option("cooking")
        picture(page, "slate-after-call")
        door.locator("button[value='full:circle']").click()  # the second
        assert page.url.startswith(f"{town.site}/calls") and page.locator(".door").count() >= 1
        picture(page, "slate-noted")
        page.locator(".slate-status button").click()
        assert page.locator(".door[data-id=circle]").count() == 1
    record = town.mapper.show("circle")
    assert record is not None and record.offers == (COOKING, TALKING), "what was tapped by mistake is taken back"


def test_a_steward_says_enough_on_a_phone_and_the_next_slate_knows(chromium: Browser, town: Town) -> None:  # noqa: F811
    with page_of(chromium, town, **PHONE) as page:
        assert "circle" in slate(page, town)
    with page_of(chromium, town, "steward", **PHONE) as page:
        page.goto(f"{town.site}/my-places")
        picture(page, "my-places")
        page.locator("button[value=enough_for_now]").click()
        picture(page, "my-places-enough")
        with page_of(chromium, town, **PHONE) as other:
            assert slate(other, town) == ["second2222"]
        page.locator(".notice form button").click()
        with page_of(chromium, town, **PHONE) as other:
            assert "circle" in slate(other, town)


def test_a_steward_edits_on_a_phone_without_javascript(chromium: Browser, town: Town) -> None:  # noqa: F811
    with page_of(chromium, town, "steward", **PHONE) as page:
        page.goto(f"{town.site}/records/circle/edit")
        picture(page, "record-form-phone")
        page.locator("textarea[name='description.nl'], input[name='description.nl']").fill("Thee en praten.")
        page.locator("#s-reach > summary").click()
        page.locator("button[value='add:contacts']").click()
        assert page.locator("[name='description.nl']").input_value() == "Thee en praten."
        page.locator("[name='contacts.1.type']").select_option("email")
        page.locator("[name='contacts.1.value']").fill("geen adres")
        page.locator(".record-form .go-row button[value=save]").click()
        assert page.locator(".error-summary").count() == 1
        picture(page, "record-form-mistake")
        page.locator(".error-summary a").first.click()
        assert page.url.endswith("#contacts.1.value")
        page.locator("[name='contacts.1.value']").fill("hallo@kring.example")
        page.locator(".record-form .go-row button[value=preview]").click()
        assert page.locator(".preview").count() == 1 and page.get_by_text("Thee en praten.").count() == 1
        picture(page, "record-preview")
        page.locator(".preview button[value=save]").click()
    actor: Actor = town.people["steward"].actor
    record = town.mapper.stewards.of(actor, "circle")
    assert record.description == Text(nl="Thee en praten.") and len(record.contacts) == 2
    town.mapper.undo(actor, town.mapper.history(actor, "circle")[0].revision)


PAGES = {
    "": ("/wrong/circle", "/leave?link=x"),
    "worker": ("/r/circle", "/team/places"),
    "steward": ("/my-places", "/my-places/circle/leave", "/records/circle/edit", "/records/circle/history"),
    "coach": ("/coach/reports", "/records/new", "/records/noted22222/edit", "/records/noted22222/preview"),
}


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
@pytest.mark.parametrize("who", PAGES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    chromium: Browser,  # noqa: F811
    town: Town,
    who: str,
    language: str,
) -> None:
    dark = {"color_scheme": "dark"} if language == "fr" else {}
    with page_of(chromium, town, who, viewport={"width": 320, "height": 640}, **dark) as page:
        for path in PAGES[who]:
            page.goto(f"{town.site}{path}{'&' if '?' in path else '?'}lang={language}")
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
            found = Axe().run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
            if language == "nl":
                picture(page, f"320-{path.strip('/').replace('/', '-').partition('?')[0]}")
