"""Clusters for one view, and the script that draws the map."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mapper import maps

LON = st.floats(4.2, 4.5) | st.just(float("nan"))
LAT = st.floats(50.7, 51.0) | st.just(float("nan"))


def places(count: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    chance = np.random.default_rng(7)
    west, south, east, north = maps.BRUSSELS
    return chance.uniform(west, east, count), chance.uniform(south, north, count), [f"p{i}" for i in range(count)]


@given(st.lists(st.tuples(LON, LAT), max_size=80), st.integers(0, 19))
def test_no_place_is_lost_or_counted_twice(points: list[tuple[float, float]], zoom: int) -> None:
    lons, lats = np.array([p[0] for p in points], float), np.array([p[1] for p in points], float)
    ids = [f"p{i}" for i in range(len(points))]
    found = maps.clusters(lons, lats, ids, maps.BRUSSELS, zoom)
    west, south, east, north = maps.BRUSSELS
    inside = (lons >= west) & (lons <= east) & (lats >= south) & (lats <= north)
    assert sum(one.size for one in found) == inside.sum()
    assert len(found) <= maps.MOST_CLUSTERS
    singles = [one.id for one in found if one.id is not None]
    assert len(set(singles)) == len(singles)
    for one in found:
        assert (one.id is None) == (one.size > 1)
        assert west - 1e-5 <= one.lon <= east + 1e-5 and south - 1e-5 <= one.lat <= north + 1e-5


def test_ten_thousand_places_are_few_marks_and_the_same_ones_again() -> None:
    lons, lats, ids = places(10_000)
    for zoom in range(9, 20):
        first = maps.clusters(lons, lats, ids, maps.BRUSSELS, zoom)
        assert 1 < len(first) <= maps.MOST_CLUSTERS
        assert first == maps.clusters(lons, lats, ids, maps.BRUSSELS, zoom)


def test_places_at_one_point_say_that_coming_closer_does_not_part_them() -> None:
    together = maps.clusters(np.full(3, 4.35), np.full(3, 50.85), ["a", "b", "c"], maps.BRUSSELS, 19)
    assert [(one.lon, one.lat, one.size, one.id, one.same_point) for one in together] == [(4.35, 50.85, 3, None, True)]
    near = maps.clusters(np.array([4.35, 4.3501]), np.array([50.85, 50.85]), ["a", "b"], maps.BRUSSELS, 10)
    assert [(one.size, one.same_point) for one in near] == [(2, False)]


def test_coming_closer_parts_a_cluster() -> None:
    lons, lats, ids = places(2000)
    far = len(maps.clusters(lons, lats, ids, (4.3, 50.8, 4.4, 50.9), 10))
    near = maps.clusters(lons, lats, ids, (4.35, 50.85, 4.365, 50.86), 19)
    assert far > 1 and len(near) > 3 and all(one.size == 1 for one in near)


def test_an_empty_view_has_no_marks() -> None:
    nothing = np.array([])
    assert maps.clusters(nothing, nothing, [], maps.BRUSSELS, 12) == []
    assert maps.view_of(np.array([np.nan]), np.array([np.nan])) == maps.BRUSSELS


@given(st.lists(st.tuples(st.floats(4.2, 4.5), st.floats(50.7, 51.0)), min_size=1, max_size=20))
def test_the_first_view_is_a_real_box_that_fits_the_panel(points: list[tuple[float, float]]) -> None:
    lons, lats = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    west, south, east, north = maps.view_of(lons, lats)
    assert west < east and south < north
    zoom = maps.zoom_for((west, south, east, north))
    assert (east - west) / 360 * 256 * 2**zoom <= 560 + 1


def test_the_script_is_the_same_every_time_and_names_no_host() -> None:
    urls = {"places": "/places.geojson", "detail": "/r/"}
    script = maps.script(urls)
    assert script == maps.script(urls)
    assert "mapper.resourceLayer(" in script and 'L.map(\n"map_mapper"' in script
    assert "//" not in script
    assert "tileLayer" not in script


def test_only_an_operators_tiles_come_from_elsewhere() -> None:
    script = maps.script({}, "https://tiles.example/{z}/{x}/{y}.png")
    assert re.findall(r"https?://[^/\"]+", script) == ["https://tiles.example"]
    assert "openstreetmap" not in script.lower()
