"""Places on a map: clusters for one view, and the script that draws the map. The only home of folium.

No word from the database ever goes through folium: its popups, tooltips and icons run HTML. folium draws an empty
map and one layer; `static/map-layer.js` fetches the places by URL and writes them as text.
Leaflet wants lat before lon; everywhere else it is lon before lat.
"""

import contextlib
import hashlib
import json
import math
import secrets
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The Brussels-Capital Region: west, south, east, north in degrees.
BRUSSELS = (4.243, 50.763, 4.483, 50.914)
#: Most marks in one view: more is a haze nobody can read, and every mark costs bytes on a poor line.
MOST_CLUSTERS = 40
MAX_ZOOM = 19
_CELL_PX = 64
_TILE_PX = 256

BBox = tuple[float, float, float, float]


class Cluster(NamedTuple):
    """Some places that are drawn as one mark: where (degrees), how many, and which if it is only one."""

    lon: float
    lat: float
    size: int
    id: str | None
    #: All of them stand at one and the same point, so coming closer does not part them.
    same_point: bool


def clusters(
    lons: "NDArray[np.float64]", lats: "NDArray[np.float64]", ids: Sequence[str], bbox: BBox, zoom: int
) -> list[Cluster]:
    """The places inside `bbox` (west, south, east, north) as at most `MOST_CLUSTERS` marks for this zoom.

    Places fall into square cells of a Web Mercator grid that does not move with the view, so marks stay where
    they are while one pans. Cells grow until few enough are left. Places without a point (NaN) are left out.
    """
    west, south, east, north = bbox
    inside = np.flatnonzero((lons >= west) & (lons <= east) & (lats >= south) & (lats <= north))
    if not inside.size:
        return []
    lon, lat = lons[inside], lats[inside]
    x = (lon + 180.0) / 360.0
    y = 0.5 - np.arctanh(np.sin(np.radians(np.clip(lat, -85.0, 85.0)))) / (2 * math.pi)
    cells = 2 ** min(max(zoom, 0), MAX_ZOOM) * _TILE_PX // _CELL_PX
    while True:
        keys = (x * cells).astype(np.int64) * cells + (y * cells).astype(np.int64)
        _, first, cell, counts = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        if len(counts) <= MOST_CLUSTERS or cells == 1:
            break
        cells = max(1, cells * 7 // 10)
    # Offsets from the first place of each cell: exact where all of them coincide, unlike a mean of sums.
    lon_off, lat_off = lon - lon[first][cell], lat - lat[first][cell]
    apart = np.bincount(cell, weights=np.abs(lon_off) + np.abs(lat_off))
    mean_lon = lon[first] + np.bincount(cell, weights=lon_off) / counts
    mean_lat = lat[first] + np.bincount(cell, weights=lat_off) / counts
    return [
        Cluster(
            round(float(mean_lon[i]), 5),
            round(float(mean_lat[i]), 5),
            int(counts[i]),
            ids[int(inside[first[i]])] if counts[i] == 1 else None,
            bool(apart[i] == 0.0),
        )
        for i in range(len(counts))
    ]


def zoom_for(bbox: BBox, width_px: int = 560, height_px: int = 700) -> int:
    """The closest whole zoom at which all of `bbox` fits a map of this size."""
    west, south, east, north = bbox
    mercator = [math.asinh(math.tan(math.radians(lat))) / (2 * math.pi) for lat in (south, north)]
    spans = ((east - west) / 360.0 / width_px, (mercator[1] - mercator[0]) / height_px)
    widest = max(*spans, 1e-9)
    return max(0, min(MAX_ZOOM - 2, math.floor(math.log2(1 / (_TILE_PX * widest)))))


def view_of(lons: "NDArray[np.float64]", lats: "NDArray[np.float64]") -> BBox:
    """The part of the map to show first for these places: around them, never closer than a few streets.

    Without any place, or with places all over, it is the whole region.
    """
    known = np.isfinite(lons) & np.isfinite(lats)
    if not known.any():
        return BRUSSELS
    margin_lon, margin_lat = 0.008, 0.005
    around = (
        float(lons[known].min()) - margin_lon,
        float(lats[known].min()) - margin_lat,
        float(lons[known].max()) + margin_lon,
        float(lats[known].max()) + margin_lat,
    )
    west, south = max(around[0], BRUSSELS[0]), max(around[1], BRUSSELS[1])
    east, north = min(around[2], BRUSSELS[2]), min(around[3], BRUSSELS[3])
    if east - west < margin_lon or north - south < margin_lat:  # they are outside the region, or nearly
        west, south, east, north = around
    return round(west, 3), round(south, 3), round(east, 3), round(north, 3)


def script_version(urls: dict[str, str], tile_url: str, layer: str = "resourceLayer") -> str:
    """Another when `script` would draw something else; known without drawing it, for which folium loads for seconds."""
    about = json.dumps([version("folium"), Path(__file__).read_text(encoding="utf-8"), urls, tile_url, layer])
    return hashlib.sha256(about.encode()).hexdigest()[:16]


def kept_script(urls: dict[str, str], tile_url: str, folder: Path, layer: str = "resourceLayer") -> str:
    """The same as `script`, drawn once and kept in a folder.

    A folder that cannot be written only costs time.
    """
    file = folder / f"map-{script_version(urls, tile_url, layer)}.js"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return file.read_text(encoding="utf-8")
    drawn = script(urls, tile_url, layer)
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        part = file.with_suffix(f".{secrets.token_hex(4)}.part")
        part.write_text(drawn, encoding="utf-8")
        part.replace(file)
    return drawn


def script(urls: dict[str, str], tile_url: str = "", layer: str = "resourceLayer") -> str:
    """The JavaScript that draws the map in `<div id="map_mapper">`; the same bytes every time.

    `layer` is the function of ours that draws the layer, `urls` are the addresses that it reads from. A background is
    drawn only when the operator names one.
    """
    import folium
    from branca.element import Figure
    from folium.elements import JSCSSMixin
    from folium.map import Layer
    from folium.template import Template

    class BrusselsMap(folium.Map):
        """folium's map, without its five foreign hosts: the page itself brings Leaflet."""

        default_js = []  # noqa: RUF012 - as folium declares it
        default_css = []  # noqa: RUF012

    class ResourceLayer(JSCSSMixin, Layer):
        """The places, outlines and labels, fetched by address and drawn by `map-layer.js`."""

        _template = Template(
            """
            {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = mapper.{{ this.draws }}({{ this.options|tojavascript }});
            {% endmacro %}
            """
        )

        def __init__(self, **options: Any) -> None:
            super().__init__(name="places", overlay=True, control=False, show=True)
            self._name = "ResourceLayer"
            self.options = options
            self.draws = layer

    west, south, east, north = BRUSSELS
    brussels = BrusselsMap(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=11,
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        maxZoom=MAX_ZOOM,
        minZoom=9,
        # Quarter steps let the region fill a narrow panel.
        zoomSnap=0.25,
    )
    brussels._id = "mapper"
    brussels._name = "map"
    figure = Figure()
    figure._id = "mapper"
    brussels.add_to(figure)
    if tile_url:
        tiles = folium.TileLayer(tiles=tile_url, attr=" ", max_zoom=MAX_ZOOM, control=False)
        tiles._id = "mapper"
        tiles.add_to(brussels)
    places = ResourceLayer(**urls)
    places._id = "mapper"
    places.add_to(brussels)
    figure.render()
    lines = (line.strip() for line in figure.script.render().splitlines())
    return "\n".join(line for line in lines if line) + "\n"
