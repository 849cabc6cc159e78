"""Limits first: what cannot be suggested to this person, each with its reason.

What is not known passes and is asked first. What is known to be closed, avoided, full or out of reach does not.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from mapper.matching.answer import Excluded
from mapper.matching.columns import APPROACHES, FORMAL, NO, STATUSES, UNKNOWN, YES, Bools, has_any, has_none
from mapper.matching.person import Candidates
from mapper.model import Resource


def not_there(these: Candidates) -> Bools:
    """It is told in the past, it closed, it pauses, or it became part of another place."""
    return these.columns.status > STATUSES.index("reported")


def out_of_reach(these: Candidates) -> Bools:
    """It is further than the person goes on foot, and it does not come to the home.

    A service whose area holds the person's home is in reach by tram; so is what lies in the very area named.
    """
    profile = these.person.profile
    if profile.range_m == 0:
        return ~these.comes
    distance = these.distance_m
    if not these.person.points:
        return these.nowhere()
    placeless = np.isnan(distance) & (these.serves_home | ~these.columns.serves_known)
    own_service = these.columns.service & these.columns.serves_known & these.serves_home
    return ~((distance <= profile.range_m) | these.in_home_area | placeless | own_service | these.comes)


def serves_elsewhere(these: Candidates) -> Bools:
    """It is a service for another area than the one the person lives in."""
    return these.columns.service & these.columns.serves_known & ~these.serves_home


def avoided(these: Candidates) -> Bools:
    """The person does not want to go there."""
    found = these.nowhere()
    for resource_id in these.person.profile.avoid.resources:
        row = these.person.inventory.row_of(resource_id)
        if row is not None:
            found |= these.rows == row
    return found


def avoided_community(these: Candidates) -> Bools:
    """The person stays away from this community."""
    words = these.person.inventory.words.communities
    return has_any(these.columns.communities, words.mask(these.person.profile.avoid.communities))


def own_community(these: Candidates) -> Bools:
    """It is for the person's own community, which the person would rather not meet."""
    if not these.person.profile.not_own_community:
        return these.nowhere()
    found: Bools = these.own_community & (these.columns.everyone != YES)
    return found


def already_known(these: Candidates) -> Bools:
    """The person already goes there."""
    profile = these.person.profile
    found = these.nowhere()
    for resource_id in (*profile.groups, profile.professional):
        row = these.person.inventory.row_of(resource_id) if resource_id else None
        if row is not None:
            found |= these.rows == row
    return found


def not_through_services(these: Candidates) -> Bools:
    """The group does not want people to be sent by services."""
    found: Bools = these.columns.approach == APPROACHES.index("not_through_services")
    return found


def other_slice(these: Candidates) -> Bools:
    """The person wants only certain kinds of care, and this is another."""
    if not these.person.only:
        return these.nowhere()
    wanted = (these.columns.slices & these.person.only) > 0
    if not these.person.only & ~FORMAL:
        # What volunteers run is not a professional network, whatever it is counted with.
        wanted = wanted & these.columns.service
    return ~wanted


def must_be_free(these: Candidates) -> Bools:
    """It costs money, and it has to be free."""
    return _closed(these, these.person.profile.limits.free, these.columns.free == NO)


def papers(these: Candidates) -> Bools:
    """Papers are asked there."""
    return _closed(these, these.person.profile.limits.papers_not_asked, these.columns.papers_asked == YES)


def wheelchair(these: Candidates) -> Bools:
    """A wheelchair cannot get in."""
    return _closed(these, these.person.profile.limits.wheelchair, these.columns.wheelchair == NO)


def women_only(these: Candidates) -> Bools:
    """It is not for women only, as the person needs; or it is, and the person is among men."""
    if "men" in these.person.profile.communities:
        return _closed(these, True, these.columns.women_only == YES)
    return _closed(these, these.person.profile.limits.women_only, these.columns.women_only == NO)


def evenings(these: Candidates) -> Bools:
    """It is never open in the evening."""
    return _closed(these, these.person.profile.limits.evenings, these.columns.evening == NO)


def _closed(these: Candidates, required: bool, known: Bools) -> Bools:
    return known if required else these.nowhere()


