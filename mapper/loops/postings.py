"""Texts turned into columns: which records hold which words, and the words of each name."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapper.loops.compiling import compiled


class Columns(NamedTuple):
    """Which records hold which words, and the words of each name: records by word, and names by record by word."""

    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    #: What each word lacks, in hundredths, to be worth as much as a word of the name.
    lacks: NDArray[np.uint8]
    row_names: NDArray[np.int32]
    name_starts: NDArray[np.int32]
    name_words: NDArray[np.int32]
    name_worths: NDArray[np.float32]
    word_letters: NDArray[np.uint16]


class Texts(NamedTuple):
    """All texts, record by record, as tokens; each token is one folded word, several or none."""

    #: Where the texts of each record end.
    ends: NDArray[np.int32]
    lacks: NDArray[np.uint8]
    are_names: NDArray[np.uint8]
    token_counts: NDArray[np.int32]
    tokens: NDArray[np.int32]
    token_starts: NDArray[np.int32]
    places: NDArray[np.int32]
    word_letters: NDArray[np.uint16]


@compiled
def _each_word(texts: Texts, long_name_cost: int, columns: Columns, last_row: Any, last_entry: Any, fill: Any) -> Any:
    """Goes through all words of all texts: first to count them (`fill` empty), then to write them into columns.

    Comes back with the numbers of names and of their words, and the most names that a record has.
    """
    text = token = name = name_word = most_names = 0
    for row in range(len(texts.ends)):
        first_name = name
        if len(fill):
            columns.row_names[row] = name
        while text < texts.ends[row]:
            end = token + texts.token_counts[text]
            is_name = texts.are_names[text] == 1
            lack = np.int64(texts.lacks[text])
            if is_name:
                # A word of a short name is worth a little more: a name of that word alone comes first of all.
                words = 0
                for at in range(token, end):
                    words += texts.token_starts[texts.tokens[at] + 1] - texts.token_starts[texts.tokens[at]]
                if len(fill):
                    columns.name_starts[name] = name_word
                    columns.name_worths[name] = 1 - 0.01 * lack
                lack += max(0, min(words - 1, long_name_cost))
            for at in range(token, end):
                for one in range(texts.token_starts[texts.tokens[at]], texts.token_starts[texts.tokens[at] + 1]):
                    place = texts.places[one]
                    if len(fill):
                        if is_name:
                            columns.name_words[name_word] = place
                        if last_row[place] != row:
                            last_entry[place] = fill[place]
                            fill[place] += 1
                            columns.rows[last_entry[place]] = row
                            columns.lacks[last_entry[place]] = lack
                        elif columns.lacks[last_entry[place]] > lack:
                            columns.lacks[last_entry[place]] = lack
                    elif last_row[place] != row:
                        columns.starts[place + 1] += 1
                    last_row[place] = row
                    if is_name:
                        name_word += 1
            if is_name:
                name += 1
            token = end
            text += 1
        most_names = max(most_names, name - first_name)
    return name, name_word, most_names


@compiled
def index(texts: Texts, long_name_cost: int) -> tuple[Columns, int]:
    """The columns of these texts, and the most names that one record has."""
    words, rows = len(texts.word_letters), len(texts.ends)
    last_row = np.full(words, -1, np.int32)
    last_entry = np.zeros(words, np.int64)
    none = np.zeros(0, np.int64)
    starts = np.zeros(words + 1, np.int64)
    columns = Columns(
        starts,
        np.zeros(0, np.int32),
        np.zeros(0, np.uint8),
        np.zeros(0, np.int32),
        np.zeros(0, np.int32),
        np.zeros(0, np.int32),
        np.zeros(0, np.float32),
        texts.word_letters,
    )
    names, name_words, most_names = _each_word(texts, long_name_cost, columns, last_row, last_entry, none)
    starts = np.cumsum(starts)
    columns = Columns(
        starts,
        np.zeros(starts[-1], np.int32),
        np.zeros(starts[-1], np.uint8),
        np.full(rows + 1, names, np.int32),
        np.full(names + 1, name_words, np.int32),
        np.zeros(name_words, np.int32),
        np.zeros(names, np.float32),
        texts.word_letters,
    )
    last_row[:] = -1
    _each_word(texts, long_name_cost, columns, last_row, last_entry, starts[:-1].copy())
    return columns, most_names
