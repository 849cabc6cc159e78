"""The foremost of many answers, in order, without sorting them all."""

from typing import Any

import numpy as np

from mapper.loops.compiling import compiled

#: Scores that differ by less than this share of one are equal: then the nearer place comes first.
_SHARES = np.float32(1e5)


@compiled
def foremost(scores: Any, distances_m: Any, places: Any, count: int) -> Any:
    """Which of the answers are the first so many: by score, then the nearest, then by their place among all.

    No distances at all are as good as equal ones. Meant for few: each is moved past those it stands above.
    """
    first = np.empty(min(count, len(scores)), np.int64)
    shares = np.empty(len(first), np.float32)
    away_m = np.empty(len(first), np.float64)
    kept = 0
    for one in range(len(scores) if len(first) else 0):
        share = np.rint(scores[one] * _SHARES)
        away = distances_m[one] if len(distances_m) else 0.0
        at = kept
        while at > 0:
            before = at - 1
            if share < shares[before]:
                break
            if share == shares[before]:
                if away > away_m[before]:
                    break
                if away == away_m[before] and places[one] > places[first[before]]:
                    break
            at = before
        if at == len(first):
            continue
        kept = min(kept + 1, len(first))
        for moved in range(kept - 1, at, -1):
            first[moved], shares[moved], away_m[moved] = first[moved - 1], shares[moved - 1], away_m[moved - 1]
        first[at], shares[at], away_m[at] = one, share, away
    return first
