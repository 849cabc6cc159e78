"""What of a record is compared with another: its names, and whatever two records of one thing have in common."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from mapper.catalogue import no_looking_for_cycles
from mapper.curation.names import Name, NameReader, languages_of
from mapper.geography import Geography
from mapper.model import Address, Contact, Point, Resource
from mapper.spelling import sound
from mapper.text import fold

#: Hosts where everybody has a page: the host alone says nothing.
_EVERYBODYS = frozenset(
    "facebook.com instagram.com linktr.ee sites.google.com youtube.com x.com twitter.com wordpress.com wixsite.com "
    "eventbrite.be meetup.com linkedin.com tiktok.com bruxelles.be brussel.be brussels.be".split()
)
_NOT_A_PAGE = frozenset(("", "index", "index.html", "index.htm", "index.php", "home", "contact", "accueil",
                         "nl", "fr", "en", "nl-be", "fr-be", "be", "be-nl", "be-fr"))  # fmt: skip
_DIGITS = re.compile(r"[^0-9+]")
_MUNICIPALITY = re.compile(r"\d{5}")
_STREET_WORDS = frozenset(
    "rue r avenue av chaussee chee ch boulevard bd blvd bvd place pl square quai dreve impasse allee clos galerie "
    "parvis straat str laan steenweg stwg plein kaai lei gang weg de du des d la le les l van der den het t".split()
)
_STREET_END = re.compile(r"(?<=...)(?:se)?(?:straat|laan|steenweg|plein|kaai|dreef|weg|str)$")
_HOUSE = re.compile(r"\d+")


class Page(NamedTuple):
    """An address on the web: the host, and the page there; "" is the first page."""

    host: str
    path: str


class Marks(NamedTuple):
    """What of a record is compared."""

    id: str
    kind: str
    names: tuple[Name, ...]
    #: Languages in which it has a name.
    languages: frozenset[str]
    phones: frozenset[str]
    emails: frozenset[str]
    pages: frozenset[Page]
    enterprise: str
    point: Point | None
    #: House numbers with their postcode.
    doors: frozenset[tuple[str, str]]
    streets: frozenset[str]
    #: Where it is, coarsely: postcode and neighbourhood.
    areas: frozenset[str]


def read_marks(records: Sequence[Resource], reader: NameReader, geography: Geography) -> list[Marks]:
    """The marks of each record, in their order."""
    with no_looking_for_cycles():
        located = geography.areas_of_all([record.place for record in records])
        return [_marks(record, reader, areas) for record, areas in zip(records, located, strict=True)]


def _marks(record: Resource, reader: NameReader, located: tuple[str, ...]) -> Marks:
    texts = (record.name, *record.former_names, *record.other_names)
    named = [pair for text in texts for pair in reader.names_of(text)]
    address = record.place.address
    exact = record.place.precision == "exact" and record.place.lon is not None and record.place.lat is not None
    # A municipality is too large to tell one from another.
    areas = {area for area in located if not _MUNICIPALITY.fullmatch(area)}
    if record.place.neighbourhood:
        areas.add(record.place.neighbourhood)
    return Marks(
        id=record.id,
        kind=record.kind,
        names=tuple(dict.fromkeys(name for _language, name in named if name.whole)),
        languages=languages_of(texts) or frozenset().union(*(name.languages for _language, name in named)),
        phones=_values(record.contacts, "phone"),
        emails=_values(record.contacts, "email"),
        pages=frozenset(
            page for one in record.contacts if one.type in ("website", "social") and (page := page_of(one.value))
        ),
        enterprise=_enterprise(record.enterprise_number),
        point=Point(record.place.lon, record.place.lat) if exact else None,  # type: ignore[arg-type]
        doors=_doors(address) if address else frozenset(),
        streets=frozenset(map(street_core, address.street.values())) if address else frozenset(),
        areas=frozenset(areas),
    )


def _values(contacts: tuple[Contact, ...], sort: str) -> frozenset[str]:
    one_way = phone_digits if sort == "phone" else _email
    return frozenset(value for contact in contacts if contact.type == sort and (value := one_way(contact.value)))


def _email(value: str) -> str:
    return value.strip().lower().removeprefix("mailto:")


@lru_cache(maxsize=65_536)
def phone_digits(value: str) -> str:
    """A telephone number in one writing (E.164), whichever way somebody wrote it; "" when it is none.

    >>> phone_digits("0032 (0)2 264.55.42") == phone_digits("02/264 55 42") == "+3222645542"
    True
    """
    digits = _DIGITS.sub("", value)
    if digits.startswith("+32") and "+" not in digits[1:] and not digits.startswith("+320"):
        return digits
    import phonenumbers

    try:
        number = phonenumbers.parse(value, "BE")
    except phonenumbers.NumberParseException:
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def page_of(value: str) -> Page | None:
    """The page behind an address on the web, without what is only writing: www, the language, a slash at the end."""
    try:
        parts = urlsplit(value if "//" in value else f"//{value}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    steps = [step for step in parts.path.lower().split("/") if step not in _NOT_A_PAGE]
    asked = sorted(f"{key}={one}" for key, one in parse_qsl(parts.query) if key not in ("lang", "locale"))
    return Page(host, "/".join(steps + asked)) if "." in host else None


def is_own(page: Page) -> bool:
    """Whether a page is about its owner: any but the first page of a host where anybody can have one."""
    return page.path != "" or not (page.host in _EVERYBODYS or page.host.partition(".")[2] in _EVERYBODYS)


@lru_cache(maxsize=65_536)
def street_core(street: str) -> str:
    """What the two names of a street in Brussels mostly have in common, by its sound.

    >>> street_core("Rue Josaphat") == street_core("Josafatstraat")
    True
    """
    tokens = [token for token in fold(street).split() if token not in _STREET_WORDS]
    return sound(" ".join(_STREET_END.sub("", token) for token in tokens))


def _enterprise(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    return digits.zfill(10) if digits else ""


def _doors(address: Address) -> frozenset[tuple[str, str]]:
    # "27-29" is the door of 27 and that of 29.
    return frozenset((address.postcode, number) for number in _HOUSE.findall(address.house_number) if address.postcode)
