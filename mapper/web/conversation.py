"""What a worker and a person fill in together: a form read as a profile, with every mistake beside its field.

Nothing is kept. The next step of the conversation posts the same fields again.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from mapper.core import Mapper
from mapper.model import CIRCLES, Problem, Profile, Resource
from mapper.search import Query
from mapper.text import N_, fold, similarity
from mapper.web.guard import current_actor
from mapper.web.languages import chosen_language, plain, tidy
from mapper.wording import LIMIT_LABELS, say

Form = MultiDict[str, str]

MOST_CHARACTERS = 200
#: Enough for any honest form; a pasted book must not cost a second.
_MOST_WORDS = 12
_SEPARATORS = re.compile(r"[,;\n،、]+")

#: How far somebody goes on foot: metres -> words. Zero is only what comes to the home.
RANGES = {
    "800": N_("about 10 minutes on foot"),
    "1500": N_("about 20 minutes on foot"),
    "2500": N_("about half an hour on foot"),
    "8000": N_("all of Brussels, by tram or bus"),
    "0": N_("only what comes to the home"),
}
CALLS = {
    "never": N_("never"),
    "rarely": N_("rarely"),
    "sometimes": N_("sometimes"),
    "often": N_("often"),
}
BURDENS = {
    "none": N_("little or nothing"),
    "some": N_("some things"),
    "heavy": N_("a lot"),
}

_LISTS = {"needs": "needs", "languages": "languages", "communities": "communities", "strong_sides": "strong_sides"}
_PLACES = ("groups", "avoid_places")
_WORDS = ("place", *_LISTS, *_PLACES, "professional", "avoid_communities")
_CHOICES = ("wishes_more_contact", "asks_easily", "burden", "range")
_TICKS = ("not_near_home", "not_own_community", "phone_unsafe", *LIMIT_LABELS)
_MANY = ("need", "give", "only", "avoid_circle")
_CIRCLE_FIELDS = ("size", "known_by_first_name", "in_brussels", "calls", "practical", "emotional", "gives")
_CIRCLE_NAMES = tuple(f"{circle}_{name}" for circle in CIRCLES for name in _CIRCLE_FIELDS)
#: Every field of the form; whatever else is posted is not looked at.
NAMES = frozenset((*_WORDS, *_CHOICES, *_TICKS, *_MANY, *_CIRCLE_NAMES))
#: Where a key of a profile is filled in, when the field has another name.
_FIELD_OF = {
    "neighbourhood": "place",
    "near": "place",
    "range_m": "range",
    "only_slices": "only",
    "gives": "give",
    "phone_is_safe": "phone_unsafe",
    "avoid.communities": "avoid_communities",
    "avoid.circles": "avoid_circle",
    "avoid.resources": "avoid_places",
}


@dataclass(frozen=True)
class Wrong:
    """A mistake: the field where it is put right, and one sentence."""

    field: str
    words: str


@dataclass(frozen=True)
class Told:
    """What was filled in, as typed, and what it means."""

    form: Form
    #: What could be read; with errors it lacks what could not.
    profile: Profile | None = None
    errors: tuple[Wrong, ...] = ()
    #: Whether more was told than the three quick fields.
    at_length: bool = False
    with_circles: bool = True
    wrong: dict[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """What was typed in a field."""
        return tidy(self.form.get(name, ""))[:MOST_CHARACTERS]

    def has(self, name: str, value: str) -> bool:
        """Whether a box is ticked or a choice made."""
        return value in self.form.getlist(name)

    @property
    def circles_told(self) -> bool:
        """Whether anything was told about the four circles."""
        return any(self.form.get(name) for name in _CIRCLE_NAMES)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The whole form again, for the next step."""
        return [
            (name, tidy(value)[:MOST_CHARACTERS])
            for name, values in self.form.lists()
            if name in NAMES
            for value in values
            if value
        ]


def nothing_told(with_circles: bool) -> Told:
    """An empty form."""
    return Told(MultiDict(), with_circles=with_circles)


