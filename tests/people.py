"""Invented people and inventories by chance, and a plain reading of the rules to hold the matcher against.

Nothing here uses the matcher's own columns: distances, limits and invariants are written out record by record.
"""

import datetime as dt
import itertools
import math
import random
from collections.abc import Iterable
from typing import Any

from mapper import taxonomy
from mapper.catalogue import Catalogue
from mapper.geography import Geography
from mapper.matching.circles import has_bonding, has_bridging, has_few_to_call_on
from mapper.model import (
    Audience,
    Avoid,
    Circles,
    CircleTies,
    Contact,
    Language,
    Limits,
    Link,
    Offer,
    Place,
    Point,
    Profile,
    Resource,
    Room,
    Thresholds,
)  # fmt: skip
from mapper.text import Text
from tests.conftest import TOY_CITY

RIGHTS = ("debt", "housing")
NEEDS = ("company", "being_heard", "homework_help", *RIGHTS)
GIVES = ("cooking", "listening")
LANGUAGES = ("pt", "fr", "nl")
COMMUNITIES = ("brazilian", "turkish")
HOME = Point(4.345, 50.845)
#: Metres in a degree of latitude.
M_PER_DEGREE_LAT = 111_195
GEOGRAPHY = Geography.from_set(TOY_CITY)
#: Kinds of the toy inventories, with what their taxonomy says of slices and support.
KINDS = ("self_organisation", "club", "local_service_centre", "advice_service", "childcare", "community_centre")
SUPPORT_KINDS = ("local_service_centre", "advice_service")
TERMS = taxonomy.load()


def catalogue_of(records: Iterable[Resource]) -> Catalogue:
    """These records in the toy city."""
    return Catalogue(records, GEOGRAPHY, TERMS)


def at(metres_north: float) -> Place:
    """A door so many metres north of home."""
    return Place(lon=HOME.lon, lat=HOME.lat + metres_north / M_PER_DEGREE_LAT)


def person(**wishes: Any) -> Profile:
    """Somebody at home who asks to be heard, unless told otherwise."""
    return Profile(**({"near": HOME, "needs": ("being_heard",)} | wishes))


def some(rng: random.Random, of: tuple[str, ...], chance: float = 0.4) -> tuple[str, ...]:
    return tuple(one for one in of if rng.random() < chance)


def make_inventory(rng: random.Random, count: int) -> list[Resource]:
    """So many records, often with something in the way and often behind one of three doors."""
    ids = [f"r{number}" for number in range(count)]
    return [_record(rng, record_id, ids) for record_id in ids]


def _record(rng: random.Random, record_id: str, ids: list[str]) -> Resource:
    kind = rng.choice(KINDS)
    slices = rng.choice(((), ("informal",), ("professional",), ("informal", "professional"), ("specialised",)))
    status = rng.choice(("active", "reported", "reported", "active", "historical", "paused"))
    offers = tuple(
        Offer(
            id=f"{record_id}-{number}",
            name=Text.of("Offer"),
            needs=some(rng, NEEDS, 0.3),
            room=Room(state=rng.choice(("open", "full", "full", "waiting_list", "unknown"))),  # type: ignore[arg-type]
        )
        for number in range(rng.choice((0, 0, 1, 2)))
    )
    place = Place(precision="contact_only")
    chance = rng.random()
    if chance < 0.3:
        place = Place(lon=4.345, lat=round(50.846 + 0.003 * rng.randrange(3), 6))  # one of three doors
    elif chance < 0.9:
        place = Place(lon=round(4.345 + rng.uniform(-0.02, 0.02), 6), lat=round(50.845 + rng.uniform(-0.02, 0.02), 6))
    return Resource(
        id=record_id,
        kind=kind,
        name=Text.of(record_id),
        slices=slices,  # type: ignore[arg-type]
        ties=rng.choice(("bonding", "bridging", "both", "unknown")),
        needs=some(rng, NEEDS, 0.35),
        audience=Audience(
            everyone=rng.choice(("yes", "unknown", "no")),
            women_only=rng.choice(("unknown", "unknown", "yes", "no")),
            communities=some(rng, COMMUNITIES, 0.25),
        ),
        languages=tuple(Language(code=code) for code in some(rng, LANGUAGES)),
        thresholds=Thresholds(
            free=rng.choice(("yes", "no", "unknown")),
            wheelchair=rng.choice(("yes", "no", "unknown")),
            papers_asked=rng.choice(("yes", "no", "unknown")),
            papers_public=True,
        ),
        approach=rng.choice(("walk_in", "phone_first", "phone_first", "not_through_services")),
        welcomed_by=Text.of("host") if rng.random() < 0.3 else Text(),
        place=place,
        service_area=rng.choice(((), (), (), ("1",), ("4",))),
        outreach=rng.choice(("yes", "unknown", "no")),
        offers=offers,
        opening_hours=rng.choice(("", "", "Mo-Fr 09:00-12:00", "Tu 18:00-21:00")),
        contacts=(Contact(type="phone", value="02 555 01 23"),) if rng.random() < 0.5 else (),
        gives=some(rng, GIVES, 0.3),
        volunteer_run=rng.choice(("yes", "unknown", "no")),
        links=tuple(
            Link(type=rng.choice(("introduces", "refers_to", "works_with", "hosts")), to=rng.choice(ids))
            for _ in range(rng.choice((0, 0, 1, 2)))
        ),
        status=status,  # type: ignore[arg-type]
        checked_on=dt.date(2026, 5, 1) if status == "active" else None,
    )


