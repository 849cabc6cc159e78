"""Referrals in writing: the worker's form with what the service will see, and the service's own page and link."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from mapper.core.cases import KeptCase
from mapper.model import Problem
from mapper.referrals import Referral
from mapper.web.case_profile import place_name, profile_lines
from mapper.web.case_words import ANSWERS, GIVEN_HOW, found_in_words, in_words
from mapper.web.guard import asks, current_actor
from mapper.web.languages import chosen_language
from mapper.web.posting import keep_nothing, without_words
from mapper.web.resident import the_catalogue, the_mapper
from mapper.wording import say

blueprint = Blueprint("referrals", __name__)
blueprint.after_request(keep_nothing)

_DAYS = ("7", "14", "30")


# The worker's side


@blueprint.post("/cases/<case_id>/refer")
@asks("refer")
@without_words
def refer(case_id: str) -> Any:
    """The form, the page as the service will see it, or sending it: `do` says which."""
    mapper, form, actor = the_mapper(), request.form, current_actor()
    kept = mapper.cases.case(actor, case_id)
    do = form.get("do", "")
    if do not in ("preview", "send"):
        return _form_page(kept)
    shared = _shared(kept)
    found = mapper.cases.identifying(actor, form.get("purpose", ""), form.get("message", ""))
    if do == "preview":
        return _form_page(kept, shared=shared, found=found_in_words(found))
    try:
        _referral, token = mapper.referrals.refer(
            actor, case_id, form.get("recipient", ""), form.get("purpose", ""), shared, form.get("given_how", ""),
            days=int(form.get("days", "")) if form.get("days") in _DAYS else 0,
            wanted_by_service="wanted" in form,
        )  # fmt: skip
    except Problem as problem:
        if getattr(problem, "is_secret", False):
            raise
        return _form_page(kept, shared=shared, wrong={_field(kept): say(problem, chosen_language())})
    link = url_for("referrals.follow", token=token, lang=None, _external=True)
    return render_template("referral_link.html", case_id=case_id, link=link, name=place_name(form["recipient"]))


def _field(kept: KeptCase) -> str:
    """Where the first thing that is missing is put right."""
    form = request.form
    missing = {
        "purpose": not form.get("purpose", "").strip(),
        "share": not _shared(kept),
        "wanted": "wanted" not in form,
        "given_how": not form.get("given_how"),
        "days": form.get("days") not in _DAYS,
    }
    return next((name for name, is_missing in missing.items() if is_missing), "purpose")


def _shared(kept: KeptCase) -> list[tuple[str, str]]:
    """Exactly what was ticked and written, as label and words."""
    ticked = request.form.getlist("share")
    shared = [line for number, line in enumerate(profile_lines(kept.case.profile)) if str(number) in ticked]
    for name, label in (("message", gettext("In a few words")), ("reach", gettext("How to reach the sender"))):
        if words := request.form.get(name, "").strip():
            shared.append((label, words))
    return shared


def _form_page(
    kept: KeptCase,
    *,
    shared: list[tuple[str, str]] | None = None,
    wrong: dict[str, str] | None = None,
    found: list[str] | None = None,
) -> Any:
    recipient = request.form.get("recipient", "")
    if the_catalogue().get(recipient) is None:
        raise Problem(gettext("This place is not here any more. Choose another."))
    page = render_template(
        "referral_new.html",
        kept=kept,
        recipient=recipient,
        name=place_name(recipient),
        lines=list(enumerate(profile_lines(kept.case.profile))),
        shared=shared,
        wrong=wrong or {},
        found=found or [],
        form=request.form,
        given_how=[("", gettext("Choose")), *in_words(GIVEN_HOW)],
        days=[(days, gettext("%(days)s days", days=days)) for days in _DAYS],
    )
    return page, 400 if wrong else 200


@blueprint.post("/cases/<case_id>/referrals/<referral_id>/revoke")
@asks("refer")
def revoke(case_id: str, referral_id: str) -> Response:
    """The yes is taken back: nobody sees it from now on."""
    the_mapper().referrals.revoke(current_actor(), case_id, referral_id)
    return redirect(url_for("cases.one", case_id=case_id, done="revoked"), 303)


# The service's side


@blueprint.get("/referrals")
@asks("answer_referral")
def inbox() -> str:
    """The open referrals to the services one speaks for."""
    found = the_mapper().referrals.inbox(current_actor())
    return render_template("referrals.html", referrals=[(one, place_name(one.consent.recipient)) for one in found])


@blueprint.get("/referrals/<referral_id>")
@asks("answer_referral")
@without_words
def one(referral_id: str) -> Any:
    """What was agreed to be shared, and the three answers."""
    found = the_mapper().referrals.referral(current_actor(), referral_id)
    return _seen_page(found, url_for("referrals.answer", referral_id=referral_id))


@blueprint.post("/referrals/<referral_id>")
@asks("answer_referral")
@without_words
def answer(referral_id: str) -> Any:
    """The answer from one's own account."""
    mapper, actor = the_mapper(), current_actor()
    address = url_for("referrals.answer", referral_id=referral_id)
    try:
        found = mapper.referrals.answer(actor, referral_id, *_answered())
    except Problem as problem:
        return _again(problem, mapper.referrals.referral(actor, referral_id), address)
    return _seen_page(found, address)


@blueprint.get("/referral/<token>")
@asks("follow_referral")
@without_words
def follow(token: str) -> Any:
    """What a link opens. Looking changes nothing: programmes that preview links look too."""
    return _seen_page(the_mapper().referrals.follow(token), url_for("referrals.answer_by_link", token=token))


@blueprint.post("/referral/<token>")
@asks("follow_referral")
@without_words
def answer_by_link(token: str) -> Any:
    """The answer of a service without an account."""
    mapper, address = the_mapper(), url_for("referrals.answer_by_link", token=token)
    try:
        found = mapper.referrals.answer_by_link(token, *_answered())
    except Problem as problem:
        return _again(problem, mapper.referrals.follow(token), address)
    return _seen_page(found, address)


def _answered() -> tuple[str, str]:
    return request.form.get("answer", ""), request.form.get("words", "")


def _again(problem: Problem, referral: Referral, address: str) -> Any:
    if getattr(problem, "is_secret", False):
        raise problem
    return _seen_page(referral, address, {"answer": say(problem, chosen_language())})


def _seen_page(referral: Referral, address: str, wrong: dict[str, str] | None = None) -> Any:
    page = render_template(
        "referral_seen.html",
        referral=referral,
        name=place_name(referral.consent.recipient),
        address=address,
        wrong=wrong or {},
        form=request.form,
        answers=in_words(ANSWERS),
    )
    return page, 400 if wrong else 200
