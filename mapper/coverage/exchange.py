"""What groups need against what others offer: introductions a coach may propose (study: support without formalising).

Nothing is decided over the groups' heads: what comes out is a list of pairs with reasons, shown to both first.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from mapper.catalogue import Catalogue, Segment, languages_of
from mapper.coverage.supply import THERE
from mapper.coverage.thresholds import thresholds
from mapper.geography import distance_m, distances_m
from mapper.model import Point, Reason, Resource

#: What fits best comes first: being wanted, then near, then able to talk with each other.
_FITS, _NEAR, _TALKS, _KNOWN = 1.0, 0.5, 0.3, 0.2
#: So many offers at most are told for one need, chosen among so many of the nearest.
_MOST_OFFERS, _MOST_WEIGHED = 5, 40


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


class _Offering(NamedTuple):
    """The records of a catalogue that offer one kind of support, with their points; NaN where there is none."""

    resources: list[Resource]
    lons: NDArray[np.float64]
    lats: NDArray[np.float64]

    def near(self, point: Point | None) -> list[Resource]:
        """Those that come into question for somebody here: the nearest, and some whose place is not known."""
        if point is None or not self.resources:
            return self.resources[:_MOST_WEIGHED]
        metres = distances_m(self.lons, self.lats, point)
        nearest = np.argsort(metres, kind="stable")  # unknown ones come last
        within = nearest[: int((metres <= thresholds().network.exchange_m).sum())][:_MOST_WEIGHED]
        unknown = np.flatnonzero(np.isnan(metres))[:_MOST_WEIGHED]
        return [self.resources[at] for at in (*within, *unknown)]


_of_segments: "WeakKeyDictionary[Segment, dict[str, list[str]]]" = WeakKeyDictionary()


def _ids_by_support(segment: Segment) -> dict[str, list[str]]:
    kept = _of_segments.get(segment)
    if kept is None:
        kept = _of_segments[segment] = defaultdict(list)
        for record in segment.resources:
            for support in {one.type: one for one in record.support_offered}:
                kept[support].append(record.id)
    return kept


def _offering(catalogue: Catalogue, support: str) -> _Offering:
    ids = {one for segment, gone in catalogue.segments for one in _ids_by_support(segment).get(support, ())
           if one not in gone}  # fmt: skip
    found = [one for one_id in sorted(ids) if (one := catalogue.get(one_id)) is not None and one.status in THERE]
    points = [catalogue.point_of(one) or Point(np.nan, np.nan) for one in found]
    return _Offering(found, np.array([one.lon for one in points]), np.array([one.lat for one in points]))


def introductions(catalogue: Catalogue, asking: Iterable[Resource]) -> tuple[Introduction, ...]:
    """Who offers what these groups need, best first; a few for each need, none further than an exchange reaches.

    Those whose room is lent already are left out: they have met.
    """
    offering: dict[str, _Offering] = {}
    found: list[Introduction] = []
    for asks in asking:
        if asks.status not in THERE or asks.approach == "not_through_services":
            continue
        for support in {one.type: one for one in asks.support_needed}:
            if support not in offering:
                offering[support] = _offering(catalogue, support)
            near = offering[support].near(catalogue.point_of(asks))
            made = [one for offers in near if (one := _introduce(catalogue, support, asks, offers)) is not None]
            found += sorted(made, key=lambda one: (-one.weight, one.offers.id))[:_MOST_OFFERS]
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
