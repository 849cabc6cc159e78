"""The coach's desk: whom to call, which records may be one, and what was asked when."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext

from mapper.core.authority import Refused
from mapper.core.curation import Alike, Waiting
from mapper.curation.freshness import FACTS, OUTCOMES
from mapper.curation.merging import Choice, choices_for, differing, suggested
from mapper.exchange import cells
from mapper.model import Address, Contact, Place, Problem, Resource
from mapper.text import Text
from mapper.web.guard import asks, current_actor
from mapper.web.languages import chosen_language, plain
from mapper.web.posting import without_words
from mapper.web.resident import the_mapper
from mapper.web.stewards import waiting_reports
from mapper.web.values import FIELD_LABELS, kind_of, value_lines
from mapper.web.when import date_in_words
from mapper.wording import OUTCOME_LABELS, QUESTIONS, say_alike, say_verdict

blueprint = Blueprint("curation", __name__)

_CALLS_SHOWN, _PAIRS_SHOWN, _REPORTS_SHOWN = 10, 5, 5
_PAIRS_ON_A_PAGE = 50
_MONTHS = (1, 3, 6, 12, 24, 0)


@blueprint.get("/coach")
@asks("curate")
def desk() -> str:
    """What waits for this coach."""
    actor, curation = current_actor(), the_mapper().curation
    calls, pairs, stewards = curation.call_list(actor), curation.duplicates(actor), the_mapper().stewards
    reports = waiting_reports()
    geography = the_mapper().geography
    areas = [geography.neighbourhoods[one] for one in actor.areas if one in geography.neighbourhoods]
    return _page(
        "coach.html",
        areas=areas,
        calls=calls[:_CALLS_SHOWN],
        more_calls=max(0, len(calls) - _CALLS_SHOWN),
        pairs=pairs[:_PAIRS_SHOWN],
        pair_count=len(pairs),
        notes=curation.new_notes(actor),
        reports=reports[:_REPORTS_SHOWN],
        report_count=len(reports),
        widenings=stewards.proposals(actor),
        can_undo=bool(curation.merges(actor)),
    )


def _page(template: str, **given: Any) -> str:
    language = chosen_language()
    return render_template(
        template,
        alike=lambda reason: say_alike(reason, language),
        verdict=lambda verdict: say_verdict(verdict, language),
        questions=QUESTIONS,
        outcomes=OUTCOME_LABELS,
        date_in_words=date_in_words,
        kind_of=kind_of,
        **given,
    )


# Whom to call


@blueprint.get("/coach/calls")
@asks("curate")
def calls() -> str:
    """The whole list of calls."""
    return _page("coach_calls.html", calls=the_mapper().curation.call_list(current_actor()))


@blueprint.get("/coach/records/<record_id>")
@asks("curate")
def record(record_id: str) -> Any:
    """One group: what to ask, from when, and what was asked before."""
    return _record_page(record_id)


def _record_page(record_id: str, wrong: str = "") -> Any:
    actor, curation = current_actor(), the_mapper().curation
    call = _or_nothing(lambda: curation.call(actor, record_id))
    page = _page(
        "coach_record.html",
        call=call,
        contacts=curation.contacts(actor, record_id),
        months=curation.months_between(actor, record_id),
        wrong={"outcome": wrong} if wrong else {},
        outcomes_list=[(one, gettext(OUTCOME_LABELS[one])) for one in OUTCOMES],
        months_list=[(str(number), _months_in_words(number)) for number in _MONTHS],
    )
    return page, 400 if wrong else 200


def _months_in_words(months: int) -> str:
    if months == 0:
        return gettext("never")
    if months == 1:
        return gettext("once a month")
    return gettext("once in %(num)s months", num=months)


def _or_nothing(verb: Callable[[], Any]) -> Any:
    """What a verb of core gives; the page of something that never was when there is no such record."""
    try:
        return verb()
    except Refused:
        raise
    except Problem:
        abort(404)


@blueprint.post("/coach/records/<record_id>/contact")
@asks("curate")
@without_words
def contact(record_id: str) -> Any:
    """Notes how a call went."""
    actor, curation, form = current_actor(), the_mapper().curation, request.form
    call = _or_nothing(lambda: curation.call(actor, record_id))
    outcome = form.get("outcome", "")
    if outcome not in OUTCOMES:
        return _record_page(record_id, gettext("Choose how the call went."))
    asked = [fact for fact in form.getlist("asked") if fact in FACTS]
    curation.contact_made(actor, call.record.id, asked, outcome, still_correct="still_correct" in form)
    return redirect(url_for("curation.record", record_id=record_id), 303)


@blueprint.post("/coach/records/<record_id>/rule")
@asks("curate")
def rule(record_id: str) -> Any:
    """How often this group wants to be called."""
    actor, curation = current_actor(), the_mapper().curation
    call = _or_nothing(lambda: curation.call(actor, record_id))
    months = request.form.get("months", "")
    if not (months.isascii() and months.isdigit() and int(months) <= 60):
        abort(400)
    curation.set_rule(actor, call.record.id, int(months))
    return redirect(url_for("curation.record", record_id=record_id), 303)


@blueprint.post("/coach/records/<record_id>/still-correct")
@asks("curate")
def still_correct(record_id: str) -> Any:
    """All of it was checked just now: one tap."""
    actor, curation = current_actor(), the_mapper().curation
    call = _or_nothing(lambda: curation.call(actor, record_id))
    the_mapper().stewards.still_correct(actor, call.record.id)
    return redirect(url_for("curation.record", record_id=record_id), 303)


# Records that may be one


@blueprint.get("/coach/duplicates")
@asks("merge_records")
def duplicates() -> str:
    """Pairs that wait for a decision, and merges that can be undone."""
    actor, curation = current_actor(), the_mapper().curation
    pairs = curation.duplicates(actor)
    return _page(
        "coach_duplicates.html", pairs=pairs[:_PAIRS_ON_A_PAGE], pair_count=len(pairs), merges=curation.merges(actor),
        parted=request.args.get("parted", ""),
    )  # fmt: skip


@blueprint.get("/coach/duplicates/<left_id>/<right_id>")
@asks("merge_records")
def pair(left_id: str, right_id: str) -> str:
    """Two records beside each other, field by field."""
    waiting: Waiting = _or_nothing(lambda: the_mapper().curation.pair(current_actor(), left_id, right_id))
    keep = "right" if request.args.get("keep") == "right" else "left"
    kept, other = (waiting.left, waiting.right) if keep == "left" else (waiting.right, waiting.left)
    advice = suggested(kept, other)
    sides = {"kept": keep, "other": "right" if keep == "left" else "left", "both": "both"}
    rows = [
        {
            "name": name,
            "label": gettext(FIELD_LABELS[name]),
            "left": value_lines(waiting.left, name),
            "right": value_lines(waiting.right, name),
            "choices": sorted({sides[one] for one in choices_for(kept, other, name)}),
            "chosen": sides[advice[name]],
        }
        for name in differing(kept, other)
    ]
    return _page("coach_pair.html", pair=waiting, keep=keep, rows=rows)


@blueprint.post("/coach/duplicates/<left_id>/<right_id>")
@asks("merge_records")
@without_words
def decide(left_id: str, right_id: str) -> Any:
    """Merges the two, or remembers that they are two."""
    actor, curation, form = current_actor(), the_mapper().curation, request.form
    waiting: Waiting = _or_nothing(lambda: curation.pair(actor, left_id, right_id))
    if form.get("do") == "not_same":
        curation.not_same(actor, waiting.left.id, waiting.right.id)
    elif form.get("do") == "merge":
        keep = "right" if form.get("keep") == "right" else "left"
        kept, other = (waiting.left, waiting.right) if keep == "left" else (waiting.right, waiting.left)
        curation.merge(actor, kept.id, other.id, _choices(kept, other, keep))
    return redirect(url_for("curation.duplicates"), 303)


def _choices(kept: Resource, other: Resource, keep: str) -> dict[str, Choice]:
    """What was chosen for each field, told by side, as core hears it."""
    found: dict[str, Choice] = {}
    for name in differing(kept, other):
        side = request.form.get(name, keep)
        found[name] = "both" if side == "both" else "kept" if side == keep else "other"
    return found


@blueprint.post("/coach/merges/<int:seq>/undo")
@asks("merge_records")
def undo(seq: int) -> Any:
    """Makes two of one again."""
    whole = _or_nothing(lambda: the_mapper().curation.undo_merge(current_actor(), seq))
    return redirect(url_for("curation.duplicates", parted="whole" if whole else "kept"), 303)


# While typing


@blueprint.get("/coach/alike")
@asks("curate")
def alike() -> str:
    """Is it here already? A step before something is added, without any script."""
    told = {name: request.args.get(name, "").strip()[:200] for name in _ASKED}
    found = _alike(told) if any(told.values()) else None
    return _page("coach_alike.html", told=told, found=found)


@blueprint.get("/coach/alike.json")
@asks("curate")
def alike_json() -> Response:
    """The same for a form that asks while somebody types."""
    language = chosen_language()
    return jsonify(
        [
            {
                "id": one.record.id,
                "name": plain(one.record.name),
                "verdict": one.twins.verdict,
                "why": [words for reason in one.twins.reasons if (words := say_alike(reason, language))],
                "url": url_for("resident.detail", resource_id=one.record.id),
            }
            for one in _alike({name: request.args.get(name, "").strip()[:200] for name in _ASKED})
        ]
    )


_ASKED = ("name", "phone", "website", "street", "house_number", "postcode")


def _alike(told: dict[str, str]) -> list[Alike]:
    contacts = [Contact(type=kind, value=told[kind]) for kind in ("phone", "website") if told[kind]]
    has_place = told["street"] or told["postcode"] or (request.args.get("lon") and request.args.get("lat"))
    partial = Resource(
        id="new", kind=request.args.get("kind", "")[:60] or "self_organisation", name=Text.of(told["name"] or "?"),
        contacts=tuple(contacts), place=_place(told) if has_place else Place(precision="contact_only"),
    )  # fmt: skip
    return the_mapper().curation.alike(current_actor(), partial)


def _place(told: dict[str, str]) -> Place:
    lon = lat = None
    if request.args.get("lon") and request.args.get("lat"):
        lon, lat = cells.point(request.args["lon"], request.args["lat"])
    address = Address(street=Text.of(told["street"]), house_number=told["house_number"], postcode=told["postcode"])
    return Place(address=address if told["street"] or told["postcode"] else None, lon=lon, lat=lat)
