"""Measures search beside its peers, in one run, on fictional inventories: `make bench`, or

    python scripts/bench_search.py --sizes 1000 10000 100000 --per-family 40

Times are of the processor, and ratios first: seconds differ from machine to machine, and both sides of a ratio are
measured in turns. `at best` is the recall of who can only guess among records that hold all that was left to type.
"""

import argparse
import datetime as dt
import gc
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from mapper.catalogue import Catalogue
from mapper.geography import bundled, distance_m
from mapper.model import Resource
from mapper.opening import BRUSSELS
from mapper.search import Phrasebook, Query, find, prepare
from mapper.search.ranking import Kept, Ranked
from mapper.search.words import answers
from mapper.taxonomy import load
from mapper.text import fold
from scripts import search_peers
from scripts.make_fictional import make
from scripts.search_queries import FAMILIES, Asked, Asker, Named, named

NOON = dt.datetime(2026, 11, 18, 12, 0, tzinfo=BRUSSELS)
OURS, ENGINE = "mapper find", "mapper words"
#: Seeds of the questions: looked at while the engine was tuned, and kept for the end.
TUNED, KEPT = 0, 1
_SLOW_QUESTIONS = 50
#: A peer that needs longer than this for one question gets few of them.
_SLOW_S = 0.04
_BATCH = 13

Answer = Callable[[Asked], Sequence[str]]


class Scored(NamedTuple):
    """What one way to search did with some questions."""

    found: list[tuple[Asked, float]]
    seconds: float

    @property
    def recall(self) -> float:
        return sum(rank > 0 for _asked, rank in self.found) / max(1, len(self.found))

    @property
    def mrr(self) -> float:
        return sum(rank for _asked, rank in self.found) / max(1, len(self.found))

    @property
    def per_second(self) -> float:
        return len(self.found) / self.seconds if self.seconds else 0.0

    def family(self, name: str) -> "Scored":
        return Scored([pair for pair in self.found if pair[0].family == name], 0.0)


def ours(catalogue: Catalogue, phrasebook: Phrasebook) -> Answer:
    """The whole way: understanding, filters, position, hits."""

    def answer(asked: Asked) -> Sequence[str]:
        query = Query(text=asked.text, kinds=(asked.kind,) if asked.kind else (), near=asked.near, limit=10)
        return [hit.resource.id for hit in find(query, catalogue, phrasebook, NOON).hits]

    return answer


def engine(catalogue: Catalogue) -> Answer:
    """Only what the peers do: words to records."""
    ((segment, _gone),) = catalogue.segments
    (shelf,) = catalogue.shelves
    masks = {}
    for kind, rows in segment.by_kind.items():
        masks[kind] = np.zeros(len(segment), bool)
        masks[kind][rows] = True
        masks[kind] &= shelf.keep

    def answer(asked: Asked) -> Sequence[str]:
        own = shelf._replace(keep=masks[asked.kind]) if asked.kind else shelf
        words = fold(asked.text).split()
        (best,) = answers([own], words, (), words[-1]).shelves
        page = list(Ranked(catalogue, [Kept(best.rows, best.scores)]).page(0, 50 if asked.near else 10))
        found = [str(segment.ids[row]) for _at, row, _score, _distance in page]
        return (
            found if asked.near is None else _nearest_first(asked, found, [score for _at, _row, score, _away in page])
        )

    def _nearest_first(asked: Asked, ids: Sequence[str], scores: Sequence[float]) -> Sequence[str]:
        return _by_place(asked, [(one, score, places[one]) for one, score in zip(ids, scores, strict=True)])

    places = {one.id: one.point for one in named(segment.resources)}
    return answer


def _by_place(asked: Asked, found: Sequence[tuple[str, float, object]]) -> list[str]:
    """The same bonus for being near that mapper gives, on the share of the best score."""
    top = max((score for _one, score, _point in found), default=1.0) or 1.0
    scored = [
        (score / top + (0.3 * 800 / (800 + distance_m(point, asked.near)) if point else 0), one)  # type: ignore[arg-type]
        for one, score, point in found
    ]
    return [one for _score, one in sorted(scored, key=lambda pair: -pair[0])[:10]]


