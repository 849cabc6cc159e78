"""Who answers which need where, as matrices: one row a record, one column a need, a slice or a language.

Built once for each segment of a catalogue and kept as long as that lives.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from scipy.spatial import cKDTree

from mapper.catalogue import Catalogue, Segment, languages_of, needs_of
from mapper.coverage.thresholds import RoomWeights, thresholds
from mapper.geography import Geography, distances_m
from mapper.geography.layer import M_PER_DEGREE
from mapper.model import SLICES, Offer, Point, Resource, Slice
from mapper.taxonomy import Taxonomy

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

#: There to be gone to: not paused, closed or told in the past.
THERE = ("active", "reported")
FORMAL: tuple[Slice, ...] = ("professional", "specialised")


def slices_of(resource: Resource, taxonomy: Taxonomy) -> tuple[Slice, ...]:
    """The slices a record says, else those usual for its kind."""
    kind = taxonomy.kinds.get(resource.kind)
    return resource.slices or (kind.slices if kind else ())


def is_formal(resource: Resource, taxonomy: Taxonomy) -> bool:
    """A service that does not run on volunteers: it may answer where a right is at stake (study: rights first)."""
    return resource.volunteer_run != "yes" and not set(slices_of(resource, taxonomy)).isdisjoint(FORMAL)


def room_for(resource: Resource, need: str, today: dt.date, weights: RoomWeights) -> float:
    """How much a record has to give for a need now, 0 to 1: the best of the offers that answer it.

    Room belongs to an offer, not to a house: where no offer names the need, the house itself counts as unknown.
    """
    rooms = [_room_of(offer, today, weights) for offer in resource.offers if need in offer.needs]
    return max(rooms, default=weights.unknown)


def _room_of(offer: Offer, today: dt.date, weights: RoomWeights) -> float:
    over = offer.room.until is not None and offer.room.until < today
    return weights.unknown if over else weights.of(offer.room.state)


def walking_decay(walking_m: Floats, catchment_m: float) -> Floats:
    """How near something feels: 1 at the door, falling along a Gauss curve to 0 at the edge of the catchment.

    The usual form of the enhanced two-step floating catchment area method (Dai 2010).
    """
    edge = np.exp(-0.5)
    falling = (np.exp(-0.5 * (walking_m / catchment_m) ** 2) - edge) / (1 - edge)
    nearness: Floats = np.where(walking_m < catchment_m, falling, 0.0)
    return nearness


@dataclass(frozen=True)
class Columns:
    """Records as numbers. Sparse matrices have one row for each record."""

    lons: Floats
    lats: Floats
    there: Bools
    formal: Bools
    checked: Bools
    speaks_unknown: Bools
    outreach: Bools
    #: What a record has to give for each need (0 to 1), and whether it answers it at all.
    room: csr_array
    answers: csr_array
    slices: csr_array
    languages: csr_array
    #: Row -> the areas it is for; rows without any are for everybody who can walk there.
    served: dict[int, tuple[str, ...]]

    def and_then(self, other: "Columns") -> "Columns":
        """These rows and behind them those of another."""
        start = len(self.lons)
        moved = {start + row: areas for row, areas in other.served.items()}
        joined: dict[str, Any] = {"served": self.served | moved}
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if field.name not in joined:
                both = (mine, theirs)
                joined[field.name] = np.concatenate(both) if mine.ndim == 1 else vstack(both, format="csr")
        return Columns(**joined)


_of_segments: "WeakKeyDictionary[Segment, tuple[dt.date, Columns]]" = WeakKeyDictionary()
_of_catalogues: "WeakKeyDictionary[Catalogue, tuple[dt.date, Supply]]" = WeakKeyDictionary()


def _columns(segment: Segment, taxonomy: Taxonomy, today: dt.date) -> Columns:
    kept = _of_segments.get(segment)
    if kept is None or kept[0] != today:
        kept = _of_segments[segment] = (today, _build(segment, taxonomy, today))
    return kept[1]


def _build(segment: Segment, taxonomy: Taxonomy, today: dt.date) -> Columns:
    records, weights = segment.resources, thresholds().room
    need_at = {need: at for at, need in enumerate(taxonomy.needs)}
    language_at = {code: at for at, code in enumerate(taxonomy.languages)}
    answers, room, slices, languages = _Cells(), _Cells(), _Cells(), _Cells()
    for row, record in enumerate(records):
        for need in needs_of(record):
            if need in need_at:
                answers.add(row, need_at[need], 1.0)
                room.add(row, need_at[need], room_for(record, need, today, weights))
        for one in slices_of(record, taxonomy):
            slices.add(row, SLICES.index(one), 1.0)
        for code in languages_of(record):
            if code in language_at:
                languages.add(row, language_at[code], 1.0)
    count = len(records)
    return Columns(
        lons=segment.lons,
        lats=segment.lats,
        there=np.array([record.status in THERE for record in records], dtype=np.bool_),
        formal=np.array([is_formal(record, taxonomy) for record in records], dtype=np.bool_),
        checked=np.array([record.checked_on is not None for record in records], dtype=np.bool_),
        speaks_unknown=np.array([not languages_of(record) for record in records], dtype=np.bool_),
        outreach=np.array([record.outreach == "yes" for record in records], dtype=np.bool_),
        room=room.matrix(count, len(need_at)),
        answers=answers.matrix(count, len(need_at)),
        slices=slices.matrix(count, len(SLICES)),
        languages=languages.matrix(count, len(language_at)),
        served={row: record.service_area for row, record in enumerate(records) if record.service_area},
    )


class _Cells:
    """Gathers the cells of a sparse matrix."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._columns: list[int] = []
        self._values: list[float] = []

    def add(self, row: int, column: int, value: float) -> None:
        self._rows.append(row)
        self._columns.append(column)
        self._values.append(value)

    def matrix(self, rows: int, columns: int) -> csr_array:
        return csr_array((self._values, (self._rows, self._columns)), shape=(rows, columns), dtype=np.float64)


