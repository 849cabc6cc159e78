"""How alike two names are: word by word, by their letters and by their sound, and what keeps them apart."""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from mapper.curation.names import KEPT, LONG_WORD, Name, Word, equal, word_sound
from mapper.text import similarity, slips_allowed

#: same: nothing parts them; near: a slip of the pen; holds: one says more than the other; part: some words are shared.
Alike = Literal["same", "near", "holds", "part", "unlike"]
Clash = Literal["", "number", "area", "sort", "meaning"]
ORDER: dict[Alike, int] = {"same": 4, "near": 3, "holds": 2, "part": 1, "unlike": 0}

#: A whole name written nearly alike is one name, however its words are parted.
NEARLY_WHOLE = 0.9
_KNOWN_WORD = 6
#: Fewer first letters stand for anything.
INITIALS = 3


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


def compare_names(left: Name, right: Name) -> Likeness:
    """How alike two names are; the same whichever comes first."""
    if (right.whole, right.words) < (left.whole, left.words):
        left, right = right, left
    shared, slips, doubtful, only_left, only_right = _pair_up(left, right)
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


def _pair_up(left: Name, right: Name) -> tuple[int, int, bool, list[Word], list[Word]]:
    """Words in both, how many of them by a slip, whether such a slip is doubtful, and the words of one side only."""
    rest_left, rest_right = list(left.words), list(right.words)
    right_hooks = frozenset[str]().union(*map(hooks, rest_right))
    hooked = [word for word in rest_left if not hooks(word).isdisjoint(right_hooks)]
    across = left.other_script != right.other_script
    shared = slips = 0
    doubtful = False
    for measure in (equal, _sounds_equal, _slipped, *((_same_consonants,) if across else ())):
        if not (hooked and rest_right):
            break
        for word in tuple(hooked):
            for twin in rest_right:
                if measure(word, twin):
                    hooked.remove(word)
                    rest_left.remove(word)
                    rest_right.remove(twin)
                    shared += 1
                    if measure is not equal:
                        slips += 1
                        doubtful |= measure is _slipped and min(len(word.written), len(twin.written)) < LONG_WORD
                    break
    return shared, slips, doubtful, _unsaid(rest_left, left), _unsaid(rest_right, right)


def _unsaid(rest: list[Word], name: Name) -> list[Word]:
    """Those without their like among the words that were paired: a word said twice says nothing more."""
    if name.twice.isdisjoint(rest):
        return rest
    paired = list(name.words)
    for word in rest:
        paired.remove(word)
    return [word for word in rest if not any(equal(word, other) for other in paired)]


@lru_cache(maxsize=KEPT)
def hooks(word: Word) -> frozenset[str]:
    """What a word and any word that may be taken for it have at least one of: how they begin, end, sound or what they
    mean. Most words share none, which is seen at once."""
    written = word.written
    found = {f"{written[:2]}-", f"-{written[-2:]}", f"{written[0]}-{written[-1]}", f"~{word_sound(written)}"}
    if bones := _consonants(written).removeprefix("l"):
        found.add(f"!{bones}")
    if word.meaning:
        found.add(f"={word.meaning}")
    return frozenset(found)


def _may_be_slip(word: Word, other: Word) -> bool:
    # "Jeanne" is no slip for "Jean": a known word is only taken for a misspelt one when both are long.
    known = bool(word.meaning) + bool(other.meaning)
    return known == 0 or (known == 1 and min(len(word.written), len(other.written)) >= _KNOWN_WORD)


def _sounds_equal(word: Word, other: Word) -> bool:
    heard = word_sound(word.written)
    return heard == word_sound(other.written) and len(heard) > 2 and _may_be_slip(word, other)


def _looks_like(word: str, other: str) -> bool:
    """Whether two words begin or end alike: cheap to ask, and few slips change both ends of a word."""
    return word[:2] == other[:2] or word[-2:] == other[-2:] or (word[0] == other[0] and word[-1] == other[-1])


def _slipped(word: Word, other: Word) -> bool:
    return _may_be_slip(word, other) and _few_slips(word.written, other.written)


@lru_cache(maxsize=KEPT)
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
        if len(initials) >= INITIALS and short.tokens in ((initials,), (initials, *long.tokens)):
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
    if short < LONG_WORD or left.numbers != right.numbers:
        return False
    meanings = ({word.meaning for word in name.words if word.meaning} for name in (left, right))
    first, second = meanings
    return first == second and similarity(left.core, right.core, NEARLY_WHOLE) >= NEARLY_WHOLE
