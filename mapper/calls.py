"""What a phone call or the group itself says about a place right now, and what that changes in its record.

Room belongs to an offer: the homework class is full, the house is not (study: that is how Farida came in). A call never
closes anything: a number that is wrong or a door that closed is for a coach to look into, by phone, and a group of
volunteers is never punished for one report.
"""

import datetime as dt
from typing import Literal, get_args

import msgspec

from mapper.model import Offer, Resource, Room, Source

Outcome = Literal["right", "full", "phone_first", "wrong_number", "closed"]
Welcome = Literal["yes", "so_so", "no"]
#: Whose word it is: a function, never a name.
Voice = Literal["professional", "group"]

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
WELCOMES: tuple[Welcome, ...] = get_args(Welcome)
#: What only a coach can sort out.
FOR_THE_COACH: tuple[Outcome, ...] = ("wrong_number", "closed")

#: "Full" ends by itself, so that a group is not left out for months because one call came in a busy week.
FULL_WEEKS = 4
#: The group itself asks for rest: longer, and it may end it any day.
ENOUGH_WEEKS = 8

#: The id of the offer that stands for what the house itself does, where no offer of its own answers a need.
HOUSE = "house"


def after_call(resource: Resource, outcome: Outcome, on: dt.date, offer_id: str = "") -> Resource:
    """The record after a professional phoned (study: R11, room for now; do not overload).

    `offer_id` says which offer is full, where there are several; "" is the only one, or the house.
    """
    if resource.status in ("closed", "merged"):
        return resource
    if outcome in FOR_THE_COACH:
        # Less sure than before, and still there: "phone first".
        status = "reported" if resource.status == "active" else resource.status
        return msgspec.structs.replace(resource, status=status, checked_on=None)
    checked = confirmed(resource, on, "professional")
    if outcome == "full":
        return _full(checked, offer_id, on + dt.timedelta(weeks=FULL_WEEKS))
    if outcome == "phone_first" and checked.approach == "walk_in":
        return msgspec.structs.replace(checked, approach="phone_first")
    return checked


def confirmed(resource: Resource, on: dt.date, voice: Voice) -> Resource:
    """The record after somebody who knows said that it is right: checked on this day, the whole of it.

    What paused or closed stays so; what was only told, or told in the past, is active again.
    """
    status = resource.status if resource.status in ("paused", "closed", "merged") else "active"
    others = tuple(source for source in resource.sources if source.by != voice)
    word = Source(facts=("contacts", "status"), title=_TITLES[voice], on=on, by=voice)
    return msgspec.structs.replace(resource, status=status, checked_on=on, sources=(*others, word))


#: How the word of each stands in exports; pages say it in the reader's language.
_TITLES: dict[Voice, str] = {"professional": "by a professional", "group": "by the group itself"}


def offers_to_choose(resource: Resource) -> tuple[Offer, ...]:
    """The offers of which one may be full: empty when there is nothing to choose."""
    own = tuple(offer for offer in resource.offers if offer.id != HOUSE)
    return own if len(own) > 1 else ()


def enough_for_now(resource: Resource, on: dt.date, weeks: int = ENOUGH_WEEKS) -> Resource:
    """The record with every offer full for some weeks: the group asks for rest."""
    until = on + dt.timedelta(weeks=weeks)
    offers = tuple(_with_room(offer, until) for offer in resource.offers)
    return _with_house(msgspec.structs.replace(resource, offers=offers), until)


def room_again(resource: Resource) -> Resource:
    """The record with room for now in every offer: what the house itself does needs no offer any more."""
    offers = tuple(
        msgspec.structs.replace(offer, room=Room(state="open", note=offer.room.note)) if _is_full(offer) else offer
        for offer in resource.offers
        if offer.id != HOUSE
    )
    return msgspec.structs.replace(resource, offers=offers)


def has_enough(resource: Resource, today: dt.date) -> bool:
    """Whether every offer is full today."""
    return bool(resource.offers) and all(
        _is_full(offer) and (offer.room.until is None or today <= offer.room.until) for offer in resource.offers
    )


def _full(resource: Resource, offer_id: str, until: dt.date) -> Resource:
    own = [offer for offer in resource.offers if offer.id != HOUSE]
    chosen = next((offer for offer in own if offer.id == offer_id), own[0] if len(own) == 1 else None)
    if chosen is None or not chosen.needs:
        # Nothing is known of what this offer answers, so the house's own needs are what is full.
        resource = _with_house(resource, until)
    if chosen is None:
        return resource
    offers = tuple(_with_room(one, until) if one.id == chosen.id else one for one in resource.offers)
    return msgspec.structs.replace(resource, offers=offers)


def _is_full(offer: Offer) -> bool:
    return offer.room.state == "full"


def _with_room(offer: Offer, until: dt.date) -> Offer:
    # The group may have said longer than that.
    if _is_full(offer) and (offer.room.until is None or offer.room.until > until):
        return offer
    return msgspec.structs.replace(offer, room=Room(state="full", until=until, note=offer.room.note))


def _with_house(resource: Resource, until: dt.date) -> Resource:
    """The record with an offer for the needs that none of its own answers, full until then."""
    own = tuple(offer for offer in resource.offers if offer.id != HOUSE)
    answered = {need for offer in own for need in offer.needs}
    rest = tuple(need for need in resource.needs if need not in answered)
    if not rest and own:
        return msgspec.structs.replace(resource, offers=own)
    house = _with_room(Offer(id=HOUSE, name=resource.name, needs=rest), until)
    return msgspec.structs.replace(resource, offers=(*own, house))


def without_call(current: Resource, before: Resource, after: Resource) -> Resource:
    """The record with what one call changed taken back; what somebody else changed since stays.

    `before` and `after` are the record around that call.
    """
    changes = {
        field: getattr(before, field)
        for field in ("status", "checked_on", "approach", "offers")
        if getattr(current, field) == getattr(after, field)
    }
    if "checked_on" in changes:
        own = tuple(source for source in before.sources if source.by == "professional")
        changes["sources"] = (*(source for source in current.sources if source.by != "professional"), *own)
    if changes.get("status", current.status) == "active" and changes.get("checked_on", current.checked_on) is None:
        changes.pop("status", None)
    return msgspec.structs.replace(current, **changes)
