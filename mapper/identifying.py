"""What in free words looks as if it tells who somebody is: asked gently before anything is saved, never forbidden.

Better once too often than not: the warning costs one tap, a name in a database cannot be taken back.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from mapper.text import fold

Sort = Literal["national_number", "phone", "email", "address", "name"]


class Found(NamedTuple):
    """Something that looks as if it identifies somebody, as it stands in the words."""

    sort: Sort
    words: str


_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\W\d_]{2,}")
#: Year, month, day, serial and check, with or without the usual signs between them.
_NATIONAL_NUMBER = re.compile(r"(?<!\d)(\d{2})[.\-/ ]?(\d{2})[.\-/ ]?(\d{2})[.\-/ ]?(\d{3})[.\-/ ]?(\d{2})(?!\d)")
#: Dutch and Belgian-French streets; French ones name their sort first.
_STREET = re.compile(
    r"\b[^\W\d_][\w'’-]*(?:straat|steenweg|laan|plein|kaai|dreef|lei|weg|square)\s+\d{1,4}[a-z]?\b"
    r"(?!\s*(?:min|m\b|km|h\b|u\b|jaar|ans|years|€|:))"
    r"|\b(?:rue|avenue|av\.|chaussée|chée|boulevard|bd|place|quai|impasse|allée|square|clos)\s"
    r"(?:[\w'’.-]+[\s,]+){0,5}?(?:n°\s?)?\d{1,4}[a-z]?\b",
    re.IGNORECASE,
)
_BEFORE_A_NAME = (
    "mr mrs ms miss dhr mevr mevrouw meneer mijnheer madame monsieur mme mlle m heet heette naam genaamd noemt appelle "
    "nomme nom prenom called named name zuster broer soeur frere"
).split()
_WORD = re.compile(r"[^\W\d_][^\W\d_'’-]*(?:['’-][^\W\d_]+)*")
_SENTENCE_END = ".!?:;\n•–-("
_SMALL = frozenset("van de der den du la le el al ben bint von da dos di".split())
#: Written with a capital in one of the languages without being anybody's name.
_NO_NAMES = frozenset(
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag lundi mardi mercredi jeudi vendredi samedi dimanche "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december nederlands frans engels arabisch turks portugees roemeens pools spaans "
    "italiaans berbers dutch french english arabic turkish portuguese romanian polish spanish italian berber ocmw cpas "
    "caw vdab actiris vzw asbl ldc brussel bruxelles brussels belgie belgique belgium i ik je il elle hij zij "
    "nederlandse franse engelse arabische turkse portugese roemeense poolse spaanse italiaanse nederlandstalige "
    "franstalige brusselse belgische".split()
)
#: A number is a telephone number from here: shorter ones are prices, years and hours.
_FEWEST_DIGITS = 9


def find_identifying(words: str, known: frozenset[str] = frozenset()) -> tuple[Found, ...]:
    """What looks like a national number, telephone number, e-mail address, street address or name.

    `known` are folded words that name places here and so nobody.

    >>> [one.sort for one in find_identifying("Bel Fatima Benali op 0470 12 34 56")]
    ['phone', 'name']
    """
    found: dict[Found, None] = {}
    rest = words
    for sort, pieces in (
        ("email", _EMAIL.finditer(words)),
        ("national_number", (one for one in _NATIONAL_NUMBER.finditer(words) if is_national_number(one.group()))),
        ("address", _STREET.finditer(words)),
    ):
        for piece in pieces:
            found[Found(sort, piece.group())] = None  # type: ignore[arg-type]
            rest = rest.replace(piece.group(), " " * len(piece.group()))
    for number in _phones(rest):
        found[Found("phone", number)] = None
        rest = rest.replace(number, " " * len(number))
    for name in _names(rest, known):
        found[Found("name", name)] = None
    return tuple(found)


def has_address(words: str) -> bool:
    """Whether there is a street with a house number in these words.

    >>> has_address("Je vindt ons in de Brabantstraat 12"), has_address("in de Brabantstraat, 5 min van het station")
    (True, False)
    """
    return _STREET.search(words) is not None


def is_national_number(digits: str) -> bool:
    """Whether the check of a Belgian national register number holds (97 minus the rest after division by 97).

    For who was born since 2000 a 2 stands in front before dividing. Numbers of the bis register add 20 or 40 to the
    month.

    >>> is_national_number("85.07.30-033.28"), is_national_number("85.07.30-033.29")
    (True, False)
    """
    only = re.sub(r"\D", "", digits)
    if len(only) != 11:
        return False
    month, day = int(only[2:4]) % 20, int(only[4:6])
    if month > 12 or day > 31 or int(only[2:4]) >= 60:
        return False
    body, check = int(only[:9]), int(only[9:])
    return check in (97 - body % 97, 97 - (2_000_000_000 + body) % 97)


def _phones(words: str) -> Iterator[str]:
    import phonenumbers

    # Possible is enough: a number with one digit wrong still rings at somebody's.
    for match in phonenumbers.PhoneNumberMatcher(words, "BE", leniency=phonenumbers.Leniency.POSSIBLE):
        if sum(sign.isdigit() for sign in match.raw_string) >= _FEWEST_DIGITS:
            yield match.raw_string


def _names(words: str, known: frozenset[str]) -> Iterator[str]:
    """Words with a capital that nothing explains: inside a sentence, two in a row, or after what announces a name."""
    row: list[re.Match[str]] = []
    announced = False
    for word in _WORD.finditer(words):
        text = word.group()
        # "s'appelle", "d'Amina": what counts stands after the sign.
        folded = fold(re.split("['’]", text)[-1])
        if row and words[row[-1].end() : word.start()].strip(" \t"):
            yield from _as_name(row, announced, words)
            row, announced = [], False
        if folded in _BEFORE_A_NAME:
            yield from _as_name(row, announced, words)
            row, announced = [], True
        elif text[0].isupper() and not text.isupper() and folded not in _NO_NAMES | known:
            row.append(word)
        elif not (row and folded in _SMALL):
            yield from _as_name(row, announced, words)
            row, announced = [], False
    yield from _as_name(row, announced, words)


def _as_name(row: list[re.Match[str]], announced: bool, words: str) -> Iterator[str]:
    if not row:
        return
    before = words[: row[0].start()].rstrip(" \t\"'“«")
    # The first word of a sentence has its capital from there.
    begins = not before or before[-1] in _SENTENCE_END
    if announced or len(row) > 1 or not begins:
        yield words[row[0].start() : row[-1].end()]
