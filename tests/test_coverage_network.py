"""The patchwork, its links, who should meet, what groups need, and when people meet."""

import datetime as dt
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper import taxonomy
from mapper.catalogue import Catalogue
from mapper.coverage import (
    Network,
    by_slice,
    gatherings,
    introductions,
    network,
    occasions,
    patchwork,
    without_a_time,
)  # fmt: skip
from mapper.geography import Geography
from mapper.model import Audience, Figure, Language, Link, Meeting, Offer, Place, Resource, Support
from mapper.text import Text
from tests.conftest import NOON, TOY_CITY, make_resource

CITY = Geography.from_set(TOY_CITY)
TERMS = taxonomy.load()


def catalogue(*resources: Resource) -> Catalogue:
    return Catalogue(resources, CITY, TERMS)


def group(id_: str, *links: str, lon: float = 4.345, **changes: Any) -> Resource:
    place = Place(precision="exact", lon=lon, lat=50.845)
    ties = tuple(Link(type="works_with", to=other) for other in links)
    given: dict[str, Any] = {"id": id_, "name": Text.of(id_), "slices": ("informal",), "links": ties, "place": place}
    return make_resource(**(given | changes))


def linked(*resources: Resource) -> Network:
    return network(catalogue(*resources), resources)


def test_the_patchwork_holds_informal_beside_formal_and_what_serves_from_elsewhere() -> None:
    here = group("here")
    serves = group("serves", lon=4.355, service_area=("1",), slices=("professional",), needs=("being_heard",))
    whole_town = group("town", lon=4.355, service_area=("21004",), needs=("food",))
    elsewhere, gone = group("elsewhere", lon=4.355), group("gone", status="closed")
    past = group("past", status="historical")
    found = patchwork(catalogue(here, serves, whole_town, elsewhere, gone, past), "1")
    assert [entry.resource.id for entry in found.entries] == ["here", "serves", "town"]
    assert [entry.lies_here for entry in found.entries] == [True, False, False]
    assert [resource.id for resource in found.past] == ["past"]
    assert found.needs["being_heard"] == (1, 1) and found.needs["food"] == (1, 0)
    assert [(slice_id, len(entries)) for slice_id, entries in by_slice(found)] == [
        ("self", 0), ("informal", 2), ("professional", 1), ("specialised", 0),
    ]  # fmt: skip


def test_a_figure_keeps_its_source_and_none_is_never_zero() -> None:
    def figure(area: str, value: float | None, year: int = 2025) -> Figure:
        return Figure(neighbourhood=area, indicator="pct_65plus", year=year, value=value, source="Count")

    figures = [figure("1", 9.0), figure("1", 1.0, 2020), figure("2", 11.0), figure("3", None), figure("4", 13.0)]
    (known,) = patchwork(catalogue(), "1", figures).figures
    assert (known.figure.value, known.figure.year, known.middle, known.counted) == (9.0, 2025, 11.0, 3)
    (unknown,) = patchwork(catalogue(), "3", figures).figures
    assert unknown.figure.value is None and unknown.middle == 11.0


def test_who_would_be_missed_is_who_joins_others() -> None:
    found = linked(group("a", "b"), group("b", "c"), group("c"), group("alone"))
    members = {member.resource.id: member for member in found.members}
    assert [member.resource.id for member in found.missed] == ["b"] and members["b"].is_cut
    assert members["b"].effective_size == 2.0 and members["alone"].constraint is None
    assert members["b"].constraint == pytest.approx(0.5) and members["a"].constraint == pytest.approx(1.0)
    assert found.islands == (("alone",),)
    assert members["b"].betweenness == 1.0, "an island far away changes nothing"


@settings(max_examples=25, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=16))
def test_the_effective_size_is_that_of_networkx(pairs: set[tuple[int, int]]) -> None:
    joined = {number: [f"g{other}" for one, other in sorted(pairs) if one == number != other] for number in range(8)}
    found = linked(*(group(f"g{number}", *others) for number, others in joined.items()))
    graph = nx.Graph([(tie.one, tie.other) for tie in found.ties])
    sizes = {member.resource.id: member.effective_size for member in found.members if member.links}
    assert sizes == pytest.approx(nx.effective_size(graph) if graph else {}, abs=0.006)


def test_a_tie_within_one_public_is_bonding_and_any_other_bridging() -> None:
    moroccan = Audience(communities=("moroccan",))
    found = linked(
        group("a", "b", audience=moroccan), group("b", "c", audience=moroccan), group("c", languages=()),
        group("d", "e", languages=(Language(code="pt-BR"),)), group("e", languages=(Language(code="pt"),)),
        group("f", "g", languages=(Language(code="fr"),)), group("g", languages=(Language(code="fr"),)),
        group("h", links=(Link(type="member_of", to="i"),)), group("i"),
    )  # fmt: skip
    bonding = {(tie.one, tie.other) for tie in found.ties if tie.is_bonding}
    assert bonding == {("a", "b"), ("d", "e"), ("h", "i")} and (found.bonding, found.bridging) == (3, 2)


