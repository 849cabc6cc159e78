"""From a query to the resources that answer it, best first, with the reason for each.

Every piece of the query gives each record a score; a record has to answer all pieces. When none does, the
least certain piece or filter is left out and that is said, so that nobody meets a dead end.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapper.catalogue import OFFER, Catalogue, Segment
from mapper.model import Point, Reason, Resource
from mapper.search.gazetteer import Gazetteer
from mapper.search.limits import certainty, limit_scores
from mapper.search.query import Part, Phrasebook, Query, read
from mapper.search.ranking import Kept, rank, spot
from mapper.search.suggest import did_you_mean
from mapper.search.words import Answered, answers
from mapper.words import Answers, Shelf

Scores = NDArray[np.float32]

#: Near enough to be told as a reason: half an hour on foot at most.
_CLOSE_M = 2_000.0
_READY_WEIGHT, _SAID_WEIGHT = 0.05, 0.1
_MEANING_WEIGHT, _OTHER_WORDS_WEIGHT, _THEME_WEIGHT = 0.8, 0.6, 0.3
#: From this score on a record goes by the very words that were typed, whatever else they may mean.
_SURELY_NAMED = 0.8
#: Of two names that are alike, that of whom can be reached comes first; a better name is never passed over for it.
_READY_AMONG_NAMES = 0.005
#: So much of what was typed stands in one name that it was meant, even with some slips in it.
_WHOLLY_NAMED, _NAMED_WITH_SLIPS = 0.75, 0.5
#: Words that mean something are looked for in names with hardly a slip.
_SAID_NEARLY, _SAID_EXACTLY, _SAID_IN_A_NAME = 0.7, 0.95, 1.3
#: Below this likeness (a power, see words.py) one asks "did you mean".
_DOUBTFUL = 0.7


class Hit(NamedTuple):
    """One answer. `distance_m` is in metres as the crow flies, None where either place is not known."""

    resource: Resource
    score: float
    distance_m: float | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Results:
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
    ids: NDArray[np.object_]
    lons: NDArray[np.float64]
    lats: NDArray[np.float64]


@dataclass
class _Demand:
    """One thing asked for: words of the text or a ticked filter. Scores per segment; 0 answers nothing.

    `parts` are what is left out together when nothing answers it.
    """

    part: Part
    meanings: tuple[Part, ...]
    scores: list[Scores]
    certainty: float
    parts: tuple[Part, ...]

    def answers(self) -> int:
        return int(sum((scores > 0).sum() for scores in self.scores))


def find(
    query: Query,
    catalogue: Catalogue,
    phrasebook: Phrasebook,
    now: dt.datetime,
    languages: tuple[str, ...] = (),
    *,
    papers: bool = False,
) -> Results:
    """The resources that answer a query, best first.

    A word matches in any language of a record, ignoring accents, script and small misspellings. With
    `query.near` (lon, lat) the closer of two equal matches wins. An empty query lists everything. Words about
    residence status count only with `papers`: for whom may know whether papers are asked.
    """
    inventory = Gazetteer(catalogue)
    pieces, little, last = read(query.text, phrasebook, inventory, papers=papers)
    filters = _filter_demands(query, catalogue, now)
    shelves = _shelves(query, catalogue, filters)
    asked = answers(shelves, [word for piece in pieces for word in piece[-1].words.split()], little, last)
    demands, relaxed = filters, list[_Demand]()
    if _is_a_name(pieces, asked):
        # What the words answer is the answer, and no column as long as the inventory is needed.
        kept = [Kept(answer.rows, answer.scores * np.float32(asked.sure)) for answer in asked.shelves]
        known, unknown = _known(pieces, asked)
        words = " ".join(part.words for part in known)
        relaxed = [_Demand(part, (), [], 0.0, (part,)) for part in unknown]
        kept = [
            Kept(rows, sum((demand.scores[at][rows] for demand in filters), scores + _READY_AMONG_NAMES * ready[rows]))
            for at, ((rows, scores), ready) in enumerate(
                zip(kept, (segment.readiness for segment, _gone in catalogue.segments), strict=True)
            )
        ]
    else:
        words = ""
        demands = _text_demands(pieces, catalogue, inventory, phrasebook, now, last)
        text_count = len(demands)
        demands, relaxed = _relax(demands + filters, catalogue)
        nothing_left = _says_nothing(demands, relaxed)
        kept = [_sum(demands, at, segment, gone, nothing_left) for at, (segment, gone) in enumerate(catalogue.segments)]
        left_a_filter = any(demand in filters for demand in relaxed)
        if asked.sure >= _SURELY_NAMED and not left_a_filter and _all_said(pieces, asked):
            kept = [
                _with_named(own, named, asked.sure, text_count, segment)
                for own, named, (segment, _gone) in zip(kept, asked.shelves, catalogue.segments, strict=True)
            ]
    ranked = rank(
        query, catalogue, kept, None if query.near else _near_what_was_left_out(relaxed, inventory, catalogue)
    )
    page = slice(query.offset, query.offset + query.limit)
    hits = tuple(
        _hit(catalogue, demands, words, int(at), int(row), float(score), float(distance))
        for at, row, score, distance in zip(
            ranked.segments[page], ranked.rows[page], ranked.scores[page], ranked.distances_m[page], strict=True
        )
    )
    left_out = tuple(part for demand in relaxed for part in demand.parts)
    return Results(
        query=query,
        hits=hits,
        total=len(ranked.rows),
        understood=tuple(part for demand in demands for part in demand.meanings if part.kind != "words"),
        relaxed=left_out,
        areas=_areas(query, demands, catalogue),
        did_you_mean=did_you_mean(query.text, (*left_out, *_doubtful(pieces, asked)), catalogue, phrasebook),
        ids=ranked.ids,
        lons=ranked.lons,
        lats=ranked.lats,
    )


def _shelves(query: Query, catalogue: Catalogue, filters: list[_Demand]) -> list[Shelf]:
    """The words of the catalogue, asked only of what passes the filters, the near before the far."""
    found = []
    for at, (shelf, (segment, _gone)) in enumerate(zip(catalogue.shelves, catalogue.segments, strict=True)):
        if filters:
            keep = shelf.keep.copy()
            for demand in filters:
                keep &= demand.scores[at] > 0
            shelf = shelf._replace(keep=keep)
        if query.near is not None:
            shelf = shelf._replace(spot=spot(segment, query.near))
        found.append(shelf)
    return found


def _is_a_name(pieces: tuple[tuple[Part, ...], ...], asked: Answered) -> bool:
    """Whether the words are plain ones, or together those of a name that some record has."""
    best = max((float(answer.scores.max()) for answer in asked.shelves if len(answer.rows)), default=0.0)
    plain = sum(len(piece) == 1 for piece in pieces)
    if plain == len(pieces):
        return best > 0
    return plain > 0 and best >= _WHOLLY_NAMED and asked.sure >= _NAMED_WITH_SLIPS and _all_said(pieces, asked)


def _all_said(pieces: tuple[tuple[Part, ...], ...], asked: Answered) -> bool:
    """Whether the words that mean something stand in records too: "gratis" beside a name is a limit, not its words."""
    return all(asked.likeness.get(word) for piece in pieces if len(piece) > 1 for word in piece[-1].words.split())


def _known(pieces: tuple[tuple[Part, ...], ...], asked: Answered) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The plain parts that hold a word somebody wrote, or nearly wrote, and those that hold none."""
    known: list[Part] = []
    unknown: list[Part] = []
    for piece in pieces:
        found = any(asked.likeness.get(word) for word in piece[-1].words.split())
        (known if found else unknown).append(piece[-1])
    return tuple(known), tuple(unknown)


