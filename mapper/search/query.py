"""Reading a query: which of its words name a place, a need, a kind, a language, a community, a limit.

Nothing is understood by force: the words of a part still match names and summaries too, and words that may mean
two things keep both meanings.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from mapper.model import Point, Record
from mapper.search.limits import PAPERS, lexicon
from mapper.search.phrases import LONGEST_PHRASE_WORDS, Guesses, Meaning, Meant, PartKind, Phrasebook
from mapper.text import fold

__all__ = ["MAX_CHARACTERS", "Part", "PartKind", "Phrasebook", "Query", "understand", "without"]

#: A query is cut here; nobody types more, and a text pasted by mistake must not cost a second.
MAX_CHARACTERS = 200
#: Of a long text only so many different things are looked for: plain words, the longest, and what was understood.
_MOST_PLAIN_WORDS, _MOST_MEANINGS = 8, 8
#: More words, or more letters in one, are not read.
_MOST_WORDS, _LONGEST_WORD = 30, 40
_AROUND_A_PLACE = 0.95
_BARE_STREET = 0.6
#: Words that are one word in the inventory say more together than each by itself.
_ONE_NAME, _MOST_AS_ONE = 0.9, 3
_LONGEST_STREET_WORDS, _LITTLE_NAME_WORDS = 6, 3
_PLAIN_WORD, _CHUNK = re.compile(r"[a-z0-9]+"), re.compile(r"\S+")


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
    #: The language of who asks: of equals, those come first where it is spoken.
    reader_language: str = ""
    limit: int = 20
    offset: int = 0

    @property
    def asks_no_filter(self) -> bool:
        """Whether there is nothing but the text and where the reader is."""
        asked = self.needs or self.kinds or self.languages or self.area
        return not (asked or self.free or self.wheelchair or self.outreach or self.open_now)


class Part(NamedTuple):
    """A piece of the query and what it was taken to mean.

    `words` are those typed, folded; `id` is "" for plain words; `start` and `end` say where they stand in the text
    as it was typed, with the little words that lead to them ("in Sint-Gillis").
    """

    kind: PartKind
    id: str
    words: str
    confidence: float
    start: int = 0
    end: int = 0


class Inventory(Protocol):
    """What a query is read against beside the phrasebook: the streets, words and names of the inventory."""

    def knows_word(self, word: str) -> bool: ...
    def is_little_name(self, phrase: str) -> bool: ...
    def begins_street(self, word: str, following: str) -> bool: ...
    def street(self, phrase: str) -> str: ...
    def streets_called(self, bare: str) -> tuple[str, ...]: ...


class _Word(NamedTuple):
    folded: str
    start: int
    end: int


class Reading(NamedTuple):
    """A query cut into pieces, each with every meaning it may have, the plain words last; and the little words between,
    which never have to be found; and all words as they follow each other. The last may be the beginning of one."""

    pieces: tuple[tuple[Part, ...], ...]
    little: tuple[str, ...]
    phrase: tuple[str, ...]

    @property
    def last(self) -> str:
        return self.phrase[-1] if self.phrase else ""


def read(text: str, phrasebook: Phrasebook, inventory: Inventory | None = None, *, papers: bool = False) -> Reading:
    """What a query may mean; no pieces when nothing searchable is left.

    A word about residence status is understood only with `papers`; otherwise it is as if it had not been typed.
    """
    words = _words(text)[:_MOST_WORDS]
    reader = _Reader(words, phrasebook, inventory)
    if not papers and reader.may_ask_papers():
        words = reader.without_papers()
        reader = _Reader(words, phrasebook, inventory)
    return Reading(tuple(reader.pieces()), reader.little_words(), tuple(reader.folded))


def understand(
    text: str, phrasebook: Phrasebook, inventory: Inventory | None = None, *, papers: bool = False
) -> tuple[tuple[Part, ...], ...]:
    """The pieces of a reading."""
    return read(text, phrasebook, inventory, papers=papers).pieces


def without(text: str, part: Part) -> str:
    """What was typed, without the words of one part: for the chip that takes it away."""
    left = " ".join((text[: part.start] + " " + text[part.end :]).split())
    return left if any(word.folded not in lexicon().little for word in _words(left)) else ""


def fold_words(text: str) -> list[str]:
    """The folded words of what somebody typed, cut where no text and no word is that long."""
    cut = text[:MAX_CHARACTERS]
    if not cut.isascii():
        # One letter may stand for eighteen.
        cut = unicodedata.normalize("NFKC", cut)[:MAX_CHARACTERS]
    return [word[:_LONGEST_WORD] for word in fold(cut).split()[:_MOST_WORDS]]


def _words(text: str) -> list[_Word]:
    """The folded words of a text, each with the place where it was typed."""
    text = text[:MAX_CHARACTERS]
    if text.isascii():
        # What is folded already needs no folding.
        return [_Word(run[0][:_LONGEST_WORD], *run.span()) for run in _PLAIN_WORD.finditer(text.lower())]
    return [word for chunk in _CHUNK.finditer(text) for word in _words_of(chunk[0], chunk.start())]


def _words_of(chunk: str, start: int) -> Iterator[_Word]:
    folded = fold_words(chunk)
    pieces = [(" ".join(fold_words(one)), begin, end) for one, begin, end in _pieces(chunk)]
    if [one for one, _begin, _end in pieces] != folded:
        pieces = [(one, 0, len(chunk)) for one in folded]
    for one, begin, end in pieces:
        yield _Word(one, start + begin, start + end)


def _pieces(chunk: str) -> Iterator[tuple[str, int, int]]:
    """The runs of letters and digits, with their marks, in a text without spaces."""
    start = None
    for at, letter in enumerate(chunk + " "):
        inside = letter.isalnum() or unicodedata.category(letter).startswith("M")
        if inside and start is None:
            start = at
        elif not inside and start is not None:
            yield chunk[start:at], start, at
            start = None


class _Reader:
    """Cuts the words of one query into the pieces that together say most."""

    def __init__(self, words: Sequence[_Word], phrasebook: Phrasebook, inventory: Inventory | None) -> None:
        self._words = words
        self.folded = [word.folded for word in words]
        self._book = phrasebook
        self._inventory = inventory
        little = lexicon().little
        self._little = [word in little for word in self.folded]
        # Only little words: then they are what is looked for ("De Buurt" may be a name, "ik wil helpen" a need).
        self._only_little = all(self._little)
        if self._only_little:
            self._little = [False] * len(words)
        elif inventory is not None and sum(self._little) > 1:
            self._keep_little_names(inventory)
        self._guesses = [self._guess(word) for word in self.folded]

    def _guess(self, word: str) -> Guesses:
        if word in self._book.words:
            return ((word, 1.0),)
        # A word that the inventory holds as it stands is no slip: "Femma" is not "femme".
        known = word in lexicon().little or (self._inventory is not None and self._inventory.knows_word(word))
        return () if known else self._book.guesses(word)

    def _keep_little_names(self, inventory: Inventory) -> None:
        """ "Bij Ons" is a name here, so its words count although they say little."""
        for at in range(len(self.folded)):
            for end in range(at + 2, min(at + _LITTLE_NAME_WORDS, len(self.folded)) + 1):
                if not all(self._little[at:end]):
                    break
                if inventory.is_little_name(" ".join(self.folded[at:end])):
                    self._little[at:end] = [False] * (end - at)

    def may_ask_papers(self) -> bool:
        """Whether some word may be one about residence status."""
        guessed = [guess for guesses in self._guesses for guess, _likeness in guesses]
        return not self._book.papers_words.isdisjoint(guessed)

    def without_papers(self) -> list[_Word]:
        """The words but for those about residence status."""
        kept = list(self._words)
        for at in range(len(self._words)):
            for end in range(at + 1, min(at + LONGEST_PHRASE_WORDS, len(self._words)) + 1):
                meant = self._book.meant(self.folded[at:end], self._guesses[at:end])
                if meant and ("limit", PAPERS) in meant.meanings:
                    kept = [word for word in kept if word not in self._words[at:end]]
        return kept

    def pieces(self) -> list[tuple[Part, ...]]:
        """Each piece with its meanings, in the order in which they were typed."""
        plain: dict[str, tuple[int, tuple[Part, ...]]] = {}
        found: dict[tuple[Meaning, ...], tuple[int, tuple[Part, ...]]] = {}
        for at, count, meant in self._best_cut():
            said = self._plain(at, count)
            if meant is not None and meant.meanings:
                found.setdefault(meant.meanings, (at, (*self._parts(at, count, meant), said)))
            elif meant is not None:
                # Looked for as the one word that the inventory knows.
                as_one = said._replace(words=said.words.replace(" ", ""))
                plain.setdefault(as_one.words, (at, (as_one,)))
            elif not self._little[at]:
                plain.setdefault(said.words, (at, (said,)))
        if self._only_little and self.folded:
            whole = self._plain(0, len(self.folded))
            plain = {} if found else {whole.words: (0, (whole,))}
        # A long text has more words than can all be found; the longest say most.
        if len(plain) > _MOST_PLAIN_WORDS:
            longest = sorted(plain, key=lambda words: -len(words))[:_MOST_PLAIN_WORDS]
            plain = {words: plain[words] for words in longest}
        kept = [*list(found.values())[:_MOST_MEANINGS], *plain.values()]
        return [parts for _at, parts in sorted(kept)]

    def little_words(self) -> tuple[str, ...]:
        """The words that carry no meaning here, each once."""
        little = [word for word, is_little in zip(self.folded, self._little, strict=True) if is_little]
        return tuple(dict.fromkeys(little))

    def _plain(self, at: int, count: int) -> Part:
        first = self._words[at]
        if count == 1:
            return Part("words", "", first.folded, 0.5, first.start, first.end)
        said = " ".join(self.folded[at : at + count])
        return Part("words", "", said, 0.5, first.start, self._words[at + count - 1].end)

    def _parts(self, at: int, count: int, meant: Meant) -> tuple[Part, ...]:
        plain = self._plain(at, count)
        lead = at
        while lead > 0 and self._little[lead - 1] and meant.meanings[0][0] in ("area", "street", "language"):
            lead -= 1
        start = self._words[lead].start
        return tuple(
            [Part(kind, its_id, plain.words, meant.confidence, start, plain.end) for kind, its_id in meant.meanings]
        )

    def _best_cut(self) -> list[tuple[int, int, Meant | None]]:
        """The cut into phrases that means most, from the left: (first word, number of words, what is meant)."""
        size = len(self.folded)
        worth = [0.0] * (size + 1)
        choice: list[tuple[int, Meant | None]] = [(1, None)] * size
        for at in range(size - 1, -1, -1):
            worth[at] = worth[at + 1]
            for count, meant in self._readings(at):
                letters = sum(map(len, self.folded[at : at + count]))
                own = meant.confidence**2 * letters + 0.5 * (count - 1) + worth[at + count]
                if own > worth[at] + 1e-9:
                    worth[at], choice[at] = own, (count, meant)
        cut, at = [], 0
        while at < size:
            count, meant_here = choice[at]
            cut.append((at, count, meant_here))
            at += count
        return cut

    def _readings(self, at: int) -> Iterator[tuple[int, Meant]]:
        """What the words from here on may mean, by how many of them."""
        strange = False
        folded, little = self.folded, self._little
        following = folded[at + 1] if at + 1 < len(folded) else ""
        street = self._inventory is not None and self._inventory.begins_street(folded[at], following)
        for end in range(at + 1, min(at + LONGEST_PHRASE_WORDS, len(folded)) + 1):
            # A word of no spelling at all can only be glued to others, or stand in the name of a place.
            strange = strange or not (self._guesses[end - 1] or little[end - 1])
            if little[at] and end == at + 1:
                continue
            words = folded[at:end]
            meant = self._book.glued(words) if strange else self._book.meant(words, self._guesses[at:end])
            if meant is None:
                meant = self._elsewhere_meant(at, end, street=street)
            elif street:
                meant = self._with_streets(words, meant)
            if meant is not None:
                yield end - at, meant

    def _elsewhere_meant(self, at: int, end: int, *, street: bool) -> Meant | None:
        """What words mean that stand in no phrasebook: a place, a street, a compound, one word of the inventory."""
        words, place_words = self.folded[at:end], lexicon().place_words
        alone, meant = end == at + 1, None
        if not self._little[end - 1]:
            if alone or words[0] in place_words or words[-1] in place_words:
                meant = self._place(words)
            if meant is None and street:
                meant = self._street(words)
            if meant is None and alone and not self._guesses[at] and not self._is_known_as_one(words):
                meant = self._book.compound(words[0])
        if meant is None and not alone and self._is_known_as_one(words):
            meant = Meant((), _ONE_NAME)
        return meant

    def _is_known_as_one(self, words: Sequence[str]) -> bool:
        """Whether these words, written as one, are a word of the inventory: "buurt pensioen"."""
        return self._inventory is not None and len(words) <= _MOST_AS_ONE and self._inventory.knows_word("".join(words))

    def _with_streets(self, words: Sequence[str], meant: Meant) -> Meant:
        assert self._inventory is not None
        street = self._inventory.street(" ".join(words))
        return Meant((*meant.meanings, ("street", street)), meant.confidence) if street else meant

    def _place(self, words: Sequence[str]) -> Meant | None:
        """An area with the kind of place said too: "place Liedts", "Dansaert wijk", "Liedtsplein"."""
        place_words, little = lexicon().place_words, lexicon().little
        names: list[str] = []
        if len(words) == 1:
            if words[0].endswith(lexicon().place_endings):
                ending = next(ending for ending in lexicon().place_endings if words[0].endswith(ending))
                names = [words[0].removesuffix(ending)]
        elif (words[0] in place_words or words[-1] in place_words) and words[0] not in little:
            names = [word for word in words if word not in place_words and word not in little]
        areas = self._areas(self._book.meant(names, [()] * len(names))) if names else ()
        return Meant(areas, _AROUND_A_PLACE) if areas else None

    @staticmethod
    def _areas(meant: Meant | None) -> tuple[Meaning, ...]:
        return tuple(meaning for meaning in meant.meanings if meaning[0] == "area") if meant else ()

    def _street(self, words: Sequence[str]) -> Meant | None:
        """A street of the inventory; by its bare name it may as well be a person or a house."""
        if len(words) > _LONGEST_STREET_WORDS:
            return None
        assert self._inventory is not None
        phrase = " ".join(words)
        street = self._inventory.street(phrase)
        if street:
            return Meant((("street", street),), 1.0)
        streets = self._inventory.streets_called(phrase)
        return Meant(tuple(("street", one) for one in streets[:3]), _BARE_STREET) if streets else None
