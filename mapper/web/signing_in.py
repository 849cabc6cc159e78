"""Signing in, signing out, and taking up an invitation."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from mapper.core.accounts import NameProblem
from mapper.core.sessions import Account, NotKnown, TooOften
from mapper.model import Problem
from mapper.web.guard import (
    asks,
    current_account,
    may_use_cookies,
    own_session_id,
    page_after,
    with_session,
    without_session,
)
from mapper.web.languages import chosen_language
from mapper.web.posting import keep_nothing, without_words
from mapper.web.resident import the_mapper
from mapper.wording import say

blueprint = Blueprint("signing_in", __name__)
blueprint.after_request(keep_nothing)


@blueprint.get("/sign-in")
@asks("sign_in")
def sign_in() -> Any:
    """The form; somebody who is signed in already goes on."""
    if current_account() is not None:
        return redirect(_next(request.args.get("next", "")), 303)
    return _form()


@blueprint.post("/sign-in")
@asks("sign_in")
@without_words
def sign_in_with_password() -> Any:
    """A session for whoever knows name and password; the same words and time for whoever does not."""
    if not may_use_cookies():
        return _form(_not_here(), 400)
    form, mapper = request.form, the_mapper()
    try:
        session_id = mapper.sessions.sign_in(
            form.get("name", ""), form.get("password", ""), form.get("code", ""), request.remote_addr or ""
        )
    except TooOften as problem:
        answer = make_response(_form(say(problem, chosen_language()), 429))
        answer.headers["Retry-After"] = str(problem.wait_s)
        return answer
    except NotKnown as problem:
        return _form(say(problem, chosen_language()), 403)
    mapper.sessions.end(own_session_id())
    return _with_session(_next(form.get("next", "")), session_id)


def _form(wrong: str = "", status: int = 200) -> tuple[str, int]:
    given = request.form if request.method == "POST" else request.args
    return render_template(
        "sign_in.html", wrong=wrong, name=request.form.get("name", "")[:120], next=given.get("next", "")[:500]
    ), status


def _not_here() -> str:
    return gettext("Signing in works over https only, so that nobody on the line can listen. Use the https address.")


def _next(path: str) -> str:
    return page_after(path, url_for("resident.home"))


def _with_session(path: str, session_id: str) -> Response:
    return with_session(make_response(redirect(path, 303)), session_id)


@blueprint.post("/sign-out")
@asks("own_account")
def sign_out() -> Response:
    """Ends this session; the browser forgets what it kept of this site."""
    the_mapper().sessions.end(own_session_id())
    return without_session(make_response(redirect(url_for("resident.home"), 303)))


# An invitation. Its token stands in the query, which no log of ours keeps; reading the page uses nothing up.


@blueprint.get("/invitation")
@asks("sign_in")
@without_words
def invitation() -> Any:
    """Whom the link is for, and a form to choose a password."""
    return _invitation_form(request.args.get("link", ""))


@blueprint.post("/invitation")
@asks("sign_in")
@without_words
def take_up_invitation() -> Any:
    """Uses the link up, and signs in."""
    form, mapper = request.form, the_mapper()
    token = form.get("link", "")
    if not may_use_cookies():
        return _invitation_form(token, {"password": _not_here()})
    password = form.get("password", "")
    if password != form.get("again", ""):
        return _invitation_form(token, {"again": gettext("The two passwords differ. Type the same one twice.")})
    try:
        session_id = mapper.accounts.accept(token, form.get("name", ""), password)
    except Problem as problem:
        field = "name" if isinstance(problem, NameProblem) else "password"
        return _invitation_form(token, {field: say(problem, chosen_language())})
    mapper.sessions.end(own_session_id())
    return _with_session(url_for("resident.home"), session_id)


def _invitation_form(token: str, wrong: dict[str, str] | None = None) -> Any:
    account: Account = the_mapper().accounts.invited(token)
    name = account.sign_in_name or request.form.get("name", "")[:120]
    page = render_template("invitation.html", account=account, link=token, name=name, wrong=wrong or {})
    return page, 400 if wrong else 200
