"""Finding duplicates among fictional records, beside rapidfuzz comparing every name with every other.

    python scripts/bench_duplicates.py --count 100000

Some records are given a twin, spelt or translated another way, so that there is something to find. The peer sees names
only and works on a part of the records; its time for all of them is that by the square of the ratio, as it compares all
with all. Printed are seconds of processor time (one core), the ratio, how many of the twins each finds, and how long
the question while typing takes by the clock.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from make_fictional import make
from rapidfuzz import fuzz, process

from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.curation.blocks import Blocks
from mapper.curation.marks import read_marks
from mapper.curation.names import NameReader
from mapper.exchange.reading import Reading
from mapper.geography import bundled
from mapper.model import Resource
from mapper.text import Text, fold

#: What must hold.
GOAL_S, TYPING_GOAL_MS = 60.0, 50.0
_PEER_CUTOFF = 92
_TWINS_SHARE = 0.01


def with_twins(count: int, seed: int = 1) -> tuple[list[Resource], set[tuple[str, str]]]:
    """Fictional records, some of them twice, and the pairs of ids that are one."""
    rng = random.Random(seed)
    records = list(make(count, seed))
    twins, pairs = [], set()
    for record in rng.sample(records, int(count * _TWINS_SHARE)):
        twin = msgspec.structs.replace(record, id=f"{record.id}t", name=_otherwise(record.name, rng), other_names=(),
                                       former_names=(), links=(), origins=())  # fmt: skip
        twins.append(twin)
        pairs.add((record.id, twin.id))
    return records + twins, pairs


def _otherwise(name: Text, rng: random.Random) -> Text:
    """One of its languages, with a slip of the pen, a legal form, or as it is."""
    language, words = rng.choice(sorted(name.items()))
    if rng.random() < 0.3:
        at = rng.randrange(1, len(words) - 1)
        words = words[:at] + words[at + 1 :]
    return Text({language: f"{words} vzw" if rng.random() < 0.3 else words})


def ours(records: list[Resource]) -> tuple[float, set[tuple[str, str]], int]:
    """Seconds for everything from records to verdicts, the pairs found, and how many were looked at."""
    geography = bundled()
    began = time.process_time()
    blocks = Blocks(read_marks(records, NameReader(geography), geography))
    found = {(twins.left, twins.right) for twins in blocks.twins() if twins.verdict == "same"}
    seconds = time.process_time() - began
    return seconds, found, sum(map(len, blocks.partners().values()))


def peer(records: list[Resource]) -> tuple[float, set[tuple[str, str]]]:
    """The same by comparing all names with all names."""
    began = time.process_time()
    names = [fold(" ".join(record.name.values())) for record in records]
    found = set()
    for start in range(0, len(names), 500):
        scores = process.cdist(
            names[start : start + 500], names, scorer=fuzz.token_set_ratio, score_cutoff=_PEER_CUTOFF, dtype=np.uint8
        )
        for left, right in np.argwhere(scores):
            if start + left < right:
                found.add(tuple(sorted((records[start + left].id, records[right].id))))
    return time.process_time() - began, found


def typing_ms(records: list[Resource], asked: int = 40) -> dict[str, float]:
    """How long the question "is it here already?" takes while somebody types, in an instance of these records."""
    with tempfile.TemporaryDirectory(prefix="mapper-bench-") as folder, Mapper.open(folder, create=True) as mapper:
        mapper.import_resources(TERMINAL_ADMIN, (Reading(n, one) for n, one in enumerate(records)))
        began = time.perf_counter()
        mapper.curation.alike(TERMINAL_ADMIN, records[0])
        first_s = time.perf_counter() - began
        times = []
        for record in random.Random(2).sample(records, asked):
            words = record.name.best()[1]
            partial = Resource(id="new", kind=record.kind, name=Text.of(words[: max(4, len(words) // 2)]))
            began = time.perf_counter()
            mapper.curation.alike(TERMINAL_ADMIN, partial)
            times.append((time.perf_counter() - began) * 1000)
    return {"first_s": round(first_s, 2), "p50_ms": round(float(np.median(times)), 1), "max_ms": round(max(times), 1)}


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measures and prints; returns what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000, help="fictional records (default: 100000)")
    parser.add_argument("--peer-count", type=int, default=4_000, help="records that the peer compares (default: 4000)")
    options = parser.parse_args(arguments)
    records, pairs = with_twins(options.count)
    seconds, found, looked_at = ours(records)
    few, few_pairs = with_twins(min(options.count, options.peer_count))
    peer_s, peer_found = peer(few)
    peer_all_s = peer_s * (len(records) / len(few)) ** 2
    typing = typing_ms(records[:10_000])
    print(f"Duplicates among {len(records)} fictional records, {len(pairs)} of them twice")
    print(f"  mapper     {seconds:>8.1f} s{_goal(seconds, GOAL_S, 's')}   {looked_at} pairs looked at")
    print(f"             {_told(found, pairs)}")
    print(f"  rapidfuzz  {peer_all_s:>8.1f} s   names, all with all, from {len(few)} records")
    print(f"             {_told(peer_found, few_pairs)}")
    print(f"  ratio      {peer_all_s / seconds:>8.1f} ×")
    print(f"While typing, 10,000 records: median {typing['p50_ms']} ms, slowest {typing['max_ms']} ms, the very first")
    print(f"  {typing['first_s']} s{_goal(typing['p50_ms'], TYPING_GOAL_MS, 'ms')}")
    return {
        "seconds": seconds,
        "pairs": looked_at,
        "peer_s": peer_all_s,
        "ratio": peer_all_s / seconds,
        "typing": typing,
    }


def _told(found: set[tuple[str, str]], pairs: set[tuple[str, str]]) -> str:
    return f"finds {len(found & pairs) / len(pairs):.3f} of the twins, {len(found - pairs)} more"


def _goal(value: float, goal: float, unit: str) -> str:
    return f"   (goal {goal:.0f} {unit}: {'met' if value <= goal else 'MISSED'})"


if __name__ == "__main__":
    main(sys.argv[1:])
