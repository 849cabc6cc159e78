"""What a slate says and shows: every suggestion in words, the places for its map, and the picture around the person."""

import json
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext

from mapper import maps, opening
from mapper.core import Mapper
from mapper.geography import BORDER_SHARE, Geography
from mapper.matching import USUAL, Match, RightsLine, Suggestion
from mapper.model import CIRCLES, SLICES, Point, Profile, Resource
from mapper.text import Text
from mapper.web import pictures
from mapper.web.cards import Cards, first_contact
from mapper.web.languages import chosen_language, language_name, plain, tidy
from mapper.web.map_panel import map_view
from mapper.web.resident import ask_at, the_catalogue
from mapper.web.when import clock, day_name, rhythm
from mapper.wording import (
    CIRCLE_LABELS,
    NameOf,
    say_gap,
    say_match_reason,
    say_statement,
    say_step,
    say_threshold,
    say_usual,
)

#: What speaks against a place and has to be known before one phones, with the question that it makes needless.
_SAID_AGAINST = {"for_others": "audience", "elsewhere": "service_area", "women_among": "women_only"}
#: How far apart two marks on the same point are drawn, in degrees: about fifty metres.
_APART_DEG = 0.0007
#: A place in more municipalities than this is not known well enough to name one.
_MOST_TOWNS = 2


def door(number: int, one: Suggestion, cards: Cards, mapper: Mapper) -> dict[str, Any]:
    """One suggestion, with words for everything that is data."""
    catalogue, language = the_catalogue(), chosen_language()
    name_of = names(mapper)
    introducer = catalogue.get(one.introduced_by) if one.introduced_by else None
    offer = next((offer for offer in one.resource.offers if offer.id == one.offer_id), None)
    reasons = [reason for reason in one.reasons if reason.weight > 0]
    if any(reason.code == "mother_tongue" for reason in reasons):
        # It says the same, and more.
        reasons = [reason for reason in reasons if reason.code != "shared_language"]
    mind = [reason for reason in one.reasons if reason.weight < 0 and reason.code in _SAID_AGAINST]
    asked = [name for name in one.ask_first if name not in {_SAID_AGAINST[reason.code] for reason in mind}]
    worded = [say_match_reason(reason, language, name_of) for reason in sorted(reasons, key=lambda r: -r.weight)]
    return {
        "number": number,
        "suggestion": one,
        "r": one.resource,
        "card": cards.card(one.resource, one.distance_m),
        "offer": offer,
        "contact": first_contact(one.resource),
        "ask_at": None if one.resource.contacts else ask_at(one.resource, catalogue),
        "reasons": list(dict.fromkeys(filter(None, worded))),
        "path": [(step, say_step(step, language)) for step in one.path],
        "mind": [say_match_reason(reason, language, name_of) for reason in mind],
        "ask_first": [say_threshold(name, language) for name in asked],
        "when": _when(one, mapper),
        "address": address_of(one.resource, cards.area(one.resource)),
        "introducer": introducer,
        "introducer_contact": first_contact(introducer) if introducer else None,
    }


def _when(one: Suggestion, mapper: Mapper) -> list[str]:
    """When to go there, short enough for paper: the meetings of what was suggested, else the opening hours."""
    offers = [offer for offer in one.resource.offers if one.offer_id in (None, offer.id)]
    found = []
    for meeting in (meeting for offer in offers for meeting in offer.meetings):
        parts = (rhythm(meeting), clock(meeting.start_time) if meeting.start_time else "")
        if words := " ".join(filter(None, parts)):
            found.append(words)
    if found:
        return found[:3]
    days: list[tuple[str, list[str]]] = []
    for day in sorted(opening.week(one.resource.opening_hours, mapper.now()), key=lambda day: day.date.weekday()):
        hours = ", ".join(f"{clock(start)}–{clock(end)}" for start, end in day.times)
        if hours and days and days[-1][0] == hours:
            days[-1][1].append(day_name(day.date))
        elif hours:
            days.append((hours, [day_name(day.date)]))
        else:
            days.append(("", []))
    spans = ((f"{names[0]}–{names[-1]}" if len(names) > 1 else names[0], hours) for hours, names in days if hours)
    return [f"{names} {hours}" for names, hours in spans]


