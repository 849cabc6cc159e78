"""GeoJSON (RFC 7946): our own export, OpenStreetMap's in osmtogeojson style, and any other with names and kinds."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from mapper.exchange import cells, osm, tables
from mapper.exchange.reading import JSON_LIMIT_BYTES, Reading, open_text, parse_json
from mapper.model import Place, Point, Problem, Resource, from_table, to_table
from mapper.text import N_

#: Names for plain WGS84 degrees that older files still carry.
_DEGREES = ("CRS84", "EPSG::4326", "EPSG:4326", "WGS84", "WGS 84")


def read(source: Path | bytes, name: str = "") -> Iterator[Reading]:
    """Readings of a FeatureCollection. Raises `Problem` when it is none, or in another CRS than WGS84 degrees."""
    name = name or (source.name if isinstance(source, Path) else "–")
    value = parse_json(open_text(source, JSON_LIMIT_BYTES, name), name)
    if not isinstance(value, dict) or value.get("type") != "FeatureCollection":
        raise Problem(N_("{file} is not a GeoJSON FeatureCollection."), file=name)
    return read_collection(value, name)


def read_collection(collection: Mapping[str, Any], name: str) -> Iterator[Reading]:
    """Readings of a parsed FeatureCollection, as `read`."""
    features = collection.get("features")
    if not isinstance(features, list) or not features:
        raise Problem(N_("{file} has no features: there is nothing to read."), file=name)
    _check_crs(collection, features, name)
    stamp = osm.date_of(collection.get("timestamp"))
    return (reading for line, feature in enumerate(features, start=1) for reading in _read(feature, line, stamp))


def _check_crs(collection: Mapping[str, Any], features: list[Any], name: str) -> None:
    crs = json.dumps(collection.get("crs"), default=str)
    metres = next((pair for feature in features for pair in _pairs(_geometry(feature)) if _is_far(pair)), None)
    if (collection.get("crs") and not any(word in crs for word in _DEGREES)) or metres:
        raise Problem(
            N_("{file} is not in WGS84 degrees but in another coordinate system: export it again as EPSG:4326."),
            file=name,
        )


def _is_far(pair: tuple[Any, Any]) -> bool:
    return any(isinstance(number, (int, float)) and 360 < abs(number) < float("inf") for number in pair)


def _read(feature: Any, line: int, on: Any) -> Iterator[Reading]:
    try:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            raise Problem(N_("Feature {line} has no properties, so not even a name."), line=line)
        osm_id = osm.external_id_of(properties.get("@id") or feature.get("id") or properties.get("id"))
        if osm_id:
            tags = {key: str(words) for key, words in properties.items() if isinstance(words, (str, int, float))}
            lon, lat = _centre(feature)
            yield from osm.read_tags([osm.Tagged(line, tags, osm_id, lon, lat)], on)
        elif _is_ours(properties):
            # The point of a record of ours stands in the record; the geometry may be that of its neighbourhood.
            yield Reading(line, from_table(properties))
        else:
            resource, notes, fields = _generic(feature, properties, line)
            yield Reading(line, resource, notes=notes, fields=fields)
    except Problem as problem:
        yield Reading(line, problem=problem)


def _is_ours(properties: Mapping[str, Any]) -> bool:
    return isinstance(properties.get("id"), str) and "kind" in properties and isinstance(properties.get("name"), dict)


def _generic(
    feature: Mapping[str, Any], properties: Mapping[str, Any], line: int
) -> tuple[Resource, tuple[Problem, ...], frozenset[str]]:
    """A feature of another register, its properties read like the columns of a table."""
    values: dict[str, str] = {}
    for key, value in properties.items():
        column = tables.column_of(str(key))
        if column and column != "record_id" and isinstance(value, (str, int, float)):
            values.setdefault(column, tables.restored(str(value)))
        elif column and isinstance(value, list) and all(isinstance(part, str) for part in value):
            values.setdefault(column, "; ".join(value))
    if feature.get("geometry") is not None:
        values["lon"], values["lat"] = (str(number) for number in cells.point(*_centre(feature)))
    if not values.get("kind"):
        raise Problem(N_("Feature {line} has no kind: add a property kind, such as library."), line=line)
    return *tables.resource_of(values, line), tables.fields_of(values)


def _geometry(feature: Any) -> Any:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    return geometry.get("coordinates") if isinstance(geometry, dict) else None


def _centre(feature: Mapping[str, Any]) -> tuple[object, object]:
    """The point of a feature, or the middle of its box: near enough for the outline of a building."""
    pairs = list(_pairs(_geometry(feature)))
    if not pairs:
        return "", ""
    if len(pairs) == 1 or not all(isinstance(number, (int, float)) for pair in pairs for number in pair):
        return pairs[0]
    lons, lats = zip(*pairs, strict=True)
    return round((min(lons) + max(lons)) / 2, 6), round((min(lats) + max(lats)) / 2, 6)


def _pairs(coordinates: Any, depth: int = 4) -> Iterator[tuple[Any, Any]]:
    """Every (lon, lat) in coordinates, no deeper than a MultiPolygon is."""
    if not isinstance(coordinates, list) or not coordinates or depth == 0:
        return
    if isinstance(coordinates[0], list):
        for part in coordinates:
            yield from _pairs(part, depth - 1)
    elif len(coordinates) >= 2:
        yield coordinates[0], coordinates[1]


def write_geojson(resources: Iterable[Resource], point_of: Callable[[Place], Point | None]) -> bytes:
    """A FeatureCollection whose properties are the records themselves.

    `point_of` gives the point that may be shown, None where there is none. Whether papers are asked is
    left out unless the group itself made it public.
    """
    from mapper.catalogue import public_view

    features = []
    for resource in resources:
        point = point_of(resource.place)
        geometry = None if point is None else {"type": "Point", "coordinates": [point.lon, point.lat]}
        properties = to_table(public_view(resource))
        features.append({"type": "Feature", "id": resource.id, "geometry": geometry, "properties": properties})
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})
