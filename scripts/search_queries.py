"""Makes questions as people type them, each from one name of an inventory and damaged in one way.

The answer to a question is the record it was made from, and every other record of exactly the same folded name.
Whatever is dropped is dropped blindly: of what tells nothing any more nobody can know which record was meant, and
`Asked.rivals` counts the records that hold all that is left. The same records, seed and count give the same
questions. Even seeds are for tuning, odd ones for the last word.
"""

import random
import re
import string
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from mapper.catalogue import NEVER_SUGGESTED
from mapper.model import Point, Resource
from mapper.text import fold

#: What every fictional name carries; people would not type it, so three questions in four leave it out.
MARKS = frozenset(("(fictief)", "(fictif)", "(fictional)", "(خيالي)"))
_KEPT_MARK_SHARE = 0.25
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
#: Spellings of one sound, as Maghrebi, Turkish, Dutch and French names change hands.
DRIFTS = (
    ("sj", "ch", "sh", "sch"), ("oe", "ou", "u"), ("dj", "j"), ("ij", "y", "ei"), ("kh", "gh", "g"), ("ph", "f"),
    ("c", "k"), ("k", "q"), ("i", "ie", "y"), ("z", "s"), ("v", "w"), ("ee", "i"), ("aa", "a"), ("th", "t"),
)  # fmt: skip


class Named(NamedTuple):
    """What a peer is given of a record: its folded names, its kind and its point."""

    id: str
    kind: str
    titles: tuple[str, ...]
    names: tuple[str, ...]
    point: Point | None


class Asked(NamedTuple):
    """A question with the ids of its answers; `kind` and `near` where a filter and a position are asked too.

    `rivals` is how many records hold all words that are left, rightly spelt: the answers are among them.
    """

    family: str
    text: str
    answers: frozenset[str]
    undamaged: str
    kind: str = ""
    near: Point | None = None
    rivals: int = 1

    def at_best(self, count: int) -> float:
        """The chance that one of so many answers is right, when nothing else tells the rivals apart."""
        return min(1.0, count * len(self.answers) / max(1, self.rivals))


def named(resources: Iterable[Resource]) -> list[Named]:
    """The records that may be suggested, with their names in every language, other and former names included."""
    found = []
    for record in resources:
        if record.status in NEVER_SUGGESTED:
            continue
        texts = (record.name, *record.former_names, *record.other_names)
        titles = tuple(dict.fromkeys(words for text in texts for words in text.values()))
        place = record.place
        point = Point(place.lon, place.lat) if place.lon is not None and place.lat is not None else None
        found.append(Named(record.id, record.kind, titles, tuple(fold(title) for title in titles), point))
    return found


