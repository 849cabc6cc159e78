"""Which records are worth comparing at all: those that share a key. Comparing all with all would take hours.

Keys are telephone numbers, mail addresses, pages and enterprise numbers; the words of a name by their sound; and the
beginning of a name within a place. A key that very many share (a chain's site) counts only together with another.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from mapper.catalogue import no_looking_for_cycles
from mapper.curation.duplicates import CROWD, Crowds, Twins, compare
from mapper.curation.glances import are_two, glance
from mapper.curation.marks import Marks, Page
from mapper.curation.names import Name, word_sound
from mapper.spelling import sound
from mapper.text import similarity

#: A key that more records share is split by a second one, and given up when that does not help.
_MANY = 24
#: A word that more records of one quarter have is a common one there.
_MANY_BEGIN = 12
#: Cells of about 420 by 440 m, and of about 70 by 55 m.
_CELL_LON, _CELL_LAT, _DOOR_LON, _DOOR_LAT = 0.006, 0.004, 0.001, 0.0005
_BEGINNING = 4
#: Names that are nearly alike as written.
_ALIKE = 0.75


class Blocks:
    """Records by their keys. `add` and `remove` keep it up to date one by one."""

    def __init__(self, marks: Iterable[Marks] = ()) -> None:
        self.marks: dict[str, Marks] = {}
        self._by_key: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        self._counts: Counter[str | Page] = Counter()
        self.crowds = Crowds(self._counts)
        with no_looking_for_cycles():
            for one in marks:
                self.add(one)

    def add(self, one: Marks) -> None:
        """Takes a record in, or takes it in anew."""
        self.remove(one.id)
        self.marks[one.id] = one
        self._counts.update(_contacts(one))
        for key in keys(one):
            self._by_key[key].add(one.id)

    def remove(self, record_id: str) -> None:
        """Leaves a record out; nothing happens when it is not here."""
        one = self.marks.pop(record_id, None)
        if one is not None:
            self._counts.subtract(_contacts(one))
            for key in keys(one):
                self._by_key[key].discard(record_id)

    def partners(self) -> dict[str, dict[str, bool]]:
        """For each record the ids after its own that are worth comparing with it, and whether what they share is more
        than a door, a word in a quarter or a number that many have: else their names must look alike as well."""
        found: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        for key, ids in self._by_key.items():
            if len(ids) <= (_MANY_BEGIN if key[0] == "begin" else _MANY):
                _pair_all(ids, found, key[0] == "name" or (len(ids) <= CROWD and key[0] not in ("begin", "door")))
            elif key[0] != "begin":
                for smaller in self._split(key, ids):
                    _pair_all(smaller, found, True)
        return found

    def _split(self, key: tuple[str, ...], ids: set[str]) -> Iterator[set[str]]:
        """A large block by a second key: a name by its place, anything else by the words of the names."""
        smaller: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        for record_id in ids:
            one = self.marks[record_id]
            for second in _places(one) if key[0] == "name" else _words(one):
                smaller[second].add(record_id)
        yield from (few for few in smaller.values() if 1 < len(few) <= _MANY)

    def twins(self) -> list[Twins]:
        """Every two records that are surely or perhaps one, in no order."""
        with no_looking_for_cycles():
            glances = {record_id: glance(one, self.crowds) for record_id, one in self.marks.items()}
            return [
                twins
                for left, others in self.partners().items()
                for right, much in others.items()
                if not are_two(glances[left], glances[right])
                and (much or _look_alike(self.marks[left], self.marks[right]))
                and (twins := compare(self.marks[left], self.marks[right], self.crowds)).verdict != "different"
            ]

    def near(self, one: Marks) -> set[str]:
        """Ids of records that share a key with this one, as far as few do."""
        shared = (self._by_key.get(key, ()) for key in keys(one))
        return {record_id for ids in shared if len(ids) <= _MANY for record_id in ids} - {one.id}


def _pair_all(ids: set[str], partners: defaultdict[str, dict[str, bool]], much: bool) -> None:
    in_order = sorted(ids)
    for at, one in enumerate(in_order[:-1], 1):
        others = dict.fromkeys(in_order[at:], much)
        partners[one] = partners[one] | others if much else others | partners[one]


def keys(one: Marks) -> set[tuple[str, ...]]:
    """The keys of a record."""
    found: set[tuple[str, ...]] = {("phone", value) for value in one.phones}
    found |= {("email", value) for value in one.emails}
    found |= {("page", *page) for page in one.pages}
    if one.enterprise:
        found.add(("enterprise", one.enterprise))
    places = _places(one)
    for name in one.names:
        heard = sorted(_heard(name))
        found |= {("name", name.whole), ("name", " ".join(heard) or name.whole)}
        # A slip of the pen is looked for nearby; in a whole quarter an uncommon word must sound the same.
        start = sound(name.core)[:_BEGINNING]
        found |= {("begin", start, *place) for place in places if len(place) > 1}
        found |= {("begin", word, *place) for word in _uncommon(name) for place in places if len(place) == 1}
    if one.point:
        found.add(("door", str(int(one.point.lon / _DOOR_LON)), str(int(one.point.lat / _DOOR_LAT))))
    found |= {("door", *door) for door in one.doors}
    return found


def _contacts(one: Marks) -> Iterator[str | Page]:
    yield from one.phones
    yield from one.emails
    yield from one.pages


def _heard(name: Name) -> set[str]:
    """The words of a name by their meaning, else by their sound."""
    return {word.meaning or word_sound(word.written) for word in name.words} | set(name.areas)


def _said(name: Name) -> set[str]:
    """What a name says: its words by meaning or sound, its areas and the sort of thing."""
    return _heard(name) | name.sorts


def _look_alike(left: Marks, right: Marks) -> bool:
    """Whether one name says all that another says (any of it, where they are in two languages), or is spelt nearly
    alike."""
    said, others = ([_said(name) for name in one.names] for one in (left, right))
    if _signs(left, said).isdisjoint(_signs(right, others)):
        return False
    apart = left.languages.isdisjoint(right.languages)
    return any(
        one and other and (one <= other or other <= one or (apart and not one.isdisjoint(other)))
        for one in said
        for other in others
    ) or any(similarity(one.core, other.core, _ALIKE) >= _ALIKE for one in left.names for other in right.names)


def _signs(one: Marks, said: list[set[str]]) -> set[str]:
    """All that its names say, and how they begin and end: without any of these in common two are not spelt alike."""
    ends = {end for name in one.names for end in (f"{name.core[:3]}-", f"-{name.core[-3:]}")}
    return ends.union(*said)


def _uncommon(name: Name) -> set[str]:
    """The words by which something is called, by their sound, without those that many names have."""
    return {word_sound(word.written) for word in name.words if not word.meaning}


def _words(one: Marks) -> set[tuple[str, ...]]:
    return {(word,) for name in one.names for word in _heard(name)}


def _places(one: Marks) -> set[tuple[str, ...]]:
    """Where it is, roughly: two grids, of which one is shifted by half, so that neighbours share a cell of one."""
    found: set[tuple[str, ...]] = {(area,) for area in one.areas}
    if one.point:
        for number, shift in enumerate((0.0, 0.5)):
            lon, lat = one.point.lon / _CELL_LON + shift, one.point.lat / _CELL_LAT + shift
            found.add((str(number), str(int(lon)), str(int(lat))))
    return found
