"""When a door is open and when people meet, seen from Brussels at a given moment."""

import datetime as dt
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr
from opening_hours import OpeningHours, State

from mapper.model import Meeting

BRUSSELS = ZoneInfo("Europe/Brussels")


def now_in_brussels() -> dt.datetime:
    """This moment, in Brussels' own time."""
    return dt.datetime.now(BRUSSELS)


@lru_cache(maxsize=4096)
def _hours(opening_hours: str) -> OpeningHours | None:
    try:
        return OpeningHours(opening_hours, country="BE", timezone=BRUSSELS)
    except Exception:  # the library raises its own several kinds; to us all mean "not readable"
        return None


def is_readable(opening_hours: str) -> bool:
    """Whether this is OSM opening_hours syntax."""
    return _hours(opening_hours) is not None


def is_open(opening_hours: str, now: dt.datetime) -> bool | None:
    """Whether a door is open now; None when that is not known."""
    hours = _hours(opening_hours) if opening_hours else None
    now = now.astimezone(BRUSSELS)
    if hours is None or hours.is_unknown(now):
        return None
    return bool(hours.is_open(now))


def next_change(opening_hours: str, now: dt.datetime) -> dt.datetime | None:
    """When the door next opens or closes, within a year; None when never or not known."""
    hours = _hours(opening_hours) if opening_hours else None
    now = now.astimezone(BRUSSELS)
    change = hours.next_change(now) if hours else None
    return change if change is not None and change - now < dt.timedelta(days=366) else None


class Day(NamedTuple):
    """One day with its opening times; none means closed."""

    date: dt.date
    times: tuple[tuple[dt.datetime, dt.datetime], ...]


def week(opening_hours: str, now: dt.datetime) -> tuple[Day, ...]:
    """Today and the six days after it, Belgian holidays counted in; () when the hours are not known."""
    hours = _hours(opening_hours) if opening_hours else None
    if hours is None:
        return ()
    midnight = now.astimezone(BRUSSELS).replace(hour=0, minute=0, second=0, microsecond=0)
    days = []
    for number in range(7):
        start, end = midnight + dt.timedelta(days=number), midnight + dt.timedelta(days=number + 1)
        spans = hours.intervals(start, end)
        days.append(Day(start.date(), tuple((begin, until) for begin, until, state, _ in spans if state == State.OPEN)))
    return tuple(days)


def rule_parts(rule: str) -> dict[str, str]:
    """An RFC 5545 rule as names and values: {"FREQ": "WEEKLY", "BYDAY": "TU"}."""
    pairs = (part.partition("=") for part in rule.upper().removeprefix("RRULE:").split(";"))
    return {name: value for name, separator, value in pairs if separator}


def next_meetings(meeting: Meeting, now: dt.datetime, most: int = 1) -> tuple[dt.datetime, ...]:
    """The next times people meet within a year, in Brussels' time; () where only words are known or it is over.

    Without a first date, a rule like "every Tuesday" still says when; "every second Tuesday" does not.
    """
    parts = rule_parts(meeting.rule)
    if parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY") or meeting.start_time is None:
        return ()
    if meeting.starts_on is None and (parts.get("INTERVAL", "1") != "1" or "COUNT" in parts):
        return ()
    # The rule runs on the wall clock, so that 14:00 stays 14:00 when summer time begins.
    since = now.astimezone(BRUSSELS).replace(tzinfo=None)
    start = dt.datetime.combine(meeting.starts_on or dt.date(since.year, 1, 1), meeting.start_time)
    try:
        rule = rrule_of(parts, start, until=since + dt.timedelta(days=366))
    except (ValueError, TypeError):
        return ()
    return tuple(moment.replace(tzinfo=BRUSSELS) for moment in islice(rule.xafter(since, inc=True), most))


def rrule_of(parts: dict[str, str], start: dt.datetime, until: dt.datetime) -> rrule:
    """The rule with an end: one that never comes true ("30 February") would be searched up to the year 9999."""
    kept = {name: value for name, value in parts.items() if name != "UNTIL"}
    rule = rrulestr(";".join(f"{name}={value}" for name, value in kept.items()), dtstart=start)
    if not isinstance(rule, rrule):
        raise ValueError("a set of rules is not one rule")
    if "UNTIL" in parts:
        # Only the date counts: whole days are how people end a series.
        until = min(until, dt.datetime.strptime(parts["UNTIL"][:8], "%Y%m%d") + dt.timedelta(days=1))
    return rule if "COUNT" in parts else rule.replace(until=until)


def next_meeting(meeting: Meeting, now: dt.datetime) -> dt.datetime | None:
    """The next time people meet, in Brussels' time; None where only words are known or it is over."""
    return next(iter(next_meetings(meeting, now)), None)
