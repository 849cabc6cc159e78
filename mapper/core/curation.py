"""The coach's verbs: duplicates, merging and undoing it, and whom to call about what."""

import datetime as dt
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from mapper.access import Actor, Subject, Verb, may, may_all
from mapper.calls import confirmed
from mapper.core.authority import about, demand
from mapper.curation.blocks import Blocks
from mapper.curation.duplicates import Twins, compare
from mapper.curation.freshness import (
    DEFAULT_MONTHS,
    FACTS,
    OUTCOMES,
    Call,
    ContactMade,
    Heard,
    call_about,
    call_list,
    is_asked,
)
from mapper.curation.marks import read_marks
from mapper.curation.merging import Choice, Merged, merge, no_wider_than, undone
from mapper.curation.names import Name, NameReader
from mapper.geography import Geography
from mapper.model import Problem, Resource
from mapper.store.curation import CurationStore, Merge
from mapper.text import N_

if TYPE_CHECKING:
    from mapper.core import Mapper

#: Taken for one thing with what somebody types only when it could be seen in a list.
_MOST_ALIKE = 5
_FOUND_BY_NAME = 20
_NOT_COMPARED = ("merged", "closed")


class Alike(NamedTuple):
    """A record that may be what somebody is writing down."""

    record: Resource
    twins: Twins


class Waiting(NamedTuple):
    """Two records that may be one, for a person to decide."""

    twins: Twins
    left: Resource
    right: Resource


class Done(NamedTuple):
    """One merge as a coach sees it."""

    merge: Merge
    kept: Resource | None
    gone: Resource | None