def address_of(resource: Resource, area: Text) -> str:
    """Where it is, as far as that may be told."""
    address = resource.place.address
    if address is None or not address.street:
        return plain(area) if resource.place.precision == "neighbourhood" else ""
    door = " ".join(filter(None, (plain(address.street), address.house_number)))
    return ", ".join(filter(None, (door, address.postcode)))


def names(mapper: Mapper) -> NameOf:
    """How ids in the data of a reason are called in the reader's language."""
    taxonomy, catalogue = mapper.taxonomy, the_catalogue()
    groups = {
        "needs": taxonomy.needs,
        "gives": taxonomy.gives,
        "communities": taxonomy.communities,
        "slices": taxonomy.slices,
    }

    def name_of(term_id: str, key: str) -> str:
        if term_id in groups.get(key, {}):
            return plain(groups[key][term_id].label)
        if key in ("language", "languages", "spoken"):
            return language_name(term_id)
        resource = catalogue.get(term_id) if key == "by" else None
        return plain(resource.name) if resource else tidy(term_id)

    return name_of


def statements(match: Match, mapper: Mapper) -> list[str]:
    """What was told, strengths first; not the languages, which stand above."""
    name_of = names(mapper)
    said = (one for one in match.profile_summary.statements if one.code != "speaks")
    return [words for one in said if (words := say_statement(one, chosen_language(), name_of))]


def right(line: RightsLine, mapper: Mapper) -> dict[str, Any]:
    """A basic right with the services that answer it, and how to reach them."""
    catalogue = the_catalogue()
    services = [resource for one in line.services if (resource := catalogue.get(one))]
    return {
        "need": mapper.taxonomy.needs[line.need].label if line.need in mapper.taxonomy.needs else Text.of(line.need),
        "asked": line.asked,
        "services": [(resource, first_contact(resource)) for resource in services[:3]],
    }


def towns(profile: Profile, geography: Geography) -> str:
    """The municipality whose welfare centre can be asked, both where a quarter lies on a border; "" when not known."""
    area = profile.neighbourhood
    if area in geography.neighbourhoods:
        codes = [one.municipality for one in geography.neighbourhoods[area].municipalities if one.share >= BORDER_SHARE]
    elif profile.near is not None:
        codes = [geography.municipality_at(profile.near) or ""]
    else:
        codes = [area] if area in geography.municipalities else [*geography.postcodes.get(area, ())]
    named = [plain(geography.municipalities[code].name) for code in codes if code in geography.municipalities]
    return " / ".join(named) if len(named) <= _MOST_TOWNS else ""


def gaps(match: Match, mapper: Mapper) -> list[str]:
    """What was not found, each gap said once."""
    name_of = names(mapper)
    return list(dict.fromkeys(filter(None, (say_gap(gap, chosen_language(), name_of) for gap in match.gaps))))


# The map beside the slate: its points stand in the page, so no address tells which places were suggested.


def points(suggestions: Sequence[Suggestion], mapper: Mapper) -> list[dict[str, Any]]:
    """The places that have a public point, as GeoJSON features."""
    catalogue = the_catalogue()
    taken: dict[Point, int] = {}
    features = []
    for number, one in enumerate(suggestions, 1):
        point = catalogue.point_of(one.resource)
        if point is None:
            continue
        # Groups that name only their neighbourhood share its point: side by side, so that each can be seen.
        times = taken[point] = taken.get(point, -1) + 1
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [round(point.lon + times * _APART_DEG, 5), point.lat]},
                "properties": {
                    "id": one.resource.id,
                    "name": f"{number}. {plain(one.resource.name)[:80]}",
                    "s": one.slice,
                    "l": str(number),
                },
            }
        )
    return features


