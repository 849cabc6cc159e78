"""The front door: authority, one transaction, what every process sees, undo, import."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.access import RESIDENT, TERMINAL_ADMIN, Actor, Subject, may
from mapper.core import Mapper
from mapper.core.authority import Refused
from mapper.exchange.plan import Plan, never_wider
from mapper.exchange.reading import NEW, Reading
from mapper.model import PRECISIONS, VISIBILITIES, Link, Origin, Place, Problem, Resource
from mapper.text import Text
from tests.conftest import NOON, TOY_CITY, add, make_resource


def readings(*resources: Resource) -> Iterator[Reading]:
    for line, resource in enumerate(resources, start=2):
        yield Reading(line=line, resource=resource)


def from_osm(external_id: str, **changes: Any) -> Resource:
    return make_resource(id=NEW, origins=(Origin(source="openstreetmap", external_id=external_id),), **changes)


def test_reading_never_makes_an_instance(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="mapper demo"):
        Mapper.open(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []


def test_residents_may_not_write(mapper: Mapper) -> None:
    for attempt in (
        lambda: mapper.put(RESIDENT, make_resource()),
        lambda: mapper.undo(RESIDENT, 1),
        lambda: mapper.import_resources(RESIDENT, readings(make_resource())),
        lambda: mapper.load_neighbourhoods(RESIDENT, TOY_CITY),
        lambda: mapper.load_figures(RESIDENT, []),
        lambda: mapper.history(RESIDENT, "circle"),
    ):
        with pytest.raises(Problem, match="may not"):
            attempt()
    assert len(mapper.catalogue()) == 0


@pytest.mark.parametrize("visibility", VISIBILITIES)
@pytest.mark.parametrize("role", ["resident", "worker", "admin"])
def test_who_sees_what(mapper: Mapper, role: Any, visibility: Any) -> None:
    actor = Actor(role=role, id="x")
    add(mapper, make_resource(visibility=visibility))
    seen = {
        "public": True,
        "professional": role != "resident",
        "hidden": role == "admin",
    }[visibility]
    assert (mapper.show("circle", actor) is not None) == seen == may(actor, "read", Subject(visibility=visibility))
    in_lists = seen and visibility != "hidden"
    assert ("circle" in mapper.catalogue(actor)) == (mapper.find("kring", actor).total == 1) == in_lists
    assert (len(list(mapper.resources(actor))) == 1) == seen


def test_an_id_of_a_hidden_record_answers_like_one_that_never_was(mapper: Mapper) -> None:
    add(mapper, make_resource(visibility="hidden"), make_resource(id="host", links=(Link(type="hosts", to="circle"),)))
    assert mapper.show("circle") is mapper.show("never") is None
    shown = mapper.show("host")
    assert shown is not None and shown.links == ()
    assert mapper.catalogue().links_to("circle") == ()


def test_a_merged_record_answers_with_the_other(mapper: Mapper) -> None:
    add(mapper, make_resource(), make_resource(id="old", status="merged", merged_into="circle"))
    shown = mapper.show("old")
    assert shown is not None and shown.id == "circle"


def test_two_processes_see_each_other_within_a_second(tmp_path: Path) -> None:
    with Mapper.open(tmp_path, create=True) as one, Mapper.open(tmp_path) as other:
        assert len(other.catalogue()) == 0
        one.put(TERMINAL_ADMIN, make_resource())
        assert len(one.catalogue()) == 1, "a writer sees its own write at once"
        deadline = time.monotonic() + 1
        while len(other.catalogue()) == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(other.catalogue()) == 1
        one.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        other.refresh(at_once=True)
        assert set(other.geography.neighbourhoods) == {"1", "2", "3", "4"}


def test_undo_puts_back_what_was(mapper: Mapper) -> None:
    add(mapper, make_resource(), make_resource(name=Text.of("Ring")))
    latest, earliest = mapper.history(TERMINAL_ADMIN, "circle")
    mapper.undo(TERMINAL_ADMIN, latest.revision)
    shown = mapper.show("circle")
    assert shown is not None and shown.name == Text.of("Kring")
    mapper.undo(TERMINAL_ADMIN, earliest.revision)
    assert mapper.show("circle") is None
    with pytest.raises(Problem, match="no change number"):
        mapper.undo(TERMINAL_ADMIN, 999)


def test_import_tells_new_changed_same_refused(mapper: Mapper) -> None:
    first = mapper.import_resources(
        TERMINAL_ADMIN, readings(from_osm("node/1"), from_osm("node/2", name=Text.of("Huis")))
    )
    assert (len(first.new), len(first.refused)) == (2, 0)
    broken = Reading(line=9, problem=Problem("This row is broken."), file="places.csv")
    again = [*readings(from_osm("node/1"), from_osm("node/2", name=Text.of("Huisje")), from_osm("node/3")), broken]
    dry = mapper.import_resources(TERMINAL_ADMIN, again, dry_run=True)
    second = mapper.import_resources(TERMINAL_ADMIN, again)
    for report in (dry, second):
        assert [len(ids) for ids in (report.same, report.changed, report.new, report.refused)] == [1, 1, 1, 1]
    assert (second.refused[0].line, second.refused[0].message) == (9, "This row is broken.")
    assert len(mapper.catalogue()) == 3
    assert set(first.new) == set(second.same) | set(second.changed), "the same place keeps its id"


def test_a_dry_run_writes_nothing(mapper: Mapper) -> None:
    before = mapper.catalogue().revision
    mapper.import_resources(TERMINAL_ADMIN, readings(make_resource()), dry_run=True)
    assert (len(mapper.catalogue()), mapper.catalogue().revision) == (0, before)


def test_import_leaves_alone_what_a_person_edited(mapper: Mapper) -> None:
    mapper.import_resources(TERMINAL_ADMIN, readings(make_resource()))
    add(mapper, make_resource(summary=Text.of("Nagekeken aan de telefoon")))
    report = mapper.import_resources(TERMINAL_ADMIN, readings(make_resource(summary=Text.of("Oud"))))
    assert report.kept == ("circle",)
    shown = mapper.show("circle")
    assert shown is not None and shown.summary == Text.of("Nagekeken aan de telefoon")


def test_the_same_place_twice_in_a_file_or_under_another_number_is_for_a_person_to_decide(mapper: Mapper) -> None:
    report = mapper.import_resources(TERMINAL_ADMIN, readings(from_osm("node/1"), from_osm("node/1")))
    assert (len(report.new), len(report.refused)) == (1, 1)
    report = mapper.import_resources(TERMINAL_ADMIN, readings(make_resource(id=NEW)))
    assert "looks the same" in report.refused[0].message


def test_a_place_under_one_of_its_other_names_is_the_same_place(mapper: Mapper) -> None:
    add(mapper, make_resource(name=Text(nl="GC De Linde"), other_names=(Text(nl="Gemeenschapscentrum De Linde"),)))
    incoming = make_resource(id=NEW, name=Text(fr="Centre De Linde", nl="gemeenschapscentrum De Linde"))
    report = mapper.import_resources(TERMINAL_ADMIN, readings(incoming))
    assert report.new == () and "looks the same" in report.refused[0].message


PLACES = {
    "exact": Place(lon=4.345, lat=50.845),
    "street": Place(precision="street", lon=4.346, lat=50.846),
    "neighbourhood": Place(precision="neighbourhood", neighbourhood="1"),
    "contact_only": Place(precision="contact_only"),
}


@given(
    *[st.sampled_from(VISIBILITIES)] * 2,
    *[st.sampled_from(PRECISIONS)] * 2,
)
@settings(max_examples=200)
def test_an_import_never_opens_a_door(seen: Any, would_be: Any, known: Any, given_now: Any) -> None:
    before = make_resource(visibility=seen, place=PLACES[known])
    incoming = make_resource(visibility=would_be, place=PLACES[given_now])
    after = never_wider(before, incoming)
    assert VISIBILITIES.index(after.visibility) <= VISIBILITIES.index(seen)
    assert PRECISIONS.index(after.place.precision) <= PRECISIONS.index(known)
    plan = Plan([before], lambda _id: True)
    plan.add(Reading(line=1, resource=incoming))
    assert all(VISIBILITIES.index(record.visibility) <= VISIBILITIES.index(seen) for record in plan.writes)


def test_a_file_changes_only_the_fields_it_can_speak_about(mapper: Mapper) -> None:
    mapper.import_resources(TERMINAL_ADMIN, readings(make_resource(summary=Text.of("Samen eten"))))
    spoken = Reading(line=2, resource=make_resource(name=Text.of("Ring")), fields=frozenset({"name"}))
    mapper.import_resources(TERMINAL_ADMIN, [spoken])
    assert mapper.show("circle") == make_resource(name=Text.of("Ring"), summary=Text.of("Samen eten"))


def test_the_shipped_inventory_loads_once(tmp_path: Path) -> None:
    with Mapper.open(tmp_path, create=True, clock=lambda: NOON) as mapper:
        first = mapper.load_shipped()
        assert len(first.new) > 30 and first.refused == ()
        revision = mapper.catalogue().revision
        assert mapper.load_shipped().new == ()
        assert mapper.catalogue().revision == revision
        errors = [finding for finding in mapper.check() if finding.severity == "error"]
        assert errors == []


def test_the_doctor_names_what_is_wrong(mapper: Mapper) -> None:
    add(
        mapper,
        make_resource(
            kind="palace",
            needs=("gold",),
            opening_hours="always!!",
            links=(Link(type="hosts", to="nowhere"),),
            place=Place(lon=2.35, lat=48.85),
        ),
    )
    messages = [finding.message.format(**finding.data) for finding in mapper.check()]
    for expected in (
        "palace",
        "gold",
        "always!!",
        "nowhere",
        "outside the Brussels region",
        "where “needs” comes from",
    ):
        assert any(expected in message for message in messages), expected


def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    Mapper.open(tmp_path / "instance", create=True).close()
    assert (tmp_path / "instance" / "admin.key").stat().st_mode & 0o077 == 0


def test_moving_house_inside_a_neighbourhood_changes_nothing(mapper: Mapper) -> None:
    """There is nothing to move: the record holds the neighbourhood, so two homes in it give the same bytes."""
    at_home = make_resource(place=Place(precision="neighbourhood", neighbourhood="1"))
    add(mapper, at_home)
    here = mapper.catalogue().point_of(at_home)
    assert here is not None and mapper.geography.neighbourhood_at(here) == "1"
    moved = msgspec.structs.replace(at_home, place=Place(precision="neighbourhood", neighbourhood="2"))
    assert mapper.catalogue().point_of(moved) != here


def test_who_may_edit_what(mapper: Mapper) -> None:
    add(mapper, make_resource(), make_resource(id="far", place=Place(precision="neighbourhood", neighbourhood="3")))
    coach = Actor(role="coach", id="c", areas=("1",))
    steward = Actor(role="steward", id="s", records=("far",))
    longer = make_resource(summary=Text.of("Langer"))
    mapper.edit(coach, longer)
    assert mapper.show("circle") == longer
    moved_away = make_resource(place=Place(precision="neighbourhood", neighbourhood="3"))
    far = make_resource(id="far", place=Place(precision="neighbourhood", neighbourhood="3"), summary=Text.of("Ver"))
    for actor, record in ((coach, far), (coach, moved_away), (steward, longer), (RESIDENT, longer),
                          (Actor(role="worker", id="w", team="t"), longer)):  # fmt: skip
        with pytest.raises(Refused):
            mapper.edit(actor, record)
    mapper.edit(steward, far)
    with pytest.raises(Refused):
        mapper.edit(coach, make_resource(id="nobody"))
    with pytest.raises(Problem, match="no record"):
        mapper.edit(TERMINAL_ADMIN, make_resource(id="nobody"))


def test_only_the_group_itself_opens_a_record_wider(mapper: Mapper) -> None:
    shut = make_resource(visibility="professional", place=Place(precision="neighbourhood", neighbourhood="1"))
    add(mapper, shut)
    for open_wider in (msgspec.structs.replace(shut, visibility="public"), make_resource(visibility="professional")):
        for actor in (Actor(role="coach", id="c", areas=("1",)), TERMINAL_ADMIN):
            with pytest.raises(Refused):
                mapper.edit(actor, open_wider)
        mapper.edit(Actor(role="steward", id="s", records=("circle",)), open_wider)
        mapper.put(TERMINAL_ADMIN, shut)
