"""A worker and a person look together: a few words in, a set of open doors out, and a sheet to take along.

Everything travels in the body of a POST and in the page that answers it. Nothing about a person is kept, and nothing
stands in an address, a log or a cookie.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, g, render_template, request
from flask_babel import gettext, refresh
from markupsafe import Markup

from mapper.access import may
from mapper.core import Mapper
from mapper.matching import USUAL, Excluded, Match, Suggestion
from mapper.model import CIRCLES, Profile, Resource
from mapper.search import Query
from mapper.web import asking, conversation, doors, sheet
from mapper.web.cards import Cards
from mapper.web.conversation import Told
from mapper.web.guard import asks, current_account, current_actor
from mapper.web.languages import LANGUAGES, chosen_language, language_name, plain
from mapper.web.posting import keep_nothing, without_words
from mapper.web.resident import the_catalogue, the_mapper
from mapper.wording import CIRCLE_LABELS, LIMIT_LABELS, say_excluded, say_usual

blueprint = Blueprint("casework", __name__)
blueprint.after_request(keep_nothing)

#: Fewer is no choice, more is a list again (study: a set that fits together).
FEWEST, MOST = 5, 8
_MOST_FOUND = 5
_MOST_DROPPED = 60
#: Fields that only a later step of the same conversation has.
_STEPS_ON = frozenset(("shown", "drop", "swap", "remove", "add", "do"))
#: Gaps of a neighbourhood, not of a wish: that somebody wants no service for now is nobody's gap.
_NOT_FOUND = ("need_unanswered", "need_full", "only_volunteers")
_FORMAL = ("professional", "specialised")


@blueprint.get("/match")
@asks("match")
@without_words
def quick() -> str:
    """The three fields."""
    return _form_page(conversation.nothing_told(with_circles()))


@blueprint.post("/match")
@asks("match")
@without_words
def match() -> str | tuple[str, int]:
    """The form again, a slate, or the sheet for paper: `do` says which."""
    mapper = the_mapper()
    told = conversation.read(request.form, mapper, with_circles())
    do = request.form.get("do", "")
    if do in ("edit", "picture"):
        return _form_page(told, show_errors=False)
    if told.errors or told.profile is None:
        return _form_page(told), 400
    slate = _slate(told, mapper)
    if not (request.form.keys() & _STEPS_ON):
        _count_gaps(told.profile, slate.match, mapper)
    return _sheet_page(told, slate, mapper) if do == "sheet" else _slate_page(told, slate, mapper)


def _count_gaps(profile: Profile, found: Match, mapper: Mapper) -> None:
    """Counts what a first slate could not find, by neighbourhood and need; of the person nothing is kept.

    Only for who works with people and signed in: counts by anybody could be made up.
    """
    actor = current_actor()
    if not profile.neighbourhood or current_account() is None or not may(actor, "report_call"):
        return
    only_one = profile.only_slices[0] if len(profile.only_slices) == 1 else ""
    for need in sorted({gap.need for gap in found.gaps if gap.need and gap.code in _NOT_FOUND}):
        mapper.coverage.count_gap(actor, profile.neighbourhood, need, only_one)


def same_slate(noted: Any, put_back: str = "") -> str | tuple[str, int]:
    """The slate that was posted along, once more, after something was noted about one of its places."""
    mapper = the_mapper()
    told = conversation.read(request.form, mapper, with_circles())
    if told.errors or told.profile is None:
        return _form_page(told), 400
    return _slate_page(told, _slate(told, mapper, put_back), mapper, noted)


def with_circles() -> bool:
    """A team can leave the circles out: in a welfare centre they would be an inquiry into income."""
    account = current_account()
    team = the_mapper().accounts.team(account.team) if account else None
    return not (team.without_circles if team else current_app.config.get("WITHOUT_CIRCLES"))


# The form


def _form_page(told: Told, *, show_errors: bool = True) -> str:
    return render_template(
        "match_form.html",
        told=told,
        errors=told.errors if show_errors else (),
        wrong=told.wrong if show_errors else {},
        picture=doors.picture(told.profile, (), the_mapper()) if told.at_length else None,
        circles=CIRCLES,
        circle_labels=_worded(CIRCLE_LABELS),
        burdens=_worded(conversation.BURDENS).items(),
        ranges=_worded(conversation.RANGES).items(),
        limits=_worded(LIMIT_LABELS).items(),
        calls=_worded(conversation.CALLS).items(),
        usual=_usual_words(),
    )


def _worded(labels: dict[str, str]) -> dict[str, str]:
    return {value: gettext(words) for value, words in labels.items()}


def _usual_words() -> dict[str, str]:
    """What was usual in the study, beside the number of each circle."""
    return {circle: " ".join(say_usual(one, chosen_language()) for one in usual) for circle, usual in USUAL.items()}


# The slate


@dataclass(frozen=True)
class Slate:
    """A match after what the worker swapped, took away or added, in an order that does not jump."""

    match: Match
    suggestions: tuple[Suggestion, ...]
    dropped: tuple[str, ...]
    #: What happened, in one sentence; and the id of what is new.
    status: str = ""
    changed: str = ""
    #: What was looked for to add, and what was found, each with what stands against it.
    asked_for: str = ""
    found: tuple[tuple[Resource, str], ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """The ids of what is shown."""
        return tuple(one.resource.id for one in self.suggestions)


def _slate(told: Told, mapper: Mapper, put_back: str = "") -> Slate:
    """The slate after what was swapped, taken away or added; without any of that, the first one."""
    assert told.profile is not None
    form = request.form
    before = _ids(form.getlist("shown"), mapper)[:MOST]
    dropped = _ids(form.getlist("drop"), mapper)
    swap, remove, add = (form.get(name, "") for name in ("swap", "remove", "add"))
    add = add or put_back
    gone = tuple(one for one in before if one in (swap, remove))
    added = tuple(one for one in _ids([add], mapper) if one not in before)
    keep = (*(one for one in before if one not in gone), *added)[-MOST:]
    dropped = tuple(one for one in (*dropped, *gone) if one not in keep)[-_MOST_DROPPED:]
    found = mapper.match(current_actor(), told.profile, keep=keep, drop=dropped)
    suggestions = found.slate
    if before:
        suggestions = _in_place(suggestions, before, gone, fill=bool(swap))
    after = [one.resource.id for one in suggestions]
    came = [one for one in after if one not in before] if before else []
    asked_for = form.get("look", "").strip()[: conversation.MOST_CHARACTERS] if form.get("do") == "look" else ""
    return Slate(
        match=found,
        suggestions=suggestions,
        dropped=dropped,
        status=_what_happened(gone, came, mapper) if before else "",
        changed=came[0] if came else "",
        asked_for=asked_for,
        found=_look(asked_for, after, told, mapper) if asked_for else (),
    )


def _in_place(
    suggestions: Sequence[Suggestion], before: Sequence[str], gone: Sequence[str], *, fill: bool
) -> tuple[Suggestion, ...]:
    """Suggestions in the order in which they stood before, what is new where something went.

    A swap asks for something new. Where something was only taken away, new ones come only as far as the set needs
    them: with fewer than five left, or when no professional is left beside the groups.
    """
    by_id = {one.resource.id: one for one in suggestions}
    stayed = [by_id[one] for one in before if one in by_id]
    new = [one for one in suggestions if one.resource.id not in before]
    if fill:
        new = new[: max(len(gone), FEWEST - len(stayed))]
    elif gone:
        formal = any(one.slice in _FORMAL for one in stayed)
        needed = new[: max(0, FEWEST - len(stayed))]
        new = needed or [one for one in new if not formal and one.slice in _FORMAL][:1]
    place = min((before.index(one) for one in gone), default=len(stayed))
    return (*stayed[:place], *new[:1], *stayed[place:], *new[1:])[:MOST]


def _ids(given: Sequence[str], mapper: Mapper) -> tuple[str, ...]:
    """Only ids of places this reader may see, each once."""
    catalogue = the_catalogue()
    return tuple(dict.fromkeys(one for one in given[:_MOST_DROPPED] if one in catalogue))


def _what_happened(gone: Sequence[str], came: Sequence[str], mapper: Mapper) -> str:
    """One sentence for a screen reader, and for anybody who blinked."""
    catalogue = the_catalogue()

    def names(ids: Sequence[str]) -> str:
        return ", ".join(plain(resource.name) for one in ids if (resource := catalogue.get(one)))

    if gone and came:
        return gettext("%(left)s is gone. New: %(came)s.", left=names(gone), came=names(came))
    if gone and request.form.get("swap"):
        return gettext("%(left)s is gone. Nothing else was found that fits.", left=names(gone))
    if gone:
        return gettext("%(left)s is gone.", left=names(gone))
    return gettext("New: %(came)s.", came=names(came)) if came else ""


def _look(words: str, shown: Sequence[str], told: Told, mapper: Mapper) -> tuple[tuple[Resource, str], ...]:
    """Places by name or words that could be added, each with what stands against it when there is something."""
    assert told.profile is not None
    found = []
    for hit in mapper.find(Query(text=words, limit=_MOST_FOUND + len(shown)), current_actor()).hits:
        if hit.resource.id not in shown:
            reasons = mapper.why_not(current_actor(), told.profile, hit.resource.id)
            # That it answers something else is no reason against it: somebody asked for it by name.
            against = [one for one in reasons if isinstance(one, Excluded) and one.code != "nothing_asked"]
            sentences = (say_excluded(one, chosen_language()) for one in against)
            found.append((hit.resource, "; ".join(filter(None, sentences))))
    return tuple(found[:_MOST_FOUND])


def _slate_page(told: Told, slate: Slate, mapper: Mapper, noted: Any = None) -> str:
    assert told.profile is not None
    cards = Cards(the_catalogue(), mapper.taxonomy, mapper.now(), told.profile.near)
    shown = [doors.door(number, one, cards, mapper) for number, one in enumerate(slate.suggestions, 1)]
    points = doors.points(slate.suggestions, mapper)
    return render_template(
        "match_slate.html",
        told=told,
        slate=slate,
        noted=noted,
        doors=shown,
        cards=cards,
        on_sheet=_on_sheet(slate),
        understood=_understood(told, mapper),
        rights=[doors.right(line, mapper) for line in slate.match.rights],
        towns=doors.towns(told.profile, mapper.geography),
        gaps=doors.gaps(slate.match, mapper),
        statements=doors.statements(slate.match, mapper),
        picture=doors.picture(told.profile, slate.suggestions, mapper),
        as_text=sheet.as_text(told, shown, [line.need for line in slate.match.rights], mapper),
        view=doors.view(points, mapper),
        places=Markup(doors.data_block(points, mapper)),
        sheet_languages=LANGUAGES,
        sheet_language=sheet.sheet_language(told),
    )


def _on_sheet(slate: Slate) -> set[str]:
    """What is ticked for the sheet: everything, but for what was unticked before this step."""
    ticked = set(request.form.getlist("on_sheet"))
    unticked = set(request.form.getlist("shown")) - ticked if ticked else set()
    return set(slate.shown) - unticked


def _understood(told: Told, mapper: Mapper) -> list[str]:
    """What was understood of the three fields, in the reader's words."""
    profile, taxonomy = told.profile, mapper.taxonomy
    assert profile is not None
    found = [plain(taxonomy.needs[need].label) for need in profile.needs if need in taxonomy.needs]
    if profile.neighbourhood:
        found.append(plain(asking.area_name(profile.neighbourhood, mapper.geography)))
    return found + [language_name(code) for code in profile.languages]


def _sheet_page(told: Told, slate: Slate, mapper: Mapper) -> str:
    assert told.profile is not None
    asked = request.form.get("sheet_language", "")
    if asked in LANGUAGES:
        g.language = asked
        refresh()
    cards = Cards(the_catalogue(), mapper.taxonomy, mapper.now(), told.profile.near)
    chosen = _on_sheet(slate)
    kept = [one for one in slate.suggestions if one.resource.id in chosen]
    taken = [doors.door(number, one, cards, mapper) for number, one in enumerate(kept, 1)]
    safe = told.profile.phone_is_safe
    return render_template(
        "match_sheet.html",
        doors=taken,
        safe=safe,
        small_map=sheet.small_map(taken, mapper) if safe else None,
        qr_of=sheet.qr_of,
        ask_there=sheet.ask_there,
        language=chosen_language(),
    )
