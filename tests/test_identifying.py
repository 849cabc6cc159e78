"""What in free words is asked about before it is saved, and what is not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.identifying import find_identifying, is_national_number


@pytest.mark.parametrize(("words", "sorts"), [
    ("Bel Fatima Benali op 0470 12 34 56", {"phone", "name"}),
    ("Mevrouw Peeters komt op maandag", {"name"}),
    ("Elle s'appelle Amina", {"name"}),
    ("Heeft een zoon die Karim heet", {"name"}),
    ("Ze heet Mohammed El Khattabi.", {"name"}),
    ("M. Dupont est venu", {"name"}),
    ("Telefoon 02 123 45 67", {"phone"}),
    ("+32 470 12 34 56", {"phone"}),
    ("woont Gallaitstraat 76 bus 3", {"address"}),
    ("Il habite rue du Marché aux Herbes 12", {"address"}),
    ("avenue Louise 54", {"address"}),
    ("85.07.30-033.28", {"national_number"}),
    ("85073003328", {"national_number"}),
    ("schrijf naar iemand@voorbeeld.be", {"email"}),
])  # fmt: skip
def test_what_tells_who_somebody_is_is_asked_about(words: str, sorts: set[str]) -> None:
    assert {one.sort for one in find_identifying(words)} == sorts


@pytest.mark.parametrize("words", [
    "", "Wil graag naar de Nederlandse les. Kookt goed.", "Praat Portugees en Frans, komt maandag of dinsdag",
    "Kwam 3 keer, de laatste keer op 12 november 2026", "Op 12/11/2026 om 14.30, kost 25,50 euro", "OCMW en CAW belden",
    "Aime cuisiner. Parle français. Vient le mardi.", "85.07.30-033.29",
])  # fmt: skip
def test_everyday_words_are_left_alone(words: str) -> None:
    assert find_identifying(words) == ()


def test_names_of_places_here_are_known() -> None:
    words = "Ging naar Schaarbeek met Karim"
    assert [one.words for one in find_identifying(words, frozenset({"schaarbeek"}))] == ["Karim"]


@given(st.integers(0, 99), st.integers(1, 12), st.integers(1, 28), st.integers(1, 998), st.booleans())
def test_the_check_of_a_national_number_holds_for_both_centuries(
    year: int, month: int, day: int, serial: int, since_2000: bool
) -> None:
    body = f"{year:02}{month:02}{day:02}{serial:03}"
    check = 97 - int(("2" if since_2000 else "") + body) % 97
    assert is_national_number(f"{body}{check:02}")
    wrong = {97 - int(prefix + body) % 97 for prefix in ("", "2")}
    assert not any(is_national_number(f"{body}{other:02}") for other in range(1, 98) if other not in wrong)


@settings(max_examples=40)
@given(st.text(max_size=300))
def test_no_words_break_it(words: str) -> None:
    assert all(one.words in words for one in find_identifying(words))
