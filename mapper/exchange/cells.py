"""Single values as people and registers write them: points, telephone numbers, addresses on the web, dates.

The same rules for every format. What cannot be used raises `Problem`.
"""

import datetime as dt
import math
import re
from urllib.parse import urlsplit

from mapper.model import Contact, Point, Problem
from mapper.text import N_

#: Belgium with a margin: only to tell swapped coordinates, never to refuse a place.
_BELGIUM_LON = (2.0, 7.0)
_BELGIUM_LAT = (49.0, 52.0)

_EMAIL = re.compile(r"[^@\s,;<>\"()\\]+@[^@\s,;<>\"()\\]+\.[^@\s,;<>\"()\\.]{2,}")


def point(lon: object, lat: object) -> Point:
    """A point from two numbers or two cells (a decimal comma is understood); raises `Problem` that tells why not."""
    if lon in (None, "") or lat in (None, ""):
        raise Problem(N_("A coordinate is missing: give both longitude and latitude, such as 4.35 and 50.85."))
    try:
        east, north = (float(str(value).strip().replace(",", ".")) for value in (lon, lat))
    except ValueError:
        raise Problem(
            N_("The coordinates {lon} and {lat} are not numbers: give degrees such as 4.35 and 50.85."),
            lon=_short(lon),
            lat=_short(lat),
        ) from None
    if not (math.isfinite(east) and math.isfinite(north)):
        raise Problem(
            N_("A coordinate is not a finite number: give degrees such as 4.35 and 50.85, or leave both empty.")
        )
    if east == north == 0:
        raise Problem(N_("The coordinates are 0, 0, which is in the sea: leave both empty when they are not known."))
    if not (-180 <= east <= 180 and -90 <= north <= 90):
        raise Problem(
            N_("The coordinates {lon}, {lat} are not degrees: convert them to WGS84 (EPSG:4326)."), lon=east, lat=north
        )
    if _BELGIUM_LAT[0] <= east <= _BELGIUM_LAT[1] and _BELGIUM_LON[0] <= north <= _BELGIUM_LON[1]:
        raise Problem(
            N_("Longitude {lon} and latitude {lat} are the wrong way round: exchange the two."), lon=east, lat=north
        )
    return Point(east, north)


def phone(value: str) -> str:
    """A telephone number in international writing, or a short number such as 107 as it is dialled in Belgium.

    >>> phone("02/264.55.42"), phone("107")
    ('+32 2 264 55 42', '107')
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(value, "BE")
    except phonenumbers.NumberParseException:
        raise _left_out(value) from None
    if phonenumbers.is_valid_short_number_for_region(number, "BE"):
        return str(number.national_number)
    if not phonenumbers.is_valid_number(number):
        raise _left_out(value)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def website(value: str) -> str:
    """A web address, http or https only: anything else could run when it is pressed."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and not parts.username
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s<>\"`\\]", value):
        raise _left_out(value)
    return value


def email(value: str) -> str:
    """An e-mail address that can be one."""
    address = value.removeprefix("mailto:")
    if not _EMAIL.fullmatch(address):
        raise _left_out(value)
    return address


def opening_hours(value: str) -> str:
    """Opening hours in OpenStreetMap's own syntax."""
    import opening_hours as osm_hours

    if not osm_hours.validate(value):
        raise Problem(
            N_("The opening hours “{value}” cannot be understood and are left out: write them as “Mo-Fr 09:00-17:00”."),
            value=_short(value),
        )
    return value


def date(value: str) -> dt.date:
    """A date as 2026-11-23 or 23/11/2026."""
    try:
        if match := re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", value):
            return dt.date(int(match[3]), int(match[2]), int(match[1]))
        return dt.date.fromisoformat(value)
    except ValueError:
        raise Problem(N_("{value} is not a date: write it as 2026-11-23."), value=_short(value)) from None


def contacts(phones: str, emails: str, websites: str) -> tuple[tuple[Contact, ...], tuple[Problem, ...]]:
    """Contacts from cells with several values parted by ";", each once, and what had to be left out."""
    found: dict[tuple[str, str], Contact] = {}
    notes: list[Problem] = []
    for kind, cell, parse in (("phone", phones, phone), ("email", emails, email), ("website", websites, website)):
        for value in split(cell):
            try:
                usable = parse(value)
                found.setdefault((kind, usable), Contact(type=kind, value=usable))  # type: ignore[arg-type]
            except Problem as problem:
                notes.append(problem)
    return tuple(found.values()), tuple(notes)


def split(cell: str) -> tuple[str, ...]:
    """The values in a cell, parted by ";"."""
    return tuple(part for part in (part.strip() for part in cell.split(";")) if part)


def _left_out(value: str) -> Problem:
    return Problem(N_("“{value}” cannot be used as a contact and is left out."), value=_short(value))


def _short(value: object) -> str:
    words = str(value)
    return words if len(words) <= 60 else words[:59] + "…"
