"""Reading a file that somebody gives us: which format it is, and what comes out of it, row by row.

A whole file that cannot be used raises one `Problem` before anything was read from it; a row that cannot
be used is a `Reading` with its problem, so that the rest of the file still counts.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from mapper.model import Problem, Resource, to_table
from mapper.text import N_

MEGABYTE = 1_000_000
#: The most a file of each format may weigh, in bytes. A table is typed by people; JSON is held whole in memory.
TABLE_LIMIT_BYTES = 5 * MEGABYTE
JSON_LIMIT_BYTES = 50 * MEGABYTE
LINES_LIMIT_BYTES = 200 * MEGABYTE

#: What stands for the id in a reading from a register that has other ids: the core finds the record with the
#: same origin, or gives a new random id.
NEW = "new"

#: Characters nobody types: controls, and those that turn the direction of the text around them, with which
#: a name can be made to read as another.
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]"
)

_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf")


@dataclass(frozen=True)
class Reading:
    """One row of a file: a resource, or the problem why it is refused."""

    #: The line in the file, or the number of the element in a JSON list; counted from 1.
    line: int | None
    resource: Resource | None = None
    problem: Problem | None = None
    #: Name of the file, without its folder; with the number of the table where no line is known.
    file: str = ""
    #: What was left out of an accepted row, such as opening hours that cannot be understood.
    notes: tuple[Problem, ...] = ()
    #: The fields this format can speak about; None means all. Nothing else of a record is to be changed by it.
    fields: frozenset[str] | None = None


def merged(before: Resource, reading: Reading) -> Resource:
    """The record as it was, with what the reading speaks about; the rest stays, which a poorer format cannot hold.

    A contact or language that stays keeps its nuance ("ask for the coordinator", "French: call ahead").
    """
    incoming = reading.resource
    if incoming is None:
        return before
    if reading.fields is None:
        return msgspec.structs.replace(incoming, id=before.id, **_not_in_a_public_export(before, incoming))
    changes = {field: getattr(incoming, field) for field in reading.fields}
    if "contacts" in changes:
        contacts = {(contact.type, contact.value): contact for contact in before.contacts}
        kept = tuple(contact for contact in before.contacts if contact.type == "social")
        changes["contacts"] = tuple(contacts.get((new.type, new.value), new) for new in incoming.contacts) + kept
    if "languages" in changes:
        languages = {language.code: language for language in before.languages}
        changes["languages"] = tuple(languages.get(new.code, new) for new in incoming.languages)
    if "place" in changes and _same_point(before, incoming):
        way = before.place.how_to_get_there
        changes["place"] = msgspec.structs.replace(incoming.place, how_to_get_there=way)
    return msgspec.structs.replace(before, **changes)


def _not_in_a_public_export(before: Resource, incoming: Resource) -> dict[str, Any]:
    """What everyone's copy of the record does not hold, so that reading one back takes nothing away."""
    kept: dict[str, Any] = {} if incoming.origins else {"origins": before.origins}
    if incoming.thresholds.papers_asked == "unknown":
        papers = before.thresholds.papers_asked
        kept["thresholds"] = msgspec.structs.replace(incoming.thresholds, papers_asked=papers)
    return kept


def _same_point(before: Resource, incoming: Resource) -> bool:
    old, new = before.place, incoming.place
    return (old.precision, old.lon, old.lat, old.neighbourhood) == (new.precision, new.lon, new.lat, new.neighbourhood)


def open_text(source: Path | bytes, limit_bytes: int = TABLE_LIMIT_BYTES, name: str = "") -> str:
    """The text of a file, without byte order mark; `name` is what to call bytes that have no file.

    Raises `Problem` in one sentence when it is missing, a folder, empty, too large, an archive or another
    binary, UTF-16, or not UTF-8.
    """
    if isinstance(source, bytes):
        body, name = source, name or "–"
    else:
        name = source.name or str(source)
        body = _bytes_of(source, limit_bytes, name)
    if len(body) > limit_bytes:
        raise _too_large(name, limit_bytes)
    if body.startswith(_ARCHIVES):
        raise Problem(
            N_("{file} is an archive or a spreadsheet, not a text file: open it and save the table as CSV in UTF-8."),
            file=name,
        )
    nul = body.find(b"\0")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (0 <= nul < 4 and body.count(b"\0", 0, 64) > 15):
        raise Problem(N_("{file} is in UTF-16: save it again as UTF-8."), file=name)
    if nul >= 0:
        raise Problem(
            N_("{file} has a NUL byte in line {line}, so it is not a text file: export it again as UTF-8 text."),
            file=name,
            line=body.count(b"\n", 0, nul) + 1,
        )
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(
            N_("{file} is not in UTF-8 (line {line}): save it again as UTF-8."),
            file=name,
            line=body.count(b"\n", 0, error.start) + 1,
        ) from None
    if not text or text.isspace():
        raise Problem(N_("{file} is empty: there is nothing to read."), file=name)
    return text


