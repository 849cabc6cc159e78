"""The say of a group over its own record: confirm, rest, leave, answer, and open wider only by its own yes."""

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mapper.access import RESIDENT, TERMINAL_ADMIN, Actor
from mapper.core import Mapper
from mapper.core.authority import Changed, NotHere, Refused
from mapper.exchange.reading import NEW, Reading
from mapper.model import Address, Contact, Offer, Origin, Place, Problem, Resource, Source, Thresholds, is_wider
from mapper.text import Text
from tests.conftest import NOON, add, make_resource
from tests.signing_in import make_account

STEWARD = Actor(role="steward", id="s1", records=("circle",))
OTHER_STEWARD = Actor(role="steward", id="s2", records=("other22222",))
WORKER = Actor(role="worker", id="w1", team="t1")
COACH = Actor(role="coach", id="c1", team="t1", areas=("1",))
SECOND_COACH = Actor(role="coach", id="c2", team="t1", areas=("1",))
FAR_COACH = Actor(role="coach", id="c3", team="t1", areas=("4",))
ADMIN = Actor(role="admin", id="a1")
TODAY = NOON.date()
HOME = Place(precision="neighbourhood", neighbourhood="1")


def record_of(mapper: Mapper, resource_id: str = "circle") -> Resource:
    found = mapper.show(resource_id, TERMINAL_ADMIN)
    assert found is not None
    return found


def reading(**changes: Any) -> Reading:
    return Reading(line=1, resource=make_resource(**({"id": NEW} | changes)))


# One tap


def test_still_correct_and_enough_for_now_are_one_tap_and_can_be_undone(mapper: Mapper) -> None:
    add(mapper, make_resource(offers=(Offer(id="o", name=Text.of("Koken"), needs=("company",)),)))
    mapper.stewards.still_correct(STEWARD, "circle")
    assert record_of(mapper).sources[-1].by == "group" and record_of(mapper).checked_on == TODAY
    before = record_of(mapper)
    revision = mapper.stewards.enough_for_now(STEWARD, "circle")
    assert all(offer.room.state == "full" and offer.room.until for offer in record_of(mapper).offers)
    mapper.undo(STEWARD, revision)
    assert record_of(mapper) == before


@pytest.mark.parametrize("verb", ["still_correct", "enough_for_now", "room_again", "leave", "leave_link"])
@pytest.mark.parametrize("actor", [RESIDENT, WORKER, OTHER_STEWARD, FAR_COACH])
def test_nobody_else_speaks_for_a_group(mapper: Mapper, verb: str, actor: Actor) -> None:
    add(mapper, make_resource())
    before = record_of(mapper)
    with pytest.raises(Refused):
        getattr(mapper.stewards, verb)(actor, "circle")
    assert record_of(mapper) == before


def test_whoever_writes_second_is_told(mapper: Mapper) -> None:
    add(mapper, make_resource())
    opened_at = mapper.history(STEWARD, "circle")[0].revision
    mapper.edit(COACH, make_resource(summary=Text(nl="van de coach")))
    with pytest.raises(Changed):
        mapper.edit(STEWARD, make_resource(summary=Text(nl="van de groep")), at_revision=opened_at)
    assert record_of(mapper).summary["nl"] == "van de coach"


# Leaving


def test_a_link_takes_a_group_off_once_and_for_every_reader(mapper: Mapper) -> None:
    add(mapper, make_resource())
    secret = mapper.stewards.leave_link(COACH, "circle")
    found = mapper.stewards.record_of_link(secret)
    assert found is not None and mapper.show("circle", RESIDENT) is not None, "looking at a link changes nothing"
    mapper.stewards.leave_by_link(secret)
    for actor in (RESIDENT, WORKER, COACH):
        assert mapper.show("circle", actor) is None
        assert list(mapper.resources(actor)) == []
    with pytest.raises(NotHere):
        mapper.stewards.leave_by_link(secret)
    assert mapper.stewards.record_of_link(secret) is None


