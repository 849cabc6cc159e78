"""The full form of a record: nothing is lost by opening and saving it, and every mistake stands beside its field."""

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from werkzeug.datastructures import MultiDict

from mapper.model import Address, Audience, Contact, Link, Meeting, Offer, Place, Resource, Story
from mapper.text import Text
from mapper.web import record_form
from mapper.web.record_form import Form, asked_fields, blank, merge, read, row_numbers, write
from tests.conftest import make_resource
from tests.strategies import resources


class Words:
    """A vocabulary in which every area is its own id, and one place has a name."""

    def area(self, words: str) -> str | None:
        return None if words == "Nergenshuizen" else words

    def place(self, words: str) -> tuple[str, str]:
        return ("theother22", "") if words == "De Andere" else ("", "De Andere" if words.startswith("De") else "")


WORDS = Words()
MORE = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def form_of(record: Resource) -> Form:
    return MultiDict(write(record))


@MORE
@given(resources())
def test_opening_and_saving_changes_nothing(record: Resource) -> None:
    found = read(form_of(record), record, WORDS)
    assert (found.resource, found.mistakes, found.touched) == (record, (), ())


@MORE
@given(resources())
def test_a_browser_that_changes_line_ends_changes_nothing(record: Resource) -> None:
    sent = MultiDict((name, "\r\n".join(value.splitlines())) for name, value in write(record) if value.isprintable())
    kept = [(name, value) for name, value in write(record) if not value.isprintable()]
    sent.update(MultiDict(kept))
    assert read(sent, record, WORDS).resource == record


def test_every_value_is_read_back_from_the_form_alone() -> None:
    outcomes = {"read": 0, "refused": 0}

    @MORE
    @given(resources())
    def from_the_form_alone(record: Resource) -> None:
        record = tidied(record)
        kept = {name: getattr(record, name) for name in ("id", "merged_into", "origins", "status", "checked_on")}
        found = read(form_of(record), msgspec.structs.replace(blank(), **kept), WORDS)
        outcomes["read" if found.resource else "refused"] += 1
        if found.resource is None:
            # Right where the record holds what a form refuses, such as letters that are not to be seen.
            assert found.mistakes
            return
        lost = [one.name for one in asked_fields() if getattr(found.resource, one.name) != getattr(record, one.name)]
        assert lost == []

    from_the_form_alone()
    assert outcomes["read"] > 20, "whole records are read, not only mistakes"


def tidied(record: Resource) -> Resource:
    """The record as somebody could have typed it: no spaces around, no empty rows, no answer twice."""

    def tidy(value: Any, name: str = "") -> Any:
        if isinstance(value, Text):
            return Text.of({code: words.replace("\r\n", "\n").strip() for code, words in value.items()})
        if isinstance(value, str):
            return " ".join(value.split())
        if isinstance(value, tuple):
            rows = tuple(tidy(part) for part in value)
            if all(isinstance(part, str) for part in rows):
                return tuple(dict.fromkeys(rows))
            return tuple(row for row in rows if row and (not isinstance(row, Meeting) or row != Meeting()))
        if isinstance(value, Address):
            found = Address(street=tidy(value.street), house_number=tidy(value.house_number), postcode=value.postcode)
            return found if found != Address() else None
        if isinstance(value, msgspec.Struct):
            changes = {one.name: tidy(getattr(value, one.name)) for one in msgspec.structs.fields(value)}
            if isinstance(value, (Story, Offer)):
                changes = {key: words or Text.of("x") if key in ("text", "consent", "name") else words
                           for key, words in changes.items()}  # fmt: skip
            return msgspec.structs.replace(value, **changes)
        return value

    changes = {one.name: tidy(getattr(record, one.name)) for one in asked_fields()}
    changes["name"] = changes["name"] or Text.of("x")
    for rows in ("contacts", "sources"):
        key = "value" if rows == "contacts" else "title"
        changes[rows] = tuple(one for one in changes[rows] if getattr(one, key))
    changes["contacts"] = tuple(
        msgspec.structs.replace(one, value={"phone": "02 000", "email": "a@b"}.get(one.type, "https://x.example"))
        for one in changes["contacts"]
    )
    return msgspec.structs.replace(record, **changes)


def test_every_field_of_the_model_is_in_the_form() -> None:
    shown = {one.name for one in asked_fields()} | set(record_form.NOT_ASKED)
    assert shown == {one.name for one in msgspec.structs.fields(Resource)}


