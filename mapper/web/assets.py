"""Style sheets and scripts, read and packed once, served with a year of caching."""

import gzip
import mimetypes
from functools import cache
from pathlib import Path
from typing import NamedTuple

import brotli
from flask import Blueprint, Response, abort, request, url_for

from mapper.web.guard import asks
from mapper.web.responses import best_packing, etag_of, is_text

blueprint = Blueprint("assets", __name__)

_OURS = Path(__file__).parent.parent / "static"


class Asset(NamedTuple):
    """A file as it goes over the wire."""

    body: bytes
    #: Content-Encoding -> the body packed that way, as small as it gets.
    packed: dict[str, bytes]
    etag: str
    mimetype: str


def pack(body: bytes, mimetype: str) -> Asset:
    """A body packed as small as it gets, which takes a while: for what is served many times."""
    packed = {}
    if is_text(mimetype):
        packed = {"br": brotli.compress(body, quality=11), "gzip": gzip.compress(body, 9, mtime=0)}
    return Asset(body, packed, etag_of(body), mimetype)


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in _OURS.iterdir() if path.is_file())


def asset(name: str) -> Asset | None:
    """One file of `static`, or None. Only files directly inside, never a path."""
    # Asked before anything is kept: made-up names would fill the memory.
    return _asset(name) if name in _names() else None


@cache
def _asset(name: str) -> Asset:
    return pack((_OURS / name).read_bytes(), mimetypes.guess_type(name)[0] or "application/octet-stream")


def asset_url(name: str) -> str:
    """The address of a file, with its hash, so that a new version is fetched at once."""
    found = asset(name)
    assert found is not None, name
    return url_for("assets.serve", name=name, v=found.etag[:8])


@blueprint.get("/static/<name>")
@asks("read", same_for_everybody=True)
def serve(name: str) -> Response:
    """A static file."""
    found = asset(name)
    if found is None:
        abort(404)
    return answer(found, found.etag[:8])


def answer(found: Asset, version: str) -> Response:
    """A file, packed when the reader can unpack it."""
    packing = best_packing() if found.packed else ""
    response = Response(found.packed.get(packing, found.body), mimetype=found.mimetype)
    if packing:
        response.headers["Content-Encoding"] = packing
    response.set_etag(found.etag, weak=True)
    # With its version in the address a file never changes; without, the reader asks again.
    fixed = request.args.get("v") == version
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
    return response


@blueprint.get("/favicon.ico")
@asks("read", same_for_everybody=True)
def favicon() -> Response:
    """Browsers ask for it unasked."""
    return serve("favicon.svg")
