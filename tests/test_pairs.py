"""Better and worse, as the study would have it: every pair of `pairs.toml`."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mapper.matching import Excluded, why
from mapper.matching.profile import read_profile
from mapper.model import Resource, from_table
from mapper.search.query import Phrasebook
from tests.conftest import NOON
from tests.people import GEOGRAPHY, HOME, M_PER_DEGREE_LAT, TERMS, catalogue_of

PAIRS = tomllib.loads((Path(__file__).parent / "pairs.toml").read_text(encoding="utf-8"))["pair"]
PHRASEBOOK = Phrasebook(TERMS, GEOGRAPHY)


def record(pair: dict[str, Any], which: str) -> tuple[Resource, list[str], list[str]]:
    """The record of one side of a pair, with who introduces to it and whom it works with."""
    given = {"id": which, "kind": "self_organisation", "name": which, "needs": ["being_heard"]}
    given |= pair.get("both", {}) | pair[which]
    at_m = given.pop("at_m", 300)
    introduced_by, works_with = given.pop("introduced_by", None), given.pop("works_with", [])
    given["place"] = {"lon": HOME[0], "lat": HOME[1] + at_m / M_PER_DEGREE_LAT}
    given["links"] = [{"type": "works_with", "to": other} for other in works_with]
    return from_table(given), [introduced_by] if introduced_by else [], works_with


def scores(pair: dict[str, Any]) -> tuple[float, float]:
    """What the better and the worse one score; what is left out scores minus infinity."""
    made, helpers = [], {}
    for one in pair.get("also", []):
        place = {"lon": HOME[0], "lat": HOME[1] + 0.001}
        helpers[one["id"]] = {"name": one["id"], "place": place, "links": []} | one
    for which in ("better", "worse"):
        its, introducers, _works_with = record(pair, which)
        made.append(its)
        for helper in introducers:
            helpers[helper]["links"].append({"type": "introduces", "to": which})
    catalogue = catalogue_of([*made, *map(from_table, helpers.values())])
    profile = read_profile({"near": list(HOME)} | pair["profile"], catalogue, PHRASEBOOK)
    found = []
    for which in ("better", "worse"):
        reasons = why(profile, catalogue, which, NOON)
        left_out = any(isinstance(one, Excluded) for one in reasons)
        found.append(float("-inf") if left_out else sum(one.weight for one in reasons))  # type: ignore[union-attr]
    return found[0], found[1]


@pytest.mark.parametrize("pair", PAIRS, ids=[one["about"] for one in PAIRS])
def test_the_better_one_scores_higher(pair: dict[str, Any]) -> None:
    better, worse = scores(pair)
    assert better > worse


def test_there_are_enough_pairs_and_a_third_is_kept() -> None:
    assert len(PAIRS) >= 40
    assert sum(bool(one.get("kept")) for one in PAIRS) * 3 >= len(PAIRS) - 2


if __name__ == "__main__":
    for kept in (False, True):
        chosen = [one for one in PAIRS if bool(one.get("kept")) == kept]
        right = [better > worse for better, worse in map(scores, chosen)]
        print("kept apart" if kept else "looked at", f"{sum(right)} of {len(right)}")
        print(
            *(f"  wrong: {one['about']} {scores(one)}" for one, good in zip(chosen, right, strict=True) if not good),
            sep="\n",
        )
