"""What a card and a detail page say about a place, worked out once so that the templates stay plain."""

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from flask_babel import gettext, ngettext

from mapper import opening
from mapper.catalogue import Catalogue, is_free, languages_of, needs_of
from mapper.model import Contact, Point, Resource, sources_of
from mapper.taxonomy import Taxonomy
from mapper.text import N_, Text
from mapper.web.when import clock, date_in_words, day_in_words, next_meeting_of
from mapper.wording import FACT_LABELS

#: A calm pace, in metres a minute.
WALKING_PACE = 80
_TOO_FAR_TO_WALK_MIN = 60

APPROACHES = {
    "walk_in": N_("Walk in, you are welcome"),
    "phone_first": N_("Phone first"),
    "not_through_services": N_("Go yourself, not through a service"),
}
TIES = {
    "bonding": (N_("among ourselves"), N_("People with something in common, who know what it is like.")),
    "bridging": (N_("opens doors"), N_("You meet people and places outside your own circle.")),
}
#: Whose word it is that something is right: a role, never a name.
VOICES = {
    "professional": N_("A professional phoned"),
    "group": N_("The group itself said so"),
}


@dataclass(frozen=True)
class Card:
    """One place for one reader at one moment."""

    resource: Resource
    contact: Contact | None
    languages: tuple[str, ...]
    free: str
    walking_min: int | None
    area: Text
    open_now: str
    is_open: bool | None
    next_meeting: str
    trust: str
    is_checked: bool


class Cards:
    """Makes cards for one reader: the language is that of the request, the moment is given."""

    def __init__(self, catalogue: Catalogue, taxonomy: Taxonomy, now: dt.datetime, near: Point | None = None) -> None:
        self.catalogue, self.taxonomy, self.now, self.near = catalogue, taxonomy, now, near

    def card(self, resource: Resource, distance_m: float | None = None) -> Card:
        """Everything a card says about a place."""
        is_open, open_words = self._open(resource)
        return Card(
            resource=resource,
            contact=first_contact(resource),
            languages=languages_of(resource),
            free=is_free(resource),
            walking_min=walking_minutes(distance_m),
            area=self.area(resource),
            open_now=open_words,
            is_open=is_open,
            next_meeting=self._meeting(resource),
            trust=trust(resource, self.now),
            is_checked=resource.checked_on is not None,
        )

    def _open(self, resource: Resource) -> tuple[bool | None, str]:
        if resource.status in ("historical", "closed", "paused"):
            return None, ""
        is_open = opening.is_open(resource.opening_hours, self.now)
        if is_open is None:
            return None, ""
        changes = opening.next_change(resource.opening_hours, self.now)
        if changes is None or changes - self.now > dt.timedelta(days=7):
            return is_open, gettext("open now") if is_open else gettext("closed now")
        if is_open:
            if changes.date() == self.now.date():
                return True, gettext("open now, until %(time)s", time=clock(changes))
            return True, gettext("open now")
        return False, gettext(
            "closed now, opens %(day)s at %(time)s", day=day_in_words(changes, self.now), time=clock(changes)
        )

    def _meeting(self, resource: Resource) -> str:
        if resource.status in ("historical", "closed", "paused"):
            return ""
        moment = next_meeting_of(resource, self.now)
        return f"{day_in_words(moment, self.now)} {clock(moment)}" if moment else ""

    def area(self, resource: Resource) -> Text:
        """The neighbourhood, else the municipality, in which it is; empty when it is not told."""
        geography = self.catalogue.geography
        found = geography.area_of(resource.place)
        if found.neighbourhood and found.neighbourhood in geography.neighbourhoods:
            return geography.neighbourhoods[found.neighbourhood].name
        if found.municipality and found.municipality in geography.municipalities:
            return geography.municipalities[found.municipality].name
        return Text()

    def needs(self, resource: Resource) -> list[str]:
        """The needs it answers, as ids the taxonomy knows."""
        return [need for need in needs_of(resource) if need in self.taxonomy.needs]


def first_contact(resource: Resource) -> Contact | None:
    """How to reach them best: by phone, else by mail, else their own page."""
    order = {"phone": 0, "email": 1, "website": 2, "social": 3}
    return min(resource.contacts, key=lambda contact: order[contact.type], default=None)


def can_be_phoned(resource: Resource) -> bool:
    """Whether anybody knows a number to call."""
    return any(contact.type == "phone" for contact in resource.contacts)


def approach_words(resource: Resource) -> str:
    """How they like to be approached; "" where nothing is known. Nobody is told to phone a number that is not there."""
    if resource.approach != "phone_first" or can_be_phoned(resource):
        return gettext(APPROACHES[resource.approach])
    return gettext("Contact them first") if resource.contacts else ""


def address_of(contact: Contact) -> str:
    """Where a link to this contact leads; "" when it is no address that is safe to follow."""
    value = contact.value.strip()
    if contact.type == "phone":
        digits = re.sub(r"[^\d+]", "", value)
        return f"tel:{digits}" if digits else ""
    if contact.type == "email":
        return f"mailto:{quote(value, safe='@.+-_')}" if "@" in value else ""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return value if parts.scheme in ("http", "https") and parts.netloc else ""


def walking_minutes(distance_m: float | None) -> int | None:
    """About how long the walk takes; None when that is not known or too far to walk."""
    if distance_m is None:
        return None
    minutes = max(1, round(distance_m / WALKING_PACE))
    return minutes if minutes <= _TOO_FAR_TO_WALK_MIN else None


def trust(resource: Resource, now: dt.datetime) -> str:
    """How fresh what we know is: checked on a day, else the year it was last known.

    That is the year in which somebody last told of the thing itself: a newer source for its street says nothing of it.
    """
    if resource.checked_on is not None:
        voices = {source.by for source in resource.sources if source.on == resource.checked_on}
        date = date_in_words(resource.checked_on)
        if "group" in voices:
            return gettext("checked on %(date)s, by the group itself", date=date)
        if "professional" in voices:
            return gettext("checked on %(date)s, by a professional", date=date)
        return gettext("checked on %(date)s", date=date)
    sources = sources_of(resource, "name") or resource.sources
    years = [source.on.year for source in sources if source.on is not None]
    if years and resource.approach == "walk_in" and max(years) >= now.year - 1:
        return gettext("last known %(year)s", year=max(years))
    if can_be_phoned(resource):
        if years:
            return gettext("last known %(year)s, phone first", year=max(years))
        return gettext("not checked yet, phone first")
    return (
        gettext("last known %(year)s, ask first", year=max(years)) if years else gettext("not checked yet, ask first")
    )


def not_verified(resource: Resource) -> list[str]:
    """The facts of a record that no source stands behind."""
    return [fact for fact in FACT_LABELS if getattr(resource, fact) and not sources_of(resource, fact)]


def how_many(total: int) -> str:
    """The heading of a list."""
    return ngettext("%(num)d place", "%(num)d places", total)
