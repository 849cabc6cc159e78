"""What a coach brings home: a sheet looked at before it is taken over, a place added on the street. With undo."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from mapper.access import Actor, Subject, may
from mapper.core.authority import about, demand
from mapper.core.curation import Alike
from mapper.exchange.gathered import Choices, readings, rows_to_locate
from mapper.exchange.geocoding import Geocoder, Located, from_environment
from mapper.exchange.lists import Sheet, read_sheet
from mapper.exchange.plan import ImportReport, Plan
from mapper.exchange.reading import Reading
from mapper.geography import Geography
from mapper.model import GIVES_NO_ADDRESS, Place, Problem, Resource, is_wider, new_id, restored, without_trace
from mapper.store import Store
from mapper.store.gathering import SqliteGathering, Taken
from mapper.text import N_

if TYPE_CHECKING:
    from mapper.core import Mapper

#: Long enough for a meeting and a night between two pages, too short to be a copy of somebody's list.
SHEET_WAITS = dt.timedelta(hours=24)
_MOST_LOCATED = 200


class Gathering:
    """A coach's own way in. Everything it adds is the coach's notes, for professionals, until the group agrees."""

    def __init__(self, mapper: "Mapper", store: Store, sheets: SqliteGathering) -> None:
        self._mapper, self._store, self._sheets = mapper, store, sheets
        self._geocoder: Geocoder | None = None

    def add(self, actor: Actor, resource: Resource, draft: str = "") -> str:
        """Adds one place; gives its id. `draft`: a phone's own number of it; sent a second time it is the same place.

        Raises `Refused` outside the coach's neighbourhoods.
        """
        resource = _unseen(msgspec.structs.replace(resource, id=new_id()))
        demand(actor, "add_record", about(resource, self._mapper.geography))
        if self._mapper.stewards.is_left_out(resource):
            raise Problem(N_("This group asked to be left out of the map. Ask the group itself first."))
        with self._store.write(actor.id) as writing:
            known = self._sheets.place_of_draft(actor.id, draft) if draft else ""
            if known:
                return known
            writing.put([resource], "add")
            if draft:
                self._sheets.note_draft(writing.transaction, draft, resource.id)
        self._mapper.refresh(at_once=True)
        return resource.id

    def sent(self, actor: Actor, draft: str) -> str:
        """The place that a draft of this coach became when it was sent before; "" when it was not."""
        return self._sheets.place_of_draft(actor.id, draft) if draft else ""

    def twins(self, actor: Actor, records: Iterable[Resource]) -> dict[str, Alike]:
        """For each of these records that is surely here already under another id, which one it is, by id."""
        found = {}
        for record in records:
            surely = [one for one in self._mapper.curation.alike(actor, record) if one.twins.verdict == "same"]
            if surely:
                found[record.id] = surely[0]
        return found

    def bring(self, actor: Actor, body: bytes, name: str) -> str:
        """Reads a spreadsheet and lets it wait for the next page; gives its id. Raises `Problem`."""
        demand(actor, "add_record")
        sheet = read_sheet(body, name[:120])
        sheet_id, now = new_id(), self._mapper.now()
        with self._store.transaction(actor.id) as transaction:
            self._sheets.forget(transaction, "", now)
            self._sheets.keep(transaction, sheet_id, sheet, now + SHEET_WAITS)
            transaction.audit("bring_sheet", sheet_id)
        return sheet_id

    def sheet(self, actor: Actor, sheet_id: str) -> Sheet:
        """A sheet that this coach brought. Raises `Problem` when it is not here any more."""
        demand(actor, "add_record")
        sheet = self._sheets.sheet(sheet_id, actor.id, self._mapper.now())
        if sheet is None:
            raise Problem(N_("This list is not here any more: it waits for a day. Choose the file again."))
        return sheet

    def preview(self, actor: Actor, sheet_id: str, choices: Choices) -> tuple[ImportReport, tuple[Resource, ...]]:
        """What taking a sheet over would do, and the records it would write. Nothing is changed."""
        plan = self._plan(actor, self._rows(actor, sheet_id, choices))
        return plan.report(), tuple(plan.writes)

    def left_out(self, actor: Actor, sheet_id: str, choices: Choices) -> list[tuple[int | None, Problem]]:
        """What would be left out of rows that come in, by line: a number nobody can call, hours nobody can read."""
        return [(row.line, note) for row in self._rows(actor, sheet_id, choices) for note in row.notes]

    def take(self, actor: Actor, sheet_id: str, choices: Choices) -> tuple[str, ImportReport]:
        """Takes a sheet over, all of it in one transaction; gives the id of the import and what it did."""
        sheet = self.sheet(actor, sheet_id)
        rows = list(self._rows(actor, sheet_id, choices))
        import_id, now = new_id(), self._mapper.now()
        # Planned before the transaction, since it asks the map; the revision tells whether it still holds.
        before = self._store.revision()
        plan = self._plan(actor, rows)
        with self._store.write(actor.id) as writing:
            if self._store.revision() != before:
                raise Problem(N_("Somebody changed the map meanwhile. Look once more, then take the list over."))
            if plan.writes:
                writing.put(plan.writes, "import")
            self._sheets.note(writing.transaction, import_id, sheet.name, before + 1)
            self._sheets.forget(writing.transaction, sheet_id, now)
        self._mapper.refresh(at_once=True)
        return import_id, plan.report()

    def taken(self, actor: Actor, import_id: str) -> Taken:
        """An import of this coach. Raises `Problem` when there is none."""
        demand(actor, "add_record")
        found = self._sheets.taken(import_id, actor.id)
        if found is None:
            raise Problem(N_("There is no such import of yours."))
        return found

    def undo(self, actor: Actor, import_id: str) -> int:
        """Puts back every record as it was before an import, those that somebody changed since left alone.

        Those that it would open wider, or that are no longer this coach's, stay as well. Gives how many were put back.
        """
        taken, geography = self.taken(actor, import_id), self._mapper.geography
        undone = 0
        with self._store.write(actor.id) as writing:
            for revision in range(taken.first_revision, taken.last_revision + 1):
                change = self._store.change(revision)
                if change is None or change.by != actor.id or change.verb != "import":
                    continue
                if self._store.history(change.record_id)[0].revision != revision:
                    continue
                current = writing.get(change.record_id)
                if current is None or not may(actor, "edit_record", about(current, geography)):
                    continue
                if change.before is None:
                    writing.remove(change.record_id, "undo")
                else:
                    back = restored(change.before, current)
                    if is_wider(current, back) or not may(actor, "edit_record", about(back, geography)):
                        continue
                    writing.put([back], "undo")
                undone += 1
        self._mapper.refresh(at_once=True)
        return undone

    def locate(self, actor: Actor, sheet_id: str, choices: Choices) -> dict[int, Located]:
        """The surest point for each row with an address and none, by line, asked of the operator's service.

        {} without a service. A person confirms each. Raises `Problem` when the service does not answer.
        """
        sheet = self.sheet(actor, sheet_id)
        geocoder = self._service()
        found: dict[int, Located] = {}
        if geocoder is None:
            return found
        for line, address in list(rows_to_locate(sheet, choices))[:_MOST_LOCATED]:
            answers = geocoder.locate(address)
            if answers:
                found[line] = answers[0]
        return found

    def outside(self, actor: Actor, located: Mapping[int, Located]) -> set[int]:
        """The lines whose point lies where this coach may add nothing: such a row could not come in with it."""
        geography, found = self._mapper.geography, set()
        for line, one in located.items():
            area = geography.area_of(Place(precision="exact", lon=one.point.lon, lat=one.point.lat)).neighbourhood
            if not may(actor, "add_record", Subject(areas=(area,) if area else ())):
                found.add(line)
        return found

    @property
    def can_locate(self) -> bool:
        """Whether the operator chose a geocoding service."""
        return self._service() is not None

    def _service(self) -> Geocoder | None:
        if self._geocoder is None:
            self._geocoder = from_environment()
        return self._geocoder

    def _rows(self, actor: Actor, sheet_id: str, choices: Choices) -> Iterator[Reading]:
        yield from readings(self.sheet(actor, sheet_id), choices, self._mapper.now().date())

    def _plan(self, actor: Actor, rows: Iterable[Reading]) -> Plan:
        geography = self._mapper.geography
        records = {record.id: record for record in self._store.resources()}
        last_by = self._store.last_changed_by()

        def may_replace(record_id: str) -> bool:
            # A list replaces what the same coach wrote; what anybody else said since is left alone.
            mine = last_by.get(record_id) == actor.id
            return mine and may(actor, "edit_record", about(records[record_id], geography))

        plan = Plan(records.values(), may_replace, self._mapper.stewards.is_left_out)
        for row in rows:
            plan.add(_inside(row, actor, geography))
        return plan


def _inside(row: Reading, actor: Actor, geography: Geography) -> Reading:
    """A row of the coach's own neighbourhoods; any other becomes a problem."""
    if row.resource is None or may(actor, "add_record", about(row.resource, geography)):
        return row
    problem = Problem(
        N_("Line {line} lies outside your neighbourhoods. Send it to the coach there."), line=row.line or 0
    )
    return Reading(row.line, problem=problem, file=row.file)


def _unseen(resource: Resource) -> Resource:
    """A record as a coach may add it: never public, never on the group's behalf."""
    if resource.place.precision in GIVES_NO_ADDRESS:
        resource = without_trace(resource)
    return msgspec.structs.replace(resource, visibility="professional", ground="coach_notes", status="reported",
                                   checked_on=None)  # fmt: skip
