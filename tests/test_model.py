"""The nouns hold their own invariants, and round-trip."""

from typing import Any

import pytest
from hypothesis import given, settings

from mapper.model import (
    Place,
    Problem,
    Source,
    Story,
    from_json,
    from_table,
    new_id,
    sources_of,
    to_json,
    to_table,
    without_trace,
)
from mapper.text import Text
from tests.conftest import make_resource
from tests.strategies import resources


@pytest.mark.parametrize(
    "place",
    [
        {"precision": "contact_only", "lon": 4.3, "lat": 50.8},
        {"precision": "contact_only", "neighbourhood": "22"},
        {"precision": "neighbourhood", "neighbourhood": "22", "address": {"postcode": "1030"}},
        {"precision": "neighbourhood", "lon": 4.3, "lat": 50.8},
        {"precision": "street", "lon": 4.3, "lat": 50.8, "address": {"house_number": "12"}},
        {"precision": "exact", "lon": 4.3, "lat": 50.8, "neighbourhood": "22"},
        {"lon": 4.3},
        {"lon": 0, "lat": 0},
        {"lon": float("nan"), "lat": 50.8},
        {"lon": 150_000.0, "lat": 170_000.0},
    ],
)
def test_a_place_says_no_more_than_its_precision_allows(place: dict[str, Any]) -> None:
    with pytest.raises(Problem, match="place"):
        from_table({"id": "a", "kind": "club", "name": "A", "place": place})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ground": "coach_notes"}, "did not agree"),
        ({"status": "active"}, "checked_on"),
        ({"status": "merged"}, "merged into"),
        ({"merged_into": "b"}, "merged into"),
        ({"name": {}}, "name"),
        ({"visibility": "secret"}, "visibility"),
        ({"colour": "red"}, "colour"),
        ({"stories": [{"text": "It helped.", "consent": {}}]}, "consent"),
    ],
)
def test_a_record_that_cannot_be_is_refused_with_the_key_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Problem, match=words):
        from_table({"id": "a", "kind": "club", "name": "A"} | changes)


@settings(max_examples=150, deadline=None)
@given(resources())
def test_records_round_trip(record: Any) -> None:
    assert from_json(to_json(record)) == record
    assert from_table(to_table(record)) == record


def test_a_fact_without_its_own_source_is_not_verified() -> None:
    place_only = Source(facts=("place",), title="Own visit")
    everything = Source(facts=("*",), title="OpenStreetMap")
    record = make_resource(sources=(place_only,))
    assert sources_of(record, "place") == (place_only,)
    assert sources_of(record, "contacts") == ()
    assert sources_of(make_resource(sources=(place_only, everything)), "place") == (place_only, everything)


def test_without_trace_leaves_no_number_that_leads_to_the_place() -> None:
    record = from_table(
        {
            "id": "a", "kind": "club", "name": "Thuis", "place": {"precision": "neighbourhood", "neighbourhood": "22"},
            "origins": [{"source": "openstreetmap", "external_id": "node/123"}],
            "sources": [{"facts": ["*"], "title": "OpenStreetMap", "url": "https://www.openstreetmap.org/node/123"}],
        }
    )  # fmt: skip
    assert b"123" not in to_json(without_trace(record))
    assert without_trace(without_trace(record)) == without_trace(record)


def test_ids_are_random_and_easy_to_read_aloud() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(one) == 10 and not set(one) & set("01ilo") for one in ids)


def test_a_text_cannot_be_changed() -> None:
    text = Text(nl="Huis")
    with pytest.raises(TypeError):
        text["fr"] = "Maison"
    with pytest.raises(TypeError):
        text.update(fr="Maison")


def test_a_reader_gets_their_own_language_or_the_nearest() -> None:
    text = Text(nl="Huis", fr="Maison")
    assert text.best("fr") == ("fr", "Maison")
    assert text.best("ar") == ("nl", "Huis")
    assert Text(tr="Ev").best("fr") == ("tr", "Ev")
    assert Text().best("fr") == ("", "")
    assert Story(text=text, consent=Text.of("given")).text == text


def test_place_defaults_hide_nothing_and_tell_nothing() -> None:
    record = from_table({"id": "a", "kind": "club", "name": "A"})
    assert record.place == Place(precision="contact_only")
    assert (record.approach, record.status, record.thresholds.free) == ("phone_first", "reported", "unknown")