def test_the_store_holds_no_secret_of_a_link_or_code(mapper: Mapper) -> None:
    add(mapper, make_resource())
    secret, code = mapper.stewards.leave_link(COACH, "circle"), mapper.stewards.claim_code(COACH, "circle")
    files = b"".join(path.read_bytes() for path in mapper.home.glob("mapper.sqlite*"))
    assert secret.encode() not in files and code.encode() not in files and code.replace("-", "").encode() not in files


def test_another_process_sees_that_a_group_left_within_a_second(tmp_path: Path, mapper: Mapper) -> None:
    add(mapper, make_resource())
    with Mapper.open(mapper.home) as other:
        assert other.show("circle") is not None
        mapper.stewards.leave(STEWARD, "circle")
        other.refresh(at_once=True)
        assert other.show("circle") is None


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"origins": (Origin(source="osm", external_id="node/7"),), "name": Text.of("Heel iets anders")},
        {"name": Text.of("KRING")},
        {"name": Text(nl="Kring", fr="Cercle"), "place": Place(lon=4.3452, lat=50.8451)},
        {"place": HOME},
        {"place": Place(precision="contact_only")},
        {"place": Place(address=Address(street=Text.of("Elders"), postcode="1000"))},
    ],
)
def test_no_import_brings_back_who_asked_to_be_left_out(mapper: Mapper, again: dict[str, Any]) -> None:
    add(mapper, make_resource(origins=(Origin(source="osm", external_id="node/7"),)))
    mapper.stewards.leave(STEWARD, "circle")
    given = reading(**again)
    if again == {"place": Place(address=Address(street=Text.of("Elders"), postcode="1000"))}:
        # An address without a point: its postcode tells the same part of town, or another.
        given = reading(place=Place(address=Address(postcode="1000"), municipality="21004"))
    report = mapper.import_resources(TERMINAL_ADMIN, [given, reading(name=Text.of("Ander huis"), id="fresh22222")])
    assert len(report.refused) == 1 and "left out" in report.refused[0].message
    assert report.new == ("fresh22222",)
    assert mapper.show("circle", RESIDENT) is None


def test_a_namesake_elsewhere_is_no_business_of_theirs(mapper: Mapper) -> None:
    add(mapper, make_resource())
    mapper.stewards.leave(STEWARD, "circle")
    elsewhere = Place(lon=4.34, lat=50.80)
    areas = mapper.geography.areas_of_all([elsewhere, make_resource().place])
    assert areas[0] and set(areas[0]).isdisjoint(areas[1])
    assert mapper.import_resources(TERMINAL_ADMIN, [reading(place=elsewhere)]).refused == ()


def test_the_memory_of_who_left_holds_no_name_and_no_place(mapper: Mapper) -> None:
    add(mapper, make_resource(name=Text.of("Zwaluwkring")))
    mapper.stewards.leave(STEWARD, "circle")
    rows = mapper._store.rows("SELECT fingerprint FROM left_out")  # type: ignore[attr-defined]
    assert rows and all(len(row[0]) == 64 and set(row[0]) <= set("0123456789abcdef") for row in rows)


def test_a_coach_cannot_add_again_who_left_but_the_group_itself_comes_back(mapper: Mapper) -> None:
    add(mapper, make_resource())
    mapper.stewards.leave(STEWARD, "circle")
    with pytest.raises(Problem, match="left out"):
        mapper.add(COACH, make_resource(id="again22222", visibility="professional", ground="coach_notes"))
    with pytest.raises(Refused):
        mapper.edit(COACH, make_resource())
    mapper.edit(STEWARD, make_resource())
    assert mapper.show("circle", RESIDENT) is not None
    assert mapper.stewards.is_left_out(make_resource()) is False


# Something is wrong here


