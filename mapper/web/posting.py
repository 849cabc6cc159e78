"""What every form that changes or tells something checks before it is read."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request
from werkzeug.exceptions import HTTPException

from mapper.model import Problem

#: More than any honest form holds.
MOST_BYTES = 64 * 1024


def from_this_site() -> bool:
    """Whether this POST was sent by a page of this site, or by no page at all.

    `Sec-Fetch-Site` decides where the browser sends it, else `Origin` (OWASP: CSRF prevention). A client that
    sends neither is no browser, so nobody's browser is being misused.
    """
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def keep_nothing(response: Response) -> Response:
    """No browser and nothing in between keeps this page, and the sender of a form can be told from others."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


class FailedInside(RuntimeError):
    """A failure of which only the kind and place are told."""


def without_words(view: Callable[..., Any]) -> Callable[..., Any]:
    """The same view, but a failure inside it tells only its kind and place: never a word of what was typed."""

    @wraps(view)
    def careful(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except (Problem, HTTPException):
            raise
        except Exception:
            kind, _error, trace = sys.exc_info()
        while trace and trace.tb_next:
            trace = trace.tb_next
        where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
        raise FailedInside(f"{kind.__name__ if kind else 'error'} in {where}")

    return careful
