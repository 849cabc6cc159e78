"""Tables as people make them in a spreadsheet: CSV with our headings, or their Dutch, French or English words.

Also writes such a table, safe to open in a spreadsheet.
"""

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from mapper import taxonomy
from mapper.exchange import cells, osm
from mapper.exchange.reading import NEW, TABLE_LIMIT_BYTES, Reading, open_text
from mapper.model import Problem, Resource, from_table
from mapper.text import N_, closest, fold

MOST_ROWS = 10_000
MOST_COLUMNS = 500

#: The columns of an export, in order; a file may have any of them, and `name_xx`, `summary_xx`,
#: `description_xx` in any language. Whether papers are asked is not among them.
COLUMNS = (
    "record_id", "name_nl", "name_fr", "name_en", "name_und", "kind", "needs", "summary_nl", "summary_fr", "summary_en",
    "street", "street_nl", "street_fr", "house_number", "postcode", "lon", "lat", "precision", "neighbourhood",
    "municipality", "phone", "email", "website", "opening_hours", "languages", "approach", "visibility", "ground",
    "status", "source", "source_url", "checked_on", "external_id",
)  # fmt: skip

_NOT_KNOWN = {
    "kinds": N_("Line {line}: “{word}” is no kind of place that this map knows. Did you mean “{nearest}”?"),
    "needs": N_("Line {line}: “{word}” is no need that this map knows. Did you mean “{nearest}”?"),
    "languages": N_("Line {line}: “{word}” is no language that this map knows. Did you mean “{nearest}”?"),
}

_NOTHING_LIKE_IT = {
    "kinds": N_("Line {line}: “{word}” is no kind of place that this map knows."),
    "needs": N_("Line {line}: “{word}” is no need that this map knows."),
    "languages": N_("Line {line}: “{word}” is no language that this map knows."),
}

_TEXT_COLUMN = re.compile(r"(name|summary|description|street|naam|nom)[ _:]([a-z]{2,3}(?:-[a-z0-9]{2,8})*)")
_PLAIN = frozenset((*COLUMNS, "address", "name_und", "summary_und", "description_und"))

#: A cell that a spreadsheet would run: at its start, and after a separator for those who open it with another one.
_FORMULA = re.compile(r"(^|[;,\t\r\n\"])('*)(?=[=+\-@＝＋－＠])")
_NEUTRALISED = re.compile(r"(^|[;,\t\r\n\"])('+)(?=[=+\-@＝＋－＠])")


def read(source: Path | bytes, name: str = "") -> Iterator[Reading]:
    """Readings of a CSV: our own headings, or a table of OpenStreetMap tags.

    Raises `Problem` for the file as a whole (no table, too large, a quotation mark never closed) before the
    first reading; a row that cannot be used is a reading with its problem.
    """
    name = name or (source.name if isinstance(source, Path) else "–")
    headings, rows = parse(open_text(source, TABLE_LIMIT_BYTES, name), name)
    if _is_osm(headings):
        return _read_osm(headings, rows)
    columns = [column_of(heading) for heading in headings]
    if not any(column and column.startswith("name_") for column in columns) or "kind" not in columns:
        raise Problem(
            N_("{file} needs at least the columns name_nl, name_fr or name_en, and kind, in its first line."), file=name
        )
    twice = next((column for column in columns if column and columns.count(column) > 1), None)
    if twice:
        raise Problem(N_("{file} has two columns for {column}: keep one."), file=name, column=twice)
    unknown = [heading for heading, column in zip(headings, columns, strict=True) if heading and column is None]
    return _read_rows(columns, rows, unknown)


