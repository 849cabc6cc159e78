"""What groups need against what others offer: introductions a coach may propose (study: support without formalising).

Nothing is decided over the groups' heads: what comes out is a list of pairs with reasons, shown to both first.
"""

from collections.abc import Iterable
from typing import NamedTuple

from mapper.catalogue import Catalogue, languages_of
from mapper.coverage.supply import THERE
from mapper.coverage.thresholds import thresholds
from mapper.geography import distance_m
from mapper.model import Reason, Resource

#: What fits best comes first: being wanted, then near, then able to talk with each other.
_FITS, _NEAR, _TALKS, _KNOWN = 1.0, 0.5, 0.3, 0.2


class Introduction(NamedTuple):
    """Somebody who needs something and somebody who offers it."""

    support: str
    asks: Resource
    offers: Resource
    #: Metres in a straight line; None where one of them gives no place.
    distance_m: float | None
    reasons: tuple[Reason, ...]

    @property
    def weight(self) -> float:
        """How much speaks for it."""
        return sum(reason.weight for reason in self.reasons)


def introductions(catalogue: Catalogue, asking: Iterable[Resource]) -> tuple[Introduction, ...]:
    """Who offers what these groups need, best first; what is further than an exchange reaches is left out.

    Those already tied to each other for this are left out: they have met.
    """
    offering: dict[str, list[Resource]] = {}
    for resource in catalogue:
        if resource.status in THERE:
            for support in resource.support_offered:
                offering.setdefault(support.type, []).append(resource)
    found = [
        made
        for asks in asking
        if asks.status in THERE and asks.approach != "not_through_services"
        for support in {one.type: one for one in asks.support_needed}.values()
        for offers in offering.get(support.type, ())
        if (made := _introduce(catalogue, support.type, asks, offers)) is not None
    ]
    return tuple(sorted(found, key=lambda one: (-one.weight, one.asks.id, one.support, one.offers.id)))


def _introduce(catalogue: Catalogue, support: str, asks: Resource, offers: Resource) -> Introduction | None:
    if asks.id == offers.id or _hosts(offers, asks, support):
        return None
    one, other = catalogue.point_of(asks), catalogue.point_of(offers)
    metres = distance_m(one, other) if one and other else None
    reach_m = thresholds().network.exchange_m
    if metres is not None and metres > reach_m:
        return None
    reasons = [Reason("fits_support", _FITS, {"support": support})]
    if metres is not None:
        reasons.append(Reason("near", round(_NEAR * (1 - metres / reach_m), 3), {"distance_m": round(metres)}))
    shared = tuple(code for code in languages_of(asks) if code in languages_of(offers))
    if shared:
        reasons.append(Reason("shared_language", _TALKS, {"languages": shared}))
    if any(link.to == offers.id for link in asks.links) or any(link.to == asks.id for link in offers.links):
        reasons.append(Reason("already_linked", _KNOWN, {}))
    return Introduction(support, asks, offers, metres, tuple(reasons))


def _hosts(offers: Resource, asks: Resource, support: str) -> bool:
    """The room is lent already."""
    return support == "room" and any(link.type == "hosts" and link.to == asks.id for link in offers.links)