class Curation:
    """Keeping the inventory of an instance true."""

    def __init__(self, mapper: "Mapper", store: CurationStore, heard: Heard) -> None:
        self._mapper = mapper
        self._store = store
        #: Counts from calls, reports and introductions.
        self.heard = heard
        self._lock = threading.Lock()
        self._revision = -1
        self._geography: Geography | None = None
        self._twins: dict[tuple[str, str], Twins] = {}

    # Duplicates

    def alike(self, actor: Actor, record: Resource) -> list[Alike]:
        """Records that may be what is being written down, likeliest first. Compares what is known so far.

        For the form and for imports; a name that is only begun is understood too. Looks at nothing hidden.
        """
        demand(actor, "curate")
        with self._lock:
            blocks = self._compared()
            (marks,) = read_marks([record], self._reader, self._mapper.geography)
            catalogue = self._mapper.catalogue(actor)
            ids = blocks.near(marks)
            name = record.name.best()[1]
            if name:
                hits = self._mapper.find(name, actor, limit=_FOUND_BY_NAME).hits
                ids |= {hit.resource.id for hit in hits} & blocks.marks.keys()
            found = []
            for other_id in ids - {record.id}:
                twins = compare(marks, blocks.marks[other_id], blocks.crowds)
                other = catalogue.get(other_id)
                # Before there is a name, one telephone number or door is all that can be told.
                likely = twins.verdict != "different" or (not marks.names and twins.weight >= 1)
                if other is not None and (likely or _begun(marks.names, other_id, blocks)):
                    found.append(Alike(other, twins))
        found.sort(key=lambda one: (-one.twins.weight, one.record.id))
        return found[:_MOST_ALIKE]

    def warm(self) -> None:
        """Compares everything once, so that nobody who opens the list of duplicates waits for it."""
        with self._lock:
            self._compared()

    def _compared(self) -> Blocks:
        """Everything that can be a duplicate, by its keys, as it is now."""
        # Everybody who may curate reads the professional snapshot; it holds nothing hidden.
        catalogue = self._mapper.catalogue(_READER)
        geography = self._mapper.geography
        if geography is not self._geography:
            self._geography, self._reader = geography, NameReader(geography)
            self._blocks = Blocks(read_marks([one for one in catalogue if _is_compared(one)], self._reader, geography))
            self._twins = {(twins.left, twins.right): twins for twins in self._blocks.twins()}
        elif catalogue.revision != self._revision:
            self._take_in(self._mapper.changed_since(self._revision))
        self._revision = catalogue.revision
        return self._blocks

    def _take_in(self, changed: Iterable[str]) -> None:
        catalogue, geography = self._mapper.catalogue(_READER), self._mapper.geography
        ids = set(changed)
        self._twins = {pair: twins for pair, twins in self._twins.items() if ids.isdisjoint(pair)}
        records = [record for one in sorted(ids) if (record := catalogue.get(one)) and _is_compared(record)]
        for record_id in ids:
            self._blocks.remove(record_id)
        for marks in read_marks(records, self._reader, geography) if records else ():
            self._blocks.add(marks)
            for other_id in self._blocks.near(marks):
                twins = compare(marks, self._blocks.marks[other_id], self._blocks.crowds)
                if twins.verdict != "different":
                    self._twins[twins.left, twins.right] = twins

    def duplicates(self, actor: Actor) -> list[Waiting]:
        """Pairs that may be one, surely the same first; without those that somebody said are two."""
        demand(actor, "curate")
        with self._lock:
            self._compared()
            twins = list(self._twins.values())
        catalogue, told_apart = self._mapper.catalogue(actor), self._store.not_same()
        found = []
        for pair in sorted(twins, key=lambda one: (one.verdict != "same", -one.weight, one.left, one.right)):
            left, right = catalogue.get(pair.left), catalogue.get(pair.right)
            if left is None or right is None or (pair.left, pair.right) in told_apart:
                continue
            if all(self._may(actor, "merge_records", one) for one in (left, right)):
                found.append(Waiting(pair, left, right))
        return found

    def pair(self, actor: Actor, one: str, other: str) -> Waiting:
        """Two records beside each other, whatever was thought of them. Raises `Refused` and `Problem`."""
        left, right = (self._demanded(actor, "merge_records", record_id) for record_id in sorted((one, other)))
        if left.id == right.id:
            raise Problem(N_("These are one record already. Choose two."))
        geography = self._mapper.geography
        left_marks, right_marks = read_marks([left, right], NameReader(geography), geography)
        return Waiting(compare(left_marks, right_marks), left, right)

    def not_same(self, actor: Actor, one: str, other: str) -> None:
        """Remembers that two records are two things: they are never proposed again."""
        self.pair(actor, one, other)
        with self._store.transaction(actor.id) as transaction:
            self._store.put_not_same(transaction, one, other)
            transaction.audit("not_same", " ".join(sorted((one, other))))

    # Merging

    def merge(self, actor: Actor, kept_id: str, other_id: str, choices: Mapping[str, Choice]) -> int:
        """Makes one record of two; returns the number of the merge, which can be undone.

        Links to the other one go on working. Raises `Refused`, and `Problem` when one of them is merged already.
        """
        self.pair(actor, kept_id, other_id)
        with self._store.write(actor.id) as writing:
            kept, other = writing.get(kept_id), writing.get(other_id)
            if kept is None or other is None or "merged" in (kept.status, other.status):
                raise Problem(N_("One of the two was merged or removed just now. Look at the list again."))
            done = merge(kept, other, choices)
            writing.put([done.kept, done.gone], "merge")
            merge_id = self._store.put_merge(writing.transaction, kept_id, other_id)
        self._mapper.see_own_write()
        return merge_id

    def merges(self, actor: Actor) -> list[Done]:
        """The merges that can be undone, latest first, as far as this actor looks after what stayed."""
        demand(actor, "merge_records")
        found = []
        for one in self._store.merges():
            kept, gone = self._store.record(one.kept), self._store.record(one.gone)
            if one.undone_at or kept is None or gone is None or gone.merged_into != kept.id:
                continue
            if self._may(actor, "read", kept) and self._may(actor, "merge_records", kept):
                found.append(Done(one, kept, gone))
        return found

    def undo_merge(self, actor: Actor, merge_id: int) -> bool:
        """Makes two of them again; whether both are exactly as they were.

        When the one that stayed was changed in the meantime, it stays as it is now. Raises `Refused` and `Problem`.
        """
        one = self._store.merge(merge_id)
        if one is None or one.undone_at:
            raise Problem(N_("This merge was undone already, or never was. Look at the list again."))
        self._demanded(actor, "merge_records", one.kept)
        kept_change, gone_change = self._store.change(one.kept_change), self._store.change(one.gone_change)
        with self._store.write(actor.id) as writing:
            now, gone_now = writing.get(one.kept), writing.get(one.gone)
            before = (kept_change and kept_change.before, gone_change and gone_change.before)
            if now is None or gone_now is None or gone_now.merged_into != one.kept or not all(before):
                raise Problem(N_("One of the two was changed too much to part them again. See its history."))
            as_merged = self._store.last_change(one.kept) == one.kept_change
            parted: Merged = undone(before[0], before[1], now, as_merged)  # type: ignore[arg-type]
            if self._store.last_change(one.gone) != one.gone_change:
                parted = parted._replace(gone=no_wider_than(gone_now, parted.gone))
            writing.put([parted.kept, parted.gone], "undo_merge")
            self._store.end_merge(writing.transaction, merge_id)
        self._mapper.see_own_write()
        return as_merged

    # Keeping fresh

    def call_list(self, actor: Actor) -> list[Call]:
        """Whom to call, most worth it first: only those that may be asked now, each with all there is to ask."""
        demand(actor, "curate")
        return call_list(self._call(record, *self._asked()) for record in self._own(actor) if is_asked(record))

    def call(self, actor: Actor, record_id: str) -> Call:
        """What to ask one group, and from when. Raises `Refused` and `Problem`."""
        return self._call(self._demanded(actor, "curate", record_id), *self._asked())

    def contacts(self, actor: Actor, record_id: str) -> list[ContactMade]:
        """When a group was asked what, latest first. Raises `Refused` and `Problem`."""
        self._demanded(actor, "curate", record_id)
        return self._store.contacts().get(record_id, [])

    def months_between(self, actor: Actor, record_id: str) -> int:
        """How many months a group wants between two conversations; 0 is never."""
        self._demanded(actor, "curate", record_id)
        return self._store.rules().get(record_id, DEFAULT_MONTHS)

    def contact_made(
        self, actor: Actor, record_id: str, asked: Iterable[str], outcome: str, *, still_correct: bool = False
    ) -> None:
        """Notes that a group was asked something today; with `still_correct` its facts are checked as of today.

        Who asks not to be called again is not put on the list again. Raises `Refused` and `Problem`.
        """
        record = self._demanded(actor, "curate", record_id)
        if outcome not in OUTCOMES:
            raise Problem(N_("Choose how the call went."))
        facts = tuple(fact for fact in dict.fromkeys(asked) if fact in FACTS)
        with self._store.write(actor.id) as writing:
            if still_correct and outcome == "spoke":
                writing.put(
                    [confirmed(writing.get(record_id) or record, self._today(), "professional")], "still_correct"
                )
            else:
                writing.transaction.audit("contact_made", record_id)
            self._store.put_contact(writing.transaction, record_id, self._today(), facts, outcome)
            if outcome == "no_more_calls":
                self._store.set_rule(writing.transaction, record_id, 0)
        self._mapper.see_own_write()

    def set_rule(self, actor: Actor, record_id: str, months: int) -> None:
        """How many months a group wants between two conversations (1 to 60); 0 is never again."""
        self._demanded(actor, "curate", record_id)
        if not 0 <= months <= 60:
            raise Problem(N_("Give a number of months from 0 (never) to 60."))
        with self._store.transaction(actor.id) as transaction:
            self._store.set_rule(transaction, record_id, months)
            transaction.audit("contact_rule", record_id)

    # The desk

    def new_notes(self, actor: Actor) -> list[Resource]:
        """What coaches wrote down on the street and no group agreed to yet, in this actor's neighbourhoods."""
        demand(actor, "curate")
        return [one for one in self._own(actor) if one.ground == "coach_notes" and one.status not in _NOT_COMPARED]

    # Who may

    def _own(self, actor: Actor) -> list[Resource]:
        geography, records = self._mapper.geography, list(self._mapper.catalogue(actor))
        if may_all(actor, "curate"):
            return records
        located = geography.areas_of_all([one.place for one in records])
        areas = set(actor.areas)
        return [
            one for one, here in zip(records, located, strict=True) if not areas.isdisjoint((*here, *one.service_area))
        ]

    def _may(self, actor: Actor, verb: Verb, record: Resource) -> bool:
        return may(actor, verb, about(record, self._mapper.geography))

    def _demanded(self, actor: Actor, verb: Verb, record_id: str) -> Resource:
        """The record, when this actor may read it and do this to it."""
        record = self._store.record(record_id)
        if record is None:
            demand(actor, verb, Subject())
            raise Problem(N_("There is no record {id}. Find its id with: mapper search NAME"), id=record_id)
        subject = about(record, self._mapper.geography)
        demand(actor, "read", subject)
        demand(actor, verb, subject)
        return record

    def _asked(self) -> tuple[dict[str, list[ContactMade]], dict[str, int], Mapping[str, int], Mapping[str, int]]:
        return self._store.contacts(), self._store.rules(), self.heard.uses(), self.heard.said_wrong()

    def _call(
        self,
        record: Resource,
        contacts: Mapping[str, list[ContactMade]],
        rules: Mapping[str, int],
        uses: Mapping[str, int],
        wrong: Mapping[str, int],
    ) -> Call:
        months = rules.get(record.id, DEFAULT_MONTHS)
        one = record.id
        return call_about(record, self._today(), contacts.get(one, ()), months, uses.get(one, 0), wrong.get(one, 0))

    def _today(self) -> dt.date:
        return self._mapper.now().date()


#: Reads the snapshot that everybody who may curate may read.
_READER = Actor(role="coach")


def _is_compared(record: Resource) -> bool:
    return record.status not in _NOT_COMPARED


def _begun(names: Iterable[Name], other_id: str, blocks: Blocks) -> bool:
    """Whether a name that is still being typed begins the name of another."""
    typed = [name.whole for name in names if len(name.whole) > 3]
    return any(other.whole.startswith(one) for other in blocks.marks[other_id].names for one in typed)
