"""Where things are: the shipped outlines, the rules of the public point, and files of neighbourhoods."""

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.geography import (
    Geography,
    NeighbourhoodSet,
    Outline,
    bundled,
    distance_m,
    distances_m,
    read_neighbourhoods,
    sketch,
)
from mapper.model import Address, Place, Point, Problem
from mapper.text import Text

OFFICIAL = Path(__file__).parents[2] / "shared" / "data" / "mdq_145_neighbourhoods_simplified8m.geojson"

KRIEKELAAR = Point(4.36810, 50.86719)
KNOWN_POINTS = {
    "De Kriekelaar": (KRIEKELAAR, "22"),
    "Biloba": (Point(4.3627, 50.8582), "22"),
    "LDC Aksent": (Point(4.3653, 50.8644), "22"),
    "De Markten": (Point(4.34655, 50.85064), "2"),
    "Muntpunt": (Point(4.35388, 50.84931), "1"),
    "Vossenplein": (Point(4.3455, 50.8372), "8"),
    "De Harmonie": (Point(4.3530, 50.8582), "21"),
    "Pianofabriek": (Point(4.34232, 50.82885), "48"),
}


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def grid_features(columns: int = 29, rows: int = 5) -> list[dict[str, Any]]:
    """Fictional squares of about 300 m, numbered from 1: as many as the official set."""
    return [
        {
            "type": "Feature",
            "properties": {"mdzone": 1 + row * columns + column, "namedut": f"Vak  {row}.{column}", "namefre": "Case"},
            "geometry": box(4.30 + column * 0.004, 50.84 + row * 0.003, 4.304 + column * 0.004, 50.843 + row * 0.003),
        }
        for row in range(rows)
        for column in range(columns)
    ]


