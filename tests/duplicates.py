"""Pairs of records about which somebody said: the same, or not. Written before any rule was; half is kept apart."""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from mapper.model import Address, Contact, Place, Resource
from mapper.text import Text


class Pair(NamedTuple):
    """`kept` pairs were never looked at while rules were chosen."""

    same: bool
    kept: bool
    about: str
    left: Resource
    right: Resource


def pairs() -> list[Pair]:
    """All of them, in the order of the file."""
    lines = Path(__file__).with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
    return [_pair(number, json.loads(line)) for number, line in enumerate(lines)]


def _pair(number: int, row: dict[str, Any]) -> Pair:
    left, right = (_record(f"{number}{side}", row[side]) for side in ("left", "right"))
    return Pair(row["same"], row["kept"], row["about"], left, right)


def _record(record_id: str, row: dict[str, Any]) -> Resource:
    contacts = (("phone", row.get("phone")), ("email", row.get("email")), ("website", row.get("website")))
    return Resource(
        id=record_id,
        kind=row["kind"],
        name=Text.of(row["name"]),
        former_names=_names(row, "former"),
        other_names=_names(row, "other"),
        place=_place(row),
        contacts=tuple(Contact(type=sort, value=value) for sort, value in contacts if value),  # type: ignore[arg-type]
        enterprise_number=row.get("enterprise_number", ""),
    )


def _names(row: dict[str, Any], key: str) -> tuple[Text, ...]:
    return (Text.of(row[key]),) if key in row else ()


def _place(row: dict[str, Any]) -> Place:
    if "neighbourhood" in row:
        return Place(precision="neighbourhood", neighbourhood=row["neighbourhood"])
    street, number, postcode = (row.get(key, "") for key in ("street", "house_number", "postcode"))
    address = Address(street=Text.of(street), house_number=number, postcode=postcode) if street or postcode else None
    if address is None and "lon" not in row:
        return Place(precision="contact_only")
    return Place(address=address, lon=row.get("lon"), lat=row.get("lat"))


def sharing(pair: Pair) -> bool:
    """Whether both have one address, point, telephone number, mail address, enterprise number or web host."""
    return bool(_shareable(pair.left) & _shareable(pair.right)) or _near(pair.left.place, pair.right.place)


def _shareable(record: Resource) -> set[tuple[str, str]]:
    found = {(contact.type, _host(contact)) for contact in record.contacts}
    if record.enterprise_number:
        found.add(("enterprise", record.enterprise_number))
    if record.place.address and record.place.address.house_number:
        address = record.place.address
        found.add(("address", f"{address.street.best()[1]} {address.house_number} {address.postcode}"))
    return found


def _host(contact: Contact) -> str:
    return urlsplit(contact.value).hostname or "" if contact.type == "website" else contact.value


def _near(left: Place, right: Place) -> bool:
    if left.lon is None or left.lat is None or right.lon is None or right.lat is None:
        return left.neighbourhood != "" and left.neighbourhood == right.neighbourhood
    return math.hypot((left.lon - right.lon) * 70_000, (left.lat - right.lat) * 111_000) < 25
