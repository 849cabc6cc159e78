"""The map beside a list: what the panel of a page holds, and the script and style sheet that come with it."""

import hashlib
import importlib.util
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, url_for
from flask_babel import gettext

from mapper import maps
from mapper.catalogue import Catalogue
from mapper.core import Mapper
from mapper.web.assets import Asset, answer, asset, pack
from mapper.web.guard import asks
from mapper.web.languages import plain

blueprint = Blueprint("map_panel", __name__)


def map_view(
    bbox: maps.BBox, query: str, catalogue: Catalogue, marks: Sequence[maps.Cluster] | None = None
) -> dict[str, Any]:
    """What the map panel needs to draw its first view without asking: the marks stand in the page itself."""
    files = _files()
    return {
        "bbox": ",".join(f"{number:g}" for number in bbox),
        "query": query,
        "marks": None if marks is None else as_geojson(marks, catalogue),
        "approximate": catalogue.geography.approximate,
        "files": {
            "styles": url_for("map_panel.map_css", lang=None, v=files.style.etag[:8]),
            "script": url_for("map_panel.map_js", lang=None, v=files.script_version),
        },
        "words": {
            "in": gettext("Come closer"),
            "out": gettext("Go further away"),
            "close": gettext("Close"),
            "places": gettext("Places here: %(n)s", n="{n}"),
            "shown": gettext("Places in this part of the map: %(n)s", n="{n}"),
            "failed": gettext("The map could not be loaded. The list says the same."),
        },
    }


def as_geojson(marks: Sequence[maps.Cluster], catalogue: Catalogue) -> dict[str, Any]:
    """Marks as the map reads them: `n` for how many places, or the `id` and name of the only one."""
    return {"type": "FeatureCollection", "features": [_feature(mark, catalogue) for mark in marks]}


def _feature(mark: maps.Cluster, catalogue: Catalogue) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    if mark.id is None:
        properties["n"] = mark.size
        if mark.same_point:
            properties["same"] = 1
    else:
        resource, slices = catalogue.get(mark.id), catalogue.taxonomy.slices
        if resource is not None:
            properties = {"id": mark.id, "name": plain(resource.name)[:80]}
            if resource.slices and resource.slices[0] in slices:
                properties["s"] = resource.slices[0]
                properties["l"] = slices[resource.slices[0]].letter
    geometry = {"type": "Point", "coordinates": [mark.lon, mark.lat]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


# The script and the style sheet


class _Files:
    """What the map needs to run on this site, each in one answer: on a poor line every question costs, on a slow
    processor every script waits for its turn."""

    def __init__(self, tile_url: str, cache: Path) -> None:
        self._tile_url, self._cache = tile_url, cache
        self._urls = {
            "places": url_for("data.places_geojson", lang=None),
            "municipalities": url_for("data.municipality_outlines", lang=None),
            "neighbourhoods": url_for("data.neighbourhood_outlines", lang=None),
            "detail": url_for("resident.detail", resource_id="-", lang=None).removesuffix("-"),
        }
        self._leaflet_and_layer = leaflet("leaflet.js") + b"\n" + own_file("map-layer.js")
        self.style = pack(leaflet("leaflet.css") + b"\n" + own_file("map.css"), "text/css")
        drawn = maps.script_version(self._urls, tile_url)
        self.script_version = hashlib.sha256(self._leaflet_and_layer + drawn.encode()).hexdigest()[:8]

    @cached_property
    def script(self) -> Asset:
        """Leaflet, our layer, and folium's script, which draws an empty map and that layer."""
        drawn = maps.kept_script(self._urls, self._tile_url, self._cache)
        return pack(self._leaflet_and_layer + drawn.encode(), "text/javascript")


def leaflet(name: str) -> bytes:
    """One of Leaflet's own files."""
    # The PyPI package carries Leaflet's own files; its Django side is never imported.
    spec = importlib.util.find_spec("js_lib_leaflet")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package django-js-lib-leaflet is not installed. Run `make install`.")
    return (Path(spec.origin).parent / "static" / "js_lib_leaflet" / name).read_bytes()


def own_file(name: str) -> bytes:
    """One of our static files."""
    found = asset(name)
    assert found is not None, name
    return found.body


def _files() -> _Files:
    found: _Files | None = current_app.extensions.get("mapper_map_files")
    if found is None:
        mapper: Mapper = current_app.extensions["mapper"]
        found = _Files(current_app.config["TILE_URL"], mapper.home / "cache")
        current_app.extensions["mapper_map_files"] = found
    return found


@blueprint.get("/map.js")
@asks("read", same_for_everybody=True)
def map_js() -> Response:
    """The map's script."""
    files = _files()
    return answer(files.script, files.script_version)


@blueprint.get("/map.css")
@asks("read", same_for_everybody=True)
def map_css() -> Response:
    """Leaflet's style sheet and what we change of it."""
    style = _files().style
    return answer(style, style.etag[:8])
