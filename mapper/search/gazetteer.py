"""What the inventory itself adds to the words that can be understood: its streets, and names made of little words.

Worked out once for each segment of a catalogue, so what a reader may not see is not in it; what has left the catalogue
since is passed over.
"""

from collections import defaultdict
from collections.abc import Iterator
from weakref import WeakKeyDictionary

import numpy as np

from mapper.catalogue import Catalogue, Rows, Segment
from mapper.model import Point
from mapper.search.limits import lexicon
from mapper.text import fold

#: Kinds of street as they stand in a name, in front (French) or at the end (Dutch).
_IN_FRONT = frozenset(
    "rue avenue av boulevard bd bld place pl chaussee chee quai square allee chemin drève dreve cour impasse clos "
    "rond parc venelle passage galerie cite".split()
)
_AT_THE_END = (
    "straat", "laan", "plein", "steenweg", "weg", "lei", "kaai", "dreef", "hof", "park", "plaats", "gang", "square",
)  # fmt: skip
_SHORT = {
    "av": "avenue", "bd": "boulevard", "bld": "boulevard", "bvd": "boulevard", "chee": "chaussee", "ch": "chaussee",
    "pl": "place", "str": "straat", "stwg": "steenweg", "stw": "steenweg",
}  # fmt: skip
#: A bare name this short ("Fort" of the Rue du Fort) says too little.
_SHORTEST_BARE_NAME = 5
_LONGEST_LITTLE_NAME = 24


class _Names:
    """The streets and little names of one segment."""

    def __init__(self, segment: Segment) -> None:
        self.rows: dict[str, list[int]] = defaultdict(list)
        self.aliases: dict[str, set[str]] = defaultdict(set)
        self.bare: dict[str, set[str]] = defaultdict(set)
        folded: dict[tuple[str, ...], tuple[str, ...]] = {}
        for row, record in enumerate(segment.resources):
            address = record.place.address
            if address is None or not address.street:
                continue
            written = tuple(address.street.values())
            spellings = folded.get(written)
            if spellings is None:
                spellings = folded[written] = tuple(filter(None, map(fold, written)))
                for spelling in spellings:
                    self.aliases[spelling].update(spellings)
                    self.bare[bare_name(spelling)].add(spelling)
            for spelling in spellings:
                self.rows[spelling].append(row)
        self.first_words = {spelling.split(" ", 1)[0] for spelling in self.rows}
        self.bare_first_words = {bare.split(" ", 1)[0] for bare in self.bare if bare}
        little = segment.words.names_made_of(lexicon().little)
        self.little_names = {name for name in little if len(name) <= _LONGEST_LITTLE_NAME}


_names: "WeakKeyDictionary[Segment, _Names]" = WeakKeyDictionary()


def _names_of(segment: Segment) -> _Names:
    if segment not in _names:
        _names[segment] = _Names(segment)
    return _names[segment]


def bare_name(street: str) -> str:
    """The name of a folded street without its kind: "agriculture" for "rue de l agriculture"; "" when too short."""
    little = lexicon().little
    bare = " ".join([word for word in street.split() if word not in _IN_FRONT and word not in little])
    if bare.endswith(_AT_THE_END):
        for ending in _AT_THE_END:
            bare = bare.removesuffix(ending).strip()
    return bare if len(bare) >= _SHORTEST_BARE_NAME else ""


class Gazetteer:
    """The streets, little names and words of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._parts = [(segment, gone, _names_of(segment)) for segment, gone in catalogue.segments]
        self._shelves = catalogue.shelves

    def knows_word(self, word: str) -> bool:
        """Whether some record holds exactly this folded word."""
        for shelf in self._shelves:  # noqa: SIM110 - half the time of any()
            if shelf.place(word) is not None:
                return True
        return False

    def is_little_name(self, phrase: str) -> bool:
        """Whether a place is called by nothing but little words: "Bij Ons"."""
        return any(phrase in names.little_names for _segment, _gone, names in self._parts)

    def begins_street(self, word: str, following: str) -> bool:
        """Whether a street may be called by words that begin with this one and the following one ("" at the end)."""
        whole = _SHORT.get(word, word)
        glued = word + _SHORT.get(following, following)
        for _segment, _gone, names in self._parts:
            if whole in names.first_words or word in names.bare_first_words or glued in names.rows:
                return True
        return False

    def street(self, phrase: str) -> str:
        """The street that a folded phrase names, as its own id; "" when no place of the inventory is in it."""
        words = phrase.split()
        for _segment, _gone, names in self._parts:
            if _SHORT.get(words[0], words[0]) in names.first_words:
                written = " ".join([_SHORT.get(word, word) for word in words])
                if written in names.rows and self._is_here(written):
                    return written
            glued = words[0] + _SHORT.get(words[1], words[1]) if len(words) == 2 else ""
            if glued in names.rows and self._is_here(glued):
                return glued
        return ""

    def streets_called(self, bare: str) -> tuple[str, ...]:
        """The streets whose name without its kind is this."""
        found: set[str] = set()
        for _segment, _gone, names in self._parts:
            found.update(names.bare.get(bare, ()))
        return tuple(sorted(filter(self._is_here, found)))

    def _spellings(self, street: str) -> set[str]:
        return {street}.union(*(names.aliases.get(street, ()) for _segment, _gone, names in self._parts))

    def rows_in_street(self, street: str, segment: Segment) -> Rows:
        """The records of a segment that are in a street, under whichever of its names they have it."""
        rows = _names_of(segment).rows
        found = {row for spelling in self._spellings(street) if spelling in rows for row in rows[spelling]}
        return np.array(sorted(found), np.int32)

    def points_of(self, street: str) -> Iterator[Point]:
        """The points of the records in a street that may be shown."""
        for segment, gone, _names in self._parts:
            for row in self.rows_in_street(street, segment):
                if np.isfinite(segment.lons[row]) and segment.resources[row].id not in gone:
                    yield Point(float(segment.lons[row]), float(segment.lats[row]))

    def _is_here(self, street: str) -> bool:
        """Whether some record that has not left is in a street."""
        return any(
            segment.resources[row].id not in gone
            for segment, gone, names in self._parts
            for spelling in self._spellings(street)
            for row in names.rows.get(spelling, ())
        )


_gazetteers: "WeakKeyDictionary[Catalogue, Gazetteer]" = WeakKeyDictionary()


def gazetteer(catalogue: Catalogue) -> Gazetteer:
    """What a catalogue adds, gathered when it is first asked."""
    if catalogue not in _gazetteers:
        _gazetteers[catalogue] = Gazetteer(catalogue)
    return _gazetteers[catalogue]
