"""The same answers as data: JSON, GeoJSON, calendar, QR code; and what the map asks for while one moves it.

Everything comes from the snapshot of whoever asks; for the public that is the public one, so nothing else can leave.
"""

import datetime as dt
import io
import json
from collections.abc import Sequence
from typing import Any, cast

import msgspec
from flask import Blueprint, Response, abort, current_app, request, url_for
from flask_babel import gettext

from mapper import __version__, maps, opening
from mapper.catalogue import Catalogue
from mapper.model import Meeting, Offer, Problem, Resource, to_table
from mapper.taxonomy import Taxonomy
from mapper.text import N_
from mapper.web import asking
from mapper.web.assets import asset
from mapper.web.guard import asks, current_actor
from mapper.web.languages import chosen_language, plain, tidy
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
    from icalendar import Calendar

    resource = _visible(resource_id)
    if resource.status in ("historical", "closed"):
        abort(404)
    calendar = Calendar()
    calendar.add("prodid", f"-//mapper//{__version__}//")
    calendar.add("version", "2.0")
    events = 0
    for offer in resource.offers:
        for number, meeting in enumerate(offer.meetings):
            event = _event(resource, offer, meeting, number)
            if event is not None:
                calendar.add_component(event)
                events += 1
    if not events:
        abort(404)
    calendar.add_missing_timezones()
    response = Response(calendar.to_ical(), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="{resource.id}.ics"'
    return response


def _event(resource: Resource, offer: Offer, meeting: Meeting, number: int) -> Any:
    from icalendar import Event
    from icalendar.prop import vRecur

    now = the_mapper().now()
    start_of_series = (
        dt.datetime.combine(meeting.starts_on, dt.time(), tzinfo=opening.BRUSSELS) if meeting.starts_on else now
    )
    # The first event must be one that the rule itself gives (RFC 5545, 3.8.5.3).
    start = opening.next_meeting(meeting, start_of_series)
    if start is None or opening.next_meeting(meeting, now) is None:
        return None
    event = Event()
    event.add("uid", f"{resource.id}-{offer.id}-{number}@mapper")
    event.add("dtstamp", now.astimezone(dt.UTC))
    event.add("dtstart", start)
    event.add("duration", dt.timedelta(minutes=meeting.duration_min or 60))
    event.add("rrule", vRecur.from_ical(meeting.rule.removeprefix("RRULE:")))
    event.add("summary", f"{plain(offer.name)} · {plain(resource.name)}")
    event.add("description", plain(offer.description) or plain(resource.summary))
    event.add("url", url_for("resident.detail", resource_id=resource.id, _external=True))
    address = resource.place.address
    if address is not None:
        event.add("location", " ".join(filter(None, (plain(address.street), address.house_number, address.postcode))))
    return event


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
    query = msgspec.structs.replace(asked.query, limit=_PER_PAGE, offset=page * _PER_PAGE)
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
    mapper = the_mapper()
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
    features = [_mark(mark, catalogue, mapper.taxonomy) for mark in marks]
    return _json({"type": "FeatureCollection", "features": features}, "application/geo+json")


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


def _mark(mark: maps.Cluster, catalogue: Catalogue, taxonomy: Taxonomy) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    if mark.id is None:
        properties["n"] = mark.size
        if mark.same_point:
            properties["same"] = 1
    else:
        resource = catalogue.get(mark.id)
        if resource is not None:
            properties = {"id": mark.id, "name": plain(resource.name)[:80]}
            if resource.slices and resource.slices[0] in taxonomy.slices:
                properties["s"] = resource.slices[0]
                properties["l"] = taxonomy.slices[resource.slices[0]].letter
    geometry = {"type": "Point", "coordinates": [mark.lon, mark.lat]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


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


@blueprint.get("/map.js")
@asks("read", same_for_everybody=True)
def map_js() -> Response:
    """Our layer and folium's script in one answer, since on a poor line every question costs: an empty map and one
    layer that fetches everything by address."""
    layer = asset("static", "map-layer.js")
    assert layer is not None
    return Response(layer.body + _map_script().encode(), mimetype="text/javascript")


@blueprint.get("/map.css")
@asks("read", same_for_everybody=True)
def map_css() -> Response:
    """Leaflet's style sheet and what we change of it, in one answer for the same reason."""
    sheets = [asset("static-leaflet", "leaflet.css"), asset("static", "map.css")]
    return Response(b"\n".join(sheet.body for sheet in sheets if sheet), mimetype="text/css")


def _map_script() -> str:
    found: str | None = current_app.extensions.get("mapper_map_script")
    if found is None:
        urls = {
            "places": url_for("data.places_geojson", lang=None),
            "municipalities": url_for("data.municipality_outlines", lang=None),
            "neighbourhoods": url_for("data.neighbourhood_outlines", lang=None),
            "detail": url_for("resident.detail", resource_id="-", lang=None).removesuffix("-"),
        }
        kept = the_mapper().home / "cache"
        found = current_app.extensions["mapper_map_script"] = maps.kept_script(
            urls, current_app.config["TILE_URL"], kept
        )
    return found


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
