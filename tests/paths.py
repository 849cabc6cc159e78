"""Cases walked along by chance, beside a model of them written out plainly; shared by a test and by `make prove`.

The model knows nothing of the code: who may, what follows what, which doors are closed, which consents hold.
"""

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mapper.access import TERMINAL_ADMIN, Actor
from mapper.core import Mapper
from mapper.model import Avoid, Problem, Profile, Resource
from mapper.store.audit import first_broken
from tests.conftest import NOON, TOY_CITY, make_resource

TEAMS = ("t1", "t2")
WORKERS = {team: Actor(role="worker", id=f"w-{team}", team=team) for team in TEAMS}
SERVICES = ("service1", "service2")
PLACES = ("circle1", "circle2", "circle3", *SERVICES)
FOLLOWS = {
    "proposed": {"contacted", "not_now", "not_suitable"},
    "contacted": {"welcomed", "stays_open", "not_now", "not_suitable"},
    "stays_open": {"contacted", "welcomed", "not_now", "not_suitable"},
    "not_now": {"contacted", "not_suitable"},
    "welcomed": {"going_well", "stays_open", "ended"},
    "going_well": {"stays_open", "ended"},
    "not_suitable": set(),
    "ended": set(),
}
STATES = (*FOLLOWS, "nonsense")
OPENED = {"welcomed", "going_well", "ended"}


@dataclass
class ModelIntroduction:
    place: str
    states: list[str]


@dataclass
class ModelReferral:
    place: str
    token: str
    until: dt.date
    is_revoked: bool = False
    is_answered: bool = False


@dataclass
class ModelCase:
    team: str
    code: str
    until: dt.date
    avoids: set[str]
    introductions: dict[str, ModelIntroduction] = field(default_factory=dict)
    referrals: dict[str, ModelReferral] = field(default_factory=dict)


@dataclass
class Walked:
    """How far a walk came, and what did not hold on the way."""

    seed: int
    introductions: int = 0
    referrals: int = 0
    steps: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list)


