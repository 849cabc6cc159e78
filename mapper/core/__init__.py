"""The front door: one method per verb a user knows. Authority, one transaction and the history live here."""

import datetime as dt
import hashlib
import math
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from mapper import taxonomy
from mapper.access import RESIDENT, Actor, Subject, Verb, may, may_all
from mapper.catalogue import Catalogue
from mapper.checks import Finding, findings
from mapper.core.accounts import Accounts
from mapper.core.authority import Changed, about, demand
from mapper.core.calls import Calls
from mapper.core.cases import Cases
from mapper.core.coverage import Coverage
from mapper.core.curation import Curation
from mapper.core.gathering import Gathering
from mapper.core.heard import HeardHere
from mapper.core.keys import Keys
from mapper.core.passwords import InstanceKey
from mapper.core.referrals import Referrals
from mapper.core.sessions import Sessions
from mapper.core.snapshots import Snapshots
from mapper.core.stewards import Stewards
from mapper.exchange.plan import ImportReport, Plan
from mapper.exchange.reading import Reading
from mapper.geography import Geography, NeighbourhoodSet
from mapper.matching import Excluded, Match, match, why
from mapper.matching.audit import Audit, audit
from mapper.matching.profile import read_profile
from mapper.model import (
    GIVES_NO_ADDRESS,
    Figure,
    Point,
    Problem,
    Profile,
    Reason,
    Resource,
    is_wider,
    restored,
    without_trace,
)
from mapper.opening import now_in_brussels
from mapper.search import Query, Results, Suggestion, find
from mapper.shipped import data_folder
from mapper.store import Change
from mapper.store.accounts import AccountStore
from mapper.store.audit import AuditLine, Verified, verified
from mapper.store.calls import CallTables
from mapper.store.cases import CaseStore
from mapper.store.curation import CurationStore
from mapper.store.gathering import SqliteGathering
from mapper.store.sqlite import SqliteStore
from mapper.store.stewards import StewardTables
from mapper.text import N_

#: Who can be asked where to go.
_KNOW_THE_CITY = ("general_welfare_centre", "public_welfare_centre", "local_service_centre")
_SHIPPED = "shipped"
_IMPORT = "import"


