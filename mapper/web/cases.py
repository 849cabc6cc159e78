"""The cases of a team: saved from a slate with consent, gone on with, printed for the person, erased at once."""

import datetime as dt
from typing import Any

from flask import Blueprint, Flask, abort, g, redirect, render_template, request, url_for
from flask_babel import gettext, refresh
from werkzeug.wrappers import Response

from mapper.core.cases import KeptCase
from mapper.model import Problem, Profile, Resource
from mapper.referrals import GIVEN_HOW as HOW
from mapper.referrals import NEXT, is_service, must_be_asked
from mapper.search import Query
from mapper.web import conversation
from mapper.web.case_profile import place_name, profile_lines
from mapper.web.case_words import GIVEN_HOW, STATES, WELCOMES, found_in_words, in_words
from mapper.web.casework import with_circles
from mapper.web.guard import asks, current_actor
from mapper.web.languages import LANGUAGES, chosen_language
from mapper.web.posting import keep_nothing, without_words
from mapper.web.resident import the_catalogue, the_mapper
from mapper.wording import say

blueprint = Blueprint("cases", __name__)
blueprint.after_request(keep_nothing)

_MOST_FOUND = 5
_MOST_PROPOSED = 8


def set_up(app: Flask) -> None:
    """Erase what is over, once a day, at whatever request comes first."""

    @app.before_request
    def tend() -> None:
        try:
            the_mapper().cases.tend()
        except Problem as problem:
            # Whoever asks for a page cannot help it; whoever looks after the site reads this.
            app.logger.error("erasing what is over failed: %s", problem)


# The list


@blueprint.get("/cases")
@asks("read_case")
def cases() -> str:
    """The team's cases by their codes, those that end first first."""
    mapper = the_mapper()
    lines = mapper.cases.cases(current_actor())
    return render_template("cases.html", lines=lines, is_due=mapper.cases.is_due)


# Saving


@blueprint.get("/cases/new")
@asks("save_case")
def begin() -> Response:
    """A case begins with looking together."""
    return redirect(url_for("casework.quick"), 303)


@blueprint.post("/cases/new")
@asks("save_case")
@without_words
def new() -> Any:
    """Why, until when, and the yes: everything of the slate travels along in the page."""
    return _new_page({})


@blueprint.post("/cases")
@asks("save_case")
@without_words
def save() -> Any:
    """Keeps it, then shows the code."""
    mapper, actor, form = the_mapper(), current_actor(), request.form
    told = _told()
    why = form.get("why", "")
    wrong: dict[str, str] = {}
    until = _date("until", wrong)
    if not why.strip():
        wrong["why"] = gettext("Say why this is kept. One sentence is enough.")
    if form.get("given_how") not in HOW:
        wrong["given_how"] = gettext("Say how the person said yes: spoken, signed, or through an interpreter.")
    if wrong:
        return _new_page(wrong)
    found = mapper.cases.identifying(actor, why, *_free_words(told.profile))
    if found and not form.get("checked"):
        return _new_page({}, found_in_words(found))
    language = form.get("person_language", "")
    try:
        case_id, _code = mapper.cases.open(
            actor, told.profile, why, form["given_how"], language if language in LANGUAGES else chosen_language(),
            until=until, yearly="yearly" in form, interface=chosen_language(),
        )  # fmt: skip
    except Problem as problem:
        return _new_page({"until" if until else "why": say(problem, chosen_language())})
    for place in form.getlist("propose")[:_MOST_PROPOSED]:
        try:
            mapper.cases.introduce(actor, case_id, place)
        except Problem:
            continue  # it closed since the slate was made; the case page shows what is there
    return _on(case_id, "saved")


def _told() -> conversation.Told:
    told = conversation.read(request.form, the_mapper(), with_circles())
    if told.profile is None:
        raise Problem(gettext("Begin with looking together: a case is kept from there."))
    return told


def _free_words(profile: Profile | None) -> tuple[str, ...]:
    return profile.strong_sides if profile else ()


