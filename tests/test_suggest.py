"""Suggestions while typing, and "did you mean": near what was typed, quick, and only of what may be seen."""

import re
import time
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser

from mapper.catalogue import Catalogue
from mapper.core import Mapper
from mapper.geography import Geography, bundled
from mapper.model import Resource
from mapper.search import Part, Phrasebook, Query, Suggester, find
from mapper.search import suggest as suggesting
from mapper.taxonomy import load
from mapper.text import Text
from mapper.web import create_app
from tests.browser import live, visit
from tests.conftest import NOON, TOY_CITY, add, make_resource

pytest_plugins = ["tests.browser"]

GEOGRAPHY = Geography.from_set(TOY_CITY)
SUGGESTER = Suggester(load(), GEOGRAPHY)
BOOK = Phrasebook(load(), GEOGRAPHY)


def named(resource_id: str, name: str, **changes: Any) -> Resource:
    return make_resource(id=resource_id, name=Text.of(name), **({"needs": ()} | changes))


HOUSE = named("house", "Vrienden van het Huizeke")
TALK = named("talk", "AETCIS")
NEIGHBOURS = named("neighbours", "Accolage", former_names=(Text(nl="Het BuurtPensioen"),))
GRAINS = named("grains", "Graines de vie", description=Text.of("Grains et plantes"))
CATALOGUE = Catalogue((HOUSE, TALK, NEIGHBOURS, GRAINS), GEOGRAPHY, load())


def suggest(typed: str, language: str = "nl", limit: int = 8) -> list[tuple[str, str, str]]:
    return [tuple(one) for one in SUGGESTER.suggest(typed, CATALOGUE, language, limit)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("aet", ("name", "talk", "AETCIS")),
        ("Aéts", ("name", "talk", "AETCIS")),
        ("vrienden van het h", ("name", "house", "Vrienden van het Huizeke")),
        ("huiz", ("name", "house", "Vrienden van het Huizeke")),
        ("huisek", ("name", "house", "Vrienden van het Huizeke")),
        ("huiz vrien", ("name", "house", "Vrienden van het Huizeke")),
        ("buurtpens", ("name", "neighbours", "Accolage")),
        ("huiswerkk", ("need", "homework_help", "Hulp bij huiswerk")),
        ("ev öde", ("need", "homework_help", "Hulp bij huiswerk")),
        ("aide aux dev", ("need", "homework_help", "Hulp bij huiswerk")),
        ("portug", ("language", "pt", "Portugees")),
        ("eikenw", ("area", "1", "Eikenwijk")),
        ("quartier des ch", ("area", "1", "Eikenwijk")),
        ("103", ("area", "1030", "1030 Schaarbeek")),
        ("praatgroep schaarb", ("area", "21015", "praatgroep Schaarbeek")),
    ],
)
def test_what_is_typed_so_far_leads_to_what_is_meant(typed: str, expected: tuple[str, str, str]) -> None:
    assert expected in suggest(typed)


def test_words_come_in_the_language_of_the_reader() -> None:
    assert ("need", "homework_help", "Aide aux devoirs") in suggest("huiswerk", "fr")
    assert ("area", "1", "Quartier des Chênes") in suggest("eikenw", "fr")


def test_a_suggestion_when_it_is_searched_for_finds_itself(mapper: Mapper) -> None:
    add(mapper, HOUSE, TALK, NEIGHBOURS)
    for typed in ("huizek", "aet", "accol"):
        suggestion = mapper.suggest(typed)[0]
        assert mapper.find(suggestion.words).hits[0].resource.id == suggestion.id


def test_groups_stay_together_and_no_kind_takes_all_the_room() -> None:
    many = [named(f"r{number}", f"Praatkring {number}") for number in range(30)]
    found = SUGGESTER.suggest("praat", Catalogue(many, GEOGRAPHY, load()), "nl", 8)
    kinds = [one.kind for one in found]
    assert len(found) == 8 and "need" in kinds and "name" in kinds
    assert kinds == sorted(kinds, key=kinds.index)


@pytest.mark.parametrize("limit", [1, 3, 20])
def test_never_more_than_asked_for(limit: int) -> None:
    assert len(suggest("a", limit=limit)) <= limit


