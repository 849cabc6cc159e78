"""Two records become one and two again; nothing opens wider, and nothing is lost."""

import datetime as dt

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mapper.access import RESIDENT, TERMINAL_ADMIN, Actor
from mapper.core import Mapper
from mapper.core.authority import Refused
from mapper.curation.merging import FIELDS, choices_for, differing, merge, suggested
from mapper.model import (
    GIVES_NO_ADDRESS,
    PRECISIONS,
    VISIBILITIES,
    Address,
    Contact,
    Link,
    Origin,
    Place,
    Problem,
    Resource,
    to_json,
)
from mapper.text import Text, fold
from tests.conftest import add, make_resource
from tests.strategies import resources

COACH = Actor(role="coach", id="coach", areas=("1",))
living = resources().filter(lambda record: record.status != "merged")


def two(**changes: object) -> tuple[Resource, Resource]:
    kept = make_resource(id="left222222", name=Text(nl="Kring"), summary=Text(nl="Samen"))
    other = make_resource(**({"id": "right22222", "name": Text(fr="Le Cercle")} | changes))
    return kept, other


@settings(max_examples=80, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(living, living, st.data())
def test_a_merge_never_opens_anything_wider(kept: Resource, other: Resource, data: st.DataObject) -> None:
    other = msgspec.structs.replace(other, id=f"{kept.id}x")
    choices = {name: data.draw(st.sampled_from(choices_for(kept, other, name))) for name in differing(kept, other)}
    done = merge(kept, other, choices)
    for before, after in ((kept, done.kept), (other, done.gone)):
        assert VISIBILITIES.index(after.visibility) <= VISIBILITIES.index(before.visibility)
        assert PRECISIONS.index(after.place.precision) <= PRECISIONS.index(before.place.precision)
    if "hidden" in (kept.visibility, other.visibility):
        assert done.kept.visibility == done.gone.visibility == "hidden"
    if other.place.precision == "neighbourhood":
        assert done.kept.place.precision in GIVES_NO_ADDRESS
    assert (done.gone.status, done.gone.merged_into) == ("merged", kept.id)
    # Every name of either is still found.
    names = {fold(words) for text in (done.kept.name, *done.kept.former_names, *done.kept.other_names)
             for words in text.values()}  # fmt: skip
    assert {fold(words) for words in other.name.values()} <= names


@settings(max_examples=60, deadline=None)
@given(living, living)
def test_what_is_suggested_can_be_chosen_and_keeps_what_only_one_knows(kept: Resource, other: Resource) -> None:
    advice = suggested(kept, other)
    assert set(advice) == set(differing(kept, other)) <= set(FIELDS)
    assert all(choice in choices_for(kept, other, name) for name, choice in advice.items())
    if not kept.contacts and other.contacts:
        assert merge(kept, other, advice).kept.contacts == other.contacts


@settings(max_examples=25, deadline=None)
@given(living, living, st.data())
def test_merging_and_undoing_gives_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, kept: Resource, other: Resource, data: st.DataObject
) -> None:
    other = msgspec.structs.replace(other, id=f"{kept.id[:9]}x" if kept.id[9] != "x" else f"{kept.id[:9]}y")
    all_exact = all(record.place.precision not in GIVES_NO_ADDRESS for record in (kept, other))
    choices = {name: data.draw(st.sampled_from(choices_for(kept, other, name))) for name in differing(kept, other)}
    with Mapper.open(tmp_path_factory.mktemp("merge") / "i", create=True) as mapper:
        add(mapper, kept, other)
        before = [mapper._store.resource(one.id) for one in (kept, other)]
        merge_id = mapper.curation.merge(TERMINAL_ADMIN, kept.id, other.id, choices)
        assert mapper.curation.undo_merge(TERMINAL_ADMIN, merge_id)
        after = [mapper._store.resource(one.id) for one in (kept, other)]
    if all_exact:
        assert [to_json(one) for one in after if one] == [to_json(one) for one in before if one]
    else:  # what may not be remembered is not brought back
        assert [one.name for one in after if one] == [one.name for one in before if one]
        assert all(a and b and PRECISIONS.index(a.place.precision) <= PRECISIONS.index(b.place.precision)
                   for a, b in zip(after, before, strict=True))  # fmt: skip


def test_lists_can_be_joined_and_texts_complete_each_other() -> None:
    phone, mail = Contact(type="phone", value="1"), Contact(type="email", value="a@b.cd")
    kept, other = two(contacts=(mail, phone))
    kept = msgspec.structs.replace(kept, contacts=(phone,))
    done = merge(kept, other, {"contacts": "both", "name": "both", "summary": "other"})
    assert done.kept.contacts == (phone, mail)
    assert done.kept.name == Text(nl="Kring", fr="Le Cercle")
    assert done.kept.summary == Text()
    assert done.kept.other_names == ()


def test_the_name_that_went_stays_findable(mapper: Mapper) -> None:
    kept, other = two()
    add(mapper, kept, other)
    mapper.curation.merge(COACH, kept.id, other.id, {})
    assert [hit.resource.id for hit in mapper.find("le cercle").hits] == [kept.id]


def test_what_a_group_did_not_publish_is_not_published_by_a_merge() -> None:
    kept, note = two(ground="coach_notes", visibility="professional", description=Text(nl="Gehoord op straat"))
    assert merge(kept, note, {}).kept.visibility == "public", "nothing of the note was taken over"
    assert merge(kept, note, {"description": "other"}).kept.visibility == "professional"