def test_links_from_outside_join_too_and_what_is_gone_joins_nobody() -> None:
    here, outside, gone = group("here"), group("outside", "here", lon=4.7), group("gone", "here", status="closed")
    found = network(catalogue(here, outside, gone), [here])
    assert [member.resource.id for member in found.members] == ["here", "outside"]


def needs_room(id_: str, **changes: Any) -> Resource:
    return group(id_, support_needed=(Support(type="room"),), **changes)


def test_two_groups_with_a_reason_and_no_path_yet_should_meet() -> None:
    asks, gives = needs_room("asks"), group("gives", support_offered=(Support(type="room"),))
    (meet,) = linked(asks, gives).should_meet
    assert (meet.one.id, meet.other.id) == ("asks", "gives")
    codes = [reason.code for reason in meet.reasons]
    assert codes == ["complements", "same_need", "near"]
    assert meet.reasons[0].data == {"asks": "asks", "offers": "gives", "supports": ("room",)}


def test_who_has_a_path_is_far_or_wants_no_services_is_not_proposed() -> None:
    gives = group("gives", support_offered=(Support(type="room"),))
    assert linked(needs_room("asks", links=(Link(type="works_with", to="gives"),)), gives).should_meet == ()
    assert linked(needs_room("asks", lon=4.40), gives).should_meet == ()
    assert linked(needs_room("asks", approach="not_through_services"), gives).should_meet == ()
    assert linked(group("one"), group("two")).should_meet == (), "the same work alone is no reason"
    formal = {"slices": ("professional",), "audience": Audience(communities=("women",))}
    assert linked(group("one", **formal), group("two", **formal)).should_meet == ()


def test_the_picture_is_the_same_every_time_and_inside_its_frame() -> None:
    records = [group(f"g{number}", f"g{(number * 3) % 7}", f"h{number % 2}") for number in range(7)]
    records += [group("h0", "h1"), group("h1"), group("x", "y"), group("y"), group("alone")]
    first, again = linked(*records).places, linked(*reversed(records)).places
    assert first == again and "alone" not in first and len(first) == 11
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in first.values())
    assert len(set(first.values())) == len(first)
    assert linked(group("alone")).places == {} and linked().places == {}


def test_a_need_of_a_group_finds_the_nearest_offer_first() -> None:
    asks = needs_room("asks", languages=(Language(code="pt"),))
    near = group("near", support_offered=(Support(type="room"),))
    talks = group("talks", support_offered=(Support(type="room"),), languages=(Language(code="pt"),))
    far = group("far", support_offered=(Support(type="room"),), lon=4.36)
    too_far = group("too_far", support_offered=(Support(type="room"),), lon=4.43)
    other = group("other", support_offered=(Support(type="training"),))
    lends = group("lends", support_offered=(Support(type="room"),), links=(Link(type="hosts", to="asks"),))
    here = catalogue(asks, near, talks, far, too_far, other, lends)
    found = introductions(here, [asks])
    assert [one.offers.id for one in found] == ["talks", "near", "far"]
    assert [reason.code for reason in found[0].reasons] == ["fits_support", "near", "shared_language"]
    assert introductions(here, [needs_room("shy", approach="not_through_services")]) == ()


def meeting(**changes: Any) -> Meeting:
    given: dict[str, Any] = {"rule": "FREQ=WEEKLY;BYDAY=TH", "start_time": dt.time(14)}
    return Meeting(**(given | changes))


def test_the_calendar_keeps_to_a_need_and_a_language() -> None:
    garden = Offer(id="garden", name=Text.of("Tuin"), needs=("company",), meetings=(meeting(language="pt-BR"),))
    talk = Offer(id="talk", name=Text.of("Praten"), needs=("being_heard",), meetings=(meeting(),),
                 languages=(Language(code="fr"),))  # fmt: skip
    house = group("house", offers=(garden, talk), languages=(Language(code="nl"),))
    over = group("over", offers=(garden,), status="historical")

    def offers(**asked: str) -> list[str]:
        return [one.offer.id for one in gatherings((house, over), **asked)]

    assert offers() == ["garden", "talk"] and offers(need="company") == ["garden"]
    assert offers(language="pt") == ["garden"] and offers(language="fr") == ["talk"] and offers(language="nl") == []


def test_a_week_holds_every_time_in_order_and_words_stand_apart() -> None:
    daily = Offer(id="daily", name=Text.of("Open"), meetings=(meeting(rule="FREQ=DAILY", start_time=dt.time(9)),))
    weekly = Offer(id="weekly", name=Text.of("Kring"), meetings=(meeting(), meeting(rule="", note=Text.of("soms"))))
    found = gatherings([group("house", offers=(daily, weekly))])
    week = occasions(found, NOON)
    assert [one.at.strftime("%a %H") for one in week[:3]] == ["Thu 09", "Thu 14", "Fri 09"] and len(week) == 8
    assert [one.meeting.note.best()[1] for one in without_a_time(found, NOON)] == ["soms"]