def test_what_anybody_tells_goes_to_the_steward_first_and_then_to_the_coach(mapper: Mapper) -> None:
    make_account(mapper, "steward", id="s1", records=("circle",))
    add(mapper, make_resource())
    before = record_of(mapper)
    mapper.stewards.tell_wrong(RESIDENT, "circle", "Ze zijn verhuisd naar het plein.")
    [(_record, report)] = mapper.stewards.reports(STEWARD)
    assert report.words == "Ze zijn verhuisd naar het plein."
    assert mapper.stewards.reports(COACH) == [] and mapper.stewards.reports(OTHER_STEWARD) == []
    mapper.stewards.pass_on(STEWARD, report.id)
    assert len(mapper.stewards.reports(COACH)) == 1 and mapper.stewards.reports(FAR_COACH) == []
    assert record_of(mapper) == before, "nothing public changes without one of them"
    mapper.stewards.settle(COACH, report.id)
    assert mapper.stewards.reports(STEWARD) == []
    files = b"".join(path.read_bytes() for path in mapper.home.glob("mapper.sqlite*"))
    assert b"Ze zijn verhuisd" not in files, "what was looked into is erased"


def test_without_a_steward_and_after_a_week_the_coach_sees_it(mapper: Mapper) -> None:
    add(mapper, make_resource())
    mapper.stewards.tell_wrong(RESIDENT, "circle", "Klopt niet.")
    assert len(mapper.stewards.reports(COACH)) == 1
    make_account(mapper, "steward", id="s1", records=("circle",))
    assert mapper.stewards.reports(COACH) == []
    mapper._clock = lambda: NOON + dt.timedelta(days=8)
    assert len(mapper.stewards.reports(COACH)) == 1


def test_a_flood_is_stopped_by_a_count_and_nothing_is_kept_of_who_told(mapper: Mapper) -> None:
    add(mapper, make_resource())
    for _turn in range(5):
        mapper.stewards.tell_wrong(RESIDENT, "circle", "x")
    with pytest.raises(Problem, match="tomorrow"):
        mapper.stewards.tell_wrong(RESIDENT, "circle", "x")
    mapper._clock = lambda: NOON + dt.timedelta(days=1)
    mapper.stewards.tell_wrong(RESIDENT, "circle", "x")


@pytest.mark.parametrize("words", ["", "  \n ", "x" * 1001])
def test_no_words_or_too_many_are_refused(mapper: Mapper, words: str) -> None:
    add(mapper, make_resource())
    with pytest.raises(Problem):
        mapper.stewards.tell_wrong(RESIDENT, "circle", words)
    assert mapper.stewards.reports(ADMIN) == []


def test_nobody_tells_about_what_they_may_not_see(mapper: Mapper) -> None:
    add(mapper, make_resource(visibility="hidden"), make_resource(id="prof222222", visibility="professional"))
    for resource_id in ("circle", "prof222222", "never22222"):
        with pytest.raises(NotHere):
            mapper.stewards.tell_wrong(RESIDENT, resource_id, "Ik weet dat het bestaat.")


def test_a_report_of_somebody_else_cannot_be_settled(mapper: Mapper) -> None:
    add(mapper, make_resource())
    mapper.stewards.tell_wrong(RESIDENT, "circle", "Klopt niet.")
    [(_record, report)] = mapper.stewards.reports(COACH)
    for actor in (FAR_COACH, OTHER_STEWARD):
        with pytest.raises(NotHere):
            mapper.stewards.settle(actor, report.id)
    with pytest.raises(Refused):
        mapper.stewards.settle(WORKER, report.id)
    assert len(mapper.stewards.reports(COACH)) == 1


# A code


