"""Folding and fuzzy words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.text import closest, fold, similarity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Aétsis", "aetsis"),
        ("L'Îlot", "l ilot"),
        ("Sint-Gillis", "sint gillis"),
        ("ISTANBUL", "ıstanbul"),
        ("Œuvre", "oeuvre"),
        ("ﬁn", "fin"),
        ("МОСКВА", "moskva"),
    ],
)
def test_spellings_that_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
def test_folded_text_is_plain_and_folding_twice_changes_nothing(words: str) -> None:
    folded = fold(words)
    assert set(folded) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
    assert fold(folded) == folded == " ".join(folded.split())


@given(st.text(alphabet="abc", min_size=1, max_size=8), st.text(alphabet="abc", min_size=1, max_size=8))
def test_likeness_is_between_0_and_1_and_the_same_both_ways(a: str, b: str) -> None:
    assert 0 <= similarity(a, b) == similarity(b, a) <= 1
    assert (similarity(a, b) == 1) == (a == b)


@given(
    st.text(alphabet="abc", min_size=1, max_size=12),
    st.text(alphabet="abc", min_size=1, max_size=12),
    st.sampled_from((0.3, 0.5, 0.6, 0.75, 0.8, 0.9)),
)
def test_what_is_alike_enough_is_told_as_it_is(a: str, b: str, at_least: float) -> None:
    exactly = similarity(a, b)
    assert similarity(a, b, at_least) == (exactly if exactly >= at_least else 0)


def test_closest_word_for_did_you_mean() -> None:
    assert closest("sarch", ["search", "show"]) == "search"
    assert closest("xyz", ["search", "show"]) is None
