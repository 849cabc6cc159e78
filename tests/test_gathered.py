"""A coach's sheet becomes coach's notes, whatever the file says."""

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest

from mapper.exchange.gathered import Choices, check_choices, readings, rows_to_locate, split_address, unknown_kinds
from mapper.exchange.lists import Sheet, read_sheet
from mapper.model import Problem

TODAY = dt.date(2026, 11, 18)


def sheet_of(*rows: list[Any]) -> Sheet:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    body = io.BytesIO()
    book.save(body)
    return read_sheet(body.getvalue(), "lijst.xlsx")


SHEET = sheet_of(
    ["naam", "soort", "adres", "zichtbaarheid"],
    ["Ouderkring", "zelforganisatie", "Brabantstraat 12, 1030 Schaarbeek", "public"],
    ["Naaikring", "iets van vrouwen", "", "public"],
    ["", "zelforganisatie", "", ""],
)
COLUMNS = ("name_und", "kind", "address", "")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("Brabantstraat 12, 1030 Schaarbeek", ("Brabantstraat", "12", "1030")),
        ("Rue Gallait 3 bte 2 - 1030 Bruxelles", ("Rue Gallait", "3", "1030")),
        ("Chaussée d'Anvers 150a", ("Chaussée d'Anvers", "150a", None)),
        ("Liedtsplein", ("Liedtsplein", None, None)),
        ("Place Liedts 1030", ("Place Liedts", None, "1030")),
        ("Boulevard du 9ième de Ligne 27-29, 1000", ("Boulevard du 9ième de Ligne", "27-29", "1000")),
    ],
)
def test_addresses_on_one_line(words: str, parts: tuple[str | None, ...]) -> None:
    found = split_address(words)
    assert (found.get("street_und"), found.get("house_number"), found.get("postcode")) == parts


def test_rows_become_notes_that_nobody_made_public() -> None:
    choices = Choices(columns=COLUMNS, kinds={"iets van vrouwen": "self_organisation"}, neighbourhood="22")
    first, second, third = readings(SHEET, choices, TODAY)
    assert first.resource is not None and second.resource is not None
    for one in (first.resource, second.resource):
        assert (one.visibility, one.ground, one.status) == ("professional", "coach_notes", "reported")
    assert first.resource.place.address is not None and first.resource.place.address.house_number == "12"
    assert first.resource.service_area == ("22",), "without a point the coach says whose neighbourhood it is"
    assert (second.resource.place.precision, second.resource.place.neighbourhood) == ("neighbourhood", "22")
    assert third.problem is not None and "no name" in str(third.problem) and third.line == 4


def test_a_confirmed_point_is_taken_and_a_row_left_out_is_not() -> None:
    choices = Choices(columns=COLUMNS, kind="self_organisation", kinds={"iets van vrouwen": "self_organisation"},
                      neighbourhood="22", points={2: (4.366, 50.864)}, leave_out=(3, 4))  # fmt: skip
    (only,) = readings(SHEET, choices, TODAY)
    assert only.resource is not None and only.resource.place.lon == 4.366 and only.resource.service_area == ()


def test_kinds_that_nobody_knows_are_asked() -> None:
    assert unknown_kinds(SHEET, COLUMNS) == ("iets van vrouwen",)
    assert [line for line, _address in rows_to_locate(SHEET, Choices(columns=COLUMNS, kind="library"))] == [2]


def test_a_row_without_any_place_asks_for_the_neighbourhood() -> None:
    _first, second, _third = readings(SHEET, Choices(columns=COLUMNS, kinds={"iets van vrouwen": "library"}), TODAY)
    assert second.problem is not None and "neighbourhood" in str(second.problem)


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        (Choices(columns=("name_und", "name_und")), "Two columns"),
        (Choices(columns=("kind", "")), "name of the group"),
        (Choices(columns=("name_nl", "")), "what kind"),
    ],
)
def test_choices_that_fit_nothing_say_what_is_missing(choices: Choices, says: str) -> None:
    with pytest.raises(Problem, match=says):
        check_choices(choices)


def test_the_same_sheet_again_is_the_same_record() -> None:
    choices = Choices(columns=COLUMNS, kind="library", kinds={"iets van vrouwen": "library"}, neighbourhood="22")
    again = [[one.resource.origins for one in readings(SHEET, choices, TODAY) if one.resource] for _time in range(2)]
    assert again[0] == again[1] and len({str(origins) for origins in again[0]}) == 2


def test_what_people_write_in_one_cell_is_understood_and_no_row_is_lost_for_a_word() -> None:
    sheet = sheet_of(
        ["naam", "soort", "straat", "postcode", "tel", "website", "talen"],
        ["Kring", "bib", "Brabantstraat 12", "1030 Schaarbeek", "02/264.55.42 / 0470 12 34 56", "www.kring.example",
         "Arabisch/Klingon en nl"],
        ["Groep", "", "", "", "", "", ""],
    )  # fmt: skip
    columns = ("name_und", "kind", "street", "postcode", "phone", "website", "languages")
    first, second = readings(sheet, Choices(columns=columns, kinds={"bib": "library"}, neighbourhood="22"), TODAY)
    assert first.resource is not None and first.resource.place.address is not None
    address = first.resource.place.address
    assert (address.street.best()[1], address.house_number, address.postcode) == ("Brabantstraat", "12", "1030")
    reached = [contact.value for contact in first.resource.contacts]
    assert reached == ["+32 2 264 55 42", "+32 470 12 34 56", "https://www.kring.example"]
    assert {language.code for language in first.resource.languages} == {"ar", "nl"}
    assert ["Klingon" in str(note) for note in first.notes] == [True]
    assert second.problem is not None and "does not say what kind of place" in str(second.problem)


def test_an_area_code_before_a_slash_is_no_number_of_its_own() -> None:
    written = {
        "02 / 264 55 42": ["+32 2 264 55 42"],
        "+32 2 / 264 55 42": ["+32 2 264 55 42"],
        "0470 / 12 34 56, 02 / 264 55 42": ["+32 470 12 34 56", "+32 2 264 55 42"],
        "02 264 55 02 / 0470 12 34 56": ["+32 2 264 55 02", "+32 470 12 34 56"],
    }
    sheet = sheet_of(["naam", "tel"], *(["Kring", phone] for phone in written))
    choices = Choices(columns=("name_und", "phone"), kind="library", neighbourhood="22")
    for reading, numbers in zip(readings(sheet, choices, TODAY), written.values(), strict=True):
        assert reading.resource is not None and reading.notes == ()
        assert [contact.value for contact in reading.resource.contacts] == numbers
