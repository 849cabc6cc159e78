"""A field of a record in the reader's words, so that two records can be held beside each other."""

from typing import Any

import msgspec
from flask_babel import gettext

from mapper.model import Contact, Place, Resource
from mapper.text import N_, Text
from mapper.web.guard import current_actor
from mapper.web.languages import language_name, plain, tidy
from mapper.web.resident import the_mapper

FIELD_LABELS = {
    "name": N_("Name"), "kind": N_("Kind"), "former_names": N_("Former names"), "other_names": N_("Other names"),
    "summary": N_("In one sentence"), "description": N_("Description"), "stories": N_("Stories"),
    "slices": N_("Kind of help"), "ties": N_("Among ourselves or opening doors"), "ties_why": N_("Why"),
    "needs": N_("What it answers"), "audience": N_("For whom"), "languages": N_("Languages"),
    "thresholds": N_("Price, papers, access"), "approach": N_("How they want to be approached"),
    "welcomed_by": N_("Who welcomes a first visit"), "place": N_("Where"), "service_area": N_("For people who live in"),
    "service_area_note": N_("More about the area"), "outreach": N_("Comes to your home"),
    "offers": N_("What you can take part in"), "opening_hours": N_("Opening hours"),
    "contacts": N_("How to reach them"),
    "links": N_("Who works with whom"), "support_needed": N_("What they are looking for"),
    "support_offered": N_("What they offer to other groups"), "gives": N_("What you can give here"),
    "volunteer_run": N_("Run by volunteers"), "enterprise_number": N_("Enterprise number"),
}  # fmt: skip


def kind_of(resource: Resource) -> str:
    """The kind of a record, in words."""
    kinds = the_mapper().taxonomy.kinds
    return plain(kinds[resource.kind].label) if resource.kind in kinds else resource.kind


def value_lines(resource: Resource, name: str) -> list[str]:
    """A field in the reader's words, one line for each thing in it; nothing when it is not known."""
    value = getattr(resource, name)
    if name == "kind":
        return [kind_of(resource)]
    if isinstance(value, Place):
        return _place_lines(value)
    if isinstance(value, Text):
        return _text_lines(value)
    if isinstance(value, tuple):
        return [line for one in value for line in _lines_of(one, name)]
    if isinstance(value, msgspec.Struct):
        return _struct_lines(value)
    return [] if value in ("", "unknown") else [tidy(str(value)).replace("_", " ")]


def _text_lines(text: Text) -> list[str]:
    return [f"{words}" if code == "und" else f"{code}: {tidy(words)}" for code, words in text.items()]


def _lines_of(one: Any, name: str) -> list[str]:
    mapper = the_mapper()
    if isinstance(one, Text):
        return [" / ".join(_text_lines(one))]
    if isinstance(one, Contact):
        return [tidy(one.value)]
    if name == "links":
        other = mapper.show(one.to, current_actor())
        return [plain(other.name)] if other else []
    if name == "languages":
        return [language_name(one.code)]
    if isinstance(one, msgspec.Struct):
        texts = [said for part in ("name", "text", "note") if isinstance(said := getattr(one, part, None), Text)]
        words = plain(next(filter(None, texts), Text()))
        return [words or tidy(str(getattr(one, "type", "")))]
    terms = {"needs": mapper.taxonomy.needs, "gives": mapper.taxonomy.gives, "slices": mapper.taxonomy.slices}
    term = terms.get(name, {}).get(one)
    return [plain(term.label) if term else tidy(str(one))]


def _struct_lines(value: msgspec.Struct) -> list[str]:
    """What is known of thresholds or audience, by the names of the fields: a check for whoever compares."""
    lines = []
    for key, known in msgspec.structs.asdict(value).items():
        if known not in ("unknown", "", None, (), False) and known != Text():
            words = plain(known) if isinstance(known, Text) else ", ".join(known) if isinstance(known, tuple) else known
            lines.append(f"{key.replace('_', ' ')}: {tidy(str(words))}")
    return lines


def _place_lines(place: Place) -> list[str]:
    lines = []
    if place.address:
        street = " / ".join(dict.fromkeys(place.address.street.values()))
        lines.append(tidy(f"{street} {place.address.house_number} {place.address.postcode}".strip()))
    if place.lon is not None and place.lat is not None:
        lines.append(f"{place.lat:.5f}, {place.lon:.5f}")
    quarter = the_mapper().geography.neighbourhoods.get(place.neighbourhood)
    if quarter:
        lines.append(plain(quarter.name))
    return lines or [gettext("no place given")]
