"""How a name is read, so that two spellings of one name can be told from two names.

What it is called is parted from what sort of thing it is, where it is, its legal form and its numbers: "LDC Aksent
vzw" and "Lokaal dienstencentrum Aksent" are one name, "Accolage Jette" and "Accolage Evere" are two.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from mapper.geography import Geography
from mapper.spelling import sound
from mapper.text import ANY_LANGUAGE, Text, fold, similarity, slips_allowed

#: same: nothing parts them; near: a slip of the pen; holds: one says more than the other; part: some words are shared.
Alike = Literal["same", "near", "holds", "part", "unlike"]
Clash = Literal["", "number", "area", "sort", "meaning"]
ORDER: dict[Alike, int] = {"same": 4, "near": 3, "holds": 2, "part": 1, "unlike": 0}

_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12",
          "xx": "20", "xxi": "21"}  # fmt: skip
_HALVES = re.compile(r"\s+[-–/|]\s+")
_POSTCODE = re.compile(r"1[01][0-9]0|12[01]0")
#: A whole name written nearly alike is one name, however its words are parted.
_NEARLY_WHOLE, _LONG_ENOUGH = 0.9, 8
_KNOWN_WORD = 6
#: Words, and pairs of words, of which the answer is kept: the same ones come back in many names.
_KEPT = 2**18
#: Fewer first letters stand for anything.
_INITIALS = 3


class Word(NamedTuple):
    """A word of a name: as written (folded), and its meaning where that is known in several languages."""

    written: str
    meaning: str


class Name(NamedTuple):
    """A name as it is compared."""

    #: Folded and run together, without the legal form.
    whole: str
    #: The same without the sort of thing and the city.
    core: str
    #: What it is called, without the sort of thing, place, legal form and small words.
    words: tuple[Word, ...]
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


def _is_rare(word: Word) -> bool:
    return len(word.written) >= _LONG_ENOUGH and not word.meaning


class Likeness(NamedTuple):
    """How alike two names are; `clash` says what keeps them apart although the words agree."""

    alike: Alike
    clash: Clash = ""
    #: The words in which they differ are areas only.
    only_area: bool = False
    #: Words in both, and how alike as written, to choose among several names.
    shared: int = 0
    #: Words that a slip of the pen makes equal are short, so that it may be no slip.
    doubtful: bool = False


class _Meaning(NamedTuple):
    role: str
    id: str
    languages: tuple[str, ...]


class NameReader:
    """Reads names with the vocabulary of names.toml and the areas of a set of neighbourhoods."""

    def __init__(self, geography: Geography) -> None:
        self._phrases: dict[tuple[str, ...], _Meaning] = {}
        self._longest = 1
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

    def _add(self, phrase: str, meaning: _Meaning) -> None:
        words = tuple(fold(phrase).split())
        known = self._phrases.get(words)
        if known is None:
            self._phrases[words] = meaning
            self._longest = max(self._longest, len(words))
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
            _together(kept), _together(core), tuple(sorted(read)), frozenset(sorts), frozenset(areas),
            frozenset(numbers), frozenset(languages), tuple(token for part in kept for token in part.split()),
            _is_other_script(words),
        )  # fmt: skip

    def _taken_apart(self, tokens: list[str]) -> Iterator[tuple[str, _Meaning]]:
        at = 0
        while at < len(tokens):
            for length in range(min(self._longest, len(tokens) - at), 0, -1):
                meaning = self._phrases.get(tuple(tokens[at : at + length]))
                if meaning is not None and not self._is_mark(tokens, at, length):
                    yield " ".join(tokens[at : at + length]), meaning
                    at += length
                    break
            else:
                yield from self._single(tokens[at], is_last=at == len(tokens) - 1)
                at += 1

    def _is_mark(self, tokens: list[str], at: int, length: int) -> bool:
        """Whether a single letter stands at the end: "bâtiment A"."""
        return length == 1 and at > 0 and at == len(tokens) - 1 and tokens[at] in "abcdefgh"

    def _single(self, token: str, *, is_last: bool) -> Iterator[tuple[str, _Meaning]]:
        if _POSTCODE.fullmatch(token):
            yield token, _Meaning("area", token, ())
        elif token.isdigit() or token in _ROMAN or (is_last and len(token) == 1):
            number = _ROMAN.get(token, token)
            yield token, _Meaning("number", number.lstrip("0") or "0", ())
        else:
            head, end = self._compound(token)
            if end:
                yield head, self._phrases.get((head,)) or _Meaning("word", "", ())
                yield end, self._phrases[(end,)]._replace(languages=("nl",))
            else:
                yield token, _Meaning("word", "", ())

    def _compound(self, token: str) -> tuple[str, str]:
        for end in self._ends:
            if token.endswith(end) and len(token) >= len(end) + 3 and (end,) in self._phrases:
                head = token[: -len(end)]
                for spelled in (head, head.removesuffix("s"), head.removesuffix("en")):
                    if (spelled,) in self._phrases:
                        return spelled, end
                return (head, end) if len(head) > 3 else ("", "")
        return "", ""


def _is_other_script(words: str) -> bool:
    return any(letter > "\u02ff" and letter.isalpha() and not "\u1e00" <= letter <= "\u1eff" for letter in words)


def _together(words: list[str]) -> str:
    return "".join(words).replace(" ", "")


@lru_cache
def _vocabulary() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))


def languages_of(texts: Iterable[Text]) -> frozenset[str]:
    """The languages in which something has a name; a name in no language says nothing."""
    return frozenset(code for text in texts for code in text if code != ANY_LANGUAGE)


def compare_names(left: Name, right: Name) -> Likeness:
    """How alike two names are; the same whichever comes first."""
    if (right.whole, right.words) < (left.whole, left.words):
        left, right = right, left
    across = left.other_script != right.other_script
    shared, slips, doubtful, only_left, only_right = _pair_up(left.words, right.words, across)
    areas_clash = bool(left.areas and right.areas and not left.areas & right.areas)
    clash: Clash = ""
    if left.numbers != right.numbers and (left.numbers and right.numbers):
        clash = "number"
    elif areas_clash:
        clash = "area"
    elif left.sorts and right.sorts and not left.sorts & right.sorts:
        clash = "sort"
    elif any(word.meaning for word in only_left) and any(word.meaning for word in only_right):
        clash = "meaning"
    if left.whole == right.whole and left.whole:
        return Likeness("same", shared=max(shared, 1))
    # What only one of them says: an area or a number is something it says more.
    more_left = bool(only_left or left.areas - right.areas or left.numbers - right.numbers)
    more_right = bool(only_right or right.areas - left.areas or right.numbers - left.numbers)
    only_area = not (only_left or only_right or left.numbers != right.numbers)
    identity = shared or (left.areas & right.areas and left.sorts & right.sorts)
    alike: Alike = "unlike"
    if identity and not (more_left or more_right):
        alike = "near" if slips else "same"
    elif identity and not (more_left and more_right):
        alike = "holds"
    elif shared:
        alike = "part"
    if alike in ("unlike", "part", "holds") and not clash and _is_slip(left, right):
        return Likeness("near", shared=max(shared, 1))
    return Likeness(alike, clash, only_area, shared, doubtful and shared == 1)


def _pair_up(
    left: tuple[Word, ...], right: tuple[Word, ...], across: bool
) -> tuple[int, int, bool, list[Word], list[Word]]:
    """Words in both, how many of them by a slip, whether such a slip is doubtful, and the words of one side only."""
    rest_left, rest_right = list(left), list(right)
    shared = slips = 0
    doubtful = False
    for measure in (_equal, _sounds_equal, _slipped, *((_same_consonants,) if across else ())):
        if not (rest_left and rest_right):
            break
        for word in tuple(rest_left):
            for twin in rest_right:
                if measure(word, twin):
                    rest_left.remove(word)
                    rest_right.remove(twin)
                    shared += 1
                    if measure is not _equal:
                        slips += 1
                        doubtful |= measure is _slipped and min(len(word.written), len(twin.written)) < _LONG_ENOUGH
                    break
    # A word said twice on one side says nothing more.
    return shared, slips, doubtful, _said_once(rest_left, left), _said_once(rest_right, right)


def _said_once(rest: list[Word], words: tuple[Word, ...]) -> list[Word]:
    if len(words) == 1:
        return rest
    return [word for word in rest if not any(_equal(word, other) for other in words if other is not word)]


def _equal(word: Word, other: Word) -> bool:
    return word.written == other.written or (word.meaning != "" and word.meaning == other.meaning)


def _may_be_slip(word: Word, other: Word) -> bool:
    # "Jeanne" is no slip for "Jean": a known word is only taken for a misspelt one when both are long.
    known = bool(word.meaning) + bool(other.meaning)
    return known == 0 or (known == 1 and min(len(word.written), len(other.written)) >= _KNOWN_WORD)


@lru_cache(maxsize=_KEPT)
def word_sound(word: str) -> str:
    """A word as it sounds; words come back in many names."""
    return sound(word)


def _sounds_equal(word: Word, other: Word) -> bool:
    heard = word_sound(word.written)
    return heard == word_sound(other.written) and len(heard) > 2 and _may_be_slip(word, other)


def _looks_like(word: str, other: str) -> bool:
    """Whether two words begin or end alike: cheap to ask, and few slips change both ends of a word."""
    return word[:2] == other[:2] or word[-2:] == other[-2:] or (word[0] == other[0] and word[-1] == other[-1])


def _slipped(word: Word, other: Word) -> bool:
    return _may_be_slip(word, other) and _few_slips(word.written, other.written)


@lru_cache(maxsize=_KEPT)
def _few_slips(word: str, other: str) -> bool:
    longest = max(len(word), len(other))
    if abs(len(word) - len(other)) > 2 or not _looks_like(word, other):
        return False
    allowed = min(slips_allowed(word), slips_allowed(other))
    if not allowed:
        return False
    slips = round((1 - similarity(word, other)) * longest)
    heard, other_heard = word_sound(word), word_sound(other)
    sounded = round((1 - similarity(heard, other_heard)) * max(len(heard), len(other_heard)))
    return slips <= allowed or sounded < allowed


_ARTICLE = re.compile(r"^(?:[ae]l(?=.{3})|[ae]([dnrstz])(?=\1))")
_VOWELS = re.compile(r"[aeiouwyhv]+")
_TWICE = re.compile(r"(.)\1+")


@lru_cache(maxsize=65_536)
def _consonants(word: str) -> str:
    return _TWICE.sub(r"\1", _VOWELS.sub("", _ARTICLE.sub("", word)))


def _same_consonants(word: Word, other: Word) -> bool:
    """Whether a word in another script can be this word in Latin: النور is written Annour, Al-Nour, An-Nur."""
    if word.meaning and other.meaning:
        return False
    bones = _consonants(word.written), _consonants(other.written)
    # The Arabic article is one letter when its script is turned into Latin.
    return any(len(one) > 1 and (one == two or one == f"l{two}") for one, two in (bones, bones[::-1]))


def _is_slip(left: Name, right: Name) -> bool:
    return _nearly_whole(left, right) or _shortened(left, right) or _slips_only(left, right)


def _shortened(left: Name, right: Name) -> bool:
    """Whether one is the initials of the other, or says them before it: "BPA (Brussels Platform Armoede)"."""
    for short, long in ((left, right), (right, left)):
        initials = "".join(token[0] for token in long.tokens)
        if len(initials) >= _INITIALS and short.tokens in ((initials,), (initials, *long.tokens)):
            return True
    return False


def _slips_only(left: Name, right: Name) -> bool:
    """Whether word by word nothing but slips of the pen part them: "Mission Localle", "Mission Locale"."""
    if len(left.tokens) != len(right.tokens) or left.numbers != right.numbers:
        return False
    pairs = [(Word(one, ""), Word(other, "")) for one, other in zip(left.tokens, right.tokens, strict=True)]
    parted = [(one, other) for one, other in pairs if one != other]
    return len(parted) < len(pairs) and all(min(map(len, (one.written, other.written))) >= _KNOWN_WORD
                                            and _slipped(one, other) for one, other in parted)  # fmt: skip


def _nearly_whole(left: Name, right: Name) -> bool:
    short = min(len(left.core), len(right.core))
    if short < _LONG_ENOUGH or left.numbers != right.numbers:
        return False
    meanings = ({word.meaning for word in name.words if word.meaning} for name in (left, right))
    first, second = meanings
    return first == second and similarity(left.core, right.core, _NEARLY_WHOLE) >= _NEARLY_WHOLE
