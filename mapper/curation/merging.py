"""Two records of one thing become one, field by field. Pure: `core` writes what comes out, and can undo it.

A merge never opens anything wider: not more visible, not more precise. Where one of the two asked to be left out, or
gives only its neighbourhood, that holds for both.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from mapper.model import GIVES_NO_ADDRESS, PRECISIONS, VISIBILITIES, Place, Resource, Visibility, without_trace
from mapper.text import Text, fold

#: Of the record that stays, of the other one, or what both say together.
Choice = Literal["kept", "other", "both"]

#: What a person chooses. The rest follows: who may see it, how precisely, its sources and its numbers elsewhere.
FIELDS: tuple[str, ...] = (
    "name", "kind", "former_names", "other_names", "summary", "description", "stories", "slices", "ties", "ties_why",
    "needs", "audience", "languages", "thresholds", "approach", "welcomed_by", "place", "service_area",
    "service_area_note", "outreach", "offers", "opening_hours", "contacts", "links", "support_needed",
    "support_offered", "gives", "volunteer_run", "enterprise_number",
)  # fmt: skip


class Merged(NamedTuple):
    """What becomes of the two."""

    kept: Resource
    #: Points to the one that stays, so that old links keep working.
    gone: Resource


def differing(kept: Resource, other: Resource) -> tuple[str, ...]:
    """The fields that somebody has to choose about, in the order of a page."""
    return tuple(name for name in FIELDS if getattr(kept, name) != getattr(other, name))


def choices_for(kept: Resource, other: Resource, name: str) -> tuple[Choice, ...]:
    """What can be chosen for a field: lists and texts can also be joined."""
    return ("kept", "other", "both") if isinstance(getattr(kept, name), (tuple, Text)) else ("kept", "other")


def suggested(kept: Resource, other: Resource) -> dict[str, Choice]:
    """What is most likely right: what only one of them knows, both where that is possible, else what stays."""
    found: dict[str, Choice] = {}
    for name in differing(kept, other):
        mine, theirs = getattr(kept, name), getattr(other, name)
        if _is_unknown(mine):
            found[name] = "other"
        elif _is_unknown(theirs) or (isinstance(mine, Text) and mine.keys() >= theirs.keys()):
            found[name] = "kept"
        else:
            found[name] = "both" if "both" in choices_for(kept, other, name) else "kept"
    return found


def _is_unknown(value: Any) -> bool:
    if isinstance(value, Place):
        return value.precision == "contact_only"
    if isinstance(value, (tuple, Text, msgspec.Struct)):
        return bool(value == type(value)())
    return value in ("", "unknown", None)


def merge(kept: Resource, other: Resource, choices: Mapping[str, Choice]) -> Merged:
    """What the two become. A field about which nothing was chosen stays as it is in the record that stays."""
    values = {name: _chosen(kept, other, name, choices.get(name, "kept")) for name in FIELDS if name != "place"}
    place = _place(kept, other, choices.get("place", "kept"))
    took = place == other.place != kept.place or any(values[name] != getattr(kept, name) for name in values)
    visibility = _visibility(kept, other, took)
    values["other_names"] = _with_old_names(values, other)
    values["links"] = tuple(link for link in values["links"] if link.to not in (kept.id, other.id))
    result = msgspec.structs.replace(
        kept,
        **values,
        place=place,
        visibility=visibility,
        origins=_joined(kept.origins, other.origins),
        sources=_joined(kept.sources, other.sources) if took else kept.sources,
    )
    gone = msgspec.structs.replace(
        other, status="merged", merged_into=kept.id, visibility=_narrower(visibility, other.visibility)
    )
    if place.precision in GIVES_NO_ADDRESS:
        # A place that one of them keeps to itself must not stand in the other either.
        narrower = min(place, other.place, key=_step)
        result, gone = without_trace(result), without_trace(msgspec.structs.replace(gone, place=narrower))
    return Merged(result, gone)


def undone(kept_before: Resource, gone_before: Resource, kept_now: Resource, as_merged: bool) -> Merged:
    """The two as they were; where the one that stayed changed since, it stays as it is now.

    Whoever asked in the meantime to be seen less is not brought back by it.
    """
    if as_merged:
        return Merged(kept_before, gone_before)
    gone = msgspec.structs.replace(gone_before, visibility=_narrower(gone_before.visibility, kept_now.visibility))
    if PRECISIONS.index(kept_now.place.precision) < PRECISIONS.index(gone.place.precision):
        gone = msgspec.structs.replace(gone, place=kept_now.place)
    return Merged(kept_now, without_trace(gone) if gone.place.precision in GIVES_NO_ADDRESS else gone)


def no_wider_than(now: Resource, back: Resource) -> Resource:
    """What comes back, no more visible and no more precise than it is now: somebody asked for that meanwhile."""
    place = min(now.place, back.place, key=_step)
    back = msgspec.structs.replace(back, visibility=_narrower(now.visibility, back.visibility), place=place)
    return without_trace(back) if place.precision in GIVES_NO_ADDRESS else back


def _chosen(kept: Resource, other: Resource, name: str, choice: Choice) -> Any:
    mine, theirs = getattr(kept, name), getattr(other, name)
    if choice == "both" and isinstance(mine, Text):
        return Text({**theirs, **mine})
    if choice == "both" and isinstance(mine, tuple):
        return _joined(mine, theirs)
    return theirs if choice == "other" else mine


def _joined(mine: tuple[Any, ...], theirs: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*mine, *(one for one in theirs if one not in mine))


def _with_old_names(values: dict[str, Any], other: Resource) -> tuple[Text, ...]:
    """The names it had in the other record stay findable."""
    texts = (values["name"], *values["former_names"], *values["other_names"])
    known = {fold(words) for text in texts for words in text.values()}
    lost = Text({code: words for code, words in other.name.items() if fold(words) not in known})
    others: tuple[Text, ...] = values["other_names"]
    return (*others, lost) if lost else others


def _place(kept: Resource, other: Resource, choice: Choice) -> Place:
    chosen = other.place if choice == "other" else kept.place
    if _step(chosen) > _step(kept.place):
        chosen = kept.place
    if _keeps_its_place(other) and _step(other.place) < _step(chosen):
        chosen = other.place
    return chosen


def _keeps_its_place(resource: Resource) -> bool:
    """Whether a record says on purpose where it is no more precisely than it does."""
    if resource.place.precision == "contact_only":  # which is also what a record has of which nobody knows the place
        return resource.kind == "shelter" or resource.visibility != "public"
    return resource.place.precision == "neighbourhood"


def _step(place: Place) -> int:
    return PRECISIONS.index(place.precision)


def _visibility(kept: Resource, other: Resource, took: bool) -> Visibility:
    if "hidden" in (kept.visibility, other.visibility):
        return "hidden"
    # What a group never published is not published by taking it over.
    return _narrower(kept.visibility, other.visibility) if took else kept.visibility


def _narrower(one: Visibility, other: Visibility) -> Visibility:
    return min(one, other, key=VISIBILITIES.index)