def _doubtful(pieces: tuple[tuple[Part, ...], ...], asked: Answered) -> tuple[Part, ...]:
    """Plain words that were found only by more slips than one forgives without asking."""
    return tuple(
        piece[-1]
        for piece in pieces
        if len(piece) == 1 and 0 < asked.likeness.get(word := piece[-1].words, 1.0) < _DOUBTFUL and len(word) < 8
    )


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


def _rows_for(part: Part, segment: Segment) -> NDArray[np.int32] | None:
    indexes = {
        "area": segment.by_area,
        "need": segment.by_need,
        "kind": segment.by_kind,
        "language": segment.by_language,
        "community": segment.by_community,
    }
    return indexes[part.kind].get(part.id) if part.kind in indexes else None


def _text_demands(
    pieces: tuple[tuple[Part, ...], ...],
    catalogue: Catalogue,
    inventory: Gazetteer,
    phrasebook: Phrasebook,
    now: dt.datetime,
    last: str,
) -> list[_Demand]:
    """One demand for each piece that means something, and one for all plain words together."""
    found = []
    for piece in pieces:
        if len(piece) > 1:
            found.append(_meant_demand(piece, catalogue, inventory, phrasebook, now, last))
    plain = [piece for piece in pieces if len(piece) == 1]
    if plain:
        words = [word for piece in plain for word in piece[-1].words.split()]
        asked = answers(catalogue.shelves, words, (), last)
        known, unknown = _known(tuple(plain), asked)
        # What nobody holds is told apart from the rest, to be left out alone.
        found += [_Demand(part, (), _scattered(catalogue, None), 0.0, (part,)) for part in unknown]
        if known:
            part = known[0]._replace(words=" ".join(part.words for part in known))
            found.append(_Demand(part, (), _scattered(catalogue, asked), _certainty(part), known))
    return found


