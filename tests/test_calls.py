"""After a phone call: two taps about the place. It refreshes the record for everyone and says nothing of the person."""

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.access import RESIDENT, TERMINAL_ADMIN, Actor
from mapper.calls import (
    HOUSE,
    OUTCOMES,
    after_call,
    confirmed,
    enough_for_now,
    has_enough,
    offers_to_choose,
    room_again,
    without_call,
)
from mapper.core import Mapper
from mapper.core.authority import NotHere, Refused
from mapper.matching.columns import rooms_of
from mapper.model import Contact, Offer, Problem, Room, from_json, to_json
from mapper.text import Text
from tests.conftest import NOON, add, make_resource
from tests.strategies import resources

WORKER = Actor(role="worker", id="w1", team="team1")
COLLEAGUE = Actor(role="worker", id="w2", team="team1")
ELSEWHERE = Actor(role="worker", id="w3", team="team2")
STEWARD = Actor(role="steward", id="s1", records=("circle",))
COACH = Actor(role="coach", id="c1", team="team1", areas=("1",))
TODAY = NOON.date()
HOMEWORK = Offer(id="homework", name=Text.of("Huiswerkklas"), needs=("homework_help",))
COOKING = Offer(id="cooking", name=Text.of("Koken"), needs=("company",))


# What a call changes


def test_right_makes_a_record_checked_by_a_professional_today() -> None:
    after = after_call(make_resource(status="historical"), "right", TODAY)
    assert (after.status, after.checked_on) == ("active", TODAY)
    assert [(source.title, source.on, source.by) for source in after.sources] == [
        ("by a professional", TODAY, "professional")
    ]


def test_a_second_call_replaces_the_word_of_the_first() -> None:
    once = after_call(make_resource(), "right", TODAY)
    twice = after_call(once, "right", TODAY + dt.timedelta(days=9))
    assert [source.on for source in twice.sources] == [TODAY + dt.timedelta(days=9)]


def test_an_offer_is_full_and_the_house_stays_open() -> None:
    house = make_resource(needs=("being_heard",), offers=(HOMEWORK, COOKING))
    after = after_call(house, "full", TODAY, "homework")
    rooms = rooms_of(after, TODAY)
    assert "homework_help" in rooms.full
    assert {"being_heard", "company"} <= set(rooms.now)


def test_full_ends_by_itself() -> None:
    after = after_call(make_resource(needs=(), offers=(HOMEWORK,)), "full", TODAY)
    assert rooms_of(after, TODAY).full == ("homework_help",)
    assert rooms_of(after, TODAY + dt.timedelta(weeks=5)).full == ()


def test_full_without_any_offer_is_the_house_itself() -> None:
    after = after_call(make_resource(needs=("company",)), "full", TODAY)
    assert rooms_of(after, TODAY).full == ("company",)
    assert room_again(after).offers == ()


def test_a_group_that_said_longer_is_not_shortened_by_a_caller() -> None:
    resting = enough_for_now(make_resource(offers=(HOMEWORK,)), TODAY, weeks=20)
    assert after_call(resting, "full", TODAY, "homework").offers == resting.offers


def test_only_several_offers_are_asked_about() -> None:
    assert offers_to_choose(make_resource(offers=(HOMEWORK,))) == ()
    assert offers_to_choose(make_resource(offers=(HOMEWORK, COOKING))) == (HOMEWORK, COOKING)
    rested = enough_for_now(make_resource(offers=(HOMEWORK,)), TODAY)
    assert HOUSE in {offer.id for offer in rested.offers} and offers_to_choose(rested) == ()


@pytest.mark.parametrize("outcome", ["wrong_number", "closed"])
@pytest.mark.parametrize("volunteers", ["yes", "no", "unknown"])
def test_one_report_lowers_trust_and_closes_nothing(outcome: Any, volunteers: Any) -> None:
    before = make_resource(
        status="active", checked_on=TODAY, volunteer_run=volunteers, contacts=(Contact(type="phone", value="02"),)
    )
    after = after_call(before, outcome, TODAY)
    assert (after.status, after.checked_on) == ("reported", None)
    kept = ("visibility", "contacts", "offers", "needs", "place", "name")
    assert [getattr(after, field) for field in kept] == [getattr(before, field) for field in kept]


