"""The pages of a resident: the list with its map, one place, and what they should know about this site."""

import math
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from mapper import maps, opening
from mapper.access import Verb, may
from mapper.catalogue import Catalogue, is_free
from mapper.core import Mapper, authority
from mapper.model import Link, LinkType, Meeting, Offer, Point, Resource
from mapper.search import Results
from mapper.taxonomy import Taxonomy
from mapper.text import N_, Text
from mapper.web import asking
from mapper.web.cards import (
    TIES,
    VOICES,
    Cards,
    address_of,
    approach_words,
    first_contact,
    how_many,
    not_verified,
)
from mapper.web.guard import asks, current_actor
from mapper.web.languages import language_name, plain, tidy
from mapper.web.map_panel import map_view
from mapper.web.schema_org import json_ld
from mapper.web.when import clock, date_in_words, day_in_words, rhythm, weekday
from mapper.wording import FACT_LABELS

blueprint = Blueprint("resident", __name__)

_LINKS: dict[LinkType, tuple[str, str]] = {
    "hosts": (N_("lends a room to"), N_("meets at")),
    "member_of": (N_("is a member of"), N_("has as a member")),
    "works_with": (N_("works with"), N_("works with")),
    "refers_to": (N_("sends people on to"), N_("people come from")),
    "introduces": (N_("introduces people to"), N_("people are introduced by")),
    "funds": (N_("pays for"), N_("is paid by")),
    "grew_out_of": (N_("grew out of"), N_("gave rise to")),
}


def the_mapper() -> Mapper:
    """The open instance behind this site."""
    found: Mapper = current_app.extensions["mapper"]
    return found


def the_catalogue() -> Catalogue:
    """The snapshot that this reader may see: the public one, for a professional theirs."""
    return the_mapper().catalogue(current_actor())


@blueprint.get("/")
@asks("read")
def home() -> str:
    """Search box, themes, filters, and the list beside its map."""
    mapper = the_mapper()
    catalogue, taxonomy, actor = the_catalogue(), mapper.taxonomy, current_actor()
    asked = asking.read(taxonomy, catalogue.geography)
    results = mapper.find(asked.query, actor)
    pages = max(1, math.ceil(results.total / asking.PER_PAGE))
    page = asked.query.offset // asking.PER_PAGE + 1
    if page > pages:
        abort(404)
    relaxed = asking.left_out(asked, results.relaxed, taxonomy, catalogue.geography)
    return render_template(
        "home.html",
        asked=asked,
        results=results,
        relaxed=relaxed,
        chips=asking.chips(asked, results.understood, taxonomy, catalogue.geography),
        somebody_to_ask=mapper.somebody_to_ask(results, actor) if relaxed or not results.total else None,
        cards=Cards(catalogue, taxonomy, mapper.now(), asked.query.near),
        page=page,
        pages=pages,
        how_many=how_many,
        ticks=[(name, gettext(label)) for name, (_field, label) in asking.TICKS.items()],
        spoken_languages=_spoken_languages(catalogue),
        view=_view_of_results(asked, results, catalogue),
    )


def _spoken_languages(catalogue: Catalogue) -> list[tuple[str, str]]:
    codes = {code for segment, _gone in catalogue.segments for code in segment.by_language}
    known = codes & catalogue.taxonomy.languages.keys()
    return sorted(((code, language_name(code)) for code in known), key=lambda pair: pair[1])


def _view_of_results(asked: asking.Asked, results: Results, catalogue: Catalogue) -> dict[str, Any]:
    query = asked.link("data.places_geojson", page=None).partition("?")[2]
    bbox = maps.BRUSSELS if asked.is_empty else maps.view_of(results.lons, results.lats)
    marks = maps.clusters(results.lons, results.lats, cast(Sequence[str], results.ids), bbox, maps.zoom_for(bbox))
    return map_view(bbox, query, catalogue, marks)


def _view_of_one(resource: Resource, point: Point, catalogue: Catalogue) -> dict[str, Any]:
    west, south = round(point.lon - 0.008, 3), round(point.lat - 0.005, 3)
    east, north = round(point.lon + 0.008, 3), round(point.lat + 0.005, 3)
    query = url_for("data.places_geojson", only=resource.id).partition("?")[2]
    marks = [maps.Cluster(round(point.lon, 5), round(point.lat, 5), 1, resource.id, False)]
    return map_view((west, south, east, north), query, catalogue, marks)


@blueprint.get("/r/<resource_id>")
@asks("read")
def detail(resource_id: str) -> str | Answer:
    """Everything this reader may know about one place."""
    mapper = the_mapper()
    resource = mapper.show(resource_id, current_actor())
    if resource is None:
        abort(404)
    if resource.id != resource_id:
        return redirect(url_for("resident.detail", resource_id=resource.id))
    return detail_page(resource, the_catalogue(), mapper)


