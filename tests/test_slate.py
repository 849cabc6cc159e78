"""The slate as a set: what must be there is there whenever the inventory allows, decided by trying every set."""

import itertools
import os
import random
import statistics

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.catalogue import Catalogue
from mapper.matching import Match, match
from mapper.matching.person import Person
from mapper.matching.slate import MOST, Pool, choose
from mapper.matching.weigh import weigh
from mapper.model import Link, Place, Profile, Resource
from tests.conftest import NOON, make_resource
from tests.people import RIGHTS, Rules, catalogue_of, make_inventory, make_profile

#: How many inventories are drawn; each meets several profiles. MAPPER_TRIALS=2000 makes a long proof of it.
TRIALS = int(os.environ.get("MAPPER_TRIALS", "120"))
PROFILES = 6


def drawn(seed: int, most: int = 10) -> tuple[list[Resource], Catalogue, list[Profile]]:
    rng = random.Random(seed)
    records = make_inventory(rng, rng.randint(1, most))
    ids = [one.id for one in records]
    return records, catalogue_of(records), [make_profile(rng, ids) for _ in range(PROFILES)]


@given(st.integers(0, 2**40))
@settings(max_examples=TRIALS, deadline=None)
def test_the_slate_keeps_every_rule_that_the_inventory_allows(seed: int) -> None:
    records, catalogue, profiles = drawn(seed)
    for profile in profiles:
        rules = Rules(profile, records, catalogue)
        found = match(profile, catalogue, NOON)
        chosen = [one.resource for one in found.slate]
        assert {one.id for one in chosen} <= {one.id for one in rules.choosable()}
        assert len(chosen) <= MOST
        doors = [rules.door(one) for one in chosen]
        assert len(doors) == len(set(doors))
        met = tuple(any(map(holds, chosen)) for _name, holds in rules.musts())
        assert met == rules.best_possible()
        _nothing_is_forced(profile, found, rules)
        _what_lacks_is_said(found, rules, met)


def _nothing_is_forced(profile: Profile, found: Match, rules: Rules) -> None:
    for one in found.slate:
        reasons = {reason.code: reason for reason in one.reasons}
        if one.give is not None:
            assert profile.burden != "heavy" and one.give.benefit_check
        if profile.wishes_more_contact is False:
            assert not {"bridging_gain", "among_ourselves"} & set(reasons) and not one.path
        if profile.only_slices:
            assert one.slice in profile.only_slices
        if not rules.is_service(one.resource):
            named = reasons["answers_need"].data["needs"] if "answers_need" in reasons else []
            assert not set(named) & set(RIGHTS)
            assert one.slice not in ("professional", "specialised")
        if one.offer_id is not None:
            offer = next(offer for offer in one.resource.offers if offer.id == one.offer_id)
            assert offer.room.state != "full"
        assert bool(one.introduced_by) == bool(rules.introducers(one.resource))
        assert one.introduced_by is None or one.introduced_by in rules.introducers(one.resource)
        assert one.score == sum(reason.weight for reason in one.reasons)
        assert len(one.path) <= 4
    assert {line.need for line in found.rights} >= {"income", "housing", "health_care"}
    for line in found.rights:
        assert all(rules.is_service(rules.by_id[service]) for service in line.services)
        assert not set(line.services) & set(profile.avoid.resources)


def _what_lacks_is_said(found: Match, rules: Rules, met: tuple[bool, ...]) -> None:
    codes = [(gap.code, gap.need) for gap in found.gaps]
    for (name, _holds), holds in zip(rules.musts(), met, strict=True):
        word, _space, need = name.partition(" ")
        told = {
            "right": {("need_unanswered", need), ("only_volunteers", need), ("need_full", need)},
            "need": {("need_unanswered", need), ("need_full", need)},
            "professional": {("no_professional", None)},
            "comes": {("nothing_comes_to_you", None)},
            "bonding": {("no_bonding", None)},
            "bridging": {("no_bridge", None)},
            "give": {("nowhere_to_give", None)},
        }[word]
        assert bool(told & set(codes)) != holds


def test_a_right_at_stake_that_only_volunteers_answer_is_a_gap() -> None:
    group = make_resource(id="group", needs=("debt",), slices=("informal",), volunteer_run="yes")
    found = match(Profile(needs=("debt",)), catalogue_of([group]), NOON)
    assert [(gap.code, gap.need) for gap in found.gaps][:1] == [("only_volunteers", "debt")]
    assert found.slate == ()


def test_several_requirements_behind_one_door_are_met_behind_several() -> None:
    """The greedy way takes the best of the shared door and would miss what stands behind it alone."""
    shared = {"lon": 4.345, "lat": 50.846}
    both = make_resource(
        id="both", needs=("company",), place=msgspec.convert(shared, type=make_resource().place.__class__)
    )
    alone = make_resource(id="alone", needs=("homework_help",), languages=(), place=both.place)
    elsewhere = make_resource(id="elsewhere", needs=("company",), place=msgspec.structs.replace(both.place, lat=50.85))
    profile = Profile(near=(4.345, 50.845), needs=("company", "homework_help"))  # type: ignore[arg-type]
    found = match(profile, catalogue_of([both, alone, elsewhere]), NOON)
    assert {one.resource.id for one in found.slate} == {"alone", "elsewhere"} and not any(
        gap.need for gap in found.gaps
    )


