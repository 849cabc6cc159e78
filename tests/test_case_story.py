"""A case in a real browser: kept from a slate, walked along with, and everything gone when the person takes it back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.exchange.reading import Reading
from mapper.model import Profile
from tests.browser import Visit, live, visit
from tests.conftest import NOON, TOY_CITY, add, make_resource
from tests.fictional import DOORS
from tests.signing_in import SignedIn, make_account, sign_in_as

pytest_plugins = ["tests.browser"]

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
CANARY = "zwaluwkanarie"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mapper, str, SignedIn]]:
    home: Path = tmp_path_factory.mktemp("case") / "instance"
    with Mapper.open(home, create=True, clock=lambda: NOON) as opened:
        opened.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        opened.import_resources(TERMINAL_ADMIN, (Reading(line=None, resource=record) for record in DOORS))
        add(opened, make_resource(id="service", kind="general_welfare_centre", slices=("professional",)))
        opened.keys.make(TERMINAL_ADMIN)
        from mapper.web import create_app

        me = sign_in_as(create_app(opened).test_client(), opened, make_account(opened, "worker", team="t1"))
        with live(opened) as address:
            yield opened, address, me


def keep(page: Page) -> None:
    """From three fields to a kept case."""
    page.fill("#needs", "iemand om mee te praten")
    page.fill("#place", "Eikenwijk")
    page.fill("#languages", "Portugees")
    page.keyboard.press("Enter")
    expect(page.locator(".door").first).to_be_visible()
    page.get_by_role("button", name="Dit bewaren").click()
    page.fill("#why", f"{CANARY} samen zoeken tot de lente")
    page.select_option("#given_how", "spoken")
    page.get_by_role("button", name="Dit bewaren").click()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_person_takes_the_yes_back_and_everything_is_gone(
    chromium: Browser, house: tuple[Mapper, str, SignedIn], javascript: bool
) -> None:
    mapper, site, me = house
    with visit(chromium, site, me, **PHONE, java_script_enabled=javascript) as reader:
        page = reader.go("/match?lang=nl")
        keep(page)
        # "zwaluwkanarie samen" tells nobody: saved at once, and the code is shown.
        expect(page.locator("h1 .code")).to_be_visible()
        code = page.locator("h1 .code").inner_text()
        address = page.url
        page.fill("#note", "Belt met Fatima op 0470 12 34 56")
        page.locator("form[action*='/notes'] button").click()
        expect(page.get_by_role("alert")).to_contain_text("lijkt op een naam")
        page.fill("#note", f"{CANARY} komt graag op dinsdag")
        page.locator("form[action*='/notes'] button").click()
        expect(page.locator("section[aria-labelledby=notes-title]")).to_contain_text("komt graag op dinsdag")
        first = page.locator("section[aria-labelledby=doors-title] li.card").first
        first.locator("summary").click()
        first.locator("select[name=state]").select_option("contacted")
        first.locator("details button:not([name])").click()
        expect(first.locator(".steps")).to_contain_text("samen gebeld")
        assert len(mapper.cases.cases(me.actor)) == 1
        page.get_by_role("link", name="Dit dossier wissen").click()
        page.fill("#code", "verkeerd woord hier")
        page.get_by_role("button", name="Nu wissen").click()
        expect(page.locator(".error-summary")).to_be_visible()
        page.fill("#code", code)
        page.get_by_role("button", name="Nu wissen").click()
        expect(page.get_by_role("status")).to_contain_text("gewist")
        assert mapper.cases.cases(me.actor) == []
        assert mapper._store.rows("SELECT * FROM cases") == mapper._store.rows("SELECT * FROM referrals") == []
        answer = page.goto(address)
        assert answer is not None and answer.status == 404
        page.go_back()
        assert CANARY not in page.content(), "the page was not kept by the browser"
    disk = b"".join(path.read_bytes() for path in mapper.home.rglob("*") if path.is_file())
    assert CANARY.encode() not in disk


def pages(mapper: Mapper, me: SignedIn) -> list[str]:
    case_id, _code = mapper.cases.open(
        me.actor, Profile(needs=("being_heard",), languages=("pt",), neighbourhood="1"), "samen zoeken", "spoken", "nl"
    )
    mapper.cases.note(me.actor, case_id, "een lang woord: " + "arbeidsongeschiktheidsverzekering" * 3)
    mapper.cases.introduce(me.actor, case_id, "service")
    _referral, token = mapper.referrals.refer(
        me.actor,
        case_id,
        "service",
        "hulp met een brief",
        [("Nood", "brief")],
        "spoken",
        days=7,
        wanted_by_service=True,
    )
    here = f"/cases/{case_id}"
    return ["/cases", here, f"{here}/held", f"{here}/erase", "/cases/glass", "/team/numbers", f"/referral/{token}"]


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_axe_finds_nothing_and_nothing_sticks_out(
    chromium: Browser, house: tuple[Mapper, str, SignedIn], language: str
) -> None:
    mapper, site, me = house
    with visit(chromium, site, me, **PHONE) as reader:
        for path in pages(mapper, me):
            page = reader.go(f"{path}?lang={language}")
            look_at(reader, page, path)
        page.goto(f"{site}{pages(mapper, me)[1]}?lang={language}")
        page.locator("form[action*=refer] button").first.click()
        look_at(reader, page, "refer")
        page.fill("#purpose", "hulp")
        page.fill("#message", "spreekt traag")
        page.locator("button[value=preview]").click()
        expect(page.locator("#preview-title")).to_be_visible()
        look_at(reader, page, "preview")
        page.goto(f"{site}/match?lang={language}")
        page.fill("#needs", "iemand om mee te praten")
        page.keyboard.press("Enter")
        page.locator("button[formaction*='cases/new']").click()
        look_at(reader, page, "new")


def look_at(reader: Visit, page: Page, name: str) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
    assert page.locator("h1").count() == 1
    assert reader.violations() == []
