"""Gaps: the two-step floating catchment area method against a plain formulation, by hand, and what a cell may say."""

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper import taxonomy
from mapper.catalogue import Catalogue, languages_of, needs_of
from mapper.coverage import ALL_NEEDS, Counted, Effort, Unanswered, accessibility, gaps, residents, shares, thresholds
from mapper.coverage.supply import walking_decay
from mapper.geography import Geography
from mapper.model import SLICES, Figure, Language, Offer, Place, Resource, Room
from mapper.text import Text
from tests.conftest import TOY_CITY, make_resource

TODAY = dt.date(2026, 11, 18)
CITY = Geography.from_set(TOY_CITY)
TERMS = taxonomy.load()
#: The middle of each neighbourhood of the toy city.
MIDDLE = {one.id: one.point for one in CITY.neighbourhoods.values()}


def catalogue(*resources: Resource) -> Catalogue:
    return Catalogue(resources, CITY, TERMS)


def at(area: str, **changes: Any) -> Resource:
    """A service in the middle of a neighbourhood."""
    place = Place(precision="exact", lon=MIDDLE[area].lon, lat=MIDDLE[area].lat)
    given: dict[str, Any] = {"id": f"at{area}", "slices": ("professional",), "needs": ("health_care",), "place": place}
    return make_resource(**(given | changes))


def people(**counts: float) -> dict[str, Counted]:
    return {area.removeprefix("n"): Counted(value, 2025, "Test count") for area, value in counts.items()}


def waiting(need: str, state: Any = "waiting_list", **room: Any) -> tuple[Offer, ...]:
    return (Offer(id="offer", name=Text.of("Aanbod"), needs=(need,), room=Room(state=state, **room)),)


def test_three_cells_by_hand() -> None:
    """A stands in the middle of 1 and has room, B in the middle of 2 with a waiting list (half).

    1 and 2 lie 702 m apart, so 702 × 1.3 = 913 m on foot; 1 and 3 lie 1112 m apart, 1446 m on foot; 2 and 3 lie
    1315 m apart, 1710 m on foot, which is over 1600. Nearness is (e^(-½(d/1600)²) - e^-½) / (1 - e^-½):
    0.618 at 913 m, 0.148 at 1446 m. In 1 live 10,000 people, in 2 5,000; of 3 nobody counted them.
    First step:  A is wanted by 10,000 + 0.618 × 5,000 = 13,092; B by 0.618 × 10,000 + 5,000 = 11,184.
    Second step: in 1  1/13,092 + 0.618 × 0.5/11,184 = 1.040 for each 10,000;
                 in 2  0.618/13,092 + 0.5/11,184     = 0.919 for each 10,000;
                 in 3  no count of residents: 0.148 × 1 place within reach.
    """
    here = catalogue(at("1"), at("2", needs=(), offers=waiting("health_care")))
    found = gaps(here, TODAY, ("1", "2", "3"), ("health_care",), counted=people(n1=10_000, n2=5_000))
    one, two, three = (found.cell(area, "health_care") for area in ("1", "2", "3"))
    assert one.per_10000 == pytest.approx(1.040, abs=0.002) and one.state == "served"
    assert two.per_10000 == pytest.approx(0.919, abs=0.002) and two.state == "thin"
    assert three.per_10000 is None and three.reachable == pytest.approx(0.148, abs=0.002) and three.state == "thin"
    assert (one.places, two.places, three.places) == (2, 2, 1)


def metres(a: Any, b: Any) -> float:
    lon1, lat1, lon2, lat2 = (math.radians(one) for one in (*a, *b))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(half))


def near(record: Resource, area: str, catchment_m: float) -> float:
    """How near a record is to a neighbourhood, written out."""
    covers = {one for served in record.service_area for one in CITY.neighbourhoods_in(served)}
    if record.service_area and area not in covers:
        return 0.0
    if record.service_area and (record.outreach == "yes" or record.place.lon is None):
        return 1.0
    if record.place.lon is None:
        return 0.0
    walk = 1.3 * metres((record.place.lon, record.place.lat), MIDDLE[area])
    if walk >= catchment_m:
        return 0.0
    return (math.exp(-0.5 * (walk / catchment_m) ** 2) - math.exp(-0.5)) / (1 - math.exp(-0.5))


def plainly(records: list[Resource], counted: dict[str, Counted], area: str, need: str, slice_id: str, language: str):
    """The same method in plain loops: (places, services, reachable, per 10,000)."""
    catchment_m = thresholds().catchment.metres_for(need)
    rooms = {"open": 1.0, "unknown": 1.0, "waiting_list": 0.5, "full": 0.0}
    places, services, reachable, share = 0, 0, 0.0, 0.0
    for record in records:
        slices = record.slices or TERMS.kinds[record.kind].slices
        if record.status not in ("active", "reported") or need not in needs_of(record):
            continue
        if (slice_id and slice_id not in slices) or (language and language not in languages_of(record)):
            continue
        here = near(record, area, catchment_m)
        if not here:
            continue
        service = record.volunteer_run != "yes" and bool({"professional", "specialised"} & set(slices))
        places, services = places + 1, services + service
        offers = [offer for offer in record.offers if need in offer.needs]
        room = max((rooms[offer.room.state] for offer in offers), default=1.0)
        if TERMS.needs[need].right and not service:
            room = 0.0
        reachable += room * here
        wanted = sum(count.value * near(record, other, catchment_m) for other, count in counted.items())
        if wanted:
            share += room / wanted * here
    return places, services, reachable, share * 10_000


