"""The full form of a record, for its steward and a coach: edit, add, see it as the public would, history and undo."""

from collections.abc import Sequence
from typing import Any

import msgspec
from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from mapper.catalogue import public_view
from mapper.core import Mapper
from mapper.core.authority import Changed, NotHere, Refused
from mapper.model import Link, Place, Problem, Resource, is_wider, restored
from mapper.text import N_
from mapper.web.conversation import place_called
from mapper.web.guard import asks, current_actor
from mapper.web.languages import LANGUAGES, chosen_language, language_name, plain
from mapper.web.posting import keep_nothing, without_words
from mapper.web.record_fields import COLUMNS, MORE_COLUMNS, label_of, pattern, sections
from mapper.web.record_form import Form, Read, blank, differing, in_plain_words, merge, read, row_numbers, write
from mapper.web.record_words import ANSWERS
from mapper.web.resident import detail_page, the_mapper
from mapper.web.stewards import back_home, done_words
from mapper.wording import say

blueprint = Blueprint("records", __name__)
blueprint.after_request(keep_nothing)

#: A long record in many languages, with every answer of every list.
_MOST_BYTES = 1024 * 1024
_DONE_TO_IT = {
    "add": N_("added"),
    "edit": N_("edited"),
    "import": N_("imported"),
    "undo": N_("taken back"),
    "still_correct": N_("still correct"),
    "enough_for_now": N_("enough for now"),
    "room_again": N_("room for now again"),
    "take_off": N_("taken off the map"),
    "agree_widening": N_("opened, as the group agreed"),
    "call_right": N_("phoned: all right"),
    "call_full": N_("phoned: full for now"),
    "call_phone_first": N_("phoned: phone first"),
    "call_wrong_number": N_("phoned: wrong number"),
    "call_closed": N_("phoned: closed"),
    "call_taken_back": N_("what was phoned, taken back"),
}


class Words:
    """What people write in the form instead of ids."""

    def __init__(self, mapper: Mapper) -> None:
        self._mapper = mapper

    def area(self, words: str) -> str | None:
        """The id of an area."""
        return words if self._mapper.geography.knows(words) else self._mapper.area(words)

    def place(self, words: str) -> tuple[str, str]:
        """The id of the place of this name, and the name of the nearest."""
        found, nearest = place_called(words, self._mapper)
        return (found.id if found else ""), (plain(nearest.name) if nearest else "")


@blueprint.get("/records/new")
@asks("add_record")
def new() -> str:
    """An empty form. What a coach writes down is for professionals until the group agrees."""
    return _page(MultiDict([*_without_name(_blank()), ("opened", "about")]), None)


@blueprint.post("/records/new")
@asks("add_record", most_bytes=_MOST_BYTES)
@without_words
def add() -> Any:
    """Adds the record."""
    form, actor, mapper = request.form.copy(), current_actor(), the_mapper()
    if _is_step(form):
        return _page(_after_step(form), None)
    base = _blank()
    found = read(form, base, Words(mapper))
    if found.resource is None or found.addresses:
        return _page(form, None, found)
    if form.get("do") == "preview":
        return _preview_page(found.resource, form, url_for("records.add"))
    try:
        revision = mapper.add(actor, found.resource)
    except Refused:
        words = gettext("Choose a neighbourhood that you look after.")
        return _page(form, None, wrong={"place.neighbourhood": words})
    except Problem as problem:
        return _page(form, None, wrong={"visibility": say(problem, chosen_language())})
    return redirect(url_for("records.history", resource_id=found.resource.id, done="saved", revision=revision), 303)


def _blank() -> Resource:
    place = Place(precision="neighbourhood")
    return blank(kind="self_organisation", ground="coach_notes", visibility="professional", place=place)


def _without_name(record: Resource) -> list[tuple[str, str]]:
    return [pair for pair in write(record) if not pair[0].startswith("name.")]


@blueprint.get("/records/<resource_id>/edit")
@asks("edit_record")
def edit(resource_id: str) -> str:
    """The form with everything that is known."""
    record = _as_seen(the_mapper().stewards.of(current_actor(), resource_id))
    return _page(MultiDict([*write(record), ("revision", str(_revision(record)))]), record)


