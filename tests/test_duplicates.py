"""Two records of one thing are found, and two things that share a house are not taken for one."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mapper.curation.blocks import Blocks, keys
from mapper.curation.duplicates import CROWD, NOBODY, Crowds, Twins, compare
from mapper.curation.glances import are_two, glance
from mapper.curation.likeness import compare_names
from mapper.curation.marks import phone_digits, read_marks
from mapper.curation.names import NameReader
from mapper.geography import bundled
from mapper.model import Place, Resource
from mapper.text import Text
from tests.duplicates import Pair, pairs, sharing
from tests.strategies import resources

GEOGRAPHY = bundled()
READER = NameReader(GEOGRAPHY)


def verdict_on(pair: Pair) -> Twins:
    return compare(*read_marks((pair.left, pair.right), READER, GEOGRAPHY))


def precision_and_recall(judged: Iterable[Pair]) -> tuple[float, float]:
    """Of "surely the same": how often it is so, and how many of the same it finds."""
    outcomes = [(pair.same, verdict_on(pair).verdict == "same") for pair in judged]
    right = sum(same and said for same, said in outcomes)
    return right / sum(said for _same, said in outcomes), right / sum(same for same, _said in outcomes)


def test_the_pairs_are_as_many_and_as_hard_as_they_should_be() -> None:
    given_pairs = pairs()
    assert len(given_pairs) == 300
    assert 140 <= sum(pair.kept for pair in given_pairs) <= 160
    assert sum(sharing(pair) for pair in given_pairs if not pair.same) >= 100


def test_surely_the_same_is_nearly_always_right_and_misses_little() -> None:
    for kept in (False, True):
        precision, recall = precision_and_recall(pair for pair in pairs() if pair.kept == kept)
        assert precision >= 0.98 and recall >= 0.95, (kept, precision, recall)


def test_no_pair_that_is_different_is_called_the_same_among_those_that_share_a_house() -> None:
    wrong = [pair.about for pair in pairs() if not pair.same and sharing(pair) and verdict_on(pair).verdict == "same"]
    assert wrong == []


def test_blocks_bring_together_what_is_the_same() -> None:
    found = 0
    same = [pair for pair in pairs() if pair.same]
    for pair in same:
        left, right = read_marks((pair.left, pair.right), READER, GEOGRAPHY)
        found += bool(keys(left) & keys(right))
    assert found / len(same) >= 0.98


def test_a_glance_parts_nothing_that_may_be_one() -> None:
    parted = 0
    for pair, other in pairwise(pairs()):
        left = pair.left
        nowhere = replace(pair.right, place=Place(), contacts=())
        for right in (pair.right, misspelt(pair.right), nowhere, misspelt(nowhere), replace(nowhere, place=left.place),
                      replace(nowhere, contacts=left.contacts), replace(other.right, place=left.place),
                      replace(other.left, contacts=left.contacts, place=left.place)):  # fmt: skip
            one, twin = read_marks((left, right), READER, GEOGRAPHY)
            for crowds in (NOBODY, Crowds(dict.fromkeys((*one.phones, *one.emails, *one.pages), CROWD + 1))):
                if are_two(glance(one, crowds), glance(twin, crowds)):
                    parted += 1
                    assert compare(one, twin, crowds).verdict == "different", (one, twin)
    assert parted > 1000


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("BPA", "Brussels Platform Armoede"),
        ("Khadijah", "Ghadidja"),
        ("Mission Localle Akarova", "Mission Locale Akarova"),
        ("Le Nouveau Tamaris", "De Nieuwe Tamaris"),
    ],
)
def test_a_glance_sees_names_that_are_one_in_another_spelling(name: str, other: str) -> None:
    place = Place(precision="exact", lon=4.36, lat=50.86)
    records = [Resource(id=words, kind="club", name=Text.of(words), place=place) for words in (name, other)]
    left, right = read_marks(records, READER, GEOGRAPHY)
    assert compare(left, right).verdict != "different"
    assert not are_two(glance(left, NOBODY), glance(right, NOBODY))


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Zonnebloem Akarova Buurthuis", "Zonnebloemakarovabuurthuis"),
        ("Acaciabomen Orchideemen Margriet", "Acaciabomenorchideemenmargriett"),
        ("Khadijah Zonnebloem", "Ghadidja Zonnebloem"),
    ],
)
def test_a_glance_sees_long_names_that_are_one_wherever_they_are(name: str, other: str) -> None:
    records = [Resource(id=words, kind="club", name=Text.of(words)) for words in (name, other)]
    left, right = read_marks(records, READER, GEOGRAPHY)
    assert compare(left, right).verdict != "different"
    assert not are_two(glance(left, NOBODY), glance(right, NOBODY))


def misspelt(record: Resource) -> Resource:
    """The record with one letter of each of its names left out."""
    return replace(record, name=Text({code: words[:4] + words[5:] for code, words in record.name.items()}))


@settings(max_examples=60, deadline=None)
@given(resources(), resources())
def test_the_verdict_is_the_same_from_either_side(left, right) -> None:  # type: ignore[no-untyped-def]
    one, other = read_marks((left, right), READER, GEOGRAPHY)
    assert compare(one, other) == compare(other, one)
    assert are_two(glance(one, NOBODY), glance(other, NOBODY)) == are_two(glance(other, NOBODY), glance(one, NOBODY))
    assert not are_two(glance(one, NOBODY), glance(other, NOBODY)) or compare(one, other).verdict == "different"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(pairs()), st.sampled_from(pairs()))
def test_names_are_as_alike_from_either_side(first: Pair, second: Pair) -> None:
    for one in READER.names_of(first.left.name):
        for other in READER.names_of(second.right.name):
            assert compare_names(one[1], other[1]) == compare_names(other[1], one[1])


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_in_which_records_came_in_changes_nothing(random) -> None:  # type: ignore[no-untyped-def]
    records = [record for pair in pairs()[:60] for record in (pair.left, pair.right)]
    in_order = sorted(Blocks(read_marks(records, READER, GEOGRAPHY)).twins())
    random.shuffle(records)
    assert sorted(Blocks(read_marks(records, READER, GEOGRAPHY)).twins()) == in_order


def test_taking_a_record_out_and_in_again_leaves_the_blocks_as_they_were() -> None:
    marks = read_marks([record for pair in pairs()[:40] for record in (pair.left, pair.right)], READER, GEOGRAPHY)
    blocks = Blocks(marks)
    before = sorted(blocks.twins())
    blocks.remove(marks[0].id)
    assert not any(marks[0].id in (twins.left, twins.right) for twins in blocks.twins())
    blocks.add(marks[0])
    assert sorted(blocks.twins()) == before


def test_a_word_said_twice_on_one_side_only_is_no_word_of_the_other() -> None:
    twice, once, other = (READER.read(words) for words in ("Neegort Neegort", "Neegort", "Ploemcho"))
    assert compare_names(twice, once).alike == "same"
    assert compare_names(twice, other).alike == "unlike"
    more = READER.read("Ploemcho Neegort")
    assert compare_names(READER.read("Neegort Neegort Ploemcho"), more).alike == "same"
    assert compare_names(READER.read("Schaal Schaal Ploemcho"), more).alike == "part"


def test_a_telephone_number_is_one_however_it_is_written() -> None:
    assert len({phone_digits(way) for way in ("02 264 55 42", "+32 2 264 55 42", "0032 2/264.55.42")}) == 1
    assert phone_digits("vraag aan de balie") == ""
