"""What every answer carries: a strict policy, compression, an ETag; and nothing that remembers the reader."""

import gzip
import hashlib
import logging
from urllib.parse import urlsplit

import brotli
from flask import Flask, Response, request

#: One line a request, without what was asked or of which place: what somebody looks for is nobody's business.
access_log = logging.getLogger("mapper.access")

_TEXTS = ("text/", "application/json", "application/geo+json", "application/ld+json", "image/svg+xml")
_SMALLEST_WORTH_PACKING = 400


def policy(tile_url: str = "") -> str:
    """The Content-Security-Policy of every page; only an operator's own tile server widens it, for images."""
    images = "'self'"
    if tile_url:
        parts = urlsplit(tile_url.replace("{s}.", "*."))
        images += f" data: {parts.scheme}://{parts.netloc}"
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def is_text(mimetype: str) -> bool:
    """Whether a body of this type shrinks when it is packed."""
    return mimetype.startswith(_TEXTS)


def etag_of(body: bytes) -> str:
    """A hash of the body: the same bytes have the same tag on every machine."""
    return hashlib.sha256(body).hexdigest()[:20]


def finish(app: Flask) -> None:
    """Give every answer of this app its headers, ETag and compression."""
    content_policy = policy(app.config["TILE_URL"])

    @app.after_request
    def finish_one(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = content_policy
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "geolocation=(self), camera=(), microphone=(), browsing-topics=()"
        if response.status_code == 200 and request.method in ("GET", "HEAD"):
            _pack(response)
        elif request.method == "POST":
            compress(response)
        # Bytes that are packed differently still say the same, hence a weak tag (RFC 9110, 8.8.1).
        if response.get_etag()[0]:
            response.make_conditional(request)
        # The route and not the path: some paths hold the token of a link, and a made-up one could forge lines.
        rule = request.url_rule.rule if request.url_rule else "-"
        access_log.info("%s %s %s", request.method, rule, response.status_code)
        return response


def _pack(response: Response) -> None:
    response.direct_passthrough = False
    body = response.get_data()
    if not response.get_etag()[0]:
        response.set_etag(etag_of(body), weak=True)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-cache"
    compress(response)


def compress(response: Response) -> None:
    """Packs a body that shrinks, for a reader who can unpack it."""
    body = response.get_data()
    if not is_text(response.mimetype or ""):
        return
    response.vary.add("Accept-Encoding")
    if "Content-Encoding" in response.headers or len(body) < _SMALLEST_WORTH_PACKING:
        return
    packing = best_packing()
    if packing:
        response.set_data(brotli.compress(body, quality=5) if packing == "br" else gzip.compress(body, 6, mtime=0))
        response.headers["Content-Encoding"] = packing


def best_packing() -> str:
    """The Content-Encoding that makes an answer smallest for this reader: "br", "gzip" or "" for none."""
    accepted = request.accept_encodings
    return next((name for name in ("br", "gzip") if accepted.quality(name) > 0), "")
