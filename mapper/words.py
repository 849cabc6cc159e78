"""The words of an inventory: which records hold a word and where, and how well records answer some words.

Words weigh by how rare they are (soft TF-IDF, Cohen, Ravikumar & Fienberg 2003): the rare words of a question
fetch the records, then each of the best is measured exactly, name by name.
"""

import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapper.spelling import Floats, Ints, Vocabulary, spread
from mapper.text import fold

Rows = NDArray[np.int32]
Mask = NDArray[np.bool_]

#: How much of the score is for the whole name being said, so that a full name wins over a longer one.
_WHOLE_NAME = 0.25
#: So many of the best records are measured exactly.
_MEASURED = 64
#: Records fetched through the less rare words of a question: at least so many, or this share of all.
_FETCHED_MIN, _FETCHED_SHARE = 3_000, 0.03
#: Words that stand in different names of one record count a little less than in one name.
_OTHER_LANGUAGE = 0.96
#: Words that weigh less than this beside those fetched are not fetched by, unless what is left weighs so much together.
_COMMON, _COULD_STILL = 0.5, 2.0
_LONG_NAME_COST = 0.05
_CHUNK = 20_000


class Fields:
    """Texts of records by where they stand, gathered before they are indexed."""

    def __init__(self) -> None:
        self.titles: list[tuple[int, str, float]] = []
        self.others: list[tuple[int, str, float]] = []
        #: The same words for many rows, such as the label of a kind.
        self.shared: list[tuple[Rows, str, float]] = []


class _Numbers(dict[str, int]):
    """A number for each different token, given when it is first asked."""

    def __missing__(self, token: str) -> int:
        self[token] = number = len(self)
        return number


class _Split(NamedTuple):
    """Texts as numbers of words: which text each word stands in."""

    texts: Ints
    words: Ints


class _Folder:
    """Folds many texts at once: each different token only one time."""

    def __init__(self) -> None:
        self._numbers = _Numbers()

    def tokens(self, texts: Sequence[str]) -> _Split:
        """(number of the text, number of the token) for every token between blanks."""
        found, which = [], []
        for start in range(0, len(texts), _CHUNK):
            split = [text.split() for text in texts[start : start + _CHUNK]]
            numbers = [self._numbers[token] for tokens in split for token in tokens]
            found.append(np.array(numbers, np.int64))
            which.append(np.repeat(np.arange(start, start + len(split)), [len(tokens) for tokens in split]))
        if not found:
            return _Split(np.zeros(0, np.int64), np.zeros(0, np.int64))
        return _Split(np.concatenate(which), np.concatenate(found))

    def folded(self) -> tuple[list[str], Ints, Ints]:
        """The sorted vocabulary, and for each token where its words begin in the flat list of places."""
        words_of = [fold(token).split() for token in self._numbers]
        vocabulary = sorted({word for words in words_of for word in words})
        place_of = {word: place for place, word in enumerate(vocabulary)}
        flat = np.array([place_of[word] for words in words_of for word in words], np.int64)
        starts = np.concatenate(([0], np.cumsum([len(words) for words in words_of], dtype=np.int64)))
        return vocabulary, starts, flat


class Shelf(NamedTuple):
    """An index as it is asked: how rare its words are in the whole catalogue, and which rows may answer."""

    words: "WordIndex"
    rarity: Floats
    #: The summed rarity of the words of each name.
    name_weights: Floats
    keep: Mask
    #: Which of two equal rows comes first, so that the order in which records came in changes nothing.
    order: NDArray[np.float64]
    #: Added to the scores of rows before the best are chosen, such as for being near; None for nothing.
    bonus: Callable[[Ints], Floats] | None = None

    def place(self, word: str) -> int | None:
        """Where a folded word stands in the vocabulary; None when no record that is here holds it."""
        place = self.words.spelling.place_of.get(word)
        return place if place is not None and self.rarity[place] > 0 else None


class Meant(NamedTuple):
    """Pairs of a typed word (by number) and a word of the vocabulary (by place), ordered so that `weights` rise.

    `bounds[n]:bounds[n + 1]` are the pairs of typed word n.
    """

    typed: Ints
    places: Ints
    likeness: Floats
    weights: Floats
    bounds: list[int]


