"""Which records are worth comparing at all: those that share a key. Comparing all with all would take hours.

Keys are telephone numbers, mail addresses, pages and enterprise numbers; the words of a name by their sound; and the
beginning of a name within a place. A key that very many share (a chain's site) counts only together with another.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from mapper.catalogue import no_looking_for_cycles
from mapper.curation.duplicates import Crowds, Twins, compare
from mapper.curation.glances import are_two, glance
from mapper.curation.marks import Marks, Page
from mapper.curation.names import Name, word_sound
from mapper.spelling import sound

#: A key that more records share is split by a second one, and given up when that does not help.
_MANY = 24
#: A word that more records of one quarter have is a common one there.
_MANY_BEGIN = 12
#: Cells of about 420 by 440 m, and of about 70 by 55 m.
_CELL_LON, _CELL_LAT, _DOOR_LON, _DOOR_LAT = 0.006, 0.004, 0.001, 0.0005
_BEGINNING = 4


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

    def partners(self) -> dict[str, set[str]]:
        """For each record the ids after its own that are worth comparing with it."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for key, ids in self._by_key.items():
            if len(ids) <= (_MANY_BEGIN if key[0] == "begin" else _MANY):
                _pair_all(ids, found)
            elif key[0] != "begin":
                for smaller in self._split(key, ids):
                    _pair_all(smaller, found)
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
                for right in others
                if not are_two(glances[left], glances[right])
                and (twins := compare(self.marks[left], self.marks[right], self.crowds)).verdict != "different"
            ]

    def near(self, one: Marks) -> set[str]:
        """Ids of records that share a key with this one, as far as few do."""
        shared = (self._by_key.get(key, ()) for key in keys(one))
        return {record_id for ids in shared if len(ids) <= _MANY for record_id in ids} - {one.id}


def _pair_all(ids: set[str], partners: defaultdict[str, set[str]]) -> None:
    in_order = sorted(ids)
    for at, one in enumerate(in_order[:-1], 1):
        partners[one].update(in_order[at:])


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