def _typo(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    chance = rng.random()
    if chance < 0.25 and len(word) > 3:
        return word[:at] + word[at + 1 :]
    if chance < 0.5 and len(word) > 1:
        at = min(at, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if chance < 0.62:
        return word[:at] + word[at] + word[at:]
    letter = rng.choice(string.ascii_lowercase)
    if chance < 0.85:
        row = next((row for row in _KEYBOARD if word[at] in row), string.ascii_lowercase)
        place = row.find(word[at])
        letter = row[max(0, min(len(row) - 1, place + rng.choice((-1, 1))))] if rng.random() < 0.7 else letter
        return word[:at] + letter + word[at + 1 :]
    return word[:at] + letter + word[at:]


def _mistype(words: list[str], rng: random.Random, times: int) -> list[str] | None:
    changed = list(words)
    for _ in range(times):
        long_enough = [place for place, word in enumerate(changed) if len(word) >= 4]
        if not long_enough:
            return None
        place = rng.choices(long_enough, [len(changed[place]) for place in long_enough])[0]
        changed[place] = _typo(changed[place], rng)
    return None if changed == words else changed


def _typo1(words: list[str], rng: random.Random) -> list[str] | None:
    return _mistype(words, rng, 1)


def _typo2(words: list[str], rng: random.Random) -> list[str] | None:
    return _mistype(words, rng, 2)


def _dropped(words: list[str], rng: random.Random) -> list[str] | None:
    if len(words) < 2:
        return None
    place = rng.randrange(len(words))
    return words[:place] + words[place + 1 :]


def _reordered(words: list[str], rng: random.Random) -> list[str] | None:
    other = rng.sample(words, len(words))
    return None if other == words else other


def _prefix(words: list[str], rng: random.Random) -> list[str] | None:
    """Stopped typing within a word, anywhere behind the first half of the letters."""
    whole = " ".join(words)
    ends = [end for end in range(max(4, (len(whole) + 1) // 2), len(whole)) if whole[end - 1] != " " != whole[end]]
    return whole[: rng.choice(ends)].split() if ends else None


def _drift(words: list[str], rng: random.Random) -> list[str] | None:
    joined = " ".join(words)
    changes = rng.choice((1, 1, 2))
    for _ in range(changes):
        possible = [(group, sound) for group in DRIFTS for sound in group if len(sound) > 1 or sound in "cukizvaq"]
        possible = [(group, sound) for group, sound in possible if sound in joined]
        if not possible:
            return None
        group, sound = rng.choice(possible)
        at = rng.choice([found.start() for found in re.finditer(sound, joined)])
        joined = joined[:at] + rng.choice([other for other in group if other != sound]) + joined[at + len(sound) :]
    if rng.random() < 0.2:
        joined = re.sub(r"([lmnrst])(?=[aeiou])", r"\1\1", joined, count=1)
    changed = joined.split()
    return None if changed == words else changed


def _compound(words: list[str], rng: random.Random) -> list[str] | None:
    long_enough = [place for place, word in enumerate(words) if len(word) >= 7]
    if long_enough and rng.random() < 0.5:
        place = rng.choice(long_enough)
        at = rng.randint(3, len(words[place]) - 3)
        return [*words[:place], words[place][:at], words[place][at:], *words[place + 1 :]]
    if len(words) < 2:
        return None
    place = rng.randrange(len(words) - 1)
    return [*words[:place], words[place] + words[place + 1], *words[place + 2 :]]


_Damage = Callable[[list[str], random.Random], list[str] | None]
#: What takes words or letters away, so that others may answer as well as what was meant; then what misspells.
_LOSSES: dict[str, _Damage] = {"word dropped": _dropped, "prefix": _prefix}
_SLIPS: dict[str, _Damage] = {
    "typo1": _typo1,
    "typo2": _typo2,
    "reordered": _reordered,
    "drift": _drift,
    "compound": _compound,
}
_MIXABLE = ("typo1", "word dropped", "reordered", "prefix", "drift", "compound")

FAMILIES = (
    "clean", "accents dropped", "typo1", "typo2", "word dropped", "reordered", "prefix", "prefix+typo", "drift",
    "compound", "mixed", "short", "cross-language",
)  # fmt: skip


def _steps(family: str, rng: random.Random) -> list[str]:
    """The kinds of damage that a family does, losses first."""
    if family == "prefix+typo":
        return ["prefix", "typo1"]
    if family == "mixed":
        return sorted(rng.sample(_MIXABLE, 2), key=lambda name: name not in _LOSSES)
    return [family]


class Asker:
    """Makes the questions to one inventory."""

    def __init__(self, records: Sequence[Named]) -> None:
        self._records = records
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._by_word: dict[str, set[str]] = defaultdict(set)
        for record in records:
            for name in record.names:
                self._by_name[name].add(record.id)
                for word in name.split():
                    self._by_word[word].add(record.id)
        self._words = sorted(self._by_word)

    def ask(self, seed: int, per_family: int, *, filtered: bool = False) -> list[Asked]:
        """So many questions of every family; with `filtered` the kind and a position near the record are asked too."""
        found = []
        for family in FAMILIES:
            rng = random.Random(f"{seed}/{family}/{filtered}")
            count = tries = 0
            while count < per_family and tries < 100 * per_family:
                tries += 1
                record = rng.choice(self._records)
                question = self._question(family, record, rng)
                if question is None or (filtered and record.point is None):
                    continue
                if filtered and record.point:
                    near = Point(record.point.lon + rng.gauss(0, 0.004), record.point.lat + rng.gauss(0, 0.0025))
                    question = question._replace(kind=record.kind, near=near)
                found.append(question)
                count += 1
        return found

    def _question(self, family: str, record: Named, rng: random.Random) -> Asked | None:
        at = rng.randrange(len(record.titles))
        title = record.titles[at]
        kept = rng.random() < _KEPT_MARK_SHARE
        typed = [word for word in title.split() if kept or word not in MARKS]
        answers = frozenset(self._by_name[record.names[at]])
        undamaged = " ".join(typed)
        if not fold(undamaged):
            return None
        if family == "clean":
            return Asked(family, undamaged, answers, undamaged)
        words = fold(undamaged).split()
        if family == "accents dropped":
            plain = " ".join(words)
            return None if undamaged.isascii() else Asked(family, plain, answers, undamaged)
        if family == "short":
            short = [word for word in words if len(word) in (3, 4) and word.isalpha()]
            if not short:
                return None
            word = min(short, key=lambda word: (len(self._by_word[word]), word))
            return Asked(family, word, frozenset(self._by_word[word]), word)
        if family == "cross-language":
            return self._cross(record, at, undamaged, answers, rng)
        damaged: list[str] | None = words
        rivals, lost = answers, False
        for step in _steps(family, rng):
            if damaged and step in _LOSSES:
                damaged, lost = _LOSSES[step](damaged, rng), True
                rivals = self._rivals(damaged, unfinished=step == "prefix") if damaged else rivals
            elif damaged:
                damaged = _SLIPS[step](damaged, rng)
        if not damaged:
            return None
        return Asked(family, " ".join(damaged), answers, undamaged, rivals=len(rivals) if lost else len(answers))

    def _rivals(self, words: list[str], *, unfinished: bool) -> frozenset[str]:
        """The records that hold all of these words in their names, the last perhaps as a beginning."""
        *before, last = words
        found = set(self._by_word.get(last, ()))
        if unfinished:
            for place in range(bisect_left(self._words, last), bisect_left(self._words, last + "\x7f")):
                found |= self._by_word[self._words[place]]
        for word in before:
            found &= self._by_word.get(word, set())
        return frozenset(found)

    def _cross(
        self, record: Named, at: int, undamaged: str, answers: frozenset[str], rng: random.Random
    ) -> Asked | None:
        """Its own words, and around them what the same thing is called in the other language."""
        if len(record.names) < 2:
            return None
        own, other = (
            [word for word in record.titles[place].split() if word not in MARKS]
            for place in (at, (at + 1) % len(record.titles))
        )
        mine, theirs = fold(" ".join(own)).split(), fold(" ".join(other)).split()
        shared = [word for word in mine if word in theirs]
        if not shared or len(shared) == len(mine):
            return None
        if rng.random() < 0.5:
            words = theirs
        else:
            words = [*[word for word in theirs if word not in shared][:1], *mine[len(mine) // 2 :]]
        answers = answers | frozenset(self._by_name[record.names[(at + 1) % len(record.names)]])
        return Asked("cross-language", " ".join(words), answers, undamaged)
