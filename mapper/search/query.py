"""Reading a query: which of its words name a place, a need, a kind, a language, a community.

Nothing is understood by force: the words of a part still match names and summaries too.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from mapper.geography import Geography
from mapper.model import Point, Record
from mapper.taxonomy import Taxonomy, Term
from mapper.text import fold, similarity, slips_allowed

PartKind = Literal["area", "need", "kind", "language", "community", "words"]

#: A query is cut here; nobody types more, and a text pasted by mistake must not cost a second.
MAX_CHARACTERS = 200
_LONGEST_PHRASE_WORDS = 6

#: Words that carry no meaning of their own between the others, in the three languages.
_LITTLE_WORDS = frozenset(
    "a aan an at au aux bij ce ces chez d dans de den der des die dit du een en et for het ik il in is j je l la le "
    "les met mes mijn mon my n naar near of om on op ou par pour pres qu que qui s sur t te the to tot un une uit van "
    "voor with wijk quartier neighbourhood buurt".split()
)


class Query(Record, frozen=True):
    """What is asked. Every filter left at its default asks nothing."""

    text: str = ""
    needs: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    #: A neighbourhood number, a postcode or a REFNIS code.
    area: str = ""
    near: Point | None = None
    open_now: bool = False
    free: bool = False
    languages: tuple[str, ...] = ()
    wheelchair: bool = False
    outreach: bool = False
    limit: int = 20
    offset: int = 0


class Part(NamedTuple):
    """A piece of the query and what it was taken to mean. `words` are those typed; `id` is "" for plain words."""

    kind: PartKind
    id: str
    words: str
    confidence: float


class Phrasebook:
    """Every spelling of every area and term, folded, to be looked up by the words of a query."""

    def __init__(self, taxonomy: Taxonomy, geography: Geography) -> None:
        self._meanings: dict[str, list[tuple[PartKind, str]]] = {}
        #: (words, letters) -> phrases, so that only phrases of nearly the same size are compared.
        self._by_length: dict[tuple[int, int], list[str]] = {}
        for area in geography.area_names():
            for words in (*area.name.values(), *area.spellings):
                self._add(words, "area", area.id)
        groups: tuple[tuple[PartKind, dict[str, Term]], ...] = (
            ("need", taxonomy.needs),
            ("kind", taxonomy.kinds),
            ("language", taxonomy.languages),
            ("community", taxonomy.communities),
        )
        for kind, group in groups:
            for term in group.values():
                for _language, words in term.spellings():
                    self._add(words, kind, term.id)
        for phrase in self._meanings:
            self._by_length.setdefault((phrase.count(" ") + 1, len(phrase)), []).append(phrase)

    def _add(self, words: str, kind: PartKind, term_id: str) -> None:
        phrase = fold(words)
        if phrase:
            meanings = self._meanings.setdefault(phrase, [])
            if (kind, term_id) not in meanings:
                meanings.append((kind, term_id))

    def id_of(self, kind: PartKind, words: str) -> str | None:
        """The id of one kind that these words name best; None when they name none."""
        found = [
            (confidence, term_id) for its_kind, term_id, confidence in self.meanings(fold(words)) if its_kind == kind
        ]
        # The first of equals: neighbourhoods come before the municipality of the same name.
        return max(found, key=lambda pair: pair[0])[1] if found else None

    def meanings(self, phrase: str) -> Iterator[tuple[PartKind, str, float]]:
        """What a folded phrase may mean, with a confidence of 0 to 1; a slip or two in a long word is forgiven."""
        if phrase in self._meanings:
            for kind, term_id in self._meanings[phrase]:
                yield kind, term_id, 1.0
            return
        slips = slips_allowed(phrase.replace(" ", ""))
        if not slips:
            return
        words = phrase.count(" ") + 1
        for length in range(len(phrase) - slips, len(phrase) + slips + 1):
            for other in self._by_length.get((words, length), ()):
                # The first letter is seldom wrong, and asking for it keeps "soep" and "groep" apart.
                if other[0] == phrase[0] and (likeness := similarity(phrase, other)) >= 1 - slips / len(phrase) - 1e-9:
                    for kind, term_id in self._meanings[other]:
                        yield kind, term_id, likeness


def understand(text: str, phrasebook: Phrasebook) -> tuple[tuple[Part, ...], ...]:
    """The query cut into pieces, each with every meaning it may have, plain words among them.

    The longest phrase that means something wins; what means nothing is a plain word. An empty tuple comes back
    when nothing searchable is left.
    """
    words = fold(text[:MAX_CHARACTERS]).split()
    pieces: list[tuple[Part, ...]] = []
    at = 0
    while at < len(words):
        taken, meanings = _longest_meaning(words, at, phrasebook)
        span = " ".join(words[at : at + taken])
        if meanings or span not in _LITTLE_WORDS:
            plain = Part("words", "", span, 0.5)
            pieces.append((*meanings, plain))
        at += taken
    if not pieces and words:
        # Only little words: then they are what is looked for ("De Buurt" may be a name).
        pieces = [(Part("words", "", " ".join(words), 0.5),)]
    return tuple(pieces)


def _longest_meaning(words: Sequence[str], at: int, phrasebook: Phrasebook) -> tuple[int, tuple[Part, ...]]:
    for count in range(min(_LONGEST_PHRASE_WORDS, len(words) - at), 0, -1):
        phrase = " ".join(words[at : at + count])
        if count == 1 and phrase in _LITTLE_WORDS:
            break
        parts: dict[tuple[PartKind, str], Part] = {}
        for kind, term_id, confidence in phrasebook.meanings(phrase):
            known = parts.get((kind, term_id))
            if known is None or known.confidence < confidence:
                parts[kind, term_id] = Part(kind, term_id, phrase, confidence)
        if parts:
            best = max(part.confidence for part in parts.values())
            return count, tuple(part for part in parts.values() if part.confidence >= best - 0.05)
    return 1, ()
