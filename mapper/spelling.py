"""Which words of a vocabulary somebody may have meant by a word: misspelt, half typed, or spelt as another tongue does.

Looked up by *deletes*: two words that differ by few letters become the same when those letters are left out. Every
word is filed under hashes of itself with letters left out, so that a question costs some dozens of look-ups and
never a walk along the vocabulary. What is looked up is then measured exactly.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mapper.text import distances

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

#: Only the first letters are filed; what follows is measured. The 7 is that of SymSpell (Garbe 2012).
_FILED = 7
#: A word still being typed is filed by its first so many letters, with one slip.
_STEMS = (4, 5, 6)
#: Spellings of one sound in Maghrebi, Turkish, Dutch and French names, longest first; then single letters.
_SOUNDS = (
    ("sch", "s"), ("tsj", "s"), ("tch", "s"), ("dsj", "j"), ("sj", "s"), ("ch", "s"), ("sh", "s"), ("dj", "j"),
    ("kh", "g"), ("gh", "g"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("qu", "k"), ("ij", "i"), ("ei", "i"), ("ey", "i"),
    ("ay", "ai"), ("ie", "i"), ("ee", "i"), ("oe", "u"), ("ou", "u"), ("h", ""),
)  # fmt: skip
_LETTERS = str.maketrans("cqzyvow", "kksifuf")
_DOUBLE = re.compile(r"([a-z])\1+")
_SILENT_END = re.compile(r"(?m)(?<=..)e$")


def sound(words: str) -> str:
    """Folded words as they sound, roughly: the same for spellings that drift between tongues.

    >>> sound("khadija") == sound("ghadidja") == sound("gadiija")
    True
    >>> sound("sjouk") == sound("chouk") == sound("shoek")
    True
    """
    for spelling, letters in _SOUNDS:
        words = words.replace(spelling, letters)
    return _SILENT_END.sub("", _DOUBLE.sub(r"\1", words.translate(_LETTERS)))


def slips_meant(length: int) -> int:
    """How many slips a word of this length may carry and still be recognised."""
    return 0 if length < 3 else 1 if length < 5 else 2 if length < 10 else 3


def begun_likeness(typed: int, whole: int) -> float:
    """How likely a word of so many letters is meant by its first letters: more so than one that only sounds alike."""
    return 0.82 + 0.18 * typed / whole


@cache
def _multipliers(length: int, slips: int) -> NDArray[np.uint32]:
    """A column for each way to leave out up to so many of so many letters: multiplied and summed, a hash."""
    at_place = np.random.default_rng(1).integers(1, 2**32, _FILED, dtype=np.uint32) | np.uint32(1)
    ways = [way for count in range(slips + 1) for way in combinations(range(length), count)]
    columns = np.zeros((length, len(ways)), np.uint32)
    for column, way in enumerate(ways):
        kept = [letter for letter in range(length) if letter not in way]
        columns[kept, column] = at_place[: len(kept)]
    return columns


#: What keeps the files apart: words as written, as they sound, and beginnings of each length.
_WRITTEN, _SOUNDED = np.uint32(0x9E3779B9), np.uint32(0x85EBCA6B)
_STEM_SALTS = {stem: np.uint32(0xC2B2AE35 + stem * 0x193) for stem in _STEMS}


def _hashes(word: str, slips: int, salt: np.uint32) -> NDArray[np.uint32]:
    first = word[:_FILED]
    letters = np.frombuffer(first.encode("ascii"), np.uint8)
    return (letters @ _multipliers(len(first), min(slips, 2))) ^ salt


def spread(starts: NDArray[np.integer], ends: NDArray[np.integer]) -> tuple[Ints, Ints]:
    """Every place in these ranges one after the other, and the number of the range it is of."""
    counts = ends - starts
    numbers = np.repeat(np.arange(len(counts)), counts)
    shift = starts - np.cumsum(counts) + counts
    return np.arange(len(numbers)) + shift[numbers], numbers


class Vocabulary:
    """Different folded words in sorted order, and the files to look them up by what was typed."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.place_of = {word: place for place, word in enumerate(words)}
        self._sounds = sound("\n".join(words)).split("\n") if words else []
        self._set_files(
            [
                _filed(words, _WRITTEN, lambda length: 0 if length < 3 else 1 if length < 5 else 2),
                _filed(self._sounds, _SOUNDED, lambda length: 0 if length < 4 else 1),
                *(
                    _filed([word[:stem] if len(word) > stem else "" for word in words], salt, lambda _length: 1)
                    for stem, salt in _STEM_SALTS.items()
                ),
            ]
        )

    def _set_files(self, entries: list[NDArray[np.uint64]]) -> None:
        filed = np.concatenate(entries)
        filed.sort()
        self._hashes = (filed >> np.uint64(32)).astype(np.uint32)
        self._places = filed.astype(np.uint32).astype(np.int32)
        bits = max(4, min(22, len(filed).bit_length()))
        self._shift = np.uint32(32 - bits)
        buckets = np.bincount(self._hashes >> self._shift, minlength=2**bits + 1)
        self._bucket_ends = np.cumsum(buckets).astype(np.int32)

    def match(self, word: str, *, unfinished: bool = False) -> list[tuple[int, float]]:
        """The places of the words meant by a folded word, each with a likeness of 0 to 1; with `unfinished` also
        of longer words that begin nearly like it."""
        slips = 0 if word.isdigit() else slips_meant(len(word))
        heard = sound(word)
        hashes = [_hashes(word, slips, _WRITTEN), _hashes(heard, min(slips, 1) if len(heard) > 3 else 0, _SOUNDED)]
        unfinished = unfinished and slips > 0 and len(word) >= _STEMS[0]
        if unfinished:
            stem = min(len(word), _STEMS[-1])
            hashes.append(_hashes(word[:stem], 1, _STEM_SALTS[stem]))
        places = self._looked_up(np.concatenate(hashes))
        if not places:
            return []
        words = [self.words[place] for place in places]
        written = distances(word, words, slips)
        sounded = distances(heard, [self._sounds[place] for place in places], 1)
        length = len(word)
        found = []
        if unfinished:
            allowed = 1 if length < 6 else 2
            begun = distances(word, [other[:length] for other in words], allowed + 1)
        else:
            allowed, begun = -1, written
        for place, other, by_letters, by_sound, as_begun in zip(places, words, written, sounded, begun, strict=True):
            if by_letters > slips and by_sound > 1 and as_begun > allowed + 1:
                continue
            longest = max(length, len(other))
            likeness = 1 - by_letters / longest if by_letters <= slips else 0.0
            if by_sound <= 1:
                # The letters count a little too: of two words that sound alike the one written alike is meant.
                likeness = max(likeness, 0.97 - (0.9 * by_sound + 0.1 * min(by_letters, longest)) / longest)
            if as_begun <= allowed + 1 and allowed > 0 and len(other) > length:
                likeness = max(likeness, begun_likeness(length, len(other)) * (1 - 0.75 * as_begun / length))
            if likeness > 0:
                found.append((place, likeness))
        return found

    def _looked_up(self, hashes: NDArray[np.uint32]) -> list[int]:
        buckets = (hashes >> self._shift).astype(np.int64)
        ends = self._bucket_ends[buckets]
        buckets -= 1
        starts = self._bucket_ends[buckets]
        starts[buckets < 0] = 0
        at, which = spread(starts, ends)
        return sorted(set(self._places[at[self._hashes[at] == hashes[which]]].tolist()))

    def begun(self, word: str) -> tuple[int, int]:
        """The range of places of the words that begin with a folded word."""
        start = bisect_left(self.words, word)
        return start, bisect_left(self.words, word + "\x7f", start)


def _filed(words: list[str], salt: np.uint32, slips: Callable[[int], int]) -> NDArray[np.uint64]:
    """Every way to leave letters out of these words, each with the place of its word."""
    lengths = np.minimum(np.fromiter(map(len, words), np.int64, len(words)), _FILED)
    flat = np.frombuffer("".join([word[:_FILED].ljust(_FILED, "\0") for word in words]).encode("ascii"), np.uint8)
    letters = flat.reshape(-1, _FILED)
    found = [np.zeros(0, np.uint64)]
    for length in range(1, _FILED + 1):
        places = (lengths == length).nonzero()[0]
        if len(places):
            hashes = (letters[places, :length].astype(np.uint32) @ _multipliers(length, slips(length))) ^ salt
            found.append(((hashes.astype(np.uint64) << np.uint64(32)) | places.astype(np.uint64)[:, None]).ravel())
    return np.concatenate(found)
