"""A place as schema.org data, for search engines and other readers of data."""

import json
from typing import Any

from mapper.catalogue import Catalogue, is_free
from mapper.model import Resource
from mapper.web.cards import address_of
from mapper.web.languages import plain

_TYPES = {
    "library": "Library",
    "shop": "Store",
    "pharmacy": "Pharmacy",
    "clinic": "MedicalClinic",
    "childcare": "ChildCare",
    "public_welfare_centre": "GovernmentOffice",
}


def json_ld(resource: Resource, catalogue: Catalogue, url: str) -> str:
    """JSON-LD that can stand in a `<script type="application/ld+json">`: no "<" in it can end the block."""
    found = _thing(resource, catalogue, url)
    kept = {name: value for name, value in found.items() if value not in ("", None, [], {})}
    body = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    return body.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _thing(resource: Resource, catalogue: Catalogue, url: str) -> dict[str, Any]:
    phone = next((contact.value for contact in resource.contacts if contact.type == "phone"), "")
    mail = next((contact.value for contact in resource.contacts if contact.type == "email"), "")
    pages = [address_of(contact) for contact in resource.contacts if contact.type in ("website", "social")]
    free = is_free(resource)
    return {
        "@context": "https://schema.org",
        "@type": _TYPES.get(resource.kind, "Organization"),
        "@id": url,
        "url": url,
        "name": plain(resource.name),
        "alternateName": [plain(name) for name in (*resource.other_names, *resource.former_names)],
        "description": plain(resource.summary),
        "telephone": phone,
        "email": mail,
        "sameAs": [page for page in pages if page],
        "knowsLanguage": [language.code for language in resource.languages],
        "address": _address(resource),
        # A point only where the place itself is public; never that of a neighbourhood.
        "location": _location(resource),
        "isAccessibleForFree": {"yes": True, "no": False}.get(free),
    }


def _address(resource: Resource) -> dict[str, str]:
    address = resource.place.address
    if address is None:
        return {}
    street = " ".join(filter(None, (plain(address.street) if address.street else "", address.house_number)))
    known = {"streetAddress": street, "postalCode": address.postcode}
    return {"@type": "PostalAddress", "addressCountry": "BE", **{name: value for name, value in known.items() if value}}


def _location(resource: Resource) -> dict[str, Any]:
    if resource.place.lon is None or resource.place.lat is None:
        return {}
    return {
        "@type": "Place",
        "geo": {"@type": "GeoCoordinates", "latitude": resource.place.lat, "longitude": resource.place.lon},
    }