def _scattered(catalogue: Catalogue, asked: Answered | None) -> list[Scores]:
    """Scores as columns."""
    columns = [np.zeros(len(segment), dtype=np.float32) for segment, _gone in catalogue.segments]
    if asked is not None:
        for column, answer in zip(columns, asked.shelves, strict=True):
            column[answer.rows] = answer.scores * np.float32(asked.sure)
    return columns


def _meant_demand(
    piece: tuple[Part, ...],
    catalogue: Catalogue,
    inventory: Gazetteer,
    phrasebook: Phrasebook,
    now: dt.datetime,
    last: str,
) -> _Demand:
    plain = piece[-1]
    # Words that are rightly spelt mean what they say: "women" is no slip for, nor the beginning of, something else.
    rightly_spelt = piece[0].confidence == 1.0
    said = answers(catalogue.shelves, plain.words.split(), (), "" if rightly_spelt else last)
    least = _SAID_EXACTLY if rightly_spelt else _SAID_NEARLY
    all_scores = _scattered(catalogue, said if said.sure >= least else None)
    # Here a word says what is meant, and whether it is the whole of a name counts little.
    all_scores = [np.minimum(scores * _SAID_IN_A_NAME, 1) for scores in all_scores]
    if piece[0].kind in ("area", "street"):
        # To be called after a place is no more than to be there.
        all_scores = [np.minimum(scores, _MEANING_WEIGHT * piece[0].confidence) for scores in all_scores]
    for at, (segment, _gone) in enumerate(catalogue.segments):
        scores = all_scores[at]
        for part in piece[:-1]:
            if part.kind == "limit":
                # As when it is ticked; a name that has the word still comes first.
                scores = np.maximum(scores, _SAID_WEIGHT * limit_scores(part.id, segment, now))
                continue
            if part.kind in ("need", "language", "community"):
                _by_its_other_words(part, segment, phrasebook, scores)
            rows = inventory.rows_in_street(part.id, segment) if part.kind == "street" else _rows_for(part, segment)
            if rows is not None:
                meant = np.float32(_MEANING_WEIGHT * part.confidence)
                # Meant and also said in so many words is a little better than either.
                also_said = 0.0 if part.kind in ("area", "street") else _SAID_WEIGHT
                scores[rows] = np.maximum(scores[rows], meant) + also_said * np.minimum(scores[rows], meant)
        all_scores[at] = scores
    return _Demand(piece[0], piece[:-1], all_scores, max(map(_certainty, piece)), (piece[0],))


