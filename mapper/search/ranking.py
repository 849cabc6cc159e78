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


class Ranked(NamedTuple):
    """All answers in columns, best first."""

    segments: NDArray[np.int64]
    rows: NDArray[np.int64]
    scores: Scores
    distances_m: NDArray[np.float64]
    ids: NDArray[np.object_]
    lons: NDArray[np.float64]
    lats: NDArray[np.float64]


def rank(query: Query, catalogue: Catalogue, kept: list[Kept], instead: Point | None) -> Ranked:
    """All answers, best first: by score, then the nearest, then by name."""
    numbers = _joined([np.full(len(own.rows), number) for number, own in enumerate(kept)])
    rows = _joined([own.rows for own in kept])
    scores = _joined([own.scores for own in kept])
    places = _joined([shelf.order[own.rows] for shelf, own in zip(catalogue.shelves, kept, strict=True)])
    distances_m = np.full(len(rows), np.inf)
    from_here = query.near or instead
    if from_here is not None:
        away_m = _joined(
            [
                distances_m_from(segment.lons[own.rows], segment.lats[own.rows], from_here)
                for (segment, _gone), own in zip(catalogue.segments, kept, strict=True)
            ]
        )
        away_m = np.nan_to_num(away_m, nan=np.inf)
        scores = scores + (_NEAR_WEIGHT * _NEAR_SCALE_M / (_NEAR_SCALE_M + away_m)).astype(np.float32)
        # Near a place that was named, which is not where the reader is: it orders, and is not told as a distance.
        distances_m = away_m if query.near is not None else distances_m
    # Names and ids settle the last ties, so that the order never depends on how records came in.
    order = np.lexsort((places, distances_m, -np.round(scores, 5)))
    numbers, rows = numbers[order], rows[order]
    return Ranked(
        numbers,
        rows,
        scores[order],
        distances_m[order],
        *(_column(name, catalogue, numbers, rows) for name in ("ids", "lons", "lats")),
    )


def _joined(columns: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(columns) if len(columns) > 1 else columns[0]


def _column(name: str, catalogue: Catalogue, numbers: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[Any]:
    """A column of the segments, for these rows of theirs."""
    first: NDArray[Any] = getattr(catalogue.segments[0][0], name)
    if len(catalogue.segments) == 1:
        return first[rows]
    found = np.empty(len(rows), first.dtype)
    for number, (segment, _gone) in enumerate(catalogue.segments):
        mine = numbers == number
        found[mine] = getattr(segment, name)[rows[mine]]
    return found
