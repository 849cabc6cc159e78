"""The way round for somebody signed in: the rooms that are there and that their role may enter."""

from flask import current_app, url_for
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from mapper.access import Role, may
from mapper.text import N_
from mapper.web.guard import asked_by, current_actor

#: Where each room begins, what it is called, and whose it is when its verb alone does not tell.
_ROOMS: tuple[tuple[str, str, Role | None], ...] = (
    ("/match", N_("Match"), None),
    ("/cases", N_("Cases"), None),
    ("/team/places", N_("Team"), "worker"),
    ("/referrals", N_("Referrals"), "steward"),
    ("/my-places", N_("My places"), "steward"),
    ("/coach", N_("Curation"), None),
    ("/neighbourhoods", N_("Neighbourhoods"), None),
    ("/team/numbers", N_("Numbers"), None),
    ("/accounts", N_("Accounts"), None),
    ("/account", N_("Your account"), None),
)


def desk_links() -> list[tuple[str, str]]:
    """Address and label of every room that this reader may enter."""
    actor, found = current_actor(), []
    for path, label, role in _ROOMS:
        endpoint = _endpoint(path)
        asked = asked_by(current_app, endpoint) if endpoint else None
        if endpoint and asked and may(actor, asked.verb) and role in (None, actor.role):
            found.append((url_for(endpoint), gettext(label)))
    return found


def _endpoint(path: str) -> str | None:
    try:
        return str(current_app.url_map.bind("").match(path, method="GET")[0])
    except HTTPException:
        return None