@st.composite
def cities(draw: st.DrawFn) -> tuple[list[Resource], dict[str, Counted]]:
    def record(number: int) -> Resource:
        if draw(st.integers(0, 4)):
            where = Place(precision="exact", lon=draw(st.floats(4.32, 4.39)), lat=draw(st.floats(50.82, 50.88)))
        else:
            where = Place(precision="contact_only")
        need = draw(st.sampled_from(("health_care", "company", "shelter")))
        state = draw(st.sampled_from(("open", "waiting_list", "full", "unknown", None)))
        return make_resource(
            id=f"r{number}",
            needs=() if state else (need,),
            offers=waiting(need, state) if state else (),
            kind=draw(st.sampled_from(("self_organisation", "clinic"))),
            slices=tuple(draw(st.sets(st.sampled_from(SLICES), max_size=2))),
            languages=tuple(Language(code=code) for code in draw(st.sets(st.sampled_from(("nl", "pt")), max_size=2))),
            volunteer_run=draw(st.sampled_from(("yes", "unknown"))),
            outreach=draw(st.sampled_from(("yes", "unknown"))),
            service_area=tuple(draw(st.sets(st.sampled_from(("1", "2", "3")), max_size=2))),
            status=draw(st.sampled_from(("reported", "reported", "historical", "paused"))),
            place=where,
        )

    counts = draw(st.dictionaries(st.sampled_from(("1", "2", "3", "4")), st.floats(1, 30_000), max_size=4))
    counted = {area: Counted(value, 2025, "Test count") for area, value in counts.items()}
    return [record(number) for number in range(draw(st.integers(0, 9)))], counted


@settings(max_examples=60, deadline=None)
@given(cities())
def test_the_matrices_say_what_plain_loops_say(city: tuple[list[Resource], dict[str, Counted]]) -> None:
    records, counted = city
    found = gaps(catalogue(*records), TODAY, ("1", "2", "3", "4"), counted=counted)
    for area in found.neighbourhoods:
        for need in ("health_care", "company", "shelter", "food"):
            for slice_id in ("", *SLICES):
                for language in ("", "nl", "pt"):
                    cell = found.cell(area, need, slice_id, language)
                    expected = plainly(records, counted, area, need, slice_id, language)
                    assert (cell.places, cell.services) == expected[:2]
                    assert cell.reachable == pytest.approx(expected[2], abs=2e-3)
                    if language or area not in counted:
                        assert cell.per_10000 is None
                    else:
                        assert cell.per_10000 == pytest.approx(expected[3], rel=1e-6, abs=2e-3)


numbers = st.floats(0, 1)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nothing_is_lost_and_nothing_added(data: st.DataObject) -> None:
    """What all residents get together is what all reached places have together."""
    areas, places = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 8))
    nearness = np.array(data.draw(st.lists(numbers, min_size=areas * places, max_size=areas * places)))
    nearness = np.where(nearness < 0.2, 0.0, nearness).reshape(areas, places)
    count = np.array(data.draw(st.lists(st.floats(1, 1e5), min_size=areas, max_size=areas)))
    supplied = np.array(data.draw(st.lists(numbers, min_size=places, max_size=places)))
    got = accessibility(nearness, shares(nearness, count), supplied)
    reached = nearness.any(axis=0)
    assert (count * got).sum() == pytest.approx(supplied[reached].sum())


def test_nearness_falls_from_one_at_the_door_to_nothing_at_the_edge() -> None:
    near_by = walking_decay(np.array([0.0, 400.0, 800.0, 1599.0, 1600.0, 5000.0]), 1600)
    assert near_by[0] == 1.0 and near_by[3] < 0.01 and list(near_by[4:]) == [0.0, 0.0]
    assert (np.diff(near_by) <= 0).all()


def state(*resources: Resource, need: str = "health_care", slice_id: str = "", language: str = "", **known: Any) -> str:
    return gaps(catalogue(*resources), TODAY, ("1",), (need,), **known).cell("1", need, slice_id, language).state


LOOKED = (Effort(neighbourhood="1", need=ALL_NEEDS, on=dt.date(2026, 10, 1)),)


