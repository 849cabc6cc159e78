"""From a query to the resources that answer it, best first, with the reason for each.

Words that together are a name some record has are answered by the words alone; else every piece of the query is a
demand (demands.py), beside what goes by the very words that were typed.
"""

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapper.catalogue import Catalogue, Segment
from mapper.model import Point, Reason, Resource
from mapper.search.demands import Demand, filter_demands, keeps, known_parts, relax, says_nothing, text_demands
from mapper.search.gazetteer import Gazetteer, gazetteer
from mapper.search.query import Part, Phrasebook, Query, Reading, read
from mapper.search.ranking import Kept, Ranked, rank, spot
from mapper.search.suggest import did_you_mean
from mapper.search.words import Answered, answers
from mapper.spelling import Floats
from mapper.words import NOTHING, Answers, Rows, Shelf

#: Near enough to be told as a reason: half an hour on foot at most.
_CLOSE_M = 2_000.0
_READY_WEIGHT, _NAMED_TOO_WEIGHT = 0.05, np.float32(0.1)
#: Enough to part equals, and nothing else.
_SPOKEN_WEIGHT = np.float32(0.001)
#: Of two names that are alike, that of whom can be reached comes first; a better name is never passed over for it.
_READY_AMONG_NAMES = np.float32(0.005)
#: From this score on a record goes by the very words that were typed, whatever else they may mean.
_SURELY_NAMED = 0.8
#: So much of what was typed stands in one name that it was meant, even with some slips in it.
_WHOLLY_NAMED, _NAMED_WITH_SLIPS = 0.7, 0.49
#: A record that holds so much of the question holds more than the one word that fits nothing else.
_HELD = 0.86
#: Below this likeness (to the square, see loops/answering.py) one asks "did you mean".
_DOUBTFUL = 0.7


class Hit(NamedTuple):
    """One answer. `distance_m` is in metres as the crow flies, None where either place is not known."""

    resource: Resource
    score: float
    distance_m: float | None
    reasons: tuple[Reason, ...]


class Results(NamedTuple):
    """The answers on this page and what is true of all of them.

    `relaxed` holds what was left out because nothing answered all of it; `areas` the neighbourhoods that the
    words named. `ids`, `lons`, `lats` are those of every answer, best first, for the map (NaN: no point).
    """

    query: Query
    hits: tuple[Hit, ...]
    total: int
    understood: tuple[Part, ...]
    relaxed: tuple[Part, ...]
    areas: tuple[str, ...]
    did_you_mean: str | None
    ranked: Ranked

    @property
    def ids(self) -> NDArray[np.object_]:
        return self.ranked.column("ids")

    @property
    def lons(self) -> NDArray[np.float64]:
        return self.ranked.column("lons")

    @property
    def lats(self) -> NDArray[np.float64]:
        return self.ranked.column("lats")


def find(
    query: Query,
    catalogue: Catalogue,
    phrasebook: Phrasebook,
    now: dt.datetime,
    *,
    papers: bool = False,
) -> Results:
    """The resources that answer a query, best first.

    A word matches in any language of a record, ignoring accents, script and small misspellings. Of two equal matches
    that comes first where `query.reader_language` is spoken; with `query.near` (lon, lat) the closer one. An empty
    query lists everything. Words about residence status count only with `papers`: for whom may know whether papers
    are asked.
    """
    inventory = gazetteer(catalogue)
    reading = read(query.text, phrasebook, inventory, papers=papers)
    filters = filter_demands(query, catalogue, now)
    typed = [word for piece in reading.pieces for word in piece[-1].words.split()]
    shelves = _shelves(query, catalogue, filters)
    asked = answers(shelves, typed, reading.little, reading.last, phrase=reading.phrase)
    words = ""
    is_a_name = _is_a_name(reading, asked)
    if not is_a_name:
        demands, relaxed, kept = _demanded(reading, asked, filters, catalogue, inventory, phrasebook, now)
        is_a_name = _is_rather_a_name(reading, asked, relaxed)
    if is_a_name:
        known, unknown = known_parts(reading.pieces, asked)
        words = " ".join([part.words for part in known])
        demands, relaxed = filters, [Demand(part, (), [], 0.0, (part,)) for part in unknown]
        kept = _named(asked, catalogue, filters)
    if query.reader_language:
        _prefer_spoken(query.reader_language, catalogue, kept)
    instead = _near_what_was_left_out(relaxed, inventory, catalogue) if relaxed and query.near is None else None
    ranked = rank(query, catalogue, kept, instead)
    left_out = tuple([part for demand in relaxed for part in demand.parts])
    doubted = (*left_out, *_doubtful(reading, asked))
    return Results(
        query=query,
        hits=_hits(catalogue, demands, words, ranked.page(query.offset, query.limit)),
        total=len(ranked),
        understood=tuple([part for demand in demands for part in demand.meanings if part.kind != "words"]),
        relaxed=left_out,
        areas=_areas(query, demands, catalogue),
        did_you_mean=did_you_mean(query.text, doubted, catalogue, phrasebook) if doubted else None,
        ranked=ranked,
    )