def _by_its_other_words(part: Part, segment: Segment, phrasebook: Phrasebook, scores: Scores) -> None:
    """Names and offers that say what is meant in another language: "Centre culturel congolais" for "congolees"."""
    for word in phrasebook.called((part.kind, part.id)):
        place = bisect_left(segment.words.vocabulary, word)
        if place < len(segment.words.vocabulary) and segment.words.vocabulary[place] == word:
            rows, worths = segment.words.postings(place)
            said = np.where(worths >= OFFER, _OTHER_WORDS_WEIGHT * part.confidence * worths, 0)
            scores[rows] = np.maximum(scores[rows], said)


#: How sure each kind of part is meant: what is left out first when nothing answers all of a question.
#: What one looks for outlives where: a women's group elsewhere is nearer to the question than a library in that street.
_CERTAINTY = {
    "need": 0.95, "kind": 0.93, "community": 0.92, "theme": 0.91, "area": 0.9, "street": 0.85, "language": 0.6,
    "words": 0.6,
}  # fmt: skip


def _certainty(part: Part) -> float:
    sure = certainty(part.id) if part.kind == "limit" else _CERTAINTY[part.kind]
    return sure * part.confidence


def _near_what_was_left_out(relaxed: list[_Demand], inventory: Gazetteer, catalogue: Catalogue) -> Point | None:
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


def _filter_demands(query: Query, catalogue: Catalogue, now: dt.datetime) -> list[_Demand]:
    """The ticked filters. What is unknown about price and access stays in, behind what is known: unknown is not no."""
    demands: list[_Demand] = []

    def add(part: Part, certainty: float, score: Callable[[Segment], NDArray[np.floating]]) -> None:
        scores = [score(segment).astype(np.float32) for segment, _gone in catalogue.segments]
        demands.append(_Demand(part, (), scores, certainty, (part,)))

    def in_rows(parts: list[Part]) -> Callable[[Segment], NDArray[np.floating]]:
        def score(segment: Segment) -> NDArray[np.floating]:
            scores = np.zeros(len(segment), dtype=np.float32)
            for part in parts:
                rows = _rows_for(part, segment)
                if rows is not None:
                    scores[rows] = _SAID_WEIGHT
            return scores

        return score

    # Several needs, kinds or languages are alternatives: who answers one of them answers (a whole life theme).
    for wanted in (
        [Part("need", need, "", 1.0) for need in query.needs],
        [Part("kind", kind, "", 1.0) for kind in query.kinds],
        [Part("language", language, "", 0.6) for language in query.languages],
        [Part("area", query.area, "", 0.9)] if query.area else [],
    ):
        if wanted:
            add(wanted[0], wanted[0].confidence, in_rows(wanted))
    for limit in ("free", "wheelchair", "outreach", "open_now"):
        if getattr(query, limit):
            add(
                Part("limit", limit, "", certainty(limit)),
                certainty(limit),
                partial(lambda limit, segment: _SAID_WEIGHT * limit_scores(limit, segment, now), limit),
            )
    return demands


def _keeps(demands: list[_Demand], at: int, segment: Segment, gone: frozenset[str]) -> NDArray[np.bool_]:
    keep = segment.suggestible.copy()
    keep[[segment.row_of[resource_id] for resource_id in gone if resource_id in segment.row_of]] = False
    for demand in demands:
        keep &= demand.scores[at] > 0
    return keep


def _count(demands: list[_Demand], catalogue: Catalogue) -> int:
    return sum(int(_keeps(demands, at, *pair).sum()) for at, pair in enumerate(catalogue.segments))