@blueprint.post("/records/<resource_id>/edit")
@asks("edit_record", most_bytes=_MOST_BYTES)
@without_words
def save(resource_id: str) -> Any:
    """Saves, shows it as the public would see it, or gives another row: `do` says which."""
    form, actor, mapper = request.form.copy(), current_actor(), the_mapper()
    whole = mapper.stewards.of(actor, resource_id)
    current = _as_seen(whole)
    if _is_step(form):
        return _page(_after_step(form), current)
    if actor.role == "steward" and form.get("visibility") == "public" and form.get("ground") == "coach_notes":
        form["ground"] = "agreed"  # the group itself says so
    opened = form.get("revision", 0, int)
    changes = mapper.history(actor, resource_id)
    base = _as_seen(_as_it_was(whole, changes, opened))
    found = read(form, base, Words(mapper))
    if found.resource is None or (found.addresses and form.get("do") != "preview"):
        return _page(form, current, found)
    if form.get("do") == "preview":
        action = url_for("records.save", resource_id=resource_id)
        return _preview_page(found.resource, form, action)
    latest = changes[0].revision
    merged, both = merge(base, found.resource, current) if latest != opened else (found.resource, ())
    if both:
        form["revision"] = str(latest)
        return _page(form, current, clash=[(one, current, found.resource) for one in both])
    merged = msgspec.structs.replace(merged, links=(*merged.links, *_unseen_links(whole)))
    try:
        revision = mapper.edit(actor, merged, "edit", at_revision=latest)
    except Changed as problem:
        return _page(form, current, wrong={"name": say(problem, chosen_language())})
    except Refused:
        return _page(form, current, wrong=_not_wider(current, merged), proposes=is_wider(current, merged))
    return back_home(done="saved", place=resource_id, revision=revision)


def _unseen_links(record: Resource) -> tuple[Link, ...]:
    mapper, actor = the_mapper(), current_actor()
    return tuple(link for link in record.links if mapper.show(link.to, actor) is None)


def _as_seen(record: Resource) -> Resource:
    """The record without its ties to what this reader may not see: a tie would tell that it is there."""
    unseen = _unseen_links(record)
    return msgspec.structs.replace(record, links=tuple(link for link in record.links if link not in unseen))


def _not_wider(current: Resource, wished: Resource) -> dict[str, str]:
    if not is_wider(current, wished):
        return {"place.neighbourhood": gettext("Choose a neighbourhood that you look after.")}
    words = gettext("Opening it wider needs the yes of the group. Save the rest first, then propose it below.")
    return {_what_is_wider(current, wished): words}


def _what_is_wider(current: Resource, wished: Resource) -> str:
    if current.visibility != wished.visibility:
        return "visibility"
    if current.place.precision != wished.place.precision:
        return "place.precision"
    return "ground" if current.ground != wished.ground else "thresholds.papers_public"


def _as_it_was(current: Resource, changes: Sequence[Any], revision: int) -> Resource:
    """The record as it was when somebody opened the form."""
    later = [change for change in changes if change.revision > revision]
    before = later[-1].before if later else None
    return restored(before, current) if before is not None else current


def _revision(record: Resource) -> int:
    return the_mapper().history(current_actor(), record.id)[0].revision


# Steps that save nothing: another row, another language, a place looked for


def _is_step(form: Form) -> bool:
    return form.get("do", "").partition(":")[0] in ("add", "look", "language")


def _after_step(form: Form) -> Form:
    """The form with one more row or language, everything typed kept."""
    do, _colon, name = form.get("do", "").partition(":")
    if do == "add":
        number = max(row_numbers(form, name), default=-1) + 1
        form[f"{name}.{number}.{'nl' if pattern(name) in ('former_names', 'other_names') else 'type'}"] = ""
        form["at"] = f"{name}.{number}"
    elif do == "language" and form.get("new_column", "") in the_mapper().taxonomy.languages:
        form.add(MORE_COLUMNS, form["new_column"])
    elif do == "look":
        form["at"] = f"{name}.to"
    form["opened"] = (form.get("at") or "name").partition(".")[0]
    return form


# Pages


