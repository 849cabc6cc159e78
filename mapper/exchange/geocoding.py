"""From an address to a point, asked of a service that the operator chose. A person confirms every answer.

Two services: UrbIS, the region's own register, and Nominatim on OpenStreetMap. Without a choice nothing is asked and no
address leaves this machine. Answers are kept in memory only: a file of addresses would outlive the wish of a group that
later gives no address any more.
"""

import ipaddress
import json
import os
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from mapper import __version__
from mapper.model import Address, Point, Problem, Record
from mapper.text import N_, Text

URBIS_URL = "https://geoservices.irisnet.be/localization/Rest/Localize/getaddresses"
NOMINATIM_URL = "https://nominatim.openstreetmap.org/search"
#: Nominatim's usage policy allows one question a second; UrbIS is treated as politely.
PAUSE_S = 1.0
_TIMEOUT_S = (5, 10)
_MOST_REDIRECTS = 3
_MOST_BYTES = 1_000_000
_MOST_KEPT = 2_000
#: Brussels with a margin: an answer outside it is the service's nearest guess, not this address.
_BOX = (4.2, 50.75, 4.5, 50.93)
#: UrbIS grades each part of an answer; "1" is "found". Its score alone says nothing: it always answers something.
_FOUND = "1"

Precision = Literal["exact", "street"]


class Located(Record, frozen=True):
    """Where an address would be, and how sure that is (0 to 1). Precision `street`: the house number is not known."""

    point: Point
    address: Address
    precision: Precision
    confidence: float
    service: str


Parse = Callable[[Any, Address], list[Located]]


class Geocoder:
    """Asks one service. Safe to use from several threads; they wait for each other, politely."""

    def __init__(self, service: str, url: str = "", contact: str = "") -> None:
        """`url`: another address of the same service, such as an own Nominatim. Raises `Problem` for no service."""
        if service not in SERVICES:
            raise Problem(
                N_("There is no geocoding service “{service}”. Set MAPPER_GEOCODER to one of: {known}."),
                service=service,
                known=", ".join(SERVICES),
            )
        self.service = service
        official, self._question, self._parse = SERVICES[service]
        self._url = url or official
        # What an operator names may be on the own network; what a service redirects to may not.
        self._named = urlsplit(self._url).hostname or ""
        self._headers = {"User-Agent": f"mapper/{__version__} ({contact or 'community resource map of Brussels'})"}
        self._kept: OrderedDict[str, tuple[Located, ...]] = OrderedDict()
        self._lock = threading.Lock()
        self._asked_at = 0.0

    def locate(self, address: Address) -> tuple[Located, ...]:
        """Points for an address, surest first, none outside Brussels; () when the service knows none.

        Raises `Problem` when the service cannot be reached or answers nonsense.
        """
        words = in_one_line(address)
        if not words or not address.street:
            return ()
        with self._lock:
            if words in self._kept:
                self._kept.move_to_end(words)
                return self._kept[words]
            try:
                found = [one for question in self._question(words) for one in self._parse(self._ask(question), address)]
            except (KeyError, TypeError, ValueError, AttributeError):
                raise self._unusable() from None
            kept = tuple(sorted(_once(filter(_in_brussels, found)), key=lambda one: -one.confidence))
            self._kept[words] = kept
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return kept

    def _ask(self, question: Mapping[str, str]) -> Any:
        url = f"{self._url}?{urlencode(question)}"
        wait_s = self._asked_at + PAUSE_S - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        try:
            with requests.Session() as session:
                session.trust_env = not _is_own_machine(self._named)
                for _hop in range(_MOST_REDIRECTS + 1):
                    check_host(url, self._named)
                    with session.get(
                        url, headers=self._headers, timeout=_TIMEOUT_S, allow_redirects=False, stream=True
                    ) as response:
                        if not response.is_redirect:
                            return _json_of(response)
                        # Each step is checked before it is taken: a service must not lead inside this network.
                        url = urljoin(url, response.headers["Location"])
        except (requests.RequestException, OSError):
            pass
        finally:
            self._asked_at = time.monotonic()
        raise self._unusable()

    def _unusable(self) -> Problem:
        return Problem(
            N_("{service} gave no usable answer. Try again later, or tap the place on the map."), service=self.service
        )


def from_environment() -> Geocoder | None:
    """The service that MAPPER_GEOCODER names (MAPPER_GEOCODER_URL: another address of it); None without one."""
    service = os.environ.get("MAPPER_GEOCODER", "")
    if not service:
        return None
    return Geocoder(service, os.environ.get("MAPPER_GEOCODER_URL", ""), os.environ.get("MAPPER_CONTACT", ""))


def in_one_line(address: Address) -> str:
    """An address as one writes it on an envelope.

    >>> in_one_line(Address(street=Text.of("Rue du Fort"), house_number="35", postcode="1060"))
    'Rue du Fort 35, 1060'
    """
    street = " ".join(filter(None, (address.street.best("fr")[1], address.house_number)))
    return ", ".join(filter(None, (street, address.postcode)))


