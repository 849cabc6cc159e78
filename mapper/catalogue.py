"""An immutable snapshot of the inventory with its indexes; every read is answered from one.

There are two: *public* and *professional*. Code that serves a resident is handed the public one, and what
is not public is not in it. A snapshot is a large segment that never changes and a small one with what
changed since, so that one new record costs milliseconds and not a rebuild.
"""

import gc
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from mapper.geography import Geography
from mapper.model import Answer, Link, Point, Resource
from mapper.taxonomy import Taxonomy
from mapper.text import fold
from mapper.words import Fields, Shelf, WordIndex, rarity, shares

Rows = NDArray[np.int32]

#: How many changed records the small segment may hold before everything is indexed anew.
_RECENT_MAX = 512
#: So much of a name decides the order of equals.
_SORTED_CHARACTERS = 32

#: What a word is worth by where it stands: names first, then what can be done there, then the rest.
NAME, OTHER_NAME, OFFER, SUMMARY, TERM, DESCRIPTION = 1.0, 0.97, 0.7, 0.5, 0.4, 0.25

#: Told in the past, closed or moved into another record: can be read about, is never suggested.
NEVER_SUGGESTED = ("historical", "closed", "merged")

_ANSWERS: dict[Answer, int] = {"yes": 1, "no": 0, "unknown": -1}


def public_view(resource: Resource) -> Resource:
    """The record as everyone may see it.

    Whether papers are asked is left out unless the group wants it said; numbers in other registers help nobody.
    """
    thresholds = resource.thresholds
    if not thresholds.papers_public:
        thresholds = msgspec.structs.replace(thresholds, papers_asked="unknown")
    return msgspec.structs.replace(resource, thresholds=thresholds, origins=())


def _add_words(fields: Fields, record: Resource) -> None:
    """Gathers the texts of a record by what a word is worth there. What is no name is joined: its order is nothing."""
    fields.names(record.name.values(), NAME)
    for other in (*record.former_names, *record.other_names):
        fields.names(other.values(), OTHER_NAME)
    summary = [*record.summary.values()]
    if record.place.address:
        summary += record.place.address.street.values()
    description = [*record.description.values()]
    for offer in record.offers:
        fields.text(" ".join(offer.name.values()), OFFER)
        description += offer.description.values()
    for texts, worth in ((summary, SUMMARY), (description, DESCRIPTION)):
        if texts:
            fields.text(" ".join(texts), worth)