def data_block(features: list[dict[str, Any]], mapper: Mapper) -> str:
    """What the map draws, as JSON that can stand in a data block of the page: no "<" in it can end the block."""
    where = [feature["geometry"]["coordinates"] for feature in features]
    outlines = mapper.geography.neighbourhood_outlines(box_around(where)) if where else {"features": []}
    given = {"places": {"type": "FeatureCollection", "features": features}, "outlines": outlines}
    body = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    return body.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def box_around(where: Sequence[Sequence[float]]) -> maps.BBox:
    """West, south, east, north around some points (lon, lat), with a margin."""
    lons, lats = [lon for lon, _ in where], [lat for _, lat in where]
    return min(lons) - 0.01, min(lats) - 0.006, max(lons) + 0.01, max(lats) + 0.006


def view(features: list[dict[str, Any]], mapper: Mapper) -> dict[str, Any]:
    """What the map panel needs; its first view comes from the page, not from an address."""
    import numpy as np

    where = [feature["geometry"]["coordinates"] for feature in features]
    lons, lats = np.array([lon for lon, _ in where]), np.array([lat for _, lat in where])
    return map_view(maps.view_of(lons, lats), "", the_catalogue())


# The picture


def picture(profile: Profile | None, suggestions: Sequence[Suggestion], mapper: Mapper) -> dict[str, Any] | None:
    """Who is around the person and the four kinds of care, once there is something to draw."""
    catalogue, taxonomy = the_catalogue(), mapper.taxonomy
    if profile is None:
        return None
    around: list[pictures.Around] = []
    known: dict[str, list[str]] = {slice_id: [] for slice_id in taxonomy.slices}
    known["self"] += list(profile.strong_sides)
    rows: list[tuple[str, str]] = []
    for circle in CIRCLES if profile.circles else ():
        ties = getattr(profile.circles, circle)
        if ties is not None and circle not in profile.avoid.circles and (ties.size or ties.known_by_first_name):
            label = gettext(CIRCLE_LABELS[circle])
            around.append(pictures.Around(label, True))
            known["informal"].append(label)
            number = ties.size if ties.size is not None else ties.known_by_first_name
            usual = " ".join(say_usual(one, chosen_language()) for one in USUAL[circle])
            rows.append((label, f"{number}. {usual}"))
    places: dict[str, int] = {}
    for resource_id in (*profile.groups, profile.professional):
        resource = catalogue.get(resource_id) if resource_id else None
        if resource is not None:
            name = plain(resource.name)
            places[resource_id] = len(around)
            around.append(pictures.Around(name, True))
            known[resource.slices[0] if resource.slices else "informal"].append(name)
            rows.append((name, gettext("is there")))
    suggested: dict[str, list[str]] = {slice_id: [] for slice_id in taxonomy.slices}
    for number, one in enumerate(suggestions, 1):
        name = f"{number}. {plain(one.resource.name)}"
        via = next((places[step.resource_id] for step in one.path if step.resource_id in places), None)
        around.append(pictures.Around(name, False, one.slice, str(number), via))
        suggested[one.slice].append(name)
        rows.append((name, gettext("suggested")))
    if not around and not profile.strong_sides:
        return None

    portions = []
    for slice_id in SLICES:
        term, there, could_be = taxonomy.slices[slice_id], tuple(known[slice_id]), tuple(suggested[slice_id])
        portions.append(pictures.Portion(slice_id, term.letter, plain(term.label), there, could_be))
    return {
        "ecomap": pictures.ecomap(
            gettext("You"),
            around,
            gettext("Who is around you"),
            gettext("You in the middle. Full lines: who is there. Dashed lines: who could be."),
        ),
        "pie": pictures.pie(
            portions,
            gettext("Four kinds of care, side by side"),
            gettext("A full dot is there already, an open dot is suggested. None comes first."),
        ),
        "rows": rows,
        "portions": portions,
    }