def _shelves(query: Query, catalogue: Catalogue, filters: list[Demand]) -> Sequence[Shelf]:
    """The words of the catalogue, asked only of what passes the filters, the near before the far."""
    if not filters and query.near is None:
        return catalogue.shelves
    found = []
    for at, (shelf, (segment, _gone)) in enumerate(zip(catalogue.shelves, catalogue.segments, strict=True)):
        near = None if query.near is None else spot(segment, query.near)
        found.append(shelf._replace(keep=keeps(filters, at, shelf) if filters else shelf.keep, spot=near))
    return found


def _is_a_name(reading: Reading, asked: Answered) -> bool:
    """Whether the words are plain ones, or together those of a name that some record has."""
    best = asked.best()
    plain = sum([len(piece) == 1 for piece in reading.pieces])
    if plain == len(reading.pieces):
        return best > 0
    return plain > 0 and best >= _WHOLLY_NAMED and asked.sure >= _NAMED_WITH_SLIPS and _all_said(reading, asked)


def _is_rather_a_name(reading: Reading, asked: Answered, relaxed: list[Demand]) -> bool:
    """Whether a meaning was had only by leaving out words that stand, with others of the text, in some record."""
    left_out = [part for demand in relaxed for part in demand.parts if part.kind == "words"]
    found = [part for part in left_out if any(asked.likeness.get(word, 0) >= _DOUBTFUL for word in part.words.split())]
    return bool(found) and asked.held >= _HELD and asked.sure >= _NAMED_WITH_SLIPS and _all_said(reading, asked)


def _all_said(reading: Reading, asked: Answered) -> bool:
    """Whether the words that mean something stand in records too: "gratis" beside a name is a limit, not its words."""
    said = [word for piece in reading.pieces if len(piece) > 1 for word in piece[-1].words.split()]
    return all(map(asked.likeness.get, said))


def _named(asked: Answered, catalogue: Catalogue, filters: list[Demand]) -> list[Kept]:
    """What the words answer is the answer, and no column as long as the inventory is needed."""
    kept = []
    for at, (answer, (segment, _gone)) in enumerate(zip(asked.shelves, catalogue.segments, strict=True)):
        scores = answer.scores * np.float32(asked.sure) + _READY_AMONG_NAMES * segment.readiness[answer.rows]
        for demand in filters:
            scores += demand.of(at, answer.rows)
        kept.append(Kept(answer.rows, scores))
    return kept


def _demanded(
    reading: Reading,
    asked: Answered,
    filters: list[Demand],
    catalogue: Catalogue,
    inventory: Gazetteer,
    phrasebook: Phrasebook,
    now: dt.datetime,
) -> tuple[list[Demand], list[Demand], list[Kept]]:
    """The demands that something answers, those left out for it, and what answers."""
    from_text = text_demands(reading, catalogue, inventory, phrasebook, now)
    demands, relaxed = relax(from_text + filters, catalogue)
    nothing_left = says_nothing(demands, relaxed)
    kept = []
    for at, ((segment, _gone), shelf) in enumerate(zip(catalogue.segments, catalogue.shelves, strict=True)):
        rows = NOTHING.rows if nothing_left else np.flatnonzero(keeps(demands, at, shelf)).astype(np.int32)
        scores = _READY_WEIGHT * segment.readiness[rows]
        for demand in demands:
            scores += demand.of(at, rows)
        _prefer_named(asked.shelves[at], rows, scores)
        kept.append(Kept(rows, scores))
    left_a_filter = any(demand in filters for demand in relaxed)
    if asked.sure >= _SURELY_NAMED and not left_a_filter and _all_said(reading, asked):
        kept = [
            _with_named(own, named, asked.sure, len(from_text), segment)
            for own, named, (segment, _gone) in zip(kept, asked.shelves, catalogue.segments, strict=True)
        ]
    return demands, relaxed, kept


