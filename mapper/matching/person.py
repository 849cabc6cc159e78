"""A profile seen against an inventory: who is asking, from where, and what each record is to that person."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mapper.catalogue import Catalogue
from mapper.geography import Geography, distances_m
from mapper.matching import circles
from mapper.matching.columns import (
    BONDING,
    BRIDGING,
    STATUSES,
    YES,
    Bits,
    Bools,
    Columns,
    Rows,
    count,
    has_any,
    has_none,
)
from mapper.matching.inventory import Inventory, inventory
from mapper.model import LINK_TYPES, SLICES, Place, Point, Profile

Floats = NDArray[np.float64]

#: What comes to the home and names no area is taken to come at most this far, in metres.
COMES_WITHIN_M = 3_000.0

_INTRODUCES = LINK_TYPES.index("introduces")
_REFERS = LINK_TYPES.index("refers_to")

#: Where somebody to talk to or people to meet are asked for, trust to enter decides (study: AETCIS).
TRUST_NEEDS = ("company", "being_heard", "peer_support")


class Person:
    """A profile with what follows from it and from a catalogue. Lives as long as one match."""

    def __init__(
        self, profile: Profile, catalogue: Catalogue, now: dt.datetime, introduced: Mapping[str, int] | None = None
    ) -> None:
        self.profile = profile
        #: Place -> how often somebody was introduced there lately.
        self.introduced = introduced or {}
        self.catalogue = catalogue
        self.now = now
        self.inventory: Inventory = inventory(catalogue, now.date())
        words = self.inventory.words
        self.right_needs = tuple(need for need in profile.needs if need in words.right_needs)
        self.plain_needs = tuple(need for need in profile.needs if need not in words.right_needs)
        self.few = circles.has_few_to_call_on(profile)
        self.bonding = circles.has_bonding(profile, catalogue)
        self.bridging = circles.has_bridging(profile, catalogue)
        #: A bridge where more contact is wished and none is known to be there.
        self.wants_bridge = profile.wishes_more_contact is True and self.bridging is not True
        #: People of one's own first, where asking is hard or no such tie is there.
        self.wants_bond = (
            profile.wishes_more_contact is not False
            and not profile.not_own_community
            and (profile.wishes_more_contact is True or any(need in TRUST_NEEDS for need in profile.needs))
            and (profile.asks_easily is False or self.bonding is False)
        )
        self.gives = profile.burden != "heavy" and bool(profile.gives)
        self.areas, self.points = _home(profile, catalogue.geography)
        self.only = sum(1 << SLICES.index(one) for one in set(profile.only_slices))

    def may_have(self, *slices: str) -> bool:
        """Whether the person wants at least one of these slices."""
        return not self.profile.only_slices or any(one in self.profile.only_slices for one in slices)


def _home(profile: Profile, geography: Geography) -> tuple[frozenset[str], tuple[Point, ...]]:
    """The areas that hold the person's place, and points that stand for it; nothing when no place is given."""
    if profile.near is not None:
        place = Place(lon=profile.near.lon, lat=profile.near.lat)
        areas = set(geography.areas_of_all([place])[0])
        return frozenset(areas | ({profile.neighbourhood} if profile.neighbourhood else set())), (profile.near,)
    area = profile.neighbourhood
    if not area:
        return frozenset(), ()
    if area in geography.neighbourhoods:
        place = Place(precision="neighbourhood", neighbourhood=area)
        return frozenset((area, *geography.areas_of_all([place])[0])), geography.points_of(area)
    # Somewhere in a larger area: what serves any part of it may serve the person.
    around = (area, *geography.neighbourhoods_in(area), *geography.postcodes.get(area, ()))
    town = geography.municipalities.get(area)
    return frozenset((*around, *(town.postcodes if town else ()))), geography.points_of(area)


