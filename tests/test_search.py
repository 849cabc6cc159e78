"""What people type finds what they mean. Better/worse pairs and properties, never pinned scores."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.catalogue import Catalogue
from mapper.core import Mapper
from mapper.geography import Geography
from mapper.model import Address, Audience, Language, Offer, Place, Point, Resource, Thresholds
from mapper.search import Query, Results, find
from mapper.search.query import Phrasebook, understand
from mapper.taxonomy import load
from mapper.text import Text
from tests.conftest import NOON, TOY_CITY, add, make_resource

GEOGRAPHY = Geography.from_set(TOY_CITY)
PHRASEBOOK = Phrasebook(load(), GEOGRAPHY)


def search(query: Query | str, *resources: Resource) -> Results:
    asked = Query(text=query) if isinstance(query, str) else query
    return find(asked, Catalogue(resources, GEOGRAPHY, load()), PHRASEBOOK, NOON)


def found(query: Query | str, *resources: Resource) -> list[str]:
    return [hit.resource.id for hit in search(query, *resources).hits]


def named(resource_id: str, name: str, **changes: Any) -> Resource:
    return make_resource(id=resource_id, name=Text.of(name), **({"needs": ()} | changes))


HOUSE = named("house", "Vrienden van het Huizeke")
TALK = named("talk", "AETCIS", needs=("being_heard",), audience=Audience(communities=("brazilian",)))
NEIGHBOURS = named("neighbours", "Accolage", former_names=(Text(nl="Het BuurtPensioen"),))
SOUP = named("soup", "Warm", kind="soup_kitchen", needs=("food",))
ALL = (HOUSE, TALK, NEIGHBOURS, SOUP)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("aetcis", "talk"),
        ("Aétsis", "talk"),
        ("praatronde", "talk"),
        ("brasil", "talk"),
        ("buurtpensioen", "neighbours"),
        ("buurtpensoen", "neighbours"),
        ("vrienden vant huizeke", "house"),
        ("HUIZEKE", "house"),
        ("soupe populaire", "soup"),
        ("gaarkeuken", "soup"),
        ("huizek", "house"),
    ],
)
def test_a_name_or_need_in_any_spelling(typed: str, first: str) -> None:
    assert found(typed, *ALL)[0] == first


def test_a_place_in_either_language_limits_to_it() -> None:
    here, there = named("here", "Een"), named("there", "Twee", place=Place(lon=4.355, lat=50.855))
    assert found("quartier des chenes", here, there) == ["here"]
    assert found("Wilgenwijk", here, there) == ["there"]
    assert search("eikenwijk", here, there).areas == ("1",)


def test_all_that_is_asked_counts_together() -> None:
    here = named("here", "Een", needs=("being_heard",))
    elsewhere = named("elsewhere", "Twee", needs=("being_heard",), place=Place(lon=4.355, lat=50.855))
    other = named("other", "Drie", needs=("food",))
    assert found("praatgroep eikenwijk", here, elsewhere, other) == ["here"]


def test_no_dead_end_says_what_was_left_out() -> None:
    results = search("soupe populaire wilgenwijk", *ALL)
    assert [hit.resource.id for hit in results.hits] == ["soup"]
    assert [part.kind for part in results.relaxed] == ["area"]


def test_unknown_words_bring_a_suggestion() -> None:
    assert search("acolaje", *ALL).did_you_mean == "accolage"


def test_title_before_description() -> None:
    title = named("title", "Naaiatelier")
    mention = named("mention", "Huis", description=Text.of("Er is ook een naaiatelier."))
    assert found("naaiatelier", mention, title) == ["title", "mention"]


def test_what_is_told_in_the_past_or_closed_is_never_suggested() -> None:
    past, shut = named("past", "Kring", status="historical"), named("shut", "Kring", status="closed")
    assert found("kring", past, shut, named("now", "Kring")) == ["now"]
    assert found("", past, shut) == []


def test_unknown_is_not_no() -> None:
    yes = named("yes", "A", thresholds=Thresholds(free="yes", wheelchair="yes"))
    unknown = named("unknown", "B")
    no = named("no", "C", thresholds=Thresholds(free="no", wheelchair="no"))
    assert found(Query(free=True), no, unknown, yes) == ["yes", "unknown"]
    assert found(Query(wheelchair=True), no, unknown, yes) == ["yes", "unknown"]


def test_an_offer_answers_for_its_house() -> None:
    house = named(
        "house",
        "Huis",
        offers=(
            Offer(
                id="o", name=Text.of("Klas"), needs=("homework_help",), free="yes", languages=(Language(code="pt-BR"),)
            ),
        ),
    )
    assert found(Query(needs=("homework_help",), free=True, languages=("pt",)), house) == ["house"]


def test_open_now_asks_for_a_known_yes() -> None:
    open_now = named("open", "A", opening_hours="Mo-Fr 09:00-17:00")
    shut = named("shut", "B", opening_hours="Mo-Fr 14:00-17:00")
    assert found(Query(open_now=True), open_now, shut, named("unknown", "C")) == ["open"]


def test_the_closer_of_two_equals_wins() -> None:
    near, far = named("near", "Kring"), named("far", "Kring", place=Place(lon=4.355, lat=50.855))
    results = search(Query(text="kring", near=Point(4.345, 50.846)), far, near)
    assert [hit.resource.id for hit in results.hits] == ["near", "far"]
    distance_m = results.hits[0].distance_m
    assert distance_m is not None and 100 < distance_m < 120


def test_words_about_papers_change_nothing_for_the_public(mapper: Mapper) -> None:
    asks = make_resource(id="asks", thresholds=Thresholds(papers_asked="yes"))
    asks_not = make_resource(id="not", thresholds=Thresholds(papers_asked="no"))
    add(mapper, asks, asks_not)
    scores = {hit.resource.id: hit.score for hit in mapper.find("kring zonder papieren").hits}
    assert scores["asks"] == scores["not"]
    assert all(hit.resource.thresholds.papers_asked == "unknown" for hit in mapper.find("").hits)


NASTY = [
    "",
    "   ",
    "!?…",
    "\x00",
    "a\x00b",
    "\ud800",
    "(a+)+$",
    "'; DROP TABLE resources; --",
    "AND OR NOT",
    "l'ilot:a",
    "😀",
    "\u202eabc",
    "x" * 10_000,
    "de het een",
    "%s %d {0}",
    "*" * 500,
]


@pytest.mark.parametrize("typed", NASTY)
def test_nasty_input_gets_a_calm_answer(typed: str) -> None:
    assert search(typed, *ALL).total >= 0


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_answered(typed: str) -> None:
    results = search(typed, *ALL)
    assert len(results.hits) == results.total == len(results.ids)


@settings(max_examples=40, deadline=None)
@given(st.permutations(ALL), st.sampled_from(["", "praatronde", "huizeke", "eikenwijk", "a"]))
def test_the_order_of_the_inventory_changes_nothing(shuffled: list[Resource], typed: str) -> None:
    assert found(typed, *shuffled) == found(typed, *ALL)


@settings(max_examples=40, deadline=None)
@given(st.floats(4.341, 4.349), st.floats(50.841, 50.849))
def test_closer_is_never_worse(lon: float, lat: float) -> None:
    near = Point(4.345, 50.845)
    here = named("here", "Kring", place=Place(lon=4.345, lat=50.845))
    there = named("there", "Kring", place=Place(lon=lon, lat=lat))
    scores = {hit.resource.id: hit.score for hit in search(Query(text="kring", near=near), here, there).hits}
    assert scores["here"] >= scores["there"]


def test_pages_follow_each_other() -> None:
    many = [named(f"r{number:02}", f"Kring {number:02}") for number in range(25)]
    pages = [found(Query(text="kring", limit=10, offset=offset), *many) for offset in (0, 10, 20)]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert len({resource_id for page in pages for resource_id in page}) == 25


def test_reading_a_query_keeps_every_meaning_of_a_word() -> None:
    pieces = understand("portugees eikenwijk", PHRASEBOOK)
    assert {part.kind for part in pieces[0]} >= {"language", "words"}
    assert pieces[1][0].kind == "area"


@pytest.mark.parametrize(
    "typed",
    ["fleche", "rue de la Flèche", "uitstappen", "verenigign zwaan", "kapstok's", "huizekk", "zwartberg kring"],
)
def test_what_has_left_the_map_says_nothing_more(typed: str) -> None:
    address = Address(street=Text(fr="Rue de la Flèche", nl="Pijlstraat"), house_number="3")
    gone = named("gone", "Verenigign huizekk", needs=("outings",), place=Place(address=address))
    company = named("company", "Nieuw", needs=("company",), summary=Text.of("kapstok"))
    others = [named(tree, f"Vereniging {tree}") for tree in ("eik", "den", "els", "zwaan")]
    others.append(named("rare", "Verenging iep"))
    recent = named("recent", "Berk's")
    changed = Catalogue((*ALL, gone, company, *others), GEOGRAPHY, load()).with_changes(
        {"gone": None, "recent": recent}, 1
    )
    anew = Catalogue((*ALL, company, *others, recent), GEOGRAPHY, load())
    one, two = (find(Query(text=typed), catalogue, PHRASEBOOK, NOON) for catalogue in (changed, anew))
    assert [(hit.resource.id, round(hit.score, 5)) for hit in one.hits] == [
        (hit.resource.id, round(hit.score, 5)) for hit in two.hits
    ]
    assert (one.understood, one.relaxed, one.did_you_mean) == (two.understood, two.relaxed, two.did_you_mean)
