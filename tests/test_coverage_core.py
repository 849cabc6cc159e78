"""Who may see what of a neighbourhood, where somebody looked, counts of nobody, and two dates side by side."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from mapper.access import RESIDENT, TERMINAL_ADMIN, Actor
from mapper.core import Mapper
from mapper.core.authority import Refused
from mapper.coverage import ALL_NEEDS
from mapper.model import Problem, Support
from tests.conftest import NOON, add, make_resource

WORKER = Actor(role="worker", id="worker", team="team")
COACH = Actor(role="coach", id="coach", areas=("1",))
STEWARD = Actor(role="steward", id="steward", records=("circle",))
TODAY = NOON.date()


def ask(mapper: Mapper, verb: str, actor: Actor) -> Any:
    return getattr(mapper.coverage, verb)(actor, "1")


@pytest.mark.parametrize(
    ("verb", "allowed"),
    [
        ("patchwork", (RESIDENT, STEWARD, WORKER, COACH, TERMINAL_ADMIN)),
        ("gatherings", (RESIDENT, STEWARD, WORKER, COACH, TERMINAL_ADMIN)),
        ("gaps", (WORKER, COACH, TERMINAL_ADMIN)),
        ("network", (COACH, TERMINAL_ADMIN)),
        ("introductions", (COACH, TERMINAL_ADMIN)),
    ],
)
def test_everybody_sees_the_patchwork_professionals_gaps_and_its_coach_the_links(
    mapper: Mapper, verb: str, allowed: tuple[Actor, ...]
) -> None:
    for actor in (RESIDENT, STEWARD, WORKER, COACH, TERMINAL_ADMIN):
        if actor in allowed:
            ask(mapper, verb, actor)
        else:
            with pytest.raises(Refused):
                ask(mapper, verb, actor)


def test_a_coach_sees_links_of_her_own_quarter_only(mapper: Mapper) -> None:
    for verb in ("network", "introductions"):
        with pytest.raises(Refused):
            getattr(mapper.coverage, verb)(COACH, "2")
    with pytest.raises(Refused):
        mapper.coverage.looked(COACH, "2", ALL_NEEDS, TODAY)
    assert mapper.coverage.introductions(COACH) == ()


def test_what_is_not_public_is_in_no_public_patchwork_and_what_is_hidden_in_none(mapper: Mapper) -> None:
    add(mapper, make_resource(), make_resource(id="prof", visibility="professional"),
        make_resource(id="hidden", visibility="hidden"))  # fmt: skip

    def seen(actor: Actor) -> list[str]:
        return [entry.resource.id for entry in mapper.coverage.patchwork(actor, "1").entries]

    assert seen(RESIDENT) == ["circle"] and seen(WORKER) == ["circle", "prof"] == seen(TERMINAL_ADMIN)


def test_looking_is_remembered_and_turns_not_looked_into_nothing_found(mapper: Mapper) -> None:
    def state() -> str:
        return mapper.coverage.gaps(WORKER, "1", ("food",)).cell("1", "food").state

    assert state() == "not_looked"
    mapper.coverage.looked(COACH, "1", "food", TODAY)
    mapper.coverage.looked(COACH, "1", "food", TODAY)
    assert state() == "nothing_found"
    assert mapper.coverage.gaps(WORKER, "1", ("company",)).cell("1", "company").state == "not_looked"
    last = list(mapper._store.audit())[-1]
    assert (last.by, last.verb, last.about) == ("coach", "looked", "1")


@pytest.mark.parametrize(
    ("actor", "area", "need", "on"),
    [
        (WORKER, "1", ALL_NEEDS, TODAY),
        (TERMINAL_ADMIN, "999", ALL_NEEDS, TODAY),
        (TERMINAL_ADMIN, "1030", ALL_NEEDS, TODAY),
        (TERMINAL_ADMIN, "1", "happiness", TODAY),
        (TERMINAL_ADMIN, "1", ALL_NEEDS, TODAY + dt.timedelta(days=1)),
    ],
)
def test_what_cannot_be_is_not_remembered(mapper: Mapper, actor: Actor, area: str, need: str, on: dt.date) -> None:
    with pytest.raises(Problem):
        mapper.coverage.looked(actor, area, need, on)
    assert mapper.coverage.efforts(TERMINAL_ADMIN) == {}


def test_a_reported_gap_is_a_count_and_nothing_else(mapper: Mapper, tmp_path: Path) -> None:
    add(mapper, make_resource(needs=("food",)))
    lines = len(list(mapper._store.audit()))
    for _time in range(12):
        mapper.coverage.count_gap(RESIDENT, "1", "food")
    mapper.coverage.count_gap(RESIDENT, "1", "my own story")
    mapper.coverage.count_gap(RESIDENT, "somewhere", "food", "informal")
    assert mapper._store.rows("SELECT * FROM unanswered") == [("2026-11", "1", "food", "", 12)]
    assert len(list(mapper._store.audit())) == lines, "a line would tell to the second when somebody was here"
    cell = mapper.coverage.gaps(WORKER, "1", ("food",)).cell("1", "food")
    assert (cell.state, cell.reported) == ("thin", 10)


def test_an_area_that_is_none_is_told(mapper: Mapper) -> None:
    with pytest.raises(Problem, match="There is no neighbourhood “Atlantis”"):
        mapper.coverage.patchwork(RESIDENT, "Atlantis")


def backdate(mapper: Mapper, at: str) -> None:
    """Everything written until now, as if written then."""
    with mapper._store.transaction("test") as transaction:
        transaction.execute("UPDATE changes SET at = ?", (at,))


def test_two_dates_compare_what_was_known(mapper: Mapper) -> None:
    add(mapper, make_resource(id="stays", needs=("food",)), make_resource(id="closes", needs=("company",)),
        make_resource(id="hides"))  # fmt: skip
    backdate(mapper, "2026-01-01T00:00:00.000+00:00")
    closed = make_resource(id="closes", needs=("company",), status="closed")
    add(mapper, closed, make_resource(id="new", needs=("work",)), make_resource(id="hides", visibility="hidden"))
    found = mapper.coverage.compare(WORKER, "1", dt.date(2026, 6, 1))
    assert (found.added, found.gone) == (("new",), ("closes",)), "what is hidden now is not told of then"
    assert found.changed() == [("company", "served", "not_looked"), ("work", "not_looked", "served")]
    with pytest.raises(Problem):
        mapper.coverage.compare(WORKER, "1", TODAY + dt.timedelta(days=1))
    with pytest.raises(Refused):
        mapper.coverage.compare(RESIDENT, "1", TODAY)


def test_all_introductions_of_a_coach_are_of_her_quarters(mapper: Mapper) -> None:
    from mapper.model import Place

    def asks(id_: str, lon: float) -> Any:
        place = Place(precision="exact", lon=lon, lat=50.845)
        return make_resource(id=id_, place=place, support_needed=(Support(type="room"),))

    gives = make_resource(id="gives", support_offered=(Support(type="room"),))
    add(mapper, asks("own", 4.345), asks("other", 4.355), gives)
    assert [one.asks.id for one in mapper.coverage.introductions(COACH)] == ["own"]
    assert sorted(one.asks.id for one in mapper.coverage.introductions(TERMINAL_ADMIN)) == ["other", "own"]
