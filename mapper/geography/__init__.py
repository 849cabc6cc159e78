"""Where things are: neighbourhoods, municipalities, postcodes, distance in metres, the point that may be shown.

The only home of shapely. Points are lon, lat in WGS84 degrees. Area ids keep themselves apart by their length:
neighbourhood number "22", postcode "1030", REFNIS code of a municipality "21015".
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from mapper.geography.layer import Layer, collection_of, feature_of, point_inside
from mapper.geography.sets import NeighbourhoodSet, Outline, SetSource, read_neighbourhoods
from mapper.geography.towns import Municipality, Section, load_towns, municipality_outlines, shipped_document
from mapper.model import Place, Point, Record
from mapper.text import Text, fold

EARTH_RADIUS_M = 6_371_008.8

#: A neighbourhood smaller than this says too much about a home in it, so its municipality's point is shown instead.
SMALLEST_SHOWN_KM2 = 0.25

#: Simplified outlines leave slivers between neighbours; this near still counts as touching.
ADJACENT_WITHIN_M = 30.0

#: Less than this share of a neighbourhood in a municipality is imprecision of drawing.
SMALLEST_SHARE = 0.01

#: A neighbourhood on a border is also counted with a municipality that has this share of it.
BORDER_SHARE = 0.1

#: What the browser gets is coarser than what is computed with.
NEIGHBOURHOOD_OUTLINE_M = 15.0

__all__ = [
    "AreaName", "AreaOf", "Geography", "Municipality", "Neighbourhood", "NeighbourhoodSet", "Outline", "Section",
    "SetSource", "Share", "bundled", "distance_m", "distances_m", "read_neighbourhoods", "sketch",
]  # fmt: skip

AreaKind = Literal["neighbourhood", "municipality", "postcode"]
BBox = tuple[float, float, float, float]


class Share(NamedTuple):
    """The part (0 to 1) of a neighbourhood that lies in a municipality."""

    municipality: str
    share: float


class Neighbourhood(Record, frozen=True):
    """A statistical neighbourhood. Everything but id and names is computed from outlines, never read from a file."""

    id: str
    name: Text
    spellings: tuple[str, ...]
    approximate: bool
    area_km2: float
    point: Point
    #: By overlay, largest share first.
    municipalities: tuple[Share, ...]

    @property
    def municipality(self) -> str | None:
        """REFNIS code of the municipality with the largest share."""
        return self.municipalities[0].municipality if self.municipalities else None


class AreaOf(NamedTuple):
    """The area ids of a place, as far as they are known."""

    neighbourhood: str | None
    municipality: str | None


class AreaName(NamedTuple):
    """An area and every way in which people write it."""

    id: str
    kind: AreaKind
    name: Text
    spellings: tuple[str, ...]


class Geography:
    """One set of neighbourhoods on top of the municipalities. Immutable: a new set makes a new Geography."""

    def __init__(self, neighbourhood_set: NeighbourhoodSet, spellings: Mapping[str, tuple[str, ...]]) -> None:
        self.source = neighbourhood_set.source
        self.approximate = neighbourhood_set.approximate
        towns = load_towns()
        self.municipalities: dict[str, Municipality] = towns.municipalities
        self.sections = towns.sections
        self._towns = towns.layer
        outlines = neighbourhood_set.neighbourhoods
        shapes = [shapely.from_geojson(one.geometry_geojson) for one in outlines]
        self._layer = Layer([one.id for one in outlines], shapes)
        self.neighbourhoods: dict[str, Neighbourhood] = {
            one.id: Neighbourhood(
                id=one.id,
                name=one.name,
                spellings=spellings.get(one.id, ()),
                approximate=neighbourhood_set.approximate,
                area_km2=metric.area / 1e6,
                point=point_inside(shape),
                municipalities=self._shares(metric),
            )
            for one, shape, metric in zip(outlines, shapes, self._layer.metric, strict=True)
        }
        postcodes: dict[str, list[str]] = {}
        for town in self.municipalities.values():
            for postcode in town.postcodes:
                postcodes.setdefault(postcode, []).append(town.id)
        self.postcodes: dict[str, tuple[str, ...]] = {code: tuple(ids) for code, ids in sorted(postcodes.items())}

    @classmethod
    def from_set(cls, neighbourhood_set: NeighbourhoodSet) -> "Geography":
        """The geography with this set of neighbourhoods; spellings that people use come from the shipped sketch."""
        return cls(neighbourhood_set, _sketch_spellings())

    def _shares(self, outline: Any) -> tuple[Share, ...]:
        pairs = zip(self._towns.ids, shapely.intersection(self._towns.metric, outline), strict=True)
        parts = [Share(town, float(part.area / outline.area)) for town, part in pairs]
        return tuple(sorted((one for one in parts if one.share >= SMALLEST_SHARE), key=lambda one: -one.share))

    def neighbourhoods_at(self, lons: Sequence[float], lats: Sequence[float]) -> list[str | None]:
        """The number of the neighbourhood that holds each point; None outside all, or where a number is not finite."""
        return self._layer.at(np.asarray(lons, dtype=float), np.asarray(lats, dtype=float))

    def neighbourhood_at(self, point: Point) -> str | None:
        """The number of the neighbourhood that holds this point, or None."""
        return self.neighbourhoods_at([point.lon], [point.lat])[0]

    def municipality_at(self, point: Point) -> str | None:
        """The REFNIS code of the municipality that holds this point, or None outside Brussels."""
        return self._towns.at(np.array([point.lon]), np.array([point.lat]))[0]

    @cached_property
    def _adjacent(self) -> dict[str, tuple[str, ...]]:
        tree = shapely.STRtree(self._layer.metric)
        near: dict[str, list[str]] = {one: [] for one in self._layer.ids}
        ids = self._layer.ids
        pairs = tree.query(self._layer.metric, predicate="dwithin", distance=ADJACENT_WITHIN_M).T.tolist()
        for one, other in sorted(pairs):
            if one != other:
                near[ids[one]].append(ids[other])
        return {one: tuple(others) for one, others in near.items()}

    def adjacent(self, neighbourhood_id: str) -> tuple[str, ...]:
        """The neighbourhoods that touch this one; none for an unknown number."""
        return self._adjacent.get(neighbourhood_id, ())

    def point_of(self, place: Place) -> Point | None:
        """The point that may be shown: for precision `neighbourhood` that of the named area itself, never of a home.

        A neighbourhood that is unknown or under 0.25 km² gives the point of its municipality.
        """
        if place.lon is not None and place.lat is not None:
            return Point(place.lon, place.lat)
        if place.precision != "neighbourhood":
            return None
        named = self.neighbourhoods.get(place.neighbourhood)
        if named is not None and named.area_km2 >= SMALLEST_SHOWN_KM2:
            return named.point
        town = self.municipalities.get(place.municipality or (named and named.municipality) or "")
        return None if town is None else town.point

    def area_of(self, place: Place) -> AreaOf:
        """Neighbourhood and municipality: computed from a known point, as named otherwise."""
        return self._areas_of([place])[0]

    def _areas_of(self, places: Sequence[Place]) -> list[AreaOf]:
        lons = np.array([np.nan if place.lon is None else place.lon for place in places], dtype=float)
        lats = np.array([np.nan if place.lat is None else place.lat for place in places], dtype=float)
        found = []
        for place, quarter, town in zip(places, self._layer.at(lons, lats), self._towns.at(lons, lats), strict=True):
            if place.lon is not None:
                found.append(AreaOf(quarter, town))
                continue
            named = self.neighbourhoods.get(place.neighbourhood)
            own = named.municipality if named else None
            found.append(AreaOf(named.id if named else None, place.municipality or own))
        return found

    def areas_of_all(self, places: Sequence[Place]) -> list[tuple[str, ...]]:
        """For each place the ids of all areas that hold it: neighbourhood, municipality, postcode, where known."""
        return [
            tuple(area for area in (*here, self._postcode(place, here)) if area)
            for place, here in zip(places, self._areas_of(places), strict=True)
        ]

    def _postcode(self, place: Place, here: AreaOf) -> str | None:
        # A written postcode decides; else a section of the City by its neighbourhoods; else the town's own.
        if place.address is not None and place.address.postcode:
            return place.address.postcode
        for section in self.sections.values():
            if here.neighbourhood in section.neighbourhoods:
                return section.postcode
        town = self.municipalities.get(here.municipality or "")
        return town.postcodes[0] if town else None

    def covers(self, area_id: str, place: Place) -> bool:
        """Whether the place lies in this area, as far as is known."""
        return area_id in self.areas_of_all([place])[0]

    def knows(self, area_id: str) -> bool:
        """Whether there is such a neighbourhood, municipality or postcode here."""
        return area_id in self.neighbourhoods or area_id in self.municipalities or area_id in self.postcodes

    def neighbourhoods_in(self, area_id: str) -> tuple[str, ...]:
        """The neighbourhoods of an area; those on a border belong to every municipality with a tenth of them."""
        if area_id in self.neighbourhoods:
            return (area_id,)
        if area_id in self.sections:
            return tuple(one for one in self.sections[area_id].neighbourhoods if one in self.neighbourhoods)
        elsewhere = {one for section in self.sections.values() for one in section.neighbourhoods}
        towns = {area_id} if area_id in self.municipalities else self._towns_of(area_id)
        if area_id in self.municipalities:
            elsewhere = set()
        return tuple(
            one.id
            for one in self.neighbourhoods.values()
            if one.id not in elsewhere
            and any(part.municipality in towns and part.share >= BORDER_SHARE for part in one.municipalities)
        )

    def _towns_of(self, postcode: str) -> set[str]:
        towns = self.postcodes.get(postcode, ())
        own = {code for code in towns if self.municipalities[code].postcodes[0] == postcode}
        return own or set(towns)

    def points_of(self, area_id: str) -> tuple[Point, ...]:
        """Points that stand for an area: one for a neighbourhood or municipality, some for a postcode."""
        if area_id in self.neighbourhoods:
            return (self.neighbourhoods[area_id].point,)
        if area_id in self.municipalities:
            return (self.municipalities[area_id].point,)
        if area_id in self.sections:
            known = [self.neighbourhoods.get(one) for one in self.sections[area_id].neighbourhoods]
            if any(known):
                return tuple(one.point for one in known if one)
        return tuple(self.municipalities[code].point for code in sorted(self._towns_of(area_id)))

    def area_names(self) -> list[AreaName]:
        """Every area with its names and the other ways in which people write them."""
        names = [AreaName(one.id, "neighbourhood", one.name, _spelled(one.name, one.spellings))
                 for one in self.neighbourhoods.values()]  # fmt: skip
        names += [AreaName(one.id, "municipality", one.name, _spelled(one.name, one.spellings))
                  for one in self.municipalities.values()]  # fmt: skip
        for postcode in self.postcodes:
            section = self.sections.get(postcode)
            called = section.name if section else self.municipalities[min(self._towns_of(postcode))].name
            name = Text.of({language: f"{postcode} {words}" for language, words in called.items()})
            others = _spelled(called, section.spellings) if section else ()
            names.append(AreaName(postcode, "postcode", name, (postcode, *others)))
        return names

    @cached_property
    def _browser_outlines(self) -> list[tuple[Any, dict[str, Any]]]:
        shapes = self._layer.simplified(NEIGHBOURHOOD_OUTLINE_M, 5)
        return [(shape, feature_of(one, shape)) for one, shape in
                zip(self.neighbourhoods.values(), shapes, strict=True)]  # fmt: skip

    def neighbourhood_outlines(self, bbox: BBox | None = None) -> dict[str, Any]:
        """GeoJSON for the browser, simplified to about 15 m: the neighbourhoods that touch a bbox (west, south, east,
        north). Properties: id, name per language, approximate."""
        window = None if bbox is None else shapely.box(*bbox)
        return collection_of(one for shape, one in self._browser_outlines if window is None or shape.intersects(window))

    def outline_wkb(self, neighbourhood_id: str) -> bytes:
        """The outline of a neighbourhood as well-known binary, always a MultiPolygon, lon and lat in WGS84."""
        shape = self._layer.shapes[self._layer.ids.index(neighbourhood_id)]
        parts = shapely.multipolygons(shapely.get_parts(shape))
        outline: bytes = shapely.to_wkb(parts)
        return outline

    def municipality_outlines(self) -> dict[str, Any]:
        """The same for all municipalities, coarser still: they come with the first view."""
        return municipality_outlines()


@cache
def _sketch_spellings() -> dict[str, tuple[str, ...]]:
    features = shipped_document("sketch.geojson")["features"]
    return {one["id"]: (*one["properties"]["name"].values(), *one["properties"]["spellings"]) for one in features}


@cache
def sketch() -> NeighbourhoodSet:
    """The shipped sketch: what the inventory needs, roughly drawn, until the official set is loaded."""
    document = shipped_document("sketch.geojson")
    outlines = tuple(
        Outline(
            id=one["id"],
            name=Text.of(one["properties"]["name"]),
            geometry_geojson=json.dumps(one["geometry"], separators=(",", ":")),
        )
        for one in document["features"]
    )
    return NeighbourhoodSet(
        neighbourhoods=outlines, title=document["title"], licence=document["licence"], approximate=True
    )


@cache
def bundled() -> Geography:
    """The geography that the package ships: the sketch over the 19 municipalities."""
    return Geography.from_set(sketch())


_SAINTS = (("sint ", "st "), ("sainte ", "ste "), ("saint ", "st "))


def _spelled(name: Text, others: Iterable[str]) -> tuple[str, ...]:
    """Names and other spellings, once each as people search, with "St" for every Saint."""
    found = {fold(words): words for words in (*name.values(), *others)}
    for folded in list(found):
        for long, short in _SAINTS:
            if folded.startswith(long) or f" {long}" in folded:
                brief = folded.replace(long, short)
                found.setdefault(brief, brief)
    return tuple(found.values())


def distances_m(lons: NDArray[np.float64], lats: NDArray[np.float64], point: Point) -> NDArray[np.float64]:
    """Metres along the great circle (haversine) from a point to each of many."""
    lon, lat, lon0, lat0 = (np.radians(one) for one in (lons, lats, point.lon, point.lat))
    half = np.sin((lat - lat0) / 2) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2) ** 2
    metres: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half))
    return metres


def distance_m(a: Point, b: Point) -> float:
    """Metres along the great circle between two points.

    >>> round(distance_m(Point(4.3525, 50.8467), Point(4.3660, 50.8625)), -2)
    2000.0
    """
    # As `distances_m`, which for two points alone would take ten times as long.
    lon, lat, lon0, lat0 = map(math.radians, (b.lon, b.lat, a.lon, a.lat))
    half = math.sin((lat - lat0) / 2) ** 2 + math.cos(lat) * math.cos(lat0) * math.sin((lon - lon0) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(half))
