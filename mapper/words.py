"""The words of an inventory: which records hold a word and where, and how well records answer some words.

Words weigh by how rare they are (soft TF-IDF, Cohen, Ravikumar & Fienberg 2003): the weightier words of a question
fetch the records, then each of the best is measured exactly, name by name. The loops themselves are in loops/.
"""

import threading
from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapper.spelling import Floats, Vocabulary
from mapper.text import fold

if TYPE_CHECKING:
    from mapper import loops

Rows = NDArray[np.int32]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: How much of the score is for the whole name being said, so that a full name wins over a longer one.
_WHOLE_NAME = 0.35
#: So many of the best records are measured exactly.
_MEASURED = 256
#: Records fetched through the less rare words of a question: at least so many, or this share of all.
_FETCHED_MIN, _FETCHED_SHARE = 20_000, 0.6
#: Words that stand in different names of one record count a little less than in one name.
_OTHER_LANGUAGE = 0.96
#: Words that weigh less than this beside those fetched are not fetched by, unless what is left weighs so much together.
_COMMON, _COULD_STILL = 0.35, 1.0
#: Where what was fetched is few records, but so many at least, the other words are not fetched by when they weigh
#: less than this together.
_FEW_ENOUGH, _ENOUGH = 1.5, 10
#: Of words that stand in names: what each word more in the name takes off, in hundredths, at most so many.
_LONG_NAME_COST = 5
_CHUNK_TEXTS = 50_000
#: So many letters of a word are counted: a picture pasted as letters is one word.
_MOST_LETTERS = 65_535


class Fields:
    """Texts of records by where they stand, gathered record by record before they are indexed."""

    def __init__(self) -> None:
        #: The different tokens in the order of their numbers, and their hashes.
        self._seen: list[str] = []
        self._hashes = np.zeros(0, np.uint64)
        self._tokens: list[NDArray[np.int32]] = []
        self._token_counts: list[NDArray[np.int32]] = []
        self._texts: list[str] = []
        self._lacks = bytearray()
        self._are_names = bytearray()
        self._ends = array("i")

    def names(self, texts: Iterable[str], worth: float) -> None:
        """Adds names of the record at hand; `worth`, 0 to 1 in hundredths, is what a word is worth there."""
        for text in texts:
            self._add(text, worth, 1)

    def text(self, text: str, worth: float) -> None:
        """Adds what else is written of the record at hand."""
        self._add(text, worth, 0)

    def _add(self, text: str, worth: float, is_name: int) -> None:
        self._texts.append(text)
        self._lacks.append(round(100 - 100 * worth))
        self._are_names.append(is_name)

    def end_record(self) -> None:
        """What follows is of the next record."""
        self._ends.append(len(self._lacks))
        if len(self._texts) >= _CHUNK_TEXTS:
            self._read()

    def _read(self) -> None:
        """Numbers the tokens of the texts at hand."""
        from mapper import loops

        joined = "\0".join([*self._texts, ""])
        if joined.count("\0") > len(self._texts):
            joined = "\0".join([*[text.replace("\0", " ") for text in self._texts], ""])
        letters = joined.encode("utf-8", "surrogatepass")
        tokens, counts, self._hashes, new = loops.numbered(
            np.frombuffer(letters, np.uint8), len(self._texts), self._hashes
        )
        self._tokens.append(tokens)
        self._token_counts.append(counts)
        self._seen += [letters[start:end].decode("utf-8", "surrogatepass") for start, end in new.tolist()]
        self._texts.clear()

    def flat(self) -> tuple[list[str], "loops.Texts"]:
        """The sorted vocabulary of folded words, and all texts as places in it."""
        from mapper import loops

        self._read()
        # Each different token is folded only once.
        words_of = [fold(token).split() for token in self._seen]
        vocabulary = sorted({word for words in words_of for word in words})
        place_of = {word: place for place, word in enumerate(vocabulary)}
        places = np.array([place_of[word] for words in words_of for word in words], np.int32)
        counts = np.fromiter(map(len, words_of), np.int32, len(words_of))
        return vocabulary, loops.Texts(
            ends=np.array(self._ends, np.int32),
            lacks=np.frombuffer(bytes(self._lacks), np.uint8),
            are_names=np.frombuffer(bytes(self._are_names), np.uint8),
            token_counts=np.concatenate(self._token_counts),
            tokens=np.concatenate(self._tokens),
            token_starts=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
            places=places,
            word_letters=np.minimum(np.fromiter(map(len, vocabulary), np.int64, len(vocabulary)), _MOST_LETTERS).astype(
                np.uint16
            ),
        )


