"""Signing in and keeping an account, in a real browser: keyboard, 320 px, languages, axe."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect

from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper, letter
from mapper.web import create_app
from tests.browser import live, visit
from tests.conftest import NOON, TOY_CITY, add, make_resource
from tests.signing_in import SignedIn, make_account, sign_in

pytest_plugins = ["tests.browser"]

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
OWN_PAGES = ("/account", "/account/second-step", "/accounts", "/accounts/invite", "/", "/match", "/r/never")


class Place(NamedTuple):
    site: str
    mapper: Mapper
    admin: SignedIn


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home: Path = tmp_path_factory.mktemp("accounts") / "instance"
    with Mapper.open(home, create=True, clock=lambda: NOON) as mapper:
        mapper.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        add(mapper, make_resource(), make_resource(id="prof", visibility="professional"))
        make_account(mapper, "coach", sign_in_name="coach-noord@example.org", areas=("1",))
        client: FlaskClient = create_app(mapper).test_client()
        admin = sign_in(client, mapper, "admin", sign_in_name="beheer")
        with live(mapper) as address:
            yield Place(address, mapper, admin)


def link(place: Place, name: str) -> str:
    _account, token = place.mapper.accounts.invite(TERMINAL_ADMIN, "worker", team="Onthaal", sign_in_name=name)
    return letter.link_of(token, place.site).removeprefix(place.site)


def test_invited_on_a_phone_signed_out_and_in_again_by_keyboard(chromium: Browser, place: Place) -> None:
    with visit(chromium, place.site, cookies=(), **PHONE) as reader:
        page = reader.go(link(place, "onthaal"))
        expect(page.get_by_label("Aanmeldnaam")).to_have_value("onthaal")
        page.get_by_label("Wachtwoord", exact=True).fill("kort")
        page.get_by_label("Hetzelfde wachtwoord opnieuw").fill("kort")
        page.get_by_role("button", name="Beginnen").click()
        expect(page.locator(".error-summary")).to_be_focused()
        page.get_by_label("Wachtwoord", exact=True).fill("zeven blauwe fietsen")
        page.get_by_label("Hetzelfde wachtwoord opnieuw").fill("zeven blauwe fietsen")
        page.keyboard.press("Enter")
        work = page.get_by_role("navigation", name="Je werk")
        expect(work).to_be_visible()
        work.get_by_role("button", name="Afmelden").click()
        expect(work).to_have_count(0)
        assert reader.context.cookies() == []

        page = reader.go("/account")
        assert page.url.endswith("/sign-in?next=/account")
        page.get_by_label("Aanmeldnaam").focus()
        page.keyboard.type("Onthaal")
        page.keyboard.press("Tab")
        page.keyboard.type("fout fout fout")
        page.keyboard.press("Enter")
        expect(page.locator(".error-summary")).to_be_focused()
        expect(page.get_by_label("Aanmeldnaam")).to_have_value("Onthaal")
        expect(page.get_by_label("Wachtwoord")).to_have_value("")
        page.get_by_label("Wachtwoord").focus()
        page.keyboard.type("zeven blauwe fietsen")
        page.keyboard.press("Enter")
        page.wait_for_url(place.site + "/account")
        page.get_by_role("button", name="Meld me overal af").click()
        page.wait_for_url(place.site + "/sign-in")


def test_without_javascript_an_admin_invites(chromium: Browser, place: Place) -> None:
    with visit(chromium, place.site, place.admin, java_script_enabled=False, locale="en") as reader:
        page = reader.go("/accounts")
        page.get_by_role("link", name="Invite somebody").click()
        page.get_by_label("Role").select_option("coach")
        page.get_by_label("Neighbourhoods", exact=True).fill("Eikenwijk")
        page.get_by_role("button", name="Make the link").click()
        expect(page.locator("main code")).to_contain_text("/invitation?link=")


@pytest.mark.parametrize("language", ["nl", "fr", "en", "ar"])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(chromium: Browser, place: Place, language: str) -> None:
    axe, found = Axe(), []
    scheme = "dark" if language == "fr" else "light"
    with visit(chromium, place.site, place.admin, color_scheme=scheme, **PHONE) as reader:
        for path in OWN_PAGES:
            page = reader.go(f"{path}?lang={language}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
            found += [(path, one["id"], one["nodes"][0]["html"]) for one in axe.run(page).response["violations"]]
    with visit(chromium, place.site, color_scheme=scheme, **PHONE) as stranger:
        for path in ("/sign-in?", link(place, f"naam-{language}") + "&"):
            page = stranger.go(f"{path}lang={language}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
            found += [(path, one["id"], one["nodes"][0]["html"]) for one in axe.run(page).response["violations"]]
    assert found == []


def test_what_is_pressed_is_large_enough(chromium: Browser, place: Place) -> None:
    small = []
    with visit(chromium, place.site, place.admin, **PHONE) as reader:
        for path in ("/account", "/accounts"):
            page = reader.go(path)
            for one in page.locator("main :is(button, input, select, .button), .desk :is(a, button)").all():
                box = one.bounding_box()
                if box and one.get_attribute("type") != "checkbox" and box["height"] < 44:
                    small.append((path, one.inner_text(), box["height"]))
    assert small == []