def read(form: Form, mapper: Mapper, with_circles: bool) -> Told:
    """The form as a profile. Every mistake is found at once.

    With `with_circles` false what somebody posts about the circles is not read.
    """
    table, errors = _table(form, mapper, with_circles)
    if not table.get("needs"):
        errors.insert(0, Wrong("needs", gettext("Say what would help. One or two words are enough.")))
    profile = None
    # Each turn takes the key that cannot be read out of the table, so that all mistakes are told at once.
    for _turn in range(20):
        try:
            profile = mapper.read_profile(table, current_actor())
            break
        except Problem as problem:
            keys = _keys_of(problem)
            sentence = _sentence(problem, mapper)
            errors += [Wrong(_field_of(key), sentence) for key in keys if Wrong(_field_of(key), sentence) not in errors]
            if not _take_out(table, keys[-1]):
                break
    at_length = any(name in NAMES - {"needs", "need", "place", "languages"} and value for name, value in form.items())
    order = list(NAMES_IN_ORDER)
    errors.sort(key=lambda one: order.index(one.field) if one.field in order else 0)
    return Told(
        form,
        profile,
        tuple(errors),
        at_length,
        with_circles,
        {one.field: one.words for one in reversed(errors)},
    )


#: The order of the fields on the page, which is that of the mistakes.
NAMES_IN_ORDER = (
    "needs", "need", "place", "languages", "strong_sides", "give", "burden", "wishes_more_contact", "asks_easily",
    "range", "only", "communities", "groups", "professional", "not_near_home", "not_own_community", "avoid_circle",
    "avoid_communities", "avoid_places", *LIMIT_LABELS, "phone_unsafe", *_CIRCLE_NAMES,
)  # fmt: skip


def pieces(words: str) -> list[str]:
    """What was typed, cut at its commas."""
    cut = (" ".join(tidy(piece).split()) for piece in _SEPARATORS.split(words[:MOST_CHARACTERS]))
    return [piece for piece in dict.fromkeys(cut) if piece][:_MOST_WORDS]


def _table(form: Form, mapper: Mapper, with_circles: bool) -> tuple[dict[str, Any], list[Wrong]]:
    """The form as a table of a profile, keys left out where nothing was told."""
    errors: list[Wrong] = []
    table: dict[str, Any] = {key: pieces(form.get(name, "")) for name, key in _LISTS.items()}
    table["needs"] = [need for words in table["needs"] for need in _needs_in(words, mapper)]
    table["needs"] += [need for need in form.getlist("need") if need in mapper.taxonomy.needs]
    table["neighbourhood"] = " ".join(form.get("place", "")[:MOST_CHARACTERS].split())
    table["gives"] = [give for give in form.getlist("give") if give in mapper.taxonomy.gives]
    table["only_slices"] = [slice_id for slice_id in form.getlist("only") if slice_id in mapper.taxonomy.slices]
    for name in ("wishes_more_contact", "asks_easily"):
        if (answer := _yes_or_no(form.get(name, ""))) is not None:
            table[name] = answer
    if form.get("burden") in BURDENS:
        table["burden"] = form["burden"]
    if form.get("range") in RANGES:
        table["range_m"] = int(form["range"])
    for name in ("not_near_home", "not_own_community"):
        if form.get(name):
            table[name] = True
    if form.get("phone_unsafe"):
        table["phone_is_safe"] = False
    table["limits"] = {name: True for name in LIMIT_LABELS if form.get(name)}
    table["groups"] = _place_ids(form, "groups", mapper, errors)
    table["professional"] = next(iter(_place_ids(form, "professional", mapper, errors)), "")
    table["avoid"] = {
        "circles": [circle for circle in form.getlist("avoid_circle") if circle in CIRCLES],
        "communities": pieces(form.get("avoid_communities", "")),
        "resources": _place_ids(form, "avoid_places", mapper, errors),
    }
    if with_circles:
        table["circles"] = _circles(form)
    table["avoid"] = {key: value for key, value in table["avoid"].items() if value}
    return {key: value for key, value in table.items() if value not in ("", [], {})}, errors


def _needs_in(words: str, mapper: Mapper) -> list[str]:
    """The needs somebody names, understood as in search; the words themselves when they name none."""
    need = mapper.need(words)
    if need is not None:
        return [need]
    understood = mapper.find(Query(text=words, limit=0), current_actor()).understood
    return [part.id for part in understood if part.kind == "need"] or [words]