def write(path: Path, features: list[dict[str, Any]], **more: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> NeighbourhoodSet:
    return read_neighbourhoods(write(tmp_path_factory.mktemp("grid") / "grid.geojson", grid_features()))


def sets() -> list[NeighbourhoodSet]:
    """The shipped sketch, and the official set where a copy is at hand."""
    return [sketch(), *([read_neighbourhoods(OFFICIAL)] if OFFICIAL.exists() else [])]


@pytest.fixture(scope="module", params=["sketch", "official where present"])
def geography(request: pytest.FixtureRequest) -> Geography:
    return Geography.from_set(sets()[0 if request.param == "sketch" else -1])


# What is shipped


@pytest.mark.parametrize("name", KNOWN_POINTS)
def test_a_known_place_falls_in_its_neighbourhood(geography: Geography, name: str) -> None:
    point, number = KNOWN_POINTS[name]
    assert geography.neighbourhood_at(point) == number


def test_brabantwijk_is_mostly_schaarbeek_by_overlay(geography: Geography) -> None:
    brabantwijk = geography.neighbourhoods["22"]
    assert brabantwijk.municipality == "21015"
    assert [part.municipality for part in brabantwijk.municipalities] == ["21015", "21014"]
    assert brabantwijk.municipalities[0].share == pytest.approx(0.8, abs=0.05)
    assert brabantwijk.area_km2 == pytest.approx(0.785, abs=0.05)
    assert geography.municipality_at(KRIEKELAAR) == "21015"


def test_the_official_set_has_145_neighbourhoods(grid: NeighbourhoodSet) -> None:
    for one in [grid, *sets()[1:]]:
        assert len(one.neighbourhoods) == 145 and not one.approximate


def test_the_sketch_is_called_a_sketch_and_does_not_overlap() -> None:
    assert bundled().approximate and all(one.approximate for one in bundled().neighbourhoods.values())
    shapes = [shapely.from_geojson(one.geometry_geojson) for one in sketch().neighbourhoods]
    assert all(shape.is_valid for shape in shapes)
    assert max(a.intersection(b).area for at, a in enumerate(shapes) for b in shapes[:at]) < 1e-12


def test_the_nineteen_municipalities_cover_brussels_once() -> None:
    towns = bundled().municipalities
    assert len(towns) == 19 and set(towns) == {str(code) for code in range(21001, 21020)}
    assert sum(town.area_km2 for town in towns.values()) == pytest.approx(162.4, abs=1.0)
    assert towns["21004"].area_km2 == pytest.approx(33.1, abs=0.3)
    assert not towns["21015"].approximate and towns["21011"].approximate
    assert bundled().postcodes["1030"] == ("21015",)
    for town in towns.values():
        assert bundled().municipality_at(town.point) == town.id


def test_adjacent_goes_both_ways(geography: Geography) -> None:
    assert "21" in geography.adjacent("22") and "22" not in geography.adjacent("22")
    for one in geography.neighbourhoods:
        assert all(one in geography.adjacent(other) for other in geography.adjacent(one))
    assert geography.adjacent("999") == ()


def test_a_sliver_does_not_part_neighbours() -> None:
    def outline(number: str, west: float) -> Outline:
        geometry = json.dumps(box(west, 50.85, west + 0.01, 50.86))
        return Outline(id=number, name=Text.of(number), geometry_geojson=geometry)

    metre = 1 / 70_424
    far = 4.32 + 20 * metre + 40 * metre
    trio = (outline("1", 4.30), outline("2", 4.31 + 20 * metre), outline("3", far))
    there = Geography.from_set(NeighbourhoodSet(neighbourhoods=trio, title="Three"))
    assert there.adjacent("1") == ("2",) and there.adjacent("3") == ()


# The point that may be shown


def small_and_large() -> Geography:
    outlines = (
        Outline(id="1", name=Text.of("Large"), geometry_geojson=json.dumps(box(4.3660, 50.8600, 4.3760, 50.8680))),
        Outline(id="2", name=Text.of("Small"), geometry_geojson=json.dumps(box(4.3760, 50.8600, 4.3800, 50.8630))),
    )
    return Geography.from_set(NeighbourhoodSet(neighbourhoods=outlines, title="Two"))


def test_a_small_neighbourhood_shows_the_point_of_its_municipality() -> None:
    there = small_and_large()
    assert there.neighbourhoods["1"].area_km2 > 0.25 > there.neighbourhoods["2"].area_km2
    schaarbeek = there.municipalities["21015"].point
    assert there.point_of(Place(precision="neighbourhood", neighbourhood="1")) == there.neighbourhoods["1"].point
    assert there.point_of(Place(precision="neighbourhood", neighbourhood="2")) == schaarbeek
    assert there.point_of(Place(precision="neighbourhood", neighbourhood="404", municipality="21015")) == schaarbeek
    assert there.point_of(Place(precision="neighbourhood", neighbourhood="404")) is None


def test_a_known_point_is_shown_and_a_contact_has_none() -> None:
    assert bundled().point_of(Place(precision="street", lon=4.35, lat=50.85)) == (4.35, 50.85)
    assert bundled().point_of(Place(precision="contact_only")) is None


@settings(deadline=None)
@given(st.tuples(st.floats(4.36, 4.372), st.floats(50.855, 50.869)))
def test_moving_inside_the_neighbourhood_changes_nothing(home: tuple[float, float]) -> None:
    """Whatever home in Brabantwijk its steward has in mind, the same point is shown, and it is not that home's."""
    number = bundled().neighbourhood_at(Point(*home))
    shown = bundled().point_of(Place(precision="neighbourhood", neighbourhood=number or ""))
    assert (shown == bundled().neighbourhoods["22"].point) == (number == "22")
    with pytest.raises(ValueError, match="no point"):
        Place(precision="neighbourhood", neighbourhood="22", lon=home[0], lat=home[1])


# Names and areas


def test_names_in_both_languages_with_other_spellings() -> None:
    names = {area.id: area for area in bundled().area_names()}
    assert {"Sint-Gillis", "Saint-Gilles", "st gillis", "st gilles"} <= set(names["21013"].spellings)
    assert "Molenbeek" in names["21012"].spellings
    assert "1060" in names["1060"].spellings and names["1060"].name["fr"] == "1060 Saint-Gilles"
    assert {"Laken", "Laeken"} <= set(names["1020"].spellings) and names["1020"].kind == "postcode"
    assert names["22"].name == {"nl": "Brabantwijk", "fr": "Quartier Brabant"}


def test_a_place_is_covered_by_its_areas() -> None:
    there = bundled()
    exact = Place(precision="exact", lon=KRIEKELAAR.lon, lat=KRIEKELAAR.lat)
    assert there.areas_of_all([exact]) == [("22", "21015", "1030")]
    assert there.covers("1030", exact) and not there.covers("1000", exact)
    written = Place(lon=KRIEKELAAR.lon, lat=KRIEKELAAR.lat, address=Address(postcode="1210"))
    assert there.covers("1210", written) and not there.covers("1030", written)
    assert there.areas_of_all([Place(precision="neighbourhood", neighbourhood="78")]) == [("78", "21004", "1130")]
    assert there.area_of(Place()) == (None, None)
    assert there.knows("22") and there.knows("1030") and there.knows("21015") and not there.knows("9999")


def test_the_neighbourhoods_of_an_area() -> None:
    assert bundled().neighbourhoods_in("22") == ("22",)
    assert "22" in bundled().neighbourhoods_in("1030") and "22" in bundled().neighbourhoods_in("21014")
    assert set(bundled().neighbourhoods_in("1020")) == {"19", "20", "74"}
    assert "19" not in bundled().neighbourhoods_in("1000")
    assert bundled().neighbourhoods_in("nowhere") == () == bundled().points_of("nowhere")
    assert bundled().points_of("1030") == (bundled().municipalities["21015"].point,)


# Numbers


POINTS = st.tuples(st.floats(4.30, 4.44), st.floats(50.81, 50.92))


@settings(deadline=None)
@given(st.lists(POINTS, max_size=40))
def test_the_index_finds_what_a_walk_through_all_outlines_finds(points: list[tuple[float, float]]) -> None:
    outlines = [(one.id, shapely.from_geojson(one.geometry_geojson)) for one in sketch().neighbourhoods]
    slow = [next((number for number, shape in outlines if shape.intersects(shapely.Point(at))), None) for at in points]
    assert bundled().neighbourhoods_at([at[0] for at in points], [at[1] for at in points]) == slow


def test_a_point_that_is_not_finite_is_nowhere() -> None:
    assert bundled().neighbourhoods_at([float("nan"), 4.3681], [50.867, 50.86719]) == [None, "22"]


def test_distances_are_metres_along_the_earth() -> None:
    # One minute of latitude is a nautical mile.
    assert distance_m(Point(4.35, 50.85), Point(4.35, 50.85 + 1 / 60)) == pytest.approx(1852, rel=0.002)
    assert distance_m(Point(4.35, 50.85), Point(4.36, 50.85)) == pytest.approx(702, rel=0.005)
    many = distances_m(np.array([4.35, np.nan]), np.array([50.85, np.nan]), Point(4.35, 50.85))
    assert many[0] == 0 and np.isnan(many[1])


def test_outlines_for_the_browser_are_small_and_only_what_is_in_view() -> None:
    towns = bundled().municipality_outlines()
    assert len(towns["features"]) == 19
    assert len(gzip.compress(json.dumps(towns, ensure_ascii=False, separators=(",", ":")).encode())) <= 5 * 1024
    brabant = bundled().neighbourhood_outlines((4.365, 50.861, 4.366, 50.862))["features"]
    assert [one["properties"]["id"] for one in brabant] == ["22"]
    assert brabant[0]["properties"]["approximate"] is True
    assert len(bundled().neighbourhood_outlines()["features"]) == len(sketch().neighbourhoods)


# Files


def test_names_are_tidied_and_the_source_is_kept(grid: NeighbourhoodSet) -> None:
    first = grid.neighbourhoods[0]
    assert first.id == "1" and first.name == {"nl": "Vak 0.0", "fr": "Case"}
    assert len(grid.sha256) == 64 and grid.source.count == 145 and grid.retrieved_on is not None


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "zip"])
def test_other_formats_and_coordinate_systems_give_the_same(
    suffix: str, tmp_path: Path, grid: NeighbourhoodSet
) -> None:
    import geopandas

    frame = geopandas.GeoDataFrame.from_features(grid_features(), crs=4326).to_crs(31370)
    path = tmp_path / f"set.{'shp' if suffix == 'zip' else suffix}"
    frame.to_file(path)
    if suffix == "zip":
        packed = tmp_path / "set.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            for part in tmp_path.glob("set.[!z]*"):
                archive.write(part, part.name)
        path = packed
    found = read_neighbourhoods(path)
    assert [one.id for one in found.neighbourhoods] == [one.id for one in grid.neighbourhoods]
    for mine, theirs in zip(found.neighbourhoods, grid.neighbourhoods, strict=True):
        a, b = shapely.from_geojson(mine.geometry_geojson), shapely.from_geojson(theirs.geometry_geojson)
        assert a.hausdorff_distance(b) < 5e-6