class Answers(NamedTuple):
    """Rows with their scores of 0 to 1, in no order; `held` is the largest share of the question one of them holds."""

    rows: Ints
    scores: Floats
    held: float


NOTHING = Answers(np.zeros(0, np.int64), np.zeros(0, np.float32), 0.0)


class WordIndex:
    """Postings, and the words of each record in order of rows. Flat arrays, so that it stays small."""

    def __init__(self, row_count: int, fields: Fields) -> None:
        self.row_count = row_count
        self._scratch = threading.local()
        folder = _Folder()
        titles = folder.tokens([text for _row, text, _worth in fields.titles])
        others = folder.tokens([text for _row, text, _worth in fields.others])
        shared = folder.tokens([text for _rows, text, _worth in fields.shared])
        words, starts, flat = folder.folded()
        #: The folded words in sorted order; all places point into it.
        self.vocabulary = words
        self.spelling = Vocabulary(words)

        def as_words(split: _Split) -> _Split:
            at, which = spread(starts[split.words], starts[split.words + 1])
            return _Split(split.texts[which], flat[at])

        titles, others, shared = as_words(titles), as_words(others), as_words(shared)
        self._set_titles(fields.titles, titles)
        parts = [
            _short_first(_occurrences(fields.titles, titles), titles),
            _occurrences(fields.others, others),
            *(
                (fields.shared[text][0], word, fields.shared[text][2])
                for text, word in zip(shared.texts.tolist(), shared.words.tolist(), strict=True)
            ),
        ]
        rows = np.concatenate([np.asarray(part[0], np.int64) for part in parts])
        places = np.concatenate([np.broadcast_to(part[1], len(part[0])) for part in parts])
        worths = np.concatenate([np.broadcast_to(part[2], len(part[0])) for part in parts])
        self._set_postings(rows, places.astype(np.int64), worths.astype(np.float64))

    def _set_titles(self, titles: list[tuple[int, str, float]], split: _Split) -> None:
        """The words of the names in order of rows, so that all names of a row lie together."""
        rows = np.array([row for row, _text, _worth in titles], np.int32)
        self._name_rows = rows
        self._name_worths = np.array([worth for _row, _text, worth in titles], np.float32)
        self._name_words = split.words.astype(np.int32)
        self._names = split.texts.astype(np.int32)
        counts = np.bincount(rows[split.texts], minlength=self.row_count)
        self._row_starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)

    def name_weights(self, rarity: Floats) -> Floats:
        """The summed rarity of the words of each name."""
        return np.bincount(self._names, rarity[self._name_words], len(self._name_rows)).astype(np.float32)

    def _set_postings(self, rows: Ints, places: Ints, worths: NDArray[np.float64]) -> None:
        # One number holds word, row and the lack of worth: sorted, the best of each pair comes first.
        lack = ((1 - worths) * 100).astype(np.int64)
        keys = (places * max(1, self.row_count) + rows) * 128 + lack
        keys.sort()
        pairs = keys >> 7
        first = np.concatenate(([True], pairs[1:] != pairs[:-1])) if len(pairs) else np.zeros(0, bool)
        pairs, lack = pairs[first], keys[first] & 127
        places, rows = np.divmod(pairs, max(1, self.row_count))
        self._rows = rows.astype(np.int32)
        self._worths = (1 - lack / 100).astype(np.float32)
        self.counts = np.bincount(places, minlength=len(self.vocabulary))
        self._starts = np.concatenate(([0], np.cumsum(self.counts)))

    def counts_in(self, rows: Ints) -> Ints:
        """For each word, in how many of these rows it stands."""
        if not len(rows):
            return np.zeros(len(self.vocabulary), np.int64)
        held = np.zeros(self.row_count, bool)
        held[rows] = True
        upto = np.concatenate(([0], np.cumsum(held[self._rows])))
        return np.asarray(upto[self._starts[1:]] - upto[self._starts[:-1]])

    def rows_of(self, word: str) -> Rows:
        """The rows that hold exactly this folded word."""
        place = self.spelling.place_of.get(word)
        return self._rows[:0] if place is None else self.postings(place)[0]

    def postings(self, place: int) -> tuple[Rows, Floats]:
        """The rows that hold the word at this place of the vocabulary, and what it is worth in each."""
        span = slice(self._starts[place], self._starts[place + 1])
        return self._rows[span], self._worths[span]

    def answers(self, shelf: Shelf, meant: Meant, most: list[float]) -> Answers:
        """Rows that answer what was meant; `most` is what each typed word can bring at best."""
        whole = sum(most)
        rows, scores = self._fetch(shelf, meant, most)
        if not len(rows):
            return NOTHING
        scores *= (1 - _WHOLE_NAME) / whole
        if len(rows) <= _MEASURED:
            return self._measure(shelf, meant, whole, rows, scores)
        wanted = scores if shelf.bonus is None else scores + shelf.bonus(rows)
        best, rest = _foremost(wanted, shelf.order, rows)
        answer = self._measure(shelf, meant, whole, rows[best], scores[best])
        # What was not measured never stands above what was.
        return Answers(
            np.concatenate((answer.rows, rows[rest])),
            np.concatenate((answer.scores, np.minimum(scores[rest], answer.scores.min()))),
            answer.held,
        )

    def _fetch(self, shelf: Shelf, meant: Meant, most: list[float]) -> tuple[Ints, Floats]:
        """The rows that hold the rarer words, with a first score."""
        starts, ends = self._starts[meant.places], self._starts[meant.places + 1]
        upto = np.concatenate(([0], np.cumsum(ends - starts)))[meant.bounds].tolist()
        counts = [last - first for first, last in pairwise(upto)]
        budget = max(_FETCHED_MIN, _FETCHED_SHARE * self.row_count)
        scores, best = self._blank()
        fetched: list[NDArray[np.int32]] = []
        brought, left = 0.0, sum(most)
        spent = 0
        rarest_first = sorted((number for number, count in enumerate(counts) if count), key=counts.__getitem__)
        unfetched: list[int] = []
        for turn, number in enumerate(rarest_first):
            count = counts[number]
            # The words that are left, common ones, could not lift a record above those already fetched.
            common = most[number] < _COMMON * brought and left < _COULD_STILL * brought
            if fetched and (common or spent + count > budget):
                unfetched = rarest_first[turn:]
                break
            spent += count
            brought += most[number]
            left -= most[number]
            first, last = meant.bounds[number], meant.bounds[number + 1]
            if last - first == 1:
                at: slice | Ints = slice(starts[first], ends[first])
                rows = self._rows[at]
                scores[rows] += self._worths[at] * meant.weights[first]
            else:
                at, which = spread(starts[first:last], ends[first:last])
                rows = self._rows[at]
                # Weights rise, so that of several words of one record the best is written last.
                best[rows] = self._worths[at] * meant.weights[first:last][which]
                scores[rows] = scores[rows] + best[rows]
            fetched.append(rows)
        if spent * 8 < self.row_count:
            found: Ints = np.concatenate(fetched).astype(np.int64)
            found.sort()
            found = found[np.concatenate(((True,), found[1:] != found[:-1]))]
        else:
            found = (scores > 0).nonzero()[0]
        first_scores = scores[found]
        scores[found] = 0
        keep = shelf.keep[found]
        found, first_scores = found[keep], first_scores[keep]
        if len(found) > _MEASURED:
            for number in unfetched:
                first_scores += self._also_held(found, meant, meant.bounds[number + 1] - 1)
        return found, first_scores

    def _also_held(self, rows: Ints, meant: Meant, pair: int) -> Floats:
        """What a common word brings to rows that rarer words fetched."""
        holding, worths = self.postings(int(meant.places[pair]))
        at = np.minimum(holding.searchsorted(rows.astype(holding.dtype)), len(holding) - 1)
        return np.where(holding[at] == rows, worths[at] * meant.weights[pair], np.float32(0))

    def _blank(self) -> tuple[Floats, Floats]:
        """Two columns to work in, the first all zeros: kept by each thread, as making them costs more than use."""
        columns = getattr(self._scratch, "columns", None)
        if columns is None:
            columns = (np.zeros(self.row_count, np.float32), np.zeros(self.row_count, np.float32))
            self._scratch.columns = columns
        return columns

    def _measure(self, shelf: Shelf, meant: Meant, whole: float, rows: Ints, first_scores: Floats) -> Answers:
        """The exact score of rows: that of the best of their names, or the first score where that is better."""
        compact = np.zeros(len(self.vocabulary), np.int16)
        compact[meant.places] = np.arange(1, len(meant.places) + 1)
        which = compact[meant.places]
        weight = np.zeros((len(meant.places) + 1, len(meant.bounds) - 1), np.float32)
        # Weights rise within a typed word, so that of two likenesses of one word the better is written last.
        weight[which, meant.typed] = meant.weights
        said = np.zeros(len(meant.places) + 1, np.float32)
        said[which] = shelf.rarity[meant.places] * meant.likeness

        at, _ = spread(self._row_starts[rows], self._row_starts[rows + 1])
        words = compact[self._name_words[at]]
        some = words.nonzero()[0]
        held_first = float(first_scores.max()) / (1 - _WHOLE_NAME)
        if not len(some):
            return Answers(rows, first_scores, held_first)
        words, names = words[some], self._names[at[some]]
        edges = np.concatenate(((0,), (names[1:] != names[:-1]).nonzero()[0] + 1))
        names = names[edges]
        by_name = np.maximum.reduceat(weight[words], edges, axis=0)
        owners = self._name_rows[names]
        turns = np.concatenate(((0,), (owners[1:] != owners[:-1]).nonzero()[0] + 1))
        # A name in one language and a word of its name in another still go together.
        by_record = np.maximum.reduceat(by_name, turns, axis=0).sum(axis=1)
        of_record = np.repeat(by_record, np.diff(turns, append=len(names)))
        held = np.maximum(by_name.sum(axis=1), _OTHER_LANGUAGE * of_record) / whole
        share = np.add.reduceat(said[words], edges) / shelf.name_weights[names]
        scores = held * ((1 - _WHOLE_NAME) + _WHOLE_NAME * share) * self._name_worths[names]
        best = first_scores.copy()
        np.maximum.at(best, rows.searchsorted(owners), scores)
        return Answers(rows, best, max(float(held.max()), held_first))


