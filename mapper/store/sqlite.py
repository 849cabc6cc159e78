"""The store on SQLite: one file, WAL, every acknowledged write on the disk.

Reading uses the standard library alone; sqlite-utils (which brings pandas) is loaded when something is written.
"""

import datetime as dt
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mapper.geography import NeighbourhoodSet, Outline
from mapper.model import GIVES_NO_ADDRESS, Figure, Problem, Resource, from_json, to_json
from mapper.store import Change, Writing
from mapper.store.audit import AuditLine, Transaction, first_broken, read_lines
from mapper.text import N_, Text

if TYPE_CHECKING:
    from sqlite_utils import Database

LATEST_SCHEMA = 8  # kept equal to migrations.LATEST by a test, so that starting does not import sqlite-utils
_LOCK_TIMEOUT_S = 30.0


class SqliteStore:
    """The `Store` contract on one SQLite file."""

    def __init__(self, path: Path) -> None:
        """Opens or creates the file and brings its tables up to date.

        Raises `Problem` when the file is no database of ours or was made by a newer version.
        """
        self.path = path
        self._lock = threading.RLock()
        try:
            if not path.exists():
                # The files that SQLite puts beside it get the same mode. What is wrong here SQLite tells as well.
                with suppress(OSError):
                    path.touch(mode=0o600)
            self._connection = sqlite3.connect(
                path, timeout=_LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._migrate()
        except sqlite3.DatabaseError as error:
            raise Problem(
                N_("{path} cannot be opened as a mapper store ({error}). Restore a backup or choose another --home."),
                path=path,
                error=error,
            ) from None

    def _migrate(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > LATEST_SCHEMA:
            raise Problem(
                N_(
                    "The store {path} was made by a newer version of mapper. Install that version, or restore a backup."
                ),
                path=self.path,
            )
        if version == LATEST_SCHEMA:
            return
        from mapper.store.migrations import migrations

        # Two processes may start at once: the second waits here and finds nothing left to do.
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            migrations.apply(self._database())
            self._connection.execute(f"PRAGMA user_version={LATEST_SCHEMA}")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _database(self) -> "Database":
        from sqlite_utils import Database

        return Database(self._connection)

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What a question in SQL gives, outside any transaction; for the other files of this room."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def revision(self) -> int:
        return int(self.rows("SELECT coalesce(max(revision), 0) FROM changes")[0][0])

    def resources(self) -> Iterator[Resource]:
        for (body,) in self.rows("SELECT body FROM resources ORDER BY id"):
            yield from_json(body)

    def resource(self, resource_id: str) -> Resource | None:
        rows = self.rows("SELECT body FROM resources WHERE id = ?", resource_id)
        return from_json(rows[0][0]) if rows else None

    def resource_count(self) -> int:
        return int(self.rows("SELECT count(*) FROM resources")[0][0])

    def changed_since(self, revision: int) -> set[str]:
        return {row[0] for row in self.rows("SELECT DISTINCT record_id FROM changes WHERE revision > ?", revision)}

    def history(self, resource_id: str) -> list[Change]:
        rows = self.rows(
            "SELECT revision, at, by, verb, record_id, before FROM changes WHERE record_id = ? ORDER BY revision DESC",
            resource_id,
        )
        return [_change(row) for row in rows]

    def change(self, revision: int) -> Change | None:
        rows = self.rows("SELECT revision, at, by, verb, record_id, before FROM changes WHERE revision = ?", revision)
        return _change(rows[0]) if rows else None

    def revision_of(self, record_id: str) -> int:
        return int(self.rows("SELECT coalesce(max(revision), 0) FROM changes WHERE record_id = ?", record_id)[0][0])

    def last_changed_by(self) -> dict[str, str]:
        # SQLite takes `by` from the row that holds the maximum.
        return {
            row[0]: row[1] for row in self.rows("SELECT record_id, by, max(revision) FROM changes GROUP BY record_id")
        }

    def neighbourhoods(self) -> NeighbourhoodSet | None:
        with self._lock:  # both tables from one moment
            about = self.rows("SELECT title, url, retrieved_on, sha256, licence, approximate FROM neighbourhood_set")
            rows = self.rows("SELECT id, name, geometry FROM neighbourhoods ORDER BY CAST(id AS INTEGER), id")
        if not about:
            return None
        title, url, retrieved_on, sha256, licence, approximate = about[0]
        return NeighbourhoodSet(
            neighbourhoods=tuple(
                Outline(id=row[0], name=Text.of(json.loads(row[1])), geometry_geojson=row[2]) for row in rows
            ),
            title=title,
            url=url,
            retrieved_on=dt.date.fromisoformat(retrieved_on) if retrieved_on else None,
            sha256=sha256,
            licence=licence,
            approximate=bool(approximate),
        )

    def figures(self) -> list[Figure]:
        rows = self.rows(
            "SELECT neighbourhood, indicator, year, value, source FROM figures "
            "ORDER BY CAST(neighbourhood AS INTEGER), neighbourhood, indicator, year"
        )
        return [Figure(neighbourhood=n, indicator=i, year=y, value=v, source=s) for n, i, y, v, s in rows]

    def setting(self, key: str) -> str:
        rows = self.rows("SELECT value FROM settings WHERE key = ?", key)
        return str(rows[0][0]) if rows else ""

    @contextmanager
    def write(self, by: str) -> Iterator[Writing]:
        with self.transaction(by) as transaction:
            writing = _SqliteWriting(self._database(), transaction)
            yield writing
            writing.finish()

    @contextmanager
    def transaction(self, by: str) -> Iterator[Transaction]:
        """One transaction by somebody (an account id), for every table here; on an exception nothing of it happened.

        Raises `Problem` when the disk is full or the store cannot be written.
        """
        # IMMEDIATE takes the write lock before the first read, so no read-modify-write is ever lost.
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                transaction = Transaction(self._connection, by)
                try:
                    yield transaction
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
                if transaction.purged:
                    # What was purged must not linger in the write-ahead log either.
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.OperationalError as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise Problem(
                    N_("Nothing was saved: the store cannot be written ({error}). Free some disk space or try again."),
                    error=error,
                ) from None

    def audit(self, after: int = 0) -> Iterator[AuditLine]:
        return read_lines(
            self.rows("SELECT seq, at, by, verb, about, hash FROM audit WHERE seq > ? ORDER BY seq", after)
        )

    def problems(self) -> list[str]:
        found = [row[0] for row in self.rows("PRAGMA integrity_check") if row[0] != "ok"]
        broken = first_broken(self.audit())
        if broken is not None:
            found.append(f"audit: the chain is broken at line {broken}")
        return found + [f"foreign key: {row}" for row in self.rows("PRAGMA foreign_key_check")]

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def _change(row: tuple[Any, ...]) -> Change:
    revision, at, by, verb, record_id, before = row
    return Change(
        revision=revision,
        at=dt.datetime.fromisoformat(at),
        by=by,
        verb=verb,
        record_id=record_id,
        before=from_json(before) if before else None,
    )


class _SqliteWriting:
    """The inventory inside one open transaction."""

    def __init__(self, database: "Database", transaction: Transaction) -> None:
        self._database = database
        self.transaction = transaction
        self._done: dict[str, list[str]] = {}

    def _note(self, verb: str, changes: Iterable[tuple[str, str | None]]) -> None:
        by, at = self.transaction.by, self.transaction.at
        noted = list(changes)
        self._done.setdefault(verb, []).extend(record_id for record_id, _before in noted)
        self._database.table("changes").insert_all(
            {"at": at, "by": by, "verb": verb, "record_id": record_id, "before": before} for record_id, before in noted
        )

    def finish(self) -> None:
        """One line of audit for each verb; the record ids themselves stand in the history."""
        for verb, ids in self._done.items():
            self.transaction.audit(verb, " ".join(ids) if len(ids) <= 2 else f"{len(ids)} records")

    def _body(self, resource_id: str) -> str | None:
        row = self._database.execute("SELECT body FROM resources WHERE id = ?", [resource_id]).fetchone()
        return row[0] if row else None

    def get(self, resource_id: str) -> Resource | None:
        body = self._body(resource_id)
        return from_json(body) if body else None

    def put(self, resources: Iterable[Resource], verb: str) -> None:
        records = list(resources)
        purged = [record.id for record in records if record.place.precision in GIVES_NO_ADDRESS]
        self._note(verb, ((record.id, self._body(record.id)) for record in records))
        self._database.table("resources").insert_all(
            ({"id": record.id, "body": to_json(record).decode()} for record in records), replace=True
        )
        for resource_id in purged:
            cursor = self._database.execute(
                # Numbers in other registers and links to them lead to the place as well.
                """UPDATE changes SET before = json_remove(before, '$.place', '$.origins', '$.sources')
                WHERE record_id = ? AND before IS NOT NULL""",
                [resource_id],
            )
            self.transaction.purged |= cursor.rowcount > 0

    def remove(self, resource_id: str, verb: str) -> None:
        self._note(verb, [(resource_id, self._body(resource_id))])
        self._database.execute("DELETE FROM resources WHERE id = ?", [resource_id])

    def set_neighbourhoods(self, neighbourhoods: NeighbourhoodSet) -> None:
        self._database.execute("DELETE FROM neighbourhood_set")
        self._database.execute("DELETE FROM neighbourhoods")
        self._database.table("neighbourhood_set").insert(
            {
                "title": neighbourhoods.title,
                "url": neighbourhoods.url,
                "retrieved_on": neighbourhoods.retrieved_on.isoformat() if neighbourhoods.retrieved_on else "",
                "sha256": neighbourhoods.sha256,
                "licence": neighbourhoods.licence,
                "approximate": int(neighbourhoods.approximate),
            }
        )
        self._database.table("neighbourhoods").insert_all(
            {
                "id": outline.id,
                "name": json.dumps(outline.name, ensure_ascii=False),
                "geometry": outline.geometry_geojson,
            }
            for outline in neighbourhoods.neighbourhoods
        )
        self._note("load_neighbourhoods", [("neighbourhoods", None)])

    def set_figures(self, figures: Iterable[Figure]) -> None:
        rows = list(figures)
        for indicator, year in {(row.indicator, row.year) for row in rows}:
            self._database.execute("DELETE FROM figures WHERE indicator = ? AND year = ?", [indicator, year])
        self._database.table("figures").insert_all(
            {
                "neighbourhood": row.neighbourhood,
                "indicator": row.indicator,
                "year": row.year,
                "value": row.value,
                "source": row.source,
            }
            for row in rows
        )
        self._note("load_figures", [("figures", None)])

    def set_setting(self, key: str, value: str) -> None:
        self._database.table("settings").upsert({"key": key, "value": value}, pk="key")
