"""`make bench`: measures mapper on a fictional inventory, beside named peers. How to read it: docs/benchmarks.md."""

import argparse
import importlib
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bench_page
import bench_server

from mapper.core import Mapper

_FIRST_PLACES = "/places.geojson?bbox=4.243,50.763,4.483,50.914&zoom=11"
_PATHS = ("/", "/?q=conversation", _FIRST_PLACES, f"{_FIRST_PLACES}&q=conversation", "/resources.json")
#: What must hold, in bytes (a kB is 1000), milliseconds and seconds.
FIRST_VIEW_BYTES, PLACES_BYTES = 75_000, 5_000
GOALS_MS = {"wide, this machine": 1000, "wide, slow phone": 1500}
SECOND_START_S = 3.0
#: For so long after a start the server reads ahead for the first search, and answers slower.
_READING_AHEAD_S = 8


def measure(count: int, runs: int, marker_runs: int) -> dict[str, Any]:
    """Everything about the site, on the shipped inventory with so many fictional records added."""
    with tempfile.TemporaryDirectory(prefix="mapper-bench-") as folder:
        home = Path(folder)
        demo = {"first_s": bench_server.starts(home), "second_s": bench_server.starts(home)}
        import_s = bench_server.fill(home, count)
        demo[f"with_{count}_more_s"] = bench_server.starts(home)
        catalogue = bench_server.catalogue(home)
        with Mapper.open(home) as mapper:
            public = mapper.catalogue()
            placed = [(point, one) for one in public if (point := public.point_of(one)) is not None]
            points = [(point.lat, point.lon, one.name.best("en")[1]) for point, one in placed]
        with bench_server.running(home, "serve") as (site, _seconds):
            time.sleep(_READING_AHEAD_S)
            answers = bench_server.answers(site, _PATHS)
            page = bench_page.measure(site, points, runs, marker_runs)
    return {
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)},
        "records": count,
        "demo": {name: round(seconds, 2) for name, seconds in demo.items()},
        "catalogue": {"import_s": round(import_s, 2), **catalogue},
        "answers": answers,
        "page": page,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def report(found: dict[str, Any]) -> None:
    """Prints what was measured, as tables."""
    page, machine = found["page"], found["machine"]
    print(f"\n{found['records']} fictional records, {page['markers_on_the_map']} places with a point")
    print(f"{machine['processor']}, {machine['cores']} cores, load {machine['load']}")
    print("\nFirst markers on the screen, ms since navigation began (median; ratio to mapper; single runs)")
    for case, peers in page["waits_ms"].items():
        goal = GOALS_MS.get(case)
        told = f"  (goal {goal} ms: {_verdict(peers['mapper']['median'], goal)})" if goal else ""
        print(f"  {case}{told}")
        for name, spread in peers.items():
            ratio = spread["median"] / max(1, peers["mapper"]["median"])
            print(f"    {name:18} {spread['median']:>7}  {ratio:>6.1f} ×   {spread['runs']}")
    for line in page["not_measured"]:
        print(f"  not measured: {line}")
    print("\nBytes over the wire, headers included")
    for view, sizes in page["bytes"].items():
        goal = f"  (goal {FIRST_VIEW_BYTES}: {_verdict(sum(sizes.values()), FIRST_VIEW_BYTES)})"
        print(f"  {view}: {sum(sizes.values())}{goal if view.startswith('first view') else ''}")
        for name, size in sizes.items():
            over = f"  over {PLACES_BYTES}" if "places" in name and size > PLACES_BYTES else ""
            print(f"    {size:>8}  {name[:100]}{over}")
    print("\nThe server, one reader at a time")
    for path, answer in found["answers"].items():
        print(f"  {answer['per_s']:>8} a second, median {answer['p50_ms']:>7} ms, {answer['bytes']:>7} bytes  {path}")
    print("\nStarting and reading in")
    for name, value in {**found["demo"], **found["catalogue"]}.items():
        goal = f"  (goal {SECOND_START_S}: {_verdict(value, SECOND_START_S)})" if name == "second_s" else ""
        print(f"  {name:22} {value:>8}{goal}")


def _verdict(value: float, goal: float) -> str:
    return "met" if value <= goal else "MISSED"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints tables, and with --json writes everything to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="fictional records (default: 10000)")
    parser.add_argument("--runs", type=int, default=bench_page.RUNS, help="runs of each page (default: 5)")
    parser.add_argument("--marker-runs", type=int, default=1, help="runs of folium's plain Markers, which are slow")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to this file")
    options = parser.parse_args(arguments)
    found = measure(options.count, options.runs, options.marker_runs)
    report(found)
    for name in ("search", "match", "coverage", "duplicates"):
        print()
        sys.argv = [f"bench_{name}.py"]  # they have options of their own
        measured = importlib.import_module(f"bench_{name}").main()
        if isinstance(measured, dict):
            found[name] = measured
    if options.json:
        options.json.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
