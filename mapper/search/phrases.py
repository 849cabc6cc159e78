"""Every spelling of every area, term and limit, and which of them some typed words may mean."""

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Literal, NamedTuple

from mapper.geography import Geography
from mapper.search.limits import PAPERS, lexicon
from mapper.taxonomy import Taxonomy, Term
from mapper.text import fold, similarity, slips_allowed

PartKind = Literal["area", "street", "need", "kind", "language", "community", "limit", "theme", "words"]
Meaning = tuple[PartKind, str]
Guesses = tuple[tuple[str, float], ...]

LONGEST_PHRASE_WORDS = 7

#: How much surer an exact phrase is than one whose little words differ, or that is glued together.
_LOOSE, _GLUED = 0.9, 0.97
#: Letters at the beginning of a word by which it is found again with a slip in it; the rest is compared.
_HEAD_LETTERS = 7
_MOST_GUESSES, _MOST_COMBINATIONS = 4, 16
_SHORTEST_GLUED = 7
#: A shorter word is too often part of something else.
_SHORTEST_CALL = 4


class Meant(NamedTuple):
    """What a phrase may mean, all equally sure (0 to 1)."""

    meanings: tuple[Meaning, ...]
    confidence: float


class Phrasebook:
    """Every spelling, folded, to be looked up by the words of a query. Slips are forgiven word by word."""

    def __init__(self, taxonomy: Taxonomy, geography: Geography) -> None:
        self._exact: dict[str, list[Meaning]] = {}
        self._loose: dict[str, list[Meaning]] = {}
        self._glued: dict[str, str] = {}
        for area in geography.area_names():
            for words in (*area.name.values(), *area.spellings):
                self._add(words, ("area", area.id))
        groups: tuple[tuple[PartKind, dict[str, Term]], ...] = (
            ("need", taxonomy.needs),
            ("kind", taxonomy.kinds),
            ("language", taxonomy.languages),
            ("community", taxonomy.communities),
            ("limit", lexicon().limits),
            ("limit", {PAPERS: lexicon().papers}),
        )
        for kind, group in groups:
            for term in group.values():
                for _language, words in term.spellings():
                    self._add(words, (kind, term.id))
        self._called: dict[Meaning, list[str]] = {}
        for phrase, meanings in self._exact.items():
            if " " not in phrase and len(phrase) >= _SHORTEST_CALL and phrase not in lexicon().little:
                for meaning in meanings:
                    self._called.setdefault(meaning, []).append(phrase)
        for phrase in self._exact:
            if " " in phrase and len(phrase) > _SHORTEST_GLUED:
                self._glued.setdefault(phrase.replace(" ", ""), phrase)
        self._papers_words = frozenset(
            word
            for _language, spelling in lexicon().papers.spellings()
            for word in _content(fold(spelling).split()).split()
        )
        self._words = frozenset(word for phrase in (*self._exact, *self._loose) for word in phrase.split())
        self._by_head: dict[str, list[str]] = {}
        for word in sorted(self._words):
            for head in _heads(word):
                self._by_head.setdefault(head, []).append(word)

    def _add(self, words: str, meaning: Meaning) -> None:
        phrase = fold(words)
        if not phrase:
            return
        _put(self._exact, phrase, meaning)
        content = _content(phrase.split())
        # At least two words have to be left. A limit is only what it says: "no residence permit" without its "no" is
        # the opposite.
        if " " in content and content != phrase and meaning[0] != "limit":
            _put(self._loose, content, meaning)

    def knows_word(self, word: str) -> bool:
        """Whether this folded word stands in any spelling."""
        return word in self._words

    def called(self, meaning: Meaning) -> Sequence[str]:
        """The single words that a meaning goes by, in any language: "arabe" and "arabisch" for one language."""
        return self._called.get(meaning, ())

    def meant(self, words: Sequence[str], guesses: Sequence[Guesses] | None = None) -> Meant | None:
        """What these folded words may mean, surest reading only; None when nothing goes by them.

        `guesses` are those of `guesses` for each word; left out, they are made here. A word without any is forgiven
        nothing.
        """
        phrase = " ".join(words)
        if phrase in self._exact:
            return Meant(tuple(self._exact[phrase]), 1.0)
        if (as_one := self.glued(words)) is not None:
            return as_one
        little = lexicon().little
        content = [word for word in words if word not in little]
        if 1 < len(content) < len(words) and (loose := " ".join(content)) in self._loose:
            return Meant(tuple(self._loose[loose]), _LOOSE)
        guesses = [self.guesses(word) for word in words] if guesses is None else guesses
        if all(len(guess) == 1 and guess[0][1] == 1.0 for guess in guesses):
            return None  # every word is as it is written, so there is nothing to forgive
        if all(guesses):
            return self._nearly(words, guesses, self._exact, 1.0)
        if len(content) > 1:
            own = [guess for word, guess in zip(words, guesses, strict=True) if word not in little]
            if all(own):
                return self._nearly(content, own, self._loose, _LOOSE)
        return None

    def glued(self, words: Sequence[str]) -> Meant | None:
        """What is meant by several words that are written as one, or one that is written as several."""
        if len(words) == 1:
            phrase = self._glued.get(words[0])
            return Meant(tuple(self._exact[phrase]), _GLUED) if phrase is not None else None
        glued = "".join(words)
        if len(glued) >= _SHORTEST_GLUED and glued in self._exact:
            return Meant(tuple(self._exact[glued]), _GLUED)
        return None

    @staticmethod
    def _nearly(
        words: Sequence[str], guesses: Sequence[Guesses], phrases: dict[str, list[Meaning]], worth: float
    ) -> Meant | None:
        letters = sum(map(len, words))
        found: dict[Meaning, float] = {}
        for chosen in islice(product(*guesses), _MOST_COMBINATIONS):
            meanings = phrases.get(" ".join(word for word, _likeness in chosen))
            if meanings:
                likeness = sum(len(word) * own for word, (_guess, own) in zip(words, chosen, strict=True)) / letters
                for meaning in meanings:
                    found[meaning] = max(found.get(meaning, 0.0), likeness * worth)
        if not found:
            return None
        best = max(found.values())
        return Meant(tuple(meaning for meaning, sure in found.items() if sure >= best - 0.05), best)

    def guesses(self, word: str, *, slips: bool = True) -> Guesses:
        """Words of the book that a typed word may be, each with a likeness of 0 to 1."""
        if word in self._words:
            return ((word, 1.0),)
        allowed = slips_allowed(word) if slips else 0
        if not allowed:
            return ()
        close: dict[str, float] = {}
        for head in _heads(word):
            for other in self._by_head.get(head, ()):
                # The first letter is seldom wrong, and asking for it keeps "soep" and "groep" apart.
                # Nor is anything a slip for an abbreviation: "risk" is not RIS.
                fits = other[0] == word[0] and abs(len(other) - len(word)) <= min(allowed, slips_allowed(other))
                if fits and other not in close:
                    close[other] = similarity(word, other)
        longest = len(word) + allowed
        near = [(other, sure) for other, sure in close.items() if (1 - sure) * longest < allowed + 0.5]
        return tuple(sorted(near, key=lambda pair: (-pair[1], pair[0]))[:_MOST_GUESSES])

    def is_of_papers(self, word: str) -> bool:
        """Whether a folded word may stand in a phrase about residence status."""
        return word in self._papers_words

    def id_of(self, kind: PartKind, words: str) -> str | None:
        """The id of one kind that these words name best; None when they name none."""
        meant = self.meant(fold(words).split()[: LONGEST_PHRASE_WORDS * 2])
        # The first of equals: neighbourhoods come before the municipality of the same name.
        return next((term_id for its_kind, term_id in meant.meanings if its_kind == kind), None) if meant else None


def _put(phrases: dict[str, list[Meaning]], phrase: str, meaning: Meaning) -> None:
    meanings = phrases.setdefault(phrase, [])
    if meaning not in meanings:
        meanings.append(meaning)


def _content(words: Sequence[str]) -> str:
    return " ".join(word for word in words if word not in lexicon().little)


def _heads(word: str) -> Iterator[str]:
    """The beginning of a word, whole and with one letter or two left out, so that two spellings with a slip meet."""
    slips = slips_allowed(word)
    head = word[:_HEAD_LETTERS]
    yield head
    if not slips:
        return
    seen = {head}
    for level in range(slips):
        shorter = {one[:at] + one[at + 1 :] for one in seen if len(one) >= len(head) - level for at in range(len(one))}
        yield from sorted(shorter - seen)
        seen |= shorter
