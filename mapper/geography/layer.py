"""Outlines with an index, in degrees and in local metres."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

#: Metres in a degree of lon and of lat at 50.85° N: over the 20 km of Brussels exact to some parts in ten thousand.
M_PER_DEGREE = np.array([70_424.0, 111_245.0])


def to_metres(shape: Any) -> Any:
    """The same shape in local metres, for areas and near distances within Brussels."""
    return shapely.transform(shape, lambda xy: xy * M_PER_DEGREE)


class Layer:
    """Outlines with an index: which one holds a point, and the same outlines as GeoJSON for a browser."""

    def __init__(self, ids: Sequence[str], shapes: Sequence[Any]) -> None:
        self.ids = tuple(ids)
        self.shapes = np.array(shapes, dtype=object)
        self.tree = shapely.STRtree(self.shapes)

    @cached_property
    def metric(self) -> NDArray[Any]:
        return np.array([to_metres(one) for one in self.shapes], dtype=object)

    def at(self, lons: NDArray[np.float64], lats: NDArray[np.float64]) -> list[str | None]:
        found: list[str | None] = [None] * len(lons)
        known = np.flatnonzero(np.isfinite(lons) & np.isfinite(lats))
        points, places = self.tree.query(shapely.points(lons[known], lats[known]), predicate="intersects")
        # On a shared border the first one wins, so that the answer does not depend on the index.
        for point, place in sorted(zip(known[points].tolist(), places.tolist(), strict=True), reverse=True):
            found[point] = self.ids[place]
        return found

    def simplified(self, tolerance_m: float, decimals: int) -> list[Any]:
        fewer = shapely.coverage_simplify(self.metric, tolerance_m)
        return [shapely.transform(one, lambda xy: np.round(xy / M_PER_DEGREE, decimals)) for one in fewer]
