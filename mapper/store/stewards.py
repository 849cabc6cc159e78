"""The say of groups over their own records: what people told about them, codes and links that were handed over,
proposals to open a record wider, and the fingerprints of who asked to be left out.
"""

from typing import Any

from mapper.model import Precision, Record, Visibility
from mapper.store.audit import Transaction
from mapper.store.sqlite import SqliteStore


class Report(Record, frozen=True):
    """Something that may be wrong in a record: by a caller, or by anybody in their own words."""

    id: int
    record_id: str
    on: str
    #: wrong_number, closed or words.
    kind: str
    words: str = ""
    #: With whom it lies: the steward first, then the coach.
    passed_on: bool = False


class Widening(Record, frozen=True):
    """A proposal to open a record wider, waiting for the yes of its group. It holds no address."""

    id: str
    record_id: str
    visibility: Visibility
    precision: Precision
    proposed_by: str
    proposed_on: str


class StewardTables:
    """Reports, codes, links, proposals and fingerprints."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    # What may be wrong

    def add_report(self, transaction: Transaction, record_id: str, on: str, kind: str, words: str = "") -> int:
        """Adds one; returns its number."""
        cursor = transaction.execute(
            'INSERT INTO reports (record_id, "on", kind, words) VALUES (?, ?, ?, ?)', (record_id, on, kind, words)
        )
        return int(cursor.lastrowid or 0)

    def reports(self) -> list[Report]:
        """Everything that waits, oldest first."""
        rows = self._store.rows('SELECT id, record_id, "on", kind, words, passed_on FROM reports ORDER BY id')
        return [
            Report(id=row[0], record_id=row[1], on=row[2], kind=row[3], words=row[4], passed_on=bool(row[5]))
            for row in rows
        ]

    def pass_on(self, transaction: Transaction, report_id: int) -> None:
        """The steward leaves it to the coach."""
        transaction.execute("UPDATE reports SET passed_on = 1 WHERE id = ?", (report_id,))

    def drop_report(self, transaction: Transaction, report_id: int) -> None:
        """It was looked into: its words are erased."""
        transaction.execute("DELETE FROM reports WHERE id = ?", (report_id,))
        transaction.purged = True

    def count_told(self, transaction: Transaction, day: str, record_id: str) -> tuple[int, int]:
        """Counts one more told on this day; returns how many about this record and in all. Older days are forgotten."""
        transaction.execute("DELETE FROM told_per_day WHERE day <> ?", (day,))
        transaction.execute(
            """INSERT INTO told_per_day VALUES (?, ?, 1)
            ON CONFLICT (day, record_id) DO UPDATE SET count = count + 1""",
            (day, record_id),
        )
        row = transaction.execute(
            "SELECT max(CASE WHEN record_id = ? THEN count ELSE 0 END), sum(count) FROM told_per_day", (record_id,)
        ).fetchone()
        return int(row[0]), int(row[1])

    # Codes and links: only their hash is kept

    def keep_secret(self, transaction: Transaction, kind: str, hashed: str, record_id: str, until: str) -> None:
        """Keeps the hash of a code ("claim") or link ("leave") that was handed over, until a day (ISO)."""
        transaction.execute("INSERT INTO handed_over VALUES (?, ?, ?, ?)", (hashed, kind, record_id, until))

    def record_of_secret(self, kind: str, hashed: str, today: str) -> str:
        """The record a code or link belongs to; "" when it is none, was used, or is past its day."""
        rows = self._store.rows(
            "SELECT record_id FROM handed_over WHERE hash = ? AND kind = ? AND until >= ?", hashed, kind, today
        )
        return str(rows[0][0]) if rows else ""

    def use_secret(self, transaction: Transaction, kind: str, hashed: str, today: str) -> str:
        """As `record_of_secret`, and it can never be used again."""
        row = transaction.execute(
            "SELECT record_id FROM handed_over WHERE hash = ? AND kind = ? AND until >= ?", (hashed, kind, today)
        ).fetchone()
        transaction.execute("DELETE FROM handed_over WHERE hash = ? OR until < ?", (hashed, today))
        return str(row[0]) if row else ""

    # Opening a record wider

    def propose(self, transaction: Transaction, proposal: Widening) -> None:
        """Adds a proposal; an earlier one for the same record gives way."""
        transaction.execute("DELETE FROM widenings WHERE record_id = ?", (proposal.record_id,))
        transaction.execute(
            "INSERT INTO widenings VALUES (?, ?, ?, ?, ?, ?)",
            (
                proposal.id,
                proposal.record_id,
                proposal.visibility,
                proposal.precision,
                proposal.proposed_by,
                proposal.proposed_on,
            ),
        )

    def widenings(self) -> list[Widening]:
        """Every proposal that waits, oldest first."""
        rows = self._store.rows(
            "SELECT id, record_id, visibility, precision, proposed_by, proposed_on FROM widenings "
            "ORDER BY proposed_on, id"
        )
        return [_widening(row) for row in rows]

    def take_widening(self, transaction: Transaction, proposal_id: str) -> Widening | None:
        """A proposal that is answered now, and takes it away; None when it is answered already."""
        row = transaction.execute(
            "SELECT id, record_id, visibility, precision, proposed_by, proposed_on FROM widenings WHERE id = ?",
            (proposal_id,),
        ).fetchone()
        transaction.execute("DELETE FROM widenings WHERE id = ?", (proposal_id,))
        return _widening(row) if row else None

    def allow_precision(self, transaction: Transaction, record_id: str, precision: Precision) -> None:
        """The group agreed that its place is told this precisely: the next edit may."""
        transaction.execute("INSERT OR REPLACE INTO agreed_precision VALUES (?, ?)", (record_id, precision))

    def use_precision(self, transaction: Transaction, record_id: str) -> str:
        """How precise the group agreed to be, "" when nothing was agreed; it can be used once."""
        row = transaction.execute("SELECT precision FROM agreed_precision WHERE record_id = ?", (record_id,)).fetchone()
        transaction.execute("DELETE FROM agreed_precision WHERE record_id = ?", (record_id,))
        return str(row[0]) if row else ""

    def drop_agreed(self, transaction: Transaction, record_id: str) -> None:
        """Forgets what was proposed or agreed about opening a record wider."""
        transaction.execute("DELETE FROM widenings WHERE record_id = ?", (record_id,))
        transaction.execute("DELETE FROM agreed_precision WHERE record_id = ?", (record_id,))

    # Who asked to be left out

    def merged_with(self, transaction: Transaction, record_id: str) -> list[str]:
        """The ids under which the same group stands: this one, what it was merged into, and what was merged into it."""
        rows = transaction.execute(
            """WITH RECURSIVE merged (gone, kept) AS MATERIALIZED (
                SELECT id, json_extract(body, '$.merged_into') FROM resources
                WHERE json_extract(body, '$.merged_into') > ''
            ), family (id) AS (
                SELECT ?1
                UNION SELECT kept FROM merged JOIN family ON merged.gone = family.id
                UNION SELECT gone FROM merged JOIN family ON merged.kept = family.id
            ) SELECT id FROM family ORDER BY id <> ?1, id""",
            (record_id,),
        )
        return [row[0] for row in rows]

    def leave_out(self, transaction: Transaction, record_id: str, fingerprints: frozenset[str], on: str) -> None:
        """Remembers these fingerprints."""
        for fingerprint in sorted(fingerprints):
            transaction.execute("INSERT OR IGNORE INTO left_out VALUES (?, ?, ?)", (fingerprint, record_id, on))

    def take_back_in(self, transaction: Transaction, record_id: str) -> bool:
        """Forgets the fingerprints of a record whose own group comes back; True when there were any."""
        return transaction.execute("DELETE FROM left_out WHERE record_id = ?", (record_id,)).rowcount > 0

    def left_out(self) -> frozenset[str]:
        """Every remembered fingerprint."""
        return frozenset(row[0] for row in self._store.rows("SELECT fingerprint FROM left_out"))


def _widening(row: tuple[Any, ...]) -> Widening:
    return Widening(
        id=row[0], record_id=row[1], visibility=row[2], precision=row[3], proposed_by=row[4], proposed_on=row[5]
    )