def test_a_code_that_was_read_out_gives_a_steward_their_record_once(mapper: Mapper) -> None:
    account = make_account(mapper, "steward", id="s9")
    add(mapper, make_resource())
    code = mapper.stewards.claim_code(COACH, "circle")
    steward = Actor(role="steward", id=account.id)
    with pytest.raises(Problem, match="code"):
        mapper.stewards.claim(steward, "aaaaa-aaaaa")
    assert mapper.stewards.claim(steward, f" {code.upper()} ") == "circle"
    assert mapper.accounts.account(TERMINAL_ADMIN, "s9").records == ("circle",)
    with pytest.raises(Problem):
        mapper.stewards.claim(steward, code)


def test_a_code_ends_after_two_weeks_and_is_for_stewards(mapper: Mapper) -> None:
    make_account(mapper, "steward", id="s9")
    add(mapper, make_resource())
    code = mapper.stewards.claim_code(COACH, "circle")
    for actor in (WORKER, COACH, RESIDENT):
        with pytest.raises(Refused):
            mapper.stewards.claim(actor, code)
    mapper._clock = lambda: NOON + dt.timedelta(days=15)
    with pytest.raises(Problem):
        mapper.stewards.claim(Actor(role="steward", id="s9"), code)


# Opening a record wider


@pytest.fixture
def noted(mapper: Mapper) -> Mapper:
    """An instance with a group that a coach found on the street."""
    add(mapper, make_resource(visibility="professional", ground="coach_notes", place=HOME))
    return mapper


def test_opening_wider_waits_for_the_yes_of_the_group(noted: Mapper) -> None:
    proposal = noted.stewards.propose_widening(COACH, "circle", "public", "neighbourhood")
    assert noted.show("circle", RESIDENT) is None
    [(_record, waiting)] = noted.stewards.proposals(STEWARD)
    assert (waiting.id, waiting.visibility) == (proposal, "public")
    noted.stewards.agree(STEWARD, proposal)
    seen = noted.show("circle", RESIDENT)
    assert seen is not None and seen.ground == "agreed"
    assert noted.stewards.proposals(COACH) == []


def test_a_second_professional_hears_the_yes_and_never_the_proposer(noted: Mapper) -> None:
    proposal = noted.stewards.propose_widening(COACH, "circle", "public", "neighbourhood")
    said: dict[str, Any] = {"whom": "de coördinator", "on": TODAY, "how": "aan de telefoon"}
    for actor, given in ((COACH, said), (SECOND_COACH, said | {"whom": ""}), (SECOND_COACH, said | {"on": None})):
        with pytest.raises(Problem):
            noted.stewards.agree(actor, proposal, **given)
    for actor in (FAR_COACH, WORKER, OTHER_STEWARD):
        with pytest.raises(Refused):
            noted.stewards.agree(actor, proposal, **said)
    assert noted.show("circle", RESIDENT) is None and len(noted.stewards.proposals(COACH)) == 1
    noted.stewards.agree(SECOND_COACH, proposal, **said)
    seen = noted.show("circle", RESIDENT)
    assert seen is not None
    assert [(one.title, one.on) for one in seen.sources] == [("agreed: de coördinator, aan de telefoon", TODAY)]


def test_a_no_leaves_everything_as_it_was(noted: Mapper) -> None:
    before = record_of(noted)
    proposal = noted.stewards.propose_widening(COACH, "circle", "public", "exact")
    noted.stewards.decline(STEWARD, proposal)
    assert record_of(noted) == before
    with pytest.raises(NotHere):
        noted.stewards.agree(STEWARD, proposal)


def test_a_yes_to_a_more_precise_place_lets_the_next_edit_bring_it_once(mapper: Mapper) -> None:
    add(mapper, make_resource(place=HOME))
    open_house = make_resource(place=Place(lon=4.345, lat=50.845))
    with pytest.raises(Refused):
        mapper.edit(COACH, open_house)
    proposal = mapper.stewards.propose_widening(COACH, "circle", "public", "exact")
    rows = mapper._store.rows("SELECT * FROM widenings")  # type: ignore[attr-defined]
    assert "4.345" not in repr(rows), "a proposal holds no place"
    mapper.stewards.agree(STEWARD, proposal)
    mapper.edit(COACH, open_house)
    assert record_of(mapper).place.lon == 4.345
    mapper.edit(COACH, make_resource(place=HOME))
    with pytest.raises(Refused):
        mapper.edit(COACH, open_house)


