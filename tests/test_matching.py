"""Scores, limits, reasons, paths, turns: what one record is worth to one person, and why."""

import collections
import datetime as dt
import os
import random
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper import matching
from mapper.catalogue import Catalogue
from mapper.core import Mapper
from mapper.matching import EXCLUSIONS, FEATURES, Excluded, match, why
from mapper.matching.columns import STATUSES
from mapper.matching.features import WEIGHTS
from mapper.matching.person import Person
from mapper.matching.weigh import weigh
from mapper.model import (
    Address,
    Audience,
    Avoid,
    Circles,
    CircleTies,
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
from tests import people
from tests.conftest import NOON, make_resource
from tests.people import HOME, M_PER_DEGREE_LAT, at, make_inventory, make_profile, person


def catalogue_of(*records: Resource) -> Catalogue:
    return people.catalogue_of(records)


def score(record: Resource, profile: Profile, *others: Resource) -> float:
    """The sum of the reasons; minus infinity for what is left out."""
    found = why(profile, catalogue_of(record, *others), record.id, NOON)
    return sum((-np.inf if isinstance(one, Excluded) else one.weight for one in found), 0.0)


def left_out(record: Resource, profile: Profile, *others: Resource) -> list[str]:
    found = why(profile, catalogue_of(record, *others), record.id, NOON)
    return [one.code for one in found if isinstance(one, Excluded)]


# Scores

#: MAPPER_TRIALS=2000 makes a long proof of the properties.
TRIALS = int(os.environ.get("MAPPER_TRIALS", "120"))

seeds = st.integers(0, 2**40)


def one_of_each(seed: int) -> tuple[random.Random, list[Resource], Resource, Profile]:
    rng = random.Random(seed)
    records = make_inventory(rng, 5)
    profile = make_profile(rng, [one.id for one in records])
    record = msgspec.structs.replace(
        records[0], status="reported", checked_on=None, service_area=(), place=at(rng.uniform(0, 4000))
    )
    return rng, records[1:], record, profile


@given(seeds)
@settings(max_examples=TRIALS * 3, deadline=None)
def test_closer_is_never_worse_all_else_equal(seed: int) -> None:
    rng, others, record, profile = one_of_each(seed)
    assert record.place.lat is not None
    far_m = (record.place.lat - HOME.lat) * M_PER_DEGREE_LAT
    closer = msgspec.structs.replace(record, place=at(far_m * rng.random()))
    near, far = score(closer, profile, *others), score(record, profile, *others)
    if profile.not_near_home and far > -np.inf:
        assert near <= far
    if not profile.not_near_home:
        assert near >= far


@given(seeds)
@settings(max_examples=TRIALS * 3, deadline=None)
def test_a_language_that_is_spoken_is_never_worse(seed: int) -> None:
    _rng, others, record, profile = one_of_each(seed)
    for code in profile.languages:
        more = msgspec.structs.replace(record, languages=(*record.languages, Language(code=code)))
        assert score(more, profile, *others) >= score(record, profile, *others)


@given(seeds)
@settings(max_examples=TRIALS * 3, deadline=None)
def test_more_room_is_never_worse(seed: int) -> None:
    rng, others, record, profile = one_of_each(seed)
    need = rng.choice(profile.needs or ("company",))
    scores = []
    for state in ("full", "waiting_list", "unknown", "open"):
        offer = Offer(id="only", name=Text.of("Class"), needs=(need,), room=Room(state=state))  # type: ignore[arg-type]
        scores.append(score(msgspec.structs.replace(record, offers=(offer,)), profile, *others))
    assert scores == sorted(scores)


@given(seeds)
@settings(max_examples=TRIALS, deadline=None)
def test_reasons_add_up_to_the_score_that_chose(seed: int) -> None:
    rng = random.Random(seed)
    records = make_inventory(rng, 20)
    profile = make_profile(rng, [one.id for one in records])
    catalogue = catalogue_of(*records)
    choice = weigh(Person(profile, catalogue, NOON), rotate=False)
    worth = {int(row): float(total) for row, total in zip(choice.these.rows, choice.values.sum(axis=0), strict=True)}
    for row, total in worth.items():
        reasons = why(profile, catalogue, records[row].id, NOON)
        assert sum(one.weight for one in reasons) == pytest.approx(total, abs=1e-9)  # type: ignore[union-attr]


def test_every_feature_has_a_weight_with_its_reason_and_a_public_explanation() -> None:
    assert {one.code for one in FEATURES} == set(WEIGHTS)
    for one in FEATURES:
        assert one.explanation.endswith((".", ":")) and len(one.explanation) > 20, one.code
        assert one.weight > 0
    assert all(one.explanation for one in EXCLUSIONS)


# Limits


@pytest.mark.parametrize(
    ("changes", "wishes", "code"),
    [
        ({"status": "historical"}, {}, "not_there"),
        ({"status": "closed"}, {}, "not_there"),
        ({"status": "merged", "merged_into": "other"}, {}, "not_there"),
        ({"status": "paused"}, {}, "not_there"),
        ({"place": at(3000)}, {}, "out_of_reach"),
        ({"place": at(10)}, {"range_m": 0}, "out_of_reach"),
        ({"slices": ("professional",), "service_area": ("4",)}, {}, "serves_elsewhere"),
        ({}, {"avoid": Avoid(resources=("circle",))}, "avoided"),
        ({"audience": Audience(communities=("turkish",))},
         {"avoid": Avoid(communities=("turkish",))}, "avoided_community"),
        ({"audience": Audience(communities=("turkish",))},
         {"communities": ("turkish",), "not_own_community": True}, "own_community"),
        ({}, {"groups": ("circle",)}, "already_known"),
        ({}, {"professional": "circle"}, "already_known"),
        ({"approach": "not_through_services"}, {}, "not_through_services"),
        ({"slices": ("informal",)}, {"only_slices": ("professional",)}, "other_slice"),
        ({"slices": ("professional",), "volunteer_run": "yes"}, {"only_slices": ("professional",)}, "other_slice"),
        ({"thresholds": Thresholds(free="no")}, {"limits": Limits(free=True)}, "must_be_free"),
        ({"thresholds": Thresholds(papers_asked="yes")}, {"limits": Limits(papers_not_asked=True)}, "papers"),
        ({"thresholds": Thresholds(wheelchair="no")}, {"limits": Limits(wheelchair=True)}, "wheelchair"),
        ({"audience": Audience(women_only="no")}, {"limits": Limits(women_only=True)}, "women_only"),
        ({"audience": Audience(women_only="yes")}, {"communities": ("men",)}, "women_only"),
        ({"opening_hours": "Mo-Fr 09:00-17:00"}, {"limits": Limits(evenings=True)}, "evenings"),
        ({"needs": (), "offers": (Offer(id="a", name=Text.of("A"), needs=("being_heard",), room=Room(state="full")),)},
         {}, "full"),
        ({"needs": ("food",)}, {}, "nothing_asked"),
    ],
)  # fmt: skip
def test_each_limit_can_be_explained(changes: dict[str, Any], wishes: dict[str, Any], code: str) -> None:
    record, profile = make_resource(**changes), person(**wishes)
    assert left_out(record, profile) == [code]
    found = match(profile, catalogue_of(record), NOON)
    assert found.slate == ()
    assert found.excluded == (0 if code == "nothing_asked" else 1)
    assert left_out(make_resource(), person()) == []


def test_what_is_not_known_is_asked_first_and_passes() -> None:
    wishes = person(
        languages=("pt",),
        limits=Limits(free=True, papers_not_asked=True, wheelchair=True, women_only=True, evenings=True),
    )
    (one,) = match(wishes, catalogue_of(make_resource()), NOON).slate
    assert one.ask_first == ("free", "papers_not_asked", "wheelchair", "women_only", "evenings", "language")
    known = make_resource(
        thresholds=Thresholds(free="yes", papers_asked="no", wheelchair="yes"),
        audience=Audience(women_only="yes"),
        opening_hours="Tu 18:00-21:00",
        languages=(Language(code="pt"),),
    )
    (one,) = match(wishes, catalogue_of(known), NOON).slate
    assert one.ask_first == ()


def test_a_room_that_was_full_until_yesterday_may_have_room_again() -> None:
    def group(until: dt.date | None) -> Resource:
        room = Room(state="full", until=until)
        return make_resource(needs=(), offers=(Offer(id="a", name=Text.of("A"), needs=("being_heard",), room=room),))

    assert left_out(group(None), person()) == ["full"]
    assert left_out(group(NOON.date()), person()) == ["full"]
    assert left_out(group(NOON.date() - dt.timedelta(days=1)), person()) == []


def test_a_house_whose_class_is_full_stays_when_one_can_walk_in() -> None:
    offers = (Offer(id="class", name=Text.of("Class"), needs=("homework_help",), room=Room(state="full")),)
    house = make_resource(needs=(), offers=offers, approach="walk_in")
    (one,) = match(person(needs=("homework_help",)), catalogue_of(house), NOON).slate
    assert one.offer_id is None and one.reasons[0].code == "open_door" and "room" in one.ask_first
    # The door is open, the class is still full: that is said.
    (gap,) = [gap for gap in match(person(needs=("homework_help",)), catalogue_of(house), NOON).gaps if gap.need]
    assert gap.code == "need_full"


def test_what_is_full_is_told_apart_from_what_is_not_there() -> None:
    full = (Offer(id="class", name=Text.of("Class"), needs=("homework_help", "debt"), room=Room(state="full")),)
    group = make_resource(needs=(), offers=full)

    def codes(record: Resource, need: str) -> list[str]:
        return [gap.code for gap in match(person(needs=(need,)), catalogue_of(record), NOON).gaps if gap.need]

    assert codes(group, "homework_help") == ["need_full"]
    assert codes(make_resource(), "homework_help") == ["need_unanswered"]
    # A group is no answer to debts, full or not.
    assert codes(group, "debt") == ["need_unanswered"]
    assert codes(msgspec.structs.replace(group, slices=("professional",)), "debt") == ["need_full"]


def test_who_wants_no_service_is_told_where_a_right_is_answered_and_is_not_pressed() -> None:
    service = make_resource(id="service", kind="advice_service", slices=("professional",), needs=("debt",))
    found = match(person(needs=("debt",), only_slices=("informal",)), catalogue_of(service), NOON)
    assert found.slate == () and "need_not_wished" in [gap.code for gap in found.gaps]
    assert [line.services for line in found.rights if line.need == "debt"] == [("service",)]


def test_few_places_are_never_laid_at_the_door_of_who_cannot_leave_home() -> None:
    codes = [gap.code for gap in match(person(range_m=0), catalogue_of(make_resource()), NOON).gaps]
    assert "few_come" in codes and "few_found" not in codes


def test_a_service_for_others_is_no_support_for_who_is_not_among_them() -> None:
    """With few people to call on a service stands beside somebody; one for people without a home does so for them."""
    alone = Circles(**dict.fromkeys(("household", "family", "friends"), CircleTies(size=0)))
    day_centre = make_resource(
        id="day_centre", kind="drop_in_centre", slices=("professional",), needs=("shelter",),
        audience=Audience(communities=("homeless_people",)),
    )  # fmt: skip
    found = match(person(circles=alone), catalogue_of(day_centre), NOON)
    assert found.slate == () and "no_professional" in [gap.code for gap in found.gaps]
    among_them = match(person(circles=alone, communities=("homeless_people",)), catalogue_of(day_centre), NOON)
    assert [one.resource.id for one in among_them.slate] == ["day_centre"]
    for_all = msgspec.structs.replace(day_centre, audience=Audience(everyone="yes"))
    assert [one.resource.id for one in match(person(circles=alone), catalogue_of(for_all), NOON).slate] == [
        "day_centre"
    ]


def test_where_it_is_is_asked_when_nobody_tells() -> None:
    def asked(place: Place) -> tuple[str, ...]:
        (one,) = match(person(), catalogue_of(make_resource(place=place)), NOON).slate
        return one.ask_first

    assert asked(Place(precision="contact_only")) == ("service_area",)
    assert asked(at(300)) == ()
    assert asked(Place(address=Address(street=Text(nl="Eikstraat"), postcode="1000"))) == ()


def test_the_service_of_ones_own_area_is_in_reach_wherever_its_door_is() -> None:
    own = make_resource(slices=("professional",), needs=("income",), service_area=("1",), place=at(4000))
    assert left_out(own, person(needs=("income",))) == []
    assert left_out(own, person(needs=("income",), near=Point(4.358, 50.858))) == ["out_of_reach", "serves_elsewhere"]


def test_what_comes_to_the_home_is_in_reach_of_who_cannot_leave_it() -> None:
    comes = make_resource(outreach="yes", place=at(2500))
    assert left_out(comes, person(range_m=0)) == []
    (one,) = match(person(range_m=0), catalogue_of(comes), NOON).slate
    assert one.ask_first == ("service_area",)
    assert left_out(make_resource(outreach="yes", place=at(4000)), person(range_m=0)) == ["out_of_reach"]
    assert left_out(msgspec.structs.replace(comes, service_area=("4",)), person(range_m=0)) == ["out_of_reach"]


def test_without_a_place_nothing_is_too_far_and_no_distance_is_told() -> None:
    (one,) = match(Profile(needs=("being_heard",)), catalogue_of(make_resource()), NOON).slate
    assert one.distance_m is None


def test_a_place_can_be_named_by_neighbourhood_municipality_or_postcode() -> None:
    for area in ("1", "21004", "1000"):
        found = match(Profile(needs=("being_heard",), neighbourhood=area), catalogue_of(make_resource()), NOON)
        assert [one.resource.id for one in found.slate] == ["circle"], area


def test_a_position_is_rounded_before_anything_else() -> None:
    assert Profile(near=Point(4.34561234, 50.84567891)).near == (4.346, 50.846)
    exact = person(near=Point(4.3450004, 50.8450004))
    assert match(exact, catalogue_of(make_resource()), NOON) == match(person(), catalogue_of(make_resource()), NOON)


# What stands beside it


def test_a_volunteer_group_is_not_marked_down_for_an_old_record_and_a_service_is() -> None:
    old, new = dt.date(2016, 1, 1), NOON.date()
    for kind, slices, equal in (
        ("self_organisation", ("informal",), True),
        ("advice_service", ("professional",), False),
    ):
        records = [
            make_resource(kind=kind, slices=slices, status="active", checked_on=day, needs=("legal_advice",))
            for day in (old, new)
        ]
        scores = [score(one, person(needs=("legal_advice",))) for one in records]
        assert (scores[0] == scores[1]) == equal and scores[0] <= scores[1]


def test_reported_comes_after_what_is_equal_and_checked() -> None:
    profile = person()
    checked = make_resource(id="b", status="active", checked_on=dt.date(2020, 1, 1), place=at(100))
    reported = make_resource(id="a", place=at(100.5))
    assert score(checked, profile) > score(reported, profile)


def test_the_heavily_burdened_are_never_asked_to_give() -> None:
    garden = make_resource(gives=("cooking",))
    light, heavy = person(gives=("cooking",), burden="some"), person(gives=("cooking",), burden="heavy")
    (one,) = match(light, catalogue_of(garden), NOON).slate
    assert one.give is not None and one.give.gives == ("cooking",) and one.give.benefit_check
    (one,) = match(heavy, catalogue_of(garden), NOON).slate
    assert one.give is None and "place_to_give" not in {reason.code for reason in one.reasons}
    assert "nowhere_to_give" not in {gap.code for gap in match(heavy, catalogue_of(garden), NOON).gaps}


def test_every_slate_looks_at_basic_rights_and_names_services_only_nearest_first() -> None:
    far = make_resource(id="far", slices=("professional",), needs=("income",), place=at(9000))
    near = make_resource(id="near", slices=("professional",), needs=("income", "housing"), place=at(8000))
    volunteers = make_resource(id="vol", slices=("informal",), needs=("income",), place=at(10))
    lines = match(person(), catalogue_of(far, near, volunteers), NOON).rights
    assert [(line.need, line.services, line.asked) for line in lines] == [
        ("income", ("near", "far"), False),
        ("housing", ("near",), False),
        ("health_care", (), False),
    ]
    asked = match(person(needs=("debt",)), catalogue_of(far), NOON).rights
    assert (asked[0].need, asked[0].asked) == ("debt", True)


def test_a_health_centre_of_the_neighbourhood_comes_before_the_dentist_round_the_corner() -> None:
    def service(record_id: str, kind: str, metres: float, **more: Any) -> Resource:
        return make_resource(
            id=record_id, kind=kind, slices=("professional",), needs=("health_care",), place=at(metres), **more
        )

    dentist = service("dentist", "doctor", 100)
    centre = service("centre", "community_health_centre", 900)
    far = service("far", "community_health_centre", 6000)
    own = service("own", "doctor", 5000, service_area=("1",))

    def named(*records: Resource) -> tuple[str, ...]:
        lines = match(person(), catalogue_of(*records), NOON).rights
        return next(line.services for line in lines if line.need == "health_care")

    assert named(dentist, centre, far) == ("centre", "dentist", "far")
    assert named(dentist, centre, own) == ("own", "centre", "dentist")


# Turns, privacy, front door


def test_equals_take_turns_between_people_and_weeks_but_not_within_one_match() -> None:
    equals = catalogue_of(*(make_resource(id=f"r{number:02}", place=at(300)) for number in range(30)))
    doors = [msgspec.structs.replace(one, place=Place(precision="neighbourhood", neighbourhood="1")) for one in equals]
    equals = catalogue_of(*doors)
    people = [person(strong_sides=(str(number),)) for number in range(60)]
    shown = collections.Counter(one.resource.id for who in people for one in match(who, equals, NOON).slate)
    assert len(shown) == 30 and max(shown.values()) < 3 * min(shown.values()) + 12
    first = [one.resource.id for one in match(people[0], equals, NOON).slate]
    later = [one.resource.id for one in match(people[0], equals, NOON + dt.timedelta(days=7)).slate]
    assert first == [one.resource.id for one in match(people[0], equals, NOON + dt.timedelta(hours=3)).slate]
    assert first != later


def test_an_inventory_is_looked_at_anew_when_a_record_changes() -> None:
    before = catalogue_of(make_resource(), make_resource(id="other", links=(Link(type="introduces", to="circle"),),
                                                         slices=("professional",), place=at(400)))  # fmt: skip
    assert len(match(person(), before, NOON).slate) == 2
    after = before.with_changes(
        {"circle": make_resource(status="closed"), "new": make_resource(id="new", place=at(500))}, 2
    )
    assert {one.resource.id for one in match(person(), after, NOON).slate} == {"new", "other"}
    moved = before.with_changes({"circle": make_resource(needs=("being_heard", "company"))}, 3)
    (circle,) = [one for one in match(person(), moved, NOON).slate if one.resource.id == "circle"]
    assert circle.introduced_by == "other"
    gone = before.with_changes({"other": None}, 4)
    (circle,) = match(person(), gone, NOON).slate
    assert circle.introduced_by is None


def test_a_hidden_record_leaves_no_trace(mapper: Mapper) -> None:
    from mapper.access import RESIDENT, TERMINAL_ADMIN

    hidden = make_resource(id="hidden", visibility="hidden", kind="shelter", slices=("professional",),
                           gives=("cooking",), links=(Link(type="introduces", to="circle"),))  # fmt: skip
    profile = person(gives=("cooking",), wishes_more_contact=True, asks_easily=False)
    mapper.put(TERMINAL_ADMIN, make_resource(links=(Link(type="works_with", to="hidden"),)))
    before = mapper.match(RESIDENT, profile)
    mapper.put(TERMINAL_ADMIN, hidden)
    assert mapper.match(RESIDENT, profile) == before
    assert mapper.why_not(RESIDENT, profile, "hidden") == () == mapper.why_not(RESIDENT, profile, "nothing")


def test_nothing_of_a_profile_is_written_anywhere(mapper: Mapper, tmp_path: Path, capfd: Any) -> None:
    from mapper.access import RESIDENT, TERMINAL_ADMIN

    mapper.put(TERMINAL_ADMIN, make_resource())
    secret = "canary-of-a-person"
    profile = mapper.read_profile({"needs": ["being_heard"], "neighbourhood": "1", "strong_sides": [secret]})
    assert len(mapper.match(RESIDENT, profile).slate) == 1
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    out, err = capfd.readouterr()
    assert secret.encode() not in written and secret not in out + err


def test_statuses_that_can_be_suggested_come_first_in_the_columns() -> None:
    assert STATUSES[:2] == ("active", "reported")  # the limit compares with these


def test_all_of_matching_is_reached_through_one_room() -> None:
    assert {"match", "why", "rebalance", "FEATURES"} <= set(matching.__all__)
