"""What goes along: a neutral sheet of paper, or text for the team's own file.

Where the phone is not safe neither holds a name, or anything else that tells what kind of place it is.
"""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext
from markupsafe import Markup

from mapper.core import Mapper
from mapper.model import Resource
from mapper.text import Text
from mapper.web import pictures
from mapper.web.cards import first_contact
from mapper.web.conversation import Told
from mapper.web.doors import address_of, box_around
from mapper.web.languages import LANGUAGES, chosen_language, plain
from mapper.web.resident import the_catalogue


def sheet_language(told: Told) -> str:
    """The language of the sheet: the person's first that the interface speaks, else that of the page."""
    languages = told.profile.languages if told.profile else ()
    return next((code for code in languages if code in LANGUAGES), chosen_language())


def qr_of(resource: Resource) -> Markup:
    """The address of the public page about a place as a QR code."""
    address = url_for("resident.detail", resource_id=resource.id, lang=chosen_language(), _external=True)
    return pictures.qr(address, gettext("QR code with the address of the page about this place"))


def small_map(doors: Sequence[dict[str, Any]], mapper: Mapper) -> Markup | None:
    """The places as numbers among the neighbourhoods; None when no place has a public point."""
    catalogue = the_catalogue()
    marks = [
        (str(door["number"]), door["suggestion"].slice, point)
        for door in doors
        if (point := catalogue.point_of(door["r"])) is not None
    ]
    if not marks:
        return None
    bbox = box_around([point for *_, point in marks])
    return pictures.area_map(
        marks,
        catalogue.geography.neighbourhood_outlines(bbox),
        chosen_language(),
        gettext("Where it is"),
        ", ".join(f"{door['number']}: {plain(door['card'].area)}" for door in doors),
    )


def ask_there(host: Resource) -> str:
    """Where one can ask for a place without a number of its own."""
    contact = first_contact(host)
    where = contact.value if contact else address_of(host, Text())
    return f"{gettext('Ask for them at:')} {', '.join(filter(None, (plain(host.name), where)))}"


def as_text(told: Told, doors: Sequence[dict[str, Any]], rights: Sequence[str], mapper: Mapper) -> str:
    """The slate as plain text with the rights to look at. Where the phone is not safe it holds no telling name."""
    safe = told.profile is None or told.profile.phone_is_safe
    lines = []
    for door in doors:
        resource, contact, card = door["r"], door["contact"], door["card"]
        if safe:
            lines.append(f"{door['number']}. {plain(resource.name)}")
            if resource.summary:
                lines.append(plain(resource.summary))
        else:
            lines.append(f"{door['number']}.")
        if contact and contact.type == "phone":
            asks = [contact.value]
            if safe and contact.ask_for:
                asks.append(f"{gettext('ask for:')} {plain(contact.ask_for)}")
            if contact.when:
                asks.append(plain(contact.when))
            lines.append(f"{gettext('Phone')}: {' · '.join(asks)}")
        elif contact and safe:
            lines.append(contact.value)
        elif safe and door["ask_at"]:
            lines.append(ask_there(door["ask_at"]))
        if card.next_meeting:
            lines.append(gettext("next meeting: %(when)s", when=card.next_meeting))
        if safe and door["mind"]:
            lines.append(f"{gettext('Good to know:')} {'; '.join(door['mind'])}")
        if safe and door["ask_first"]:
            lines.append(f"{gettext('Ask first:')} {' '.join(door['ask_first'])}")
        lines.append("")
    if safe:
        needs = (plain(mapper.taxonomy.needs[need].label) for need in rights if need in mapper.taxonomy.needs)
        lines.append(f"{gettext('Have these been looked at?')} {' · '.join(needs)}")
    return "\n".join(lines).strip() + "\n"