def test_what_opens_nothing_needs_no_proposal(noted: Mapper) -> None:
    with pytest.raises(Problem, match="nothing wider"):
        noted.stewards.propose_widening(COACH, "circle", "hidden", "contact_only")
    with pytest.raises(Refused):
        noted.stewards.propose_widening(STEWARD, "circle", "public", "neighbourhood")


@pytest.mark.parametrize(
    "changes",
    [
        {"visibility": "public", "ground": "agreed"},
        {"ground": "own_publication"},
        {"thresholds": Thresholds(papers_asked="no", papers_public=True)},
        {"place": Place(precision="street", lon=4.345, lat=50.845)},
    ],
)
def test_no_edit_of_a_coach_opens_wider_what_the_group_did_not_open(noted: Mapper, changes: dict[str, Any]) -> None:
    before = record_of(noted)
    wider = msgspec.structs.replace(before, **changes)
    assert is_wider(before, wider)
    with pytest.raises(Refused):
        noted.edit(COACH, wider)
    report = noted.import_resources(TERMINAL_ADMIN, [Reading(line=1, resource=wider)])
    assert not is_wider(before, record_of(noted)), report


# Undo and adding


def test_an_undo_never_opens_wider(mapper: Mapper) -> None:
    add(mapper, make_resource())
    revision = mapper.edit(COACH, make_resource(visibility="professional"))
    for actor in (COACH, ADMIN):
        with pytest.raises(Refused):
            mapper.undo(actor, revision)
    mapper.undo(STEWARD, revision)
    assert mapper.show("circle", RESIDENT) is not None


def test_an_undo_keeps_the_place_of_a_record_that_gives_no_address(mapper: Mapper) -> None:
    add(mapper, make_resource(place=HOME))
    revision = mapper.edit(STEWARD, make_resource(place=HOME, summary=Text(nl="nieuw")))
    mapper.undo(STEWARD, revision)
    assert (record_of(mapper).summary, record_of(mapper).place) == (Text(), HOME)


@pytest.mark.parametrize("actor", [RESIDENT, WORKER, OTHER_STEWARD, FAR_COACH])
def test_nobody_undoes_what_they_may_not_edit(mapper: Mapper, actor: Actor) -> None:
    add(mapper, make_resource())
    revision = mapper.edit(COACH, make_resource(summary=Text(nl="nieuw")))
    with pytest.raises(Refused):
        mapper.undo(actor, revision)
    assert record_of(mapper).summary["nl"] == "nieuw"


def test_a_coach_adds_for_professionals_in_their_own_neighbourhood(mapper: Mapper) -> None:
    fresh = make_resource(id="fresh22222", visibility="professional", ground="coach_notes", place=HOME)
    with pytest.raises(Refused):
        mapper.add(FAR_COACH, fresh)
    with pytest.raises(Problem, match="as a source"):
        mapper.add(COACH, msgspec.structs.replace(fresh, ground="own_publication", visibility="public"))
    revision = mapper.add(COACH, fresh)
    assert mapper.show("fresh22222", RESIDENT) is None and mapper.show("fresh22222", WORKER) is not None
    with pytest.raises(Refused):
        mapper.undo(SECOND_COACH, revision)
    mapper.undo(COACH, revision)
    assert mapper.show("fresh22222", WORKER) is None


def test_what_published_itself_may_be_public_at_once(mapper: Mapper) -> None:
    source = Source(facts=("*",), title="Website", url="https://huis.example")
    mapper.add(COACH, make_resource(id="fresh22222", contacts=(Contact(type="phone", value="02"),), sources=(source,)))
    assert mapper.show("fresh22222", RESIDENT) is not None
