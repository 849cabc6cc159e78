"""Which words of a vocabulary somebody may have meant by a word: misspelt, half typed, or spelt as another tongue does.

Looked up by *deletes*: two words that differ by few letters become the same when those letters are left out. Every
word is filed under hashes of itself with letters left out, so that a question costs some dozens of look-ups and
never a walk along the vocabulary. What is looked up is then measured exactly.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from functools import cache, cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from mapper import loops

Floats = NDArray[np.float32]
Flat = tuple[NDArray[np.uint8], NDArray[np.int32]]

#: Only the first letters are filed; what follows is measured. The 7 is that of SymSpell (Garbe 2012).
_FILED = 7
#: So many letters are measured; the loops do with the bits of one number.
_MEASURED = 60
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


class Vocabulary:
    """Different folded words in sorted order, and the files to look them up by what was typed."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.place_of = {word: place for place, word in enumerate(words)}
        sounds = sound("\n".join(words)).split("\n") if words else []
        self._set_files(_flat(words), _flat(sounds), words, sounds)

    def _set_files(self, letters: "Flat", heard: "Flat", words: list[str], sounds: list[str]) -> None:
        filed = np.concatenate(
            [
                _filed(words, _WRITTEN, lambda length: 0 if length < 3 else 1 if length < 5 else 2),
                _filed(sounds, _SOUNDED, lambda length: 0 if length < 4 else 1),
                *(
                    _filed([word[:stem] if len(word) > stem else "" for word in words], salt, lambda _length: 1)
                    for stem, salt in _STEM_SALTS.items()
                ),
            ]
        )
        filed.sort()
        hashes = (filed >> np.uint64(32)).astype(np.uint32)
        places = filed.astype(np.uint32).astype(np.int32)
        del filed
        bits = max(4, min(20, len(hashes).bit_length()))
        shift = np.uint32(32 - bits)
        ends = np.cumsum(np.bincount(hashes >> shift, minlength=2**bits), dtype=np.int32)
        self._files = (hashes, places, ends, shift, *letters, *heard)

    @cached_property
    def files(self) -> "loops.Files":
        """As the loops read them."""
        from mapper import loops

        return loops.Files(*self._files)

    def match(self, word: str, *, unfinished: bool = False, number: int = 0) -> NDArray[np.void]:
        """A pair (loops/) for each word that may be meant by a folded word, the typed word of this number, with a
        likeness of 0 to 1; with `unfinished` also for longer words that begin nearly like it."""
        from mapper import loops

        word = word[:_MEASURED]
        heard = sound(word)
        slips = 0 if word.isdigit() else slips_meant(len(word))
        letters, sounds = _letters(word), _letters(heard)
        unfinished = unfinished and slips > 0 and len(word) >= _STEMS[0]
        stem = min(len(word), _STEMS[-1]) if unfinished else 0
        pairs: NDArray[np.void] = loops.meant(
            self.files,
            loops.Ways(letters, _multipliers(min(len(word), _FILED), min(slips, 2)), _WRITTEN),
            loops.Ways(sounds, _multipliers(min(len(heard), _FILED), min(slips, 1) if len(heard) > 3 else 0), _SOUNDED),
            loops.Ways(letters, _multipliers(stem, 1), _STEM_SALTS.get(stem, _WRITTEN)),
            letters,
            sounds,
            slips,
            (2 if len(word) < 6 else 3) if unfinished else -1,
            number,
        )
        return pairs

    def begun(self, word: str) -> tuple[int, int]:
        """The range of places of the words that begin with a folded word."""
        start = bisect_left(self.words, word)
        return start, bisect_left(self.words, word + "\x7f", start)


def _letters(word: str) -> NDArray[np.uint8]:
    return np.frombuffer(word.encode("ascii"), np.uint8)


def _flat(words: list[str]) -> Flat:
    """The letters of all words in one row, and where each begins."""
    ends = np.cumsum(np.fromiter(map(len, words), np.int32, len(words)), dtype=np.int32)
    return _letters("".join(words)), np.concatenate((np.zeros(1, np.int32), ends))


def _filed(words: list[str], salt: np.uint32, slips: Callable[[int], int]) -> NDArray[np.uint64]:
    """Every way to leave letters out of these words, each with the place of its word."""
    lengths = np.minimum(np.fromiter(map(len, words), np.int64, len(words)), _FILED)
    letters = _letters("".join([word[:_FILED].ljust(_FILED, "\0") for word in words])).reshape(-1, _FILED)
    found = [np.zeros(0, np.uint64)]
    for length in range(1, _FILED + 1):
        places = (lengths == length).nonzero()[0]
        if len(places):
            hashes = (letters[places, :length].astype(np.uint32) @ _multipliers(length, slips(length))) ^ salt
            found.append(((hashes.astype(np.uint64) << np.uint64(32)) | places.astype(np.uint64)[:, None]).ravel())
    return np.concatenate(found)
