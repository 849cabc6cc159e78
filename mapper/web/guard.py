"""Who is asking, and whether they may: every route names its verb, and one check before every view reads it.

A signed-in browser holds one cookie with a random id; everything else stands in the store. The public gets none.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from mapper.access import RESIDENT, VERBS, Actor, Verb, may
from mapper.core import Mapper
from mapper.core.sessions import AT_MOST, Account, actor_of
from mapper.web.posting import MOST_BYTES, from_this_site, keep_nothing

View = TypeVar("View", bound=Callable[..., Any])

_SAFE = ("GET", "HEAD", "OPTIONS")
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Asked(NamedTuple):
    """What a route declares."""

    verb: Verb
    #: How large a form may be.
    most_bytes: int
    #: A file that is the same for everybody: nobody's session is looked at, and caches may keep it.
    same_for_everybody: bool


def asks(verb: Verb, *, most_bytes: int = MOST_BYTES, same_for_everybody: bool = False) -> Callable[[View], View]:
    """Declares the verb of `access` that a view needs. A route without one is refused.

    Whether somebody may do it to *this* record is asked by `core`, which knows the record.
    """
    assert verb in VERBS, verb

    def mark(view: View) -> View:
        view.asked = Asked(verb, most_bytes, same_for_everybody)  # type: ignore[attr-defined]
        return view

    return mark


def asked_by(app: Flask, endpoint: str) -> Asked | None:
    """What the route behind an endpoint declares; None when it declares nothing."""
    return getattr(app.view_functions[endpoint], "asked", None)


# Who is asking


def current_account() -> Account | None:
    """The account that is signed in; None for the public."""
    if "account" not in g:
        session_id = own_session_id()
        mapper: Mapper = current_app.extensions["mapper"]
        g.account = mapper.sessions.resume(session_id) if session_id else None
        g.own_language = g.account.language if g.account else ""
    return g.account


def current_actor() -> Actor:
    """Who asks: whoever is signed in, else a resident."""
    account = current_account()
    return actor_of(account) if account else RESIDENT


def form_token() -> Markup:
    """The hidden field that every form of somebody signed in carries; nothing for the public."""
    if current_account() is None:
        return Markup()
    return Markup('<input type="hidden" name="form_token" value="{}">').format(token_of(own_session_id()))


def token_of(session_id: str) -> str:
    """Made from the session's own secret, so that it ends with the session and is kept nowhere."""
    return hmac.new(session_id.encode(), b"form", hashlib.sha256).hexdigest()


# The cookie


def cookie_name() -> str:
    """`__Host-` binds a cookie to this very host over https; a browser refuses that name on plain http."""
    return "__Host-mapper" if request.is_secure else "mapper"


def may_use_cookies() -> bool:
    """Over https, or on this very machine: anywhere else the line could be listened to."""
    return request.is_secure or (urlsplit(f"//{request.host}").hostname or "") in _LOCAL


def with_session(response: Response, session_id: str) -> Response:
    """The answer that signs a browser in, under an id that it never had before."""
    response.set_cookie(
        cookie_name(), session_id, max_age=AT_MOST, path="/", secure=request.is_secure, httponly=True, samesite="Strict"
    )
    return response


def without_session(response: Response) -> Response:
    """The answer that signs a browser out and empties what it kept of this site.

    Drafts of places that a coach has not sent yet stay: they hold nothing about a person, and losing them would cost
    an afternoon.
    """
    response.delete_cookie(cookie_name(), path="/", secure=request.is_secure, httponly=True, samesite="Strict")
    response.headers["Clear-Site-Data"] = '"cache", "cookies"'
    return response


def own_session_id() -> str:
    """The id that this browser sent; "" when it sent none."""
    return request.cookies.get(cookie_name(), "")


# The check


def set_up(app: Flask) -> None:
    """Check every request of this app, and keep no answer to somebody signed in."""

    @app.before_request
    def check() -> Any:
        request.max_content_length = MOST_BYTES
        if request.endpoint is None:
            return None
        asked = asked_by(app, request.endpoint)
        if asked is None:
            raise RuntimeError(f"{request.endpoint} declares no verb: give it @asks(…)")
        request.max_content_length = asked.most_bytes
        if asked.same_for_everybody:
            return None
        actor = current_actor()
        is_safe = request.method in _SAFE
        if not is_safe and not from_this_site():
            words = gettext("This was not sent by a page of this site. Open the page and fill it in again.")
            return _page(gettext("That did not work"), words), 403
        if not is_safe and actor != RESIDENT and not _has_token():
            return _send_again()
        if may(actor, asked.verb):
            return None
        if not is_safe and actor == RESIDENT and own_session_id():
            return _send_again()
        if actor == RESIDENT:
            return redirect(url_for("signing_in.sign_in", next=request.path), 303)
        return not_allowed()

    @app.after_request
    def keep_no_answer(response: Response) -> Response:
        if g.get("account") is not None:
            keep_nothing(response)
        return response

    app.jinja_env.globals.update(form_token=form_token, current_actor=current_actor, current_account=current_account)


def _has_token() -> bool:
    """Whether a form was made for this very session."""
    given = request.form.get("form_token", "")
    return hmac.compare_digest(given.encode(), token_of(own_session_id()).encode())


def _send_again() -> Response:
    """A form that outlived its session: what was typed stays in the page, and goes off when its writer says so again.

    Only a form of our own page gets here; another site is refused before. Passwords are typed anew.
    """
    typed = [
        (name, value)
        for name, values in request.form.lists()
        for value in values
        if name != "form_token" and "password" not in name
    ]
    page = render_template("send_again.html", typed=typed, action=request.full_path.rstrip("?"))
    return keep_nothing(make_response(page, 403))


def not_allowed() -> tuple[str, int]:
    """The page for somebody whose role does not do this."""
    words = gettext("Your account is not meant for this. Ask the person who runs this site.")
    return _page(gettext("You may not do this"), words), 403


def _page(heading: str, message: str) -> str:
    return render_template("error.html", heading=heading, message=message)


def page_after(path: str, otherwise: str) -> str:
    """A page of this site to go on to: the given path where it is one that can be read, else another."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or "?" in path:
        return otherwise
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return otherwise
    return path