@pytest.mark.parametrize("typed", ["", " ", "!?", "\x00", "\ud800", "xqzwv", "😀", "zzzzzzzz"])
def test_nothing_near_is_nothing(typed: str) -> None:
    assert suggest(typed) == []


def test_only_what_may_be_seen_and_suggested(mapper: Mapper) -> None:
    add(
        mapper,
        named("public", "Ketel open"),
        named("team", "Ketel team", visibility="professional"),
        named("secret", "Ketel geheim", visibility="hidden"),
        named("past", "Ketel vroeger", status="historical"),
    )
    assert [one.id for one in mapper.suggest("ketel")] == ["public"]
    add(mapper, named("public", "Iets anders"))
    assert [one for one in mapper.suggest("ketel") if one.kind == "name"] == []
    assert [one.id for one in mapper.suggest("iets a")] == ["public"]


@pytest.mark.parametrize(
    "typed", ["sans papiers", "sans pap", "zonder papieren", "undocum", "hulp zonder papie", "illegaal"]
)
def test_a_word_about_residence_status_suggests_nothing(typed: str) -> None:
    with_such_a_name = Catalogue((named("x", "Collectif sans papiers"), named("y", "Undocumented")), GEOGRAPHY, load())
    assert SUGGESTER.suggest(typed, with_such_a_name, "nl", 8) == ()


def test_the_order_of_the_inventory_changes_nothing() -> None:
    backwards = Catalogue((GRAINS, NEIGHBOURS, TALK, HOUSE), GEOGRAPHY, load())
    for typed in ("a", "h", "v", "gr", "acol"):
        assert SUGGESTER.suggest(typed, backwards, "nl", 8) == SUGGESTER.suggest(typed, CATALOGUE, "nl", 8)


def test_quick_among_ten_thousand() -> None:
    geography = bundled()
    parts = ("Huis", "Maison", "Kring", "Cercle", "Atelier", "Vrienden", "Amis", "Buurt", "Tuin", "Jardin", "Groep")
    many = [
        named(f"r{number}", f"{parts[number % 11]} {parts[number // 11 % 11]} {number:x}sel{number % 977}")
        for number in range(10_000)
    ]
    suggester, catalogue = Suggester(load(), geography), Catalogue(many, geography, load())
    suggester.suggest("h", catalogue)  # the first one works out what all others use
    for typed in ("h", "hu", "huis v", "vriendne van", "praatgr", "atelir", "xyzzy", "sint g", "maison jard"):
        quickest_s = min(_seconds(suggester, typed, catalogue) for _attempt in range(5))
        assert quickest_s < 0.005, f"{typed}: {1000 * quickest_s:.1f} ms"


def _seconds(suggester: Suggester, typed: str, catalogue: Catalogue) -> float:
    started = time.process_time()
    suggester.suggest(typed, catalogue)
    return time.process_time() - started


def did_you_mean(typed: str) -> str | None:
    return find(Query(text=typed), CATALOGUE, BOOK, NOON).did_you_mean


def test_did_you_mean_is_near_or_silent() -> None:
    assert did_you_mean("acolaje") == "accolage"
    assert did_you_mean("xqzwvxq") is None
    assert did_you_mean("zb xqzwvxq") is None


@pytest.mark.parametrize("typed", ["gratis", "gratis xqzwvxq", "gratuit", "huiswerk xqzwvxq", "1030 xqzwvxq"])
def test_a_word_that_is_understood_is_never_replaced(typed: str) -> None:
    assert did_you_mean(typed) is None


def test_a_word_that_stands_in_a_name_is_never_replaced() -> None:
    names = ("Artistes du Monde", "La Ronde Fleurie")
    catalogue = Catalogue([named(f"house{at}", name) for at, name in enumerate(names)], GEOGRAPHY, load())
    left_out = Part("words", "", "monde", 0.5, 12, 17)
    assert suggesting.did_you_mean("medecins du monde", (left_out,), catalogue, BOOK) is None
    left_out = Part("words", "", "mondd", 0.5, 12, 17)
    assert suggesting.did_you_mean("medecins du mondd", (left_out,), catalogue, BOOK) == "medecins du monde"


