"""The web site: `create_app` takes an open instance and gives a Flask app."""

import os
import traceback

from flask import Flask, Response, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from mapper.access import may
from mapper.core import Mapper
from mapper.core.authority import Refused
from mapper.core.provider import Provider
from mapper.model import Problem
from mapper.web import (
    account,
    accounts,
    assets,
    calls,
    case_words,
    cases,
    casework,
    curation,
    data,
    desk,
    gathering,
    guard,
    languages,
    map_panel,
    neighbourhoods,
    numbers,
    provider,
    records,
    referrals,
    report,
    resident,
    responses,
    signing_in,
    stewards,
)
from mapper.web.posting import FailedInside
from mapper.wording import ROLE_LABELS, say

#: One blueprint a room.
_ROOMS = (
    assets,
    resident,
    map_panel,
    data,
    casework,
    calls,
    stewards,
    records,
    signing_in,
    account,
    accounts,
    provider,
    cases,
    referrals,
    numbers,
    neighbourhoods,
    report,
    curation,
    gathering,
)


def create_app(mapper: Mapper) -> Flask:
    """The site over an open instance.

    Settings come from the environment: `MAPPER_CONTACT` (whom to tell of mistakes: mail address or phone number),
    `MAPPER_TILE_URL` (a background for the map; without it no other host is ever asked) and `MAPPER_WITHOUT_CIRCLES`
    (anything in it leaves the four circles out of the conversation: in a welfare centre they would be an inquiry
    into income).
    """
    app = Flask("mapper", static_folder=None, template_folder="templates")
    if proxies := int(os.environ.get("MAPPER_PROXIES") or 0):
        # Only then are the headers of a proxy believed: without one anybody could send them.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    app.config["TILE_URL"] = os.environ.get("MAPPER_TILE_URL", "")
    app.config["OPERATOR_CONTACT"] = os.environ.get("MAPPER_CONTACT", "")
    app.config["WITHOUT_CIRCLES"] = bool(os.environ.get("MAPPER_WITHOUT_CIRCLES"))
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["mapper"] = mapper
    app.extensions["mapper_provider"] = Provider.from_environment()
    languages.set_up(app)
    responses.finish(app)
    cases.set_up(app)
    guard.set_up(app)
    for room in _ROOMS:
        app.register_blueprint(room.blueprint)
    app.jinja_env.globals.update(resident.template_words(mapper.taxonomy), **calls.template_words())
    app.jinja_env.globals.update(**stewards.template_words(), **records.template_words())
    app.jinja_env.globals.update(
        languages=languages.LANGUAGES,
        direction=languages.direction,
        words=languages.words,
        this_page_in=languages.this_page_in,
        asset_url=assets.asset_url,
        has_provider=app.extensions["mapper_provider"] is not None,
        desk_links=desk.desk_links,
        referral_answers=case_words.ANSWERS,
        given_how_words=case_words.GIVEN_HOW,
        may_do=lambda verb: may(guard.current_actor(), verb),
        role_label=lambda role: gettext(ROLE_LABELS[role]),
        operator_contact=app.config["OPERATOR_CONTACT"],
    )
    app.context_processor(lambda: {"language": languages.chosen_language()})
    _add_errors(app)
    return app


def _add_errors(app: Flask) -> None:
    @app.errorhandler(Refused)
    def not_yours(error: Refused) -> Response | tuple[str, int]:
        # Where existence is a secret, the answer is that of something that never was.
        return refused(NotFound()) if error.is_secret else guard.not_allowed()

    @app.errorhandler(Problem)
    def problem(error: Problem) -> tuple[str, int]:
        return _page(gettext("That did not work"), say(error, languages.chosen_language())), 400

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response | tuple[str, int]:
        if error.code in (301, 302, 303, 308) or error.code is None:
            return error.get_response()  # type: ignore[return-value]
        if error.code == 404:
            return _page(
                gettext("This page is not here"),
                gettext("Perhaps it moved, or the address was typed wrongly. Search for it on the first page."),
            ), 404
        if error.code == 413:
            most = round((request.max_content_length or 0) / 1_000_000, 1)
            return _page(
                gettext("That is too much at once"),
                gettext("It is larger than %(most)s MB, so nothing of it was read. Split it, and send the parts.",
                        most=f"{most:g}"),
            ), 413  # fmt: skip
        if error.code >= 500:
            return broken(error)
        return _page(gettext("That did not work"), gettext("The address asks for something this site cannot do.")), (
            error.code
        )

    @app.errorhandler(Exception)
    def broken(error: Exception) -> tuple[str, int]:
        # Where it broke and its kind. The message of an error can hold what somebody typed.
        where = "".join(traceback.format_tb(error.__traceback__))
        kind = str(error) if isinstance(error, FailedInside) else type(error).__name__
        app.logger.error("an answer failed on %s: %s\n%s", request.url_rule, kind, where)
        return _page(
            gettext("Something broke on our side"),
            gettext("It is not your fault. Try again in a minute."),
        ), 500


def _page(heading: str, message: str) -> str:
    return render_template("error.html", heading=heading, message=message)
