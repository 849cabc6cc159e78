"""Style sheets, scripts and Leaflet's own files, read and packed once, served with a year of caching."""

import gzip
import importlib.util
import mimetypes
from functools import cache
from pathlib import Path
from typing import NamedTuple

import brotli
from flask import Blueprint, Response, abort, request, url_for

from mapper.web.guard import asks
from mapper.web.responses import best_packing, etag_of, is_text

blueprint = Blueprint("assets", __name__)


class Asset(NamedTuple):
    """A file as it goes over the wire."""

    body: bytes
    #: Content-Encoding -> the body packed that way, as small as it gets.
    packed: dict[str, bytes]
    etag: str
    mimetype: str


def _leaflet_folder() -> Path:
    # The PyPI package carries Leaflet's own files; its Django side is never imported.
    spec = importlib.util.find_spec("js_lib_leaflet")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package django-js-lib-leaflet is not installed. Run `make install`.")
    return Path(spec.origin).parent / "static" / "js_lib_leaflet"


def _folder(collection: str) -> Path:
    return _leaflet_folder() if collection == "static-leaflet" else Path(__file__).parent.parent / "static"


@cache
def asset(collection: str, name: str) -> Asset | None:
    """One file of `static` or `static-leaflet`, or None. Only files directly inside, never a path."""
    path = _folder(collection) / name
    if not name or Path(name).name != name or not path.is_file():
        return None
    body = path.read_bytes()
    mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = {}
    if is_text(mimetype):
        packed = {"br": brotli.compress(body, quality=11), "gzip": gzip.compress(body, 9, mtime=0)}
    return Asset(body, packed, etag_of(body), mimetype)


def asset_url(name: str, collection: str = "static") -> str:
    """The address of a file, with its hash, so that a new version is fetched at once."""
    found = asset(collection, name)
    assert found is not None, name
    return url_for("assets.serve", collection=collection, name=name, v=found.etag[:8])


@blueprint.get("/<any('static', 'static-leaflet'):collection>/<name>")
@asks("read", same_for_everybody=True)
def serve(collection: str, name: str) -> Response:
    """A static file, packed when the reader can unpack it."""
    found = asset(collection, name)
    if found is None:
        abort(404)
    packing = best_packing() if found.packed else ""
    response = Response(found.packed.get(packing, found.body), mimetype=found.mimetype)
    if packing:
        response.headers["Content-Encoding"] = packing
    response.set_etag(found.etag, weak=True)
    # With the hash in its address a file never changes; without, the reader asks again.
    fixed = request.args.get("v") == found.etag[:8]
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
    return response


@blueprint.get("/favicon.ico")
@asks("read", same_for_everybody=True)
def favicon() -> Response:
    """Browsers ask for it unasked."""
    return serve("static", "favicon.svg")