def _new_page(wrong: dict[str, str], found: list[str] | None = None) -> Any:
    form, catalogue = request.form, the_catalogue()
    ids = form.getlist("propose") if "why" in form else form.getlist("on_sheet") or form.getlist("shown")
    shown = dict.fromkeys([*form.getlist("shown"), *ids])
    page = render_template(
        "case_new.html",
        told=_told(),
        form=form,
        wrong=wrong,
        found=found or [],
        places=[(place, place.id in ids) for one in shown if (place := catalogue.get(one))][:_MOST_PROPOSED],
        given_how=[("", gettext("Choose")), *in_words(GIVEN_HOW)],
        languages_to_choose=list(LANGUAGES.items()),
        today=the_mapper().now().date(),
    )
    return page, 400 if wrong else 200


def _date(name: str, wrong: dict[str, str]) -> dt.date | None:
    words = request.form.get(name, "").strip()
    try:
        return dt.date.fromisoformat(words) if words else None
    except ValueError:
        wrong[name] = gettext("Write the day as year-month-day, such as 2027-01-31.")
        return None


def _on(case_id: str, done: str) -> Response:
    return redirect(url_for("cases.one", case_id=case_id, done=done), 303)


# One case


@blueprint.get("/cases/<case_id>")
@asks("read_case")
@without_words
def one(case_id: str) -> Any:
    """Where everything stands, and what can be done next."""
    return _case_page(case_id)


def _case_page(
    case_id: str, wrong: dict[str, str] | None = None, found: list[str] | None = None, looked: str = ""
) -> Any:
    mapper, actor = the_mapper(), current_actor()
    kept = mapper.cases.case(actor, case_id)
    page = render_template(
        "case.html",
        kept=kept,
        case=kept.case,
        profile_lines=profile_lines(kept.case.profile),
        introductions=[
            (one, place_name(one.place), in_words(STATES, *NEXT[one.state])) for one in kept.case.introductions
        ],
        services={one.place for one in kept.case.introductions if _is_service(one.place)},
        referrals=[(one, place_name(one.consent.recipient)) for one in mapper.referrals.of_case(actor, case_id)],
        is_due=must_be_asked(kept.case.consent, mapper.now().date()),
        today=mapper.now().date(),
        states=STATES,
        welcomes=in_words(WELCOMES),
        given_how=[("", gettext("Choose")), *in_words(GIVEN_HOW)],
        wrong=wrong or {},
        found=found or [],
        form=request.form,
        looked=looked,
        results=_look(looked, kept) if looked else [],
        done=request.args.get("done", ""),
    )
    return page, 400 if wrong else 200


def _is_service(place_id: str) -> bool:
    place = the_catalogue().get(place_id)
    return place is not None and is_service(place)


def _look(words: str, kept: KeptCase) -> list[Resource]:
    there = {one.place for one in kept.case.introductions if NEXT[one.state]}
    hits = the_mapper().find(Query(text=words, limit=_MOST_FOUND + len(there)), current_actor()).hits
    return [hit.resource for hit in hits if hit.resource.id not in there][:_MOST_FOUND]


@blueprint.post("/cases/<case_id>/notes")
@asks("save_case")
@without_words
def note(case_id: str) -> Any:
    """Adds a note."""
    words = request.form.get("note", "")
    if found := _not_yet_checked(words):
        return _case_page(case_id, found=found)
    try:
        the_mapper().cases.note(current_actor(), case_id, words)
    except Problem as problem:
        return _wrong(case_id, "note", problem)
    return _on(case_id, "note")


def _not_yet_checked(words: str) -> list[str]:
    """What looks as if it identifies somebody, the first time it is sent."""
    if request.form.get("checked"):
        return []
    return found_in_words(the_mapper().cases.identifying(current_actor(), words))


def _wrong(case_id: str, field: str, problem: Problem) -> Any:
    if getattr(problem, "is_secret", False):
        raise problem
    return _case_page(case_id, {field: say(problem, chosen_language())})


@blueprint.post("/cases/<case_id>/introductions")
@asks("save_case")
@without_words
def introduce(case_id: str) -> Any:
    """Looks for a place, or proposes one."""
    place = request.form.get("place", "")
    if not place:
        return _case_page(case_id, looked=request.form.get("look", "").strip()[: conversation.MOST_CHARACTERS])
    try:
        the_mapper().cases.introduce(current_actor(), case_id, place)
    except Problem as problem:
        return _wrong(case_id, "look", problem)
    return _on(case_id, "introduction")


