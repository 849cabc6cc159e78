"""After a phone call: two taps about the place, on the slate and on its page; and what the team remembers about it."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext

from mapper.access import may
from mapper.calls import OUTCOMES, WELCOMES, offers_to_choose
from mapper.core import Mapper
from mapper.core.calls import MOST_NOTE_CHARACTERS
from mapper.identifying import Sort
from mapper.model import Problem, Resource
from mapper.text import N_
from mapper.web import casework
from mapper.web.cards import Cards
from mapper.web.guard import asks, current_actor
from mapper.web.languages import chosen_language, plain
from mapper.web.posting import keep_nothing, without_words
from mapper.web.resident import the_mapper
from mapper.wording import say

blueprint = Blueprint("calls", __name__)
blueprint.after_request(keep_nothing)

OUTCOME_WORDS = {
    "right": N_("All right"),
    "full": N_("Full for now"),
    "phone_first": N_("Phone first"),
    "wrong_number": N_("Wrong number"),
    "closed": N_("Closed"),
}
WELCOME_WORDS = {"yes": N_("Yes"), "so_so": N_("So-so"), "no": N_("No")}
_NOTED = {
    "right": N_("%(name)s: all right. Checked today, for everyone."),
    "full": N_("%(name)s: full for now. The next slate knows, and it ends by itself in four weeks."),
    "phone_first": N_("%(name)s: phone first. Checked today, for everyone."),
    "wrong_number": N_("%(name)s: wrong number. The coach of the neighbourhood looks into it."),
    "closed": N_("%(name)s: closed, you heard. The coach phones before anything changes."),
    "welcome": N_("%(name)s: counted whether somebody felt welcome. Nothing else is kept."),
    "undo": N_("%(name)s: taken back."),
    "favourite": N_("%(name)s is a favourite of your team."),
    "unfavourite": N_("%(name)s is no favourite of your team any more."),
    "note": N_("%(name)s: the note of your team is kept."),
}
_TRAITS: dict[Sort, str] = {
    "phone": N_("a phone number"),
    "national_number": N_("a national number"),
    "email": N_("a mail address"),
    "address": N_("an address"),
    "name": N_("a name"),
}
#: What can be taken back by a tap.
_UNDONE = (*OUTCOMES, "welcome")


@dataclass(frozen=True)
class Noted:
    """What was just noted about a place, in one sentence."""

    words: str
    resource_id: str = ""
    can_undo: bool = False


@blueprint.post("/calls")
@asks("report_call")
@without_words
def call() -> Any:
    """Two taps: `call` says which, such as `full:7kqm2xw9ht`. Gives the same slate, or leads back to the place."""
    said, _colon, resource_id = request.form.get("call", "").partition(":")
    mapper = the_mapper()
    noted = _note(said, resource_id, mapper)
    if request.form.get("on") == "slate":
        return casework.same_slate(noted, put_back=noted.resource_id if said == "undo" else "")
    if not noted.resource_id:
        return render_template("error.html", heading=gettext("That did not work"), message=noted.words), 400
    return _back_to(noted.resource_id, "welcome" if said.startswith("welcome_") else said)


def _note(said: str, resource_id: str, mapper: Mapper) -> Noted:
    """Does what was tapped. What cannot be done is said in a sentence, so that no slate is lost over it."""
    actor, calls = current_actor(), mapper.calls
    key = "welcome" if said.startswith("welcome_") else said
    try:
        if key == "welcome":
            calls.felt_welcome(actor, resource_id, said.removeprefix("welcome_"))  # type: ignore[arg-type]
        elif key == "undo":
            resource_id = calls.take_back(actor)
        elif key in ("favourite", "unfavourite"):
            calls.remember(actor, resource_id, favourite=key == "favourite")
        else:
            calls.report(actor, resource_id, said, request.form.get(f"offer-{resource_id}", ""))  # type: ignore[arg-type]
    except Problem as problem:
        if getattr(problem, "is_secret", False):
            raise
        return Noted(say(problem, chosen_language()))
    return Noted(noted_words(key, mapper.show(resource_id, actor)), resource_id, key in _UNDONE)


def noted_words(key: str, record: Resource | None) -> str:
    """The sentence after a tap; "" for no tap of ours."""
    return gettext(_NOTED[key], name=plain(record.name)) if key in _NOTED and record is not None else ""


def _back_to(resource_id: str, key: str) -> Any:
    return redirect(url_for("resident.detail", resource_id=resource_id, noted=key) + "#after-call", 303)


# Notes of the team


@blueprint.get("/team/places")
@asks("note_place")
def team_places() -> str:
    """Favourites and notes of the team."""
    mapper, actor = the_mapper(), current_actor()
    places = mapper.calls.team_places(actor)
    catalogue = mapper.catalogue(actor)
    cards = Cards(catalogue, mapper.taxonomy, mapper.now())
    found = [(cards.card(record), places[one]) for one in places if (record := catalogue.get(one)) is not None]
    found.sort(key=lambda pair: (not pair[1].favourite, plain(pair[0].resource.name).casefold()))
    return render_template("team_places.html", places=found, cards=cards)


@blueprint.post("/team/places/<resource_id>")
@asks("note_place")
@without_words
def note(resource_id: str) -> Any:
    """Keeps the team's note on a place; what looks like a person's own is asked about first."""
    mapper, actor = the_mapper(), current_actor()
    words = request.form.get("note", "").replace("\r\n", "\n").strip()
    record = mapper.show(resource_id, actor)
    traits = mapper.calls.personal_traits(words, record) if not request.form.get("sure") else ()
    wrong: dict[str, str] = {}
    if not traits:
        try:
            mapper.calls.remember(actor, resource_id, note=words)
            return _back_to(resource_id, "note")
        except Problem as problem:
            if getattr(problem, "is_secret", False):
                raise
            wrong = {"note": say(problem, chosen_language())}
    return render_template(
        "team_note.html", r=record, note=words, wrong=wrong, traits=[gettext(_TRAITS[trait]) for trait in traits]
    ), 400


def template_words() -> dict[str, Any]:
    """What templates ask about calls and team notes."""

    def may_call() -> bool:
        return may(current_actor(), "report_call")

    def team_place(resource_id: str) -> Any:
        return the_mapper().calls.team_places(current_actor()).get(resource_id)

    return {
        "may_call": may_call,
        "team_place": team_place,
        "offers_to_choose": offers_to_choose,
        "call_outcomes": [(one, OUTCOME_WORDS[one]) for one in OUTCOMES],
        "welcomes": [(one, WELCOME_WORDS[one]) for one in WELCOMES],
        "noted_words": noted_words,
        "can_be_undone": lambda key: key in _UNDONE,
        "most_note_characters": MOST_NOTE_CHARACTERS,
    }