def test_a_home_is_not_found_through_the_record_that_went(mapper: Mapper) -> None:
    street = Address(street=Text(nl="Geheimstraat"), house_number="7", postcode="1000")
    exact = make_resource(id="exact22222", place=Place(address=street, lon=4.345, lat=50.845),
                          origins=(Origin(source="OpenStreetMap", external_id="node/77"),))  # fmt: skip
    home = make_resource(id="home222222", place=Place(precision="neighbourhood", neighbourhood="1"))
    add(mapper, exact, home)
    mapper.curation.merge(COACH, "exact22222", "home222222", {})
    everything = "\n".join(mapper._store._connection.iterdump())
    assert "Geheimstraat" not in everything and "node/77" not in everything


def test_links_of_others_follow_and_are_not_rewritten(mapper: Mapper) -> None:
    kept, other = two()
    friend = make_resource(id="friend2222", links=(Link(type="works_with", to=other.id),))
    add(mapper, kept, other, friend)
    merge_id = mapper.curation.merge(COACH, kept.id, other.id, {})
    assert mapper.catalogue().get("friend2222").links == (Link(type="works_with", to=kept.id),)  # type: ignore[union-attr]
    assert [record.id for record, _link in mapper.catalogue().links_to(kept.id)] == ["friend2222"]
    assert mapper._store.resource("friend2222") == friend
    shown = mapper.show(other.id, RESIDENT)
    assert shown is not None and shown.id == kept.id
    mapper.curation.undo_merge(COACH, merge_id)
    assert mapper.catalogue().get("friend2222").links == friend.links  # type: ignore[union-attr]


def test_a_change_after_the_merge_is_not_lost_when_it_is_undone(mapper: Mapper) -> None:
    kept, other = two()
    add(mapper, kept, other)
    merge_id = mapper.curation.merge(COACH, kept.id, other.id, {"name": "both"})
    edited = msgspec.structs.replace(mapper._store.resource(kept.id), description=Text(nl="Nieuw"))  # type: ignore[type-var]
    mapper.put(TERMINAL_ADMIN, edited)
    assert mapper.curation.undo_merge(COACH, merge_id) is False
    assert (mapper._store.resource(kept.id), mapper._store.resource(other.id)) == (edited, other)


def test_who_asked_to_be_left_out_after_a_merge_does_not_come_back(mapper: Mapper) -> None:
    kept, other = two()
    add(mapper, kept, other)
    merge_id = mapper.curation.merge(COACH, kept.id, other.id, {})
    mapper.put(TERMINAL_ADMIN, msgspec.structs.replace(mapper._store.resource(kept.id), visibility="hidden"))  # type: ignore[type-var]
    mapper.curation.undo_merge(TERMINAL_ADMIN, merge_id)
    assert [mapper._store.resource(one.id).visibility for one in (kept, other)] == ["hidden", "hidden"]  # type: ignore[union-attr]


def test_a_merge_is_one_transaction_and_one_line_of_audit(mapper: Mapper) -> None:
    kept, other = two()
    add(mapper, kept, other)
    before = list(mapper._store.audit())
    mapper.curation.merge(COACH, kept.id, other.id, {})
    (line,) = list(mapper._store.audit())[len(before) :]
    assert (line.by, line.verb, line.about) == ("coach", "merge", f"{kept.id} {other.id}")
    with pytest.raises(Problem):
        mapper.curation.merge(COACH, kept.id, other.id, {})


def test_only_who_looks_after_both_may_merge_them(mapper: Mapper) -> None:
    kept, other = two(place=Place(lon=4.355, lat=50.855), visibility="professional")
    hidden = make_resource(id="hidden2222", visibility="hidden")
    add(mapper, kept, other, hidden)
    for actor in (COACH, RESIDENT, Actor(role="worker", id="w"), Actor(role="steward", records=(kept.id, other.id))):
        with pytest.raises(Refused):
            mapper.curation.merge(actor, kept.id, other.id, {})
    with pytest.raises(Refused):
        mapper.curation.merge(COACH, kept.id, hidden.id, {})


def test_two_that_somebody_told_apart_are_not_proposed_again(mapper: Mapper) -> None:
    kept = make_resource(id="left222222", name=Text(nl="Buurthuis Kornoelje"), kind="community_centre")
    other = make_resource(id="right22222", name=Text(fr="Maison de quartier Kornoelje"), kind="community_centre")
    add(mapper, kept, other)
    assert [pair.twins.verdict for pair in mapper.curation.duplicates(COACH)] == ["same"]
    mapper.curation.not_same(COACH, other.id, kept.id)
    assert mapper.curation.duplicates(COACH) == []
    mapper.put(TERMINAL_ADMIN, msgspec.structs.replace(kept, checked_on=dt.date(2026, 1, 1)))
    assert mapper.curation.duplicates(COACH) == []


def test_the_pairs_follow_what_changes(mapper: Mapper) -> None:
    kept = make_resource(id="left222222", name=Text(nl="Buurthuis Kornoelje"))
    add(mapper, kept)
    assert mapper.curation.duplicates(COACH) == []
    add(mapper, make_resource(id="right22222", name=Text(nl="Buurthuis Kornoelje vzw")))
    assert len(mapper.curation.duplicates(COACH)) == 1
    mapper.put(TERMINAL_ADMIN, make_resource(id="right22222", name=Text(nl="Heel iets anders")))
    assert mapper.curation.duplicates(COACH) == []