def test_a_search_finds_the_set_that_greed_and_swaps_miss() -> None:
    """One member meets two requirements but stands before the only one that meets the third; the two others that
    would free its door are worth less than nothing by themselves."""
    meets = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    same_door = np.zeros((4, 4), dtype=bool)
    same_door[0, 3] = same_door[3, 0] = True
    pool = Pool(
        worth=np.array([1.0, -0.1, -0.1, -0.1]),
        meets=meets,
        must=np.array([4e4, 2e4, 1e4]),
        qualities=np.zeros((4, 1)),
        bonus=np.zeros((1, 2)),
        alike=np.zeros((4, 4)),
        same_door=same_door,
    )
    assert choose(pool) == [1, 2, 3]


@given(st.integers(0, 2**40))
@settings(max_examples=max(20, TRIALS // 4), deadline=None)
def test_shuffling_the_inventory_changes_nothing(seed: int) -> None:
    records, catalogue, profiles = drawn(seed, most=30)
    shuffled = records.copy()
    random.Random(seed).shuffle(shuffled)
    others = catalogue_of(shuffled)
    changed = catalogue_of(shuffled[1:]).with_changes({shuffled[0].id: shuffled[0]}, 1)
    for profile in profiles:
        told = match(profile, catalogue, NOON)
        assert told == match(profile, others, NOON)
        assert told == match(profile, changed, NOON)


def exhaustive(pool: Pool) -> float:
    """The worth of the best set that meets what the best set can meet, every set tried."""
    members = range(len(pool.worth))
    best = pool.total([])
    for size in range(1, min(MOST, len(members)) + 1):
        for chosen in itertools.combinations(members, size):
            if not pool.same_door[np.ix_(chosen, chosen)].any():
                best = max(best, pool.total(chosen))
    return best


def ratios(trials: int, seed: int = 7, most: int = 14) -> list[float]:
    """What the choice is worth beside the best of all sets, scores only, where both meet the same requirements."""
    rng, found = random.Random(seed), []
    while len(found) < trials:
        records = make_inventory(rng, rng.randint(4, 30))
        profile = make_profile(rng, [one.id for one in records])
        choice = weigh(Person(profile, catalogue_of(records), NOON))
        pool = choice.pool
        if not 3 <= len(pool.worth) <= most or len(choice.chosen) < 2:
            continue
        required = float(pool.must[np.array(pool.met(choice.chosen), dtype=bool)].sum())
        value, best = pool.value(choice.chosen), exhaustive(pool) - required
        if best > 0.5:
            found.append(value / best)
    return found


def test_the_choice_is_nearly_as_good_as_trying_every_set() -> None:
    found = ratios(40, most=11)
    assert statistics.median(found) >= 0.995
    assert min(found) >= 0.95
    assert max(found) <= 1 + 1e-9


def test_a_slate_is_not_filled_with_antennas_of_one_network() -> None:
    umbrella = make_resource(id="network", kind="network_organisation", needs=("company",), place=Place())
    near = [Place(lon=4.345, lat=50.8455 + 0.0005 * number) for number in range(12)]
    antennas = [
        make_resource(id=f"a{number}", kind="antenna", needs=("company",), place=place,
                      links=(Link(type="member_of", to="network"),))
        for number, place in enumerate(near[:6])
    ]  # fmt: skip
    others = [
        make_resource(id=f"o{number}", kind="club", needs=("company",), place=place)
        for number, place in enumerate(near[6:])
    ]
    profile = Profile(near=(4.345, 50.845), needs=("company",))  # type: ignore[arg-type]
    found = match(profile, catalogue_of([umbrella, *antennas, *others]), NOON)
    assert sum(one.resource.kind != "club" for one in found.slate) <= 2 and len(found.slate) >= 5
    # Where there is nothing else a second one is still better than none.
    assert len(match(profile, catalogue_of([umbrella, *antennas]), NOON).slate) == 2


def test_what_the_person_keeps_stays_and_what_is_dropped_goes() -> None:
    records = make_inventory(random.Random(3), 60)
    catalogue = catalogue_of(records)
    profile = Profile(near=(4.345, 50.845), needs=("company", "being_heard"), range_m=5000)  # type: ignore[arg-type]
    first = match(profile, catalogue, NOON)
    ids = [one.resource.id for one in first.slate]
    again = match(profile, catalogue, NOON, keep=tuple(ids[1:]), drop=(ids[0],))
    assert set(ids[1:]) <= {one.resource.id for one in again.slate}
    assert ids[0] not in {one.resource.id for one in again.slate}


if __name__ == "__main__":
    found = sorted(ratios(300))
    print(f"{len(found)} cases: median {statistics.median(found):.4f}, worst {found[0]:.4f}")
