"""Who did what to which record: append-only, each line sealed with the hash of the line before. No content, ever.

A line that is changed, taken out or put in between breaks the chain. Cutting off the end does not: whoever must
know that too keeps the last hash (`mapper audit verify` prints it) somewhere else.
"""

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mapper.model import Record

_START = "0" * 64


class AuditLine(Record, frozen=True):
    """One thing that was done. `by` is an account id, `about` the id of what it was done to."""

    seq: int
    at: str
    by: str
    verb: str
    about: str
    hash: str


class Verified(Record, frozen=True):
    """What was found when the whole chain was read. `last_hash` is that of an empty chain when there is no line."""

    lines: int
    last_hash: str
    first_broken: int | None = None


class Transaction:
    """One open transaction on the store's file: everything in it happens, or nothing."""

    def __init__(self, connection: sqlite3.Connection, by: str) -> None:
        self._connection = connection
        self.by = by
        self.at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        #: Set when something was erased that must not linger in the write-ahead log.
        self.purged = False

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        """One statement inside this transaction."""
        return self._connection.execute(sql, parameters)

    def audit(self, verb: str, about: str) -> None:
        """Adds a line to the chain. `about` is an id: never a name, never content."""
        row = self.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        seq, before = row if row else (0, _START)
        line = (seq + 1, self.at, self.by, verb, about)
        self.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)", (*line, seal(before, line)))


def seal(before: str, line: tuple[int, str, str, str, str]) -> str:
    """The hash of a line that follows the line with hash `before`."""
    words = json.dumps([before, *line], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(words.encode("ascii")).hexdigest()


def first_broken(lines: Iterable[AuditLine]) -> int | None:
    """The number of the first line that does not follow from the one before; None when the chain is whole."""
    before, expected = _START, 1
    for line in lines:
        if line.seq != expected or line.hash != seal(before, (line.seq, line.at, line.by, line.verb, line.about)):
            return expected
        before, expected = line.hash, expected + 1
    return None


def verified(lines: Sequence[AuditLine]) -> Verified:
    """Reads a whole chain."""
    return Verified(lines=len(lines), last_hash=lines[-1].hash if lines else _START, first_broken=first_broken(lines))


def read_lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[AuditLine]:
    """Lines as they stand in the table."""
    for seq, at, by, verb, about, sealed in rows:
        yield AuditLine(seq=seq, at=at, by=by, verb=verb, about=about, hash=sealed)