@settings(max_examples=60, deadline=None)
@given(resources(), st.sampled_from(OUTCOMES), st.sampled_from(("", "homework", "no-such-offer")))
def test_no_call_closes_hides_moves_or_breaks_a_record(record: Any, outcome: Any, offer_id: str) -> None:
    after = after_call(record, outcome, TODAY, offer_id)
    assert from_json(to_json(after)) == after
    kept = ("id", "name", "visibility", "ground", "place", "contacts", "links", "merged_into", "thresholds")
    assert [getattr(after, field) for field in kept] == [getattr(record, field) for field in kept]
    assert after.status not in ("closed", "paused") or after.status == record.status
    assert msgspec.structs.replace(without_call(after, record, after), sources=()) == msgspec.structs.replace(
        record, sources=()
    )


@settings(max_examples=40, deadline=None)
@given(resources())
def test_enough_for_now_fills_every_need_and_room_again_opens_them(record: Any) -> None:
    resting = enough_for_now(record, TODAY)
    assert rooms_of(resting, TODAY).now == () and has_enough(resting, TODAY)
    assert not has_enough(resting, TODAY + dt.timedelta(weeks=60)) or any(
        offer.room.until is None or offer.room.until > TODAY + dt.timedelta(weeks=60) for offer in resting.offers
    )
    assert rooms_of(room_again(resting), TODAY).full == ()


def test_still_correct_covers_all_of_it_and_leaves_a_pause_alone() -> None:
    assert confirmed(make_resource(status="paused"), TODAY, "group").status == "paused"
    after = confirmed(make_resource(name=Text(nl="Kring", fr="Cercle")), TODAY, "group")
    assert (after.status, after.checked_on, after.sources[-1].by) == ("active", TODAY, "group")


# Who may, and what stays behind


def test_a_call_refreshes_the_record_for_everyone(mapper: Mapper) -> None:
    add(mapper, make_resource())
    mapper.calls.report(WORKER, "circle", "right")
    seen = mapper.show("circle", RESIDENT)
    assert seen is not None and seen.checked_on == TODAY
    assert mapper.calls.counts(COACH, "circle") == [("2026-W47", "right", 1)]


@pytest.mark.parametrize("actor", [RESIDENT, STEWARD])
def test_only_professionals_report_calls(mapper: Mapper, actor: Actor) -> None:
    add(mapper, make_resource())
    with pytest.raises(Refused):
        mapper.calls.report(actor, "circle", "right")
    with pytest.raises(Refused):
        mapper.calls.felt_welcome(actor, "circle", "yes")


def test_a_hidden_place_is_not_there_for_a_worker(mapper: Mapper) -> None:
    add(mapper, make_resource(visibility="hidden"))
    for resource_id in ("circle", "never22222"):
        with pytest.raises(NotHere):
            mapper.calls.report(WORKER, resource_id, "closed")
    assert mapper.stewards.reports(TERMINAL_ADMIN) == []


def test_no_name_and_no_account_reaches_the_record(mapper: Mapper) -> None:
    add(mapper, make_resource())
    for outcome in OUTCOMES:
        mapper.calls.report(WORKER, "circle", outcome)
    body = to_json(next(iter(mapper.resources(TERMINAL_ADMIN)))).decode()
    assert WORKER.id not in body and WORKER.team not in body


def test_what_cannot_be_an_outcome_writes_nothing(mapper: Mapper) -> None:
    add(mapper, make_resource())
    before = mapper.history(TERMINAL_ADMIN, "circle")
    with pytest.raises(Problem):
        mapper.calls.report(WORKER, "circle", "exploded")  # type: ignore[arg-type]
    with pytest.raises(Problem):
        mapper.calls.felt_welcome(WORKER, "circle", "very")  # type: ignore[arg-type]
    assert mapper.history(TERMINAL_ADMIN, "circle") == before


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_worker_takes_back_the_last_tap(mapper: Mapper, outcome: Any) -> None:
    add(mapper, make_resource(offers=(HOMEWORK,), approach="walk_in", status="active", checked_on=dt.date(2026, 3, 1)))
    before = mapper.show("circle", TERMINAL_ADMIN)
    mapper.calls.report(WORKER, "circle", outcome)
    assert mapper.calls.take_back(WORKER) == "circle"
    assert mapper.show("circle", TERMINAL_ADMIN) == before
    assert mapper.calls.counts(COACH, "circle") == []
    assert mapper.stewards.reports(COACH) == []
    with pytest.raises(Problem):
        mapper.calls.take_back(WORKER)


def test_taking_back_leaves_what_a_colleague_said_since(mapper: Mapper) -> None:
    add(mapper, make_resource(needs=(), offers=(HOMEWORK, COOKING)))
    mapper.calls.report(WORKER, "circle", "right")
    mapper.calls.report(COLLEAGUE, "circle", "full", "cooking")
    mapper.calls.take_back(WORKER)
    seen = mapper.show("circle", RESIDENT)
    assert seen is not None and rooms_of(seen, TODAY).full == ("company",)
    assert ("2026-W47", "full", 1) in mapper.calls.counts(COACH, "circle")


