"""What is most worth asking again, whom, and when they may be asked (study: een netwerk dat te zwaar belast wordt).

A list of calls for the coach, never a mark on a group: who is silent or old is phoned, not put behind others.
"""

import datetime as dt
import math
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, get_args

from mapper.model import Record, Resource, sources_of

#: spoke: an answer to what was asked; no_more_calls: they ask not to be called again.
Outcome = Literal["spoke", "no_answer", "call_later", "no_more_calls"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
#: Nothing is asked of what is gone.
_NOT_ASKED = ("closed", "merged")
#: A fact is asked about again when it is as likely wrong as right.
_DOUBTFUL = 0.5
#: A year with no date at all is taken for certain to have changed.
_NEVER_CHECKED = 1.0


class Heard(Protocol):
    """What is known of the use of places from calls and introductions: counts per place, never about a person."""

    def uses(self) -> Mapping[str, int]:
        """Record id -> how often it was called, introduced to or looked up lately."""

    def said_wrong(self) -> Mapping[str, int]:
        """Record id -> how many callers said that something is not right, since it was last checked."""


class ContactMade(Record, frozen=True):
    """One time that a group was asked something. Functions and facts only: no name of anybody."""

    id: int
    record_id: str
    on: dt.date
    #: Account id.
    by: str
    asked: tuple[str, ...]
    outcome: Outcome


class Fact(NamedTuple):
    """One fact of a record: when it was last checked, and how likely it is that it changed since (0 to 1)."""

    name: str
    checked_on: dt.date | None
    chance: float


class Call(NamedTuple):
    """One conversation to have: everything that is worth asking at once."""

    record: Resource
    #: How much a mistake here matters: use × age × how fast such facts change × what callers said.
    risk: float
    facts: tuple[Fact, ...]
    #: Facts that nobody knows yet.
    missing: tuple[str, ...]
    uses: int
    said_wrong: int
    last_asked: dt.date | None
    #: None when they asked not to be called any more.
    may_ask_from: dt.date | None
    may_ask: bool

    @property
    def doubtful(self) -> tuple[Fact, ...]:
        """The facts to ask about again, most doubtful first."""
        found = (fact for fact in self.facts if fact.chance >= _DOUBTFUL)
        return tuple(sorted(found, key=lambda fact: (-fact.chance, fact.name)))


@cache
def rules() -> dict[str, dict[str, int]]:
    """The numbers of freshness.toml."""
    return tomllib.loads((Path(__file__).parent / "freshness.toml").read_text(encoding="utf-8"))


FACTS: tuple[str, ...] = tuple(rules()["half_life_days"])
DEFAULT_MONTHS: int = rules()["contact"]["months_between"]


def facts_of(record: Resource, today: dt.date) -> tuple[Fact, ...]:
    """The facts a record has, each with its own date: that of its latest source, or of the whole record."""
    found = []
    for name, half_life in rules()["half_life_days"].items():
        if not _is_known(record, name):
            continue
        dates = [source.on for source in sources_of(record, name) if source.on]
        checked_on = max([*dates, *([record.checked_on] if record.checked_on else [])], default=None)
        found.append(Fact(name, checked_on, _chance(checked_on, today, half_life)))
    return tuple(found)


def missing_from(record: Resource) -> tuple[str, ...]:
    """The facts that nobody knows yet and a caller could ask."""
    return tuple(name for name in FACTS if name != "place" and not _is_known(record, name))


def _is_known(record: Resource, name: str) -> bool:
    if name == "place":
        return record.place.precision in ("exact", "street")
    value: Any = getattr(record, name)
    return bool(value != type(value)())


def _chance(checked_on: dt.date | None, today: dt.date, half_life_days: int) -> float:
    if checked_on is None:
        return _NEVER_CHECKED
    age_days = max(0, (today - checked_on).days)
    return float(1 - 0.5 ** (age_days / half_life_days))


def risk_of(facts: Iterable[Fact], uses: int, said_wrong: int) -> float:
    """How much it matters to ask again: the chance that something is wrong, by how many it would mislead."""
    all_right = math.prod(1 - fact.chance for fact in facts)
    return (1 - all_right) * (1 + math.log2(1 + uses)) * (1 + said_wrong)


def may_ask_from(contacts: Iterable[ContactMade], months: int, today: dt.date) -> dt.date | None:
    """The first day on which a group may be asked something again; None when it asked not to be called.

    One conversation counts; a call that nobody took only keeps the telephone quiet for a day.
    """
    if months == 0:
        return None
    waits = rules()["contact"]
    earliest = today
    for contact in contacts:
        if contact.outcome in ("spoke", "no_more_calls"):
            earliest = max(earliest, _months_after(contact.on, months))
        else:
            earliest = max(earliest, contact.on + dt.timedelta(days=waits[f"{contact.outcome}_days"]))
    return earliest


def _months_after(day: dt.date, months: int) -> dt.date:
    whole = day.month - 1 + months
    year, month = day.year + whole // 12, whole % 12 + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month, min(day.day, last))


def call_about(
    record: Resource, today: dt.date, contacts: Iterable[ContactMade], months: int, uses: int = 0, said_wrong: int = 0
) -> Call:
    """The conversation that could be had with one group."""
    made = list(contacts)
    facts = facts_of(record, today)
    earliest = may_ask_from(made, months, today)
    spoke = [contact.on for contact in made if contact.outcome == "spoke"]
    return Call(
        record=record,
        risk=risk_of(facts, uses, said_wrong),
        facts=facts,
        missing=missing_from(record),
        uses=uses,
        said_wrong=said_wrong,
        last_asked=max(spoke, default=None),
        may_ask_from=earliest,
        may_ask=earliest is not None and earliest <= today,
    )


def is_asked(record: Resource) -> bool:
    """Whether a record belongs on a list of calls: not when it is gone, or asked to be left out.

    A group to which no service may send people is phoned by its coach all the same, unless it asked for no more calls:
    that wish is about people who are sent (R13), and a silent group is phoned, never marked down (R11).
    """
    return record.status not in _NOT_ASKED and record.visibility != "hidden"


def call_list(calls: Iterable[Call]) -> list[Call]:
    """Those that may be asked now and have something to be asked, the most worth it first."""
    asked = (call for call in calls if call.may_ask and (call.doubtful or call.said_wrong))
    return sorted(asked, key=lambda call: (-call.risk, call.record.id))