class Shelf(NamedTuple):
    """An index as it is asked: how rare its words are in the whole catalogue, and which rows may answer."""

    words: "WordIndex"
    rarity: Floats
    #: Before each word, the summed shares of all records that the words before it stand in; what another shelf tells
    #: is not told twice.
    shares: NDArray[np.float64]
    keep: Mask
    #: Which of two equal rows comes first, so that the order in which records came in changes nothing.
    order: NDArray[np.float64]
    #: Where the reader is, with the points of the rows: what is near comes first among what is measured.
    spot: "loops.Spot | None" = None

    def place(self, word: str) -> int | None:
        """Where a folded word stands in the vocabulary; None when no record that is here holds it."""
        place = self.words.spelling.place_of.get(word)
        return place if place is not None and self.rarity[place] > 0 else None

    def would_answer(self, place: int) -> bool:
        """Whether a record that may answer holds the word at this place: none does of what left the map."""
        return bool(self.keep[self.words.postings(place)[0]].any())


class Answers(NamedTuple):
    """Rows with their scores of 0 to 1, in no order; `held` is the largest share of the question one of them holds."""

    rows: Rows
    scores: Floats
    held: float


NOTHING = Answers(np.zeros(0, np.int32), np.zeros(0, np.float32), 0.0)


class WordIndex:
    """Postings, and the words of each record in order of rows. Flat arrays, so that it stays small."""

    def __init__(self, fields: Fields) -> None:
        from mapper import loops

        #: The folded words in sorted order; all places point into it.
        self.vocabulary, texts = fields.flat()
        self.row_count = len(texts.ends)
        self.spelling = Vocabulary(self.vocabulary)
        self._columns, self._most_names = loops.index(texts, _LONG_NAME_COST)
        self.counts = np.diff(self._columns.starts)
        self.letters = self._columns.word_letters
        self._scratch = threading.local()
        self._nowhere = loops.Spot(np.zeros(0), np.zeros(0), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        self._terms = loops.Terms(
            whole_name=_WHOLE_NAME,
            other_language=_OTHER_LANGUAGE,
            common=_COMMON,
            could_still=_COULD_STILL,
            few_enough=_FEW_ENOUGH,
            enough=_ENOUGH,
            measured=_MEASURED,
            fetched=max(_FETCHED_MIN, int(_FETCHED_SHARE * self.row_count)),
        )

    def counts_in(self, rows: Ints) -> Ints:
        """For each word, in how many of these rows it stands."""
        if not len(rows):
            return np.zeros(len(self.vocabulary), np.int64)
        held = np.zeros(self.row_count, bool)
        held[rows] = True
        entries = held[self._columns.rows].nonzero()[0]
        places = self._columns.starts.searchsorted(entries, side="right") - 1
        return np.bincount(places, minlength=len(self.vocabulary))

    def postings(self, place: int) -> tuple[Rows, Floats]:
        """The rows that hold the word at this place of the vocabulary, and what it is worth in each."""
        span = slice(self._columns.starts[place], self._columns.starts[place + 1])
        worths = np.float32(1) - np.float32(0.01) * self._columns.lacks[span]
        return self._columns.rows[span], worths

    def names_made_of(self, words: Iterable[str]) -> set[str]:
        """The folded names that hold nothing but these words."""
        allowed = np.zeros(len(self.vocabulary), bool)
        allowed[[self.spelling.place_of[word] for word in words if word in self.spelling.place_of]] = True
        starts, places = self._columns.name_starts, self._columns.name_words
        others = np.concatenate(([0], np.cumsum(~allowed[places])))[starts]
        names = ((others[1:] == others[:-1]) & (starts[1:] > starts[:-1])).nonzero()[0]
        return {" ".join([self.vocabulary[place] for place in places[starts[one] : starts[one + 1]]]) for one in names}

    def answers(self, shelf: Shelf, asked: "loops.Asked", floor: float) -> Answers:
        """Rows that answer what was asked, but for those below that share of the best."""
        from mapper import loops

        return Answers(
            *loops.answer(
                self._columns,
                asked,
                shelf.rarity,
                shelf.keep,
                shelf.order,
                shelf.spot or self._nowhere,
                self._blank(),
                self._terms,
                self._most_names,
                floor,
            )
        )

    def _blank(self) -> "loops.Scratch":
        """Columns to work in, all zeros: kept by each thread, as making them costs more than use."""
        from mapper import loops

        columns: loops.Scratch | None = getattr(self._scratch, "columns", None)
        if columns is None:
            columns = loops.Scratch(
                scores=np.zeros(self.row_count, np.float32),
                best=np.zeros(self.row_count, np.float32),
                turns=np.zeros(self.row_count, np.int16),
                found=np.zeros(self.row_count, np.int32),
                heads=np.zeros(len(self.vocabulary), np.int32),
            )
            self._scratch.columns = columns
        return columns


def shares(counts: NDArray[np.number], total: int) -> NDArray[np.float64]:
    """Before each word, the summed shares of all records that the words before it stand in."""
    return np.concatenate(([0.0], np.cumsum(counts / (total + 1))))


def rarity(counts: NDArray[np.number], total: int) -> Floats:
    """How much a word weighs that stands in so many of the records; one that stands in none any more weighs nothing."""
    return np.where(counts > 0, np.log1p((total + 1) / np.maximum(counts, 1)), 0).astype(np.float32)