def _yes_or_no(words: str) -> bool | None:
    return {"yes": True, "no": False}.get(words)


def _circles(form: Form) -> dict[str, dict[str, Any]]:
    circles: dict[str, dict[str, Any]] = {}
    for circle in CIRCLES:
        told: dict[str, Any] = {}
        for name in ("size", "known_by_first_name"):
            words = form.get(f"{circle}_{name}", "").strip()
            if words:
                # What is no number goes on as it is: the reader of profiles says so in one sentence.
                told[name] = int(words) if words.isascii() and words.isdigit() and len(words) < 5 else words[:20]
        for name in ("in_brussels", "practical", "emotional", "gives"):
            if (answer := _yes_or_no(form.get(f"{circle}_{name}", ""))) is not None:
                told[name] = answer
        if form.get(f"{circle}_calls") in CALLS:
            told["calls"] = form[f"{circle}_calls"]
        if told:
            circles[circle] = told
    return circles


def _place_ids(form: Form, name: str, mapper: Mapper, errors: list[Wrong]) -> list[str]:
    """The ids of places somebody named in their own words; a name nobody knows is a mistake."""
    found = []
    for words in pieces(form.get(name, "")):
        resource, nearest = place_called(words, mapper)
        if resource is not None:
            found.append(resource.id)
        elif nearest is not None:
            sentence = gettext(
                "We know no place called “%(words)s”. Did you mean %(nearest)s?",
                words=words,
                nearest=plain(nearest.name),
            )
            errors.append(Wrong(name, sentence))
        else:
            sentence = gettext(
                "We know no place called “%(words)s”. Write its name as on the map, or leave this open.", words=words
            )
            errors.append(Wrong(name, sentence))
    return found


def place_called(words: str, mapper: Mapper) -> tuple[Resource | None, Resource | None]:
    """The place that goes by this name, and the nearest one when none does."""
    asked = fold(words)
    hits = [hit.resource for hit in mapper.find(Query(text=words, limit=8), current_actor()).hits]
    for resource in hits:
        names = [
            fold(spelling)
            for name in (resource.name, *resource.other_names, *resource.former_names)
            for spelling in name.values()
        ]
        if asked and any(f" {asked} " in f" {name} " or similarity(asked, name) >= 0.8 for name in names):
            return resource, None
    return None, hits[0] if hits else None


def _keys_of(problem: Problem) -> tuple[str, ...]:
    """The keys a problem is about: one, or two that contradict each other."""
    if "one" in problem.data:
        return tuple(str(problem.data[which]).partition(" ")[0] for which in ("one", "other"))
    return (str(problem.data.get("key", "")),)


def _sentence(problem: Problem, mapper: Mapper) -> str:
    """What is wrong, for somebody who sees a form and not a file."""
    words, nearest = str(problem.data.get("words", "")), str(problem.data.get("nearest", ""))
    if words and nearest:
        for group in (mapper.taxonomy.needs, mapper.taxonomy.languages, mapper.taxonomy.communities):
            nearest = plain(group[nearest].label) if nearest in group else nearest
        return gettext("We do not know “%(words)s”. Did you mean “%(nearest)s”?", words=words, nearest=nearest)
    if words:
        return gettext("We do not know “%(words)s”. Try another word.", words=words)
    if "one" in problem.data:
        return gettext("Two answers cannot both be so. Change one of them.")
    if "found" in problem.data and _keys_of(problem)[0].startswith("circles."):
        return gettext("Write a whole number, such as 2.")
    return say(problem, chosen_language())


def _field_of(key: str) -> str:
    """The field of the form where a key of the profile is filled in."""
    if key in _FIELD_OF:
        return _FIELD_OF[key]
    plain_key = key.removeprefix("circles.").removeprefix("limits.").replace(".", "_")
    return plain_key if plain_key in NAMES else "needs"


def _take_out(table: dict[str, Any], key: str) -> bool:
    """Takes one key ("circles.friends.size") out of the table; False when it is not there."""
    *path, last = key.split(".")
    inside: Any = table
    for part in path:
        inside = inside.get(part) if isinstance(inside, dict) else None
    if not isinstance(inside, dict) or last not in inside:
        return False
    del inside[last]
    return True