class Supply:
    """What a catalogue has to offer, and how near it is to each neighbourhood."""

    def __init__(self, catalogue: Catalogue, today: dt.date) -> None:
        self.geography: Geography = catalogue.geography
        self.neighbourhoods = tuple(self.geography.neighbourhoods)
        parts = [_columns(segment, catalogue.taxonomy, today) for segment, _gone in catalogue.segments]
        self.columns = parts[0] if len(parts) == 1 else parts[0].and_then(parts[1])
        alive, start = self.columns.there.copy(), 0
        for segment, gone in catalogue.segments:
            alive[[start + segment.row_of[one] for one in gone if one in segment.row_of]] = False
            start += len(segment)
        #: What each record has for one resident, kept by catchment and counts: the same for every page.
        self.shares: dict[Any, Floats] = {}
        #: Rows that count: in the catalogue still, and there to be gone to.
        self.alive: Bools = alive

    @cached_property
    def _free_rows(self) -> Rows:
        """Rows that are for everybody who can walk there."""
        one = self.columns
        free = self.alive & np.isfinite(one.lons)
        free[list(one.served)] = False
        return np.flatnonzero(free)

    @cached_property
    def _tree(self) -> cKDTree:
        rows, one = self._free_rows, self.columns
        return cKDTree(np.column_stack((one.lons[rows], one.lats[rows])) * M_PER_DEGREE)

    @cached_property
    def _groups(self) -> list[tuple[Rows, frozenset[str]]]:
        """Rows that are for some neighbourhoods only, with those, once for each set of areas."""
        rows_by: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for row, areas in self.columns.served.items():
            if self.alive[row]:
                rows_by[areas].append(row)
        return [(np.array(rows), self._inside(areas)) for areas, rows in sorted(rows_by.items())]

    def _inside(self, areas: Iterable[str]) -> frozenset[str]:
        return frozenset(one for area in areas for one in self.geography.neighbourhoods_in(area))

    def nearness(self, neighbourhoods: Sequence[str], catchment_m: float) -> csr_array:
        """How near each record is to these neighbourhoods: 1 at the door, 0 out of reach; one row a neighbourhood.

        A record that names areas is for those alone; there it is at the door when it comes to people, or when its
        place is not public. Without a point and without areas nobody can say where it is for.
        """
        cells: list[tuple[Rows, Floats]] = []
        for area in neighbourhoods:
            point = self.geography.neighbourhoods[area].point
            rows, near = self._walk(point, catchment_m)
            parts = [(rows, near)]
            for members, inside in self._groups:
                if area in inside:
                    parts.append((members, self._for_own(members, point, catchment_m)))
            all_rows, all_near = (np.concatenate(part) for part in zip(*parts, strict=True))
            cells.append((all_rows[all_near > 0], all_near[all_near > 0]))
        lengths = np.cumsum([0, *(len(rows) for rows, _near in cells)])
        rows = np.concatenate([rows for rows, _near in cells]) if cells else np.array([], dtype=np.int64)
        near = np.concatenate([near for _rows, near in cells]) if cells else np.array([], dtype=np.float64)
        return csr_array((near, rows, lengths), shape=(len(neighbourhoods), len(self.columns.lons)))

    def _walk(self, point: Point, catchment_m: float) -> tuple[Rows, Floats]:
        straight_m = catchment_m / thresholds().detour.factor
        # The tree measures in local metres, a little off: a margin, then the exact distance decides.
        found = self._tree.query_ball_point(np.array(point) * M_PER_DEGREE, straight_m * 1.01 + 1)
        rows = self._free_rows[np.array(found, dtype=np.int64)]
        return rows, self._decayed(rows, point, catchment_m)

    def _decayed(self, rows: Rows, point: Point, catchment_m: float) -> Floats:
        metres = distances_m(self.columns.lons[rows], self.columns.lats[rows], point)
        return walking_decay(metres * thresholds().detour.factor, catchment_m)

    def _for_own(self, rows: Rows, point: Point, catchment_m: float) -> Floats:
        one = self.columns
        at_the_door = one.outreach[rows] | ~np.isfinite(one.lons[rows])
        near: Floats = np.where(at_the_door, 1.0, self._decayed(rows, point, catchment_m))
        return near


def supply(catalogue: Catalogue, today: dt.date) -> Supply:
    """The supply of a catalogue: made once, kept as long as it lives, made anew each day (room has dates)."""
    kept = _of_catalogues.get(catalogue)
    if kept is None or kept[0] != today:
        kept = _of_catalogues[catalogue] = (today, Supply(catalogue, today))
    return kept[1]
