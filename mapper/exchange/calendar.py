"""Recurring meetings as a calendar file (RFC 5545, Europe/Brussels)."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from mapper import __version__
from mapper.model import Meeting, Offer, Resource
from mapper.opening import BRUSSELS, next_meeting
from mapper.text import Text

#: How often a program that follows a feed asks for it again.
_REFRESH = dt.timedelta(hours=12)


class Recurring(NamedTuple):
    """A meeting of an offer of a place; `number` is its place among the meetings of the offer."""

    resource: Resource
    offer: Offer
    meeting: Meeting
    number: int


def write_calendar(
    meetings: Iterable[Recurring],
    now: dt.datetime,
    plain: Callable[[Text], str],
    url_of: Callable[[Resource], str],
    name: str = "",
) -> bytes | None:
    """The meetings that still come as one calendar; None when there is none and nobody follows it.

    `plain` gives the words of a text for the reader, `url_of` the page of a place. With a `name` it is a feed that
    programs follow and ask for again.
    """
    from icalendar import Calendar, Timezone

    calendar = Calendar()
    calendar.add("prodid", f"-//mapper//{__version__}//")
    calendar.add("version", "2.0")
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    events = [event for one in meetings if (event := _event(one, now, plain, url_of)) is not None]
    for event in events:
        calendar.add_component(event)
    if not events:
        if not name:
            return None
        # Who follows a feed wants it to stay: a calendar needs one component at least (RFC 5545, 3.6).
        calendar.add_component(Timezone.from_tzid("Europe/Brussels"))
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def _event(one: Recurring, now: dt.datetime, plain: Callable[[Text], str], url_of: Callable[[Resource], str]) -> Any:
    from icalendar import Event
    from icalendar.prop import vRecur

    resource, offer, meeting = one.resource, one.offer, one.meeting
    start_of_series = dt.datetime.combine(meeting.starts_on, dt.time(), tzinfo=BRUSSELS) if meeting.starts_on else now
    # The first event must be one that the rule itself gives (RFC 5545, 3.8.5.3).
    start = next_meeting(meeting, start_of_series)
    if start is None or next_meeting(meeting, now) is None:
        return None
    event = Event()
    event.add("uid", f"{resource.id}-{offer.id}-{one.number}@mapper")
    event.add("dtstamp", now.astimezone(dt.UTC))
    event.add("dtstart", start)
    event.add("duration", dt.timedelta(minutes=meeting.duration_min or 60))
    event.add("rrule", vRecur.from_ical(meeting.rule.removeprefix("RRULE:")))
    event.add("summary", f"{plain(offer.name)} · {plain(resource.name)}")
    event.add("description", plain(offer.description) or plain(resource.summary))
    event.add("url", url_of(resource))
    address = resource.place.address
    if address is not None:
        event.add("location", " ".join(filter(None, (plain(address.street), address.house_number, address.postcode))))
    return event
