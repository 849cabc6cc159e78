"""Measures matching: a whole match, the scoring beside a plain loop, SQLite and DuckDB, and how visits spread.

    python scripts/bench_match.py --counts 10000 100000

The peers score the same part of the features over the same columns (what is asked for, languages, nearness, welcome,
thresholds) with the same limits, and must give the same best twenty. DuckDB is left out where it is not installed.
"""

import argparse
import json
import math
import os
import sqlite3
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from make_fictional import make

from mapper import taxonomy
from mapper.catalogue import Catalogue
from mapper.geography import bundled
from mapper.matching import match
from mapper.matching.audit import invented, with_circles
from mapper.matching.columns import YES
from mapper.matching.features import NEAR_SCALE_M, WEIGHTS
from mapper.matching.inventory import inventory
from mapper.matching.person import Person
from mapper.matching.weigh import weigh
from mapper.model import Place, Point, Profile
from mapper.opening import now_in_brussels

GOALS_MS = {10_000: 20.0, 100_000: 100.0}
_HOME = Point(4.352, 50.846)
_RANGE_M = 3000.0
_W = {code: WEIGHTS[code] for code in ("answers_need", "shared_language", "mother_tongue", "near", "welcomes")}
_M_PER_DEGREE = (70_424.0, 111_245.0)