def check_host(url: str, named: str) -> None:
    """Refuses an address that no geocoding service has: another host, another scheme, an address inside this network.

    `named` is the host that the operator chose; only that one may be on the own network. Raises `Problem`.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    allowed = {named, *(urlsplit(official).hostname for official, _question, _parse in SERVICES.values())}
    own_http = host == named and parts.scheme == "http"
    if host not in allowed or not (parts.scheme == "https" or own_http):
        raise Problem(N_("The geocoding service leads to {host}, which is not allowed. Nothing was sent."), host=host)
    if host != named and any(not ipaddress.ip_address(one).is_global for one in _addresses(host)):
        raise Problem(N_("The geocoding service leads to {host}, which is not allowed. Nothing was sent."), host=host)


def _addresses(host: str) -> set[str]:
    return {str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(host, None)}


def _is_own_machine(host: str) -> bool:
    return host in ("127.0.0.1", "localhost", "::1")


def _json_of(response: requests.Response) -> Any:
    if response.status_code != requests.codes.ok:
        raise requests.HTTPError(str(response.status_code))
    body = response.raw.read(_MOST_BYTES + 1, decode_content=True)
    if len(body) > _MOST_BYTES:
        raise requests.RequestException
    return json.loads(body)


def _in_brussels(one: Located) -> bool:
    west, south, east, north = _BOX
    return west <= one.point.lon <= east and south <= one.point.lat <= north


def _once(found: Any) -> list[Located]:
    """Answers that are not the same place again: two languages give every address twice."""
    kept: dict[tuple[float, float], Located] = {}
    for one in found:
        spot = (round(one.point.lon, 5), round(one.point.lat, 5))
        if spot not in kept:
            kept[spot] = one
            continue
        # The same place in both languages is one place with both names.
        both = Text({**kept[spot].address.street, **one.address.street})
        merged = Address(street=both, house_number=one.address.house_number, postcode=one.address.postcode)
        kept[spot] = Located(
            point=one.point, address=merged, precision=one.precision, service=one.service,
            confidence=max(kept[spot].confidence, one.confidence),
        )  # fmt: skip
    return list(kept.values())


# UrbIS


def _ask_urbis(words: str) -> list[dict[str, str]]:
    # Each notation of a street scores only in its own language.
    return [{"language": code, "address": words, "spatialReference": "4326"} for code in ("fr", "nl")]


def _parse_urbis(answer: Any, asked: Address) -> list[Located]:
    found = []
    for one in answer.get("result") or []:
        graded = one.get("qualificationCode") or {}
        street = one["address"]["street"]
        postcode = str(street.get("postCode") or "")
        if graded.get("streetName") != _FOUND or (asked.postcode and postcode != asked.postcode):
            continue
        number = str(one["address"].get("number") or "") if graded.get("policeNumber") == _FOUND else ""
        language = one.get("language") if one.get("language") in ("fr", "nl") else "und"
        found.append(
            Located(
                point=Point(float(one["point"]["x"]), float(one["point"]["y"])),
                address=Address(street=Text({language: street["name"]}), house_number=number, postcode=postcode),
                precision="exact" if number else "street",
                confidence=min(float(one.get("score") or 0), 100.0) / 100 * (1.0 if number else 0.6),
                service="urbis",
            )
        )
    return found


# Nominatim


def _ask_nominatim(words: str) -> list[dict[str, str]]:
    west, south, east, north = _BOX
    box = f"{west},{north},{east},{south}"
    return [{"q": words, "format": "jsonv2", "addressdetails": "1", "limit": "5", "countrycodes": "be",
             "viewbox": box, "bounded": "1"}]  # fmt: skip


def _parse_nominatim(answer: Any, asked: Address) -> list[Located]:
    found = []
    for one in answer:
        parts = one.get("address") or {}
        postcode = str(parts.get("postcode") or "")
        if not parts.get("road") or (asked.postcode and postcode != asked.postcode):
            continue
        number = str(parts.get("house_number") or "")
        same_number = bool(number) and number == asked.house_number
        # Streets of Brussels stand in OpenStreetMap as "Rue du Fort - Fortstraat".
        french, _dash, dutch = str(parts["road"]).partition(" - ")
        street = Text({"fr": french, "nl": dutch}) if dutch else Text({"und": french})
        found.append(
            Located(
                point=Point(float(one["lon"]), float(one["lat"])),
                address=Address(street=street, house_number=number if same_number else "", postcode=postcode),
                precision="exact" if same_number else "street",
                # Its `importance` tells how well known a place is, not how well the address fits.
                confidence=0.9 if same_number else 0.5,
                service="nominatim",
            )
        )
    return found


SERVICES: dict[str, tuple[str, Callable[[str], list[dict[str, str]]], Parse]] = {
    "urbis": (URBIS_URL, _ask_urbis, _parse_urbis),
    "nominatim": (NOMINATIM_URL, _ask_nominatim, _parse_nominatim),
}
