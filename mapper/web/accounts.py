"""Accounts as the admin keeps them, and inviting a steward as a coach does."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from mapper.access import may_all
from mapper.core import letter
from mapper.core.accounts import ACCOUNT_ROLES
from mapper.core.authority import Refused
from mapper.core.sessions import Account
from mapper.model import Problem
from mapper.text import N_
from mapper.web.guard import asks, current_actor
from mapper.web.languages import chosen_language, plain
from mapper.web.posting import without_words
from mapper.web.resident import the_mapper
from mapper.wording import ROLE_LABELS, say

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/accounts")
@asks("manage_accounts")
def accounts() -> str:
    """Everybody who may sign in, and the teams."""
    mapper = the_mapper()
    everybody = mapper.accounts.accounts(current_actor())
    teams = mapper.accounts.teams()
    return render_template(
        "accounts.html", accounts=everybody, teams=teams, team_names={team.id: team.name for team in teams},
        area_names=_area_names(), record_name=_record_name,
    )  # fmt: skip


def _area_names() -> dict[str, str]:
    return {area.id: plain(area.name) for area in the_mapper().geography.neighbourhoods.values()}


def _record_name(record_id: str) -> str:
    record = the_mapper().show(record_id, current_actor())
    return plain(record.name) if record else record_id


@blueprint.get("/accounts/invite")
@asks("invite")
def invite_form() -> Any:
    """Whom to ask in, and as what."""
    return _form_page(None)


@blueprint.post("/accounts/invite")
@asks("invite")
@without_words
def invite() -> Any:
    """The one-time link, shown once, on the page that answers."""
    form, mapper = request.form, the_mapper()
    try:
        account, token = mapper.accounts.invite(
            current_actor(), form.get("role", "steward"), sign_in_name=form.get("sign_in_name", ""),
            team=form.get("team", ""), records=_words(form.get("records", "")), areas=_areas(form.get("areas", "")),
        )  # fmt: skip
    except Refused:
        raise
    except Problem as problem:
        return _form_page(None, say(problem, chosen_language()))
    return _link_page(account, token)


def _words(given: str) -> list[str]:
    return [word for part in given.split(",") if (word := part.strip())][:50]


def _areas(given: str) -> list[str]:
    """Ids of neighbourhoods from their names or numbers. Raises `Problem` for one that there is not."""
    mapper = the_mapper()
    found = []
    for words in _words(given):
        area_id = mapper.area(words)
        if area_id not in mapper.geography.neighbourhoods:
            raise Problem(N_("There is no neighbourhood “{words}”. Choose one from the list."), words=words)
        found.append(area_id)
    return found


def _link_page(account: Account, token: str) -> str:
    link, wrong, sent = letter.link_of(token, request.host_url), "", False
    if "by_mail" in request.form and letter.can_send():
        try:
            letter.send_link(account.sign_in_name, link)
            sent = True
        except Problem as problem:
            wrong = say(problem, chosen_language())
    return render_template("invitation_link.html", link=link, sent=sent, wrong=wrong)


@blueprint.get("/accounts/<account_id>")
@asks("manage_accounts")
def one(account_id: str) -> Any:
    """One account, to change."""
    return _form_page(_account(account_id))


def _account(account_id: str) -> Account:
    try:
        return the_mapper().accounts.account(current_actor(), account_id)
    except Refused:
        raise
    except Problem:
        abort(404)


def _form_page(account: Account | None, wrong: str = "") -> Any:
    mapper, areas = the_mapper(), _area_names()
    given = request.form if request.method == "POST" else None
    teams = mapper.accounts.teams()
    told = given or {
        "role": account.role if account else "",
        "team": next((team.name for team in teams if account and team.id == account.team), ""),
        "areas": ", ".join(areas.get(one, one) for one in account.areas) if account else "",
        "records": ", ".join(account.records) if account else request.args.get("record", ""),
    }
    anybody = may_all(current_actor(), "invite")
    field = "role" if anybody else "records"
    page = render_template(
        "account_form.html", account=account, told=told, wrong={field: wrong} if wrong else {}, anybody=anybody,
        can_send=letter.can_send(), roles=[(role, gettext(ROLE_LABELS[role])) for role in ACCOUNT_ROLES], teams=teams,
        areas=sorted(areas.values()), record_name=_record_name,
    )  # fmt: skip
    return page, 400 if wrong else 200


@blueprint.post("/accounts/<account_id>")
@asks("manage_accounts")
@without_words
def change(account_id: str) -> Any:
    """Another role, team, records or neighbourhoods; signed out everywhere."""
    account, form = _account(account_id), request.form
    try:
        the_mapper().accounts.change(
            current_actor(), account.id, form.get("role", ""), form.get("team", ""), _words(form.get("records", "")),
            _areas(form.get("areas", "")),
        )  # fmt: skip
    except Problem as problem:
        return _form_page(account, say(problem, chosen_language()))
    return _back()


def _back() -> Response:
    return redirect(url_for("accounts.accounts"), 303)


@blueprint.post("/accounts/<account_id>/disable")
@asks("manage_accounts")
def disable(account_id: str) -> Response:
    """Keeps somebody from signing in, from this moment."""
    the_mapper().accounts.disable(current_actor(), _account(account_id).id)
    return _back()


@blueprint.post("/accounts/<account_id>/enable")
@asks("manage_accounts")
def enable(account_id: str) -> Response:
    """Undoes `disable`."""
    the_mapper().accounts.disable(current_actor(), _account(account_id).id, disabled=False)
    return _back()


@blueprint.post("/accounts/<account_id>/reset")
@asks("manage_accounts")
def reset(account_id: str) -> str:
    """A new one-time link; the old password and the second step are gone."""
    return _link_page(*the_mapper().accounts.reset(current_actor(), _account(account_id).id))


@blueprint.post("/accounts/<account_id>/sign-out")
@asks("manage_accounts")
def sign_out(account_id: str) -> Response:
    """Signs somebody out everywhere."""
    the_mapper().accounts.sign_out(current_actor(), _account(account_id).id)
    return _back()


@blueprint.post("/accounts/teams/<team_id>")
@asks("manage_accounts")
def change_team(team_id: str) -> Response:
    """Whether a team leaves out the four circles."""
    team = the_mapper().accounts.team(team_id)
    if team is None:
        abort(404)
    changed = type(team)(id=team.id, name=team.name, without_circles="without_circles" in request.form)
    the_mapper().accounts.set_team(current_actor(), changed)
    return _back()
