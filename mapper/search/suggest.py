"""Suggestions while somebody types, and what a word that nothing answers was probably meant to be.

Made from what the reader may see and from the taxonomy; nothing of what is typed is kept.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from mapper.catalogue import Catalogue, Segment
from mapper.geography import Geography
from mapper.search.limits import lexicon
from mapper.search.phrases import Phrasebook
from mapper.search.query import MAX_CHARACTERS, Part, fold_words
from mapper.taxonomy import Taxonomy
from mapper.text import Text, distances, fold, similarity, slips_allowed

SuggestionKind = Literal["name", "need", "area", "language"]
#: The order of groups that answer equally well.
_GROUPS: tuple[SuggestionKind, ...] = ("name", "need", "area", "language")

_EXACT, _BEGINS, _INSIDE, _SLIP = 1.0, 0.8, 0.6, 0.4
#: So many entries are found and looked at for a beginning of one or two letters; more would tell nobody anything.
_MOST_FOUND, _MOST_LOOKED_AT = 60, 2_000
_LONGEST_TAIL_WORDS, _MOST_TYPED_WORDS = 4, 12
_SHORTEST_PAPERS = 6
#: "Did you mean" forgives one slip more than search does, but the word has to be much the same still.
_ONE_MORE, _ALIKE, _ALIKE_SHORT, _SHORT_LETTERS, _MOST_UNKNOWN = 1, 0.7, 0.8, 5, 3


class Suggestion(NamedTuple):
    """One way to go on typing. `words` is the whole text to search for, in the reader's language where it can be;
    `id` is that of the record, need, area or language."""

    kind: SuggestionKind
    id: str
    words: str


class _Entry(NamedTuple):
    folded: str
    kind: SuggestionKind
    id: str
    label: Text


class _Entries:
    """Things that can be suggested, found by the beginning of any of their words, a slip forgiven."""

    def __init__(self, entries: Iterable[_Entry]) -> None:
        # Sorted, so that the answer never depends on how things came in.
        self._entries = sorted(set(entries), key=lambda entry: (entry.folded, entry.kind, entry.id))
        self._whole = [entry.folded for entry in self._entries]
        by_word: dict[str, list[int]] = defaultdict(list)
        for at, folded in enumerate(self._whole):
            for word in dict.fromkeys(folded.split()):
                by_word[word].append(at)
        self._by_word = dict(by_word)
        self._words = sorted(by_word)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, words: Sequence[str]) -> Iterator[tuple[float, _Entry]]:
        """Entries that begin with these words, hold words that begin so, or nearly do, each with how well."""
        typed = " ".join(words)
        found: dict[int, float] = {}
        for at in islice(_range(self._whole, typed), _MOST_FOUND):
            found[at] = _EXACT if self._whole[at] == typed else _BEGINS
        for at in islice(self._holding(words), _MOST_FOUND - len(found)):
            found.setdefault(at, _INSIDE)
        if not found:
            for at in islice(self._nearly_holding(words), _MOST_FOUND):
                found.setdefault(at, _SLIP)
        for at, well in found.items():
            # Of two that begin alike, the one that is nearly all typed.
            yield well + 0.1 * len(typed) / max(len(typed), len(self._whole[at])), self._entries[at]

    def _holding(self, words: Sequence[str]) -> Iterator[int]:
        *before, longest = sorted(words, key=len)
        places = (at for word in _range(self._words, longest) for at in self._by_word[self._words[word]])
        for at in islice(places, _MOST_LOOKED_AT):
            if all(f" {other}" in f" {self._whole[at]}" for other in before):
                yield at

    def _nearly_holding(self, words: Sequence[str]) -> Iterator[int]:
        common: set[int] | None = None
        for word in words:
            meant = [self._words[place] for place in islice(_range(self._words, word), _MOST_FOUND)]
            own = {at for other in (meant or self._near(word)) for at in self._by_word[other][:_MOST_LOOKED_AT]}
            common = own if common is None else common & own
        yield from sorted(common or ())

    def _near(self, word: str) -> list[str]:
        slips = slips_allowed(word)
        if not slips:
            return []
        size = len(word)
        begins = [self._words[place] for place in _range(self._words, word[0])]
        likely = [other for other in begins if len(other) >= size - slips]
        if not likely:
            return []
        # What is typed so far against as much of each word: the rest is still to come.
        fewest = np.minimum.reduce(
            [distances(word, [other[:length] for other in likely], slips) for length in (size - 1, size, size + 1)]
        )
        return [likely[at] for at in np.flatnonzero(fewest <= slips)]


def _range(sorted_words: list[str], beginning: str) -> range:
    start = bisect_left(sorted_words, beginning)
    return range(start, bisect_left(sorted_words, beginning + "\x7f", lo=start))


def _terms(taxonomy: Taxonomy, geography: Geography) -> Iterator[_Entry]:
    groups: tuple[tuple[SuggestionKind, Iterable[tuple[str, Text, Iterable[str]]]], ...] = (
        ("need", ((t.id, t.label, (words for _code, words in t.spellings())) for t in taxonomy.needs.values())),
        ("language", ((t.id, t.label, (words for _code, words in t.spellings())) for t in taxonomy.languages.values())),
        ("area", ((a.id, a.name, (*a.name.values(), *a.spellings)) for a in geography.area_names())),
    )
    papers = {fold(words) for _language, words in lexicon().papers.spellings()}
    for kind, things in groups:
        for term_id, label, spellings in things:
            for words in spellings:
                if (folded := fold(words)) and folded not in papers:
                    yield _Entry(folded, kind, term_id, label)


def _names(segment: Segment) -> Iterator[_Entry]:
    for row, record in enumerate(segment.resources):
        if segment.suggestible[row]:
            for name in (record.name, *record.other_names, *record.former_names):
                for words in name.values():
                    if folded := fold(words):
                        yield _Entry(folded, "name", record.id, record.name)


_names_by_segment: "WeakKeyDictionary[Segment, _Entries]" = WeakKeyDictionary()


class Suggester:
    """What can be suggested of the taxonomy and the areas; the names come from the catalogue that is given."""

    def __init__(self, taxonomy: Taxonomy, geography: Geography) -> None:
        self._terms = _Entries(_terms(taxonomy, geography))
        self._papers = sorted(fold(words) for _language, words in lexicon().papers.spellings())

    def suggest(self, text: str, catalogue: Catalogue, language: str = "nl", limit: int = 8) -> tuple[Suggestion, ...]:
        """At most `limit` ways to go on, grouped by kind, the group that fits best first; () when nothing fits."""
        typed, folded = text[:MAX_CHARACTERS].split()[:_MOST_TYPED_WORDS], fold_words(text)[:_MOST_TYPED_WORDS]
        if not folded or self._may_be_papers(folded):
            return ()
        scored: dict[tuple[SuggestionKind, str], tuple[float, str, _Entry]] = {}
        for well, before, entry in (*self._names(folded, catalogue), *self._tails(typed)):
            key = (entry.kind, entry.id)
            if key not in scored or scored[key][0] < well:
                scored[key] = (well, before, entry)
        # Where something begins as was typed, what is only nearly so is noise.
        enough = _SLIP + 0.15 if any(well > _SLIP + 0.15 for well, _before, _entry in scored.values()) else 0.0
        best = [
            (well, Suggestion(entry.kind, entry.id, before + entry.label.best(language)[1]))
            for well, before, entry in scored.values()
            if well >= enough
        ]
        best.sort(key=lambda pair: (-pair[0], _GROUPS.index(pair[1].kind), pair[1].words, pair[1].id))
        return _grouped(best, limit)

    def _may_be_papers(self, words: list[str]) -> bool:
        """Whether somebody is typing a word about residence status: then nothing is suggested, to anybody."""
        for count in range(1, min(len(words), _LONGEST_TAIL_WORDS) + 1):
            tail = " ".join(words[-count:])
            begun = _range(self._papers, tail) if len(tail) >= _SHORTEST_PAPERS else range(0)
            # "zonder" may become "zonder afspraak"; "zonder pap" may not.
            if begun and (count > 1 or " " not in self._papers[begun[0]]):
                return True
        return False

    def _names(self, words: Sequence[str], catalogue: Catalogue) -> Iterator[tuple[float, str, _Entry]]:
        for segment, gone in catalogue.segments:
            if segment not in _names_by_segment:
                _names_by_segment[segment] = _Entries(_names(segment))
            for well, entry in _names_by_segment[segment].find(words):
                if entry.id not in gone:
                    yield well, "", entry

    def _tails(self, typed: Sequence[str]) -> Iterator[tuple[float, str, _Entry]]:
        """Needs, areas and languages by the last words typed; what was typed before stays in front."""
        for count in range(min(len(typed), _LONGEST_TAIL_WORDS), 0, -1):
            tail = fold_words(" ".join(typed[-count:]))
            if not tail or all(word in lexicon().little for word in tail):
                continue
            # A little word in front belongs to it only when that is how it begins: "aide aux dev".
            least = _BEGINS if tail[0] in lexicon().little else 0.0
            before = "".join(f"{word} " for word in typed[:-count])
            found = [(well, entry) for well, entry in self._terms.find(tail) if well >= least]
            yield from ((well - 0.01 * (len(typed) - count), before, entry) for well, entry in found)
            if found:
                return


def _grouped(best: list[tuple[float, Suggestion]], limit: int) -> tuple[Suggestion, ...]:
    """The best of each kind together, no kind taking all the room while another has something."""
    kinds = list(dict.fromkeys(suggestion.kind for _well, suggestion in best))
    room = max(1, limit // 2) if len(kinds) > 1 else limit
    groups = {kind: [one for _well, one in best if one.kind == kind] for kind in kinds}
    taken = {kind: group[:room] for kind, group in groups.items()}
    for kind in kinds:
        left = limit - sum(map(len, taken.values()))
        taken[kind] += groups[kind][len(taken[kind]) : len(taken[kind]) + max(0, left)]
    return tuple([one for kind in kinds for one in taken[kind]][:limit])


def did_you_mean(text: str, relaxed: Sequence[Part], catalogue: Catalogue, phrasebook: Phrasebook) -> str | None:
    """The text with words that nothing answers replaced by the nearest known ones; None when nothing is near.

    A word that search understands is never replaced: "gratis" does not become "grains".
    """
    better = text[:MAX_CHARACTERS]
    unknown = [part for part in relaxed if part.kind == "words" and not part.id][:_MOST_UNKNOWN]
    # From the end, so that the places of the others stay right.
    for part in sorted(unknown, key=lambda part: -part.start):
        if " " not in part.words and part.words not in phrasebook.words:
            nearest = _nearest(part.words, catalogue)
            if nearest is not None:
                better = better[: part.start] + nearest + better[part.end :]
    return " ".join(better.split()) if better != text[:MAX_CHARACTERS] else None


def _nearest(word: str, catalogue: Catalogue) -> str | None:
    slips = slips_allowed(word) + _ONE_MORE
    if len(word) < 4 or word.isdigit():
        return None
    if any(shelf.place(word) is not None for shelf in catalogue.shelves):
        return None  # rightly spelt, only not with the rest of what was asked
    best: tuple[float, str] | None = None
    for shelf in catalogue.shelves:
        for place in shelf.words.spelling.match(word)["place"].tolist():
            other = shelf.words.vocabulary[place]
            if other != word and abs(len(other) - len(word)) <= slips and shelf.would_answer(place):
                likeness = similarity(word, other)
                if likeness >= (_ALIKE if len(word) > _SHORT_LETTERS else _ALIKE_SHORT) and (
                    best is None or (likeness, best[1]) > (best[0], other)
                ):
                    best = (likeness, other)
    return best[1] if best else None
