"""One's own account: language, password, second step, and every browser that is signed in."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from mapper.core.passwords import is_totp_secret, new_totp_secret, totp_address
from mapper.core.sessions import Account
from mapper.model import Problem
from mapper.web.guard import asks, current_account, current_actor, with_session, without_session
from mapper.web.languages import LANGUAGES, chosen_language
from mapper.web.posting import without_words
from mapper.web.resident import the_mapper
from mapper.wording import say

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
@asks("own_account")
def own() -> Any:
    """What there is to change about oneself."""
    return _page()


def _page(wrong: dict[str, str] | None = None) -> Any:
    account = _own()
    page = render_template(
        "account.html", account=account, wrong=wrong or {}, done=request.args.get("done", ""),
        team=the_mapper().accounts.team(account.team), languages_to_choose=list(LANGUAGES.items()),
    )  # fmt: skip
    return page, 400 if wrong else 200


def _own() -> Account:
    account = current_account()
    assert account is not None  # the guard lets nobody else in
    return account


@blueprint.post("/account/language")
@asks("own_account")
def choose_language() -> Response:
    """The interface in another language from now on."""
    language = request.form.get("language", "")
    the_mapper().accounts.choose_language(current_actor(), language if language in LANGUAGES else "")
    return redirect(url_for("account.own", lang=None), 303)


@blueprint.post("/account/password")
@asks("own_account")
@without_words
def change_password() -> Any:
    """Another password; every other browser is signed out."""
    form = request.form
    new = form.get("new_password", "")
    if new != form.get("again", ""):
        return _page({"again": gettext("The two passwords differ. Type the same one twice.")})
    try:
        session_id = the_mapper().accounts.change_password(current_actor(), form.get("password", ""), new)
    except Problem as problem:
        return _page({"password": say(problem, chosen_language())})
    return _again("password", session_id)


@blueprint.get("/account/second-step")
@asks("own_account")
def second_step() -> Any:
    """A fresh secret for an app that makes codes; nothing changes before a first code is right."""
    return _totp_page(new_totp_secret())


@blueprint.post("/account/second-step")
@asks("own_account")
@without_words
def set_second_step() -> Any:
    """Asks a code from now on."""
    form = request.form
    secret = form.get("secret", "")
    if not is_totp_secret(secret):
        # Our own page sends back the secret it showed; anything else starts anew.
        return _totp_page(
            new_totp_secret(),
            gettext("This code is not right. Look whether the clock of your phone is right, and try again."),
        )
    try:
        session_id = the_mapper().accounts.set_totp(
            current_actor(), form.get("password", ""), secret, form.get("code", "")
        )
    except Problem as problem:
        return _totp_page(secret, say(problem, chosen_language()))
    return _again("second-step-on", session_id)


def _totp_page(secret: str, wrong: str = "") -> Any:
    import segno

    code = segno.make(totp_address(secret, _own().sign_in_name), error="m")
    picture = code.svg_inline(scale=5, border=2, dark="#1d1a16", light="#ffffff", omitsize=True)
    page = render_template("second_step.html", secret=secret, picture=picture, wrong={"code": wrong} if wrong else {})
    return page, 400 if wrong else 200


@blueprint.post("/account/second-step/off")
@asks("own_account")
@without_words
def clear_second_step() -> Any:
    """Asks no code any more."""
    try:
        session_id = the_mapper().accounts.clear_totp(current_actor(), request.form.get("off_password", ""))
    except Problem as problem:
        return _page({"off_password": say(problem, chosen_language())})
    return _again("second-step-off", session_id)


def _again(done: str, session_id: str) -> Response:
    return with_session(make_response(redirect(url_for("account.own", done=done), 303)), session_id)


@blueprint.post("/account/sign-out-everywhere")
@asks("own_account")
def sign_out_everywhere() -> Response:
    """Ends every session of this account, this one too."""
    the_mapper().sessions.end_all(current_actor())
    return without_session(make_response(redirect(url_for("signing_in.sign_in"), 303)))