def _foremost(wanted: Floats, order: NDArray[np.float64], rows: Ints) -> tuple[Ints, Ints]:
    """The places of the best to be measured, and of all others; among equals their order decides."""
    cut = len(rows) - _MEASURED
    least = np.partition(wanted, cut)[cut]
    first = wanted > least
    equal = (wanted == least).nonzero()[0]
    room = _MEASURED - int(first.sum())
    if len(equal) > room:
        equal = equal[np.argpartition(order[rows[equal]], room - 1)[:room]]
    first[equal] = True
    return first.nonzero()[0], (~first).nonzero()[0]


def _occurrences(texts: list[tuple[int, str, float]], split: _Split) -> tuple[Ints, Ints, NDArray[np.float64]]:
    rows = np.array([row for row, _text, _worth in texts], np.int64)
    worths = np.array([worth for _row, _text, worth in texts], np.float64)
    return rows[split.texts], split.words, worths[split.texts]


def _short_first(occurrences: tuple[Ints, Ints, NDArray[np.float64]], split: _Split) -> Any:
    """A word of a short name is worth a little more, so that a name of that word alone comes first of all."""
    rows, words, worths = occurrences
    lengths = np.bincount(split.texts)[split.texts] if len(split.texts) else split.texts
    return rows, words, worths - np.minimum(0.01 * (lengths - 1), _LONG_NAME_COST)


def rarity(counts: NDArray[np.number], total: int) -> Floats:
    """How much a word weighs that stands in so many of the records; one that stands in none any more weighs nothing."""
    return np.where(counts > 0, np.log1p((total + 1) / np.maximum(counts, 1)), 0).astype(np.float32)
