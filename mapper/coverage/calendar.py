"""When people meet in an area: by need and language, for a feed, a page and a poster."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from mapper.catalogue import languages_of, needs_of
from mapper.coverage.supply import THERE
from mapper.exchange.calendar import Recurring
from mapper.model import Meeting, Offer, Resource
from mapper.opening import next_meetings

#: So often can people meet in the days that are shown at once.
_MOST_IN_DAYS = 40


class Occasion(NamedTuple):
    """One time at which people meet."""

    at: dt.datetime
    gathering: Recurring


def gatherings(resources: Iterable[Resource], need: str = "", language: str = "") -> tuple[Recurring, ...]:
    """The meetings of what is there now, for one need and in one language where these are given.

    A meeting, else its offer, else the house says which language is spoken; who says nothing is left out of a
    calendar of one language: nobody should stand in a room without understanding.
    """
    return tuple(
        Recurring(resource, offer, meeting, number)
        for resource in resources
        if resource.status in THERE
        for offer in resource.offers
        if not need or need in (offer.needs or needs_of(resource))
        for number, meeting in enumerate(offer.meetings)
        if not language or language in _spoken(resource, offer, meeting)
    )


def _spoken(resource: Resource, offer: Offer, meeting: Meeting) -> tuple[str, ...]:
    if meeting.language:
        return (meeting.language.split("-")[0],)
    own = tuple(language.code.split("-")[0] for language in offer.languages)
    return own or languages_of(resource)


def occasions(gathered: Iterable[Recurring], now: dt.datetime, days: int = 7) -> tuple[Occasion, ...]:
    """Every time people meet from now on, for so many days, in order."""
    end = now + dt.timedelta(days=days)
    found = [
        Occasion(moment, one)
        for one in gathered
        for moment in next_meetings(one.meeting, now, _MOST_IN_DAYS)
        if moment < end
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.gathering.resource.id, one.gathering.offer.id)))


def without_a_time(gathered: Iterable[Recurring], now: dt.datetime) -> tuple[Recurring, ...]:
    """Meetings of which only words are known, such as "every two or three months"."""
    return tuple(one for one in gathered if not next_meetings(one.meeting, now) and not _is_over(one.meeting, now))


def _is_over(meeting: Meeting, now: dt.datetime) -> bool:
    return bool(meeting.rule and meeting.start_time and "UNTIL" in meeting.rule.upper())