def test_did_you_mean_never_names_what_left_the_map_or_is_told_in_the_past() -> None:
    past = named("past", "Kwakkelhof", status="historical")
    catalogue = CATALOGUE.with_changes({"neighbours": None, "talk": named("talk", "Zwartberg"), "past": past}, 1)
    for typed, better in (("acolaje", None), ("aetzis", None), ("kwakelhov", None), ("zwartberk", "zwartberg")):
        found = find(Query(text=f"{typed} xqzwvxq"), catalogue, BOOK, NOON).did_you_mean
        assert found in (None, f"{better} xqzwvxq"), typed
        part = Part("words", "", typed, 0.5, 0, len(typed))
        assert suggesting.did_you_mean(typed, (part,), catalogue, BOOK) == better


def test_what_is_replaced_is_only_the_word_that_was_wrong() -> None:
    assert did_you_mean("Gratis: acolaje!") in (None, "Gratis: accolage!")


# ---------------------------------------------------------------- on the page


def test_suggestions_over_http(mapper: Mapper) -> None:
    add(mapper, HOUSE, named("team", "Huizeke team", visibility="professional"))
    answer = create_app(mapper).test_client().get("/suggest.json?q=huiz&lang=fr")
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert answer.get_json()[0] == {
        "kind": "name",
        "label": "Lieux et groupes",
        "suggestions": [{"id": "house", "words": "Vrienden van het Huizeke"}],
    }
    for typed in ("", "%00", "%ED%A0%80", "x" * 5_000, "sans%20papiers"):
        assert create_app(mapper).test_client().get(f"/suggest.json?q={typed}").get_json() == []


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapper]:
    with Mapper.open(tmp_path_factory.mktemp("shipped"), create=True, clock=lambda: NOON) as opened:
        opened.load_shipped()
        yield opened


def test_a_chip_on_the_page_takes_away_its_own_words_only(shipped: Mapper) -> None:
    client = create_app(shipped).test_client()
    page = client.get("/?q=portugese+praatgroep+in+Sint-Gillis+gratis&lang=en").get_data(as_text=True)
    chips = re.findall(r'<li><a href="([^"]*)" title="Take this away"><span>([^<]*)', page)
    left = {label: parse_qs(urlsplit(unescape(href)).query).get("q", [""])[0] for href, label in chips}
    assert left == {
        "Portuguese": "praatgroep in Sint-Gillis gratis",
        "Someone who listens": "portugese in Sint-Gillis gratis",
        "Sint-Gillis": "portugese praatgroep gratis",
        "Free": "portugese praatgroep in Sint-Gillis",
    }


def test_the_place_field_has_chips_of_its_own(shipped: Mapper) -> None:
    page = create_app(shipped).test_client().get("/?q=huiswerk&area=de+Marollen&lang=en").get_data(as_text=True)
    hrefs = re.findall(r'<li><a href="([^"]*)" title="Take this away">', page)
    asked = [parse_qs(urlsplit(unescape(href)).query) for href in hrefs]
    assert [(one.get("q"), one.get("area")) for one in asked] == [(None, ["de Marollen"]), (["huiswerk"], None)]


def test_the_search_box_suggests_by_keyboard(shipped: Mapper, chromium: Browser) -> None:
    with live(shipped) as site, visit(chromium, site) as reader:
        page = reader.go("/?lang=nl")
        box = page.get_by_role("combobox", name="Wat zoek je?")
        box.press_sequentially("huisek")
        option = page.get_by_role("option", name="Vrienden van het Huizeke")
        option.wait_for()
        assert box.get_attribute("aria-expanded") == "true"
        box.press("ArrowDown")
        assert option.get_attribute("aria-selected") == "true"
        assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
        box.press("Escape")
        assert box.get_attribute("aria-expanded") == "false" and box.input_value() == "huisek"
        box.press("ArrowDown")
        option.wait_for()
        box.press("ArrowDown")
        box.press("Enter")
        page.wait_for_url("**q=Vrienden*")
        assert page.locator(".card h3").first.inner_text() == "Vrienden van het Huizeke"


def test_enter_searches_for_what_was_typed_unless_something_was_chosen(shipped: Mapper, chromium: Browser) -> None:
    with live(shipped) as site, visit(chromium, site) as reader:
        page = reader.go("/?lang=nl")
        box = page.get_by_role("combobox", name="Wat zoek je?")
        box.press_sequentially("huisek")
        page.get_by_role("option").first.wait_for()
        box.press("Enter")
        page.wait_for_url("**q=huisek*")
        assert page.locator(".card h3").first.inner_text() == "Vrienden van het Huizeke"
