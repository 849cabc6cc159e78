"""Days, hours and recurring meetings in words of the reader's language."""

import datetime as dt

from babel.dates import format_date, format_time, get_day_names
from flask_babel import get_locale, gettext

from mapper.model import Meeting, Resource
from mapper.opening import next_meeting, rule_parts

_DAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}


def rhythm(meeting: Meeting) -> str:
    """How often: "every Tuesday", "the last Sunday of the month"; "" for a rule that has no short words."""
    parts = rule_parts(meeting.rule)
    days = [day.strip() for day in parts.get("BYDAY", "").split(",") if day.strip()]
    if set(parts) - {"FREQ", "BYDAY", "INTERVAL", "WKST", "UNTIL"} or any(day[-2:] not in _DAYS for day in days):
        return ""
    names = get_day_names("wide", locale=get_locale())
    words = ", ".join(names[_DAYS[day[-2:]]] for day in days)
    position = days[0][:-2].lstrip("+") if len(days) == 1 else ""
    match parts.get("FREQ"), parts.get("INTERVAL", "1"):
        case "DAILY", "1" if not days:
            return gettext("every day")
        case "WEEKLY", "1" if days:
            return gettext("every %(days)s", days=words)
        case "WEEKLY", "2" if days:
            return gettext("every two weeks on %(days)s", days=words)
        case "MONTHLY", interval if position:
            return _monthly(position, words, interval)
    return ""


def _monthly(position: str, day: str, interval: str) -> str:
    ordinals = {
        "1": gettext("the first %(day)s of the month", day=day),
        "2": gettext("the second %(day)s of the month", day=day),
        "3": gettext("the third %(day)s of the month", day=day),
        "4": gettext("the fourth %(day)s of the month", day=day),
        "-1": gettext("the last %(day)s of the month", day=day),
    }
    words = ordinals.get(position, "")
    if words and interval != "1":
        return gettext("every %(number)s months, %(day)s", number=interval, day=words) if interval.isdigit() else ""
    return words


def next_meeting_of(resource: Resource, now: dt.datetime) -> dt.datetime | None:
    """The first moment people meet there again, over all offers."""
    meetings = (meeting for offer in resource.offers for meeting in offer.meetings)
    return min((moment for meeting in meetings if (moment := next_meeting(meeting, now))), default=None)


def clock(moment: dt.datetime | dt.time) -> str:
    """A time of day: 14:00."""
    return str(format_time(moment, "HH:mm", locale=get_locale()))


def day_in_words(moment: dt.date | dt.datetime, now: dt.datetime) -> str:
    """today, tomorrow, a day of this week by its name, else the date."""
    date = moment.date() if isinstance(moment, dt.datetime) else moment
    ahead = (date - now.date()).days
    if ahead == 0:
        return gettext("today")
    if ahead == 1:
        return gettext("tomorrow")
    return str(format_date(date, "EEEE" if 0 < ahead < 7 else "EEEE d MMMM", locale=get_locale()))


def day_name(date: dt.date) -> str:
    """A day of the week, short: Tue."""
    return str(format_date(date, "EEE", locale=get_locale()))


def weekday(date: dt.date) -> str:
    """A day of the week with its date, short: Tue 24 Nov."""
    return str(format_date(date, "EEE d MMM", locale=get_locale()))


def whole_day(date: dt.date) -> str:
    """A day of the week with its date in full: Tuesday 24 November."""
    return str(format_date(date, "EEEE d MMMM", locale=get_locale()))


def date_in_words(date: dt.date) -> str:
    """A whole date: 3 May 2026."""
    return str(format_date(date, "d MMMM y", locale=get_locale()))
