"""Signing in through the organisation's own identity provider, where one is configured.

A short-lived cookie ties the answer to the browser that asked. The provider's answer arrives by a GET, which changes
nothing: a form on our own page takes it further.
"""

import os
import secrets
from typing import Any

from flask import Blueprint, abort, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mapper.core.provider import Provider
from mapper.model import Problem
from mapper.web.guard import asks, may_use_cookies, own_session_id, with_session
from mapper.web.languages import chosen_language
from mapper.web.posting import keep_nothing, without_words
from mapper.web.resident import the_mapper
from mapper.wording import say

blueprint = Blueprint("provider", __name__)
blueprint.after_request(keep_nothing)

_ASKED_FOR_S = 600


def _provider() -> Provider:
    provider: Provider | None = current_app.extensions.get("mapper_provider")
    if provider is None or not may_use_cookies():
        abort(404)
    return provider


def _cookie() -> str:
    return "__Host-mapper-asked" if request.is_secure else "mapper-asked"


def _back() -> str:
    path = url_for("provider.answer", lang=None)
    return (os.environ.get("MAPPER_PUBLIC_URL") or request.host_url).rstrip("/") + path


@blueprint.get("/sign-in/elsewhere")
@asks("sign_in")
@without_words
def ask() -> Any:
    """Sends the browser to the provider."""
    provider, secret = _provider(), secrets.token_urlsafe(32)
    answer = make_response(redirect(provider.address(secret, _back()), 303))
    answer.set_cookie(
        _cookie(), secret, max_age=_ASKED_FOR_S, path="/", secure=request.is_secure, httponly=True, samesite="Strict"
    )
    return answer


@blueprint.get("/sign-in/answer")
@asks("sign_in")
@without_words
def answer() -> str:
    """What the provider answered, in a form to take it further."""
    _provider()
    return render_template(
        "provider_answer.html", code=request.args.get("code", ""), state=request.args.get("state", "")
    )


@blueprint.post("/sign-in/answer")
@asks("sign_in")
@without_words
def take_answer() -> Any:
    """A session for whoever the provider vouches for and somebody invited."""
    provider, form, mapper = _provider(), request.form, the_mapper()
    try:
        subject, email = provider.who(
            form.get("code", ""), form.get("state", ""), request.cookies.get(_cookie(), ""), _back()
        )
        session_id = mapper.sessions.sign_in_by_provider(subject, email)
    except Problem as problem:
        page = render_template("sign_in.html", wrong=say(problem, chosen_language()), name="", next="")
        return _forgetting(make_response(page, 403))
    mapper.sessions.end(own_session_id())
    return _forgetting(with_session(make_response(redirect(url_for("resident.home"), 303)), session_id))


def _forgetting(answer: Response) -> Response:
    answer.delete_cookie(_cookie(), path="/", secure=request.is_secure, httponly=True, samesite="Strict")
    return answer