def timed(run: Callable[[], Any], times: int) -> float:
    """The median processor time of a run, in milliseconds: other work on the machine counts less."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        run()
        spent.append((time.process_time() - start) * 1000)
    return statistics.median(spent)


class Peers:
    """The same scoring four ways, over the columns of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        held = inventory(catalogue, now_in_brussels().date())
        one, words = held.columns, held.words
        self.need = int(words.needs.mask(("being_heard", "company"))[0])
        self.first, self.any = int(words.languages.mask(("pt",))[0]), int(words.languages.mask(("pt", "fr"))[0])
        self.columns = {
            "status": one.status.astype(np.int64),
            "needs": one.needs[:, 0].astype(np.int64),
            "languages": one.languages[:, 0].astype(np.int64),
            "lon": np.nan_to_num(one.lons, nan=0.0),
            "lat": np.nan_to_num(one.lats, nan=0.0),
            "welcome": np.minimum(1.0, 0.5 * one.walk_in + 0.4 * one.welcomed + 0.3 * (one.everyone == YES)),
        }
        self.rows = list(zip(*(column.tolist() for column in self.columns.values()), strict=True))

    def numpy(self) -> list[int]:
        one = self.columns
        distance = np.hypot((one["lon"] - _HOME.lon) * _M_PER_DEGREE[0], (one["lat"] - _HOME.lat) * _M_PER_DEGREE[1])
        fits = np.flatnonzero((one["status"] <= 1) & (distance <= _RANGE_M))
        spoken, needs = one["languages"][fits], one["needs"][fits]
        score = (
            _W["answers_need"] * ((needs & self.need) != 0)
            + _W["shared_language"] * np.where(spoken & self.any, 1.0, np.where(spoken, -1.0, 0.0))
            + _W["mother_tongue"] * ((spoken & self.first) != 0)
            + _W["near"] * np.exp2(-distance[fits] / NEAR_SCALE_M)
            + _W["welcomes"] * one["welcome"][fits]
        )
        few = np.argpartition(-score, min(20, len(score) - 1))[:20] if len(score) > 20 else np.arange(len(score))
        found: list[int] = fits[few[np.lexsort((fits[few], -score[few]))]].tolist()
        return found

    def python(self) -> list[int]:
        scored = []
        for row, (status, needs, spoken, lon, lat, welcome) in enumerate(self.rows):
            if status > 1:
                continue
            distance = math.hypot((lon - _HOME.lon) * _M_PER_DEGREE[0], (lat - _HOME.lat) * _M_PER_DEGREE[1])
            if distance > _RANGE_M:
                continue
            score = _W["near"] * 2.0 ** (-distance / NEAR_SCALE_M) + _W["welcomes"] * welcome
            if needs & self.need:
                score += _W["answers_need"]
            if spoken & self.any:
                score += _W["shared_language"]
            elif spoken:
                score -= _W["shared_language"]
            if spoken & self.first:
                score += _W["mother_tongue"]
            scored.append((-score, row))
        return [row for _score, row in sorted(scored)[:20]]

    def sql(self) -> str:
        distance = (
            f"sqrt(({_M_PER_DEGREE[0]} * (lon - {_HOME.lon})) * ({_M_PER_DEGREE[0]} * (lon - {_HOME.lon}))"
            f" + ({_M_PER_DEGREE[1]} * (lat - {_HOME.lat})) * ({_M_PER_DEGREE[1]} * (lat - {_HOME.lat})))"
        )
        return f"""
            SELECT id FROM (SELECT *, {distance} AS distance_m FROM resource WHERE status <= 1) AS near
            WHERE distance_m <= {_RANGE_M}
            ORDER BY {_W["answers_need"]} * CAST((needs & {self.need}) != 0 AS INTEGER)
                + {_W["shared_language"]}
                    * CASE WHEN languages & {self.any} != 0 THEN 1 WHEN languages != 0 THEN -1 ELSE 0 END
                + {_W["mother_tongue"]} * CAST((languages & {self.first}) != 0 AS INTEGER)
                + {_W["near"]} * pow(2.0, -distance_m / {NEAR_SCALE_M}) + {_W["welcomes"]} * welcome DESC, id
            LIMIT 20"""  # noqa: S608 - numbers of this file only

    def sqlite(self) -> Callable[[], list[int]]:
        store = sqlite3.connect(":memory:")
        store.execute("CREATE TABLE resource (id INTEGER PRIMARY KEY, status, needs, languages, lon, lat, welcome)")
        rows = ((number, *row) for number, row in enumerate(self.rows))
        store.executemany("INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        return lambda: [row[0] for row in store.execute(self.sql())]

    def duckdb(self) -> Callable[[], list[int]] | None:
        try:
            import duckdb
        except ImportError:
            return None
        store = duckdb.connect(config={"threads": 1})
        columns = ", ".join(f"unnest(${name}) AS {name}" for name in ("id", *self.columns))
        given = {"id": list(range(len(self.rows))), **{name: column.tolist() for name, column in self.columns.items()}}
        store.execute(f"CREATE TABLE resource AS SELECT {columns}", given)
        return lambda: [row[0] for row in store.execute(self.sql()).fetchall()]


def measure(count: int) -> dict[str, Any]:
    """Times of a whole match and of the scoring alone over so many fictional records."""
    catalogue = Catalogue(make(count), bundled(), taxonomy.load())
    now = now_in_brussels()
    start = time.process_time()
    inventory(catalogue, now.date())
    columns_ms = (time.process_time() - start) * 1000
    people = [with_circles(one, number % 5) for number, one in enumerate(invented(catalogue, 40, 3))]
    match(people[0], catalogue, now)
    whole = {}
    for range_m in (1500, 5000, 30_000):
        asked = iter([msgspec.structs.replace(one, range_m=range_m) for one in people])
        whole[f"{range_m}_m"] = timed(lambda asked=asked: match(next(asked), catalogue, now), len(people))  # type: ignore[misc]
    peers = Peers(catalogue)
    ways: dict[str, Callable[[], list[int]] | None] = {
        "numpy": peers.numpy, "duckdb": peers.duckdb(), "sqlite": peers.sqlite(), "python": peers.python
    }  # fmt: skip
    expected = peers.python()
    scoring = {}
    for name, run in ways.items():
        if run is not None:
            assert run() == expected, f"{name} found other places"
            scoring[name] = timed(run, 15)
    return {"count": count, "columns_ms": columns_ms, "match_ms": whole, "scoring_ms": scoring}


def gini(visits: Sequence[int]) -> float:
    """0 when all get the same, near 1 when one gets everything."""
    ordered = sorted(visits)
    total = sum(ordered)
    weighted = sum((place + 1) * count for place, count in enumerate(ordered))
    return (2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)) if total else 0.0