def test_not_looked_is_never_nothing_found() -> None:
    assert state() == "not_looked"
    assert state(efforts=LOOKED) == "nothing_found"
    elsewhere = (Effort(neighbourhood="2", need=ALL_NEEDS, on=TODAY),)
    other_need = (Effort(neighbourhood="1", need="food", on=TODAY),)
    assert state(efforts=elsewhere) == state(efforts=other_need) == "not_looked"
    long_ago = (Effort(neighbourhood="1", need=ALL_NEEDS, on=dt.date(2024, 11, 1)),)
    to_come = (Effort(neighbourhood="1", need=ALL_NEEDS, on=dt.date(2027, 1, 1)),)
    assert state(efforts=long_ago) == state(efforts=to_come) == "not_looked"


def test_volunteers_never_serve_where_a_right_is_at_stake() -> None:
    group = at("1", volunteer_run="yes")
    many = [at("1", id=f"group{number}", slices=("informal",)) for number in range(5)]
    assert state(group) == "volunteers_only"
    assert state(*many) == state(*many, slice_id="informal") == "volunteers_only"
    assert state(*many, at("1")) == "served"
    assert state(*many, at("1"), slice_id="informal") == "volunteers_only", "a service elsewhere serves no other slice"
    assert state(
        *[at("1", id=f"g{n}", slices=("informal",), needs=("company",)) for n in range(2)], need="company"
    ) == ("served")


def test_volunteers_add_nothing_to_what_services_give() -> None:
    service = at("1", needs=(), offers=waiting("health_care"))
    alone = gaps(catalogue(service), TODAY, ("1",), ("health_care",)).cell("1", "health_care")
    group = at("1", id="group", slices=("informal",))
    together = gaps(catalogue(service, group), TODAY, ("1",), ("health_care",)).cell("1", "health_care")
    assert alone.state == together.state == "thin" and alone.reachable == together.reachable == 0.5
    assert together.places == 2


def test_what_is_full_counts_until_the_day_it_is_full_until() -> None:
    def full(until: dt.date | None) -> Resource:
        return at("1", needs=(), offers=waiting("health_care", "full", until=until))

    assert state(full(None)) == state(full(TODAY)) == "thin"
    assert state(full(TODAY - dt.timedelta(days=1))) == "served"


def test_a_language_nobody_asked_about_is_not_looked() -> None:
    silent, french = at("1"), at("1", id="fr", languages=(Language(code="fr"),))
    assert state(silent, language="pt", efforts=LOOKED) == "not_looked"
    assert state(french, language="pt", efforts=LOOKED) == "nothing_found"
    assert state(french, language="fr") == "served"


def test_enough_reported_gaps_make_served_thin_and_few_stay_untold() -> None:
    def reported(*counts: int, month: str = "2026-11") -> tuple[Unanswered, ...]:
        areas = [f"2026-{number + 1:02}" if month == "2026-11" else month for number in range(len(counts))]
        return tuple(
            Unanswered(month=one, neighbourhood="1", need="health_care", slice="", count=count)
            for one, count in zip(areas, counts, strict=True)
        )

    assert state(at("1"), unanswered=reported(9)) == "served"
    assert state(at("1"), unanswered=reported(5, 5)) == "thin"
    assert state(at("1"), unanswered=reported(50, month="2025-10")) == "served", "longer than a year ago"
    assert state(unanswered=reported(50)) == "not_looked"
    cells = [gaps(catalogue(at("1")), TODAY, ("1",), ("health_care",), unanswered=reported(n)) for n in (9, 12, 13)]
    assert [one.cell("1", "health_care").reported for one in cells] == [0, 10, 15]


def test_no_figure_is_not_zero_residents() -> None:
    none = Figure(neighbourhood="1", indicator="population", year=2025, value=None, source="Count")
    old = Figure(neighbourhood="2", indicator="population", year=2020, value=100.0, source="Count")
    new = Figure(neighbourhood="2", indicator="population", year=2025, value=200.0, source="Count")
    share = Figure(neighbourhood="3", indicator="pct_65plus", year=2025, value=9.0, source="Count")
    assert residents((none, new, old, share)) == {"2": Counted(200.0, 2025, "Count")}
    found = gaps(catalogue(at("1")), TODAY, ("1",), ("health_care",), counted=residents((none, new)))
    assert found.cell("1", "health_care").per_10000 is None


def test_a_changed_record_counts_once(toy_taxonomy: taxonomy.Taxonomy) -> None:
    before = catalogue(at("1"), at("2"))
    after = before.with_changes({"at1": at("1", needs=("food",)), "at2": None}, 1)
    found = gaps(after, TODAY, ("1",), ("health_care", "food"))
    assert found.cell("1", "health_care").places == 0 and found.cell("1", "food").places == 1
    assert gaps(before, TODAY, ("1",), ("health_care",)).cell("1", "health_care").places == 2


def test_every_threshold_gives_its_reason() -> None:
    told = thresholds()
    for group in (told.detour, told.room, told.looked, told.reported, told.network, told.finding_places):
        assert len(group.why) > 40
    assert min(map(len, (told.catchment.why_everyday, told.catchment.why_far, told.enough.why_per_10000))) > 40
    assert set(told.catchment.far_needs) <= TERMS.needs.keys()
    assert set(told.finding_places.kinds) <= TERMS.kinds.keys()
