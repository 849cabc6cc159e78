"""The municipalities of Brussels and the sections of the City, as the package ships them."""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import shapely

from mapper.geography.layer import Layer, collection_of, feature_of, point_inside, to_metres
from mapper.model import Point, Record
from mapper.shipped import data_folder
from mapper.text import Text

#: What the browser gets is coarser than what is computed with.
MUNICIPALITY_OUTLINE_M = 60.0


class Municipality(Record, frozen=True):
    """One of the 19 municipalities. The first postcode is the one of the municipality as a whole."""

    id: str
    name: Text
    spellings: tuple[str, ...]
    postcodes: tuple[str, ...]
    approximate: bool
    area_km2: float
    point: Point


class Section(Record, frozen=True):
    """A part of the City that people call by its own name and postcode: 1020 Laken / Laeken."""

    postcode: str
    name: Text
    neighbourhoods: tuple[str, ...]
    spellings: tuple[str, ...] = ()


class Towns(NamedTuple):
    """The municipalities, the sections of the City, and the outlines of the municipalities."""

    municipalities: dict[str, Municipality]
    sections: dict[str, Section]
    layer: Layer


@cache
def load_towns() -> Towns:
    """What the package ships."""
    document = shipped_document("municipalities.geojson")
    towns, shapes = {}, []
    for feature in document["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        about = feature["properties"]
        shapes.append(shape)
        towns[feature["id"]] = Municipality(
            id=feature["id"],
            name=Text.of(about["name"]),
            spellings=tuple(about["spellings"]),
            postcodes=tuple(about["postcodes"]),
            approximate=about["approximate"],
            area_km2=to_metres(shape).area / 1e6,
            point=point_inside(shape),
        )
    sections = {
        code: Section(
            postcode=code,
            name=Text.of(one["name"]),
            neighbourhoods=tuple(one["neighbourhoods"]),
            spellings=tuple(one.get("spellings", ())),
        )
        for code, one in document["sections"].items()
    }
    return Towns(towns, sections, Layer(list(towns), shapes))


@cache
def municipality_outlines() -> dict[str, Any]:
    """GeoJSON of all municipalities for the browser, simplified to about 60 m."""
    towns = load_towns()
    shapes = towns.layer.simplified(MUNICIPALITY_OUTLINE_M, 4)
    return collection_of(
        feature_of(one, shape) for one, shape in zip(towns.municipalities.values(), shapes, strict=True)
    )


def shipped_document(name: str) -> dict[str, Any]:
    """A file of `data/neighbourhoods/`."""
    document: dict[str, Any] = json.loads((Path(data_folder()) / "neighbourhoods" / name).read_text(encoding="utf-8"))
    return document
