"""What an import would do: which records are new, changed, the same, kept as they are, or refused.

Pure: reads nothing, writes nothing. `core` carries a plan out in one transaction.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from mapper.exchange.reading import NEW, Reading, merged
from mapper.model import (
    GIVES_NO_ADDRESS,
    PRECISIONS,
    VISIBILITIES,
    Problem,
    Record,
    Resource,
    is_wider,
    new_id,
    without_trace,
)
from mapper.text import N_, fold


class Refused(Record, frozen=True):
    """One thing that was not taken over, and why."""

    file: str
    line: int | None
    message: str
    data: dict[str, str]


class ImportReport(Record, frozen=True):
    """What an import did, or would do: ids per outcome. `kept` were edited here since and are left alone."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()


class Plan:
    """Sorts readings one by one; `writes` holds what would be written."""

    def __init__(
        self,
        existing: Iterable[Resource],
        may_replace: Callable[[str], bool],
        is_left_out: Callable[[Resource], bool] = lambda _resource: False,
    ) -> None:
        self._may_replace = may_replace
        self._is_left_out = is_left_out
        self._by_id: dict[str, Resource] = {}
        self._by_origin: dict[tuple[str, str], str] = {}
        self._by_look: dict[tuple[str, float, float], str] = {}
        self._seen: dict[str, int | None] = {}
        self.writes: list[Resource] = []
        self._outcomes: dict[str, list[str]] = {"new": [], "changed": [], "same": [], "kept": []}
        self._refused: list[Refused] = []
        for record in existing:
            self._know(record)

    def _know(self, record: Resource) -> None:
        self._by_id[record.id] = record
        for origin in record.origins:
            self._by_origin[origin.source, origin.external_id] = record.id
        for look in _looks(record):
            self._by_look.setdefault(look, record.id)

    def report(self) -> ImportReport:
        """What the readings given so far come to."""
        outcomes: Mapping[str, tuple[str, ...]] = {name: tuple(ids) for name, ids in self._outcomes.items()}
        return ImportReport(**outcomes, refused=tuple(self._refused))

    def add(self, reading: Reading) -> None:
        """Sorts one reading."""
        try:
            if reading.problem is not None:
                raise reading.problem
            if reading.resource is not None:
                self._add(reading.resource, reading)
        except Problem as problem:
            data = {key: str(value) for key, value in problem.data.items()}
            self._refused.append(Refused(file=reading.file, line=reading.line, message=problem.message, data=data))

    def _add(self, incoming: Resource, reading: Reading) -> None:
        if self._is_left_out(incoming):
            raise Problem(
                N_("“{name}” asked to be left out of the map. Leave it out of the file, or ask the group itself."),
                name=incoming.name.best()[1],
            )
        known = self._known_as(incoming)
        if known in self._seen:
            raise Problem(
                N_("“{name}” stands in the file twice (first on line {first}). Keep one of the two."),
                name=incoming.name.best()[1],
                first=self._seen[known] or "?",
            )
        record_id = known or (new_id() if incoming.id == NEW else incoming.id)
        incoming = msgspec.structs.replace(incoming, id=record_id)
        self._seen[record_id] = reading.line
        before = self._by_id.get(record_id)
        if before is None:
            self._outcomes["new"].append(record_id)
        elif not self._may_replace(record_id):
            self._outcomes["kept"].append(record_id)
            return
        else:
            incoming = never_wider(before, merged(before, reading))
            if incoming == before:
                self._outcomes["same"].append(record_id)
                return
            self._outcomes["changed"].append(record_id)
        if incoming.place.precision in GIVES_NO_ADDRESS:
            incoming = without_trace(incoming)
        self._know(incoming)
        self.writes.append(incoming)

    def _known_as(self, incoming: Resource) -> str:
        """The id under which a record is already here, "" when it is not. Raises `Problem` when a person must say."""
        if incoming.id != NEW:
            return incoming.id if incoming.id in self._by_id else ""
        for origin in (*incoming.origins, *without_trace(incoming).origins):
            if (origin.source, origin.external_id) in self._by_origin:
                return self._by_origin[origin.source, origin.external_id]
        twin = next((self._by_look[look] for look in _looks(incoming) if look in self._by_look), "")
        if twin and not self._same_register(twin, incoming):
            raise Problem(
                N_("“{name}” looks the same as record {twin}, already here. Give it that id, or leave it out."),
                name=incoming.name.best()[1],
                twin=twin,
            )
        return ""

    def _same_register(self, twin: str, incoming: Resource) -> bool:
        # One register that gives two numbers means two things, however alike they look.
        known = {origin.source for origin in self._by_id[twin].origins}
        return any(origin.source in known for origin in incoming.origins)


def _looks(record: Resource) -> Iterator[tuple[str, float, float]]:
    """Each of its present names with its place rounded to about a hundred metres; nothing without a point."""
    if record.place.lon is None or record.place.lat is None:
        return
    for name in (record.name, *record.other_names):
        for words in name.values():
            yield fold(words), round(record.place.lon, 3), round(record.place.lat, 3)


def never_wider(before: Resource, incoming: Resource) -> Resource:
    """The incoming record, no more visible and no more precise than it was: a file never opens a door."""
    if VISIBILITIES.index(incoming.visibility) > VISIBILITIES.index(before.visibility):
        incoming = msgspec.structs.replace(incoming, visibility=before.visibility, ground=before.ground)
    if PRECISIONS.index(incoming.place.precision) > PRECISIONS.index(before.place.precision):
        incoming = msgspec.structs.replace(incoming, place=before.place)
    if is_wider(before, incoming):
        # What is left is what only the group says: whether papers are asked, and that it may be listed at all.
        thresholds = msgspec.structs.replace(incoming.thresholds, papers_public=before.thresholds.papers_public)
        incoming = msgspec.structs.replace(incoming, thresholds=thresholds, ground=before.ground)
    return incoming