def detail_page(resource: Resource, catalogue: Catalogue, mapper: Mapper, **more: Any) -> str:
    """One place for a reader of this catalogue; `more` is for a preview of what is not saved yet."""
    taxonomy, now = mapper.taxonomy, mapper.now()
    cards = Cards(catalogue, taxonomy, now)
    area = catalogue.geography.area_of(resource.place)
    municipality = catalogue.geography.municipalities.get(area.municipality or "")
    point = catalogue.point_of(resource)
    meetings = [(offer, meeting, _when(meeting), _coming(meeting, mapper)) for offer, meeting in _meetings(resource)]
    return render_template(
        "detail.html",
        r=resource,
        card=cards.card(resource),
        week=opening.week(resource.opening_hours, now) if resource.status not in ("historical", "closed") else (),
        meetings=meetings,
        has_calendar=any(meeting.rule and meeting.start_time for _offer, meeting in _meetings(resource)),
        municipality=municipality.name if municipality else Text(),
        service_area=[asking.area_name(area_id, catalogue.geography) for area_id in resource.service_area],
        links=_links(resource, catalogue),
        ask_at=None if resource.contacts else ask_at(resource, catalogue),
        unverified=not_verified(resource),
        facts=FACT_LABELS,
        json_ld=Markup(
            json_ld(resource, catalogue, url_for("resident.detail", resource_id=resource.id, lang=None, _external=True))
        ),
        view=_view_of_one(resource, point, catalogue) if point else None,
        today=now.date(),
        voices=VOICES,
        **more,
    )


def _meetings(resource: Resource) -> list[tuple[Offer, Meeting]]:
    return [(offer, meeting) for offer in resource.offers for meeting in offer.meetings]


def _when(meeting: Meeting) -> str:
    """How often, at what time and in which language, as far as is known."""
    time = clock(meeting.start_time) if meeting.start_time else ""
    return ", ".join(filter(None, (rhythm(meeting), time, language_name(meeting.language) if meeting.language else "")))


def _coming(meeting: Meeting, mapper: Mapper) -> str:
    moments = opening.next_meetings(meeting, mapper.now(), 3)
    return "; ".join(f"{day_in_words(moment, mapper.now())} {clock(moment)}" for moment in moments)


def _links(resource: Resource, catalogue: Catalogue) -> list[tuple[str, Resource, Text]]:
    found: list[tuple[str, Resource, Text]] = []
    both_ways: list[tuple[int, Resource | None, Link]] = [(0, catalogue.get(link.to), link) for link in resource.links]
    both_ways += [(1, other, link) for other, link in catalogue.links_to(resource.id)]
    for side, other, link in both_ways:
        words = gettext(_LINKS[link.type][side])
        # What both tell is said once, in this record's own words.
        if other is not None and not (side and any((said, one.id) == (words, other.id) for said, one, _ in found)):
            found.append((words, other, link.note))
    return found


def ask_at(resource: Resource, catalogue: Catalogue) -> Resource | None:
    """Who can be asked for a group without a number of its own: its host first, then who knows it."""
    near = [(link.type, other) for other, link in catalogue.links_to(resource.id)]
    near += [(link.type, other) for link in resource.links if (other := catalogue.get(link.to))]
    there = [(kind, other) for kind, other in near if other.status not in ("historical", "closed")]
    for kind in ("hosts", "introduces", "works_with", "member_of"):
        for type_, other in there:
            if type_ == kind and other.contacts:
                return other
    # A house without a number still has a door.
    return next((other for kind, other in there if kind == "hosts" and other.place.address), None)


@blueprint.get("/about")
@asks("read")
def about() -> str:
    """Why this is here, sources and licences."""
    geography = the_mapper().geography
    return render_template("about.html", approximate=geography.approximate, source_title=geography.source.title)


@blueprint.get("/privacy")
@asks("read")
def privacy() -> str:
    """What is not kept, in plain words."""
    return render_template("privacy.html", tile_host=urlsplit(current_app.config["TILE_URL"]).netloc)


@blueprint.get("/accessibility")
@asks("read")
def accessibility() -> str:
    """The accessibility statement."""
    return render_template("accessibility.html")


def may_read_professional(resource: Resource) -> bool:
    """Whether this reader gets what only professionals get, and the voice of a group about their own."""
    return _may("read_professional", resource)


def may_invite(resource: Resource) -> bool:
    """Whether this reader may invite somebody to speak for this record."""
    return _may("invite", resource)


def _may(verb: Verb, resource: Resource) -> bool:
    return may(current_actor(), verb, authority.about(resource, the_mapper().geography))


def template_words(taxonomy: Taxonomy) -> dict[str, Any]:
    """What every template may use."""

    def language_label(code: str) -> str:
        return language_name(code)

    return {
        "taxonomy": taxonomy,
        "approach_words": approach_words,
        "ties": TIES,
        "address_of": address_of,
        "first_contact": first_contact,
        "tidy": tidy,
        "plain": plain,
        "clock": clock,
        "weekday": weekday,
        "date_in_words": date_in_words,
        "language_label": language_label,
        "is_free": is_free,
        "may_read_professional": may_read_professional,
        "may_invite": may_invite,
        "is_web": lambda url: urlsplit(url).scheme in ("http", "https"),
        "path": lambda: request.path,
    }
