"""The match itself: limits, features, the slate as a set, paths, rights, gaps."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapper.catalogue import Catalogue
from mapper.matching.answer import Excluded, Gap, GiveHere, Match, Step, Suggestion
from mapper.matching.bridges import paths
from mapper.matching.circles import summarise
from mapper.matching.columns import BONDING, BRIDGING, has_any, is_full
from mapper.matching.features import reasons_of, values_of
from mapper.matching.limits import NOTHING_ASKED, ask_first, exclusions_of, within_limits
from mapper.matching.person import Candidates, Floats, Person
from mapper.matching.rights import rights_lines
from mapper.matching.slate import (
    ENOUGH,
    MOST,
    NEAR_TIE,
    Pool,
    Requirement,
    choose,
    make_pool,
    requirements,
    shortlist,
    turns,
)
from mapper.model import SLICES, Profile, Reason, Resource, Slice, Ties

#: Who goes this far, in metres, goes anywhere in Brussels: then "further" is no advice.
FAR_M = 5000

_TIES: dict[int, Ties] = {0: "unknown", BONDING: "bonding", BRIDGING: "bridging", BONDING | BRIDGING: "both"}

#: The gap that is told when a requirement cannot be met.
_GAP_OF = {
    "right": "need_unanswered", "need": "need_unanswered", "professional": "no_professional",
    "comes": "nothing_comes_to_you", "bonding": "no_bonding", "bridging": "no_bridge", "give": "nowhere_to_give",
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """Everything between a profile and its slate: who can be chosen, what each is worth, what was chosen."""

    person: Person
    eligible: Candidates
    these: Candidates
    values: NDArray[np.float64]
    needed: tuple[Requirement, ...]
    places: NDArray[np.int64]
    pool: Pool
    kept: tuple[int, ...]
    chosen: tuple[int, ...]


def weigh(person: Person, keep: tuple[str, ...] = (), drop: tuple[str, ...] = (), *, rotate: bool = True) -> Choice:
    """What can be chosen and what is: `keep` are in the slate whenever limits allow, `drop` never are."""
    eligible = within_limits(Candidates.everything(person))
    held = person.inventory
    dropped = {row for row in map(held.row_of, drop) if row is not None}
    wished = [row for row in map(held.row_of, dict.fromkeys(keep)) if row is not None and row not in dropped][:MOST]
    may = (eligible.has_purpose | np.isin(eligible.rows, wished)) & ~np.isin(eligible.rows, list(dropped))
    these = eligible.narrow(may)
    values = values_of(these)
    worth: Floats = values.sum(axis=0)
    if rotate:
        worth = worth + NEAR_TIE * turns(person.profile, person.now, these.columns.id_hash)
    needed = requirements(person)
    forced = [int(place) for row in wished for place in np.flatnonzero(these.rows == row)]
    places = shortlist(these, worth, needed, forced)
    pool = make_pool(these.narrow_to(places), worth[places], needed)
    kept: list[int] = []
    for place in forced:
        member = int(np.flatnonzero(places == place)[0])
        # Somebody may ask for two behind one door; the first one stays.
        if not pool.same_door[member, kept].any():
            kept.append(member)
    chosen = choose(pool, kept)
    return Choice(person, eligible, these, values, needed, places, pool, tuple(kept), tuple(chosen))


def match(
    profile: Profile,
    catalogue: Catalogue,
    now: dt.datetime,
    keep: tuple[str, ...] = (),
    drop: tuple[str, ...] = (),
    introduced: Mapping[str, int] | None = None,
) -> Match:
    """The slate for a profile: what fits together, why, how to get there, and what is lacking.

    Keeps nothing of the profile anywhere. The same profile, catalogue and week give the same answer, in whatever
    order the records came.
    """
    person = Person(profile, catalogue, now, introduced)
    choice = weigh(person, keep, drop)
    places = [int(choice.places[member]) for member in choice.chosen]
    records = [_record(person, int(choice.these.rows[place])) for place in places]
    bridging = [
        record for record, place in zip(records, places, strict=True) if int(choice.these.tie[place]) & BRIDGING
    ]
    ways = paths(person, bridging, choice.eligible) if profile.wishes_more_contact is not False else {}
    slate = [
        _suggestion(choice, place, record, ways.get(record.id, ()))
        for place, record in zip(places, records, strict=True)
    ]
    slate.sort(key=lambda one: -one.score)
    return Match(
        profile_summary=summarise(profile, catalogue),
        slate=tuple(slate),
        rights=rights_lines(person),
        gaps=_gaps(choice),
        excluded=int(person.inventory.alive.sum()) - len(choice.eligible),
    )


def rebalance(
    profile: Profile, catalogue: Catalogue, now: dt.datetime, keep: tuple[str, ...], drop: tuple[str, ...]
) -> Match:
    """The slate anew around what the person keeps and without what the person does not want.

    What is kept but cannot be suggested (`why` tells the reason) is left out.
    """
    return match(profile, catalogue, now, keep, drop)


def why(
    profile: Profile,
    catalogue: Catalogue,
    resource_id: str,
    now: dt.datetime,
    introduced: Mapping[str, int] | None = None,
) -> tuple[Reason | Excluded, ...]:
    """The reasons for a record, which add up to its score; or every limit that stands in its way.

    () when there is no such record here.
    """
    person = Person(profile, catalogue, now, introduced)
    row = person.inventory.row_of(resource_id)
    if row is None:
        return ()
    these = Candidates.of_rows(person, np.array([row]))
    excluded = exclusions_of(these, resource_id)
    if excluded:
        return excluded
    if not these.has_purpose[0]:
        return (Excluded(resource_id, NOTHING_ASKED),)
    return reasons_of(values_of(these), these, 0, _record(person, row))


def _record(person: Person, row: int) -> Resource:
    record = person.catalogue.get(person.inventory.id_of(row))
    assert record is not None
    return record


def _suggestion(choice: Choice, place: int, record: Resource, path: tuple[Step, ...]) -> Suggestion:
    these, person = choice.these, choice.person
    reasons = reasons_of(choice.values, these, place, record)
    distance = float(these.distance_m[place])
    introducer = int(these.introducer[place])
    gives = tuple(one for one in person.profile.gives if one in record.gives) if these.takes_help[place] else ()
    return Suggestion(
        resource=record,
        offer_id=_offer(person, record),
        slice=_slice(person, record),
        tie=_TIES[int(these.tie[place])],
        score=sum(reason.weight for reason in reasons),
        # A point that stands for a whole neighbourhood is near enough to choose by, not to tell metres from.
        distance_m=None if np.isnan(distance) or record.place.precision == "neighbourhood" else distance,
        reasons=reasons,
        path=path,
        give=GiveHere(gives) if gives else None,
        ask_first=ask_first(these, place, record),
        introduced_by=person.inventory.id_of(introducer) if introducer >= 0 else None,
    )


def _offer(person: Person, record: Resource) -> str | None:
    """The offer that answers what was asked, one with room for now first; never one that is full."""
    today = person.now.date()
    best = None
    for offer in record.offers:
        asked = [person.profile.needs.index(need) for need in offer.needs if need in person.profile.needs]
        if asked and not is_full(offer, today):
            rank = (("open", "unknown", "full", "waiting_list").index(offer.room.state), min(asked))
            if best is None or rank < best[0]:
                best = (rank, offer.id)
    return best[1] if best else None


def _slice(person: Person, record: Resource) -> Slice:
    """The slice a suggestion stands for: that of a service where it is one, else what the record names first."""
    row = person.inventory.row_of(record.id)
    service = row is not None and bool(person.inventory.columns.service[row])
    slices = [one for one in SLICES if one in person.inventory.words.slices_of(record)]
    if person.profile.only_slices:
        slices = [one for one in slices if one in person.profile.only_slices] or slices
    formal: list[Slice] = [one for one in slices if one in ("specialised", "professional")]
    if service and formal:
        return formal[0]
    informal: list[Slice] = [one for one in slices if one not in ("specialised", "professional")]
    # What volunteers run is informal care, also where it is counted with a service.
    return (["informal"] if "informal" in informal else informal or ["informal"])[0]  # type: ignore[return-value]


def _gaps(choice: Choice) -> tuple[Gap, ...]:
    person, met = choice.person, choice.pool.met(choice.chosen)
    found = []
    for requirement, holds in zip(choice.needed, met, strict=True):
        if holds:
            continue
        code, need = _GAP_OF[requirement.code], requirement.need
        if need and _is_full(person, need):
            code = "need_full"
        elif need and requirement.code == "right" and _volunteers_answer(choice, need):
            code = "only_volunteers"
        found.append(Gap(code, need))
    if not person.may_have("professional", "specialised"):
        # The wish is respected; the rights line still names the services.
        found += [Gap("need_not_wished", need) for need in person.right_needs]
    if len(choice.chosen) < ENOUGH:
        range_m = person.profile.range_m
        code = "few_come" if range_m == 0 else "few_near" if range_m < FAR_M else "few_found"
        found.append(Gap(code, None, {"count": len(choice.chosen)}))
    return tuple(found)


def _volunteers_answer(choice: Choice, need: str) -> bool:
    words = choice.person.inventory.words.needs
    return bool(has_any(choice.eligible.columns.needs, words.mask((need,))).any())


def _is_full(person: Person, need: str) -> bool:
    """Whether something would answer this need if it had room."""
    held = person.inventory
    full = held.alive & has_any(held.columns.needs_full, held.words.needs.mask((need,)))
    if need in person.right_needs:
        full &= held.columns.service
    rows = np.flatnonzero(full)
    return bool(len(rows)) and len(within_limits(Candidates.of_rows(person, rows), but=("full",))) > 0