def make_profile(rng: random.Random, ids: list[str]) -> Profile:
    """A profile with any of its fields, most of them left out."""

    def maybe(value: Any, default: Any, chance: float = 0.35) -> Any:
        return value if rng.random() < chance else default

    circles = None
    if rng.random() < 0.6:
        circles = Circles(**{
            name: CircleTies(size=rng.choice((0, 2, None)), calls=rng.choice(("never", "rarely", "sometimes", None)))
            for name in ("household", "family", "friends", "neighbours") if rng.random() < 0.85
        })  # fmt: skip
    return Profile(
        languages=some(rng, LANGUAGES),
        near=HOME,
        needs=some(rng, NEEDS, 0.4),
        gives=some(rng, GIVES),
        communities=some(rng, COMMUNITIES, 0.3),
        groups=maybe((rng.choice(ids),), (), 0.3),
        professional=maybe(rng.choice(ids), "", 0.2),
        range_m=rng.choice((0, 800, 1500, 1500, 5000)),
        wishes_more_contact=rng.choice((None, True, True, False)),
        asks_easily=rng.choice((None, True, False)),
        burden=rng.choice((None, "none", "some", "heavy")),
        only_slices=maybe(rng.choice((("professional", "specialised"), ("informal",))), (), 0.15),
        not_near_home=maybe(True, False, 0.1),
        not_own_community=maybe(True, False, 0.15),
        limits=Limits(**{name: rng.random() < 0.15 for name in Limits.__struct_fields__}),
        circles=circles,
        avoid=Avoid(
            circles=maybe(("family",), (), 0.1),
            resources=maybe((rng.choice(ids),), (), 0.15),
            communities=maybe((rng.choice(COMMUNITIES),), (), 0.1),
        ),
    )


