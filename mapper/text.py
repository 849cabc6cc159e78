"""Words: one text in several languages, folding of any spelling, fuzzy scores.

The only home of rapidfuzz. Everything else compares what `fold` returns.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, cast

import numpy as np
from anyascii import anyascii
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, DamerauLevenshtein, Levenshtein

#: A text that is the same in every language, such as the name "AETCIS" (BCP 47: undetermined).
ANY_LANGUAGE = "und"

#: Where to look when a text is missing in the reader's own language.
FALLBACKS = ("nl", "fr", "en")


class Text(dict[str, str]):
    """One text in several languages: BCP 47 code -> words. Immutable.

    >>> Text(nl="Brabantwijk", fr="Quartier Brabant").best("fr")
    ('fr', 'Quartier Brabant')
    >>> Text.of("AETCIS").best("nl")
    ('und', 'AETCIS')
    """

    __slots__ = ()

    @classmethod
    def of(cls, value: "str | dict[str, str]") -> "Text":
        """A Text from one language-less string or a {language: words} table; empty words are left out."""
        pairs = {ANY_LANGUAGE: value} if isinstance(value, str) else value
        return cls({code: words for code, words in pairs.items() if words})

    def best(self, *languages: str) -> tuple[str, str]:
        """The words for a reader, with the language they are in, so that a page can say so (WCAG 3.1.2).

        Returns ("", "") when there are no words at all.
        """
        for code in (*languages, ANY_LANGUAGE, *FALLBACKS):
            if code in self:
                return code, self[code]
        return next(iter(self.items()), ("", ""))

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError("a Text cannot be changed; make a new one")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "to be translated where it is shown"
    """Marks a message for the translators without translating it here."""
    return message


_WORD = re.compile(r"[a-z0-9]+")


class _Transliterated(dict[int, str]):
    """What a character is in Latin letters, worked out once for each."""

    def __missing__(self, code: int) -> str:
        self[code] = latin = anyascii(chr(code))
        return latin


_LATIN = _Transliterated()


def fold(words: str) -> str:
    """Lower-case Latin letters and digits, single spaces between: what two spellings have in common.

    >>> fold("L'Îlot / Sint-Gillis")
    'l ilot sint gillis'
    >>> fold("نساء") == fold("نساء ")
    True
    """
    plain = words
    if not words.isascii():
        # Lone surrogates cannot be transliterated; they are nobody's letters.
        plain = unicodedata.normalize("NFKC", words.encode("utf-8", "ignore").decode()).translate(_LATIN)
    return " ".join(_WORD.findall(plain.lower()))


def similarity(a: str, b: str, at_least: float = 0.0) -> float:
    """How alike two folded words or phrases are, 0 to 1; swapped letters count as one slip.

    Less than `at_least` is told as 0, which is found out sooner.
    """
    # Without swaps it is measured many times faster, and takes at most twice as many slips.
    least = 2 * at_least - 1 - 1e-9
    if least > 0 and not Levenshtein.normalized_similarity(a, b, score_cutoff=least):
        return 0.0
    # A little lower, as rapidfuzz loses what is just so alike to rounding.
    sure = float(DamerauLevenshtein.normalized_similarity(a, b, score_cutoff=max(0.0, at_least - 1e-4)))
    return sure if sure >= at_least else 0.0


def distances(word: str, others: Sequence[str], most: int) -> list[int]:
    """How many slips lie between a folded word and each other one; swapped neighbours count as one slip.

    More than `most` is told as `most + 1`.
    """
    counts = process.cdist((word,), others, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8)
    return cast("list[int]", counts[0].tolist())


def slips_allowed(word: str) -> int:
    """How many wrong letters a word of this length may have and still be meant.

    >>> [slips_allowed(word) for word in ("1030", "soep", "aetsis", "buurtpensioen")]
    [0, 1, 1, 2]
    """
    if word.isdigit() or len(word) < 4:
        return 0
    return 1 if len(word) < 8 else 2


def closest(word: str, choices: Iterable[str], at_least: int = 60) -> str | None:
    """The choice a mistyped word most likely meant, for "did you mean"; None when none is alike by 60 of 100."""
    best = process.extractOne(word, list(choices), scorer=fuzz.ratio, processor=fold, score_cutoff=at_least)
    return None if best is None else str(best[0])
