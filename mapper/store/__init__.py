"""Where records are kept. The docstrings of `Store` are the contract; tests/test_store.py holds every engine to it."""

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from mapper.geography import NeighbourhoodSet
from mapper.model import Figure, Record, Resource
from mapper.store.audit import AuditLine, Transaction


class Change(Record, frozen=True):
    """One thing that was done to one record. `before` is None where there was nothing before."""

    revision: int
    at: dt.datetime
    by: str
    verb: str
    record_id: str
    before: Resource | None = None


class Writing(Protocol):
    """One transaction. Every call below adds one `Change`; leaving it by an exception undoes them all."""

    @property
    def transaction(self) -> Transaction:
        """The transaction itself, for the other tables that change with the record."""

    def get(self, resource_id: str) -> Resource | None:
        """The record as this transaction sees it."""

    def put(self, resources: Iterable[Resource], verb: str) -> None:
        """Adds records, or replaces those with the same id.

        A record that gives no address (precision neighbourhood or contact_only) takes the places out of its
        own history too, so that what was once known cannot be read back.
        """

    def remove(self, resource_id: str, verb: str) -> None:
        """Takes a record away; its last state stays in the history."""

    def set_neighbourhoods(self, neighbourhoods: NeighbourhoodSet) -> None:
        """Replaces the whole set of neighbourhoods."""

    def set_figures(self, figures: Iterable[Figure]) -> None:
        """Replaces the figures of the same indicator and year; other figures stay."""

    def set_setting(self, key: str, value: str) -> None:
        """Remembers one word of the instance itself."""


class Store(Protocol):
    """A durable set of records with their history. Safe to use from several threads and processes."""

    def revision(self) -> int:
        """The number of the last change by anyone, 0 when there was none. Cheap: asked before every answer."""

    def resources(self) -> Iterator[Resource]:
        """Every record, in order of id."""

    def resource(self, resource_id: str) -> Resource | None:
        """One record."""

    def resource_count(self) -> int:
        """How many records there are."""

    def changed_since(self, revision: int) -> set[str]:
        """Ids of records that changed after a revision."""

    def history(self, resource_id: str) -> list[Change]:
        """What was done to a record, latest first."""

    def change(self, revision: int) -> Change | None:
        """One change."""

    def revision_of(self, record_id: str) -> int:
        """The number of the last change to a record, 0 when there was none; inside a transaction what it sees."""

    def last_changed_by(self) -> dict[str, str]:
        """Record id -> who changed it last."""

    def neighbourhoods(self) -> NeighbourhoodSet | None:
        """The loaded set of neighbourhoods; None until one is loaded."""

    def figures(self) -> list[Figure]:
        """All figures, by neighbourhood, indicator and year."""

    def setting(self, key: str) -> str:
        """A remembered word, "" when there is none."""

    def write(self, by: str) -> AbstractContextManager[Writing]:
        """One transaction by somebody (an account id). Writers wait for each other; none overwrites another unseen."""

    def transaction(self, by: str) -> AbstractContextManager[Transaction]:
        """One transaction by somebody for tables beside the inventory; on an exception nothing of it happened."""

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What a question in SQL gives, outside any transaction; for the other files of this room."""

    def audit(self, after: int = 0) -> Iterator[AuditLine]:
        """Every line of the audit chain with a number above `after`, oldest first."""

    def problems(self) -> list[str]:
        """What the engine itself finds wrong with its files; empty when all is well."""

    def close(self) -> None:
        """Lets go of the files. Nothing may be asked afterwards."""
