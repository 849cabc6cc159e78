"""A glance at two records that share a key: nearly all such pairs are two things, and that shows before their names are
compared letter by letter. What a glance parts, `duplicates.compare` calls different, without exception.

Two records can only be one when something else than their names agrees, or when their names say the same:
 * something that few have, one place, or one place and one contact: then one of the names must say all of the other;
 * nothing of all that: then the names must say the same, each all of the other.
"""

from itertools import pairwise
from typing import NamedTuple

from mapper.curation.duplicates import NEARBY_M, Crowds
from mapper.curation.likeness import INITIALS, NEARLY_WHOLE, ORDER, compare_names, hooks
from mapper.curation.marks import Marks, Page, is_own
from mapper.curation.names import Name, Word
from mapper.geography import distance_m
from mapper.text import similarity

#: Degrees of latitude that are more than NEARBY_M.
_BEYOND = 0.002
#: The share of the letters that may be slips, with a little more for rounding.
_SLIPS = 1.001 - NEARLY_WHOLE
#: Two letters beside each other are one of so many bits: enough that two names seldom have the same.
_BITS = 127

Hooks = frozenset[str]


class Said(NamedTuple):
    """What of a name is seen at a glance."""

    name: Name
    #: The hooks (likeness.py) of each word that stands in it once, the longest first, as few other names have it.
    words: tuple[Hooks, ...]
    #: The hooks of all its words, its sort and place among them: another may write them as words.
    hooks: Hooks
    #: A bit for each two letters beside each other; and how many of those a name nearly the same may change.
    pairs: int
    changes: float


class Glance(NamedTuple):
    """What of a record is seen at a glance."""

    marks: Marks
    contacts: frozenset[str | Page]
    #: Those of them that few others have, and its enterprise number.
    own: frozenset[str | Page]
    said: tuple[Said, ...]
    #: Names run together; first words that may be initials; and the initials of names.
    wholes: frozenset[str]
    maybe_initials: frozenset[str]
    initials: frozenset[str]


def glance(marks: Marks, crowds: Crowds) -> Glance:
    """A glance at one record."""
    names = marks.names
    own_pages = [page for page in marks.pages if is_own(page)]
    contacts: list[str | Page] = [*marks.phones, *marks.emails, *own_pages]
    own = [one for one in contacts if crowds.is_of_few(one)]
    return Glance(
        marks=marks,
        contacts=frozenset(contacts),
        own=frozenset((*own, marks.enterprise) if marks.enterprise else own),
        said=tuple(map(_said, names)),
        wholes=frozenset(name.whole for name in names),
        maybe_initials=frozenset(name.tokens[0] for name in names if len(name.tokens) in (1, len(name.tokens[0]) + 1)),
        initials=frozenset(
            "".join(token[0] for token in name.tokens) for name in names if len(name.tokens) >= INITIALS
        ),
    )


def _said(name: Name) -> Said:
    once = [word for word in name.words if word not in name.twice and " " not in word.written]
    once.sort(key=lambda word: -len(word.written))
    written = {word.written for word in name.words}
    tokens = [hooks(Word(token, "")) for token in name.tokens if token not in written]
    pairs = 0
    for one, other in pairwise(name.core.encode()):
        pairs |= 1 << (31 * one + other) % _BITS
    return Said(
        name=name,
        words=tuple(map(hooks, once)),
        hooks=Hooks().union(*map(hooks, name.words), *tokens),
        pairs=pairs,
        # One slip, two letters swapped, changes three pairs into three others; every other slip changes fewer.
        changes=6 * _SLIPS * len(name.core),
    )


def are_two(left: Glance, right: Glance) -> bool:
    """Whether two records are surely different; when not, they have to be compared."""
    near = _near(left.marks, right.marks)
    linked = near or not left.own.isdisjoint(right.own)
    if linked and (_languages_apart(left, right) or (near and not left.contacts.isdisjoint(right.contacts))):
        return False
    if not (
        left.wholes.isdisjoint(right.wholes)
        and left.maybe_initials.isdisjoint(right.initials)
        and left.initials.isdisjoint(right.maybe_initials)
    ):
        return False
    for one in left.said:
        for other in right.said:
            if _may_agree(one, other, linked) and _agree(one, other, linked):
                return False
    return True


def _near(left: Marks, right: Marks) -> bool:
    here, there = left.point, right.point
    if here and there and abs(here.lat - there.lat) < _BEYOND and distance_m(here, there) <= NEARBY_M:
        return True
    return not left.doors.isdisjoint(right.doors) and not left.streets.isdisjoint(right.streets)


def _languages_apart(left: Glance, right: Glance) -> bool:
    here, there = left.marks.languages, right.marks.languages
    return bool(here and there) and here.isdisjoint(there)


def _may_agree(one: Said, other: Said, linked: bool) -> bool:
    """Whether each word of one name can be a word of the other, and the other way too unless the records are linked; or
    whether the names are run together nearly the same."""
    if linked:
        say_it_all = _are_in(one.words, other.hooks) or _are_in(other.words, one.hooks)
    else:
        say_it_all = _are_in(one.words, other.hooks) and _are_in(other.words, one.hooks)
    if say_it_all:
        return True
    if (one.pairs ^ other.pairs).bit_count() > max(one.changes, other.changes):
        return False
    return similarity(one.name.core, other.name.core, NEARLY_WHOLE) > 0


def _are_in(words: tuple[Hooks, ...], others: Hooks) -> bool:
    for word in words:  # noqa: SIM110 - asked millions of times
        if word.isdisjoint(others):
            return False
    return True


def _agree(one: Said, other: Said, linked: bool) -> bool:
    likeness = compare_names(one.name, other.name)
    return ORDER[likeness.alike] >= ORDER["holds" if linked or likeness.only_area else "near"]
