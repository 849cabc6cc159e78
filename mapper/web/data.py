"""The same answers as data: JSON, GeoJSON, calendar, QR code; and what the map asks for while one moves it.

Everything comes from the snapshot of whoever asks; for the public that is the public one, so nothing else can leave.
"""

import io
import json
from collections.abc import Sequence
from typing import Any, cast

import msgspec
from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext

from mapper import maps
from mapper.catalogue import Catalogue
from mapper.exchange.calendar import Recurring, write_calendar
from mapper.model import Problem, Resource, to_table
from mapper.text import N_
from mapper.web import asking
from mapper.web.guard import asks, current_actor
from mapper.web.languages import chosen_language, plain, tidy
from mapper.web.map_panel import as_geojson
from mapper.web.resident import the_catalogue, the_mapper

blueprint = Blueprint("data", __name__)

_PER_PAGE = 500
_SAME_POINT_MOST = 30
#: How long a browser may keep outlines: they change when a new set is loaded, which is once in years.
_OUTLINES_S = 3600


def _json(value: Any, mimetype: str = "application/json") -> Response:
    return Response(json.dumps(value, ensure_ascii=False, separators=(",", ":")), mimetype=mimetype)


def public_table(resource: Resource) -> dict[str, Any]:
    """A record as it goes out: all its facts, without what only we need to keep it."""
    table = to_table(resource)
    for private in ("visibility", "ground", "origins"):
        table.pop(private, None)
    for story in table.get("stories", ()):
        story.pop("consent", None)
    for source in table.get("sources", ()):
        source.pop("by", None)
    table["url"] = url_for("resident.detail", resource_id=resource.id, lang=None, _external=True)
    return table


def _visible(resource_id: str) -> Resource:
    resource = the_mapper().show(resource_id, current_actor())
    if resource is None:
        abort(404)
    return resource


@blueprint.get("/r/<resource_id>.json")
@asks("read")
def resource_json(resource_id: str) -> Response:
    """One record."""
    return _json(public_table(_visible(resource_id)))


@blueprint.get("/r/<resource_id>.svg")
@asks("read")
def resource_svg(resource_id: str) -> Response:
    """The address of a detail page as a QR code."""
    import segno

    resource = _visible(resource_id)
    address = url_for("resident.detail", resource_id=resource.id, lang=request.args.get("lang"), _external=True)
    image = io.BytesIO()
    segno.make(address, error="m").save(image, kind="svg", border=2, dark="#1d1a16", light="#ffffff", omitsize=True)
    return Response(image.getvalue(), mimetype="image/svg+xml")