def _relax(demands: list[_Demand], catalogue: Catalogue) -> tuple[list[_Demand], list[_Demand]]:
    """The demands that something answers, and those left out for it, least certain first."""
    kept, dropped = list(demands), list[_Demand]()
    if kept and not _count(kept, catalogue):
        # What nothing at all answers goes first, in one go: a long text may hold many words that nobody knows.
        dropped = [demand for demand in kept if not demand.answers()]
        kept = [demand for demand in kept if demand.answers()]
        wider = [_wider(demand, catalogue) for demand in dropped]
        kept += [demand for demand in wider if demand is not None and demand.answers()]
    while kept and not _count(kept, catalogue):
        by_certainty = sorted(kept, key=lambda demand: (demand.answers() > 0, demand.certainty))
        for demand in by_certainty:
            rest = [other for other in kept if other is not demand]
            if _count(rest, catalogue):
                break
        else:
            demand = by_certainty[0]
        kept = [other for other in kept if other is not demand]
        dropped.append(demand)
    # What was asked more widely instead is not something that somebody typed.
    return kept, [demand for demand in dropped if demand.part.kind != "theme"]


def _wider(demand: _Demand, catalogue: Catalogue) -> _Demand | None:
    """What answers a need near to one that nothing answers: another of the same life theme.

    Not where a right is at stake (study: rights first): then only somebody who knows the city can help on.
    """
    needs = catalogue.taxonomy.needs
    asked = [needs[part.id] for part in (demand.part, *demand.meanings) if part.kind == "need" and part.id in needs]
    themes = [need.theme for need in asked if not need.right]
    if not themes:
        return None
    scores = _scattered(catalogue, None)
    for need in catalogue.taxonomy.needs_of(themes[0]):
        for column, (segment, _gone) in zip(scores, catalogue.segments, strict=True):
            rows = segment.by_need.get(need)
            if rows is not None:
                column[rows] = _THEME_WEIGHT
    part = Part("theme", themes[0], "", demand.part.confidence)
    return _Demand(part, (), scores, _certainty(part), (part,))


def _says_nothing(demands: list[_Demand], relaxed: list[_Demand]) -> bool:
    """Whether so little of a question is left that everything would "answer" it: then nothing does."""
    if not relaxed or any(demand.part.kind != "limit" for demand in demands):
        return False
    return not demands or any(demand.part.kind != "limit" for demand in relaxed)


def _sum(demands: list[_Demand], at: int, segment: Segment, gone: frozenset[str], nothing_left: bool) -> Kept:
    rows = np.flatnonzero(_keeps(demands, at, segment, gone) & (not nothing_left))
    scores = _READY_WEIGHT * segment.readiness[rows]
    for demand in demands:
        scores = scores + demand.scores[at][rows]
    return Kept(rows, scores.astype(np.float32))


def _hit(
    catalogue: Catalogue,
    demands: list[_Demand],
    words: str,
    at: int,
    row: int,
    score: float,
    distance: float,
) -> Hit:
    segment, _gone = catalogue.segments[at]
    record = catalogue.get(segment.resources[row].id)
    assert record is not None
    reasons = tuple(
        Reason(
            f"matches_{demand.part.kind}",
            float(demand.scores[at][row]),
            {"id": demand.part.id, "words": demand.part.words},
        )
        for demand in demands
    )
    if words:
        reasons = (Reason("matches_words", score, {"id": "", "words": words}), *reasons)
    if np.isfinite(distance) and distance <= _CLOSE_M:
        reasons += (Reason("near", 0.0, {"metres": 10 * round(distance / 10)}),)
    return Hit(record, score, distance if np.isfinite(distance) else None, reasons)


def _areas(query: Query, demands: list[_Demand], catalogue: Catalogue) -> tuple[str, ...]:
    named = [part.id for demand in demands for part in demand.meanings if part.kind == "area"]
    if query.area:
        named.append(query.area)
    return tuple(dict.fromkeys(area for name in named for area in catalogue.geography.neighbourhoods_in(name)))
