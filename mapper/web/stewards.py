"""What a group says about its own record, what anybody may tell about it, and the link with which it leaves the map."""

import datetime as dt
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext

from mapper.access import may
from mapper.calls import has_enough
from mapper.core.authority import about
from mapper.core.stewards import MOST_CHARACTERS
from mapper.model import PRECISIONS, VISIBILITIES, Problem
from mapper.text import N_
from mapper.web.cards import Cards
from mapper.web.guard import asks, current_actor
from mapper.web.languages import chosen_language
from mapper.web.posting import keep_nothing, without_words
from mapper.web.resident import the_mapper
from mapper.wording import say

blueprint = Blueprint("stewards", __name__)
blueprint.after_request(keep_nothing)

_DONE = {
    "still_correct": N_("Thank you. Everything stands as checked today, in every language."),
    "enough_for_now": N_("Noted: enough for now. Nobody new is sent for eight weeks, and you can end it any day."),
    "room_again": N_("Noted: there is room for now."),
    "claimed": N_("This place is yours now."),
    "settled": N_("Looked into. What was told is erased."),
    "passed_on": N_("Left to the coach of the neighbourhood."),
    "saved": N_("Saved."),
    "agreed": N_("The yes of the group is noted, and the record is open as agreed."),
    "declined": N_("The record stays as it is."),
    "proposed": N_("Proposed. Nothing changes before the group says yes."),
    "undone": N_("Taken back."),
}
_REPORTS = {
    "wrong_number": N_("Somebody phoned: the number is wrong."),
    "closed": N_("Somebody phoned: it has closed, they heard."),
    "words": N_("Somebody wrote:"),
}
_TAPS = ("still_correct", "enough_for_now", "room_again")


# My places


@blueprint.get("/my-places")
@asks("edit_record")
def mine() -> Any:
    """The records of this steward, with what can be said by one tap, and what others told."""
    return _mine_page()


def _mine_page(wrong: dict[str, str] | None = None) -> Any:
    mapper, actor = the_mapper(), current_actor()
    cards = Cards(mapper.catalogue(), mapper.taxonomy, mapper.now())
    today = mapper.now().date()
    places = [(cards.card(one), has_enough(one, today)) for one in mapper.stewards.mine(actor)]
    page = render_template(
        "my_places.html",
        places=places,
        reports=waiting_reports(),
        proposals=mapper.stewards.proposals(actor),
        wrong=wrong or {},
        code=request.form.get("code", ""),
        done=done_words(),
    )
    return page, 400 if wrong else 200


def waiting_reports() -> list[tuple[Any, Any, str]]:
    """What was told about places and waits for this reader: the record, the report, and what it says in a sentence."""
    found = the_mapper().stewards.reports(current_actor())
    return [(record, report, gettext(_REPORTS[report.kind])) for record, report in found]


def done_words() -> str:
    """What was just done, in a sentence; "" for nothing of ours."""
    done = request.args.get("done", "")
    return gettext(_DONE[done]) if done in _DONE else ""


@blueprint.post("/my-places/<resource_id>")
@asks("edit_record")
def tap(resource_id: str) -> Any:
    """One tap about the whole record."""
    do = request.form.get("do", "")
    if do not in _TAPS:
        raise Problem(N_("Choose one of the buttons."))
    revision = getattr(the_mapper().stewards, do)(current_actor(), resource_id)
    return back_home(done=do, place=resource_id, revision=revision)


def back_home(**said: Any) -> Any:
    """To the steward's own page, or that of a coach, with what was done."""
    home = "stewards.mine" if current_actor().role == "steward" else "stewards.queue"
    return redirect(url_for(home, **said), 303)


@blueprint.post("/my-places/claim")
@asks("edit_record")
def claim() -> Any:
    """A code that a coach read out on the phone."""
    try:
        the_mapper().stewards.claim(current_actor(), request.form.get("code", "")[:40])
    except Problem as problem:
        return _mine_page({"code": say(problem, chosen_language())})
    return back_home(done="claimed")


# Leaving the map


@blueprint.get("/my-places/<resource_id>/leave")
@asks("edit_record")
def leave(resource_id: str) -> str:
    """What leaving means, before it is done."""
    record = the_mapper().stewards.of(current_actor(), resource_id)
    return render_template("leave.html", r=record, action=url_for("stewards.leave_now", resource_id=resource_id))


@blueprint.post("/my-places/<resource_id>/leave")
@asks("edit_record")
def leave_now(resource_id: str) -> str:
    """Off the map, on every read."""
    record = the_mapper().stewards.of(current_actor(), resource_id)
    the_mapper().stewards.leave(current_actor(), resource_id)
    return render_template("leave.html", r=record, gone=True)


@blueprint.get("/leave")
@asks("tell_wrong")
def leave_by_link() -> Any:
    """The page of a link that was handed over. Looking at it changes nothing: link previews press links."""
    secret = request.args.get("link", "")
    record = the_mapper().stewards.record_of_link(secret)
    if record is None:
        return _link_is_old()
    return render_template("leave.html", r=record, action=url_for("stewards.leave_by_link_now"), link=secret)


