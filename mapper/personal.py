"""What in free text looks like a person: a phone number, a national number, an address, a name.

Only a hint for a gentle question before something is saved: it never refuses, and reads no more than the words given.
"""

import re
from collections.abc import Collection
from typing import Literal

from mapper.text import fold

Trait = Literal["phone", "national_number", "email", "address", "name"]

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
#: 85.07.30-033.28: a birth date, a serial number and a check.
_NATIONAL = re.compile(r"\b(\d{2})[ .]?(\d{2})[ .]?(\d{2})[ .-]?(\d{3})[ .-]?(\d{2})\b")
_NUMBER = r"[ ,]+(?:n[ro°]?\.? ?)?\d{1,4}\b(?!\s*(?:min|m\b|km|h\b|u\b|jaar|ans|years|€|:))"
_ADDRESS = re.compile(
    r"\b\w*(?:straat|laan|steenweg|plein|kaai|dreef|lei|weg|gang|square)" + _NUMBER + "|"
    r"\b(?:rue|avenue|av\.|chaussée|place|boulevard|bd|quai|drève|impasse|allée|clos|sentier)\s+"
    r"(?:(?:de|du|des|la|le|les|d['’]|l['’])\s*)*[\w'’-]+(?:\s+[\w'’-]+){0,3}?" + _NUMBER,
    re.IGNORECASE,
)
#: What somebody writes just before a name.
_BEFORE_A_NAME = re.compile(
    r"\b(?:mevrouw|meneer|mevr\.?|dhr\.?|mw\.?|madame|monsieur|mme\.?|mr\.?|mrs\.?|ms\.?|m\.|vraag naar|bel|demandez"
    r"|demander|appelez|appeler|ask for|call)\s+(?P<name>[^\W\d_][\w'’-]+)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")


def looks_personal(words: str, known: Collection[str] = ()) -> tuple[Trait, ...]:
    """What in these words looks like somebody's own, each trait once; () when nothing does.

    `known` are folded words with a capital that are no person's name: languages, communities, places.

    >>> looks_personal("Ask for the coordinator, she speaks Berber", known=("berber",))
    ()
    >>> looks_personal("Vraag naar Fatima, 0470 12 34 56")
    ('phone', 'name')
    """
    found: list[Trait] = []
    if _is_national(words):
        found.append("national_number")
    elif _has_phone(words):
        found.append("phone")
    if _EMAIL.search(words):
        found.append("email")
    if has_address(words):
        found.append("address")
    if _has_name(words, frozenset(known)):
        found.append("name")
    return tuple(found)


def has_address(words: str) -> bool:
    """Whether there is a street with a house number in these words.

    >>> has_address("Je vindt ons in de Brabantstraat 12"), has_address("in de Brabantstraat, 5 min van het station")
    (True, False)
    """
    return _ADDRESS.search(words) is not None


def _has_phone(words: str) -> bool:
    from phonenumbers import PhoneNumberMatcher

    return any(True for _match in PhoneNumberMatcher(words[:2000], "BE"))


def _is_national(words: str) -> bool:
    for match in _NATIONAL.finditer(words):
        first, check = "".join(match.groups()[:4]), int(match[5])
        # Born since 2000: the check is made with a 2 before the number.
        if check in (97 - int(first) % 97, 97 - int("2" + first) % 97):
            return True
    return False


def _has_name(words: str, known: frozenset[str]) -> bool:
    asked = any(_is_name(match["name"], known) for match in _BEFORE_A_NAME.finditer(words))
    return asked or any(_is_name(word, known) for word in _inside_sentences(words))


def _is_name(word: str, known: frozenset[str]) -> bool:
    # A word in capitals is an abbreviation: OCMW, CPAS, AETCIS.
    return word[0].isupper() and not word.isupper() and not known.issuperset(fold(word).split())


def _inside_sentences(words: str) -> list[str]:
    """Every word that does not begin a sentence, where a capital tells something."""
    found = []
    for sentence in re.split(r"[.!?:;\n]+\s*|^", words):
        found += [match[0] for match in _WORD.finditer(sentence)][1:]
    return found