def test_a_wrong_number_goes_to_the_coach(mapper: Mapper) -> None:
    add(mapper, make_resource(volunteer_run="yes"))
    mapper.calls.report(WORKER, "circle", "wrong_number")
    [(record, report)] = mapper.stewards.reports(COACH)
    assert (record.id, report.kind, report.words) == ("circle", "wrong_number", "")
    assert mapper.stewards.reports(Actor(role="coach", id="c2", areas=("4",))) == []


def test_felt_welcome_is_a_count_and_nothing_more(mapper: Mapper) -> None:
    add(mapper, make_resource())
    before = mapper.history(TERMINAL_ADMIN, "circle")
    mapper.calls.felt_welcome(WORKER, "circle", "yes")
    mapper.calls.felt_welcome(WORKER, "circle", "yes")
    assert mapper.calls.counts(COACH, "circle") == [("2026-W47", "welcome_yes", 2)]
    assert mapper.history(TERMINAL_ADMIN, "circle") == before
    mapper.calls.take_back(WORKER)
    assert mapper.calls.counts(COACH, "circle") == [("2026-W47", "welcome_yes", 1)]


# What a team remembers


def test_a_team_shares_its_favourites_and_notes_and_no_other_team_sees_them(mapper: Mapper) -> None:
    add(mapper, make_resource())
    mapper.calls.remember(WORKER, "circle", favourite=True)
    mapper.calls.remember(COLLEAGUE, "circle", note="Ask for the coordinator, she speaks Berber.")
    [place] = mapper.calls.team_places(WORKER).values()
    assert (place.favourite, place.note) == (True, "Ask for the coordinator, she speaks Berber.")
    assert mapper.calls.team_places(ELSEWHERE) == {}
    mapper.calls.remember(WORKER, "circle", favourite=False, note="")
    assert mapper.calls.team_places(COLLEAGUE) == {}


@pytest.mark.parametrize("actor", [RESIDENT, STEWARD, Actor(role="worker", id="w9")])
def test_without_a_team_there_is_nothing_to_remember(mapper: Mapper, actor: Actor) -> None:
    add(mapper, make_resource())
    with pytest.raises(Refused):
        mapper.calls.remember(actor, "circle", favourite=True)


def test_a_note_on_a_place_that_was_hidden_since_is_gone_with_it(mapper: Mapper) -> None:
    add(mapper, make_resource())
    mapper.calls.remember(WORKER, "circle", note="Bel voor twee uur.")
    add(mapper, make_resource(visibility="hidden"))
    assert mapper.calls.team_places(WORKER) == {}


@pytest.mark.parametrize(
    ("words", "traits"),
    [
        ("Ask for the coordinator, she speaks Berber.", ()),
        ("Vraag naar de coördinator. Ze spreekt Portugees en Frans.", ()),
        ("OCMW Schaarbeek kent hen; op dinsdag, 5 min van de Brabantstraat.", ()),
        ("Vraag naar Fatima", ("name",)),
        ("Demandez Mme Dubois au guichet", ("name",)),
        ("De zus van Youssef komt ook", ("name",)),
        ("Haar gsm is 0470 12 34 56", ("phone",)),
        ("85.07.30-033.28", ("national_number",)),
        ("mail naar jan@voorbeeld.be", ("email",)),
        ("Ze woont in de Brabantstraat 12", ("address",)),
        ("il habite rue de Brabant 12", ("address",)),
        ("avenue Louise, 54", ("address",)),
    ],
)
def test_what_looks_like_a_person_in_a_note(mapper: Mapper, words: str, traits: tuple[str, ...]) -> None:
    found = mapper.calls.personal_traits(words, make_resource(name=Text.of("Brabantstraat")))
    assert tuple(one for one in found if one in traits or traits == ()) == traits


def test_a_note_that_is_too_long_is_refused_whole(mapper: Mapper) -> None:
    add(mapper, make_resource())
    with pytest.raises(Problem):
        mapper.calls.remember(WORKER, "circle", note="x" * 301)
    assert mapper.calls.team_places(WORKER) == {}
    assert mapper.calls.personal_traits("") == ()


def test_room_stays_when_it_was_open(mapper: Mapper) -> None:
    offer = msgspec.structs.replace(HOMEWORK, room=Room(state="open"))
    assert after_call(make_resource(offers=(offer,)), "right", TODAY).offers == (offer,)
