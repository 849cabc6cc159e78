"""Outlines with an index, in degrees and in local metres, and what a browser gets of them."""

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from mapper.model import Point
from mapper.text import Text

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
        shapely.prepare(self.shapes)

    @cached_property
    def metric(self) -> NDArray[Any]:
        return np.array([to_metres(one) for one in self.shapes], dtype=object)

    def at(self, lons: NDArray[np.float64], lats: NDArray[np.float64]) -> list[str | None]:
        known = np.flatnonzero(np.isfinite(lons) & np.isfinite(lats))
        points, places = self.tree.query(shapely.points(lons[known], lats[known]))
        points = known[points]
        inside = shapely.intersects_xy(self.shapes[places], lons[points], lats[points])
        # On a shared border the first one wins, so that the answer does not depend on the index.
        first = np.full(len(lons), len(self.ids))
        np.minimum.at(first, points[inside], places[inside])
        found: list[str | None] = np.array([*self.ids, None], dtype=object)[first].tolist()
        return found

    def simplified(self, tolerance_m: float, decimals: int) -> list[Any]:
        fewer = shapely.coverage_simplify(self.metric, tolerance_m)
        return [shapely.transform(one, lambda xy: np.round(xy / M_PER_DEGREE, decimals)) for one in fewer]


class Area(Protocol):
    """What the browser is told of an area."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> Text: ...
    @property
    def approximate(self) -> bool: ...
    @property
    def point(self) -> Point: ...


def feature_of(area: Area, shape: Any) -> dict[str, Any]:
    """An area for the browser; `at` is where its name goes."""
    properties = {"id": area.id, "name": area.name, "approximate": area.approximate, "at": area.point}
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(shape))}


def collection_of(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Features as one GeoJSON document."""
    return {"type": "FeatureCollection", "features": list(features)}


def point_inside(shape: Any) -> Point:
    """A point surely inside, to five decimals so that it is the same on every machine."""
    inside = shape.representative_point()
    return Point(round(inside.x, 5), round(inside.y, 5))
