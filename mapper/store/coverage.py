"""Where somebody looked, how often a search found nothing, and what was known on a day."""

import datetime as dt

from mapper.coverage import Effort, Unanswered
from mapper.model import Resource, from_json
from mapper.store import Store
from mapper.store.audit import Transaction


class CoverageTables:
    """The tables of the coverage room. What writes takes the open transaction first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add_effort(self, transaction: Transaction, effort: Effort) -> None:
        """Remembers that somebody looked; the same place, need and day twice is once."""
        transaction.execute(
            "INSERT OR REPLACE INTO efforts (neighbourhood, need, looked_on, by) VALUES (?, ?, ?, ?)",
            (effort.neighbourhood, effort.need, effort.on.isoformat(), transaction.by),
        )

    def efforts(self) -> list[Effort]:
        """Every time somebody looked, by neighbourhood, need and day."""
        rows = self._store.rows("SELECT neighbourhood, need, looked_on FROM efforts ORDER BY 1, 2, 3")
        return [Effort(neighbourhood=area, need=need, on=dt.date.fromisoformat(on)) for area, need, on in rows]

    def count_unanswered(
        self, transaction: Transaction, month: str, neighbourhood: str, need: str, slice_id: str
    ) -> None:
        """Adds one to the count of a month ("2026-11")."""
        transaction.execute(
            """INSERT INTO unanswered (month, neighbourhood, need, slice, count) VALUES (?, ?, ?, ?, 1)
            ON CONFLICT (month, neighbourhood, need, slice) DO UPDATE SET count = count + 1""",
            (month, neighbourhood, need, slice_id),
        )

    def unanswered(self) -> list[Unanswered]:
        """All counts. Small ones are in it: whoever shows them keeps to the threshold."""
        rows = self._store.rows(
            "SELECT month, neighbourhood, need, slice, count FROM unanswered ORDER BY month, neighbourhood, need, slice"
        )
        return [Unanswered(month=m, neighbourhood=a, need=n, slice=s, count=c) for m, a, n, s, c in rows]

    def known_before(self, moment: dt.datetime) -> dict[str, Resource | None]:
        """What changed since a moment, as it was known then; None for what was not known yet.

        A place that was purged since is gone from what was known then too.
        """
        # SQLite takes `before` from the row that holds the minimum.
        rows = self._store.rows(
            "SELECT record_id, before, min(revision) FROM changes WHERE at >= ? "
            "AND record_id NOT IN ('figures', 'neighbourhoods') GROUP BY record_id",
            moment.astimezone(dt.UTC).isoformat(timespec="milliseconds"),
        )
        return {record_id: from_json(before) if before else None for record_id, before, _revision in rows}
