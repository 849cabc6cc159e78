"""From a sheet and what a person said of its columns to readings, ready to be looked at before they are taken over.

What comes from a coach's sheet is the coach's notes until the group agrees: never public, whatever the file says.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping

import msgspec

from mapper.exchange.lists import Row, Sheet
from mapper.exchange.reading import NEW, Reading, has_hidden_characters
from mapper.exchange.tables import fields_of, resource_of, restored, spellings
from mapper.model import Address, Origin, Place, Problem, Record, Resource, Source, to_table
from mapper.text import N_, Text, fold

#: Columns that a coach's sheet may fill. Who may see a record, on what ground, and its ids are not said by a file.
COLUMNS = (
    "name_und", "name_nl", "name_fr", "name_en", "kind", "needs", "summary_und", "summary_nl", "summary_fr",
    "summary_en", "description_und", "address", "street", "house_number", "postcode", "lon", "lat", "phone", "email",
    "website", "opening_hours", "languages", "approach",
)  # fmt: skip
_ADDRESS = re.compile(
    r"(?P<street>.*?\D)[\s,]+(?P<number>(?!1[0-2]\d\d\b)\d+[A-Za-z]?(?:\s?[-–/]\s?\d+[A-Za-z]?)?)"
    r"(?:\s*(?:bus|bte|boîte|b\.)\s*\w+)?(?:[\s,–-]+(?P<postcode>1[0-2]\d\d)\b.*)?"
)
_POSTCODE_IN = re.compile(r"\b(1[0-2]\d\d)\b")
#: How people part what they write in one cell: "02 264 55 42 / 0470 12 34 56", "Arabisch en Berbers".
_BETWEEN_NUMBERS = re.compile(r"\s+(?:[/+&]|of|ou|or|en|et|and)\s+|,\s*", re.IGNORECASE)
#: An area code alone is where a number begins: "02 / 264 55 42".
_AREA_CODE = re.compile(r"(?:^|(?<=;))\s*((?:0|\+32\s?)\d{1,3});\s*(?=\d)")
_BETWEEN_LANGUAGES = re.compile(r"\s*[;,|/+&]\s*|\s+(?:en|et|and)\s+", re.IGNORECASE)
_BARE_SITE = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
ORIGIN = "spreadsheet"


class Choices(Record, frozen=True):
    """What the person said about a sheet."""

    #: A column of `COLUMNS` for each heading, "" where it is left out.
    columns: tuple[str, ...]
    #: What is written under "kind" -> the kind it means.
    kinds: dict[str, str] = msgspec.field(default_factory=dict)
    #: The kind where the sheet says none.
    kind: str = ""
    #: Number of the neighbourhood, for rows whose place is not known.
    neighbourhood: str = ""
    #: Points a person confirmed, by line.
    points: dict[int, tuple[float, float]] = msgspec.field(default_factory=dict)
    #: Lines that are left out.
    leave_out: tuple[int, ...] = ()


def check_choices(choices: Choices) -> None:
    """Raises `Problem` when nothing could be read with these choices."""
    chosen = [column for column in choices.columns if column]
    twice = next((column for column in chosen if chosen.count(column) > 1), None)
    if twice:
        raise Problem(N_("Two columns are chosen as “{column}”. Keep one of them."), column=twice)
    if not any(column.startswith("name_") for column in chosen):
        raise Problem(N_("Choose the column that holds the name of the group."))
    if "kind" not in chosen and not choices.kind:
        raise Problem(N_("Choose what kind of places these are."))


def unknown_kinds(sheet: Sheet, columns: tuple[str, ...]) -> tuple[str, ...]:
    """What stands under "kind" and is no kind that we know, each once: the person says what it means."""
    if "kind" not in columns:
        return ()
    at = columns.index("kind")
    known = spellings("kinds")
    told = dict.fromkeys(row.cells[at] for row in sheet.rows if row.cells[at])
    return tuple(words for words in told if words not in known.values() and fold(words) not in known)


def readings(sheet: Sheet, choices: Choices, today: dt.date) -> Iterator[Reading]:
    """A reading for every row that is not left out: a record, or the problem why it is none.

    Raises `Problem` when the choices fit nothing.
    """
    check_choices(choices)
    for row in sheet.rows:
        if row.line in choices.leave_out:
            continue
        try:
            values = _values(row, choices)
            left_out = tuple(_unknown_languages(values))
            record, notes = resource_of(values, row.line)
            record = _coach_notes(record, values, choices, row.line, sheet.name, today)
            if has_hidden_characters(to_table(record)):
                raise Problem(N_("This row has invisible characters that change how its text is read: type it again."))
            fields = fields_of(values) | {"slices"}
            yield Reading(row.line, record, file=sheet.name, notes=left_out + notes, fields=fields)
        except Problem as problem:
            yield Reading(row.line, problem=problem, file=sheet.name)


def _values(row: Row, choices: Choices) -> dict[str, str]:
    values = {
        column: restored(cell) for column, cell in zip(choices.columns, row.cells, strict=False) if column and cell
    }
    kind = values.get("kind", "")
    values["kind"] = choices.kinds.get(kind, kind) or choices.kind
    if "address" in values:
        values |= {key: words for key, words in split_address(values.pop("address")).items() if key not in values}
    elif "street" in values and "house_number" not in values:
        parts = split_address(values["street"])
        values |= {key: words for key, words in parts.items() if key != "street_und" and key not in values}
        values["street"] = parts.get("street_und", values["street"])
    _tidy_as_people_write(values)
    if row.line in choices.points:
        values["lon"], values["lat"] = (str(number) for number in choices.points[row.line])
    return values


def _tidy_as_people_write(values: dict[str, str]) -> None:
    """What people write into one cell, as the readers of single values know it; nothing is added that is not there."""
    if found := _POSTCODE_IN.search(values.get("postcode", "")):
        values["postcode"] = found[1]
    for column in ("phone", "email", "website"):
        if column in values:
            values[column] = _BETWEEN_NUMBERS.sub(";", values[column])
    if "phone" in values:
        values["phone"] = _AREA_CODE.sub(r"\1/", values["phone"])
    if "website" in values:
        sites = (one.strip() for one in values["website"].split(";"))
        values["website"] = ";".join(f"https://{one}" if _BARE_SITE.fullmatch(one) else one for one in sites)


def _unknown_languages(values: dict[str, str]) -> Iterator[Problem]:
    """Keeps of a cell the languages that this map knows, and tells of the others: a row is not lost for one of them."""
    known, spoken = spellings("languages"), []
    for words in filter(None, _BETWEEN_LANGUAGES.split(values.get("languages", ""))):
        if words in known.values() or fold(words) in known:
            spoken.append(words)
        else:
            yield Problem(N_("“{words}” is no language that this map knows and is left out."), words=words[:60])
    if "languages" in values:
        values["languages"] = ";".join(spoken)


def split_address(words: str) -> dict[str, str]:
    """Street, house number and postcode of an address on one line, as far as they can be told apart.

    >>> split_address("Brabantstraat 12, 1030 Schaarbeek")
    {'street_und': 'Brabantstraat', 'house_number': '12', 'postcode': '1030'}
    """
    match = _ADDRESS.fullmatch(words.strip())
    if match is None:
        postcode = _POSTCODE_IN.search(words)
        street = words[: postcode.start()] if postcode else words
        found = {"street_und": street.strip(" ,–-"), "postcode": postcode[1] if postcode else ""}
    else:
        found = {"street_und": match["street"].strip(" ,"), "house_number": match["number"].replace(" ", ""),
                 "postcode": match["postcode"] or ""}  # fmt: skip
    return {key: value for key, value in found.items() if value}


def _coach_notes(
    record: Resource, values: Mapping[str, str], choices: Choices, line: int, name: str, today: dt.date
) -> Resource:
    """The record as what it is: something a coach wrote down, for professionals, not checked by phone."""
    place = record.place
    if place.precision == "contact_only":
        if not choices.neighbourhood:
            raise Problem(N_("Line {line} has no address. Say in which neighbourhood such rows lie."), line=line)
        place = Place(precision="neighbourhood", neighbourhood=choices.neighbourhood)
    # The name and the postcode find it again when the same sheet comes a second time.
    external_id = f"{fold(record.name.best('nl')[1])}/{values.get('postcode', '')}"
    source = Source(facts=("*",), title=N_("A coach's list"), on=today)
    return msgspec.structs.replace(
        record,
        id=NEW,
        place=place,
        visibility="professional",
        ground="coach_notes",
        status="reported",
        checked_on=None,
        # Without a point nobody could tell whose neighbourhood it is: the coach says so.
        service_area=(choices.neighbourhood,) if place.lon is None and choices.neighbourhood else (),
        origins=(Origin(source=ORIGIN, external_id=external_id),),
        sources=(source,),
    )


def address_of(values: Mapping[str, str]) -> Address | None:
    """What a geocoding service could be asked for; None without a street."""
    street = values.get("street") or values.get("street_und") or ""
    if not street:
        return None
    return Address(
        street=Text.of(street), house_number=values.get("house_number", ""), postcode=values.get("postcode", "")
    )


def rows_to_locate(sheet: Sheet, choices: Choices) -> Iterator[tuple[int, Address]]:
    """The rows with an address and no point, with that address."""
    for row in sheet.rows:
        values = _values(row, choices)
        address = address_of(values)
        if address is not None and "lon" not in values and row.line not in choices.leave_out:
            yield row.line, address
