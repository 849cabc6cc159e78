"""The neighbourhood page: what lives there, who is linked to whom, what is missing, and where somebody looked."""

import datetime as dt
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from mapper import coverage
from mapper.access import RESIDENT, Actor, Subject, may, may_all
from mapper.catalogue import Catalogue
from mapper.core.authority import demand
from mapper.coverage import ALL_NEEDS, Effort, Gaps, Introduction, Network, Patchwork, Report
from mapper.coverage.gaps import Looked, looked_on
from mapper.exchange.calendar import Recurring
from mapper.exchange.sheets import OUTLINE
from mapper.model import SLICES, Figure, Problem
from mapper.store import Store
from mapper.store.coverage import CoverageTables
from mapper.text import N_

if TYPE_CHECKING:
    from mapper.core import Mapper


class Comparison:
    """The gaps of a neighbourhood as they were known on a day, beside now."""

    def __init__(self, since: dt.date, before: Gaps, after: Gaps, added: Sequence[str], gone: Sequence[str]) -> None:
        self.since = since
        self.before, self.after = before, after
        #: Ids of what came into the inventory since, and of what went out of it.
        self.added, self.gone = tuple(added), tuple(gone)

    def changed(self) -> list[tuple[str, str, str]]:
        """(need, state then, state now) where the state of a need differs."""
        area = self.after.neighbourhoods[0]
        pairs = ((need, self.before.cell(area, need), self.after.cell(area, need)) for need in self.after.needs)
        return [(need, then.state, now.state) for need, then, now in pairs if then.state != now.state]


