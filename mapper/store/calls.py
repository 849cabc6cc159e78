"""What calls said, as counts per place and week; what each account said last, so that it can be taken back; and what
a team remembers about places. Nothing here is about a person in front of a worker.
"""

from mapper.model import Record
from mapper.store.audit import Transaction
from mapper.store.sqlite import SqliteStore


class LastSaid(Record, frozen=True):
    """The last thing an account said about a place. `revision` and `report` are 0 where it changed or told nothing."""

    record_id: str
    week: str
    said: str
    revision: int
    report: int


class TeamPlace(Record, frozen=True):
    """What a team remembers about a place."""

    record_id: str
    favourite: bool
    note: str


class CallTables:
    """Counts of calls, and team favourites and notes."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def count(self, transaction: Transaction, record_id: str, week: str, said: str, by: int = 1) -> None:
        """Adds to the count of a place and ISO week ("2026-W48"); a count that comes to nothing is gone."""
        transaction.execute(
            """INSERT INTO call_counts VALUES (?, ?, ?, ?)
            ON CONFLICT (record_id, week, said) DO UPDATE SET count = count + excluded.count""",
            (record_id, week, said, by),
        )
        transaction.execute("DELETE FROM call_counts WHERE count <= 0")

    def counts(self, record_id: str) -> list[tuple[str, str, int]]:
        """(ISO week, what was said, how often) for a place, latest week first."""
        rows = self._store.rows(
            "SELECT week, said, count FROM call_counts WHERE record_id = ? ORDER BY week DESC, said", record_id
        )
        return [(week, said, count) for week, said, count in rows]

    def counts_since(self, week: str) -> list[tuple[str, str, int]]:
        """(record id, what was said, how often) since an ISO week, for every place that was called."""
        rows = self._store.rows(
            "SELECT record_id, said, sum(count) FROM call_counts WHERE week >= ? GROUP BY record_id, said", week
        )
        return [(record_id, said, count) for record_id, said, count in rows]

    def remember_last(self, transaction: Transaction, last: LastSaid) -> None:
        """Replaces what this account said last."""
        values = (transaction.by, last.record_id, last.week, last.said, last.revision, last.report)
        transaction.execute("INSERT OR REPLACE INTO last_said VALUES (?, ?, ?, ?, ?, ?)", values)

    def take_last(self, transaction: Transaction) -> LastSaid | None:
        """What this account said last, and forgets it; None when there is nothing."""
        row = transaction.execute(
            "SELECT record_id, week, said, revision, report FROM last_said WHERE account = ?", (transaction.by,)
        ).fetchone()
        transaction.execute("DELETE FROM last_said WHERE account = ?", (transaction.by,))
        if row is None:
            return None
        return LastSaid(record_id=row[0], week=row[1], said=row[2], revision=row[3], report=row[4])

    def team_places(self, team: str) -> dict[str, TeamPlace]:
        """What a team remembers, by record id."""
        rows = self._store.rows("SELECT record_id, favourite, note FROM team_places WHERE team = ?", team)
        return {row[0]: TeamPlace(record_id=row[0], favourite=bool(row[1]), note=row[2]) for row in rows}

    def remember_place(self, transaction: Transaction, team: str, place: TeamPlace) -> None:
        """Replaces what a team remembers about a place; nothing to remember leaves no row."""
        transaction.execute("DELETE FROM team_places WHERE team = ? AND record_id = ?", (team, place.record_id))
        if place.favourite or place.note:
            values = (team, place.record_id, int(place.favourite), place.note)
            transaction.execute("INSERT INTO team_places VALUES (?, ?, ?, ?)", values)