def changed(record: Resource, **told: str) -> Form:
    form = form_of(record)
    for name, value in told.items():
        form[name.replace("__", ".")] = value
    return form


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"name.und": ""}, "name"),
        ({"audience.age_min": "zes"}, "audience.age_min"),
        ({"audience.age_min": "60", "audience.age_max": "6"}, "audience.age_min"),
        ({"checked_on": "gisteren"}, "checked_on"),
        ({"opening_hours": "altijd"}, "opening_hours"),
        ({"place.lon": "ver"}, "place.lon"),
        ({"place.lat": ""}, "place.lon"),
        ({"place.precision": "neighbourhood"}, "place.neighbourhood"),
        ({"visibility": "iedereen"}, "visibility"),
        ({"contacts.0.type": "email", "contacts.0.value": "geen adres"}, "contacts.0.value"),
        ({"contacts.0.type": "phone", "contacts.0.ask_for.nl": "de coördinator"}, "contacts.0.value"),
        ({"offers.0.description.nl": "Samen koken"}, "offers.0.name"),
        ({"stories.0.text.nl": "Ik kwam binnen"}, "stories.0.consent"),
        ({"links.0.type": "hosts", "links.0.find": "De Andre"}, "links.0.find"),
        ({"offers.0.name.nl": "Koken", "offers.0.meetings.0.rule": "elke week"}, "offers.0.meetings.0.rule"),
        ({"service_area": "22, Nergenshuizen"}, "service_area"),
        ({"summary.nl": "Huis\u202egro.live"}, "summary.nl"),
        ({"status": "active"}, "checked_on"),
        ({"status": "merged"}, "status"),
        ({"ground": "coach_notes"}, "visibility"),
        ({"description.nl": "x" * 5001}, "description.nl"),
    ],
)
def test_a_mistake_stands_beside_its_field_and_saves_nothing(told: dict[str, str], field: str) -> None:
    record = make_resource()
    form = form_of(record)
    for name, value in told.items():
        form[name] = value
    found = read(form, record, WORDS)
    assert found.resource is None
    assert field in [mistake.field for mistake in found.mistakes]


def test_all_mistakes_are_told_at_once() -> None:
    found = read(changed(make_resource(), name__und="", checked_on="x", opening_hours="y"), make_resource(), WORDS)
    assert {mistake.field for mistake in found.mistakes} >= {"name", "checked_on", "opening_hours"}


def test_rows_come_and_go() -> None:
    record = make_resource(contacts=(Contact(type="phone", value="02 111"), Contact(type="phone", value="02 222")))
    form = changed(record, contacts__0__gone="1", contacts__7__type="email", contacts__7__value="hallo@kring.example")
    assert row_numbers(form, "contacts") == [0, 1, 7]
    found = read(form, record, WORDS)
    assert found.resource is not None
    assert [contact.value for contact in found.resource.contacts] == ["02 222", "hallo@kring.example"]
    assert found.touched == ("contacts",)


def test_an_empty_row_is_no_row() -> None:
    form = changed(make_resource(), contacts__0__type="phone", offers__0__free="unknown", links__0__type="hosts")
    assert read(form, make_resource(), WORDS).resource == make_resource()


def test_a_link_is_found_by_name() -> None:
    found = read(
        changed(make_resource(), links__0__type="works_with", links__0__find="De Andere"), make_resource(), WORDS
    )
    assert found.resource is not None and found.resource.links == (Link(type="works_with", to="theother22"),)


@pytest.mark.parametrize("precision", ["neighbourhood", "contact_only"])
def test_less_precise_gives_up_the_address_with_it(precision: Any) -> None:
    record = make_resource(
        place=Place(lon=4.345, lat=50.845, address=Address(street=Text.of("Brabantstraat"), house_number="9"))
    )
    found = read(changed(record, place__precision=precision, place__neighbourhood="1"), record, WORDS)
    assert found.resource is not None
    assert (found.resource.place.address, found.resource.place.lon) == (None, None)


def test_from_the_house_to_the_street_the_exact_point_goes() -> None:
    record = make_resource(
        place=Place(lon=4.345, lat=50.845, address=Address(street=Text.of("Brabantstraat"), house_number="9"))
    )
    found = read(changed(record, place__precision="street"), record, WORDS)
    assert found.resource is not None
    place = found.resource.place
    assert (place.lon, place.address) == (None, Address(street=Text.of("Brabantstraat")))


def test_an_address_in_a_text_is_flagged_where_none_is_given() -> None:
    home = make_resource(place=Place(precision="neighbourhood", neighbourhood="1"))
    form = changed(home, description__nl="We komen samen in de Eikenstraat 14.")
    assert read(form, home, WORDS).addresses == ("description.nl",)
    form[record_form.CONFIRMED] = "1"
    assert read(form, home, WORDS).addresses == ()
    house = make_resource()
    assert read(changed(house, description__nl="In de Eikenstraat 14."), house, WORDS).addresses == ()


def test_two_editors_each_keep_what_they_changed() -> None:
    base = make_resource(summary=Text(nl="oud"), audience=Audience(age_min=6))
    mine = msgspec.structs.replace(base, summary=Text(nl="mijn"))
    theirs = msgspec.structs.replace(base, checked_on=dt.date(2026, 1, 1), opening_hours="Mo 09:00-10:00")
    both, clash = merge(base, mine, theirs)
    assert (both.summary["nl"], both.opening_hours, clash) == ("mijn", "Mo 09:00-10:00", ())
    theirs = msgspec.structs.replace(theirs, summary=Text(nl="hun"))
    both, clash = merge(base, mine, theirs)
    assert (both.summary["nl"], clash) == ("mijn", ("summary",))