def peer(names: search_peers.Names, ask: search_peers.Ask) -> Answer:
    """Ten different records, the nearest first among equals where a position is asked."""

    def answer(asked: Asked) -> Sequence[str]:
        best: dict[int, float] = {}
        for number, score in ask(fold(asked.text), asked.kind, 50 if asked.near else 20):
            best.setdefault(names.owners[number], score)
        if asked.near is None:
            return [names.records[owner].id for owner in list(best)[:10]]
        return _by_place(
            asked, [(names.records[owner].id, score, names.records[owner].point) for owner, score in best.items()]
        )

    return answer


def measure(ways: dict[str, Answer], questions: Sequence[Asked]) -> dict[str, Scored]:
    """Every way in turns over small batches, so that a busy moment of the machine meets all alike."""
    found: dict[str, list[tuple[Asked, float]]] = defaultdict(list)
    seconds: dict[str, float] = defaultdict(float)
    few = {name: name not in (OURS, ENGINE) and _is_slow(answer, questions) for name, answer in ways.items()}
    shuffled = random.Random(0).sample(list(questions), len(questions))
    for start in range(0, len(shuffled), _BATCH):
        for name, answer in ways.items():
            batch = shuffled[start : start + _BATCH]
            if few[name]:
                batch = batch[: max(0, _SLOW_QUESTIONS - len(found[name]))]
            # Processor time, as others use the machine too; a server of its own can only be timed by the clock.
            clock = time.perf_counter if name.startswith("pg_trgm") else time.process_time
            began = clock()
            got = [answer(asked) for asked in batch]
            seconds[name] += clock() - began
            for asked, ids in zip(batch, got, strict=True):
                rank = next((1 / place for place, one in enumerate(ids, 1) if one in asked.answers), 0.0)
                found[name].append((asked, rank))
    return {name: Scored(found[name], seconds[name]) for name in ways}


