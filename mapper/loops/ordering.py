"""The foremost of many answers, in order, without sorting them all."""

import math
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


@compiled
def nearer(
    scores: Any, rows: Any, lons: Any, lats: Any, lon: float, lat: float, radius_m: float, weight: float, half_m: float
) -> Any:
    """Scores with so much more for what is here, half of it at `half_m`; and the metres along the great circle
    (haversine) from here to each row, infinite where a row has no point."""
    lon, lat = math.radians(lon), math.radians(lat)
    more, distances_m = np.empty(len(rows), np.float32), np.empty(len(rows), np.float64)
    for at in range(len(rows)):
        own_lon, own_lat = math.radians(lons[rows[at]]), math.radians(lats[rows[at]])
        half = math.sin((own_lat - lat) / 2) ** 2
        half += math.cos(own_lat) * math.cos(lat) * math.sin((own_lon - lon) / 2) ** 2
        away_m = 2 * radius_m * math.asin(math.sqrt(half))
        distances_m[at] = away_m if away_m == away_m else np.inf
        more[at] = scores[at] + np.float32(weight * half_m / (half_m + distances_m[at]))
    return more, distances_m
