"""How a name is read, so that two spellings of one name can be told from two names.

What it is called is parted from what sort of thing it is, where it is, its legal form and its numbers: "LDC Aksent
vzw" and "Lokaal dienstencentrum Aksent" are one name, "Accolage Jette" and "Accolage Evere" are two.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from mapper.geography import Geography
from mapper.spelling import sound
from mapper.text import ANY_LANGUAGE, Text, fold

_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12",
          "xx": "20", "xxi": "21"}  # fmt: skip
_HALVES = re.compile(r"\s+[-–/|]\s+")
_POSTCODE = re.compile(r"1[01][0-9]0|12[01]0")
#: A word of so many letters is a long one.
LONG_WORD = 8
#: Words, and pairs of words, of which the answer is kept: the same ones come back in many names.
KEPT = 2**18


class Word(NamedTuple):
    """A word of a name: as written (folded), and its meaning where that is known in several languages."""

    written: str
    meaning: str


def equal(word: Word, other: Word) -> bool:
    """Whether two words are written alike or mean the same."""
    return word.written == other.written or (word.meaning != "" and word.meaning == other.meaning)


class Name(NamedTuple):
    """A name as it is compared."""

    #: Folded and run together, without the legal form.
    whole: str
    #: The same without the sort of thing and the city.
    core: str
    #: What it is called, without the sort of thing, place, legal form and small words.
    words: tuple[Word, ...]
    #: Those of them that stand in it twice, in one language or in two.
    twice: frozenset[Word]
    #: What sort of thing it says it is.
    sorts: frozenset[str]
    #: Municipalities and neighbourhoods in it.
    areas: frozenset[str]
    numbers: frozenset[str]
    #: Languages it is written in, as far as that shows.
    languages: frozenset[str]
    #: All its words but the legal form.
    tokens: tuple[str, ...]
    #: Written in a script that leaves out vowels or writes them otherwise.
    other_script: bool

    @property
    def telling(self) -> int:
        """How much of it tells this one from others of its sort: a long word that is no common one counts for two."""
        # One mission locale in one municipality is as good as a name.
        return sum(1 + _is_rare(word) for word in self.words) + len(self.areas) + bool(self.areas and self.sorts)


@lru_cache(maxsize=KEPT)
def word_sound(word: str) -> str:
    """A word as it sounds; words come back in many names."""
    return sound(word)


def _is_rare(word: Word) -> bool:
    return len(word.written) >= LONG_WORD and not word.meaning


class _Meaning(NamedTuple):
    role: str
    id: str
    languages: tuple[str, ...]


class NameReader:
    """Reads names with the vocabulary of names.toml and the areas of a set of neighbourhoods."""

    def __init__(self, geography: Geography) -> None:
        self._phrases: dict[tuple[str, ...], _Meaning] = {}
        #: How many words the phrases have that begin with a word, most first.
        self._lengths: dict[str, list[int]] = {}
        tables = _vocabulary()
        for role in ("forms", "city"):
            for phrase in tables[role]:
                self._add(phrase, _Meaning(role, "", ()))
        for role in ("sorts", "words", "light"):
            for meaning, by_language in tables[role].items():
                for language, phrases in by_language.items():
                    for phrase in phrases:
                        self._add(phrase, _Meaning(role, meaning, (language,)))
        for language, words in tables["small"].items():
            for word in words:
                self._add(word, _Meaning("small", "", () if language == "other" else (language,)))
        for area in geography.area_names():
            called = () if area.kind == "postcode" else area.name.values()  # whose name is "1020 Laken"
            for spelling in (*called, *area.spellings):
                if not spelling.isdigit():
                    self._add(spelling, _Meaning("area", area.id, ()))
        self._ends = tuple(sorted(tables["compounds"]["ends"], key=len, reverse=True))
        self.read = lru_cache(maxsize=65_536)(self._read)
        self._single = lru_cache(maxsize=65_536)(self._read_single)

    def _add(self, phrase: str, meaning: _Meaning) -> None:
        words = tuple(fold(phrase).split())
        if not words:
            return
        known = self._phrases.get(words)
        if known is None:
            self._phrases[words] = meaning
            lengths = {len(words), *self._lengths.get(words[0], ())}
            self._lengths[words[0]] = sorted(lengths, reverse=True)
        elif (known.role, known.id) == (meaning.role, meaning.id):
            # A word of two languages shows neither.
            self._phrases[words] = meaning._replace(languages=(*known.languages, *meaning.languages))

    def names_of(self, text: Text) -> Iterator[tuple[str, Name]]:
        """The names in one text, with their language; a name in two languages in one line is taken apart."""
        for language, words in text.items():
            yield language, self.read(words)
            halves = [half for half in _HALVES.split(words) if half]
            if len(halves) == 2:
                left, right = (self.read(half) for half in halves)
                if left.languages and right.languages and not left.languages & right.languages:
                    yield next(iter(left.languages)), left
                    yield next(iter(right.languages)), right

    def _read(self, words: str) -> Name:
        # "n°2" is the number 2; folded as it stands it would be a word.
        tokens = fold(words.replace("°", " ").replace("º", " ")).split()
        read: list[Word] = []
        sorts, areas, numbers, languages = set(), set(), set(), set()
        kept: list[str] = []
        core: list[str] = []
        small: list[Word] = []
        for written, meaning in self._taken_apart(tokens):
            if len(meaning.languages) == 1:
                languages.add(meaning.languages[0])
            if meaning.role != "forms":
                kept.append(written)
            if meaning.role not in ("forms", "city", "sorts"):
                core.append(written)
            if meaning.role in ("small", "light", "city"):
                small.append(Word(written, ""))
            if meaning.role == "sorts":
                sorts.add(meaning.id)
            elif meaning.role == "area":
                areas.add(meaning.id)
            elif meaning.role == "number":
                numbers.add(meaning.id)
            elif meaning.role in ("words", "word"):
                read.append(Word(written, meaning.id))
        if not (read or sorts or areas or numbers):  # "Chez Nous": small words are all it has
            read = small
        return Name(
            _together(kept), _together(core), tuple(sorted(read)), _twice(read), frozenset(sorts), frozenset(areas),
            frozenset(numbers), frozenset(languages), tuple(token for part in kept for token in part.split()),
            _is_other_script(words),
        )  # fmt: skip

    def _taken_apart(self, tokens: list[str]) -> Iterator[tuple[str, _Meaning]]:
        at = 0
        while at < len(tokens):
            for length in self._lengths.get(tokens[at], ()):
                meaning = self._phrases.get(tuple(tokens[at : at + length])) if at + length <= len(tokens) else None
                if meaning is not None and not self._is_mark(tokens, at, length):
                    yield " ".join(tokens[at : at + length]), meaning
                    at += length
                    break
            else:
                yield from self._single(tokens[at], at == len(tokens) - 1)
                at += 1

    def _is_mark(self, tokens: list[str], at: int, length: int) -> bool:
        """Whether a single letter stands at the end: "bâtiment A"."""
        return length == 1 and at > 0 and at == len(tokens) - 1 and tokens[at] in "abcdefgh"

    def _read_single(self, token: str, is_last: bool) -> tuple[tuple[str, _Meaning], ...]:
        if _POSTCODE.fullmatch(token):
            return ((token, _Meaning("area", token, ())),)
        if token.isdigit() or token in _ROMAN or (is_last and len(token) == 1):
            number = _ROMAN.get(token, token)
            return ((token, _Meaning("number", number.lstrip("0") or "0", ())),)
        head, end = self._compound(token)
        if not end:
            return ((token, _Meaning("word", "", ())),)
        known = self._phrases.get((head,)) or _Meaning("word", "", ())
        return (head, known), (end, self._phrases[(end,)]._replace(languages=("nl",)))

    def _compound(self, token: str) -> tuple[str, str]:
        for end in self._ends:
            if token.endswith(end) and len(token) >= len(end) + 3 and (end,) in self._phrases:
                head = token[: -len(end)]
                for spelled in (head, head.removesuffix("s"), head.removesuffix("en")):
                    if (spelled,) in self._phrases:
                        return spelled, end
                return (head, end) if len(head) > 3 else ("", "")
        return "", ""


def _twice(words: list[Word]) -> frozenset[Word]:
    return frozenset(word for word in words if any(equal(word, other) for other in words if other is not word))


def _is_other_script(words: str) -> bool:
    return not words.isascii() and any(
        letter > "\u02ff" and letter.isalpha() and not "\u1e00" <= letter <= "\u1eff" for letter in words
    )


def _together(words: list[str]) -> str:
    return "".join(words).replace(" ", "")


@lru_cache
def _vocabulary() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))


def languages_of(texts: Iterable[Text]) -> frozenset[str]:
    """The languages in which something has a name; a name in no language says nothing."""
    return frozenset(code for text in texts for code in text if code != ANY_LANGUAGE)
