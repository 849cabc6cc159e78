"""The whole patchwork of an area: what lives there or serves it, informal beside formal (study: R2 of the chapters on
how informal care can be supported), beside sourced figures of its residents."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from statistics import median
from typing import NamedTuple
from weakref import WeakKeyDictionary

from mapper.catalogue import Catalogue, Segment, needs_of
from mapper.coverage.supply import THERE, is_formal, slices_of
from mapper.coverage.thresholds import thresholds
from mapper.model import SLICES, Figure, Resource, Slice, Story
from mapper.text import fold

_served: "WeakKeyDictionary[Segment, dict[str, list[int]]]" = WeakKeyDictionary()


class Entry(NamedTuple):
    """Something of the patchwork: it lies there, or lies elsewhere and names the area as served."""

    resource: Resource
    lies_here: bool
    slices: tuple[Slice, ...]
    is_formal: bool


class Sides(NamedTuple):
    """How many answer a need: groups and neighbours beside services."""

    informal: int
    formal: int


class Known(NamedTuple):
    """A sourced figure of the area, beside the middle one of all neighbourhoods.

    Without a value there is no figure, which is never zero.
    """

    figure: Figure
    middle: float | None
    counted: int


class Patchwork(NamedTuple):
    """An area on one page."""

    area: str
    #: There now, by name.
    entries: tuple[Entry, ...]
    #: Told in the past: never suggested until somebody has looked.
    past: tuple[Resource, ...]
    kinds: dict[str, int]
    needs: dict[str, Sides]
    figures: tuple[Known, ...]

    def of_slice(self, slice_id: Slice) -> tuple[Entry, ...]:
        """What belongs to a kind of care; something can belong to several."""
        return tuple(entry for entry in self.entries if slice_id in entry.slices)

    @property
    def of_no_slice(self) -> tuple[Entry, ...]:
        """What belongs to no kind of care as far as is known."""
        return tuple(entry for entry in self.entries if not entry.slices)

    @property
    def stories(self) -> tuple[tuple[Resource, Story], ...]:
        """Testimonies told with consent."""
        return tuple((entry.resource, story) for entry in self.entries for story in entry.resource.stories)

    @property
    def finding_places(self) -> tuple[Entry, ...]:
        """Where people come who ask for nothing: for outreach (study: a duty of professionals)."""
        kinds = thresholds().finding_places.kinds
        here = (entry for entry in self.entries if entry.lies_here and entry.resource.kind in kinds)
        return tuple(sorted(here, key=lambda entry: kinds.index(entry.resource.kind)))

    def checked_since(self, day: dt.date) -> int:
        """How many entries somebody checked on or after a day."""
        return sum(entry.resource.checked_on is not None and entry.resource.checked_on >= day for entry in self.entries)


def patchwork(catalogue: Catalogue, area: str, figures: Iterable[Figure] = ()) -> Patchwork:
    """All that lives in an area (neighbourhood, postcode or municipality) or names it as served."""
    here = _rows(catalogue, area)
    entries, past = [], []
    for resource, lies_here in here:
        if resource.status in THERE or resource.status == "paused":
            slices = slices_of(resource, catalogue.taxonomy)
            entries.append(Entry(resource, lies_here, slices, is_formal(resource, catalogue.taxonomy)))
        elif resource.status == "historical":
            past.append(resource)
    entries.sort(key=lambda entry: (fold(entry.resource.name.best()[1]), entry.resource.id))
    past.sort(key=lambda resource: (fold(resource.name.best()[1]), resource.id))
    kinds = Counter(entry.resource.kind for entry in entries)
    return Patchwork(
        area=area,
        entries=tuple(entries),
        past=tuple(past),
        kinds={kind: kinds[kind] for kind in catalogue.taxonomy.kinds if kind in kinds},
        needs=_needs(catalogue, entries),
        figures=known_figures(area, figures),
    )


def _needs(catalogue: Catalogue, entries: Iterable[Entry]) -> dict[str, Sides]:
    counts: dict[str, list[int]] = {need: [0, 0] for need in catalogue.taxonomy.needs}
    for entry in entries:
        for need in needs_of(entry.resource):
            if need in counts and entry.resource.status in THERE:
                counts[need][entry.is_formal] += 1
    return {need: Sides(*sides) for need, sides in counts.items() if any(sides)}


def _rows(catalogue: Catalogue, area: str) -> list[tuple[Resource, bool]]:
    """The records of an area, each with whether it lies there: it can also serve it from elsewhere."""
    geography = catalogue.geography
    around = {area, *_areas_around(catalogue, area)}
    found: list[Resource] = []
    for segment, gone in catalogue.segments:
        served = _served_rows(segment)
        rows = {int(row) for row in segment.by_area.get(area, ())}
        rows |= {row for one in around for row in served.get(one, ())}
        for row in rows:
            record = segment.resources[row]
            resource = None if record.id in gone else catalogue.get(record.id)
            if resource is not None:
                found.append(resource)
    located = geography.areas_of_all([resource.place for resource in found])
    return [(resource, area in areas) for resource, areas in zip(found, located, strict=True)]


def _areas_around(catalogue: Catalogue, area: str) -> set[str]:
    """Postcodes and municipalities a neighbourhood lies in: who serves those serves it too."""
    geography = catalogue.geography
    if area not in geography.neighbourhoods:
        return set()
    whole = (*geography.postcodes, *geography.municipalities)
    return {one for one in whole if area in geography.neighbourhoods_in(one)}


def _served_rows(segment: Segment) -> dict[str, list[int]]:
    kept = _served.get(segment)
    if kept is None:
        kept = defaultdict(list)
        for row, record in enumerate(segment.resources):
            for area in record.service_area:
                kept[area].append(row)
        _served[segment] = kept
    return kept


def known_figures(area: str, figures: Iterable[Figure]) -> tuple[Known, ...]:
    """The latest of every indicator for a neighbourhood, also where there is no figure."""
    by_indicator: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        by_indicator[figure.indicator].append(figure)
    found = []
    for every in by_indicator.values():
        own = [figure for figure in every if figure.neighbourhood == area]
        if own:
            latest = max(own, key=lambda figure: figure.year)
            values = [one.value for one in every if one.year == latest.year and one.value is not None]
            found.append(Known(latest, median(values) if values else None, len(values)))
    return tuple(found)


def by_slice(found: Patchwork) -> list[tuple[Slice, tuple[Entry, ...]]]:
    """The four kinds of care side by side, empty ones too: none comes first (study: a pie, not rings)."""
    return [(slice_id, found.of_slice(slice_id)) for slice_id in SLICES]
