"""Cases: kept with consent, read by their team alone, and gone when they are erased: from copies and backups too."""

import datetime as dt
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mapper.access import TERMINAL_ADMIN, Actor
from mapper.core import Mapper
from mapper.core.authority import Refused
from mapper.core.cases import Cases
from mapper.model import Avoid, Circles, CircleTies, Limits, Point, Problem, Profile, Reason
from mapper.referrals import LONGEST_WORDS
from mapper.store.keys import KeyProblem
from tests.conftest import NOON, TOY_CITY, add, make_resource

CANARY = "zwaluwkanarie"
TODAY = NOON.date()
WORKER = Actor(role="worker", id="w1", team="t1")
COLLEAGUE = Actor(role="worker", id="w2", team="t1")
STRANGER = Actor(role="worker", id="w3", team="t2")
STEWARD = Actor(role="steward", id="s1", records=("service",))


class Clock:
    """Noon on a Wednesday, until somebody waits."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += dt.timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mapper(tmp_path: Path, clock: Clock) -> Iterator[Mapper]:
    with Mapper.open(tmp_path / "instance", create=True, clock=clock) as opened:
        opened.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        opened.keys.make(TERMINAL_ADMIN)
        add(
            opened,
            make_resource(slices=("informal",), volunteer_run="yes"),
            make_resource(id="service", kind="general_welfare_centre", slices=("professional",), needs=("debts",)),
            make_resource(id="closed", status="closed"),
            make_resource(id="alone", approach="not_through_services"),
            make_resource(id="hidden", visibility="hidden"),
        )
        yield opened


PROFILE = Profile(
    needs=("being_heard",), languages=("pt",), neighbourhood="1", strong_sides=(f"{CANARY} kookt",),
    communities=("brazil",), near=Point(4.3451, 50.8451), not_own_community=True,
    limits=Limits(papers_not_asked=True, free=True), avoid=Avoid(resources=("alone",), communities=("morocco",)),
)  # fmt: skip


def make_case(
    mapper: Mapper, actor: Actor = WORKER, profile: Profile | None = PROFILE, **fields: Any
) -> tuple[str, str]:
    return mapper.cases.open(actor, profile, f"{CANARY} waarom", "spoken", "pt", **fields)


def refer(mapper: Mapper, case_id: str, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "recipient": "service", "purpose": f"{CANARY} doel", "shared": [("Nood", f"{CANARY} gedeeld")],
        "given_how": "spoken", "days": 14, "wanted_by_service": True,
    }  # fmt: skip
    return mapper.referrals.refer(WORKER, case_id, **(given | changes))


def fill(mapper: Mapper) -> tuple[str, str]:
    """A case with a canary in everything that can be written."""
    case_id, code = make_case(mapper)
    mapper.cases.note(WORKER, case_id, f"{CANARY} nota")
    one = mapper.cases.introduce(WORKER, case_id, "circle")
    mapper.cases.move(WORKER, case_id, one.id, "contacted")
    mapper.cases.move(WORKER, case_id, one.id, "welcomed", f"{CANARY} in eigen woorden", "yes")
    _referral, token = refer(mapper, case_id)
    mapper.referrals.answer_by_link(token, "call_first", f"{CANARY} antwoord")
    mapper.cases.break_glass(STRANGER, code, f"{CANARY} reden")
    return case_id, code


def verbs(mapper: Mapper) -> list[str]:
    return [line.verb for line in mapper._store.audit()]


# What is kept


def test_communities_papers_and_the_place_are_left_out(mapper: Mapper) -> None:
    case_id, _code = make_case(mapper)
    kept = mapper.cases.case(WORKER, case_id).case.profile
    assert kept is not None
    assert (kept.communities, kept.near, kept.not_own_community) == ((), None, False)
    assert kept.limits == Limits(free=True)
    assert kept.avoid == Avoid(resources=("alone",))
    assert (kept.needs, kept.languages, kept.neighbourhood) == (("being_heard",), ("pt",), "1")


def test_a_point_becomes_its_neighbourhood(mapper: Mapper) -> None:
    case_id, _code = make_case(mapper, profile=Profile(needs=("company",), near=Point(4.355, 50.855)))
    kept = mapper.cases.case(WORKER, case_id).case.profile
    assert kept is not None and kept.neighbourhood == "4" and kept.near is None


def test_nothing_is_kept_without_a_reason_and_a_yes(mapper: Mapper) -> None:
    for why, how in (("", "spoken"), ("  \0 ", "spoken"), ("Samen gaan", ""), ("Samen gaan", "assumed")):
        with pytest.raises(Problem):
            mapper.cases.open(WORKER, PROFILE, why, how, "pt")
    for until in (TODAY, TODAY + dt.timedelta(days=91)):
        with pytest.raises(Problem):
            make_case(mapper, until=until)
    with pytest.raises(Problem):
        make_case(mapper, until=TODAY + dt.timedelta(days=366), yearly=True)
    assert mapper.cases.cases(WORKER) == []


def test_a_code_is_three_easy_words_of_the_interface(mapper: Mapper) -> None:
    codes = {make_case(mapper, interface=language)[1] for language in ("nl", "fr", "en", "ar", "xx") for _ in range(3)}
    assert len(codes) == 15
    assert all(len(code.split()) == 3 for code in codes)
    assert {line.code for line in mapper.cases.cases(WORKER)} == codes


# Who reads it


def test_a_case_is_its_teams_alone(mapper: Mapper) -> None:
    case_id, code = make_case(mapper)
    assert mapper.cases.case(COLLEAGUE, case_id).case.code == code
    nobody = (STRANGER, STEWARD, TERMINAL_ADMIN, Actor(), Actor(role="coach", id="c"), Actor(role="worker", id="w4"))
    for actor in nobody:
        for act in (
            lambda one: mapper.cases.case(one, case_id),
            lambda one: mapper.cases.held(one, case_id),
            lambda one: mapper.cases.note(one, case_id, "x"),
            lambda one: mapper.cases.introduce(one, case_id, "circle"),
            lambda one: mapper.cases.renew(one, case_id, "spoken"),
            lambda one: mapper.cases.avoid(one, case_id, "circle"),
            lambda one: mapper.cases.erase(one, case_id, code),
            lambda one: mapper.cases.see_broken_glass(one, case_id),
            lambda one: mapper.referrals.of_case(one, case_id),
        ):
            with pytest.raises(Refused) as here:
                act(actor)
            with pytest.raises(Refused) as never:
                mapper.cases.case(actor, "never22222")
            assert (
                (here.value.is_secret, str(here.value))
                == (never.value.is_secret, str(never.value))
                == (True, str(here.value))
            )
    assert mapper.cases.cases(STRANGER) == []
    for actor in nobody[1:]:
        with pytest.raises(Refused):
            mapper.cases.cases(actor)


def test_reading_is_noted_and_says_no_content(mapper: Mapper) -> None:
    case_id, _code = fill(mapper)
    mapper.cases.case(COLLEAGUE, case_id)
    mapper.cases.held(COLLEAGUE, case_id)
    lines = list(mapper._store.audit())
    assert [(line.by, line.verb, line.about) for line in lines[-2:]] == [
        ("w2", "read_case", case_id), ("w2", "print_case", case_id),
    ]  # fmt: skip
    assert mapper._store.problems() == []
    said = " ".join(f"{line.verb} {line.about}" for line in lines)
    said = said.partition("save_case")[2]
    assert [word for word in (CANARY, "service", "circle", "being_heard") if word in said] == []


def test_breaking_the_glass_needs_a_reason_and_the_team_sees_it(mapper: Mapper) -> None:
    case_id, code = make_case(mapper)
    for reason in ("", "   ", "kort"):
        with pytest.raises(Problem):
            mapper.cases.break_glass(STRANGER, code, reason)
    with pytest.raises(Problem, match="no case"):
        mapper.cases.break_glass(STRANGER, "geen enkele code", "collega is ziek, de persoon is hier")
    assert verbs(mapper)[-1] == "break_glass", "a wrong code is noted too"
    kept = mapper.cases.break_glass(STRANGER, code.upper().replace(" ", "-"), "collega is ziek, de persoon is hier")
    assert kept.case.why == f"{CANARY} waarom"
    (line,) = mapper.cases.cases(WORKER)
    assert line.broken_glass == 1
    (glass,) = mapper.cases.case(WORKER, case_id).case.glass
    assert (glass.by, glass.reason) == ("w3", "collega is ziek, de persoon is hier")
    mapper.cases.see_broken_glass(WORKER, case_id)
    assert mapper.cases.cases(WORKER)[0].broken_glass == 0
    with pytest.raises(Refused):
        mapper.cases.case(STRANGER, case_id)  # once is once
    with pytest.raises(Refused):
        mapper.cases.break_glass(STEWARD, code, "ik wil het graag weten")


# Introductions


def test_an_introduction_follows_its_steps_and_not_coming_is_no_end(mapper: Mapper) -> None:
    case_id, _code = make_case(mapper)
    one = mapper.cases.introduce(WORKER, case_id, "circle")
    assert (one.need, one.slice) == ("being_heard", "informal")
    with pytest.raises(Problem):
        mapper.cases.move(WORKER, case_id, one.id, "going_well")
    for state in ("contacted", "stays_open", "contacted", "welcomed", "stays_open", "welcomed", "going_well", "ended"):
        one = mapper.cases.move(WORKER, case_id, one.id, state)
    assert one.has_opened
    with pytest.raises(Problem):
        mapper.cases.move(WORKER, case_id, one.id, "contacted")
    again = mapper.cases.introduce(WORKER, case_id, "circle")
    with pytest.raises(Problem, match="already"):
        mapper.cases.introduce(WORKER, case_id, "circle")
    assert again.id != one.id


@pytest.mark.parametrize("place", ["closed", "alone", "hidden", "never22222"])
def test_nobody_is_introduced_behind_a_closed_or_avoided_door(mapper: Mapper, place: str) -> None:
    case_id, _code = make_case(mapper)
    with pytest.raises(Problem):
        mapper.cases.introduce(WORKER, case_id, place)
    with pytest.raises(Problem):
        refer(mapper, case_id, recipient=place)
    assert mapper.cases.case(WORKER, case_id).case.introductions == ()


def test_a_door_that_closes_meanwhile_is_not_knocked_at(mapper: Mapper) -> None:
    case_id, _code = make_case(mapper)
    one = mapper.cases.introduce(WORKER, case_id, "circle")
    mapper.put(TERMINAL_ADMIN, make_resource(status="paused"))
    with pytest.raises(Problem, match="closed"):
        mapper.cases.move(WORKER, case_id, one.id, "contacted")
    mapper.put(TERMINAL_ADMIN, make_resource())
    mapper.cases.avoid(WORKER, case_id, "circle")
    with pytest.raises(Problem, match="respected"):
        mapper.cases.move(WORKER, case_id, one.id, "contacted")
    assert mapper.cases.recent_introductions() == {}


def test_introductions_are_counted_for_a_place_and_a_week_and_forgotten(mapper: Mapper, clock: Clock) -> None:
    for _person in range(3):
        case_id, _code = make_case(mapper)
        one = mapper.cases.introduce(WORKER, case_id, "circle")
        mapper.cases.move(WORKER, case_id, one.id, "contacted")
    assert mapper.cases.recent_introductions() == {"circle": 3}
    rows = mapper._store.rows("SELECT * FROM introductions_by_week")
    assert rows == [("circle", "2026-W47", 3)]
    clock.wait(weeks=5)
    assert mapper.cases.recent_introductions() == {}
    clock.wait(weeks=10)
    mapper.cases.erase_expired()
    assert mapper._store.rows("SELECT * FROM introductions_by_week") == []


def test_a_group_that_was_asked_much_lately_comes_after_an_equal_one_that_was_not(mapper: Mapper) -> None:
    add(mapper, make_resource(id="circle2", slices=("informal",), volunteer_run="yes"))
    profile = Profile(needs=("being_heard",), neighbourhood="1")

    def weight(actor: Actor, place: str) -> float:
        return sum(reason.weight for reason in mapper.why_not(actor, profile, place) if isinstance(reason, Reason))

    assert weight(WORKER, "circle") == weight(WORKER, "circle2")
    for _person in range(6):
        case_id, _code = make_case(mapper)
        one = mapper.cases.introduce(WORKER, case_id, "circle")
        mapper.cases.move(WORKER, case_id, one.id, "contacted")
    assert weight(WORKER, "circle") < weight(WORKER, "circle2")
    assert weight(Actor(), "circle") == weight(Actor(), "circle2"), "the public learns nothing of it"


# Referrals in writing


def test_nothing_is_sent_without_a_full_yes_of_both(mapper: Mapper) -> None:
    case_id, _code = make_case(mapper)
    for changes in (
        {"given_how": ""}, {"given_how": "assumed"}, {"purpose": " "}, {"shared": []}, {"shared": [("Nood", "")]},
        {"days": 0}, {"days": 31}, {"wanted_by_service": False}, {"recipient": "circle"},
    ):  # fmt: skip
        with pytest.raises(Problem):
            refer(mapper, case_id, **changes)
    assert mapper.referrals.of_case(WORKER, case_id) == []
    with pytest.raises(Refused):
        mapper.referrals.refer(
            STRANGER, case_id, "service", "x", [("a", "b")], "spoken", days=5, wanted_by_service=True
        )


def test_a_link_shows_what_was_agreed_until_it_is_taken_back(mapper: Mapper) -> None:
    case_id, _code = make_case(mapper)
    referral, token = refer(mapper, case_id)
    assert mapper.referrals.follow(token).consent.shared == (("Nood", f"{CANARY} gedeeld"),)
    assert mapper.referrals.inbox(STEWARD) == [referral]
    assert mapper.referrals.inbox(Actor(role="steward", id="s2", records=("circle",))) == []
    mapper.referrals.revoke(WORKER, case_id, referral.id)
    for act in (
        lambda: mapper.referrals.follow(token),
        lambda: mapper.referrals.answer_by_link(token, "can_help"),
        lambda: mapper.referrals.referral(STEWARD, referral.id),
        lambda: mapper.referrals.answer(STEWARD, referral.id, "can_help"),
        lambda: mapper.referrals.follow("never"),
    ):
        with pytest.raises(Refused) as gone:
            act()
        assert gone.value.is_secret
    assert mapper.referrals.inbox(STEWARD) == []
    (kept,) = mapper.referrals.of_case(WORKER, case_id)
    assert (kept.consent.shared, kept.revoked_on) == ((), TODAY)


def test_a_link_ends_by_itself_and_no_later_than_the_case(mapper: Mapper, clock: Clock) -> None:
    case_id, _code = make_case(mapper, until=TODAY + dt.timedelta(days=5))
    referral, token = refer(mapper, case_id, days=30)
    assert referral.consent.expires_on == TODAY + dt.timedelta(days=5)
    other, _code = make_case(mapper)
    _referral, short = refer(mapper, other, days=2)
    clock.wait(days=2)
    mapper.referrals.follow(short)
    clock.wait(days=1)
    with pytest.raises(Refused):
        mapper.referrals.follow(short)
    assert mapper.referrals.of_case(WORKER, other)[0].consent.shared != ()
    mapper.cases.erase_expired()
    assert mapper.referrals.of_case(WORKER, other)[0].consent.shared == (), "what was shared goes with the link"
    mapper.referrals.follow(token)


def test_a_service_answers_once_in_its_own_account_or_by_its_link(mapper: Mapper) -> None:
    case_id, _code = make_case(mapper)
    referral, token = refer(mapper, case_id)
    with pytest.raises(Problem):
        mapper.referrals.answer(STEWARD, referral.id, "perhaps")
    mapper.referrals.answer(STEWARD, referral.id, "can_help", "Dinsdag om tien uur")
    with pytest.raises(Problem, match="already"):
        mapper.referrals.answer_by_link(token, "cannot_now")
    (kept,) = mapper.referrals.of_case(WORKER, case_id)
    assert kept.answer is not None and (kept.answer.state, kept.answer.words) == ("can_help", "Dinsdag om tien uur")
    for stranger in (Actor(role="steward", id="s2", records=("circle",)), Actor(role="steward", id="s3")):
        with pytest.raises(Refused):
            mapper.referrals.referral(stranger, referral.id)


# Erasing


def everything_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_copied_database_and_key_store_tell_nothing(mapper: Mapper) -> None:
    _case_id, code = fill(mapper)
    disk = everything_on_disk(mapper.home)
    assert len(disk) > 100_000
    for word in (CANARY, code, code.split()[0] + " ", '"being_heard"],"languages":["pt"', "gedeeld"):
        assert word.encode() not in disk, word
    # The control: what is no secret is found.
    assert b"Kring" in disk


def backup(mapper: Mapper, to: Path) -> None:
    to.mkdir()
    with sqlite3.connect(to / "mapper.sqlite") as copy:
        mapper._store._connection.backup(copy)
    copy.close()


def test_neither_todays_nor_yesterdays_backup_opens_what_was_erased(mapper: Mapper, tmp_path: Path) -> None:
    case_id, code = fill(mapper)
    other, _code = make_case(mapper)
    yesterday = tmp_path / "yesterday"
    backup(mapper, yesterday)
    wrapped = mapper.keys.store._connection().execute("SELECT wrapped FROM keys WHERE id = ?", (case_id,)).fetchone()[0]
    assert wrapped in everything_on_disk(mapper.home / "keys"), "the control: a living key is on the disk"
    mapper.cases.erase(WORKER, case_id, code)
    today = tmp_path / "today"
    backup(mapper, today)
    assert wrapped not in everything_on_disk(mapper.home / "keys")
    with pytest.raises(Refused):
        mapper.cases.case(WORKER, case_id)
    for folder in (yesterday, today):
        (folder / "admin.key").write_bytes((mapper.home / "admin.key").read_bytes())
        (folder / "case.key").write_bytes((mapper.home / "case.key").read_bytes())
        (folder / "case.key").chmod(0o600)
        (folder / "keys").mkdir()
        for file in (mapper.home / "keys").iterdir():
            (folder / "keys" / file.name).write_bytes(file.read_bytes())
        with Mapper.open(folder, clock=lambda: NOON) as restored:
            # The control: the case that lives is read from the same backup with the same keys.
            assert restored.cases.case(WORKER, other).case.why == f"{CANARY} waarom"
            assert [line.id for line in restored.cases.cases(WORKER)] == [other]
            with pytest.raises(Refused):
                restored.cases.case(WORKER, case_id)
            with pytest.raises(Problem):
                restored.cases.break_glass(STRANGER, code, "zien wat er nog te lezen is")
            assert list(restored._store.rows("SELECT 1 FROM cases WHERE id = ?", case_id)) == [(1,)] * (
                folder == yesterday
            )
        assert CANARY.encode() not in everything_on_disk(folder)


def test_erasing_asks_for_the_code_and_leaves_only_counts(mapper: Mapper, clock: Clock) -> None:
    case_id, code = fill(mapper)
    with pytest.raises(Problem, match="not the code"):
        mapper.cases.erase(WORKER, case_id, "een ander woord")
    mapper.cases.case(WORKER, case_id)
    mapper.cases.erase(WORKER, case_id, code)
    assert (
        mapper._store.rows("SELECT count(*) FROM cases")
        == mapper._store.rows("SELECT count(*) FROM referrals")
        == [(0,)]
    )
    assert mapper._store.rows('SELECT "table", "row", "column", count FROM numbers ORDER BY 1') == [
        ("need", "being_heard", "opened", 1), ("neighbourhood", "1", "opened", 1), ("people", "not_told", "opened", 1),
        ("slice", "informal", "opened", 1), ("time", "week", "opened", 1), ("welcome", "yes", "opened", 1),
    ]  # fmt: skip
    clock.wait(days=40)
    cells, _through = mapper.cases.numbers(WORKER)
    assert cells and all(cell.count is None for cell in cells), "one person is shown to nobody"


def test_a_case_ends_by_itself_unless_the_person_says_yes_again(mapper: Mapper, clock: Clock) -> None:
    case_id, _code = make_case(mapper)
    yearly, _code = make_case(mapper, yearly=True)
    short, _code = make_case(mapper, until=TODAY + dt.timedelta(days=10))
    clock.wait(days=10)
    assert mapper.cases.erase_expired().ended == 0, "the last day is still a day"
    clock.wait(days=1)
    assert mapper.cases.erase_expired().ended == 1
    with pytest.raises(Refused):
        mapper.cases.case(WORKER, short)
    clock.wait(days=69)
    (line, other) = mapper.cases.cases(WORKER)
    assert (line.id, mapper.cases.is_due(line), mapper.cases.is_due(other)) == (case_id, True, False)
    mapper.cases.renew(WORKER, case_id, "interpreter")
    clock.wait(days=90)
    assert mapper.cases.erase_expired().ended == 0
    clock.wait(days=1)
    mapper.cases.tend()
    assert [line.id for line in mapper.cases.cases(WORKER)] == [yearly]
    clock.wait(days=366 - 171)
    mapper.cases.tend()
    assert mapper.cases.cases(WORKER) == []
    with pytest.raises(Problem):
        mapper.cases.open(WORKER, PROFILE, "waarom", "spoken", "pt", until=clock.now.date() - dt.timedelta(days=1))


def test_erasing_cut_short_is_finished_the_next_time(mapper: Mapper, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id, code = fill(mapper)
    monkeypatch.setattr(Cases, "_finish_erasing", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        mapper.cases.erase(WORKER, case_id, code)
    monkeypatch.undo()
    with pytest.raises(Refused):
        mapper.cases.case(WORKER, case_id)
    counted = mapper._store.rows("SELECT sum(count) FROM numbers")
    assert mapper.cases.erase_expired().finished == 1
    assert mapper._store.rows("SELECT count(*) FROM cases") == [(0,)]
    assert mapper._store.rows("SELECT sum(count) FROM numbers") == counted, "counted once"
    assert mapper.keys.store.key(case_id) is None


# The key file


def test_a_key_file_that_others_can_read_is_refused(mapper: Mapper) -> None:
    case_id, _code = make_case(mapper)
    for mode in (0o640, 0o604, 0o660):
        mapper.keys.file.path.chmod(mode)
        with pytest.raises(KeyProblem, match="chmod 600"):
            mapper.cases.case(WORKER, case_id)
        with pytest.raises(KeyProblem):
            make_case(mapper)
    mapper.keys.file.path.chmod(0o400)
    mapper.cases.case(WORKER, case_id)


def test_a_lost_or_another_key_file_is_told_in_one_sentence_and_erasing_goes_on(mapper: Mapper, clock: Clock) -> None:
    case_id, code = make_case(mapper)
    mapper.keys.file.path.rename(mapper.home / "elsewhere")
    with pytest.raises(KeyProblem, match="There is no key file"):
        mapper.cases.case(WORKER, case_id)
    mapper.keys.make(TERMINAL_ADMIN)
    with pytest.raises(KeyProblem, match="another one"):
        mapper.cases.erase(WORKER, case_id, code)
    mapper.keys.file.path.write_text("no key at all")
    with pytest.raises(KeyProblem, match="no key file of mapper"):
        mapper.cases.cases(WORKER)
    clock.wait(days=91)
    assert mapper.cases.erase_expired().ended == 1, "what may not be kept goes, key file or not"
    assert mapper._store.rows("SELECT count(*) FROM cases") == [(0,)]


def test_a_new_key_file_opens_the_same_cases_and_the_old_one_nothing(mapper: Mapper) -> None:
    case_id, _code = make_case(mapper)
    old = mapper.keys.file.path.read_bytes()
    with pytest.raises(Problem, match="already"):
        mapper.keys.make(TERMINAL_ADMIN)
    with pytest.raises(Refused):
        mapper.keys.rotate(WORKER)
    assert mapper.keys.rotate(TERMINAL_ADMIN) == 1
    assert mapper.keys.file.path.read_bytes() != old
    assert mapper.keys.file.path.stat().st_mode & 0o777 == 0o600
    mapper.cases.case(WORKER, case_id)
    mapper.keys.file.path.write_bytes(old)
    with pytest.raises(KeyProblem):
        mapper.cases.case(WORKER, case_id)


def test_a_plug_pulled_while_keys_are_wrapped_anew_loses_nothing(
    mapper: Mapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, _code = make_case(mapper)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        mapper.keys.rotate(TERMINAL_ADMIN)
    monkeypatch.undo()
    mapper.cases.case(WORKER, case_id)
    assert not mapper.keys.file.next_path.exists()


def test_a_key_without_a_case_is_swept_after_a_day(mapper: Mapper, clock: Clock) -> None:
    mapper.keys.store.make("cutshort22")
    clock.wait(days=-1)
    mapper.cases.erase_expired()
    assert mapper.keys.store.key("cutshort22") is not None, "its case may be on its way"
    # Keys are dated by the machine's own clock.
    clock.now = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    mapper.cases.erase_expired()
    assert mapper.keys.store.key("cutshort22") is None


# Hostile words


def test_hostile_notes_are_tidied_or_refused(mapper: Mapper) -> None:
    case_id, _code = make_case(mapper)
    with pytest.raises(Problem, match="longer"):
        mapper.cases.note(WORKER, case_id, "x" * 10_000_000)
    mapper.cases.note(WORKER, case_id, "a\0b\u202ec\x1b[31md\u2066e\r\nf e\u0301 سلام")
    assert mapper.cases.case(WORKER, case_id).case.notes[-1].words == "abc[31mde\nf \u00e9 سلام"
    mapper.cases.note(WORKER, case_id, "é" * LONGEST_WORDS)
    with pytest.raises(Problem):
        mapper.cases.note(WORKER, case_id, "\u202e\0 ")


def test_names_of_places_here_are_nobodys_name(mapper: Mapper) -> None:
    assert mapper.cases.identifying(WORKER, "Ging naar de Kring in de Eikenwijk, sprak Portugees") == ()
    found = mapper.cases.identifying(WORKER, "Belt met Fatima op 0470 12 34 56", "woont Gallaitstraat 76")
    assert {one.sort for one in found} == {"name", "phone", "address"}


# Counts


def test_numbers_are_of_closed_months_coarse_and_show_who_got_through(mapper: Mapper, clock: Clock) -> None:
    nobody = CircleTies(size=0)
    few = Circles(household=nobody, family=nobody, friends=nobody, neighbours=nobody)
    for number in range(23):
        case_id, code = make_case(mapper, profile=Profile(needs=("being_heard",), neighbourhood="1", circles=few))
        one = mapper.cases.introduce(WORKER, case_id, "circle")
        if number < 12:
            for state in ("contacted", "welcomed"):
                mapper.cases.move(WORKER, case_id, one.id, state, "", "yes" if number < 3 else "")
        mapper.cases.erase(WORKER, case_id, code)
    assert mapper.cases.numbers(WORKER)[0] == [], "this month is not closed"
    clock.wait(days=20)
    cells, through = mapper.cases.numbers(Actor(role="coach", id="c"))
    shown = {(cell.table, cell.row, cell.column): cell.count for cell in cells}
    assert shown["people", "few", "opened"] == shown["people", "few", "not_opened"] == 10
    assert shown["need", "being_heard", "opened"] == 10
    assert shown["welcome", "yes", "opened"] is None
    assert {one.people: one.opened_of_100 for one in through} == {"few": 50, "more": None, "not_told": None}
    with pytest.raises(Refused):
        mapper.cases.numbers(Actor())