def full(these: Candidates) -> Bools:
    """Everything it offers is full for now, and there is no door to walk in by."""
    one = these.columns
    return ~has_none(one.needs_full) & has_none(one.needs) & ~one.walk_in


class Exclusion(NamedTuple):
    """A limit: its function says of each record whether it stands in the way; the docstring says it to people."""

    fn: Callable[[Candidates], Bools]

    @property
    def code(self) -> str:
        return self.fn.__name__

    @property
    def explanation(self) -> str:
        return (self.fn.__doc__ or "").split("\n")[0]


EXCLUSIONS = tuple(
    Exclusion(fn)
    for fn in (
        not_there, out_of_reach, serves_elsewhere, avoided, avoided_community, own_community, already_known,
        not_through_services, other_slice, must_be_free, papers, wheelchair, women_only, evenings, full,
    )
)  # fmt: skip

#: Not a limit, but why something that passes all limits is still not suggested.
NOTHING_ASKED = "nothing_asked"


def within_limits(these: Candidates, *, but: tuple[str, ...] = ()) -> Candidates:
    """Those that pass every limit, but for the ones named. The cheap and strict ones are looked at first."""
    first = ("not_there", "out_of_reach")
    for codes in (first[:1], first[1:]):
        for exclusion in EXCLUSIONS:
            if exclusion.code in codes and exclusion.code not in but:
                these = these.narrow(~exclusion.fn(these))
    kept = np.ones(len(these), dtype=np.bool_)
    for exclusion in EXCLUSIONS:
        if exclusion.code not in first and exclusion.code not in but:
            kept &= ~exclusion.fn(these)
    return these.narrow(kept)


def exclusions_of(these: Candidates, resource_id: str) -> tuple[Excluded, ...]:
    """Every limit that stands in the way of the only record given."""
    return tuple(
        Excluded(resource_id, exclusion.code, _data(exclusion.code, these))
        for exclusion in EXCLUSIONS
        if exclusion.fn(these)[0]
    )


def _data(code: str, these: Candidates) -> dict[str, Any]:
    if code == "out_of_reach":
        distance = float(these.distance_m[0])
        return {
            "distance_m": None if np.isnan(distance) else round(distance),
            "range_m": these.person.profile.range_m,
        }
    if code == "not_there":
        return {"status": STATUSES[these.columns.status[0]]}
    return {}


def ask_first(these: Candidates, at: int, record: Resource) -> tuple[str, ...]:
    """What this person needs to know before going, and nobody knows yet: to be asked when phoning."""
    one, profile, limits = these.columns, these.person.profile, these.person.profile.limits
    spoken = one.languages[at]
    mine = these.person.inventory.words.languages.mask(profile.languages)
    says_languages = bool(spoken.any())
    shared = bool((spoken & mine).any())
    everyday = any(code in ("nl", "fr") for code in profile.languages)
    asked = {
        "free": limits.free and one.free[at] == UNKNOWN,
        "papers_not_asked": limits.papers_not_asked and one.papers_asked[at] == UNKNOWN,
        "wheelchair": limits.wheelchair and one.wheelchair[at] == UNKNOWN,
        "women_only": (one.women_only[at] == UNKNOWN and limits.women_only)
        or (one.women_only[at] == YES and not limits.women_only and "women" not in profile.communities),
        "evenings": limits.evenings and one.evening[at] == UNKNOWN,
        "language": bool(profile.languages) and not shared and (says_languages or not everyday),
        "audience": bool(these.for_others[at]),
        "service_area": _may_be_elsewhere(these, at, record),
        "room": bool((one.needs_waiting[at] & these.person.inventory.words.needs.mask(profile.needs)).any())
        or bool(these.open_door[at]),
    }
    return tuple(name for name, unknown in asked.items() if unknown)


def _may_be_elsewhere(these: Candidates, at: int, record: Resource) -> bool:
    """Names other areas than the person's; or names none, and comes from afar or does not tell where it is."""
    if these.columns.serves_known[at]:
        return not these.serves_home[at]
    if np.isnan(these.distance_m[at]):
        return bool(these.person.points) and record.place.address is None
    return bool(these.comes[at] and these.distance_m[at] > these.person.profile.range_m)
