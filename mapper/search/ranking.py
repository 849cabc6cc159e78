"""The order of answers: by score, the near before the far, then by name."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapper.catalogue import Catalogue, Segment
from mapper.geography import EARTH_RADIUS_M
from mapper.geography import distances_m as distances_m_from
from mapper.model import Point
from mapper.search.query import Query

if TYPE_CHECKING:
    from mapper import loops

Scores = NDArray[np.float32]

#: How far away half of the bonus for being near is left, in metres: about ten minutes on foot.
_NEAR_SCALE_M = 800.0
_NEAR_WEIGHT = 0.3
#: So few are sorted without asking which of them are needed.
_SORTED_AT_ONCE = 100


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
        self,
        catalogue: Catalogue,
        segments: NDArray[np.int64],
        rows: NDArray[np.integer],
        scores: Scores,
        distances_m: NDArray[np.float64],
    ) -> None:
        self._catalogue, self._segments, self._rows, self._scores = catalogue, segments, rows, scores
        self._distances_m = distances_m
        # Names and ids settle the last ties, so that the order never depends on how records came in.
        order = [shelf.order for shelf in catalogue.shelves]
        self._places = order[0][rows] if len(order) == 1 else self._from_segments(order)
        self._lacks = -np.round(scores, 5)

    def __len__(self) -> int:
        return len(self._rows)

    def page(self, offset: int, limit: int) -> list[tuple[int, int, float, float]]:
        """Segment, row, score and distance in metres (infinite where it is not known) of some answers in order."""
        best = self._best(offset + limit)[offset:]
        return list(
            zip(
                self._segments[best].tolist(),
                self._rows[best].tolist(),
                self._scores[best].tolist(),
                self._distances_m[best].tolist(),
                strict=True,
            )
        )

    def column(self, name: str) -> NDArray[Any]:
        """A column of the segments for all answers, best first."""
        columns = [getattr(segment, name) for segment, _gone in self._catalogue.segments]
        found = columns[0][self._rows] if len(columns) == 1 else self._from_segments(columns)
        return found[self._sorted(np.arange(len(self)))]

    def _from_segments(self, columns: list[NDArray[Any]]) -> NDArray[Any]:
        found = np.empty(len(self._rows), columns[0].dtype)
        for number, column in enumerate(columns):
            mine = self._segments == number
            found[mine] = column[self._rows[mine]]
        return found

    def _sorted(self, which: NDArray[np.int64]) -> NDArray[np.int64]:
        """These answers by score, then the nearest, then by name."""
        order = np.lexsort((self._places[which], self._distances_m[which], self._lacks[which]))
        return which[order]

    def _best(self, count: int) -> NDArray[np.int64]:
        """So many of the best, in order; what cannot be among them is not sorted."""
        which = np.arange(len(self))
        known: list[NDArray[np.int64]] = []
        for key in (self._lacks, self._distances_m, self._places):
            if len(which) <= max(_SORTED_AT_ONCE, count):
                break
            own = key[which]
            last = np.partition(own, count - 1)[count - 1] if count else -np.inf
            known.append(which[own < last])
            which = which[own == last]
            count -= len(known[-1])
        return self._sorted(np.concatenate((*known, which)))[: count + sum(map(len, known))]


def rank(query: Query, catalogue: Catalogue, kept: list[Kept], instead: Point | None) -> Ranked:
    """All answers: by score, then the nearest, then by name."""
    segments = _joined([np.full(len(own.rows), number) for number, own in enumerate(kept)])
    rows = _joined([own.rows for own in kept])
    scores = _joined([own.scores for own in kept])
    distances_m = np.full(len(rows), np.inf)
    from_here = query.near or instead
    if from_here is not None:
        away_m = _joined(
            [
                distances_m_from(segment.lons[own.rows], segment.lats[own.rows], from_here)
                for (segment, _gone), own in zip(catalogue.segments, kept, strict=True)
            ]
        )
        away_m[np.isnan(away_m)] = np.inf
        scores = scores + (_NEAR_WEIGHT * _NEAR_SCALE_M / (_NEAR_SCALE_M + away_m)).astype(np.float32)
        # Near a place that was named, which is not where the reader is: it orders, and is not told as a distance.
        distances_m = away_m if query.near is not None else distances_m
    return Ranked(catalogue, segments, rows, scores, distances_m)


def _joined(columns: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(columns) if len(columns) > 1 else columns[0]