def parse(text: str, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The headings, and every row that is not blank with the number of its line.

    Raises `Problem` when this is no table, has too many columns or rows, or a quotation mark is never closed.
    """
    first = re.split(r"[\r\n]", text[:200_000].lstrip(), maxsplit=1)[0]
    bare = re.sub(r'"[^"]*"', "", first)
    separator = max(",;\t", key=bare.count)
    if bare.count(separator) >= MOST_COLUMNS:
        raise Problem(
            N_("{file} has more than {most} columns: keep only those that this map knows."),
            file=name,
            most=MOST_COLUMNS,
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, row))
            line = reader.line_num + 1
            if len(rows) > MOST_ROWS + 1:
                raise Problem(
                    N_("{file} has more than {most} rows: split it into smaller files."), file=name, most=MOST_ROWS
                )
    except csv.Error:
        raise Problem(
            N_("{file} is broken from line {line} on: a quotation mark is missing or stands too much."),
            file=name,
            line=line,
        ) from None
    headings = [heading.strip() for heading in rows[0][1]] if rows else []
    if len(headings) < 2:
        raise Problem(N_("{file} is not a table: its first line has no headings with , ; or tab between."), file=name)
    if len(rows) < 2:
        raise Problem(N_("{file} has headings but no rows."), file=name)
    return headings, rows[1:]


def check_width(headings: Sequence[object], line: int, row: Sequence[str]) -> None:
    """Raises `Problem` when a row has more or fewer cells than there are headings."""
    if len(row) != len(headings):
        raise Problem(
            N_("Line {line} has {count} cells under {headings} headings: a separator or a quotation mark is missing."),
            line=line,
            count=len(row),
            headings=len(headings),
        )


def column_of(heading: str) -> str | None:
    """The column that a heading means, None when this map has none such.

    >>> column_of("Téléphone"), column_of("name:ar"), column_of("shoe size")
    ('phone', 'name_ar', None)
    """
    words = heading.strip().lower()
    if words in _PLAIN:
        return words
    if match := _TEXT_COLUMN.fullmatch(words):
        return f"{'name' if match[1] in ('naam', 'nom') else match[1]}_{match[2]}"
    return known_headings().get(fold(words))


@cache
def known_headings() -> dict[str, str]:
    """Every folded heading that is understood, with its column: `headings.toml`, and the columns themselves."""
    tables = tomllib.loads((Path(__file__).parent / "headings.toml").read_text(encoding="utf-8"))
    known = {fold(words): column for column, headings in tables.items() for words in headings}
    return known | {fold(column): column for column in _PLAIN}


def _read_rows(
    columns: Sequence[str | None], rows: Iterable[tuple[int, list[str]]], unknown: Sequence[str]
) -> Iterator[Reading]:
    told: tuple[Problem, ...] = ()
    if unknown:
        told = (
            Problem(N_("These columns are not known here and are left out: {columns}."), columns=", ".join(unknown)),
        )
    for line, row in rows:
        try:
            check_width(columns, line, row)
            values = {column: restored(cell) for column, cell in zip(columns, row, strict=True) if column}
            resource, notes = resource_of(values, line)
            yield Reading(line, resource, notes=told + notes, fields=fields_of(values))
            told = ()  # once is enough
        except Problem as problem:
            yield Reading(line, problem=problem)


def resource_of(values: Mapping[str, str], line: int) -> tuple[Resource, tuple[Problem, ...]]:
    """The resource that a row of cells by column describes, and what was left out of it.

    Raises `Problem` when a cell cannot be understood; nothing is guessed and no cell is dropped in silence,
    but contacts and hours that cannot be used, which are told.
    """
    terms = taxonomy.load()
    table: dict[str, Any] = {
        "id": values.get("record_id") or NEW,
        "name": _text(values, "name"),
        "kind": _term("kinds", values.get("kind", ""), line),
        "summary": _text(values, "summary"),
        "description": _text(values, "description"),
        "needs": [_term("needs", word, line) for word in _words(values.get("needs", ""))],
        "languages": [{"code": _term("languages", word, line)} for word in _words(values.get("languages", ""))],
        "place": _place(values, line),
    }
    if not table["name"]:
        raise Problem(N_("Line {line} has no name, so nobody could ask for it."), line=line)
    table["slices"] = list(terms.kinds[table["kind"]].slices)
    for column in ("approach", "visibility", "ground", "status"):
        if values.get(column):
            table[column] = values[column].lower()
    if values.get("checked_on"):
        table["checked_on"] = cells.date(values["checked_on"]).isoformat()
        table.setdefault("status", "active")
    notes = _reach(values, table)
    title = values.get("source", "")
    if title:
        url = cells.website(values["source_url"]) if values.get("source_url") else ""
        source = {"facts": ["*"], "title": title, "url": url, "on": table.get("checked_on")}
        table["sources"] = [source]
    if values.get("external_id"):
        if not title:
            raise Problem(
                N_("Line {line} has an external_id but no source: name the register that the number is from."),
                line=line,
            )
        table["origins"] = [{"source": title, "external_id": values["external_id"]}]
    return from_table(table), notes


def _reach(values: Mapping[str, str], table: dict[str, Any]) -> tuple[Problem, ...]:
    contacts, notes = cells.contacts(values.get("phone", ""), values.get("email", ""), values.get("website", ""))
    table["contacts"] = [{"type": contact.type, "value": contact.value} for contact in contacts]
    try:
        table["opening_hours"] = cells.opening_hours(values["opening_hours"]) if values.get("opening_hours") else ""
    except Problem as problem:
        return (*notes, problem)
    return notes


def _place(values: Mapping[str, str], line: int) -> dict[str, Any]:
    point = values.get("lon") or values.get("lat")
    street = _text(values, "street")
    if values.get("address") and not street:
        street = {"und": values["address"]}
    if values.get("street"):
        french, dutch = osm.both_languages(values["street"])
        street = {"fr": french, "nl": dutch} if french else {"und": values["street"]} | street
    address = {"street": street, "house_number": values.get("house_number", ""), "postcode": values.get("postcode", "")}
    located = bool(point or any(address.values()))
    precision = values.get("precision", "").lower() or (
        "exact" if located else "neighbourhood" if values.get("neighbourhood") else "contact_only"
    )
    if precision in ("neighbourhood", "contact_only") and located:
        raise Problem(
            N_("Line {line} has precision {precision}: empty its address and point, they must not be kept."),
            line=line,
            precision=precision,
        )
    municipality = values.get("municipality", "")
    if municipality and not re.fullmatch(r"[0-9]{5}", municipality):
        raise Problem(N_("Line {line}: give the municipality by its REFNIS code, such as 21015."), line=line)
    place: dict[str, Any] = {"precision": precision, "municipality": municipality}
    if values.get("neighbourhood") and precision == "neighbourhood":
        place["neighbourhood"] = _neighbourhood(values["neighbourhood"], line)
    if point:
        place["lon"], place["lat"] = cells.point(values.get("lon", ""), values.get("lat", ""))
    if any(address.values()):
        place["address"] = address
    return place


def _neighbourhood(words: str, line: int) -> str:
    if not re.fullmatch(r"[0-9]{1,3}", words):
        raise Problem(
            N_("Line {line}: give the number of the neighbourhood, such as 22: `mapper neighbourhoods list` has them."),
            line=line,
        )
    return words


def _text(values: Mapping[str, str], column: str) -> dict[str, str]:
    prefix = f"{column}_"
    return {key.removeprefix(prefix): words for key, words in values.items() if key.startswith(prefix) and words}


def _words(cell: str) -> tuple[str, ...]:
    return tuple(part for part in (part.strip() for part in re.split(r"[;,|]", cell)) if part)


def _term(group: str, words: str, line: int) -> str:
    """The id that words mean in a group of the taxonomy, in any of its languages; raises `Problem` with the nearest."""
    known = spellings(group)
    if words in known.values():
        return words
    if found := known.get(fold(words)):
        return found
    if not words:
        raise Problem(N_("Line {line} does not say what kind of place it is."), line=line)
    nearest = closest(words, known)
    if nearest is None:
        raise Problem(_NOTHING_LIKE_IT[group], line=line, word=words[:60])
    raise Problem(_NOT_KNOWN[group], line=line, word=words[:60], nearest=nearest)


@cache
def spellings(group: str) -> dict[str, str]:
    terms = getattr(taxonomy.load(), group).values()
    by_label = {fold(label): term.id for term in terms for label in term.label.values()}
    by_id = {fold(term.id): term.id for term in terms}
    by_synonym = {fold(words): term.id for term in terms for _language, words in term.spellings()}
    return by_synonym | by_label | by_id


def fields_of(values: Mapping[str, str]) -> frozenset[str]:
    """The fields of a resource that these columns speak about."""
    fields = {"kind"}
    for column in values:
        base = column.partition("_")[0]
        if base in ("name", "summary", "description"):
            fields.add(base)
        elif column in ("phone", "email", "website"):
            fields.add("contacts")
        elif column == "checked_on":
            fields |= {"checked_on", "status"}
        elif column in ("source", "source_url", "external_id"):
            # A record of ours has a source for each fact; one cell must not claim them all.
            fields |= set() if values.get("record_id") else {"sources", "origins"}
        elif column in ("needs", "languages", "approach", "visibility", "ground", "status", "opening_hours"):
            fields.add(column)
        elif column not in ("record_id", "kind"):
            fields.add("place")
    return frozenset(fields)


def _is_osm(headings: Sequence[str]) -> bool:
    keys = {"amenity", "shop", "leisure", "office", "social_facility", "healthcare", "tourism", "club"}
    return "kind" not in headings and bool(keys.intersection(headings)) and bool({"lon", "@lon"}.intersection(headings))


def _read_osm(headings: Sequence[str], rows: Iterable[tuple[int, list[str]]]) -> Iterator[Reading]:
    for line, row in rows:
        try:
            check_width(headings, line, row)
            tags = {key: restored(cell) for key, cell in zip(headings, row, strict=True) if cell.strip()}
            lon, lat = (tags.pop(key, "") or tags.pop(f"@{key}", "") for key in ("lon", "lat"))
            number = tags.get("@id", "")
            known = osm.external_id_of(number) or osm.external_id_of(f"{tags.get('@type', '')}/{number}")
        except Problem as problem:
            yield Reading(line, problem=problem)
            continue
        yield from osm.read_tags([osm.Tagged(line, tags, known, lon, lat)])


def neutralised(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula; `restored` undoes it.

    >>> neutralised("+32 2 264 55 42"), neutralised('=HYPERLINK("x")')
    ("'+32 2 264 55 42", '\\'=HYPERLINK("x")')
    """
    return _FORMULA.sub(r"\1\2'", cell.strip())


def restored(cell: str) -> str:
    """What a cell said before it was neutralised."""
    return _NEUTRALISED.sub(lambda match: match[1] + match[2][1:], cell.strip())


def write_csv(resources: Iterable[Resource]) -> str:
    """A table of resources with the columns of `COLUMNS`, for a spreadsheet: byte order mark, all cells quoted.

    It holds less than a record does (no offers, links, meetings, stories, never the papers asked);
    JSON Lines holds all.
    """
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    rows = [_values(resource) for resource in resources]
    # Languages that have no column of their own come last.
    columns = list(dict.fromkeys((*COLUMNS, *sorted({column for row in rows for column in row}))))
    writer.writerow(columns)
    for values in rows:
        writer.writerow([neutralised(values.get(column, "")) for column in columns])
    return out.getvalue()


def _values(resource: Resource) -> dict[str, str]:
    place, source = resource.place, resource.sources[0] if resource.sources else None
    street = place.address.street if place.address else {}
    origin = next((origin for origin in resource.origins if source and origin.source == source.title), None)
    values = {
        "record_id": resource.id,
        "kind": resource.kind,
        "needs": "; ".join(resource.needs),
        "house_number": place.address.house_number if place.address else "",
        "postcode": place.address.postcode if place.address else "",
        "lon": "" if place.lon is None else repr(place.lon),
        "lat": "" if place.lat is None else repr(place.lat),
        "precision": place.precision,
        "neighbourhood": place.neighbourhood,
        "municipality": place.municipality,
        "opening_hours": resource.opening_hours,
        "languages": "; ".join(language.code for language in resource.languages),
        "source": source.title if source else "",
        "source_url": source.url if source else "",
        "checked_on": str(resource.checked_on or ""),
        "external_id": origin.external_id if origin else "",
        "approach": resource.approach,
        "visibility": resource.visibility,
        "ground": resource.ground,
        "status": resource.status,
    }
    for column, text in (("name", resource.name), ("summary", resource.summary), ("street", street)):
        values |= {f"{column}_{code}": words for code, words in text.items()}
    # An unnamed language of a street has the plain column.
    values["street"] = values.pop("street_und", "")
    for type_ in ("phone", "email", "website"):
        values[type_] = "; ".join(contact.value for contact in resource.contacts if contact.type == type_)
    return values