@contextmanager
def no_looking_for_cycles() -> Iterator[None]:
    """Building makes millions of lists that hold no cycle; looking for some meanwhile takes longer than building."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Segment:
    """Records in columns. Built once, never changed."""

    def __init__(self, resources: Iterable[Resource], geography: Geography, taxonomy: Taxonomy) -> None:
        with no_looking_for_cycles():
            self._index(resources, geography, taxonomy)

    def _index(self, resources: Iterable[Resource], geography: Geography, taxonomy: Taxonomy) -> None:
        # Links are kept apart: Catalogue hands out only those whose other end may be seen.
        records = list(resources)
        self.links = {record.id: record.links for record in records if record.links}
        self.resources = [msgspec.structs.replace(record, links=()) if record.links else record for record in records]
        self.merged_into = {record.id: record.merged_into for record in records if record.merged_into}
        self.row_of = {record.id: row for row, record in enumerate(records)}
        self._index_places(geography)
        self._index_terms()
        self._taxonomy = taxonomy
        self.suggestible = np.array([record.status not in NEVER_SUGGESTED for record in records], dtype=bool)
        self.readiness = np.array([_readiness(record) for record in records], dtype=np.float32)
        self.ids = np.array([record.id for record in records], dtype=object)
        self._index_order()
        self.free = self._answers(is_free(record) for record in records)
        self.wheelchair = self._answers(record.thresholds.wheelchair for record in records)
        self.outreach = self._answers(record.outreach for record in records)

    def __len__(self) -> int:
        return len(self.resources)

    @cached_property
    def words(self) -> WordIndex:
        """Its words, indexed when somebody first searches."""
        with no_looking_for_cycles():
            return self._index_words(self._taxonomy)

    def speaks(self, language: str) -> NDArray[np.bool_]:
        """Which records speak this language (primary code)."""
        if language not in self._speaking:
            spoken = np.zeros(len(self), bool)
            spoken[self.by_language.get(language, [])] = True
            self._speaking[language] = spoken
        return self._speaking[language]

    @staticmethod
    def _answers(answers: Iterable[Answer]) -> NDArray[np.int8]:
        return np.fromiter((_ANSWERS[answer] for answer in answers), np.int8)

    def _index_words(self, taxonomy: Taxonomy) -> WordIndex:
        # Each label is one token, as it is read for many records; it falls apart when it is folded.
        labels = {
            term.id: "_".join(" ".join(term.label.values()).split())
            for group in (taxonomy.kinds, taxonomy.needs, taxonomy.communities)
            for term in group.values()
        }
        fields = Fields()
        for record in self.resources:
            _add_words(fields, record)
            terms = (record.kind, *needs_of(record), *record.audience.communities)
            fields.text(" ".join([labels[term] for term in terms if term in labels]), TERM)
            fields.end_record()
        return WordIndex(fields)

    def _index_order(self) -> None:
        """By name, then by id: how equals are ordered."""
        names = [fold(record.name.best()[1][:_SORTED_CHARACTERS]) for record in self.resources]
        self.sort_keys = list(zip(names, self.row_of, strict=True))
        self.rows_in_order = sorted(range(len(names)), key=self.sort_keys.__getitem__)
        self.order = np.empty(len(names), np.float64)
        self.order[self.rows_in_order] = np.arange(len(names))

    def order_among(self, base: "Segment") -> NDArray[np.float64]:
        """The order of these rows among those of another segment."""
        places = [bisect_left(base.rows_in_order, key, key=base.sort_keys.__getitem__) - 0.5 for key in self.sort_keys]
        return np.array(places) + self.order / (2 * len(self) + 2)

    def _index_places(self, geography: Geography) -> None:
        points = [geography.point_of(record.place) for record in self.resources]
        self.lons = np.array([point.lon if point else np.nan for point in points], dtype=np.float64)
        self.lats = np.array([point.lat if point else np.nan for point in points], dtype=np.float64)
        located = geography.areas_of_all([record.place for record in self.resources])
        self.by_area = _rows_by(
            (*areas, *record.service_area) for areas, record in zip(located, self.resources, strict=True)
        )

    def _index_terms(self) -> None:
        self.by_need = _rows_by(map(needs_of, self.resources))
        self.by_kind = _rows_by((record.kind,) for record in self.resources)
        self.by_language = _rows_by(map(languages_of, self.resources))
        self._speaking: dict[str, NDArray[np.bool_]] = {}
        self.by_community = _rows_by(record.audience.communities for record in self.resources)


def needs_of(resource: Resource) -> tuple[str, ...]:
    """The needs a resource answers, those of its offers included, each once."""
    if not resource.offers:
        return resource.needs
    return tuple(dict.fromkeys((*resource.needs, *(need for offer in resource.offers for need in offer.needs))))


def languages_of(resource: Resource) -> tuple[str, ...]:
    """The languages spoken there, in its offers included, as primary codes ("nl", not "nl-BE"), each once."""
    spoken = [*resource.languages]
    for offer in resource.offers:
        spoken += offer.languages
    return tuple(dict.fromkeys([language.code.split("-")[0] for language in spoken]))


def is_free(resource: Resource) -> Answer:
    """Whether something can be had there for nothing: the house itself, else any of its offers."""
    if resource.thresholds.free != "unknown":
        return resource.thresholds.free
    return "yes" if any(offer.free == "yes" for offer in resource.offers) else "unknown"


def _readiness(resource: Resource) -> float:
    """How ready a record is to help somebody, 0 to 1: checked, explained, and with a way to reach it.

    Only orders what is otherwise equal. Being volunteer-run or silent costs nothing (study: groups are not
    to be punished for an old record).
    """
    explained = bool(resource.summary) + bool(resource.needs or resource.offers)
    reachable = bool(resource.contacts) + (resource.place.precision != "contact_only")
    return (explained + reachable + (resource.status == "active")) / 5


def _rows_by(ids_by_row: Iterable[Collection[str]]) -> dict[str, Rows]:
    found: dict[str, list[int]] = defaultdict(list)
    for row, ids in enumerate(ids_by_row):
        for term_id in ids if len(ids) < 2 else set(ids):
            found[term_id].append(row)
    return {term_id: np.array(rows, dtype=np.int32) for term_id, rows in found.items()}


class Catalogue:
    """What one kind of reader may see, at one revision. Immutable: `with_changes` gives a new one."""

    def __init__(
        self, resources: Iterable[Resource], geography: Geography, taxonomy: Taxonomy, revision: int = 0
    ) -> None:
        self._set(Segment(resources, geography, taxonomy), None, frozenset(), geography, taxonomy, revision)

    def _set(
        self,
        base: Segment,
        recent: "Segment | None",
        gone: frozenset[str],
        geography: Geography,
        taxonomy: Taxonomy,
        revision: int,
    ) -> None:
        self._base, self._recent, self._gone = base, recent, gone
        self._gone_rows = np.array([base.row_of[one] for one in gone if one in base.row_of], dtype=np.int64)
        self.geography, self.taxonomy, self.revision = geography, taxonomy, revision

    @property
    def segments(self) -> tuple[tuple[Segment, frozenset[str]], ...]:
        """The segments to look through, each with the ids in it that count no longer."""
        if self._recent is None:
            return ((self._base, self._gone),)
        return ((self._base, self._gone), (self._recent, frozenset()))

    @cached_property
    def shelves(self) -> tuple[Shelf, ...]:
        """The segments as their words are asked: a word is as rare as it is in all that is here."""
        counts = self._base.words.counts - self._base.words.counts_in(self._gone_rows)
        keep = self._base.suggestible.copy()
        keep[self._gone_rows] = False
        parts = [(self._base, counts, counts, keep, self._base.order)]
        if self._recent is not None:
            small, large = self._recent.words, self._base.words
            recent_counts = small.counts.copy()
            shared = [(here, large.spelling.place_of.get(word, -1)) for here, word in enumerate(small.vocabulary)]
            here, there = np.array([pair for pair in shared if pair[1] >= 0], np.int64).reshape(-1, 2).T
            recent_counts[here] += counts[there]
            counts[there] = recent_counts[here]
            told_here = recent_counts.copy()
            told_here[here] = 0
            order = self._recent.order_among(self._base)
            parts.append((self._recent, recent_counts, told_here, self._recent.suggestible, order))
        return tuple(
            Shelf(segment.words, rarity(of_word, len(self)), shares(told, len(self)), may_answer, order)
            for segment, of_word, told, may_answer, order in parts
        )

    def _locate(self, resource_id: str) -> tuple[Segment, int] | None:
        if self._recent is not None and resource_id in self._recent.row_of:
            return self._recent, self._recent.row_of[resource_id]
        if resource_id in self._gone or resource_id not in self._base.row_of:
            return None
        return self._base, self._base.row_of[resource_id]

    def __contains__(self, resource_id: str) -> bool:
        return self._locate(resource_id) is not None

    def __len__(self) -> int:
        return len(self._base) - len(self._gone) + (len(self._recent) if self._recent else 0)

    def __iter__(self) -> Iterator[Resource]:
        for segment, gone in self.segments:
            for record in segment.resources:
                if record.id not in gone:
                    yield self._with_links(segment, record)

    def get(self, resource_id: str) -> Resource | None:
        """The record, with only those links whose other end is in this catalogue too; None when it is not here."""
        located = self._locate(resource_id)
        if located is None:
            return None
        segment, row = located
        return self._with_links(segment, segment.resources[row])

    def record(self, at: int, row: int) -> Resource:
        """The record in a row of a segment, as `get` gives it."""
        segment = self._recent if at and self._recent is not None else self._base
        return self._with_links(segment, segment.resources[row])

    def _with_links(self, segment: Segment, record: Resource) -> Resource:
        if record.id not in segment.links and not record.merged_into:
            return record
        links = self._links_of(segment, record.id)
        merged_away = record.merged_into and record.merged_into not in self
        if merged_away:
            return msgspec.structs.replace(record, links=links, status="closed", merged_into="")
        return msgspec.structs.replace(record, links=links) if links else record

    def _links_of(self, segment: Segment, record_id: str) -> tuple[Link, ...]:
        """The links whose other end is here; those to a merged record lead to the one it was merged into."""
        found: dict[Link, None] = {}
        for link in segment.links.get(record_id, ()):
            target = self.standing_for(link.to)
            if target is not None and target != record_id:
                found[link if target == link.to else msgspec.structs.replace(link, to=target)] = None
        return tuple(found)

    def standing_for(self, record_id: str) -> str | None:
        """The id of the record that stands for this one now; None when it is not here."""
        located = self._locate(record_id)
        if located is None:
            return None
        passed: set[str] = set()
        # Two that were merged into each other lead round in a circle: the walk ends where it comes back.
        while (target := located[0].merged_into.get(record_id)) and record_id not in passed:
            passed.add(record_id)
            located = self._locate(target)
            if located is None:
                break
            record_id = target
        return record_id

    def links_to(self, resource_id: str) -> tuple[tuple[Resource, Link], ...]:
        """Who links to a record, with the link; nobody, as far as this reader goes, when it is not here."""
        if resource_id not in self:
            return ()
        found = []
        for source_id, link in self._links_by_target.get(resource_id, ()):
            source = self.get(source_id)
            if source is not None:
                found.append((source, link))
        return tuple(found)

    @cached_property
    def _links_by_target(self) -> dict[str, list[tuple[str, Link]]]:
        found: dict[str, list[tuple[str, Link]]] = defaultdict(list)
        with no_looking_for_cycles():
            for segment, gone in self.segments:
                for source_id in segment.links:
                    # What a merged record said of others is said by the one that stays.
                    if source_id not in gone and source_id not in segment.merged_into:
                        for link in self._links_of(segment, source_id):
                            found[link.to].append((source_id, link))
        return found

    def point_of(self, resource: Resource) -> Point | None:
        """The point that may be shown for a record."""
        return self.geography.point_of(resource.place)

    def with_changes(self, changed: Mapping[str, Resource | None], revision: int) -> "Catalogue":
        """A catalogue in which these records are as given, or gone where None. The old one stays as it was."""
        recent = {record.id: record for record in (self._recent.resources if self._recent else ())}
        if self._recent is not None:
            recent = {
                record_id: msgspec.structs.replace(record, links=self._recent.links.get(record_id, ()))
                for record_id, record in recent.items()
            }
        for record_id, record in changed.items():
            if record is None:
                recent.pop(record_id, None)
            else:
                recent[record_id] = record
        gone = self._gone | {record_id for record_id in changed if record_id in self._base.row_of}
        fresh = Catalogue.__new__(Catalogue)
        if len(recent) > _RECENT_MAX:
            kept = (
                msgspec.structs.replace(record, links=self._base.links.get(record.id, ()))
                for record in self._base.resources
                if record.id not in gone
            )
            everything = Segment([*kept, *recent.values()], self.geography, self.taxonomy)
            fresh._set(everything, None, frozenset(), self.geography, self.taxonomy, revision)
        else:
            small = Segment(recent.values(), self.geography, self.taxonomy) if recent else None
            fresh._set(self._base, small, gone, self.geography, self.taxonomy, revision)
        return fresh