class Mapper:
    """An open instance. `Mapper.open(home)` gives one; use it in a `with` statement or call `close`."""

    def __init__(self, store: SqliteStore, home: Path, clock: Callable[[], dt.datetime] = now_in_brussels) -> None:
        self._store = store
        self._clock = clock
        #: The folder of the instance.
        self.home = home
        self.taxonomy = taxonomy.load()
        self._snapshots = Snapshots(store, self.taxonomy)
        #: The patchwork, links and gaps of neighbourhoods.
        self.coverage = Coverage(self, store)
        account_store, key = AccountStore(store), InstanceKey(home)
        self.sessions = Sessions(account_store, key, clock)
        self.gathering = Gathering(self, store, SqliteGathering(store))
        self.accounts = Accounts(account_store, key, self.sessions, clock, self._demand_of_record)
        self.keys = Keys(home)
        case_store = CaseStore(store, self.keys.store)
        self.cases = Cases(case_store, clock, self.catalogue)
        self.referrals = Referrals(case_store, clock)
        self.calls = Calls(self, store)
        self.stewards = Stewards(self, store)
        heard = HeardHere(CallTables(store), case_store, StewardTables(store), clock)
        self.curation = Curation(self, CurationStore(store), heard)

    @classmethod
    def open(
        cls, home: Path | str, *, create: bool = False, clock: Callable[[], dt.datetime] = now_in_brussels
    ) -> "Mapper":
        """Opens the instance in a folder; with `create` makes it when it is not there.

        Raises `Problem` when there is none, or when its store cannot be read.
        """
        home = Path(home)
        store_file = home / "mapper.sqlite"
        if create:
            _make_home(home)
        elif not store_file.is_file():
            raise Problem(
                N_(
                    "There is no inventory in {home} yet. "
                    "Make one with `mapper create`, try `mapper demo`, or give --home."
                ),
                home=home,
            )
        return cls(SqliteStore(store_file), home, clock)

    def close(self) -> None:
        """Lets go of the files."""
        self.keys.store.close()
        self._store.close()

    def __enter__(self) -> "Mapper":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # Reading: everything is answered from a snapshot.

    def refresh(self, *, at_once: bool = False) -> None:
        """Takes in what other processes wrote; looks at most every quarter of a second unless told to look at once."""
        self._snapshots.refresh(at_once=at_once)

    def catalogue(self, actor: Actor = RESIDENT) -> Catalogue:
        """The snapshot that this actor may see."""
        return self._snapshots.catalogue(actor)

    @property
    def geography(self) -> Geography:
        """Neighbourhoods, municipalities and postcodes: the official set when one is loaded, else the sketch."""
        return self._snapshots.geography

    def find(self, query: Query | str = "", actor: Actor = RESIDENT, **asked: Any) -> Results:
        """The resources that answer a query, best first. Nothing of the query is kept.

        `asked` are fields of `Query`: `mapper.find("soep", near=(4.35, 50.85), limit=5)`. Raises `Problem` for a
        field that there is not, or a place that is none.
        """
        whole = _asked(Query(text=query) if isinstance(query, str) else query, asked)
        catalogue = self.catalogue(actor)
        # Whether papers are asked is known to professionals only, so only they can ask.
        return find(
            whole, catalogue, self._snapshots.phrasebook, self._clock(), papers=may_all(actor, "read_professional")
        )

    def suggest(
        self, text: str, language: str = "nl", limit: int = 8, actor: Actor = RESIDENT
    ) -> tuple[Suggestion, ...]:
        """Ways to go on with what somebody is typing, from what this actor may see. Nothing of the text is kept."""
        catalogue = self.catalogue(actor)
        return self._snapshots.suggester.suggest(text, catalogue, language, limit)

    def somebody_to_ask(self, results: Results, actor: Actor = RESIDENT) -> Resource | None:
        """Somebody who knows the city, for when nothing answers: most general first, nearest first among equals."""
        for kind in _KNOW_THE_CITY:
            found = self.find("", actor, kinds=(kind,), near=results.query.near, limit=1)
            if found.hits and not found.relaxed:
                return found.hits[0].resource
        return None

    def show(self, resource_id: str, actor: Actor = RESIDENT) -> Resource | None:
        """One record, None when this actor may not see it or it never was: the two look the same.

        A merged record answers with the one it was merged into. The admin sees hidden records too, a steward their
        own whatever its visibility, with the facts that the public does not get.
        """
        record, passed = self._show_one(resource_id, actor), {resource_id}
        while record is not None and record.merged_into and record.merged_into not in passed:
            passed.add(record.merged_into)
            kept = self._show_one(record.merged_into, actor)
            if kept is None:
                break
            record = kept
        return record

    def _show_one(self, resource_id: str, actor: Actor) -> Resource | None:
        catalogue = self.catalogue(actor)
        record = catalogue.get(resource_id)
        if may(actor, "read_hidden"):
            stored = self._store.resource(resource_id)
            if stored is not None and may(actor, "read_hidden", about(stored, self.geography)):
                record = stored
                if not may_all(actor, "read_hidden"):
                    # A link would tell that its other end is there.
                    links = tuple(link for link in stored.links if link.to in catalogue)
                    record = msgspec.structs.replace(stored, links=links)
        return record

    def read_profile(self, table: dict[str, Any], actor: Actor = RESIDENT) -> Profile:
        """A profile from keys and values, ids or the words people use. Nothing of it is kept.

        Raises `Problem` that names the key and the nearest valid word.
        """
        return read_profile(table, self.catalogue(actor), self._snapshots.phrasebook)

    def match(self, actor: Actor, profile: Profile, keep: tuple[str, ...] = (), drop: tuple[str, ...] = ()) -> Match:
        """The slate for a profile from what this actor may see, around what is kept and without what is dropped.

        Nothing of the profile is kept or logged.
        """
        return match(profile, self.catalogue(actor), self._clock(), keep, drop, self._introduced(actor))

    def why_not(self, actor: Actor, profile: Profile, resource_id: str) -> tuple[Reason | Excluded, ...]:
        """The reasons for suggesting a record, or every limit in its way; () when this actor may not see it."""
        return why(profile, self.catalogue(actor), resource_id, self._clock(), self._introduced(actor))

    def _introduced(self, actor: Actor) -> dict[str, int]:
        """Introductions of the last weeks by place, for professionals only: they tell how much a group is asked."""
        return self.cases.recent_introductions() if may_all(actor, "read_professional") else {}

    def matthew(self, actor: Actor, people: int) -> Audit:
        """Who would get which suggestions, for so many invented people (study: Het Mattheüseffect)."""
        return audit(self.catalogue(actor), self._clock(), people)

    def area(self, words: str) -> str | None:
        """The id of the neighbourhood, postcode or municipality that goes by these words; None when unknown."""
        return self._snapshots.phrasebook.id_of("area", words)

    def need(self, words: str) -> str | None:
        """The id of the need that somebody calls by these words or by its id; None when unknown."""
        return words if words in self.taxonomy.needs else self._snapshots.phrasebook.id_of("need", words)

    def now(self) -> dt.datetime:
        """This moment in Brussels, by the clock this instance was opened with."""
        return self._clock()

    def resources(self, actor: Actor) -> Iterable[Resource]:
        """Every record this actor may see, hidden ones included for the admin; for exports."""
        return self._store.resources() if may_all(actor, "read_hidden") else iter(self.catalogue(actor))

    def count(self) -> int:
        """How many records there are, whoever may see them."""
        return self._store.resource_count()

    def figures(self) -> list[Figure]:
        """The sourced figures of neighbourhoods."""
        return self._store.figures()

    def _demand_of_record(self, actor: Actor, verb: Verb, resource_id: str) -> None:
        """Raises `Refused` unless this actor may do this to that record, and `Problem` when there is none."""
        record = self._store.resource(resource_id)
        demand(actor, verb, about(record, self.geography) if record else Subject())
        if record is None:
            raise Problem(N_("There is no record {id}. Find its id with: mapper search NAME"), id=resource_id)

    def history(self, actor: Actor, resource_id: str) -> list[Change]:
        """What was done to a record, latest first. Raises `Refused` for who may not edit it."""
        record = self._store.resource(resource_id)
        demand(actor, "edit_record", about(record, self.geography) if record else Subject())
        return self._store.history(resource_id)

    def check(self) -> list[Finding]:
        """What is wrong with the store and the data, worst first; empty when all is well."""
        self.refresh()
        return findings(self._store.problems(), list(self._store.resources()), self.taxonomy, self.geography)

    def audit_lines(self, actor: Actor, after: int = 0) -> list[AuditLine]:
        """Who did what to which record, oldest first, after a line number."""
        demand(actor, "read_audit")
        return list(self._store.audit(after))

    def verify_audit(self, actor: Actor) -> Verified:
        """Whether every line of the audit follows from the one before."""
        return verified(self.audit_lines(actor))

    # Writing: one verb, one transaction, one line of history for each record.

    def changed_since(self, revision: int) -> set[str]:
        """Ids of records that changed after a revision, whoever may see them; for rooms that keep an index."""
        return self._store.changed_since(revision)

    def see_own_write(self) -> None:
        """Takes in at once what a room of this process just wrote."""
        self._snapshots.see_own_write()

    def put(self, actor: Actor, resource: Resource, verb: str = "edit") -> None:
        """Saves one record."""
        demand(actor, "write")
        if resource.place.precision in GIVES_NO_ADDRESS:
            resource = without_trace(resource)
        with self._store.write(actor.id) as writing:
            writing.put([resource], verb)
        self.see_own_write()

    def edit(self, actor: Actor, resource: Resource, verb: str = "edit", at_revision: int | None = None) -> int:
        """Saves a record that is here already, by whoever may edit it; gives the number of the change.

        Opening it wider (more visible, more precise) is the group's own say: only its steward may, or who has its yes.
        With `at_revision`, the last change that was known when editing began, raises `Changed` when there is a newer.
        Raises `Refused`, and `Problem` when there is no such record.
        """
        return self.change(actor, resource.id, lambda _before: resource, verb, at_revision)

    def change(
        self,
        actor: Actor,
        resource_id: str,
        change: Callable[[Resource], Resource],
        verb: str,
        at_revision: int | None = None,
    ) -> int:
        """As `edit`, for a change that starts from what the record is at that moment."""
        # Asked before the transaction: nothing may wait for the snapshot while it holds the store.
        geography = self.geography
        with self._store.write(actor.id) as writing:
            before = writing.get(resource_id)
            if before is None:
                demand(actor, "edit_record", Subject())
                raise Problem(N_("There is no record {id}. Find its id with: mapper search NAME"), id=resource_id)
            demand(actor, "edit_record", about(before, geography))
            if at_revision is not None and self._store.revision_of(resource_id) != at_revision:
                raise Changed(N_("Somebody else changed this record meanwhile. Look at both, then save again."))
            resource = change(before)
            if resource.place.precision in GIVES_NO_ADDRESS:
                resource = without_trace(resource)
            # Not out of one's own neighbourhood either: both what it was and what it becomes count.
            demand(actor, "edit_record", about(resource, geography))
            if is_wider(before, resource):
                if not self.stewards.agreed_wider(writing.transaction, before, resource):
                    demand(actor, "widen", about(before, geography))
                self.stewards.come_back(writing.transaction, before, resource)
            writing.put([resource], verb)
            revision = self._store.revision_of(resource_id)
        self.see_own_write()
        return revision

    def add(self, actor: Actor, resource: Resource) -> int:
        """Adds a new record by whoever may; gives the number of the change.

        What a coach writes down is for professionals until the group agrees; only what published itself, with the
        address of that page as a source, is public at once. Raises `Refused`, and `Problem` when the group asked to be
        left out.
        """
        geography = self.geography
        demand(actor, "add_record", about(resource, geography))
        published = resource.ground == "own_publication" and any(source.url for source in resource.sources)
        if resource.visibility == "public" and not published:
            raise Problem(N_("Only what published itself is public at once: name the page where it does, as a source."))
        if self.stewards.is_left_out(resource):
            raise Problem(N_("This group asked to be left out of the map. Ask the group itself first."))
        if resource.place.precision in GIVES_NO_ADDRESS:
            resource = without_trace(resource)
        with self._store.write(actor.id) as writing:
            if writing.get(resource.id) is not None:
                raise Problem(N_("There is a record {id} already."), id=resource.id)
            writing.put([resource], "add")
            revision = self._store.revision_of(resource.id)
        self.see_own_write()
        return revision

    def undo(self, actor: Actor, revision: int) -> None:
        """Puts a record back as it was before one change, by whoever may edit it; an undo never opens it wider.

        Only who added a record (or the admin) takes it away again. Raises `Problem` when there is no such change.
        """
        demand(actor, "edit_record")
        change = self._store.change(revision)
        if change is None:
            raise Problem(N_("There is no change number {revision}. See the history of the record."), revision=revision)
        geography = self.geography
        with self._store.write(actor.id) as writing:
            current = writing.get(change.record_id)
            if current is None or change.before is None:
                demand(actor, "add_record", about(current or change.before, geography) if change.before else None)
                if change.by != actor.id:
                    demand(actor, "write")
            if current is None and change.before is not None:
                # What was taken away comes back as it was last, never as it once was; and not against its group.
                if self._store.revision_of(change.record_id) != revision:
                    raise Problem(N_("This record was taken away since. Undo that first."))
                if change.before.visibility != "hidden" and self.stewards.is_left_out(change.before, geography):
                    raise Problem(N_("This group asked to be left out of the map. Ask the group itself first."))
            if change.before is None:
                writing.remove(change.record_id, "undo")
            elif current is None:
                writing.put([change.before], "undo")
            else:
                back = restored(change.before, current)
                for record in (current, back):
                    demand(actor, "edit_record", about(record, geography))
                if is_wider(current, back):
                    demand(actor, "widen", about(current, geography))
                    self.stewards.come_back(writing.transaction, current, back)
                writing.put([back], "undo")
        self.see_own_write()

    def import_resources(self, actor: Actor, readings: Iterable[Reading], *, dry_run: bool = False) -> ImportReport:
        """Takes over what was read, all in one transaction; with `dry_run` only says what would happen.

        Never raises visibility or precision, and leaves alone what somebody edited here since the last import.
        """
        demand(actor, "write")
        return self._import(f"{_IMPORT}:{actor.id}", readings, dry_run=dry_run)

    def _import(self, by: str, readings: Iterable[Reading], *, dry_run: bool = False) -> ImportReport:
        # Files are read before the lock is taken, so that a slow disk holds up nobody.
        given = list(readings)
        if dry_run:
            return self._plan(by, given).report()
        with self._store.write(by) as writing:
            plan = self._plan(by, given)
            if plan.writes:
                writing.put(plan.writes, "import")
        self.see_own_write()
        return plan.report()

    def _plan(self, by: str, readings: Iterable[Reading]) -> Plan:
        last_by = self._store.last_changed_by()
        kind = by.partition(":")[0]
        # A machine may replace what a machine wrote; what a person edited since is left alone.
        plan = Plan(
            self._store.resources(),
            lambda record_id: last_by.get(record_id, "").partition(":")[0] == kind,
            self.stewards.is_left_out,
        )
        for reading in readings:
            plan.add(reading)
        return plan

    def load_shipped(self) -> ImportReport:
        """Loads the inventory that comes with mapper; does nothing when this version of it is already here."""
        from mapper.exchange.authored import read_folder

        folder = data_folder() / "self_organisations"
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.toml")))).hexdigest()
        if self._store.setting("shipped_sha256") == digest:
            return ImportReport()
        report = self._import(_SHIPPED, read_folder(folder))
        with self._store.write(_SHIPPED) as writing:
            writing.set_setting("shipped_sha256", digest)
        return report

    def load_neighbourhoods(self, actor: Actor, neighbourhoods: NeighbourhoodSet) -> None:
        """Replaces the set of neighbourhoods; every place finds its neighbourhood anew."""
        demand(actor, "write")
        Geography.from_set(neighbourhoods)  # raises before anything is written when the set cannot be used
        with self._store.write(actor.id) as writing:
            writing.set_neighbourhoods(neighbourhoods)
        self.see_own_write()

    def load_figures(self, actor: Actor, figures: Iterable[Figure]) -> int:
        """Loads sourced figures of neighbourhoods; returns how many."""
        demand(actor, "write")
        rows = list(figures)
        with self._store.write(actor.id) as writing:
            writing.set_figures(rows)
        return len(rows)