def _page(
    form: Form,
    record: Resource | None,
    found: Read | None = None,
    wrong: dict[str, str] | None = None,
    clash: list[tuple[str, Resource, Resource]] | None = None,
    *,
    proposes: bool = False,
) -> Any:
    mapper, actor = the_mapper(), current_actor()
    wrong = dict(wrong or {})
    if found is not None:
        wrong |= {one.field: gettext(one.message).format(**one.data) for one in reversed(found.mistakes)}
        wrong |= {name: gettext("This looks like an address, and the place gives none.") for name in found.addresses}
    if clash:
        words = gettext("Somebody else changed this meanwhile. See both below, then save again.")
        wrong |= {one: f"{label_of(one)}: {words}" for one, _theirs, _mine in clash}
    names = {key: form[key] for key in form if key.startswith("links.") and key.endswith(".to")}
    shown = {one: plain(other.name) for one in names.values() if (other := mapper.show(one, actor)) is not None}
    known = (*COLUMNS, *form.getlist(MORE_COLUMNS))
    page = render_template(
        "record_form.html",
        r=record,
        form=form,
        sections=sections(form, mapper, shown, (*wrong, form.get("opened", ""))),
        wrong=wrong,
        asks_about_address=bool(found and found.addresses),
        clash=[(label_of(one), in_plain_words(now, one), in_plain_words(mine, one)) for one, now, mine in clash or ()],
        proposes=proposes,
        at=form.get("at", ""),
        more_languages=sorted(
            ((code, language_name(code)) for code in mapper.taxonomy.languages if code not in known),
            key=lambda pair: pair[1],
        ),
        columns=form.getlist(MORE_COLUMNS),
        language_tags=LANGUAGES,
    )
    return (page, 409 if clash else 400) if wrong else page


def _preview_page(resource: Resource, form: Form, action: str) -> str:
    """What everyone would see, with the whole form carried along."""
    carried = [(name, value) for name, values in form.lists() for value in values if name not in ("do", "form_token")]
    return detail_page(
        public_view(resource), the_mapper().catalogue(), the_mapper(), preview={"action": action, "carried": carried}
    )


@blueprint.get("/records/<resource_id>/preview")
@asks("edit_record")
def preview(resource_id: str) -> str:
    """The record as everyone would see it, were it public."""
    record = the_mapper().stewards.of(current_actor(), resource_id)
    return detail_page(public_view(record), the_mapper().catalogue(), the_mapper(), preview={"action": ""})


@blueprint.get("/records/<resource_id>/history")
@asks("edit_record")
def history(resource_id: str) -> str:
    """What was done to it, latest first, each with an undo."""
    mapper, actor = the_mapper(), current_actor()
    record = mapper.stewards.of(actor, resource_id)
    changes, after, lines = mapper.history(actor, resource_id), _as_seen(record), []
    for change in changes:
        before = _as_seen(restored(change.before, after)) if change.before is not None else None
        fields = _both_ways(before, after) if before else []
        lines.append((change, gettext(_DONE_TO_IT.get(change.verb, change.verb)), change.by == actor.id, fields))
        after = before or after
    return render_template("record_history.html", r=record, lines=lines, done=done_words())


def _both_ways(before: Resource, after: Resource) -> list[tuple[str, str, str]]:
    """Label, before and after of every field that changed."""
    fields = differing(before, after)
    return [(label_of(one), in_plain_words(before, one), in_plain_words(after, one)) for one in fields]


@blueprint.post("/records/<resource_id>/undo")
@asks("edit_record")
def undo(resource_id: str) -> Any:
    """Takes one change back; never opens the record wider."""
    mapper, actor = the_mapper(), current_actor()
    record, revision = mapper.stewards.of(actor, resource_id), request.form.get("revision", 0, int)
    if revision not in {change.revision for change in mapper.history(actor, record.id)}:
        raise NotHere(N_("This place is not here."))
    try:
        mapper.undo(actor, revision)
    except Refused:
        raise Problem(N_("This would open the record wider: that needs the yes of the group.")) from None
    return back_home(done="undone")


def template_words() -> dict[str, Any]:
    """What templates ask about answers of the form."""
    return {"answer_words": lambda field, value: gettext(ANSWERS[field].get(value, value))}