def _bytes_of(path: Path, limit_bytes: int, name: str) -> bytes:
    try:
        if path.is_dir():
            raise Problem(N_("{file} is a folder: name the files in it."), file=name)
        if path.stat().st_size > limit_bytes:
            raise _too_large(name, limit_bytes)
        with path.open("rb") as file:
            # One byte more than allowed, so that a device or a growing file cannot fill the memory.
            return file.read(limit_bytes + 1)
    except FileNotFoundError:
        raise Problem(N_("There is no file {file}: check its name."), file=name) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Problem(N_("{file} cannot be opened: {reason}."), file=name, reason=reason) from None


def _too_large(name: str, limit_bytes: int) -> Problem:
    return Problem(
        N_("{file} is larger than {limit} MB: split it into smaller files."), file=name, limit=limit_bytes // MEGABYTE
    )


def parse_json(text: str, name: str) -> Any:
    """The value of a JSON text; NaN and Infinity come back as such, for the row that has them to be refused.

    Raises `Problem` with the line when it is not JSON, or nested deeper than any record is.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise Problem(N_("{file} is nested too deeply to be a list of places."), file=name) from None
    except json.JSONDecodeError as error:
        raise Problem(
            N_("{file} is not valid JSON: {reason} in line {line}, column {column}. Export it again."),
            file=name,
            reason=error.msg,
            line=error.lineno,
            column=error.colno,
        ) from None
    except ValueError:
        raise Problem(N_("{file} has a number that is too long to be one."), file=name) from None


def read_any(path: Path, name: str = "") -> Iterator[Reading]:
    """The readings of a file in any format we know: CSV, GeoJSON, Overpass JSON, JSON Lines, authored TOML.

    The format is told by the content, and by the name where the content leaves it open.
    Raises `Problem` when the file as a whole cannot be used, at once or (JSON Lines) while reading on.
    """
    path = Path(path)
    name = name or path.name
    return _checked(_readings(path, path.suffix.lower(), name), name)


def _readings(path: Path, suffix: str, name: str) -> Iterable[Reading]:
    from mapper.exchange import geojson, jsonlines, osm, tables

    if suffix == ".toml":
        from mapper.exchange import authored

        return authored.read_file(path)
    if suffix in (".jsonl", ".ndjson"):
        return jsonlines.read(path, name)
    if suffix in (".csv", ".tsv", ".txt"):
        return tables.read(path, name)
    text = open_text(path, JSON_LIMIT_BYTES, name)
    if text.lstrip()[:1] not in ("{", "["):
        if suffix in (".json", ".geojson"):
            parse_json(text, name)  # says where it goes wrong
        return tables.read(path, name)
    if _is_json_lines(text):
        return jsonlines.read(path, name)
    value = parse_json(text, name)
    kind = value.get("type") if isinstance(value, dict) else None
    if isinstance(value, dict) and isinstance(value.get("elements"), list):
        return osm.read_overpass(value, name)
    if kind == "FeatureCollection":
        return geojson.read_collection(value, name)
    raise Problem(
        N_("{file} is JSON, but neither a GeoJSON FeatureCollection nor an Overpass answer with elements."), file=name
    )


def _is_json_lines(text: str) -> bool:
    first, _, rest = text.strip().partition("\n")
    return first.endswith("}") and rest.lstrip().startswith("{")


def _checked(readings: Iterable[Reading], name: str) -> Iterator[Reading]:
    for reading in readings:
        if reading.resource is not None and has_hidden_characters(to_table(reading.resource)):
            problem = Problem(N_("This row has invisible characters that change how its text is read: type it again."))
            reading = replace(reading, resource=None, problem=problem)
        yield replace(reading, file=reading.file or name)


def has_hidden_characters(value: Any) -> bool:
    """Whether any text in a plain value has control characters or marks that reverse the text.

    >>> has_hidden_characters({"name": {"nl": "Huis\\u202egro.live"}})
    True
    """
    if isinstance(value, str):
        return _HIDDEN.search(value) is not None
    if isinstance(value, dict):
        return any(has_hidden_characters(part) for pair in value.items() for part in pair)
    if isinstance(value, (list, tuple)):
        return any(has_hidden_characters(part) for part in value)
    return False