def spread(catalogue: Catalogue, people: int = 1000) -> dict[str, Any]:
    """How the visits of so many people of one neighbourhood spread, with and without turns.

    They ask for one of three things in one of four languages: few differences, as in a real waiting room.
    """
    now = now_in_brussels()
    area = next(iter(catalogue.geography.neighbourhoods))
    needs, languages = ("company", "being_heard", "meals_together"), (("fr",), ("nl",), ("ar", "fr"), ("pt", "fr"))
    found: dict[str, Any] = {"people": people}
    for name, rotate in (("without_turns", False), ("with_turns", True)):
        visits: Counter[int] = Counter()
        fitting: set[int] = set()
        for number in range(people):
            profile = Profile(
                needs=(needs[number % 3],), languages=languages[number % 4], neighbourhood=area,
                strong_sides=(f"person {number}",),
            )  # fmt: skip
            choice = weigh(Person(profile, catalogue, now), rotate=rotate)
            visits.update(int(choice.these.rows[choice.places[member]]) for member in choice.chosen)
            if number < 12:
                fitting.update(choice.these.rows[choice.these.answered > 0].tolist())
        counts = [visits[row] for row in fitting | set(visits)]
        top = sum(count for _row, count in visits.most_common(5)) / max(1, visits.total())
        found[name] = {
            "gini": gini(counts),
            "top_5_share": top,
            "shown": len(visits),
            "fitting": len(fitting | set(visits)),
        }
    return found


def alike(count: int = 40) -> Catalogue:
    """So many groups that differ in nothing but up to half a kilometre: those that turns are for."""
    area = next(iter(bundled().neighbourhoods.values()))
    group = next(one for one in make(500) if one.kind == "self_organisation" and one.status == "active")
    groups = [
        msgspec.structs.replace(
            group, id=f"alike{number}", needs=("company", "being_heard", "meals_together"), links=(), offers=(),
            place=Place(lon=area.point.lon + 0.007 * math.cos(number), lat=area.point.lat + 0.0001 * number),
        )
        for number in range(count)
    ]  # fmt: skip
    return Catalogue(groups, bundled(), taxonomy.load())


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measures, prints tables, and returns everything measured; with --json also writes it to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 100_000], help="fictional records")
    parser.add_argument("--people", type=int, default=1000, help="people of one neighbourhood, for how visits spread")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    found: dict[str, Any] = {
        "load": round(os.getloadavg()[0], 1),
        "sizes": [measure(count) for count in options.counts],
    }
    for one in found["sizes"]:
        goal = GOALS_MS.get(one["count"])
        print(f"\nMatching over {one['count']} records, processor time in ms, one core (columns made once: "
              f"{one['columns_ms']:.0f})")  # fmt: skip
        for reach, spent in one["match_ms"].items():
            told = f"  (goal {goal:.0f}: {'met' if spent <= goal else 'MISSED'})" if goal else ""
            print(f"  a whole match, within {reach.replace('_', ' '):8} {spent:8.2f}{told}")
        for name, spent in one["scoring_ms"].items():
            print(f"  scoring alone, {name:8} {spent:8.2f}  {spent / one['scoring_ms']['numpy']:6.1f} ×")
    if len(found["sizes"]) > 1:
        first, last = found["sizes"][0], found["sizes"][-1]
        found["growth"] = last["match_ms"]["30000_m"] / first["match_ms"]["30000_m"]
        print(f"\n{last['count'] / first['count']:.0f} × the records, all in reach: {found['growth']:.1f} × the time")
    inventories = {
        "2000 fictional records": Catalogue(make(2000), bundled(), taxonomy.load()),
        "40 groups alike": alike(),
    }
    found["spread"] = {name: spread(catalogue, options.people) for name, catalogue in inventories.items()}
    for inventory_name, told in found["spread"].items():
        print(f"\nVisits of {options.people} people of one neighbourhood, {inventory_name}")
        for name in ("without_turns", "with_turns"):
            one = told[name]
            shown = f"{one['shown']} of {one['fitting']} shown"
            share = f"the five most shown get {one['top_5_share']:.0%}, {shown}"
            print(f"  {name.replace('_', ' '):14} Gini {one['gini']:.2f}, {share}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
