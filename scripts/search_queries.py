"""Makes questions as people type them, each from one name of an inventory and damaged in one way.

The answer to a question is the record it was made from, and every other record of exactly the same folded name.
The same records, seed and count give the same questions. Even seeds are for tuning, odd ones for the last word.
"""

import random
import re
import string
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
    """A question with the ids of its answers; `kind` and `near` where a filter and a position are asked too."""

    family: str
    text: str
    answers: frozenset[str]
    undamaged: str
    kind: str = ""
    near: Point | None = None


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


def _typo1(words: list[str], rng: random.Random, _kept: str = "") -> list[str] | None:
    return _mistype(words, rng, 1)


def _typo2(words: list[str], rng: random.Random, _kept: str = "") -> list[str] | None:
    return _mistype(words, rng, 2)


def _dropped(words: list[str], rng: random.Random, kept: str = "") -> list[str] | None:
    # What nobody could find is no question: the word that tells it from the others stays.
    may_go = [place for place, word in enumerate(words) if word != kept]
    if len(words) < 2 or not may_go:
        return None
    place = rng.choice(may_go)
    return words[:place] + words[place + 1 :]


def _reordered(words: list[str], rng: random.Random, _kept: str = "") -> list[str] | None:
    other = rng.sample(words, len(words))
    return None if other == words else other


def _prefix(words: list[str], rng: random.Random, kept: str = "") -> list[str] | None:
    """Stopped typing in the word that tells it from the others, or behind it."""
    telling = words.index(kept) if kept in words else len(words) - 1
    count = rng.randint(telling, len(words) - 1) + 1
    last = words[count - 1]
    least = max(3, (3 * len(last) + 4) // 5) if count - 1 == telling else 2
    if len(last) <= least:
        return None
    return [*words[: count - 1], last[: rng.randint(least, len(last) - 1)]]


def _prefix_typo(words: list[str], rng: random.Random, kept: str = "") -> list[str] | None:
    cut = _prefix(words, rng, kept)
    return _mistype(cut, rng, 1) if cut else None


def _drift(words: list[str], rng: random.Random, _kept: str = "") -> list[str] | None:
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


def _compound(words: list[str], rng: random.Random, _kept: str = "") -> list[str] | None:
    long_enough = [place for place, word in enumerate(words) if len(word) >= 7]
    if long_enough and rng.random() < 0.5:
        place = rng.choice(long_enough)
        at = rng.randint(3, len(words[place]) - 3)
        return [*words[:place], words[place][:at], words[place][at:], *words[place + 1 :]]
    if len(words) < 2:
        return None
    place = rng.randrange(len(words) - 1)
    return [*words[:place], words[place] + words[place + 1], *words[place + 2 :]]


_Damage = Callable[[list[str], random.Random, str], list[str] | None]
_DAMAGES: dict[str, _Damage] = {
    "typo1": _typo1,
    "typo2": _typo2,
    "word dropped": _dropped,
    "reordered": _reordered,
    "prefix": _prefix,
    "prefix+typo": _prefix_typo,
    "drift": _drift,
    "compound": _compound,
}


def _mixed(words: list[str], rng: random.Random, kept: str) -> list[str] | None:
    found: list[str] | None = words
    for family in rng.sample([name for name in _DAMAGES if name not in ("typo2", "prefix+typo")], 2):
        # Once the telling word is damaged too, only what keeps all words may follow.
        if found and kept not in found and family in ("word dropped", "prefix"):
            return None
        found = _DAMAGES[family](found, rng, kept) if found else None
    return found


FAMILIES = ("clean", "accents dropped", *_DAMAGES, "mixed", "short", "cross-language")


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
        telling = min(words, key=lambda word: (len(self._by_word[word]), word))
        damaged = (_mixed if family == "mixed" else _DAMAGES[family])(words, rng, telling)
        return None if not damaged else Asked(family, " ".join(damaged), answers, undamaged)

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
