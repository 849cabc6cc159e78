"""Reading a profile: words as people say them, mistakes in one sentence; the circles beside what is usual."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper import taxonomy
from mapper.catalogue import Catalogue
from mapper.geography import Geography, bundled
from mapper.matching import STATEMENTS
from mapper.matching.circles import has_bonding, has_bridging, has_few_to_call_on, summarise
from mapper.matching.profile import read_profile, read_table
from mapper.model import Circles, CircleTies, Point, Problem, Profile
from mapper.search.query import Phrasebook
from mapper.text import Text
from mapper.wording import say, translator
from tests.conftest import TOY_CITY, make_resource

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.toml"))
TERMS = taxonomy.load()
CITY = Geography.from_set(TOY_CITY)
CATALOGUE = Catalogue(
    [
        make_resource(),
        make_resource(id="bridge", name=Text(nl="De Brug", fr="Le Pont"), ties="bridging"),
        make_resource(id="nest", name=Text.of("Nest"), ties="bonding"),
    ],
    CITY,
    TERMS,
)
PHRASEBOOK = Phrasebook(TERMS, CITY)


def read(table: dict[str, Any]) -> Profile:
    return read_profile(table, CATALOGUE, PHRASEBOOK)


def told(table: dict[str, Any]) -> str:
    with pytest.raises(Problem) as caught:
        read(table)
    return str(caught.value)


def test_words_are_understood_as_in_search() -> None:
    profile = read(
        {
            "languages": ["Portugees", "pt-BR", "FR"],
            "neighbourhood": "eikenwijk",
            "needs": ["luisterend oor", "huiswerkklas", "shopping errands", "being_heard"],
            "gives": ["koken", "listening"],
            "communities": ["braziliaans"],
            "groups": ["De Brug"],
            "near": [4.34567, 50.84561],
        }
    )
    assert profile.languages == ("pt", "fr")
    assert profile.neighbourhood == "1"
    assert profile.needs == ("being_heard", "homework_help", "shopping_errands")
    assert profile.gives == ("cooking", "listening")
    assert profile.communities == ("brazilian",)
    assert profile.groups == ("bridge",)
    assert profile.near == Point(4.346, 50.846)


def test_three_fields_are_enough_and_all_else_stays_unknown() -> None:
    profile = read({"needs": ["company"], "neighbourhood": "1", "languages": ["nl"]})
    assert profile == Profile(needs=("company",), neighbourhood="1", languages=("nl",))
    assert (profile.wishes_more_contact, profile.asks_easily, profile.burden, profile.circles) == (None,) * 4
    assert has_few_to_call_on(profile) is None
    assert read({}) == Profile() == read({"burden": None})


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"need": ["company"]}, ("need", "needs")),
        ({"limits": {"fre": True}}, ("limits.fre", "limits.free")),
        ({"circles": {"neighbors": {}}}, ("circles.neighbors", "circles.neighbours")),
        ({"circles": {"family": {"known_by_first_name": 1}}}, ("circles.family.known_by_first_name",)),
        ({"needs": "company"}, ("needs", "a list")),
        ({"needs": ["hulp met huiswerk maken"]}, ("needs", "hulp met huiswerk maken", "Hulp bij huiswerk")),
        ({"needs": "two\nlines"}, ("needs", "a list", "two\\nlines")),
        ({"limits": {"fr\nee": True}}, ("limits.fr ee", "limits.free")),
        ({"needs": ["zzzz\nqqqq"]}, ("needs", "zzzz qqqq")),
        ({"needs": ["zzzzqqqq"]}, ("needs", "zzzzqqqq")),
        ({"needs": [3]}, ("needs", "words")),
        ({"languages": ["portugesisch"]}, ("languages", "Portugees")),
        ({"gives": ["cookin"]}, ("gives", "cooking")),
        ({"neighbourhood": "Eikewijken"}, ("neighbourhood", "Eikenwijk")),
        ({"neighbourhood": "Xyzzy Plaza"}, ("neighbourhood", "Xyzzy Plaza")),
        ({"near": [50.85, 4.35]}, ("near", "other way round", "[4.35, 50.85]")),
        ({"near": [4.35]}, ("near", "two numbers")),
        ({"near": [4.35, float("nan")]}, ("near", "two numbers")),
        ({"near": [14.35, 50.0]}, ("near", "Belgium")),
        ({"range_m": -1}, ("range_m", "between 0 and 30000")),
        ({"range_m": 10**12}, ("range_m", "between")),
        ({"range_m": 1.5}, ("range_m", "whole number")),
        ({"range_m": True}, ("range_m", "whole number")),
        ({"circles": {"friends": {"size": -2}}}, ("circles.friends.size", "between 0 and 500")),
        ({"circles": {"friends": {"calls": "sometime"}}}, ("circles.friends.calls", "sometimes")),
        ({"circles": []}, ("circles", "table")),
        ({"circles": {"friends": {"size": 10**4000}}}, ("circles.friends.size", "between 0 and 500")),
        ({"near": [4.35, 10**400]}, ("near", "Belgium")),
        ({"neighbourhood": 1030}, ("neighbourhood", "words", '"1030"')),
        ({"date": 1}, ("date", "needs", "neighbourhood")),
        ({"burden": "heavi"}, ("burden", "can be: heavy")),
        ({"only_slices": ["profesional"]}, ("only_slices", "can be: professional")),
        ({"asks_easily": "no"}, ("asks_easily", "true or false")),
        ({"limits": {"free": 1}}, ("limits.free", "true or false")),
        ({"groups": ["De Brugg"]}, ("groups", "De Brug")),
        ({"professional": "nowhere at all"}, ("professional", "nowhere at all")),
        ({"avoid": {"circles": ["neighbors"]}}, ("avoid.circles", "neighbours")),
        ({"strong_sides": ["x" * 300]}, ("strong_sides", "200 characters")),
        ({"needs": ["company"] * 31}, ("needs", "30")),
        ({"near": [4.43, 50.79], "neighbourhood": "1"}, ("near = [4.43, 50.79]", "neighbourhood")),
        ({"range_m": 0, "not_near_home": True}, ("range_m = 0", "not_near_home")),
        ({"communities": ["turkish"], "avoid": {"communities": ["turkish"]}}, ("communities", "avoid.communities")),
        ({"groups": ["nest"], "avoid": {"resources": ["nest"]}}, ("groups", "avoid.resources")),
        ({"professional": "nest", "avoid": {"resources": ["nest"]}}, ("professional", "avoid.resources")),
        ({"limits": {"women_only": True}, "communities": ["men"]}, ("limits.women_only", "men")),
        ({"circles": {"household": {"size": 0, "practical": True}}}, ("circles.household.size", "practical")),
        ({"circles": {"friends": {"size": 0, "calls": "often"}}}, ("circles.friends.size", "calls")),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_key(table: dict[str, Any], named: tuple[str, ...]) -> None:
    sentence = told(table)
    assert all(word in sentence for word in named), sentence
    assert sentence.count("\n") == 0 and len(sentence) < 400
    # In the reader's language, all of it: no English words among the data.
    with pytest.raises(Problem) as caught:
        read(table)
    for language in ("nl", "fr"):
        template = translator(language)(caught.value.message)
        assert template != caught.value.message
        assert say(caught.value, language) == template.format(**caught.value.data)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from([*Profile.__struct_fields__, "other"])


@given(st.dictionaries(keys, values, max_size=4))
@settings(max_examples=500, deadline=None)
def test_anything_at_all_is_a_profile_or_one_sentence(table: dict[str, Any]) -> None:
    try:
        assert isinstance(read(table), Profile)
    except Problem as problem:
        assert problem.message and "\n" not in str(problem)


def test_files_that_are_no_profile_are_told_apart(tmp_path: Path) -> None:
    files = {
        "a.toml": b"needs = [",
        "b.json": b"{",
        "c.json": b"[]",
        "d.toml": b"\xff\xfe",
        "e.json": b"[" * 99_999,
        "f.toml": b"#" * 200_000,
        "g.toml": b"needs = []\nneeds = []",
        "h.toml": b"",
        "i.json": b'{"range_m": ' + b"9" * 5000 + b"}",
        "j.toml": b"range_m = " + b"9" * 5000,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Problem) as caught:
            read_table(tmp_path / name)
        assert name in str(caught.value)
    for missing in (tmp_path / "missing.toml", tmp_path):
        with pytest.raises(Problem) as caught:
            read_table(missing)
        assert str(missing) in str(caught.value)
    with pytest.raises(Problem) as caught:
        read_table(tmp_path / "a.toml")
    assert "line 1, column 10" in str(caught.value)


def test_a_profile_is_read_whatever_its_file_is_called(tmp_path: Path) -> None:
    both = {"json": '{"needs": ["company"]}', "toml": '\ufeffneeds = ["company"]'}
    for ending in ("json", "toml", "txt"):
        for words in both.values():
            (tmp_path / f"p.{ending}").write_text(words, encoding="utf-8")
            assert read(read_table(tmp_path / f"p.{ending}")).needs == ("company",)


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_every_example_reads_against_the_shipped_map(path: Path) -> None:
    geography = bundled()
    profile = read_profile(read_table(path), Catalogue([], geography, TERMS), Phrasebook(TERMS, geography))
    assert profile.needs and (profile.neighbourhood or profile.near)


def test_there_are_twelve_examples() -> None:
    assert len(EXAMPLES) == 12


def circles(**given: CircleTies) -> Profile:
    return Profile(circles=Circles(**given))


ALONE = {"household": CircleTies(size=0), "family": CircleTies(size=2, calls="never"), "friends": CircleTies(size=0)}


def test_few_to_call_on_is_said_only_when_enough_was_told() -> None:
    assert has_few_to_call_on(circles(**ALONE)) is True
    assert has_few_to_call_on(circles(household=CircleTies(size=0))) is None
    assert has_few_to_call_on(circles(**ALONE, neighbours=CircleTies())) is None  # not told is not none
    near = CircleTies(calls="often")
    assert has_few_to_call_on(circles(**ALONE | {"household": near})) is True
    assert has_few_to_call_on(circles(**ALONE | {"household": near, "friends": near})) is False


def test_a_circle_that_is_left_out_is_not_called_on() -> None:
    table = {"circles": {"household": {"size": 0}, "friends": {"size": 1, "calls": "often"}, "neighbours": {"size": 0},
                         "family": {"size": 4, "calls": "often"}}}  # fmt: skip
    assert has_few_to_call_on(read(table)) is False
    assert has_few_to_call_on(read(table | {"avoid": {"circles": ["family"]}})) is True


def test_bonding_and_bridging_are_there_missing_or_not_told() -> None:
    assert has_bonding(circles(**ALONE), CATALOGUE) is False
    assert has_bonding(Profile(), CATALOGUE) is None
    assert has_bonding(Profile(groups=("nest",)), CATALOGUE) is True
    assert has_bridging(Profile(), CATALOGUE) is None
    assert has_bridging(Profile(groups=("bridge",)), CATALOGUE) is True
    assert has_bridging(circles(neighbours=CircleTies(known_by_first_name=0)), CATALOGUE) is False
    assert has_bridging(circles(neighbours=CircleTies(calls="sometimes")), CATALOGUE) is True


def test_a_summary_begins_with_strengths_and_has_no_score() -> None:
    profile = read(
        {
            "languages": ["pt", "fr"], "gives": ["cooking"], "strong_sides": ["patient listener"], "groups": ["nest"],
            "asks_easily": False, "burden": "heavy",
            "circles": {
                "family": {"size": 3, "in_brussels": False, "calls": "sometimes", "practical": False, "emotional": True,
                           "gives": True},
                "neighbours": {"known_by_first_name": 1, "calls": "never", "practical": True},
            },
        }
    )  # fmt: skip
    summary = summarise(profile, CATALOGUE)
    assert [one.code for one in summary.statements] == [
        "strong_sides", "speaks", "likes_to_give", "gives_to", "goes_to", "emotional_help", "practical_help",
        "would_rather_not_ask", "carries_much",
    ]  # fmt: skip
    assert {one.code for one in summary.statements} <= set(STATEMENTS)
    assert (summary.emotional, summary.practical, summary.reciprocity) == (("family",), ("neighbours",), ("family",))
    family, neighbours = summary.circles
    assert [(one.code, one.percent_from, one.percent_to) for one in family.usual] == [
        ("sometimes_call_on_family", 40, 70),
        ("no_family_in_brussels", 50, 85),
    ]
    assert [(one.percent_from, one.percent_to) for one in neighbours.usual] == [(40, 60), (80, 90)]
    assert neighbours.size == 1 and family.in_brussels is False
    assert not hasattr(summary, "score")


def test_a_circle_left_out_is_shown_as_such_and_compared_with_nothing() -> None:
    profile = read({"circles": {"family": {"size": 3, "emotional": True}}, "avoid": {"circles": ["family"]}})
    summary = summarise(profile, CATALOGUE)
    (family,) = summary.circles
    assert family.left_out and family.usual == () and summary.emotional == ()
