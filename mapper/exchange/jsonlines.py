"""JSON Lines: one record a line, all of it. What is written here reads back exactly."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mapper.exchange.reading import LINES_LIMIT_BYTES, Reading, open_text
from mapper.model import Problem, Resource, from_json, to_json
from mapper.text import N_

#: More refused lines than this, with no good one among them, are not a file of records at all.
_PATIENCE = 20


def write(resources: Iterable[Resource]) -> Iterator[bytes]:
    """The records as lines of UTF-8, each with its newline."""
    for resource in resources:
        yield to_json(resource) + b"\n"


def read(source: Path | bytes, name: str = "") -> Iterator[Reading]:
    """Readings of JSON Lines; blank lines are passed over.

    Raises `Problem` for the file as a whole, before the first reading, when none of its first lines is a record.
    """
    name = name or (source.name if isinstance(source, Path) else "–")
    text = open_text(source, LINES_LIMIT_BYTES, name)
    _look_at(text, name)
    return _read(text)


def _look_at(text: str, name: str) -> None:
    looked = 0
    for reading in _read(text):
        looked += 1
        if reading.resource is not None:
            return
        if looked >= _PATIENCE:
            break
    first = next(_read(text), None)
    if looked >= _PATIENCE and first is not None and first.problem is not None:
        raise Problem(
            N_("{file} is not JSON Lines: none of its first {count} lines is a record."), file=name, count=_PATIENCE
        )


def _read(text: str) -> Iterator[Reading]:
    start, line = 0, 0
    # Not splitlines: inside a record other characters than the newline may count as line ends there.
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line += 1
        row, start = text[start:end], end + 1
        if not row or row.isspace():
            continue
        try:
            yield Reading(line, from_json(row))
        except Problem as problem:
            yield Reading(line, problem=problem)
        except RecursionError:
            yield Reading(line, problem=Problem(N_("Line {line} is nested too deeply to be a record."), line=line))