@blueprint.post("/cases/<case_id>/introductions/<introduction_id>")
@asks("save_case")
@without_words
def move(case_id: str, introduction_id: str) -> Any:
    """An introduction a step further; or the person never wants to go there."""
    form, mapper, actor = request.form, the_mapper(), current_actor()
    field, outcome = f"state-{introduction_id}", form.get("outcome", "")
    if found := _not_yet_checked(outcome):
        return _case_page(case_id, found=found)
    try:
        if form.get("do") == "avoid":
            mapper.cases.avoid(actor, case_id, form.get("place", ""))
        else:
            mapper.cases.move(actor, case_id, introduction_id, form.get("state", ""), outcome, form.get("welcome", ""))
    except Problem as problem:
        return _wrong(case_id, field, problem)
    return _on(case_id, "introduction")


@blueprint.post("/cases/<case_id>/consent")
@asks("save_case")
@without_words
def renew(case_id: str) -> Any:
    """The person says yes again."""
    wrong: dict[str, str] = {}
    until = _date("until", wrong)
    if wrong:
        return _case_page(case_id, wrong)
    try:
        the_mapper().cases.renew(
            current_actor(), case_id, request.form.get("given_how", ""), until=until, yearly="yearly" in request.form
        )
    except Problem as problem:
        return _wrong(case_id, "given_how", problem)
    return _on(case_id, "consent")


@blueprint.get("/cases/<case_id>/held")
@asks("read_case")
@without_words
def held(case_id: str) -> Any:
    """Everything that is held, on paper, in the person's language."""
    mapper, actor = the_mapper(), current_actor()
    kept = mapper.cases.held(actor, case_id)
    if kept.case.language in LANGUAGES and request.args.get("lang") not in LANGUAGES:
        g.language = kept.case.language
        refresh()
    return render_template(
        "case_held.html",
        case=kept.case,
        profile_lines=profile_lines(kept.case.profile),
        introductions=[(one, place_name(one.place)) for one in kept.case.introductions],
        referrals=[(one, place_name(one.consent.recipient)) for one in mapper.referrals.of_case(actor, case_id)],
        states=STATES,
        given_how=GIVEN_HOW,
        welcomes=WELCOMES,
        language=chosen_language(),
    )


@blueprint.get("/cases/<case_id>/erase")
@asks("save_case")
@without_words
def erase_form(case_id: str) -> Any:
    """Asks for the code: there is no undo."""
    return _erase_page(case_id)


def _erase_page(case_id: str, wrong: dict[str, str] | None = None) -> Any:
    lines = the_mapper().cases.cases(current_actor())
    if not any(line.id == case_id for line in lines):
        abort(404)
    return render_template("case_erase.html", case_id=case_id, wrong=wrong or {}), 400 if wrong else 200


@blueprint.post("/cases/<case_id>/erase")
@asks("save_case")
@without_words
def erase(case_id: str) -> Any:
    """Gone, at once."""
    try:
        the_mapper().cases.erase(current_actor(), case_id, request.form.get("code", ""))
    except Problem as problem:
        if getattr(problem, "is_secret", False):
            raise
        return _erase_page(case_id, {"code": say(problem, chosen_language())})
    return redirect(url_for("cases.cases", done="erased"), 303)


# Another team's case


@blueprint.get("/cases/glass")
@asks("break_glass")
def glass_form() -> Any:
    """Asks for the code on the person's paper, and why."""
    return _glass_page({})


def _glass_page(wrong: dict[str, str]) -> Any:
    return render_template("case_glass.html", wrong=wrong, form=request.form), 400 if wrong else 200


@blueprint.post("/cases/glass")
@asks("break_glass")
@without_words
def break_glass() -> Any:
    """Shows it once, on the page that answers; the team sees who read it and why."""
    form = request.form
    try:
        kept = the_mapper().cases.break_glass(current_actor(), form.get("code", ""), form.get("reason", ""))
    except Problem as problem:
        field = "reason" if len(form.get("reason", "").strip()) < 10 else "code"
        return _glass_page({field: say(problem, chosen_language())})
    return render_template(
        "case_seen.html",
        case=kept.case,
        profile_lines=profile_lines(kept.case.profile),
        introductions=[(one, place_name(one.place)) for one in kept.case.introductions],
        states=STATES,
    )


@blueprint.post("/cases/<case_id>/seen")
@asks("read_case")
def seen(case_id: str) -> Response:
    """The team has read who opened its case."""
    the_mapper().cases.see_broken_glass(current_actor(), case_id)
    return _on(case_id, "")
