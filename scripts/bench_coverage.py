"""Measures the neighbourhood pages: gaps of every neighbourhood and need, and what one page asks, beside geopandas.

    python scripts/bench_coverage.py --counts 10000 100000

The peer is the same two-step method as one would write it with geopandas: a spatial join within the catchment, then
group-bys. It must give the same numbers.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from make_fictional import make

from mapper import coverage, taxonomy
from mapper.access import TERMINAL_ADMIN
from mapper.catalogue import Catalogue, needs_of
from mapper.core import Mapper
from mapper.coverage import Counted
from mapper.coverage.supply import THERE, is_formal, room_for, supply, walking_decay
from mapper.coverage.thresholds import thresholds
from mapper.exchange.reading import Reading
from mapper.geography import Geography, NeighbourhoodSet, Outline, read_neighbourhoods
from mapper.model import Figure
from mapper.opening import now_in_brussels
from mapper.text import Text

GAPS_S, PAGE_MS = 10.0, 300.0
sys.path.append(str(Path(__file__).parents[1]))  # signing in is done as the tests do it
_REAL = Path(__file__).parents[2] / "shared" / "data" / "mdq_145_neighbourhoods_simplified8m.geojson"
#: Fictional residents: the measurement needs some, nobody is told them.
_RESIDENTS = 10_000.0


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """What a run gives, and its processor time in seconds: other work on the machine counts less."""
    start = time.process_time()
    found = run()
    return found, time.process_time() - start


def geography() -> Geography:
    """The 145 official neighbourhoods where they are at hand, else a grid of as many squares."""
    return Geography.from_set(_set())


def _set() -> NeighbourhoodSet:
    return read_neighbourhoods(_REAL) if _REAL.exists() else _grid()


def _grid() -> NeighbourhoodSet:
    squares = []
    for number in range(145):
        west, south = 4.25 + 0.018 * (number % 13), 50.77 + 0.0125 * (number // 13)
        ring = [
            [west, south],
            [west + 0.018, south],
            [west + 0.018, south + 0.0125],
            [west, south + 0.0125],
            [west, south],
        ]
        shape = json.dumps({"type": "Polygon", "coordinates": [ring]})
        squares.append(Outline(id=str(number + 1), name=Text.of(f"Square {number + 1}"), geometry_geojson=shape))
    return NeighbourhoodSet(neighbourhoods=tuple(squares), title="Grid", licence="none", approximate=True)


def with_geopandas(catalogue: Catalogue, counted: dict[str, Counted]) -> dict[tuple[str, str], float]:
    """Places for each 10,000 residents by neighbourhood and need, as a spatial join and group-bys."""
    import geopandas
    import pandas

    terms, rules, today = catalogue.taxonomy, thresholds(), now_in_brussels().date()
    rows = []
    for record in catalogue:
        point = catalogue.point_of(record)
        if record.status in THERE and point is not None and not record.service_area:
            for need in needs_of(record):
                room = room_for(record, need, today, rules.room)
                if not terms.needs[need].right or is_formal(record, terms):
                    rows.append((record.id, need, room, point.lon, point.lat))
    table = pandas.DataFrame(rows, columns=["place", "need", "room", "lon", "lat"])
    places = geopandas.GeoDataFrame(table, geometry=geopandas.points_from_xy(table.lon, table.lat), crs=4326).to_crs(
        31370
    )
    quarters = catalogue.geography.neighbourhoods.values()
    middles = pandas.DataFrame([(q.id, q.point.lon, q.point.lat, counted[q.id].value) for q in quarters],
                               columns=["area", "lon0", "lat0", "residents"])  # fmt: skip
    found = {}
    for catchment_m in (rules.catchment.everyday_m, rules.catchment.far_m):
        wanted = [need for need in terms.needs if rules.catchment.metres_for(need) == catchment_m]
        shapes = geopandas.GeoDataFrame(
            middles, geometry=geopandas.points_from_xy(middles.lon0, middles.lat0), crs=4326
        ).to_crs(31370)
        shapes["geometry"] = shapes.buffer(catchment_m / rules.detour.factor * 1.02)
        pairs = geopandas.sjoin(places[places.need.isin(wanted)], shapes, predicate="within")
        pairs["near"] = walking_decay(_metres(pairs) * rules.detour.factor, catchment_m)
        pairs["wants"] = pairs.near * pairs.residents
        pairs["demand"] = pairs.groupby(["place", "need"]).wants.transform("sum")
        pairs = pairs[pairs.demand > 0]
        pairs["share"] = pairs.room / pairs.demand * pairs.near * 10_000
        found.update(pairs.groupby(["area", "need"]).share.sum().to_dict())
    return found


def _metres(pairs: Any) -> Any:
    lon, lat, lon0, lat0 = (np.radians(pairs[name].to_numpy()) for name in ("lon", "lat", "lon0", "lat0"))
    half = np.sin((lat - lat0) / 2) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2) ** 2
    return 2 * 6_371_008.8 * np.arcsin(np.sqrt(half))


def measure(count: int) -> dict[str, Any]:
    """Times over so many fictional records."""
    catalogue = Catalogue(make(count), geography(), taxonomy.load())
    now = now_in_brussels()
    areas = tuple(catalogue.geography.neighbourhoods)
    counted = {area: Counted(_RESIDENTS, 2025, "Fictional") for area in areas}
    _held, columns_s = timed(lambda: supply(catalogue, now.date()))
    everything, all_s = timed(lambda: coverage.gaps(catalogue, now.date(), areas, counted=counted))
    middle = "22" if "22" in areas else areas[len(areas) // 2]
    one_s = statistics.median(
        timed(lambda: coverage.gaps(catalogue, now.date(), (middle,), counted=counted))[1] for _time in range(5)
    )
    coverage.patchwork(catalogue, middle)  # the index of what is served is made once
    found, patchwork_s = timed(lambda: coverage.patchwork(catalogue, middle))
    coverage.network(catalogue, ())  # networkx loads its parts when first used
    _net, network_s = timed(lambda: coverage.network(catalogue, (entry.resource for entry in found.entries)))
    free = Catalogue((one for one in catalogue if not one.service_area), catalogue.geography, catalogue.taxonomy)
    supply(free, now.date())
    ours, ours_s = timed(lambda: coverage.gaps(free, now.date(), areas, counted=counted, languages=()))
    theirs, theirs_s = timed(lambda: with_geopandas(free, counted))
    worst = max(
        abs((ours.cell(area, need).per_10000 or 0.0) - theirs.get((area, need), 0.0))
        for area in areas
        for need in ours.needs
    )
    assert worst < 1e-2, f"geopandas says otherwise: {worst}"
    return {
        "count": count, "neighbourhoods": len(areas), "cells": int(everything.state.size), "columns_s": columns_s,
        "gaps_s": columns_s + all_s, "one_neighbourhood_ms": one_s * 1000, "patchwork_ms": patchwork_s * 1000,
        "entries": len(found.entries), "network_ms": network_s * 1000,
        "same_method_s": {"mapper": ours_s, "geopandas": theirs_s}, "page_ms": pages(count, middle),
    }  # fmt: skip


def pages(records: int, area: str) -> dict[str, float]:
    """Time of whole pages, in milliseconds, warm: for everyone, for a worker and for the coach of the quarter."""
    from mapper.web import create_app
    from tests.signing_in import sign_in

    found = {}
    with (
        tempfile.TemporaryDirectory(prefix="mapper-bench-") as folder,
        Mapper.open(Path(folder), create=True) as mapper,
    ):
        mapper.load_neighbourhoods(TERMINAL_ADMIN, _set())
        readings = (Reading(line=None, resource=one) for one in make(records))
        mapper.import_resources(TERMINAL_ADMIN, readings)
        counts = [
            Figure(neighbourhood=one, indicator="population", year=2025, value=_RESIDENTS, source="Fictional")
            for one in mapper.geography.neighbourhoods
        ]
        mapper.load_figures(TERMINAL_ADMIN, counts)
        for role, fields in (("everyone", {}), ("worker", {"team": "team"}), ("coach", {"areas": (area,)})):
            client = create_app(mapper).test_client()
            if role != "everyone":
                sign_in(client, mapper, role, **fields)
            client.get(f"/neighbourhoods/{area}")
            spent = []
            for _time in range(5):
                answer, seconds = timed(lambda client=client: client.get(f"/neighbourhoods/{area}"))  # type: ignore[misc]
                assert answer.status_code == 200
                spent.append(seconds * 1000)
            found[role] = statistics.median(spent)
    return found


def report(measured: list[dict[str, Any]]) -> None:
    """Prints the tables."""
    for found in measured:
        print(f"\nNeighbourhood pages: {found['count']} fictional records, {found['neighbourhoods']} neighbourhoods")
        print(f"  all gaps ({found['cells']} cells, columns made first)  {found['gaps_s']:8.2f} s   "
              f"(goal {GAPS_S} s: {'met' if found['gaps_s'] <= GAPS_S else 'MISSED'})")  # fmt: skip
        for name in ("one_neighbourhood_ms", "patchwork_ms", "network_ms"):
            print(f"  {name:24} {found[name]:8.1f}   ({found['entries']} entries)")
        for name, ms in found["page_ms"].items():
            print(f"  page for {name:15} {ms:8.1f} ms (goal {PAGE_MS} ms: {'met' if ms <= PAGE_MS else 'MISSED'})")
        both = found["same_method_s"]
        for name, seconds in both.items():
            print(f"  same method with {name:10} {seconds:8.2f} s  {seconds / both['mapper']:6.1f} ×")


def main() -> dict[str, Any]:
    """Measures, prints, and with --json writes everything to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    measured = [measure(count) for count in options.counts]
    report(measured)
    if options.json:
        options.json.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    return {"coverage": measured}


if __name__ == "__main__":
    main()
    sys.exit(0)