@blueprint.get("/r/<resource_id>.ics")
@asks("read")
def resource_ics(resource_id: str) -> Response:
    """The recurring meetings of one place, for a calendar (RFC 5545, Europe/Brussels)."""
    resource = _visible(resource_id)
    if resource.status in ("historical", "closed"):
        abort(404)
    meetings = [
        Recurring(resource, offer, meeting, number)
        for offer in resource.offers
        for number, meeting in enumerate(offer.meetings)
    ]
    body = write_calendar(meetings, the_mapper().now(), plain, page_of)
    if body is None:
        abort(404)
    response = Response(body, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="{resource.id}.ics"'
    return response


def page_of(resource: Resource) -> str:
    """The whole address of the page of a place."""
    return url_for("resident.detail", resource_id=resource.id, _external=True)


@blueprint.get("/resources.json")
@asks("read")
def resources_json() -> Response:
    """The list that the same question gives on the first page, as records."""
    found, total, following = _page_of_results()
    return _json({"total": total, "next": following, "resources": [public_table(resource) for resource in found]})


@blueprint.get("/resources.geojson")
@asks("read")
def resources_geojson() -> Response:
    """The same list as GeoJSON; places whose point is not public have no geometry (RFC 7946, 3.2)."""
    catalogue = the_catalogue()
    found, total, following = _page_of_results()
    features = [_feature(resource, catalogue) for resource in found]
    body = {"type": "FeatureCollection", "total": total, "next": following, "features": features}
    return _json(body, "application/geo+json")


def _page_of_results() -> tuple[list[Resource], int, str | None]:
    mapper = the_mapper()
    asked = asking.read(mapper.taxonomy, mapper.geography)
    page = asked.query.offset // asking.PER_PAGE
    query = msgspec.structs.replace(asked.query, limit=_PER_PAGE, offset=page * _PER_PAGE, reader_language="")
    results = mapper.find(query, current_actor())
    more = query.offset + _PER_PAGE < results.total
    following = asked.link(str(request.endpoint), page=page + 2, _external=True) if more else None
    return [hit.resource for hit in results.hits], results.total, following


def _feature(resource: Resource, catalogue: Catalogue) -> dict[str, Any]:
    table = public_table(resource)
    kept = ("name", "kind", "summary", "needs", "slices", "languages", "contacts", "checked_on", "status", "url")
    point = catalogue.point_of(resource)
    return {
        "type": "Feature",
        "id": resource.id,
        "geometry": {"type": "Point", "coordinates": list(point)} if point else None,
        "properties": {
            **{name: table[name] for name in kept if name in table},
            "precision": resource.place.precision,
        },
    }


@blueprint.get("/places.geojson")
@asks("read")
def places_geojson() -> Response:
    """What the map draws for one view: `bbox` (west,south,east,north), `zoom`, and the filters of the list.

    With `at` (lon,lat) instead: the places that stand at exactly this point, for a mark that cannot be parted.
    """
    catalogue = the_catalogue()
    ids, lons, lats = _places(catalogue)
    if "at" in request.args:
        lon, lat = asking.numbers(request.args["at"], 2)
        # Points come and go with five decimals: about a metre.
        here = ((abs(lons - lon) < 1.1e-5) & (abs(lats - lat) < 1.1e-5)).nonzero()[0][:_SAME_POINT_MOST]
        marks = [maps.Cluster(lon, lat, 1, ids[row], False) for row in here]
    else:
        west, south, east, north = asking.numbers(request.args.get("bbox", ",".join(map(str, maps.BRUSSELS))), 4)
        marks = maps.clusters(lons, lats, ids, (west, south, east, north), _zoom())
    return _json(as_geojson(marks, catalogue), "application/geo+json")


def _zoom() -> int:
    words = request.args.get("zoom", "11")
    if not (words.isascii() and words.isdigit() and int(words[:3]) <= maps.MAX_ZOOM):
        raise Problem(N_("“{words}” is not a place on the map. Go back and choose a place again."), words=words[:60])
    return int(words)


def _places(catalogue: Catalogue) -> tuple[Sequence[str], Any, Any]:
    import numpy as np

    mapper = the_mapper()
    only = request.args.get("only", "")
    if only:
        resource = _visible(only)
        point = catalogue.point_of(resource)
        found = [point] if point else []
        return [resource.id], np.array([p.lon for p in found]), np.array([p.lat for p in found])
    asked = asking.read(mapper.taxonomy, catalogue.geography)
    results = mapper.find(msgspec.structs.replace(asked.query, limit=0, offset=0), current_actor())
    return cast(Sequence[str], results.ids), results.lons, results.lats


@blueprint.get("/suggest.json")
@asks("read")
def suggest_json() -> Response:
    """Ways to go on with what is being typed, by kind, in the language of the page. Kept nowhere, by nobody."""
    labels = {"name": gettext("Places and groups"), "need": gettext("Needs"), "area": gettext("Neighbourhoods"),
              "language": gettext("Languages")}  # fmt: skip
    found = the_mapper().suggest(tidy(request.args.get("q", "")), chosen_language(), actor=current_actor())
    groups: dict[str, list[dict[str, str]]] = {}
    for one in found:
        groups.setdefault(one.kind, []).append({"id": one.id, "words": tidy(one.words)})
    response = _json([{"kind": kind, "label": labels[kind], "suggestions": some} for kind, some in groups.items()])
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/outlines/municipalities.geojson")
@asks("read", same_for_everybody=True)
def municipality_outlines() -> Response:
    """The municipalities, drawn coarse enough for a first view."""
    return _outlines(the_mapper().geography.municipality_outlines())


@blueprint.get("/outlines/neighbourhoods.geojson")
@asks("read", same_for_everybody=True)
def neighbourhood_outlines() -> Response:
    """The neighbourhoods that touch `bbox`."""
    west, south, east, north = asking.numbers(request.args.get("bbox", ",".join(map(str, maps.BRUSSELS))), 4)
    return _outlines(the_mapper().geography.neighbourhood_outlines((west, south, east, north)))


def _outlines(features: dict[str, Any]) -> Response:
    response = _json(features, "application/geo+json")
    response.headers["Cache-Control"] = f"public, max-age={_OUTLINES_S}"
    return response


@blueprint.get("/robots.txt")
@asks("read", same_for_everybody=True)
def robots() -> Response:
    """Search engines may read the places; not the endless answers to questions."""
    return Response("User-agent: *\nDisallow: /*?\nDisallow: /places.geojson\n", mimetype="text/plain")
