"""What is asked again, in which order, and that nobody is asked more often than they allow."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.access import RESIDENT, TERMINAL_ADMIN, Actor
from mapper.core import Mapper
from mapper.core.authority import Refused
from mapper.curation.freshness import (
    DEFAULT_MONTHS,
    OUTCOMES,
    ContactMade,
    call_about,
    call_list,
    facts_of,
    is_asked,
    may_ask_from,
    missing_from,
    risk_of,
)
from mapper.model import Contact, Place, Problem, Resource, Source
from mapper.store.cases import CaseStore
from mapper.text import Text
from tests.conftest import NOON, add, make_resource

TODAY = dt.date(2026, 11, 18)
PHONE = Contact(type="phone", value="+32 2 000 11 22")
COACH = Actor(role="coach", id="coach", areas=("1",))
ELSEWHERE = Actor(role="coach", id="other", areas=("4",))


def checked(days_ago: int, **changes: object) -> Resource:
    on = TODAY - dt.timedelta(days=days_ago)
    return make_resource(**({"contacts": (PHONE,), "status": "active", "checked_on": on} | changes))


def made(days_ago: int, outcome: str = "spoke") -> ContactMade:
    on = TODAY - dt.timedelta(days=days_ago)
    return ContactMade(id=1, record_id="circle", on=on, by="coach", asked=(), outcome=outcome)  # type: ignore[arg-type]


def risk(record: Resource, uses: int = 0, said_wrong: int = 0) -> float:
    return risk_of(facts_of(record, TODAY), uses, said_wrong)


def test_older_more_used_and_complained_about_comes_first() -> None:
    assert risk(checked(800)) > risk(checked(100)) > risk(checked(0)) == 0
    assert risk(checked(400), uses=12) > risk(checked(400), uses=1) > risk(checked(400))
    assert risk(checked(400), said_wrong=2) > risk(checked(400), said_wrong=1) > risk(checked(400))


def test_hours_grow_old_sooner_than_an_address() -> None:
    facts = {fact.name: fact.chance for fact in facts_of(checked(400, opening_hours="Mo-Fr 09:00-17:00"), TODAY)}
    assert facts["opening_hours"] > facts["contacts"] > facts["place"] > 0


def test_each_fact_has_its_own_date() -> None:
    record = make_resource(
        contacts=(PHONE,),
        sources=(
            Source(facts=("contacts",), title="Site", on=dt.date(2026, 11, 1)),
            Source(facts=("*",), title="Cahier 5", on=dt.date(2018, 6, 28)),
        ),
    )
    dates = {fact.name: fact.checked_on for fact in facts_of(record, TODAY)}
    assert dates == {"contacts": dt.date(2026, 11, 1), "place": dt.date(2018, 6, 28)}
    assert facts_of(make_resource(), TODAY)[0].checked_on is None
    assert "languages" in missing_from(record) and "contacts" not in missing_from(record)


def test_the_list_holds_only_who_may_be_asked_and_has_something_to_ask() -> None:
    old, fresh = checked(900), checked(3)
    assert [call.record for call in call_list([call_about(old, TODAY, (), 6)])] == [old]
    assert call_list([call_about(old, TODAY, (made(30),), 6)]) == []
    assert call_list([call_about(old, TODAY, (made(32),), 1)]) != []
    assert call_list([call_about(fresh, TODAY, (), 6)]) == []
    assert call_list([call_about(fresh, TODAY, (), 6, said_wrong=1)]) != [], "a caller knows better"
    assert call_list([call_about(old, TODAY, (), 0)]) == [], "they asked not to be called"


def test_a_call_that_nobody_took_is_not_a_conversation() -> None:
    assert may_ask_from((made(2, "no_answer"),), 6, TODAY) == TODAY
    assert may_ask_from((made(0, "no_answer"),), 6, TODAY) == TODAY + dt.timedelta(days=1)
    assert may_ask_from((made(0, "call_later"),), 6, TODAY) == TODAY + dt.timedelta(days=7)
    assert may_ask_from((made(0),), 6, TODAY) == dt.date(2027, 5, 18)
    assert may_ask_from((ContactMade(id=1, record_id="c", on=dt.date(2026, 8, 31), by="", asked=(), outcome="spoke"),),
                        6, TODAY) == dt.date(2027, 2, 28)  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 2000), st.sampled_from(OUTCOMES)), max_size=6),
    st.integers(1, 24),
    st.randoms(use_true_random=False),
)
def test_nobody_is_asked_within_the_months_they_set(calls, months, random) -> None:  # type: ignore[no-untyped-def]
    contacts = [made(*one) for one in calls]
    earliest = may_ask_from(contacts, months, TODAY)
    assert earliest is not None and earliest >= TODAY
    for contact in contacts:
        if contact.outcome == "spoke":
            assert (earliest - contact.on).days >= 28 * months
    random.shuffle(contacts)
    assert may_ask_from(contacts, months, TODAY) == earliest


def test_what_is_gone_or_asked_to_be_left_out_is_never_on_the_list() -> None:
    assert is_asked(make_resource()) and is_asked(make_resource(status="paused"))
    assert not is_asked(make_resource(status="closed"))
    assert not is_asked(make_resource(visibility="hidden"))


def test_a_call_is_kept_as_facts_and_dates_in_one_line_of_audit(mapper: Mapper) -> None:
    add(mapper, checked(900))
    before = len(list(mapper._store.audit()))
    mapper.curation.contact_made(COACH, "circle", ["contacts", "nonsense"], "spoke")
    assert len(list(mapper._store.audit())) == before + 1
    (contact,) = mapper.curation.contacts(COACH, "circle")
    assert (contact.on, contact.asked, contact.by) == (NOON.date(), ("contacts",), "coach")
    assert mapper.curation.call_list(COACH) == []
    assert not mapper.curation.call(COACH, "circle").may_ask


def test_who_asks_not_to_be_called_is_left_in_peace(mapper: Mapper) -> None:
    add(mapper, checked(900))
    assert mapper.curation.months_between(COACH, "circle") == DEFAULT_MONTHS
    mapper.curation.contact_made(COACH, "circle", [], "no_more_calls")
    assert mapper.curation.months_between(COACH, "circle") == 0
    assert mapper.curation.call(COACH, "circle").may_ask_from is None
    with pytest.raises(Problem):
        mapper.curation.contact_made(COACH, "circle", [], "shouted")


def test_still_correct_in_a_conversation_checks_every_fact(mapper: Mapper) -> None:
    add(mapper, make_resource(contacts=(PHONE,)))
    mapper.curation.contact_made(COACH, "circle", ["contacts"], "spoke", still_correct=True)
    record = mapper.show("circle", RESIDENT)
    assert record is not None and (record.status, record.checked_on) == ("active", NOON.date())
    assert [source.by for source in record.sources] == ["professional"]
    assert all(fact.chance == 0 for fact in facts_of(record, NOON.date()))


def test_a_call_and_a_wrong_number_raise_a_record_in_the_list(mapper: Mapper) -> None:
    old = [checked(900, id=f"{name}22222") for name in ("fine", "used", "rong")]
    add(mapper, *old)
    worker = Actor(role="worker", id="w1", team="t1")

    def order() -> list[tuple[str, int, int]]:
        return [(call.record.id, call.uses, call.said_wrong) for call in mapper.curation.call_list(COACH)]

    assert order() == [("fine22222", 0, 0), ("rong22222", 0, 0), ("used22222", 0, 0)]
    mapper.calls.felt_welcome(worker, "used22222", "yes")
    assert order()[0] == ("fine22222", 0, 0), "how welcome somebody felt is no use of the place"
    mapper.calls.report(worker, "rong22222", "wrong_number")
    assert order()[0] == ("rong22222", 1, 1)
    with mapper._store.transaction("w1") as transaction:
        CaseStore(mapper._store, mapper.keys.store).count_introduction(transaction, "used22222", NOON.date())
        CaseStore(mapper._store, mapper.keys.store).count_introduction(transaction, "fine22222", dt.date(2020, 1, 1))
    assert order()[1:] == [("used22222", 1, 0), ("fine22222", 0, 0)], "of long ago is not lately"
    ((_record, report),) = mapper.stewards.reports(COACH)
    mapper.stewards.settle(COACH, report.id)
    assert {wrong for _id, _uses, wrong in order()} == {0}


def test_what_is_told_in_words_counts_once_its_steward_left_it_to_the_coach(mapper: Mapper) -> None:
    add(mapper, checked(900))
    mapper.stewards.tell_wrong(RESIDENT, "circle", "De deur bleef dicht.")
    assert mapper.curation.call(COACH, "circle").said_wrong == 0
    mapper.stewards.pass_on(COACH, mapper.stewards.reports(COACH)[0][1].id)
    assert mapper.curation.call(COACH, "circle").said_wrong == 1


def test_a_coach_may_phone_a_group_that_wants_nobody_sent(mapper: Mapper) -> None:
    add(mapper, checked(900, approach="not_through_services"))
    assert [call.record.id for call in mapper.curation.call_list(COACH)] == ["circle"]
    mapper.curation.set_rule(COACH, "circle", 0)
    assert mapper.curation.call_list(COACH) == []


class Counted:
    """What the rooms of calls and introductions keep."""

    def uses(self) -> dict[str, int]:
        return {"often22222": 9}

    def said_wrong(self) -> dict[str, int]:
        return {}


def test_what_is_used_most_is_called_first(mapper: Mapper) -> None:
    add(mapper, checked(900, id="seldom2222"), checked(900, id="often22222"), checked(900, id="away222222",
        place=Place(lon=4.355, lat=50.855)))  # fmt: skip
    mapper.curation.heard = Counted()
    assert [call.record.id for call in mapper.curation.call_list(COACH)] == ["often22222", "seldom2222"]
    assert len(mapper.curation.call_list(TERMINAL_ADMIN)) == 3
    with pytest.raises(Refused):
        mapper.curation.call_list(RESIDENT)


def test_notes_from_the_street_wait_for_the_group(mapper: Mapper) -> None:
    add(mapper, make_resource(name=Text.of("Straatkring"), ground="coach_notes", visibility="professional"))
    assert [note.id for note in mapper.curation.new_notes(COACH)] == ["circle"]
    assert mapper.curation.new_notes(ELSEWHERE) == []