def test_a_bow_tie_is_made_valid(tmp_path: Path) -> None:
    bow = {
        "type": "Polygon",
        "coordinates": [[[4.35, 50.85], [4.36, 50.86], [4.36, 50.85], [4.35, 50.86], [4.35, 50.85]]],
    }
    feature = {"type": "Feature", "properties": {"id": "5", "name_nl": "Strik"}, "geometry": bow}
    found = read_neighbourhoods(write(tmp_path / "bow.geojson", [feature]))
    assert shapely.from_geojson(found.neighbourhoods[0].geometry_geojson).is_valid


def one_feature(**changes: Any) -> dict[str, Any]:
    properties = {"mdzone": 1, "namedut": "Vak"} | changes.pop("properties", {})
    return {"type": "Feature", "properties": properties, "geometry": box(4.35, 50.85, 4.36, 50.86)} | changes


BAD_FILES = {
    "empty": (lambda: b"", "empty"),
    "utf-16": (lambda: json.dumps({"features": [one_feature()]}).encode("utf-16"), "UTF-16"),
    "cut off": (lambda: json.dumps({"type": "FeatureCollection", "features": grid_features()}).encode()[:-40], "whole"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(500), "whole"),
    "broken zip": (lambda: b"PK\x03\x04" + bytes(500), "whole"),
    "broken geopackage": (lambda: b"SQLite format 3\0" + bytes(500), "whole"),
    "20 MB": (lambda: b"x" * 20_000_001, "20 MB"),
    "20 MB of brackets": (lambda: b'{"a":' + b"[" * 19_000_000, "whole"),
    "no features": (lambda: b'{"type":"FeatureCollection","features":[]}', "no neighbourhoods"),
    "features that are text": (lambda: b'{"type":"FeatureCollection","features":"x"}', "no neighbourhoods"),
    "NaN": (lambda: json.dumps({"type": "FeatureCollection", "features": [
        one_feature(geometry=box(float("nan"), 50.85, 4.36, 50.86))]}).encode(), "not a number"),
    "metres called degrees": (lambda: json.dumps({"type": "FeatureCollection", "features": [
        one_feature(geometry=box(148_000, 170_000, 149_000, 171_000))]}).encode(), "not in Brussels"),
    "lat before lon": (lambda: json.dumps({"type": "FeatureCollection", "features": [
        one_feature(geometry=box(50.85, 4.35, 50.86, 4.36))]}).encode(), "not in Brussels"),
    "a point": (lambda: json.dumps({"type": "FeatureCollection", "features": [
        one_feature(geometry={"type": "Point", "coordinates": [4.35, 50.85]})]}).encode(), "not an area"),
    "no outline": (lambda: json.dumps({"type": "FeatureCollection", "features": [
        one_feature(), one_feature(properties={"mdzone": 2}, geometry=None)]}).encode(), "outline"),
    "twice": (lambda: json.dumps({"type": "FeatureCollection", "features": [
        one_feature(), one_feature()]}).encode(), "twice"),
    "a postcode as number": (lambda: json.dumps({"type": "FeatureCollection", "features": [
        one_feature(properties={"mdzone": 1030})]}).encode(), "1030"),
    "other columns": (lambda: json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"colour": "red"}, "geometry": box(4.35, 50.85, 4.36, 50.86)}]}).encode(),
        "mdzone"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_file_gives_one_sentence(what: str, tmp_path: Path) -> None:
    make, expected = BAD_FILES[what]
    path = tmp_path / "neighbourhoods.geojson"
    path.write_bytes(make())
    with pytest.raises(Problem) as problem:
        read_neighbourhoods(path)
    assert expected in str(problem.value) and "\n" not in str(problem.value) and "Error" not in str(problem.value)


def test_no_file_gives_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="There is no file"):
        read_neighbourhoods(tmp_path / "nothing.geojson")
