"""The order of answers: by score, the near before the far, then by name."""

import math
from collections.abc import Iterator
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapper.catalogue import Catalogue, Segment
from mapper.geography import EARTH_RADIUS_M
from mapper.model import Point
from mapper.search.query import Query

if TYPE_CHECKING:
    from mapper import loops

Scores = NDArray[np.float32]

#: How far away half of the bonus for being near is left, in metres: about ten minutes on foot.
_NEAR_SCALE_M = 800.0
_NEAR_WEIGHT = 0.3
#: A page of more than so many is cut from all answers, sorted.
_FEW = 200
_NO_DISTANCES = np.zeros(0)


class Kept(NamedTuple):
    """The answers of one segment."""

    rows: NDArray[np.integer]
    scores: Scores


def spot(segment: Segment, near: Point) -> "loops.Spot":
    """Where the reader is, as the loops that choose what is measured read it."""
    from mapper import loops

    degree_m = math.radians(EARTH_RADIUS_M)
    east_m = degree_m * math.cos(math.radians(near.lat))
    return loops.Spot(segment.lons, segment.lats, near.lon, near.lat, east_m, degree_m, _NEAR_WEIGHT, _NEAR_SCALE_M)


class Ranked:
    """All answers. Their order is worked out as far as it is looked at: one page is a small part of them."""

    def __init__(
        self, catalogue: Catalogue, kept: list[Kept], distances_m: NDArray[np.float64] = _NO_DISTANCES
    ) -> None:
        self._catalogue, self._kept, self._distances_m = catalogue, kept, distances_m
        self._rows = _joined([own.rows for own in kept])
        self._scores = _joined([own.scores for own in kept])
        # Names and ids settle the last ties, so that the order never depends on how records came in.
        self._places = self._along([shelf.order for shelf in catalogue.shelves])

    def __len__(self) -> int:
        return len(self._rows)

    def page(self, offset: int, limit: int) -> Iterator[tuple[int, int, float, float]]:
        """Segment, row, score and distance in metres (infinite where it is not known) of some answers in order."""
        best = self._best(offset + limit)[offset:]
        segments, away_m = repeat(0, len(best)), repeat(math.inf, len(best))
        if len(self._kept) > 1:
            ends = np.cumsum([len(own.rows) for own in self._kept])
            segments = ends.searchsorted(best, "right").tolist()
        if len(self._distances_m):
            away_m = self._distances_m[best].tolist()
        return zip(segments, self._rows[best].tolist(), self._scores[best].tolist(), away_m, strict=True)

    def column(self, name: str) -> NDArray[Any]:
        """A column of the segments for all answers, best first."""
        return self._along([getattr(segment, name) for segment, _gone in self._catalogue.segments])[self._sorted]

    def _along(self, columns: list[NDArray[Any]]) -> NDArray[Any]:
        """What columns of the segments hold for the answers."""
        return _joined([column[own.rows] for column, own in zip(columns, self._kept, strict=True)])

    @cached_property
    def _sorted(self) -> NDArray[np.int64]:
        """All answers by score, then the nearest, then by name."""
        away_m = [self._distances_m] if len(self._distances_m) else []
        return np.lexsort((self._places, *away_m, -np.round(self._scores, 5)))

    def _best(self, count: int) -> NDArray[np.int64]:
        """So many of the best, in order."""
        if count > _FEW:
            return self._sorted[:count]
        from mapper import loops

        best: NDArray[np.int64] = loops.foremost(self._scores, self._distances_m, self._places, count)
        return best


def rank(query: Query, catalogue: Catalogue, kept: list[Kept], instead: Point | None) -> Ranked:
    """All answers: by score, then the nearest, then by name."""
    from_here = query.near or instead
    if from_here is None:
        return Ranked(catalogue, kept)
    near, distances_m = [], []
    for (segment, _gone), own in zip(catalogue.segments, kept, strict=True):
        scores, away_m = _nearer(own, segment, from_here)
        near.append(Kept(own.rows, scores))
        distances_m.append(away_m)
    # Near a place that was named, which is not where the reader is: it orders, and is not told as a distance.
    return Ranked(catalogue, near, _joined(distances_m)) if query.near is not None else Ranked(catalogue, near)


def _nearer(own: Kept, segment: Segment, here: Point) -> tuple[Scores, NDArray[np.float64]]:
    from mapper import loops

    scores, distances_m = loops.nearer(
        own.scores,
        own.rows,
        segment.lons,
        segment.lats,
        here.lon,
        here.lat,
        EARTH_RADIUS_M,
        _NEAR_WEIGHT,
        _NEAR_SCALE_M,
    )
    return scores, distances_m


def _joined(columns: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(columns) if len(columns) > 1 else columns[0]


def prepare() -> None:
    """Compiles the loops of this room, or loads them where that was done before."""
    from mapper import loops

    one, scores, rows = np.zeros(1), np.zeros(1, np.float32), np.zeros(1, np.int32)
    loops.foremost(scores, _NO_DISTANCES, one, 1)
    loops.nearer(scores, rows, one, one, 0.0, 0.0, EARTH_RADIUS_M, _NEAR_WEIGHT, _NEAR_SCALE_M)