def _is_slow(answer: Answer, questions: Sequence[Asked]) -> bool:
    began = time.perf_counter()
    for asked in questions[:: max(1, len(questions) // 5)][:5]:
        answer(asked)
    return (time.perf_counter() - began) / 5 > _SLOW_S


def peers(names: search_peers.Names, connection: object, only: Sequence[str]) -> dict[str, Answer]:
    """Those whose library is here."""
    from rapidfuzz import fuzz

    makers: dict[str, Callable[[], search_peers.Ask]] = {
        "tantivy fuzzy": lambda: search_peers.tantivy_fuzzy(names),
        "bm25s trigrams": lambda: search_peers.bm25s_trigrams(names),
        "FTS5 words": lambda: search_peers.fts5(names, trigrams=False),
        "FTS5 trigrams": lambda: search_peers.fts5(names, trigrams=True),
        "WRatio": lambda: search_peers.rapidfuzz_scorer(names, fuzz.WRatio),
        "token_set_ratio": lambda: search_peers.rapidfuzz_scorer(names, fuzz.token_set_ratio),
    }
    if connection is not None:
        for method in ("gin", "gist"):
            makers[f"pg_trgm {method}"] = partial(search_peers.pg_trgm, connection, names, method)
    found = {}
    for name, maker in makers.items():
        if only and not any(one in name for one in only):
            continue
        began = time.perf_counter()
        try:
            found[name] = peer(names, maker())
        except ImportError as error:
            print(f"  {name}: left out, {error.name} is not installed")
            continue
        print(f"  {name}: built in {time.perf_counter() - began:.2f} s")
    return found


def _table(title: str, scored: dict[str, Scored]) -> None:
    print(f"\n{title}: recall@10 / MRR")
    print(f"{'':16}{'at best':>9}" + "".join(f"{name:>17}" for name in scored))
    asked = max((one.found for one in scored.values()), key=len)
    for family in FAMILIES:
        best = [question.at_best(10) for question, _rank in asked if question.family == family]
        cells = []
        for one in scored.values():
            own = one.family(family)
            cells.append(f"{own.recall:.3f} / {own.mrr:.3f}" if len(own.found) >= 20 else "-")
        print(f"{family:16}{sum(best) / max(1, len(best)):>9.3f}" + "".join(f"{cell:>17}" for cell in cells))
    best = [question.at_best(10) for question, _rank in asked]
    print(
        f"{'all':16}{sum(best) / max(1, len(best)):>9.3f}"
        + "".join(f"{f'{one.recall:.4f} / {one.mrr:.3f}':>17}" for one in scored.values())
    )
    print(f"{'questions':25}" + "".join(f"{len(one.found):>17}" for one in scored.values()))
    print(f"{'a second':25}" + "".join(f"{one.per_second:>17.0f}" for one in scored.values()))
    base = scored.get("tantivy fuzzy")
    if base:
        print(
            f"{'beside tantivy':25}" + "".join(f"{one.per_second / base.per_second:>16.2f}x" for one in scored.values())
        )


def _loss(answer: Answer, questions: Sequence[Asked], damaged: Scored) -> float:
    """How much recall the damage costs: the same questions as they were before it."""
    whole = [asked._replace(text=asked.undamaged) for asked in questions if asked.family not in ("short", "clean")]
    found = sum(any(one in asked.answers for one in answer(asked)) for asked in whole) / len(whole)
    mine = [rank for asked, rank in damaged.found if asked.family not in ("short", "clean")]
    return found - sum(rank > 0 for rank in mine) / len(mine)


def _changed(catalogue: Catalogue, phrasebook: Phrasebook, records: Sequence[Resource]) -> float:
    """Seconds until a changed record is found under its new name, at worst of five."""
    worst = 0.0
    now = catalogue
    for number, record in enumerate(records[:5]):
        changed = msgspec.structs.replace(record, name=type(record.name).of(f"Zwaluwnest {number}"), status="reported")
        began = time.process_time()
        now = now.with_changes({record.id: changed}, number + 1)
        hits = find(Query(text=f"zwaluwnest {number}"), now, phrasebook, NOON).hits
        worst = max(worst, time.process_time() - began)
        assert hits and hits[0].resource.id == record.id
    return worst


def bench(size: int, per_family: int, only: Sequence[str], connection: object) -> None:
    """Everything for one size of inventory."""
    print(f"\n== {size:,} fictional records")
    taxonomy, geography = load(), bundled()
    phrasebook = Phrasebook(taxonomy, geography)
    records = list(make(size))
    gc.collect()
    gc.freeze()
    before_mb = _resident_mb()
    began = time.process_time()
    prepare()
    loops_mb = _resident_mb() - before_mb
    print(f"  mapper: compiled loops loaded in {time.process_time() - began:.2f} s, {loops_mb:.0f} MB")
    before_mb, began = _resident_mb(), time.process_time()
    catalogue = Catalogue(records, geography, taxonomy)
    _ = catalogue.shelves
    built_s = time.process_time() - began
    print(f"  mapper: catalogue with all its indexes built in {built_s:.2f} s, {_resident_mb() - before_mb:.0f} MB")
    answer = ours(catalogue, phrasebook)
    everyone: list[Named] = named(records)
    asker = Asker(everyone)
    began = time.process_time()
    answer(Asked("", "praattafel", frozenset(), ""))
    print(f"  mapper: first question {1000 * (time.process_time() - began):.1f} ms")
    print(f"  mapper: a changed record is found within {1000 * _changed(catalogue, phrasebook, records):.1f} ms")
    ways = {OURS: answer, ENGINE: engine(catalogue)} | peers(search_peers.Names(everyone), connection, only)
    for seed, title in ((TUNED, "half for tuning"), (KEPT, "half kept for the end")):
        questions = asker.ask(seed, per_family)
        scored = measure(ways, questions)
        _table(f"{size:,}, {title}", scored)
        losses = {name: _loss(ways[name], questions, scored[name]) for name in (OURS, ENGINE)}
        print("  lost by damage: " + ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items()))
        placed = asker.ask(seed, max(1, per_family // 2), filtered=True)
        _table(f"{size:,}, {title}, with kind and position", measure(ways, placed))


def _resident_mb() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize() / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description="Measures search beside its peers.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--per-family", type=int, default=40)
    parser.add_argument("--only", nargs="*", default=[], help="peers by a part of their name")
    options = parser.parse_args(arguments)
    with search_peers.postgres() as connection:
        if connection is None:
            print("PostgreSQL with pg_trgm: left out, no Debian server or psycopg here")
        for size in options.sizes:
            bench(size, options.per_family, options.only, connection)
    return 0


if __name__ == "__main__":
    sys.exit(main())