class Rules:
    """The rules of the slate, read plainly, for one profile and one inventory in the toy city."""

    def __init__(self, profile: Profile, records: list[Resource], catalogue: Any) -> None:
        self.profile, self.records, self.by_id = profile, records, {one.id: one for one in records}
        self.few = has_few_to_call_on(profile)
        self.bonding, self.bridging = has_bonding(profile, catalogue), has_bridging(profile, catalogue)

    # What a record is

    def slices(self, record: Resource) -> tuple[str, ...]:
        return record.slices or TERMS.kinds[record.kind].slices

    def is_service(self, record: Resource) -> bool:
        return bool({"professional", "specialised"} & set(self.slices(record))) and record.volunteer_run != "yes"

    def full_needs(self, record: Resource) -> set[str]:
        offered = {need for offer in record.offers for need in offer.needs}
        return {need for need in offered
                if all(offer.room.state == "full" for offer in record.offers if need in offer.needs)}  # fmt: skip

    def needs_now(self, record: Resource) -> set[str]:
        offered = {need for offer in record.offers for need in offer.needs}
        return (set(record.needs) | offered) - self.full_needs(record)

    def answers(self, record: Resource, need: str) -> bool:
        return need in self.needs_now(record) and (need not in RIGHTS or self.is_service(record))

    def distance_m(self, record: Resource) -> float:
        if record.place.lon is None or record.place.lat is None:
            return math.nan
        lon, lat = math.radians(record.place.lon), math.radians(record.place.lat)
        home_lon, home_lat = math.radians(HOME.lon), math.radians(HOME.lat)
        half = (math.sin((lat - home_lat) / 2) ** 2
                + math.cos(lat) * math.cos(home_lat) * math.sin((lon - home_lon) / 2) ** 2)  # fmt: skip
        return 2 * 6_371_008.8 * math.asin(math.sqrt(half))

    def serves(self, record: Resource) -> bool:
        return "1" in record.service_area  # home lies in the first quarter of the toy city

    def comes(self, record: Resource) -> bool:
        far = self.distance_m(record) > 3000
        return record.outreach == "yes" and (self.serves(record) if record.service_area else not far)

    def own(self, record: Resource) -> bool:
        return bool(set(record.audience.communities) & set(self.profile.communities))

    def for_others(self, record: Resource) -> bool:
        return bool(record.audience.communities) and not self.own(record) and record.audience.everyone != "yes"

    def welcoming(self, record: Resource) -> bool:
        return bool(record.welcomed_by) or record.approach == "walk_in" or record.audience.everyone == "yes"

    def ties(self, record: Resource) -> set[str]:
        found = {"bonding", "bridging"} if record.ties == "both" else {record.ties} - {"unknown"}
        everyone = record.audience.everyone == "yes"
        others = bool(record.audience.communities) and not self.own(record)
        if self.profile.communities and others and "bonding" in found:
            found = (found - {"bonding"}) | ({"bridging"} if everyone else set())
        if record.ties == "unknown" and not self.is_service(record):
            found = {"bonding"} if self.own(record) else {"bridging"} if everyone else set()
        return found

    def introducers(self, record: Resource) -> list[str]:
        """Services that introduce or refer people there, and the one that already helps when it has any link."""
        found = []
        for other in self.records:
            if other.id == record.id:  # nobody introduces to oneself
                continue
            there = other.status in ("active", "reported")
            if other.id == self.profile.professional and there:
                linked = any(link.to == record.id for link in other.links)
                linked |= any(link.to == other.id for link in record.links)
                found += [other.id] if linked else []
            usable = there and self.is_service(other) and other.id not in self.profile.avoid.resources
            usable &= not set(other.audience.communities) & set(self.profile.avoid.communities)
            if usable and any(one.to == record.id and one.type in ("introduces", "refers_to") for one in other.links):
                found.append(other.id)
        return found

    # What may be suggested

    def allowed(self, record: Resource) -> bool:
        """Whether no limit stands in the way."""
        profile, limits = self.profile, self.profile.limits
        distance = self.distance_m(record)
        reach = self.comes(record)
        if profile.range_m:
            reach |= distance <= profile.range_m
            reach |= math.isnan(distance) and (self.serves(record) or not record.service_area)
            reach |= self.is_service(record) and self.serves(record)
        wanted = not profile.only_slices or bool(set(self.slices(record)) & set(profile.only_slices))
        if profile.only_slices and not {"informal", "self"} & set(profile.only_slices):
            wanted &= self.is_service(record)
        evening = {"": None, "Mo-Fr 09:00-12:00": False, "Tu 18:00-21:00": True}[record.opening_hours]
        return (
            record.status in ("active", "reported")
            and reach
            and not (self.is_service(record) and record.service_area and not self.serves(record))
            and record.id not in (*profile.avoid.resources, *profile.groups, profile.professional)
            and not set(record.audience.communities) & set(profile.avoid.communities)
            and not (profile.not_own_community and self.own(record) and record.audience.everyone != "yes")
            and record.approach != "not_through_services"
            and wanted
            and not (limits.free and self.is_free(record) == "no")
            and not (limits.papers_not_asked and record.thresholds.papers_asked == "yes")
            and not (limits.wheelchair and record.thresholds.wheelchair == "no")
            and not (limits.women_only and record.audience.women_only == "no")
            and not (limits.evenings and evening is False)
            and not (self.full_needs(record) and not self.needs_now(record) and record.approach != "walk_in")
        )

    def is_free(self, record: Resource) -> str:
        return record.thresholds.free

    def has_purpose(self, record: Resource) -> bool:
        """Whether it has something for this person."""
        asked = set(self.profile.needs)
        door = any(
            need in asked and (need not in RIGHTS or self.is_service(record)) for need in self.full_needs(record)
        )
        support = record.kind in SUPPORT_KINDS or "being_heard" in record.needs
        return (
            any(self.answers(record, need) for need in asked)
            or (door and record.approach == "walk_in")
            or (self.few is not False and self.is_service(record) and support and not self.for_others(record))
            or self.takes_help(record)
            or (self.wants_bridge and self.is_bridge(record))
            or (self.wants_bond and self.is_bond(record))
        )

    def takes_help(self, record: Resource) -> bool:
        return self.profile.burden != "heavy" and bool(set(record.gives) & set(self.profile.gives))

    def is_bridge(self, record: Resource) -> bool:
        return "bridging" in self.ties(record) and self.welcoming(record) and not self.for_others(record)

    def is_bond(self, record: Resource) -> bool:
        return "bonding" in self.ties(record) and not self.for_others(record)

    @property
    def wants_bridge(self) -> bool:
        return self.profile.wishes_more_contact is True and self.bridging is not True

    @property
    def wants_bond(self) -> bool:
        profile = self.profile
        wish = profile.wishes_more_contact is True or bool({"company", "being_heard"} & set(profile.needs))
        trust_first = profile.asks_easily is False or self.bonding is False
        return profile.wishes_more_contact is not False and not profile.not_own_community and wish and trust_first

    # What a slate must have

    def musts(self) -> list[tuple[str, Any]]:
        """(name, whether a record is that), the most important first."""
        only = set(self.profile.only_slices)
        formal = not only or bool(only & {"professional", "specialised"})
        informal = not only or bool(only & {"informal", "self"})
        asked = self.profile.needs
        found: list[tuple[str, Any]] = []
        if formal:
            found += [
                (f"right {need}", lambda one, need=need: self.answers(one, need)) for need in asked if need in RIGHTS
            ]
            if self.few:
                found.append(("professional", self.is_service))
        found += [
            (f"need {need}", lambda one, need=need: self.answers(one, need)) for need in asked if need not in RIGHTS
        ]
        if self.profile.asks_easily is False:
            found.append(("comes", lambda one: self.comes(one) or bool(self.introducers(one))))
        if self.wants_bond and informal:
            found.append(("bonding", self.is_bond))
        if self.wants_bridge:
            found.append(("bridging", self.is_bridge))
        if self.profile.burden != "heavy" and self.profile.gives:
            found.append(("give", self.takes_help))
        return found

    def door(self, record: Resource) -> tuple[float, float] | str:
        if record.place.lon is None or record.place.lat is None:
            return record.id
        return round(record.place.lon, 4), round(record.place.lat, 4)

    def choosable(self) -> list[Resource]:
        return [one for one in self.records if self.allowed(one) and self.has_purpose(one)]

    def best_possible(self, most: int = 8) -> tuple[bool, ...]:
        """What the best of all possible slates meets, the most important first: every set is tried."""
        musts = self.musts()
        by_door: dict[Any, set[tuple[bool, ...]]] = {}
        for record in self.choosable():
            by_door.setdefault(self.door(record), set()).add(tuple(holds(record) for _name, holds in musts))
        best = tuple(False for _ in musts)
        doors = [[None, *options] for options in by_door.values()]
        for picked in itertools.product(*doors):
            chosen = [one for one in picked if one is not None]
            if len(chosen) <= most:
                best = max(best, tuple(any(column) for column in zip(*chosen, strict=True)) if chosen else best)
        return best