@dataclass
class Candidates:
    """Some records, each as it is for one person. Everything is computed when first asked for."""

    person: Person
    rows: Rows
    columns: Columns

    @classmethod
    def everything(cls, person: Person) -> "Candidates":
        """All records of the catalogue."""
        held = person.inventory
        if held.alive.all():
            return cls(person, np.arange(len(held.columns)), held.columns)
        rows = np.flatnonzero(held.alive)
        return cls(person, rows, held.columns.take(rows))

    @classmethod
    def of_rows(cls, person: Person, rows: Rows) -> "Candidates":
        """The records in these rows."""
        return cls(person, rows, person.inventory.columns.take(rows))

    def __len__(self) -> int:
        return len(self.rows)

    def narrow(self, kept: Bools) -> "Candidates":
        """Only those kept; what was computed already is taken along."""
        return self.narrow_to(np.flatnonzero(kept))

    def narrow_to(self, where: Rows) -> "Candidates":
        """Only those at these places, in this order."""
        fewer = Candidates(self.person, self.rows[where], self.columns.take(where))
        for name, value in self.__dict__.items():
            if name not in ("person", "rows", "columns"):
                fewer.__dict__[name] = value[where]
        return fewer

    def nowhere(self) -> Bools:
        """False for each."""
        return np.zeros(len(self), dtype=np.bool_)

    # Place

    @cached_property
    def distance_m(self) -> Floats:
        """Metres as the crow flies; NaN where either place is not known."""
        found = np.full(len(self), np.nan)
        for point in self.person.points:
            found = np.fmin(found, distances_m(self.columns.lons, self.columns.lats, point))
        return found

    @cached_property
    def serves_home(self) -> Bools:
        """Names the person's area as served; everything does when no place is given."""
        if not self.person.areas:
            return np.ones(len(self), dtype=np.bool_)
        return self.person.inventory.serving(self.person.areas)[self.rows]

    @cached_property
    def in_home_area(self) -> Bools:
        """Lies in (or serves) the very area that the person named."""
        area = self.person.profile.neighbourhood
        return self.person.inventory.within((area,))[self.rows] if area else self.nowhere()

    @cached_property
    def comes(self) -> Bools:
        """Comes to the person's home: said so, and the area fits as far as is known."""
        near = np.isnan(self.distance_m) | (self.distance_m <= COMES_WITHIN_M)
        here = np.where(self.columns.serves_known, self.serves_home, near)
        found: Bools = (self.columns.outreach == YES) & here
        return found

    # People

    @cached_property
    def own_community(self) -> Bools:
        """Names a community in which the person feels at home."""
        words = self.person.inventory.words.communities
        return has_any(self.columns.communities, words.mask(self.person.profile.communities))

    @cached_property
    def for_others(self) -> Bools:
        """Names communities, none of them the person's, and does not say that everyone is welcome."""
        named = ~has_none(self.columns.communities)
        found: Bools = named & ~self.own_community & (self.columns.everyone != YES)
        return found

    @cached_property
    def tie(self) -> NDArray[np.uint8]:
        """What it is to this person, as bits: among people of one's own (bonding), beyond them (bridging).

        A group of others is no bonding for the person; it is a bridge when everyone is welcome. Where nobody said
        which it is, an informal place of the own community bonds and one open to everyone bridges.
        """
        ties = self.columns.ties.copy()
        others = ~has_none(self.columns.communities) & ~self.own_community
        if self.person.profile.communities:
            theirs = others & ((ties & BONDING) > 0)
            ties[theirs] &= BRIDGING
            ties[theirs & (self.columns.everyone == YES)] |= BRIDGING
        unsaid = (self.columns.ties == 0) & ~self.columns.service
        ties[unsaid & self.own_community] = BONDING
        ties[unsaid & ~self.own_community & (self.columns.everyone == YES)] = BRIDGING
        return ties

    @cached_property
    def introducer(self) -> Rows:
        """The row of a service that introduces or refers people there (warm hand-over); -1 where none is known."""
        held, profile = self.person.inventory, self.person.profile
        found = np.full(len(held.columns), -1, dtype=np.int64)
        edges, one = held.edges, held.columns
        there = held.alive & one.service & (one.status <= STATUSES.index("reported"))
        for avoided in profile.avoid.resources:
            row = held.row_of(avoided)
            if row is not None:
                there[row] = False
        there &= ~has_any(one.communities, held.words.communities.mask(profile.avoid.communities))
        warm = ((edges.types == _INTRODUCES) | (edges.types == _REFERS)) & there[edges.sources]
        found[edges.targets[warm][::-1]] = edges.sources[warm][::-1]
        helper = held.row_of(profile.professional) if profile.professional else None
        if helper is not None and one.status[helper] <= STATUSES.index("reported"):
            found[edges.targets[edges.sources == helper]] = helper
            found[edges.sources[edges.targets == helper]] = helper
        return found[self.rows]

    @cached_property
    def known_through_group(self) -> Bools:
        """A place where the person already goes has a link with it."""
        held = self.person.inventory
        found = np.zeros(len(held.columns), dtype=np.bool_)
        for group in self.person.profile.groups:
            row = held.row_of(group)
            if row is not None:
                found[held.edges.targets[held.edges.sources == row]] = True
                found[held.edges.sources[held.edges.targets == row]] = True
        return found[self.rows]

    @cached_property
    def network(self) -> Bits:
        """The number of the network of antennas each belongs to; 0 where it belongs to none."""
        found: Bits = self.person.inventory.network[self.rows]
        return found

    # What for

    def answers(self, need: str) -> Bools:
        """Can answer this need now. Where a right is at stake only a service can, never a volunteer group."""
        words = self.person.inventory.words
        found = has_any(self.columns.needs, words.needs.mask((need,)))
        return found & self.columns.service if need in words.right_needs else found

    @cached_property
    def answered(self) -> Floats:
        """How many of the needs asked for each can answer now."""
        found = np.zeros(len(self))
        for need in self.person.profile.needs:
            found += self.answers(need)
        return found

    @cached_property
    def open_door(self) -> Bools:
        """The offer asked for is full, but one can walk in (study: that is how Farida came in)."""
        full = self.of_asked(self.columns.needs_full)
        found: Bools = full & (self.answered == 0) & self.columns.walk_in
        return found

    def of_asked(self, needs: Bits) -> Bools:
        """Where a column of needs has one that was asked for and that this place may answer."""
        words = self.person.inventory.words.needs
        plain = has_any(needs, words.mask(self.person.plain_needs))
        return plain | (has_any(needs, words.mask(self.person.right_needs)) & self.columns.service)

    @cached_property
    def supports(self) -> Bools:
        """A service that stands beside somebody, whatever was asked for (study: professional contact strengthens).

        One for other people, such as those without a home, is no support for who is not among them.
        """
        return self.columns.support & ~self.for_others if self.person.few is not False else self.nowhere()

    @cached_property
    def takes_help(self) -> Bools:
        """A place to give what the person likes to give; nobody heavily burdened is asked."""
        words = self.person.inventory.words.gives
        if not self.person.gives:
            return self.nowhere()
        return has_any(self.columns.gives, words.mask(self.person.profile.gives))

    @cached_property
    def bridges(self) -> Bools:
        """Opens a door beyond the own circle, and lets the person in (study: one must be accepted there)."""
        return ((self.tie & BRIDGING) > 0) & self.columns.welcoming & ~self.for_others

    @cached_property
    def bonds(self) -> Bools:
        """Among people of one's own."""
        return ((self.tie & BONDING) > 0) & ~self.for_others

    @cached_property
    def asks_first_step(self) -> Bools:
        """Comes to people, or somebody walks along."""
        return self.comes | (self.introducer >= 0)

    @cached_property
    def has_purpose(self) -> Bools:
        """Has something for this person: an answer, an open door, support, a place to give, a wished-for tie."""
        return self.supports | self._other_purpose

    @cached_property
    def only_supports(self) -> Bools:
        """Stands beside somebody, and has nothing else for this person."""
        return self.supports & ~self._other_purpose

    @cached_property
    def _other_purpose(self) -> Bools:
        found = (self.answered > 0) | self.open_door | self.takes_help
        if self.person.wants_bridge:
            found = found | self.bridges
        if self.person.wants_bond:
            found = found | self.bonds
        return found

    @cached_property
    def new_circles(self) -> Floats:
        """How many communities, life themes and slices lie within two links beyond those the person has."""
        held = self.person.inventory
        had: list[str] = [*self.person.profile.communities]
        for group in (*self.person.profile.groups, self.person.profile.professional):
            record = self.person.catalogue.get(group) if group else None
            if record is not None:
                had += held.words.leads_to_of(record, record.needs)
        mask: Bits = ~held.words.leads_to.mask(had)
        return count(held.reach[self.rows] & mask)
