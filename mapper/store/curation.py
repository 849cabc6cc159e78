"""Pairs that are not the same, merges, whom was asked what and when: as they stand in the tables."""

import datetime as dt
import json
from collections import defaultdict
from contextlib import AbstractContextManager
from typing import Any

from mapper.curation.freshness import ContactMade
from mapper.model import Record, Resource
from mapper.store import Change, Writing
from mapper.store.audit import Transaction
from mapper.store.sqlite import SqliteStore


class Merge(Record, frozen=True):
    """Two records that became one, with the numbers of the changes that did it."""

    id: int
    at: dt.datetime
    by: str
    kept: str
    gone: str
    kept_change: int
    gone_change: int
    undone_at: str = ""


_MERGE = "SELECT id, at, by, kept, gone, kept_change, gone_change, undone_at FROM merges"


class CurationStore:
    """What curation keeps beside the inventory. Methods that write take the transaction first."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def transaction(self, by: str) -> AbstractContextManager[Transaction]:
        """One transaction by somebody; on an exception nothing of it happened."""
        return self._store.transaction(by)

    def write(self, by: str) -> AbstractContextManager[Writing]:
        """One transaction that also changes records."""
        return self._store.write(by)

    def change(self, revision: int) -> Change | None:
        """One change of a record."""
        return self._store.change(revision)

    def record(self, record_id: str) -> Resource | None:
        """One record, whoever may see it."""
        return self._store.resource(record_id)

    # Pairs

    def put_not_same(self, transaction: Transaction, one: str, other: str) -> None:
        """Remembers that two records are two things."""
        left, right = sorted((one, other))
        transaction.execute(
            "INSERT OR REPLACE INTO not_same VALUES (?, ?, ?, ?)", (left, right, transaction.by, transaction.at)
        )

    def not_same(self) -> set[tuple[str, str]]:
        """Pairs of ids that are two things, the lower first."""
        return {(row[0], row[1]) for row in self._store.rows('SELECT "left", "right" FROM not_same')}

    # Merges

    def put_merge(self, transaction: Transaction, kept: str, gone: str) -> int:
        """Notes the merge that this transaction just wrote; returns its number."""
        changes = [
            transaction.execute("SELECT max(revision) FROM changes WHERE record_id = ?", (one,)).fetchone()[0]
            for one in (kept, gone)
        ]
        cursor = transaction.execute(
            "INSERT INTO merges (at, by, kept, gone, kept_change, gone_change) VALUES (?, ?, ?, ?, ?, ?)",
            (transaction.at, transaction.by, kept, gone, *changes),
        )
        return int(cursor.lastrowid or 0)

    def merges(self) -> list[Merge]:
        """Every merge, latest first."""
        return [_merge(row) for row in self._store.rows(f"{_MERGE} ORDER BY id DESC")]

    def merge(self, merge_id: int) -> Merge | None:
        """One merge."""
        rows = self._store.rows(f"{_MERGE} WHERE id = ?", merge_id)
        return _merge(rows[0]) if rows else None

    def last_change(self, record_id: str) -> int:
        """The number of the last change of a record, 0 when there was none."""
        rows = self._store.rows("SELECT coalesce(max(revision), 0) FROM changes WHERE record_id = ?", record_id)
        return int(rows[0][0])

    def end_merge(self, transaction: Transaction, merge_id: int) -> None:
        """Notes that a merge was undone."""
        transaction.execute("UPDATE merges SET undone_at = ? WHERE id = ?", (transaction.at, merge_id))

    # Contacts

    def put_contact(
        self, transaction: Transaction, record_id: str, on: dt.date, asked: tuple[str, ...], outcome: str
    ) -> None:
        """Notes that somebody was asked something."""
        transaction.execute(
            'INSERT INTO contacts_made (record, "on", by, asked, outcome) VALUES (?, ?, ?, ?, ?)',
            (record_id, on.isoformat(), transaction.by, json.dumps(asked), outcome),
        )

    def contacts(self) -> dict[str, list[ContactMade]]:
        """Record id -> when it was asked what, latest first."""
        found: defaultdict[str, list[ContactMade]] = defaultdict(list)
        for row in self._store.rows('SELECT * FROM contacts_made ORDER BY "on" DESC, id DESC'):
            contact_id, record_id, on, by, asked, outcome = row
            found[record_id].append(
                ContactMade(
                    id=contact_id, record_id=record_id, on=dt.date.fromisoformat(on), by=by,
                    asked=tuple(json.loads(asked)), outcome=outcome,
                )
            )  # fmt: skip
        return found

    def set_rule(self, transaction: Transaction, record_id: str, months: int) -> None:
        """So many months there must be between two conversations; 0 is never again."""
        transaction.execute(
            "INSERT OR REPLACE INTO contact_rules VALUES (?, ?, ?, ?)",
            (record_id, months, transaction.by, transaction.at),
        )

    def rules(self) -> dict[str, int]:
        """Record id -> months between two conversations, where the group asked for other than usual."""
        return dict(self._store.rows("SELECT record, months FROM contact_rules"))


def _merge(row: tuple[Any, ...]) -> Merge:
    merge_id, at, by, kept, gone, kept_change, gone_change, undone_at = row
    return Merge(
        id=merge_id, at=dt.datetime.fromisoformat(at), by=by, kept=kept, gone=gone, kept_change=kept_change,
        gone_change=gone_change, undone_at=undone_at,
    )  # fmt: skip