class Walk:
    """One walk over one instance."""

    def __init__(self, mapper: Mapper, clock: list[dt.datetime], seed: int) -> None:
        self.mapper, self.clock, self.chance = mapper, clock, random.Random(seed)
        self.cases: dict[str, ModelCase] = {}
        self.closed: set[str] = set()
        self.opened: Counter[str] = Counter()
        self.contacted: Counter[tuple[str, str]] = Counter()
        self.walked = Walked(seed)

    @property
    def today(self) -> dt.date:
        return self.clock[0].date()

    def step(self) -> None:
        """One thing that somebody does."""
        self.walked.steps += 1
        doing = (self.save, self.introduce, self.introduce, self.move, self.move, self.move, self.refer, self.refer,
                 self.answer, self.revoke, self.avoid, self.door, self.renew, self.erase, self.wait)  # fmt: skip
        self.chance.choices(doing, (6, 12, 12, 12, 12, 12, 10, 10, 6, 3, 1, 1, 2, 3, 2))[0]()

    def attempt(self, allowed: bool, what: str, act: Callable[[], object]) -> object:
        """Does it, and holds the outcome against what the model says."""
        try:
            done = act()
        except Problem as problem:
            self.walked.refused += 1
            if allowed:
                self.walked.failures.append(f"{what}: refused, though it may be: {problem}")
            return None
        if not allowed:
            self.walked.failures.append(f"{what}: done, though it may not be")
            return None
        return done

    def pick(self) -> tuple[str, ModelCase, Actor, bool]:
        """A case, and somebody who mostly belongs to its team."""
        case_id = self.chance.choice(list(self.cases))
        case = self.cases[case_id]
        team = case.team if self.chance.random() < 0.95 else self.chance.choice(TEAMS)
        return case_id, case, WORKERS[team], team == case.team

    def save(self) -> None:
        team, how = (
            self.chance.choice(TEAMS),
            self.chance.choice(("spoken", "signed", "interpreter", *("spoken",) * 5, "", "assumed")),
        )
        avoids = set(self.chance.sample(PLACES, self.chance.choice((0, 0, 1, 2))))
        days, yearly = self.chance.choice((0, 5, 90, 91, 200, 365, 366)), self.chance.random() < 0.3
        allowed = how in ("spoken", "signed", "interpreter") and days <= (365 if yearly else 90)
        until = self.today + dt.timedelta(days=days) if days else None
        profile = Profile(needs=("company",), neighbourhood="1", avoid=Avoid(resources=tuple(sorted(avoids))))
        done = self.attempt(
            allowed, "save",
            lambda: self.mapper.cases.open(WORKERS[team], profile, "waarom", how, "nl", until=until, yearly=yearly),
        )  # fmt: skip
        if isinstance(done, tuple):
            last = until or self.today + dt.timedelta(days=365 if yearly else 90)
            self.cases[done[0]] = ModelCase(team, done[1], last, avoids)

    def lets_in(self, case: ModelCase, place: str) -> bool:
        return place not in self.closed and place not in case.avoids

    def open_doors(self, case: ModelCase) -> tuple[str, ...]:
        taken = {one.place for one in case.introductions.values() if FOLLOWS[one.states[-1]]}
        return tuple(place for place in PLACES if self.lets_in(case, place) and place not in taken) or PLACES

    def introduce(self) -> None:
        if not self.cases:
            return
        case_id, case, actor, own = self.pick()
        # Mostly a door that can be knocked at, or closed and avoided ones would be most of all.
        place = self.chance.choice(self.open_doors(case) if self.chance.random() < 0.6 else PLACES)
        open_already = any(one.place == place and FOLLOWS[one.states[-1]] for one in case.introductions.values())
        allowed = own and self.lets_in(case, place) and not open_already
        done = self.attempt(allowed, "introduce", lambda: self.mapper.cases.introduce(actor, case_id, place))
        if done is not None:
            case.introductions[done.id] = ModelIntroduction(place, ["proposed"])  # type: ignore[attr-defined]
            self.walked.introductions += 1

    def move(self) -> None:
        some = [case_id for case_id, case in self.cases.items() if case.introductions]
        if not some:
            return
        case_id = self.chance.choice(some)
        case = self.cases[case_id]
        one_id = self.chance.choice(list(case.introductions))
        one, state = case.introductions[one_id], self.chance.choice(STATES)
        if FOLLOWS[one.states[-1]] and self.chance.random() < 0.6:
            state = self.chance.choice(sorted(FOLLOWS[one.states[-1]]))
        allowed = state in FOLLOWS[one.states[-1]] and (state != "contacted" or self.lets_in(case, one.place))
        done = self.attempt(allowed, f"move to {state}",
                            lambda: self.mapper.cases.move(WORKERS[case.team], case_id, one_id, state))  # fmt: skip
        if done is not None:
            one.states.append(state)
            if state == "contacted":
                self.count(one.place)

    def count(self, place: str) -> None:
        year, week, _day = self.today.isocalendar()
        self.contacted[place, f"{year}-W{week:02}"] += 1

    def refer(self) -> None:
        if not self.cases:
            return
        case_id, case, actor, own = self.pick()
        place = self.chance.choice((*PLACES, *SERVICES, *SERVICES))
        how = self.chance.choice(("spoken", "signed", "interpreter", *("spoken",) * 5, ""))
        purpose, words = self.chance.choice(("hulp",) * 9 + ("",)), self.chance.choice(("een brief",) * 9 + ("",))
        wanted, days = self.chance.random() < 0.9, self.chance.choice((7, 14, *(30,) * 8, 31, 0))
        allowed = (own and place in SERVICES and self.lets_in(case, place) and how != "" and purpose != ""
                   and words != "" and wanted and 1 <= days <= 30)  # fmt: skip
        done = self.attempt(allowed, "refer", lambda: self.mapper.referrals.refer(
            actor, case_id, place, purpose, [("Nood", words)], how, days=days, wanted_by_service=wanted,
        ))  # fmt: skip
        if isinstance(done, tuple):
            until = min(self.today + dt.timedelta(days=days), case.until)
            case.referrals[done[0].id] = ModelReferral(place, done[1], until)
            self.count(place)
            self.walked.referrals += 1

    def some_referral(self) -> tuple[str, str, ModelReferral] | None:
        every = [
            (case_id, one_id, one) for case_id, case in self.cases.items() for one_id, one in case.referrals.items()
        ]
        return self.chance.choice(every) if every else None

    def answer(self) -> None:
        found = self.some_referral()
        if found is None:
            return
        _case_id, one_id, one = found
        is_open = not one.is_revoked and self.today <= one.until
        self.attempt(is_open, "follow", lambda: self.mapper.referrals.follow(one.token))
        allowed = is_open and not one.is_answered
        if self.chance.random() < 0.5:
            done = self.attempt(allowed, "answer by link",
                                lambda: self.mapper.referrals.answer_by_link(one.token, "can_help"))  # fmt: skip
        else:
            speaks_for = self.chance.choice(SERVICES)
            steward = Actor(role="steward", id="s", records=(speaks_for,))
            done = self.attempt(allowed and speaks_for == one.place, "answer",
                                lambda: self.mapper.referrals.answer(steward, one_id, "cannot_now"))  # fmt: skip
        one.is_answered |= done is not None

    def revoke(self) -> None:
        found = self.some_referral()
        if found is not None:
            case_id, one_id, one = found
            worker = WORKERS[self.cases[case_id].team]
            self.attempt(True, "revoke", lambda: self.mapper.referrals.revoke(worker, case_id, one_id))
            one.is_revoked = True
            # The very next request.
            self.attempt(False, "follow what was taken back", lambda: self.mapper.referrals.follow(one.token))

    def avoid(self) -> None:
        if self.cases:
            case_id, case, actor, own = self.pick()
            place = self.chance.choice(PLACES)
            if self.attempt(own, "avoid", lambda: self.mapper.cases.avoid(actor, case_id, place)):
                case.avoids.add(place)

    def door(self) -> None:
        """A place closes, or opens again."""
        place = self.chance.choice(PLACES)
        # Mostly they open again: a city of closed doors proves little.
        self.closed = set() if self.closed and self.chance.random() < 0.6 else self.closed ^ {place}
        for one in PLACES:
            self.mapper.put(TERMINAL_ADMIN, make_place(one, is_closed=one in self.closed))

    def renew(self) -> None:
        if self.cases:
            case_id, case, actor, own = self.pick()
            if self.attempt(own, "renew", lambda: self.mapper.cases.renew(actor, case_id, "spoken")):
                case.until = self.today + dt.timedelta(days=90)

    def erase(self) -> None:
        if self.cases:
            case_id, case, actor, own = self.pick()
            code = case.code if self.chance.random() < 0.7 else "een ander woord"
            before = len(self.cases)
            self.attempt(own and code == case.code, "erase", lambda: self.mapper.cases.erase(actor, case_id, code))
            if own and code == case.code:
                self.forget(case_id)
                assert len(self.cases) == before - 1

    def wait(self) -> None:
        self.clock[0] += dt.timedelta(days=self.chance.choice((1, 3, 10)))
        self.mapper.cases.tend()
        for case_id in [case_id for case_id, case in self.cases.items() if case.until < self.today]:
            self.forget(case_id)

    def forget(self, case_id: str) -> None:
        """Gone from the model; what stays is how many doors opened."""
        for one in self.cases.pop(case_id).introductions.values():
            self.opened["opened" if OPENED.intersection(one.states) else "not_opened"] += 1

    def compare(self) -> None:
        """The whole instance beside the whole model."""
        fail = self.walked.failures.append
        there = {line.id for team in TEAMS for line in self.mapper.cases.cases(WORKERS[team])}
        if there != set(self.cases):
            fail(f"cases there {sorted(there)}, in the model {sorted(self.cases)}")
        for case_id, case in self.cases.items():
            kept = self.mapper.cases.case(WORKERS[case.team], case_id).case
            states = {one.id: [step.state for step in one.steps] for one in kept.introductions}
            if states != {one_id: one.states for one_id, one in case.introductions.items()}:
                fail(f"introductions of {case_id} differ")
            for referral in self.mapper.referrals.of_case(WORKERS[case.team], case_id):
                model = case.referrals.get(referral.id)
                if model is None:
                    fail(f"referral {referral.id} should not be there")
                elif bool(referral.answer) != model.is_answered or bool(referral.revoked_on) != model.is_revoked:
                    fail(f"referral {referral.id} differs")
        counted: Counter[str] = Counter()
        for _month, table, _row, column, count in self.mapper.cases._store.numbers():
            if table == "people":
                counted[column] += count
        if counted != self.opened:
            fail(f"counts {dict(counted)}, replayed {dict(self.opened)}")
        rows = self.mapper._store.rows("SELECT place, week, count FROM introductions_by_week")
        for place, week, count in rows:
            if self.contacted[place, week] != count:
                fail(f"{place} in {week}: counted {count}, replayed {self.contacted[place, week]}")
        if first_broken(self.mapper._store.audit()) is not None:
            fail("the audit chain is broken")


def make_place(place: str, *, is_closed: bool = False) -> Resource:
    service = place in SERVICES
    return make_resource(
        id=place, kind="general_welfare_centre" if service else "self_organisation", needs=("company",),
        slices=("professional",) if service else ("informal",), status="closed" if is_closed else "reported",
    )  # fmt: skip


def walk(folder: Path, until: int, seed: int, say: Callable[[int, int], None] = lambda _done, _of: None) -> Walked:
    """Walks until so many introductions and referrals were made, and compares everything now and then."""
    clock = [NOON]
    with Mapper.open(folder / "walk", create=True, clock=lambda: clock[0]) as mapper:
        mapper.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        mapper.keys.make(TERMINAL_ADMIN)
        for place in PLACES:
            mapper.put(TERMINAL_ADMIN, make_place(place))
        one = Walk(mapper, clock, seed)
        while (done := one.walked.introductions + one.walked.referrals) < until and not one.walked.failures:
            one.step()
            if one.walked.steps % 1000 == 0:
                one.compare()
                say(done, until)
        one.compare()
        return one.walked