def _prefer_named(named: Answers, rows: Rows, scores: Floats) -> None:
    """Of those who answer alike, what goes by the typed words first: by the little ones and the last beginning too."""
    places = np.searchsorted(rows, named.rows)
    here = places < len(rows)
    here[here] = rows[places[here]] == named.rows[here]
    scores[places[here]] += _NAMED_TOO_WEIGHT * named.scores[here]


def _prefer_spoken(language: str, catalogue: Catalogue, kept: list[Kept]) -> None:
    for own, (segment, _gone) in zip(kept, catalogue.segments, strict=True):
        own.scores[segment.speaks(language)[own.rows]] += _SPOKEN_WEIGHT


def _with_named(own: Kept, named: Answers, sure: float, count: int, segment: Segment) -> Kept:
    """What was understood, and beside it what goes by the very words that were typed."""
    # As good as answering all of what was understood, and a little better.
    scores = named.scores * np.float32(sure)
    well = (scores >= _SURELY_NAMED).nonzero()[0]
    if not len(well):
        return own
    rows = named.rows[well]
    scores = scores[well] * np.float32(max(1, count)) + _READY_WEIGHT * segment.readiness[rows]
    every = np.zeros(len(segment), np.float32)
    every[own.rows] = own.scores
    every[rows] = np.maximum(every[rows], scores)
    found = np.union1d(own.rows, rows)
    return Kept(found, every[found])


def _doubtful(reading: Reading, asked: Answered) -> list[Part]:
    """Plain words that were found only by more slips than one forgives without asking."""
    return [
        piece[-1]
        for piece in reading.pieces
        if len(piece) == 1 and 0 < asked.likeness.get(word := piece[-1].words, 1.0) < _DOUBTFUL and len(word) < 8
    ]


def _near_what_was_left_out(relaxed: list[Demand], inventory: Gazetteer, catalogue: Catalogue) -> Point | None:
    """The middle of the place that had to be left out: what is nearest to it comes first."""
    for part in (part for demand in relaxed for part in (demand.part, *demand.meanings)):
        points: tuple[Point, ...] = ()
        if part.kind == "street":
            points = tuple(inventory.points_of(part.id))
        elif part.kind == "area":
            points = catalogue.geography.points_of(part.id)
        if points:
            return Point(sum(point.lon for point in points) / len(points), sum(p.lat for p in points) / len(points))
    return None


def _hits(
    catalogue: Catalogue, demands: list[Demand], words: str, places: Iterable[tuple[int, int, float, float]]
) -> tuple[Hit, ...]:
    said = [
        (demand, f"matches_{demand.part.kind}", {"id": demand.part.id, "words": demand.part.words})
        for demand in demands
    ]
    as_typed = {"id": "", "words": words}
    hits = []
    for at, row, score, distance_m in places:
        reasons: tuple[Reason, ...] = (Reason("matches_words", score, as_typed),) if words else ()
        if said:
            reasons += tuple([Reason(code, float(demand.of(at, row)), data) for demand, code, data in said])
        if distance_m <= _CLOSE_M:
            reasons += (Reason("near", 0.0, {"metres": 10 * round(distance_m / 10)}),)
        known = distance_m if distance_m < math.inf else None
        hits.append(Hit(catalogue.record(at, row), score, known, reasons))
    return tuple(hits)


def _areas(query: Query, demands: list[Demand], catalogue: Catalogue) -> tuple[str, ...]:
    named = [part.id for demand in demands for part in demand.meanings if part.kind == "area"]
    if query.area:
        named.append(query.area)
    return tuple(dict.fromkeys([area for name in named for area in catalogue.geography.neighbourhoods_in(name)]))