@blueprint.post("/leave")
@asks("tell_wrong")
def leave_by_link_now() -> Any:
    """Takes the group off."""
    secret = request.form.get("link", "")
    record = the_mapper().stewards.record_of_link(secret)
    if record is None:
        return _link_is_old()
    the_mapper().stewards.leave_by_link(secret)
    return render_template("leave.html", r=record, gone=True)


def _link_is_old() -> tuple[str, int]:
    words = gettext("This link was used already, or it is too old. Ask for a new one.")
    return render_template("error.html", heading=gettext("This page is not here"), message=words), 404


# Something is wrong here


@blueprint.get("/wrong/<resource_id>")
@asks("read")
def wrong(resource_id: str) -> Any:
    """A form without an account."""
    return _wrong_page(resource_id)


@blueprint.post("/wrong/<resource_id>")
@asks("tell_wrong")
@without_words
def tell(resource_id: str) -> Any:
    """Keeps what was told for the steward, then the coach."""
    words = request.form.get("words", "").replace("\r\n", "\n")
    try:
        the_mapper().stewards.tell_wrong(current_actor(), resource_id, words)
    except Problem as problem:
        if getattr(problem, "is_secret", False):
            raise
        return _wrong_page(resource_id, words, {"words": say(problem, chosen_language())})
    return _wrong_page(resource_id, told=True)


def _wrong_page(resource_id: str, typed: str = "", wrong: dict[str, str] | None = None, *, told: bool = False) -> Any:
    record = the_mapper().show(resource_id, current_actor())
    if record is None or record.id != resource_id:
        abort(404)
    page = render_template("wrong.html", r=record, typed=typed, wrong=wrong or {}, told=told, most=MOST_CHARACTERS)
    return page, 400 if wrong else 200


# What waits for somebody


@blueprint.get("/coach/reports")
@asks("curate")
def queue() -> Any:
    """What callers and others told, and what waits for the yes of a group."""
    return _queue_page()


def _queue_page(wrong: dict[str, str] | None = None, answered: str = "") -> Any:
    mapper, actor = the_mapper(), current_actor()
    page = render_template(
        "coach_reports.html", reports=waiting_reports(), proposals=mapper.stewards.proposals(actor), done=done_words(),
        wrong=wrong or {}, answered=answered, me=actor.id, form=request.form,
    )  # fmt: skip
    return page, 400 if wrong else 200


@blueprint.post("/reports")
@asks("edit_record")
def answer_report() -> Any:
    """It was looked into, or the steward leaves it to the coach."""
    stewards, actor = the_mapper().stewards, current_actor()
    report_id = request.form.get("report", 0, int)
    if request.form.get("do") == "pass_on":
        stewards.pass_on(actor, report_id)
        return back_home(done="passed_on")
    stewards.settle(actor, report_id)
    return back_home(done="settled")


@blueprint.post("/proposals")
@asks("edit_record")
def answer_proposal() -> Any:
    """The yes or the no of a group: its steward's own, or as a second professional heard it."""
    stewards, actor, form = the_mapper().stewards, current_actor(), request.form
    proposal_id = form.get("proposal", "")
    if form.get("do") == "decline":
        stewards.decline(actor, proposal_id)
        return back_home(done="declined")
    try:
        on = dt.date.fromisoformat(form.get("on", "")) if form.get("on") else None
        revision = stewards.agree(
            actor, proposal_id, whom=form.get("whom", "")[:100], on=on, how=form.get("how", "")[:200]
        )
    except (Problem, ValueError) as problem:
        if getattr(problem, "is_secret", False) or actor.role == "steward":
            raise
        words = say(problem, chosen_language()) if isinstance(problem, Problem) else gettext("This is no date.")
        return _queue_page({f"whom-{proposal_id}": words}, proposal_id)
    return back_home(done="agreed", revision=revision)


@blueprint.post("/records/<resource_id>/propose")
@asks("propose_widening")
def propose(resource_id: str) -> Any:
    """Proposes to open a record wider; it waits for the group."""
    visibility, precision = request.form.get("visibility", ""), request.form.get("precision", "")
    if visibility not in VISIBILITIES or precision not in PRECISIONS:
        raise Problem(N_("Choose one of the answers."))
    the_mapper().stewards.propose_widening(current_actor(), resource_id, visibility, precision)
    return redirect(url_for("records.history", resource_id=resource_id, done="proposed"), 303)


@blueprint.post("/records/<resource_id>/hand-over")
@asks("curate")
def hand_over(resource_id: str) -> str:
    """A code with which a group takes its record in hand, or a link with which it leaves: shown once."""
    stewards, actor = the_mapper().stewards, current_actor()
    record = stewards.of(actor, resource_id)
    if request.form.get("what") == "leave":
        secret = stewards.leave_link(actor, resource_id)
        link = url_for("stewards.leave_by_link", link=secret, lang=None, _external=True)
        return render_template("hand_over.html", r=record, link=link)
    return render_template("hand_over.html", r=record, code=stewards.claim_code(actor, resource_id))


def template_words() -> dict[str, Any]:
    """What templates ask about editing."""

    def may_edit(resource: Any) -> bool:
        return may(current_actor(), "edit_record", about(resource, the_mapper().geography))

    return {"may_edit": may_edit, "date_of": dt.date.fromisoformat}
