"""What makes one open door fit better than another: a visible list, `FEATURES`.

Each feature is a small function over columns; its docstring is its public explanation. The weights, each with
its reason, are in `weights.toml` beside this file. A score is the sum of its reasons and nothing else.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapper.catalogue import languages_of
from mapper.matching.columns import NO, STATUSES, YES, has_any, has_none
from mapper.matching.person import Candidates, Floats
from mapper.model import Reason, Resource

#: How far away half of what nearness counts for is left, in metres: about ten minutes on foot.
NEAR_SCALE_M = 800.0
#: A service checked this long ago, in days, counts as not checked.
OLD_AFTER_DAYS = 3 * 365.0
#: So many new circles within two links that more make little difference.
MANY_CIRCLES = 4.0
#: So many introductions in four weeks are a lot for a group of volunteers.
MANY_INTRODUCTIONS = 8.0


def answers_need(these: Candidates) -> Floats:
    """You can find there what was asked for; more so when it answers several things asked for.

    Where a right is at stake (income, a home, health, safety, residence) only a service answers, never volunteers.
    """
    return np.where(these.answered > 0, 1.0 + 0.3 * (these.answered - 1.0), 0.0)


def open_door(these: Candidates) -> Floats:
    """The group asked for is full for now, but the house is open and you can walk in."""
    return these.open_door.astype(np.float64)


def shared_language(these: Candidates) -> Floats:
    """A language you speak is spoken there; it counts against a place when it is known that none is."""
    words = these.person.inventory.words.languages
    mine = words.mask(these.person.profile.languages)
    if not mine.any():
        return np.zeros(len(these))
    unknown = has_none(these.columns.languages)
    return np.where(has_any(these.columns.languages, mine), 1.0, np.where(unknown, 0.0, -1.0))


def mother_tongue(these: Candidates) -> Floats:
    """The language you speak best is spoken there: there it is easier to say what matters."""
    profile = these.person.profile
    if not profile.languages:
        return np.zeros(len(these))
    words = these.person.inventory.words.languages
    found = has_any(these.columns.languages, words.mask(profile.languages[:1])).astype(np.float64)
    # A service speaks many languages; who would rather not meet the own community still profits from that.
    return np.where(these.columns.service, found, 0.0) if profile.not_own_community else found


def near(these: Candidates) -> Floats:
    """It is near; or further away, where you would rather not be seen in your own quarter."""
    closeness = np.nan_to_num(0.5 ** (these.distance_m / NEAR_SCALE_M), nan=0.0)
    return -closeness if these.person.profile.not_near_home else closeness


def own_community(these: Candidates) -> Floats:
    """It is among people of a community you feel at home in; or not, where you would rather not meet it."""
    found = these.own_community.astype(np.float64)
    # To be seen where one would rather not be weighs more than not to be among one's own.
    return -1.5 * found if these.person.profile.not_own_community else found


def for_others(these: Candidates) -> Floats:
    """It is meant for other people, and does not say that everyone is welcome."""
    # Who did not say where they feel at home may well belong there: then it can be asked.
    return np.where(these.for_others, -1.0 if these.person.profile.communities else -0.4, 0.0)


def elsewhere(these: Candidates) -> Floats:
    """It is a group for another neighbourhood than yours, as far as it says."""
    return np.where(these.columns.serves_known & ~these.serves_home & ~these.columns.service, -1.0, 0.0)


def introduced(these: Candidates) -> Floats:
    """Somebody can introduce you: a place you already go to, or a service that walks along."""
    found = np.where(these.known_through_group, 1.0, np.where(these.introducer >= 0, 0.6, 0.0))
    return found * (1.5 if these.person.profile.asks_easily is False else 1.0)


def welcomes(these: Candidates) -> Floats:
    """Newcomers are welcomed: you can walk in, somebody receives you, or everyone is welcome."""
    one = these.columns
    found: Floats = np.minimum(1.0, 0.5 * one.walk_in + 0.4 * one.welcomed + 0.3 * (one.everyone == YES))
    return found


def comes_to_you(these: Candidates) -> Floats:
    """It comes to your home; that counts more where asking is not easy."""
    profile = these.person.profile
    # Who would rather not be seen in the own quarter gains nothing by a visit there.
    weight = 0.0 if profile.not_near_home else {None: 0.4, True: 0.3, False: 1.0}[profile.asks_easily]
    return np.where(these.comes, weight, 0.0)


def bridging_gain(these: Candidates) -> Floats:
    """It opens doors beyond your own circle, to new people, places and services, and you are welcome there."""
    wish = {None: 0.3, True: 1.0, False: 0.0}[these.person.profile.wishes_more_contact]
    if not these.person.wants_bridge:
        wish *= 0.5
    # Half for being a bridge at all, half for how much lies beyond it.
    beyond = np.minimum(1.0, these.new_circles / MANY_CIRCLES / 2)
    return np.where(these.bridges, wish * (0.5 + 0.5 * beyond), 0.0)


def among_ourselves(these: Candidates) -> Floats:
    """It is among people like yourself, where trust comes first."""
    return np.where(these.bonds, 1.0, 0.0) if these.person.wants_bond else np.zeros(len(these))


def place_to_give(these: Candidates) -> Floats:
    """You can do there what you like to do for others."""
    return these.takes_help.astype(np.float64)


def support_beside(these: Candidates) -> Floats:
    """A service stands beside you: with few people to call on, professional contact makes the other ties stronger."""
    weight = {None: 0.3, True: 1.0, False: 0.0}[these.person.few]
    return np.where(these.columns.service & (these.supports | (these.answered > 0)), weight, 0.0)


def fits_limits(these: Candidates) -> Floats:
    """What you need is known to be so: free, no papers asked, room for a wheelchair, for women only, in the evening."""
    limits, one = these.person.profile.limits, these.columns
    known = [
        fits
        for required, fits in (
            (limits.free, one.free == YES),
            (limits.papers_not_asked, one.papers_asked == NO),
            (limits.wheelchair, one.wheelchair == YES),
            (limits.women_only, one.women_only == YES),
            (limits.evenings, one.evening == YES),
        )
        if required
    ]
    return sum((fits.astype(np.float64) for fits in known), np.zeros(len(these))) / max(1, len(known))


def low_threshold(these: Candidates) -> Floats:
    """It is free, without signing up and without having to read, as far as is known."""
    one = these.columns
    return sum(
        (np.where(answer == good, 0.33, np.where(answer == bad, -0.33, 0.0))
         for answer, good, bad in ((one.free, YES, NO), (one.registration, NO, YES), (one.reading, NO, YES))),
        np.zeros(len(these)),
    )  # fmt: skip


def old_record(these: Candidates) -> Floats:
    """What is known of this service was not checked lately. Volunteer groups are never marked down for that."""
    age = these.person.now.date().toordinal() - these.columns.checked
    # A year is fresh enough; never checked counts as old.
    old = np.clip((np.nan_to_num(age, nan=OLD_AFTER_DAYS) - 365.0) / (OLD_AFTER_DAYS - 365.0), 0.0, 1.0)
    return np.where(these.columns.service, -old, 0.0)


def only_reported(these: Candidates) -> Floats:
    """Nobody checked yet whether it is still there: phone first. It comes after what is equal and checked."""
    return np.where(these.columns.status == STATUSES.index("reported"), -1.0, 0.0)


def room_now(these: Candidates) -> Floats:
    """There is room for now in what was asked for; a waiting list counts against it."""
    room, waiting = these.of_asked(these.columns.needs_room), these.of_asked(these.columns.needs_waiting)
    return np.where(room, 1.0, np.where(waiting, -1.0, 0.0))


def asked_lately(these: Candidates) -> Floats:
    """Others were introduced to this group in the last weeks: it is not asked too much."""
    found = np.zeros(len(these))
    for resource_id, count in these.person.introduced.items():
        row = these.person.inventory.row_of(resource_id)
        if row is not None:
            found -= np.where((these.rows == row) & ~these.columns.service, min(1.0, count / MANY_INTRODUCTIONS), 0.0)
    return found


def times_known(these: Candidates) -> Floats:
    """It is known when you can go."""
    return these.columns.times_known.astype(np.float64)


def can_be_reached(these: Candidates) -> Floats:
    """It is known how to reach it, best of all by telephone."""
    return np.where(these.columns.phone, 1.0, np.where(these.columns.reachable, 0.5, 0.0))


def women_among(these: Candidates) -> Floats:
    """It is for women only, and nobody said that this is wanted."""
    profile = these.person.profile
    wanted = profile.limits.women_only or "women" in profile.communities
    return np.zeros(len(these)) if wanted else np.where(these.columns.women_only == YES, -1.0, 0.0)


class Feature(NamedTuple):
    """A function of columns to values of about -1 to 1.5, and what a value of 1 counts for."""

    fn: Callable[[Candidates], Floats]
    weight: float

    @property
    def code(self) -> str:
        return self.fn.__name__

    @property
    def explanation(self) -> str:
        return (self.fn.__doc__ or "").split("\n")[0]


def _weights() -> dict[str, float]:
    tables = tomllib.loads((Path(__file__).parent / "weights.toml").read_text(encoding="utf-8"))
    return {code: float(table["weight"]) for code, table in tables.items()}


WEIGHTS = _weights()

FEATURES = tuple(
    Feature(fn, WEIGHTS[fn.__name__])
    for fn in (
        answers_need, open_door, shared_language, mother_tongue, near, own_community, for_others, elsewhere, introduced,
        welcomes, comes_to_you, bridging_gain, among_ourselves, place_to_give, support_beside, fits_limits,
        low_threshold, old_record, only_reported, room_now, asked_lately, times_known, can_be_reached, women_among,
    )
)  # fmt: skip


def values_of(these: Candidates) -> NDArray[np.float64]:
    """What every feature counts for in every record: one row for each feature, weights included."""
    return np.stack([feature.fn(these) * feature.weight for feature in FEATURES])


def reasons_of(values: NDArray[np.float64], these: Candidates, at: int, record: Resource) -> tuple[Reason, ...]:
    """The reasons for one record, heaviest first. Their weights add up to its score."""
    found = [
        Reason(feature.code, value, _about(feature.code, value, these, at, record))
        for feature, value in zip(FEATURES, values[:, at].tolist(), strict=True)
        if value
    ]
    return tuple(sorted(found, key=lambda reason: -abs(reason.weight)))


def _about(code: str, value: float, these: Candidates, at: int, record: Resource) -> dict[str, Any]:
    """What the interface needs to word a reason."""
    profile = these.person.profile
    spoken = languages_of(record)
    match code:
        case "answers_need":
            return {"needs": [need for need in profile.needs if these.answers(need)[at]]}
        case "shared_language":
            shared = [code for code in profile.languages if code in spoken]
            return {"languages": shared, "spoken": list(spoken)}
        case "mother_tongue":
            return {"language": profile.languages[0]}
        case "near":
            return {"distance_m": round(float(these.distance_m[at])), "turned": profile.not_near_home}
        case "own_community":
            shared = [one for one in record.audience.communities if one in profile.communities]
            return {"communities": shared, "turned": profile.not_own_community}
        case "for_others":
            return {"communities": list(record.audience.communities)}
        case "introduced":
            row = int(these.introducer[at])
            by = these.person.inventory.id_of(row) if row >= 0 else None
            return {"by": by, "through_group": bool(these.known_through_group[at])}
        case "bridging_gain":
            return {"new_circles": int(these.new_circles[at])}
        case "place_to_give":
            return {"gives": [one for one in profile.gives if one in record.gives]}
        case "fits_limits":
            return {"limits": _limits_met(these, at)}
        case "old_record":
            return {"checked_on": record.checked_on.isoformat() if record.checked_on else None}
        case "room_now":
            return {"waiting": value < 0}
        case "welcomes":
            return {"walk_in": record.approach == "walk_in", "everyone": record.audience.everyone == "yes"}
    return {}


def _limits_met(these: Candidates, at: int) -> list[str]:
    limits, one = these.person.profile.limits, these.columns
    met = {
        "free": limits.free and one.free[at] == YES,
        "papers_not_asked": limits.papers_not_asked and one.papers_asked[at] == NO,
        "wheelchair": limits.wheelchair and one.wheelchair[at] == YES,
        "women_only": limits.women_only and one.women_only[at] == YES,
        "evenings": limits.evenings and one.evening[at] == YES,
    }
    return [name for name, fits in met.items() if fits]
