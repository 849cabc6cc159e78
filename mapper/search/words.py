"""What typed words may mean in the words of a catalogue, and the records that answer them.

Looked up no further than is needed: words that some record holds are first taken as they are, those that none holds
as slips, and only when no record answers well every word is doubted.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapper.words import NOTHING, Answers, Fields, Shelf, WordIndex, rarity, shares

if TYPE_CHECKING:
    from mapper import loops

#: A record that holds this share of what was asked settles what the words meant; else all words are looked up again.
_SETTLED = 0.85
#: Answers below this share of the best are no answers; a single word may well stand in a description only.
_FLOOR, _FLOOR_OF_ONE = 0.5, 0.15
#: Words written as one where two were typed, or the other way round.
_GLUED = 0.97
_MOST_GLUED = 4
#: Below this likeness (to the square) a word may rather be two, or half of one, with a slip in it; where some record
#: answers well already, only below the other.
_HARDLY, _HARDLY_AT_ALL = 0.8, 0.5
#: So much of what a question weighs is left to the little words in it.
_LITTLE = 0.1
#: A word cut short in the midst of a question, of at least so many letters, is a little less likely to be a beginning.
_SHORTEST_ABBREVIATION, _ABBREVIATED = 3, 0.9


class Answered(NamedTuple):
    """What `answers` gives: for each shelf its rows, and for each typed word how near the best of what it may mean is.

    `sure`, 0 to 1, is how much the words that were found are like those that were typed.
    """

    shelves: list[Answers]
    likeness: dict[str, float]
    sure: float

    def best(self) -> float:
        """The best score that a record has; 0 when nothing answers."""
        return max([float(answer.scores.max()) for answer in self.shelves if len(answer.rows)], default=0.0)

    @property
    def held(self) -> float:
        """The largest share of what was asked that one record holds."""
        return max([answer.held for answer in self.shelves], default=0.0)


class _Found:
    """What typed words may mean in the words of one shelf, as pairs and beginnings (loops/)."""

    def __init__(self) -> None:
        self.pairs: list[tuple[int, int, float, float]] = []
        self.more_pairs: list[NDArray[np.void]] = []
        self.begins: list[tuple[int, int, float, float, float, int, int]] = []

    def add(self, number: int, place: int, likeness: float) -> None:
        self.pairs.append((number, place, likeness, 0.0))

    def add_all(self, pairs: NDArray[np.void], likeness: float = 1.0) -> int:
        """Adds pairs that are less alike by so much; how many these are."""
        if likeness != 1.0:
            pairs["likeness"] *= likeness
        self.more_pairs.append(pairs)
        return len(pairs)

    def all_pairs(self) -> NDArray[np.void]:
        from mapper import loops

        pairs = np.empty(len(self.pairs) + sum(map(len, self.more_pairs)), loops.PAIR)
        start = len(self.pairs)
        pairs[:start] = self.pairs
        for more in self.more_pairs:
            pairs[start : start + len(more)] = more
            start += len(more)
        return pairs


class _Meaning:
    """What each typed word may mean in every shelf, looked up as far as is needed."""

    def __init__(self, shelves: Sequence[Shelf], typed: list[str], phrase: Sequence[str], unfinished: str) -> None:
        self.shelves, self.typed, self.unfinished = shelves, typed, unfinished
        self.found = [_Found() for _ in shelves]
        #: What a word can weigh at most. There are more of these than typed words where one is split.
        self.ceilings = [math.inf] * len(typed)
        for number, word in enumerate(typed):
            for shelf, found in zip(shelves, self.found, strict=True):
                place = shelf.place(word)
                if place is not None:
                    # A word that is known weighs what it weighs itself, whatever else it may have been meant for.
                    self.ceilings[number] = float(shelf.rarity[place])
                    found.add(number, place, 1.0)
        #: Words taken apart: the numbers of the two halves.
        self.halves: dict[int, tuple[int, int]] = {}
        self.unknown = [number for number, ceiling in enumerate(self.ceilings) if ceiling == math.inf]
        self._glue(phrase)
        self._split()
        for number, word in enumerate(typed):
            if word == unfinished:
                self._begin((number,), word, 1.0)
            elif self.ceilings[number] == math.inf and len(word) >= _SHORTEST_ABBREVIATION:
                self._begin((number,), word, _ABBREVIATED)

    def _glue(self, phrase: Sequence[str]) -> None:
        """Neighbouring words typed for what is written as one, little words too: "huis van de mens"."""
        number_of = {word: number for number, word in enumerate(self.typed)}
        for first in range(len(phrase) - 1):
            for end in range(first + 2, min(first + _MOST_GLUED, len(phrase)) + 1):
                numbers = [number_of[word] for word in phrase[first:end] if word in number_of]
                if len(numbers) > 2:
                    break  # more than two are glued by the little words between them only
                glued = "".join(phrase[first:end])
                for shelf, found in zip(self.shelves, self.found, strict=True):
                    place = shelf.place(glued)
                    if place is not None:
                        for number in numbers:
                            found.add(number, place, _GLUED)
                if numbers and phrase[end - 1] == self.unfinished and end == first + 2:
                    self._begin(numbers, glued, _GLUED)

    def _split(self) -> None:
        """One word typed for what is written as two: the parts are asked for beside the whole."""
        for number in self.unknown:
            word = self.typed[number]
            for shelf in self.shelves:
                cut = _cut(word, shelf)
                if cut:
                    self.halves[number] = (len(self.ceilings), len(self.ceilings) + 1)
                    for part in (word[:cut], word[cut:]):
                        for other, found in zip(self.shelves, self.found, strict=True):
                            place = other.place(part)
                            if place is not None:
                                found.add(len(self.ceilings), place, _GLUED)
                        self.ceilings.append(math.inf)
                    break

    def _begin(self, numbers: Sequence[int], word: str, likeness: float) -> None:
        """Longer words that begin with this one.

        A beginning tells no more than how rare it is itself: two letters do not weigh what a rare word weighs.
        """
        ranges = [shelf.words.spelling.begun(word) for shelf in self.shelves]
        share = sum(
            float(shelf.shares[end] - shelf.shares[start])
            for shelf, (start, end) in zip(self.shelves, ranges, strict=True)
        )
        if share <= 0:
            return
        weight = math.log1p(1 / share)
        for found, (start, end) in zip(self.found, ranges, strict=True):
            found.begins += [(number, len(word), weight, likeness, 1.0, start, end) for number in numbers]
        if likeness == 1.0:
            # Nor does what it may be a slip for weigh more.
            self.ceilings[numbers[0]] = min(self.ceilings[numbers[0]], weight)

    def add_little(self, words: Sequence[str]) -> None:
        """Words that carry no meaning, as they are; what they weigh together is little too."""
        self.heavy, self.light = len(self.ceilings), len(words)
        for number, word in enumerate(words, len(self.ceilings)):
            for shelf, found in zip(self.shelves, self.found, strict=True):
                place = shelf.place(word)
                if place is not None:
                    found.add(number, place, 1.0)
            self.ceilings.append(math.inf)
            if word == self.unfinished:
                self._begin((number,), word, 1.0)

    def expand(self, numbers: Sequence[int]) -> None:
        """Looks up misspellings of these words."""
        for number in numbers:
            word = self.typed[number]
            for shelf, found in zip(self.shelves, self.found, strict=True):
                pairs = shelf.words.spelling.match(word, unfinished=word == self.unfinished, number=number)
                # The word itself, where it is known, is here already.
                found.add_all(pairs[pairs["likeness"] < 1])

    def expand_across(self, hardly_alike: float) -> bool:
        """Looks up words that resemble nothing as two words, or as half of one, with a slip; whether any was found."""
        found_any = False
        for hardly in [number for number in self.unknown if self.nearest[number] < hardly_alike]:
            for first in (hardly - 1, hardly):
                if 0 <= first < len(self.typed) - 1:
                    glued = self.typed[first] + self.typed[first + 1]
                    for shelf, found in zip(self.shelves, self.found, strict=True):
                        for number in (first, first + 1):
                            pairs = shelf.words.spelling.match(glued, number=number)
                            # Nor is a word by itself two words with some letters too many.
                            pairs = pairs[shelf.words.letters[pairs["place"]] >= len(glued) - 1]
                            found_any = found.add_all(pairs, _GLUED) > 0 or found_any
            found_any = self._split_with_a_slip(hardly) or found_any
        return found_any

    def _split_with_a_slip(self, split: int) -> bool:
        """The cut with a known word on one side, the longest, and on the other what nearly is one or begins one."""
        word = self.typed[split]
        cuts = sorted(range(3, len(word) - 2), key=lambda at: -max(at, len(word) - at))
        for at in cuts:
            for whole, rest in ((word[:at], word[at:]), (word[at:], word[:at])):
                places = [shelf.place(whole) for shelf in self.shelves]
                if len(whole) < 4 or all(place is None for place in places):
                    continue
                number = len(self.ceilings)
                self.halves[split] = (number, number + 1)
                self.ceilings += [math.inf, math.inf]
                unfinished = word == self.unfinished and rest == word[at:]
                for shelf, place, found in zip(self.shelves, places, self.found, strict=True):
                    if place is not None:
                        found.add(number, place, _GLUED)
                    pairs = shelf.words.spelling.match(rest, unfinished=unfinished, number=number + 1)
                    found.add_all(pairs, _GLUED)
                if unfinished:
                    self._begin((number + 1,), rest, _GLUED)
                return True
        return False

    def answers(self, floor: float) -> list[Answers]:
        """What answers to all that was looked up so far."""
        from mapper import loops

        ceilings = np.array(self.ceilings, np.float32)
        most, nearest, alike, told = np.zeros((4, len(ceilings)), np.float32)
        asked = []
        for shelf, found in zip(self.shelves, self.found, strict=True):
            asked.append(loops.Asked(found.all_pairs(), np.array(found.begins, loops.BEGIN), most))
            loops.hear(asked[-1].pairs, shelf.shares, alike, told)
        for shelf, (pairs, begins, _most) in zip(self.shelves, asked, strict=True):
            loops.weigh(pairs, begins, shelf.rarity, shelf.words.letters, told, ceilings, most, nearest)
        self.most: list[float] = most.tolist()
        self.nearest: list[float] = nearest.tolist()
        light = sum(self.most[self.heavy : self.heavy + self.light])
        heavy = sum(self.most) - light
        if light > _LITTLE * heavy:
            self._lighten(asked, _LITTLE * heavy / light)
        if heavy <= 0:
            return [NOTHING for _ in self.shelves]
        return [shelf.words.answers(shelf, own, floor) for shelf, own in zip(self.shelves, asked, strict=True)]

    def _lighten(self, asked: "Sequence[loops.Asked]", share: float) -> None:
        """Leaves to the little words only so much of their weight."""
        lighter = np.ones(len(self.ceilings), np.float32)
        lighter[self.heavy : self.heavy + self.light] = share
        asked[0].most[:] *= lighter
        for pairs, begins, _most in asked:
            pairs["weight"] *= lighter[pairs["typed"]]
            begins["scale"] = lighter[begins["typed"]]

    def likeness(self) -> list[float]:
        """How near the best of what each typed word may mean is, or the worse of the halves it is taken apart into."""
        found = self.nearest[: len(self.typed)]
        for number, (left, right) in self.halves.items():
            found[number] = max(found[number], min(self.nearest[left], self.nearest[right]))
        return found

    def sure(self) -> float:
        """How much the words found are like those typed, the rare ones counting most, the little ones not at all."""
        end = self.heavy + self.light
        most, nearest = self.most[: self.heavy] + self.most[end:], self.nearest[: self.heavy] + self.nearest[end:]
        rare = [own / near for own, near in zip(most, nearest, strict=True) if near]
        unheard_of = self.likeness().count(0.0)
        return sum(most) / (sum(rare) + unheard_of * max(rare)) if rare else 0.0


def _cut(word: str, shelf: Shelf) -> int:
    """Where a word falls into two known ones, as near to its middle as can be; 0 when it does not."""
    known = shelf.words.spelling.place_of
    cuts = [at for at in range(2, len(word) - 1) if word[:at] in known and word[at:] in known]
    cuts = [at for at in cuts if shelf.place(word[:at]) is not None and shelf.place(word[at:]) is not None]
    return min(cuts, key=lambda at: abs(2 * at - len(word)), default=0)


def answers(
    shelves: Sequence[Shelf],
    typed: Sequence[str],
    little: Sequence[str] = (),
    unfinished: str = "",
    *,
    phrase: Sequence[str] = (),
) -> Answered:
    """For each shelf the rows that answer these folded words, as well as any record of any shelf does or nearly so.

    `little` words need not be found, and only tell apart what answers the others alike. The `unfinished` one of all
    these words may be the beginning of one. `phrase` is all of them as they follow each other, where any are little.
    """
    typed = list(dict.fromkeys(typed))
    if not typed:
        return Answered([NOTHING for _ in shelves], {}, 0.0)
    floor = _FLOOR if len(typed) > 1 else _FLOOR_OF_ONE
    meaning = _Meaning(shelves, typed, phrase or typed, unfinished)
    meaning.expand(meaning.unknown)
    meaning.add_little(little)
    found = meaning.answers(floor)
    settled = max([answer.held for answer in found]) >= _SETTLED
    if not settled and len(meaning.unknown) < len(typed):
        meaning.expand([number for number in range(len(typed)) if number not in meaning.unknown])
        found = meaning.answers(floor)
    if meaning.expand_across(_HARDLY_AT_ALL if settled else _HARDLY):
        found = meaning.answers(floor)
    if len(found) > 1:
        least = floor * max((float(answer.scores.max()) for answer in found if len(answer.rows)), default=0.0)
        # A shelf that holds nothing but little words is asked by them; what holds a word that was meant leaves it out.
        meant = max(answer.held for answer in found) >= _LITTLE
        found = [NOTHING if meant and answer.held < _LITTLE else _from(answer, least) for answer in found]
    return Answered(found, dict(zip(typed, meaning.likeness(), strict=True)), meaning.sure())


def _from(answer: Answers, least: float) -> Answers:
    good = answer.scores >= least
    return Answers(answer.rows[good], answer.scores[good], answer.held)


def prepare() -> None:
    """Compiles the loops of search, or loads them where that was done before, so that nobody waits for it later."""
    fields = Fields()
    fields.names(("een naam",), 1.0)
    fields.end_record()
    index = WordIndex(fields)
    one = np.ones(1, np.int64)
    counts = index.counts
    shelf = Shelf(index, rarity(counts, 1), shares(counts, 1), one > 0, one.astype(np.float64))
    answers([shelf], ("een", "nam"), (), "nam")
