"""Sheets that wait between two pages of an import, and what each import changed. A sheet waits for a day at most."""

import datetime as dt

import msgspec

from mapper.exchange.lists import Sheet
from mapper.model import Record
from mapper.store.audit import Transaction
from mapper.store.sqlite import SqliteStore


class Taken(Record, frozen=True):
    """One import that happened: the revisions it made, first and last."""

    id: str
    by: str
    at: str
    name: str
    first_revision: int
    last_revision: int


class SqliteGathering:
    """The sheets and imports of one instance."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def keep(self, transaction: Transaction, sheet_id: str, sheet: Sheet, until: dt.datetime) -> None:
        """Keeps a sheet for its account until then."""
        transaction.execute(
            "INSERT INTO waiting_sheets (id, account, until, body) VALUES (?, ?, ?, ?)",
            (sheet_id, transaction.by, until.isoformat(), msgspec.json.encode(sheet).decode()),
        )

    def sheet(self, sheet_id: str, account: str, now: dt.datetime) -> Sheet | None:
        """A sheet that this account left here and that is not too old."""
        rows = self._store.rows(
            "SELECT body FROM waiting_sheets WHERE id = ? AND account = ? AND until > ?",
            sheet_id, account, now.isoformat(),
        )  # fmt: skip
        return msgspec.json.decode(rows[0][0], type=Sheet) if rows else None

    def forget(self, transaction: Transaction, sheet_id: str, now: dt.datetime) -> None:
        """Takes away a sheet, and all that waited too long."""
        gone = transaction.execute("DELETE FROM waiting_sheets WHERE id = ? OR until <= ?", (sheet_id, now.isoformat()))
        transaction.purged |= gone.rowcount > 0

    def note_draft(self, transaction: Transaction, draft: str, record_id: str) -> None:
        """Remembers which place a phone's draft became, so that sending it twice adds it once."""
        transaction.execute(
            "INSERT INTO sent_drafts (account, draft, record_id) VALUES (?, ?, ?)", (transaction.by, draft, record_id)
        )

    def place_of_draft(self, account: str, draft: str) -> str:
        """The place that a draft of this account became; "" when it was never sent."""
        rows = self._store.rows("SELECT record_id FROM sent_drafts WHERE account = ? AND draft = ?", account, draft)
        return str(rows[0][0]) if rows else ""

    def note(self, transaction: Transaction, import_id: str, name: str, first_revision: int) -> None:
        """Remembers which revisions an import made, inside its own transaction."""
        transaction.execute(
            "INSERT INTO imports (id, account, at, name, first_revision, last_revision) "
            "SELECT ?, ?, ?, ?, ?, coalesce(max(revision), 0) FROM changes",
            (import_id, transaction.by, transaction.at, name, first_revision),
        )

    def taken(self, import_id: str, account: str) -> Taken | None:
        """One import of this account."""
        rows = self._store.rows(
            "SELECT id, account, at, name, first_revision, last_revision FROM imports WHERE id = ? AND account = ?",
            import_id, account,
        )  # fmt: skip
        return Taken(**dict(zip(Taken.__struct_fields__, rows[0], strict=True))) if rows else None
