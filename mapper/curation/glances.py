"""A glance at two records that share a key: nearly all such pairs are two things, and that shows before their names are
compared letter by letter. What a glance parts, `duplicates.compare` calls different, without exception.

Two records can only be one when something else than their names agrees, or when their names say the same:
 * something that few have, one place, or one place and one contact: then one of the names must say all of the other;
 * nothing of all that: then the names must say the same, each all of the other.
"""

from itertools import product
from typing import NamedTuple

from mapper.curation.duplicates import NEARBY_M, Crowds
from mapper.curation.likeness import INITIALS, NEARLY_WHOLE, hooks
from mapper.curation.marks import Marks, Page, is_own
from mapper.curation.names import Name, Word
from mapper.geography import distance_m
from mapper.text import similarity

#: Degrees of latitude that are more than NEARBY_M.
_BEYOND = 0.002
#: The share of its letters that may be slips, with a little more for rounding.
_SLIPS = 1.0001 - NEARLY_WHOLE

Hooks = frozenset[str]


class Glance(NamedTuple):
    """What of a record is seen at a glance."""

    marks: Marks
    contacts: frozenset[str | Page]
    #: Those of them that few others have, and its enterprise number.
    own: frozenset[str | Page]
    #: For each name the hooks of each word that stands in it once; and those of all words in all names.
    said: tuple[tuple[Hooks, ...], ...]
    hooks: Hooks
    #: Names run together; first words that may be initials; and the initials of names.
    wholes: frozenset[str]
    maybe_initials: frozenset[str]
    initials: frozenset[str]


def glance(marks: Marks, crowds: Crowds) -> Glance:
    """A glance at one record."""
    contacts: frozenset[str | Page] = (
        marks.phones | marks.emails | frozenset(page for page in marks.pages if is_own(page))
    )
    own = frozenset(one for one in contacts if crowds.is_of_few(one))
    names = marks.names
    tokens = {Word(token, "") for name in names for token in name.tokens}
    return Glance(
        marks=marks,
        contacts=contacts,
        own=own | {marks.enterprise} if marks.enterprise else own,
        said=tuple(
            tuple(hooks(word) for word in name.words if word not in name.twice and " " not in word.written)
            for name in names
        ),
        hooks=Hooks().union(*map(hooks, tokens.union(*(name.words for name in names)))),
        wholes=frozenset(name.whole for name in names),
        maybe_initials=frozenset(name.tokens[0] for name in names if len(name.tokens) in (1, len(name.tokens[0]) + 1)),
        initials=frozenset(
            "".join(token[0] for token in name.tokens) for name in names if len(name.tokens) >= INITIALS
        ),
    )


def are_two(left: Glance, right: Glance) -> bool:
    """Whether two records are surely different; when not, they have to be compared."""
    near = _near(left.marks, right.marks)
    linked = near or not left.own.isdisjoint(right.own)
    if linked and (_languages_apart(left, right) or (near and not left.contacts.isdisjoint(right.contacts))):
        return False
    if _says_all(left, right):
        if linked or _says_all(right, left):
            return False
    elif linked and _says_all(right, left):
        return False
    spelt_alike = (
        not left.wholes.isdisjoint(right.wholes)
        or not left.maybe_initials.isdisjoint(right.initials)
        or not left.initials.isdisjoint(right.maybe_initials)
        or any(_nearly_whole(*pair) for pair in product(left.marks.names, right.marks.names))
    )
    return not spelt_alike


def _languages_apart(left: Glance, right: Glance) -> bool:
    here, there = left.marks.languages, right.marks.languages
    return bool(here and there) and here.isdisjoint(there)


def _near(left: Marks, right: Marks) -> bool:
    here, there = left.point, right.point
    if here and there and abs(here.lat - there.lat) < _BEYOND and distance_m(here, there) <= NEARBY_M:
        return True
    return not left.doors.isdisjoint(right.doors) and not left.streets.isdisjoint(right.streets)


def _says_all(left: Glance, right: Glance) -> bool:
    """Whether each word of one of its names can be a word of the other."""
    others = right.hooks
    for words in left.said:
        for word in words:
            if word.isdisjoint(others):
                break
        else:
            return True
    return False


def _nearly_whole(left: Name, right: Name) -> bool:
    core, other = left.core, right.core
    # Letters that only one of them has are slips.
    if abs(len(core) - len(other)) > _SLIPS * max(len(core), len(other)) or left.numbers != right.numbers:
        return False
    return similarity(core, other, NEARLY_WHOLE) > 0
