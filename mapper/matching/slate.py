"""The slate: five to eight suggestions chosen as a set, not a ranking of ninety.

What must be among them when the inventory allows (`requirements`) comes before what would be nice; what would be
nice is the sum of the scores, with something for each need and each slice, and less for more of the same.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from mapper.matching.columns import Bools, mixed
from mapper.matching.person import Candidates, Floats, Person
from mapper.model import Profile

MOST = 8
ENOUGH = 5
#: What each suggestion beyond five has to be worth, so that a slate is not filled for filling's sake.
BEYOND_ENOUGH = 1.0
#: Scores this near to each other are as good as equal, and take turns: some hundred metres, less than half a language.
NEAR_TIE = 0.25
#: What the first and second answer to a need add beyond their scores, and the first of the informal and formal care.
_NEED_BONUS = (0.6, 0.15)
_SLICE_BONUS = (0.3, 0.0)
_TIE_BONUS = (0.15, 0.0)
_SAME_KIND = 0.2
#: Two antennas of one network, or one and the network itself, are nearly the same door.
_SAME_NETWORK = 1.0
#: One service that only stands beside somebody is support; more of them are no answer to what was asked.
_MORE_SUPPORT = 2.0
#: A requirement outweighs all scores together.
_MUST = 1e4
#: The best of the scores, and the best for each way of meeting requirements, are all that can be chosen.
_POOL, _POOL_EACH = 48, MOST
#: How many steps the search for a set that meets more requirements may take.
_PATIENCE = 4000


class Requirement(NamedTuple):
    """Something that at least one suggestion has to be, with the gap that is told when none can be."""

    code: str
    need: str | None
    holds: Callable[[Candidates], Bools]


def requirements(person: Person) -> tuple[Requirement, ...]:
    """What the slate of this person must have when the inventory allows, the most important first."""
    profile = person.profile
    found = []
    for need in person.right_needs:
        if person.may_have("professional", "specialised"):
            found.append(Requirement("right", need, lambda these, need=need: these.answers(need)))  # type: ignore[misc]
    if person.few and person.may_have("professional", "specialised"):
        found.append(Requirement("professional", None, lambda these: these.columns.service))
    for need in person.plain_needs:
        found.append(Requirement("need", need, lambda these, need=need: these.answers(need)))  # type: ignore[misc]
    if profile.asks_easily is False:
        found.append(Requirement("comes", None, lambda these: these.asks_first_step))
    if person.wants_bond and person.may_have("informal", "self"):
        found.append(Requirement("bonding", None, lambda these: these.bonds))
    if person.wants_bridge:
        found.append(Requirement("bridging", None, lambda these: these.bridges))
    if person.gives:
        found.append(Requirement("give", None, lambda these: these.takes_help))
    return tuple(found)


def turns(profile: Profile, now: dt.datetime, id_hashes: NDArray[np.uint64]) -> Floats:
    """For each record a number from 0 to 1 that depends only on it, on what the profile asks and on the week.

    So equals share the visits without anything being stored. The circles do not count: how many people somebody
    can call on must never decide by chance who gets what.
    """
    profile = msgspec.structs.replace(profile, circles=None)
    year, week, _day = now.isocalendar()
    seed = mixed(f"{msgspec.json.encode(profile, order='deterministic').decode()}/{year}-{week}")
    with np.errstate(over="ignore"):
        # The finisher of splitmix64: every bit of the input moves every bit of the output.
        mix = id_hashes ^ np.uint64(seed)
        mix = (mix ^ (mix >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mix = (mix ^ (mix >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mix = mix ^ (mix >> np.uint64(31))
    return mix.astype(np.float64) / 2.0**64


@dataclass(frozen=True)
class Pool:
    """What can be chosen, as arrays over its members, best first."""

    worth: Floats
    #: Member × requirement: whether it meets it. The weight of a requirement is larger than of all after it.
    meets: Bools
    must: Floats
    #: Member × quality, and what the first and second of each quality add.
    qualities: Floats
    bonus: Floats
    #: Member × member: what they take from each other, and whether they stand behind the same door.
    alike: Floats
    same_door: Bools

    def value(self, chosen: Sequence[int]) -> float:
        """What a set is worth, requirements aside."""
        at = list(chosen)
        counts = np.minimum(self.qualities[at].sum(axis=0), 2).astype(np.intp)
        bonus = self._bonus_of[np.arange(len(counts)), counts].sum()
        alike = self.alike[at][:, at].sum() / 2
        return float(self.worth[at].sum() + bonus - alike) - BEYOND_ENOUGH * max(0, len(at) - ENOUGH)

    def met(self, chosen: Sequence[int]) -> tuple[bool, ...]:
        """Which requirements a set meets."""
        found: list[bool] = np.atleast_1d(self.meets[list(chosen)].any(axis=0)).tolist()
        return tuple(found)

    def total(self, chosen: Sequence[int]) -> float:
        """What a set is worth, requirements first."""
        return self.value(chosen) + float(self.must[self.meets[list(chosen)].any(axis=0)].sum())

    def gains(self, chosen: Sequence[int]) -> Floats:
        """What each member would add to a set; nothing can be added from behind a door that is there already."""
        at = list(chosen)
        counts = np.minimum(self.qualities[at].sum(axis=0), 2).astype(np.intp)
        next_bonus = self._next_bonus[np.arange(len(counts)), counts]
        missing = np.where(self.meets[at].any(axis=0), 0.0, self.must)
        found: Floats = self.worth + self.qualities @ next_bonus + self._meets @ missing
        for member in at:
            found -= self.alike[member]
        if len(at) >= ENOUGH:
            found -= BEYOND_ENOUGH
        found[self.same_door[at].any(axis=0)] = -np.inf
        found[at] = -np.inf
        return found

    @cached_property
    def _meets(self) -> Floats:
        return self.meets.astype(np.float64)

    @cached_property
    def _next_bonus(self) -> Floats:
        return np.column_stack((self.bonus, np.zeros(len(self.bonus))))

    @cached_property
    def _bonus_of(self) -> Floats:
        return np.column_stack((np.zeros(len(self.bonus)), self.bonus.cumsum(axis=1)))


def make_pool(these: Candidates, worth: Floats, needed: Sequence[Requirement]) -> Pool:
    """The arrays for some candidates."""
    one, person = these.columns, these.person
    meets = np.column_stack([need.holds(these) for need in needed]) if needed else np.zeros((len(these), 0), np.bool_)
    profile_needs = person.profile.needs
    answers = [these.answers(need) for need in profile_needs]
    qualities = np.column_stack([*answers, ~one.service, one.service, these.bonds, these.bridges]).astype(np.float64)
    bonus = np.array([_NEED_BONUS] * len(profile_needs) + [_SLICE_BONUS] * 2 + [_TIE_BONUS] * 2)
    if person.profile.wishes_more_contact is False:
        bonus[-2:] = 0.0
    doors = one.door
    same_door = (doors[:, None] == doors[None, :]) & (doors != 0)[:, None]
    kinds = one.kind
    alike = np.where(kinds[:, None] == kinds[None, :], _SAME_KIND, 0.0)
    network = these.network
    alike = alike + np.where((network[:, None] == network[None, :]) & (network != 0)[:, None], _SAME_NETWORK, 0.0)
    beside = these.only_supports
    alike = alike + np.where(beside[:, None] & beside[None, :], _MORE_SUPPORT, 0.0)
    np.fill_diagonal(alike, 0.0)
    np.fill_diagonal(same_door, False)
    must = np.array([_MUST * 2.0**power for power in range(len(needed) - 1, -1, -1)], dtype=np.float64)
    return Pool(worth, meets, must, qualities, bonus, alike, same_door)


def shortlist(
    these: Candidates, worth: Floats, needed: Sequence[Requirement], keep: Iterable[int]
) -> NDArray[np.int64]:
    """The places of the candidates that may be chosen, best first.

    For each combination of requirements the best behind eight different doors are enough: a slate has eight places,
    so one of these is always free to stand in for any other of the same combination.
    """
    order = np.lexsort((these.columns.id_hash, -worth))
    chosen = dict.fromkeys(order[:_POOL].tolist())
    if needed:
        meets = np.column_stack([need.holds(these) for need in needed])
        signature = meets @ (1 << np.arange(meets.shape[1], dtype=np.int64))
        for kind in np.unique(signature[signature > 0]).tolist():
            doors: set[int] = set()
            taken = 0
            for place in order[signature[order] == kind].tolist():
                door = int(these.columns.door[place])
                if door in doors:
                    continue
                if door:
                    doors.add(door)
                chosen[place] = None
                taken += 1
                if taken == _POOL_EACH:
                    break
    chosen.update(dict.fromkeys(keep))
    places = np.array(list(chosen), dtype=np.int64)
    return places[np.lexsort((these.columns.id_hash[places], -worth[places]))]


def choose(pool: Pool, kept: Sequence[int] = ()) -> list[int]:
    """The members of the slate, best first: greedy, then swaps until none helps.

    When the greedy way misses a requirement that some set can meet, a search for such a set starts a second one.
    """
    best = _improve(pool, _fill(pool, list(kept)), kept)
    reachable = pool.meets.any(axis=0)
    if not np.array_equal(np.array(pool.met(best), dtype=bool), reachable):
        core = _core(pool, list(kept))
        other = _improve(pool, _fill(pool, core), kept)
        if pool.total(other) > pool.total(best) + 1e-9:
            best = other
    return sorted(best)


def _fill(pool: Pool, chosen: list[int]) -> list[int]:
    while len(chosen) < MOST and len(pool.worth):
        gains = pool.gains(chosen)
        place = int(np.argmax(gains))
        if not gains[place] > 0:
            break
        chosen = [*chosen, place]
    return chosen


def _improve(pool: Pool, chosen: list[int], kept: Sequence[int]) -> list[int]:
    total = pool.total(chosen)
    for _round in range(40):
        better, gained = chosen, 1e-9
        for member in chosen:
            if member in kept:
                continue
            others = [one for one in chosen if one != member]
            base = pool.total(others)
            gains = pool.gains(others)
            place = int(np.argmax(gains))
            if base + max(0.0, float(gains[place])) - total > gained:
                gained = base + max(0.0, float(gains[place])) - total
                better = [*others, place] if gains[place] > 0 else others
        if better is chosen:
            return chosen
        chosen = _fill(pool, better)
        total = pool.total(chosen)
    return chosen


def _core(pool: Pool, kept: list[int]) -> list[int]:
    """A set that meets as many requirements as can be met together, the most important first."""
    core = kept
    wanted: list[int] = []
    for requirement in range(pool.meets.shape[1]):
        patience = [_PATIENCE]
        found = _meet(pool, kept, [*wanted, requirement], patience)
        if found is not None:
            wanted.append(requirement)
            core = found
    return core


def _meet(pool: Pool, chosen: list[int], wanted: list[int], patience: list[int]) -> list[int] | None:
    """A set around `chosen` that meets all of `wanted`; None when there is none, or when patience ran out."""
    missing = [one for one in wanted if not pool.meets[chosen, one].any()]
    if not missing:
        return chosen
    patience[0] -= 1
    free: Bools = np.logical_not(pool.same_door[:, chosen].any(axis=1))
    free[chosen] = False
    most = int(pool.meets[:, missing][free].sum(axis=1).max(initial=0))
    if patience[0] < 0 or most == 0 or len(chosen) + -(-len(missing) // most) > MOST:
        return None
    # The scarcest first: it leaves the fewest ways to go wrong.
    scarcest = min(missing, key=lambda one: int((pool.meets[:, one] & free).sum()))
    for place in np.flatnonzero(pool.meets[:, scarcest] & free).tolist():
        found = _meet(pool, [*chosen, place], wanted, patience)
        if found is not None:
            return found
    return None