class Coverage:
    """`mapper.coverage`: every verb takes the actor first."""

    def __init__(self, mapper: "Mapper", store: Store) -> None:
        self._mapper, self._store = mapper, store
        self._tables = CoverageTables(store)
        self._figures: tuple[int, list[Figure]] = (-1, [])
        self._patchworks: WeakKeyDictionary[Catalogue, dict[tuple[str, int], Patchwork]] = WeakKeyDictionary()
        self._networks: WeakKeyDictionary[Catalogue, dict[str, Network]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def knows(self, area: str) -> None:
        """Raises `Problem` for a neighbourhood, postcode or municipality that there is not."""
        if not self._mapper.geography.knows(area):
            raise _unknown(area)

    def figures(self) -> list[Figure]:
        """The sourced figures of all neighbourhoods; read again only when something was written."""
        revision = self._store.revision()
        if self._figures[0] != revision:
            self._figures = (revision, self._store.figures())
        return self._figures[1]

    def patchwork(self, actor: Actor, area: str) -> Patchwork:
        """All that lives in an area or serves it, as this actor may see it."""
        demand(actor, "read_patchwork")
        self.knows(area)
        catalogue, figures = self._mapper.catalogue(actor), self.figures()
        with self._lock:
            kept = self._patchworks.setdefault(catalogue, {})
        # Kept until a place or a figure changes: one page asks several times.
        asked = (area, self._figures[0])
        if asked not in kept:
            kept[asked] = coverage.patchwork(catalogue, area, figures)
        return kept[asked]

    def gatherings(self, actor: Actor, area: str, need: str = "", language: str = "") -> tuple[Recurring, ...]:
        """The recurring meetings of an area, for one need and in one language where these are given."""
        found = self.patchwork(actor, area)
        return coverage.gatherings((entry.resource for entry in found.entries), need, language)

    def network(self, actor: Actor, area: str) -> Network:
        """The links of an area. For its coach, and shown to the groups themselves before anyone else."""
        demand(actor, "read_network", Subject(areas=(area,)))
        found = self.patchwork(actor, area)
        catalogue = self._mapper.catalogue(actor)
        with self._lock:
            kept = self._networks.setdefault(catalogue, {})
        if area not in kept:
            kept[area] = coverage.network(catalogue, (entry.resource for entry in found.entries))
        return kept[area]

    def introductions(self, actor: Actor, area: str = "") -> tuple[Introduction, ...]:
        """What groups of an area need, against what others offer; without an area, all that are this coach's own."""
        areas = [area] if area else self._own_areas(actor)
        for one in areas:
            demand(actor, "read_network", Subject(areas=(one,)))
        if not areas:
            demand(actor, "read_network")
        catalogue = self._mapper.catalogue(actor)
        if not area and may_all(actor, "read_network"):
            return coverage.introductions(catalogue, catalogue)
        asking = {entry.resource.id: entry.resource for one in areas for entry in self.patchwork(actor, one).entries}
        return coverage.introductions(catalogue, asking.values())

    def _own_areas(self, actor: Actor) -> list[str]:
        return (
            [] if may_all(actor, "read_network") else [one for one in actor.areas if self._mapper.geography.knows(one)]
        )

    def gaps(
        self, actor: Actor, area: str = "", needs: Sequence[str] = (), languages: Sequence[str] | None = None
    ) -> Gaps:
        """The gaps of an area, or of every neighbourhood; told by every language unless some are named.

        For professionals: in public they would mark a quarter.
        """
        demand(actor, "read_gaps")
        return self._gaps(self._mapper.catalogue(actor), area, needs, self._mapper.now().date(), languages)

    def _gaps(
        self,
        catalogue: Catalogue,
        area: str,
        needs: Sequence[str],
        today: dt.date,
        languages: Sequence[str] | None = (),
    ) -> Gaps:
        geography = self._mapper.geography
        if area:
            self.knows(area)
        return coverage.gaps(
            catalogue,
            today,
            geography.neighbourhoods_in(area) if area else tuple(geography.neighbourhoods),
            needs,
            languages=languages,
            counted=coverage.residents(self.figures()),
            efforts=self._tables.efforts(),
            unanswered=self._tables.unanswered(),
        )

    def compare(self, actor: Actor, area: str, since: dt.date) -> Comparison:
        """The gaps of a neighbourhood as the inventory knew them when a day began, beside what it knows now.

        A change is a change in what is known, not always in what is there. What may no longer be seen now is left
        out of then too. Figures are those of now on both sides, so that only places make a difference.
        """
        demand(actor, "read_gaps")
        self.knows(area)
        today = self._mapper.now().date()
        if since > today:
            raise Problem(N_("{date} is still to come. Give a day that is past."), date=since)
        now = self._mapper.catalogue(actor)
        moment = dt.datetime.combine(since, dt.time(), tzinfo=self._mapper.now().tzinfo)
        before = {}
        for record_id, record in self._tables.known_before(moment).items():
            may_be_seen = record is not None and record_id in now and record.visibility != "hidden"
            before[record_id] = record if may_be_seen else None
        then = now.with_changes(before, now.revision)
        at_both = [{entry.resource.id for entry in coverage.patchwork(one, area).entries} for one in (then, now)]
        return Comparison(
            since,
            self._gaps(then, area, (), since),
            self._gaps(now, area, (), today),
            sorted(at_both[1] - at_both[0]),
            sorted(at_both[0] - at_both[1]),
        )

    def efforts(self, actor: Actor) -> "Looked":
        """When somebody last looked, by neighbourhood and need, as far as that still counts."""
        demand(actor, "read_gaps")
        return looked_on(self._tables.efforts(), self._mapper.now().date())

    def looked(self, actor: Actor, area: str, need: str, on: dt.date) -> None:
        """Remembers that somebody looked in a neighbourhood for a need ("all" for every need) on a day.

        From then on what was not found there counts as not there. Raises `Refused`, and `Problem` for a
        neighbourhood, need or day that cannot be.
        """
        demand(actor, "curate", Subject(areas=(area,)))
        if area not in self._mapper.geography.neighbourhoods:
            raise _unknown(area)
        if need != ALL_NEEDS and need not in self._mapper.taxonomy.needs:
            raise Problem(N_("There is no need “{need}”. Choose one from the list."), need=need[:40])
        if on > self._mapper.now().date():
            raise Problem(N_("{date} is still to come. Give a day that is past."), date=on)
        with self._store.transaction(actor.id) as transaction:
            self._tables.add_effort(transaction, Effort(neighbourhood=area, need=need, on=on))
            transaction.audit("looked", area)

    def count_gap(self, actor: Actor, neighbourhood: str, need: str, slice_id: str = "") -> None:
        """Adds one to how often a search in a neighbourhood found nothing for a need this month. Nothing else is kept.

        There is no line of audit: it would tell to the second when somebody was here. What is not a neighbourhood,
        need or slice of ours is not counted.
        """
        demand(actor, "match")
        known = neighbourhood in self._mapper.geography.neighbourhoods and need in self._mapper.taxonomy.needs
        if not known or slice_id not in ("", *SLICES):
            return
        month = self._mapper.now().strftime("%Y-%m")
        with self._store.transaction("count") as transaction:
            self._tables.count_unanswered(transaction, month, neighbourhood, need, slice_id)

    def report(self, actor: Actor, area: str) -> Report:
        """A neighbourhood for policy makers: places and links that everyone may know, and gaps, which are counts."""
        demand(actor, "read_gaps")
        if area not in self._mapper.geography.neighbourhoods:
            raise _unknown(area)
        public = self._mapper.catalogue(RESIDENT)
        found = coverage.patchwork(public, area, self.figures())
        links = coverage.network(public, (entry.resource for entry in found.entries))
        return Report(
            area=area,
            name=self._mapper.geography.neighbourhoods[area].name,
            made_on=self._mapper.now().date(),
            patchwork=found,
            gaps=self.gaps(actor, area),
            bonding=links.bonding,
            bridging=links.bridging,
        )

    def tables(self, actor: Actor, area: str, language: str) -> dict[str, list[dict[str, Any]]]:
        """Everything that a report of a neighbourhood shows, as tables of plain values."""
        made = self.report(actor, area)
        found = coverage.tables(made, self._mapper.catalogue(RESIDENT), language)
        outline = self._mapper.geography.outline_wkb(area)
        name = made.name.best(language)[1]
        return {"neighbourhood": [{"id": area, "name": name, "made_on": made.made_on, OUTLINE: outline}], **found}

    def may_read_network(self, actor: Actor, area: str) -> bool:
        """Whether this actor sees the links of this area."""
        return may(actor, "read_network", Subject(areas=(area,)))


def _unknown(area: str) -> Problem:
    return Problem(
        N_("There is no neighbourhood “{area}”. Choose one from the list of neighbourhoods."), area=area[:40]
    )
