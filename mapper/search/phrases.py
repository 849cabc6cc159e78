"""Every spelling of every area, term and limit, and which of them some typed words may mean."""

from collections.abc import Iterator, Sequence
from itertools import combinations, islice, product
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
        #: The words of what is said about residence status.
        self.papers_words = frozenset(
            word
            for _language, spelling in lexicon().papers.spellings()
            for word in _content(fold(spelling).split()).split()
        )
        #: Every word of any spelling.
        self.words = frozenset(word for phrase in (*self._exact, *self._loose) for word in phrase.split())
        self._by_head: dict[str, list[str]] = {}
        for word in sorted(self.words):
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
        if self.words.issuperset(words):
            return None  # every word is as it is written, so there is nothing to forgive
        guesses = [self.guesses(word) for word in words] if guesses is None else guesses
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

    def compound(self, word: str) -> Meant | None:
        """What the first part of a Dutch compound means: "vrouwenhuis" is a house, and it is for women."""
        for ending in lexicon().compound_endings:
            if word.endswith(ending):
                first = word.removesuffix(ending)
                meanings = self._exact.get(first) or self._exact.get(first.removesuffix("s"))
                if meanings and len(first) >= _SHORTEST_CALL:
                    return Meant(tuple(meanings), 1.0)
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

    def guesses(self, word: str) -> Guesses:
        """Words of the book that a typed word may be, each with a likeness of 0 to 1."""
        if word in self.words:
            return ((word, 1.0),)
        allowed = slips_allowed(word)
        if not allowed:
            return ()
        # Whatever begins alike but for some letters, each once.
        close = {other for head in _heads(word) if head in self._by_head for other in self._by_head[head]}
        longest = len(word) + allowed
        # Nothing is a slip for an abbreviation: "risk" is not RIS.
        near = [
            (-sure, other)
            for other in close
            if abs(len(other) - len(word)) <= min(allowed, slips_allowed(other))
            and (1 - (sure := similarity(word, other))) * longest < allowed + 0.5
        ]
        return tuple([(other, -lacks) for lacks, other in sorted(near)[:_MOST_GUESSES]])

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
    """The beginning of a word, whole and with one letter or two left out, so that two spellings with a slip meet.

    The first letter stays: it is seldom wrong, and asking for it keeps "soep" and "groep" apart.
    """
    first, rest = word[0], word[1:_HEAD_LETTERS]
    for left_out in range(min(slips_allowed(word), len(rest)) + 1):
        yield from {first + "".join(kept) for kept in combinations(rest, len(rest) - left_out)}