def _asked(query: Query, fields: dict[str, Any]) -> Query:
    """The query with some fields as given. Raises `Problem`."""
    if not fields:
        return query
    unknown = fields.keys() - set(Query.__struct_fields__)
    if unknown:
        raise Problem(N_("A search cannot ask for “{field}”. It can ask for: {fields}."), field=min(unknown),
                      fields=", ".join(Query.__struct_fields__))  # fmt: skip
    if fields.get("near") is not None:
        fields = {**fields, "near": _point(fields["near"])}
    return msgspec.structs.replace(query, **fields)


def _point(near: Iterable[float]) -> Point:
    try:
        lon, lat = near
        if math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90:
            return Point(float(lon), float(lat))
    except (TypeError, ValueError):
        pass
    raise Problem(N_("“{near}” is not a place: give longitude and latitude, such as 4.366, 50.861."), near=near)


def _make_home(home: Path) -> None:
    """The folder of an instance with its key file, which only its owner can read."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_file = home / "admin.key"
        if not key_file.exists():
            key_file.touch(mode=0o600)
            key_file.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
    except OSError as error:
        raise Problem(
            N_("The folder {home} cannot be made or written ({error}). Choose another with --home or MAPPER_HOME."),
            home=home,
            error=error.strerror,
        ) from None
