"""What typed words may mean in the words of a catalogue, and the records that answer them.

Looked up no further than is needed: words that some record holds are first taken as they are, those that none holds
as slips, and only when no record answers well every word is doubted.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from mapper.spelling import begun_likeness
from mapper.words import NOTHING, Answers, Meant, Shelf

#: A likeness counts by this power: one slip costs little, three cost a lot.
_LIKENESS_POWER = 2.0
#: A record that holds this share of what was asked settles what the words meant; else all words are looked up again.
_SETTLED = 0.9
#: Answers below this share of the best are no answers; a single word may well stand in a description only.
_FLOOR, _FLOOR_OF_ONE = 0.5, 0.15
#: Words written as one where two were typed, or the other way round.
_GLUED = 0.97
#: Below this likeness (to the power) a word may rather be two, or half of one, with a slip in it.
_HARDLY = 0.6
#: How many words may be meant by one beginning; a letter or two begin thousands.
_BEGINNINGS_MAX = 400


class Answered(NamedTuple):
    """What `answers` gives: for each shelf its rows, and for each typed word how near the best of what it may mean is.

    `sure`, 0 to 1, is how much the words that were found are like those that were typed.
    """

    shelves: list[Answers]
    likeness: dict[str, float]
    sure: float


class _Meaning:
    """What each typed word may mean in every shelf, looked up as far as is needed."""

    def __init__(self, shelves: Sequence[Shelf], typed: Sequence[str], unfinished: bool) -> None:
        self.shelves, self.typed, self.unfinished = shelves, list(typed), unfinished
        #: For each shelf and typed word: places and their likeness.
        self.found: list[list[list[tuple[int, float]]]] = [[[] for _ in typed] for _ in shelves]
        self.ceilings = [np.inf] * len(typed)
        for number, word in enumerate(typed):
            for shelf, found in zip(shelves, self.found, strict=True):
                place = shelf.place(word)
                if place is not None:
                    # A word that is known weighs what it weighs itself, whatever else it may have been meant for.
                    self.ceilings[number] = float(shelf.rarity[place])
                    found[number].append((place, 1.0))
        self.unknown = [number for number, ceiling in enumerate(self.ceilings) if ceiling == np.inf]
        self._glue()
        self._split()
        if unfinished and len(typed[-1]) > 1:
            self._begin(len(typed) - 1)

    def _glue(self) -> None:
        """Two words typed for what is written as one."""
        for number in range(len(self.typed) - 1):
            glued = self.typed[number] + self.typed[number + 1]
            for shelf, found in zip(self.shelves, self.found, strict=True):
                place = shelf.place(glued)
                if place is not None:
                    found[number].append((place, _GLUED))
                    found[number + 1].append((place, _GLUED))

    def _split(self) -> None:
        """One word typed for what is written as two: the parts are asked for beside the whole."""
        for number in self.unknown:
            word = self.typed[number]
            for at in sorted(range(2, len(word) - 1), key=lambda at: abs(2 * at - len(word))):
                parts = (word[:at], word[at:])
                if any(
                    shelf.place(parts[0]) is not None and shelf.place(parts[1]) is not None for shelf in self.shelves
                ):
                    for part in parts:
                        self.ceilings.append(np.inf)
                        for shelf, found in zip(self.shelves, self.found, strict=True):
                            place = shelf.place(part)
                            found.append([(place, _GLUED)] if place is not None else [])
                    break

    def _begin(self, number: int) -> None:
        """Longer words that begin with the last one; of too many those that stand in most records."""
        word = self.typed[number]
        for shelf, found in zip(self.shelves, self.found, strict=True):
            start, end = shelf.words.spelling.begun(word)
            places: Sequence[int] = range(start, end)
            if len(places) > _BEGINNINGS_MAX:
                commonest = np.argpartition(shelf.words.counts[start:end], -_BEGINNINGS_MAX)[-_BEGINNINGS_MAX:]
                places = (start + np.sort(commonest)).tolist()
            words = shelf.words.vocabulary
            found[number] += [(place, begun_likeness(len(word), len(words[place]))) for place in places]

    def expand(self, numbers: Sequence[int]) -> None:
        """Looks up misspellings of these words."""
        for number in numbers:
            unfinished = self.unfinished and number == len(self.typed) - 1
            for shelf, found in zip(self.shelves, self.found, strict=True):
                found[number] += shelf.words.spelling.match(self.typed[number], unfinished=unfinished)

    def expand_across(self) -> bool:
        """Looks up words that resemble nothing as two words, or as half of one, with a slip; whether any was found."""
        found_any = False
        for number in [number for number in self.unknown if self.nearest[number] < _HARDLY]:
            word = self.typed[number]
            for first in (number - 1, number):
                if 0 <= first < len(self.typed) - 1:
                    glued = self.typed[first] + self.typed[first + 1]
                    for shelf, found in zip(self.shelves, self.found, strict=True):
                        for place, likeness in shelf.words.spelling.match(glued):
                            found[first].append((place, _GLUED * likeness))
                            found[first + 1].append((place, _GLUED * likeness))
                            found_any = True
            found_any = self._split_with_a_slip(word) or found_any
        return found_any

    def _split_with_a_slip(self, word: str) -> bool:
        cuts = sorted(range(3, len(word) - 2), key=lambda at: -max(at, len(word) - at))
        for at in cuts:
            for whole, rest in ((word[:at], word[at:]), (word[at:], word[:at])):
                places = [shelf.place(whole) for shelf in self.shelves]
                if len(whole) < 4 or all(place is None for place in places):
                    continue
                self.ceilings += [np.inf, np.inf]
                for shelf, place, found in zip(self.shelves, places, self.found, strict=True):
                    found.append([] if place is None else [(place, _GLUED)])
                    found.append([(other, _GLUED * likeness) for other, likeness in shelf.words.spelling.match(rest)])
                return True
        return False

    def answers(self) -> list[Answers]:
        """What answers to all that was looked up so far."""
        meant = [self._weighed(shelf, found) for shelf, found in zip(self.shelves, self.found, strict=True)]
        self.most = [0.0] * len(self.ceilings)
        self.nearest = [0.0] * len(self.ceilings)
        for known in meant:
            if known:
                for number, (first, last) in enumerate(pairwise(known.bounds)):
                    if last > first and known.weights[last - 1] > self.most[number]:
                        self.most[number] = float(known.weights[last - 1])
                        self.nearest[number] = float(known.likeness[last - 1])
        return [
            shelf.words.answers(shelf, known, self.most) if known else NOTHING
            for shelf, known in zip(self.shelves, meant, strict=True)
        ]

    def sure(self) -> float:
        """How much the words found are like those typed, the rare ones counting most."""
        rare = [most / near for most, near in zip(self.most, self.nearest, strict=True) if near]
        unheard_of = len(self.typed) - sum(near > 0 for near in self.nearest[: len(self.typed)])
        return sum(self.most) / (sum(rare) + unheard_of * max(rare)) if rare else 0.0

    def _weighed(self, shelf: Shelf, found: list[list[tuple[int, float]]]) -> Meant | None:
        pairs = [pair for matches in found for pair in matches]
        if not pairs:
            return None
        counts = [len(matches) for matches in found]
        table = np.array(pairs)
        places, likeness = table[:, 0].astype(np.int64), table[:, 1].astype(np.float32)
        likeness **= _LIKENESS_POWER
        typed = np.arange(len(counts)).repeat(counts)
        weights = np.minimum(shelf.rarity[places], np.array(self.ceilings, np.float32)[typed]) * likeness
        order = np.lexsort((weights, typed))
        return Meant(typed, places[order], likeness[order], weights[order], [0, *accumulate(counts)])


def answers(shelves: Sequence[Shelf], typed: Sequence[str], *, unfinished: bool = True) -> Answered:
    """For each shelf the rows that answer these folded words, as well as any record of any shelf does or nearly so.

    With `unfinished` the last word may be the beginning of one.
    """
    typed = list(dict.fromkeys(typed))
    if not typed:
        return Answered([NOTHING for _ in shelves], {}, 0.0)
    meaning = _Meaning(shelves, typed, unfinished)
    meaning.expand(meaning.unknown)
    found = meaning.answers()
    if max(answer.held for answer in found) < _SETTLED and len(meaning.unknown) < len(typed):
        meaning.expand([number for number in range(len(typed)) if number not in meaning.unknown])
        found = meaning.answers()
    if any(meaning.nearest[number] < _HARDLY for number in meaning.unknown) and meaning.expand_across():
        found = meaning.answers()
    best = max((float(answer.scores.max()) for answer in found if len(answer.rows)), default=0.0)
    floor = best * (_FLOOR if len(typed) > 1 else _FLOOR_OF_ONE)
    kept = []
    for answer in found:
        good = (answer.scores >= floor).nonzero()[0]
        kept.append(Answers(answer.rows[good], answer.scores[good], answer.held))
    return Answered(kept, dict(zip(typed, meaning.nearest, strict=False)), meaning.sure())
