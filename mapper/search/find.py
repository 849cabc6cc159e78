"""From a query to the resources that answer it, best first, with the reason for each.

Every piece of the query gives each record a score; a record has to answer all pieces. When none does, the
least certain piece or filter is left out and that is said, so that nobody meets a dead end.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapper.catalogue import Catalogue, Segment
from mapper.geography import distances_m as distances_m_from
from mapper.model import Reason, Resource
from mapper.opening import is_open
from mapper.search.query import MAX_CHARACTERS, Part, Phrasebook, Query, understand
from mapper.text import close_words, closest, fold

Scores = NDArray[np.float32]

#: How far away half of the bonus for being near is left, in metres: about ten minutes on foot.
_NEAR_SCALE_M = 800.0
_NEAR_WEIGHT, _READY_WEIGHT, _SAID_WEIGHT = 0.3, 0.05, 0.1
_MEANING_WEIGHT = 0.8


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
    """One thing asked for: a piece of the text or a ticked filter. Scores per segment; 0 answers nothing."""

    part: Part
    meanings: tuple[Part, ...]
    scores: list[Scores]
    certainty: float

    def answers(self) -> int:
        return int(sum((scores > 0).sum() for scores in self.scores))


def find(
    query: Query, catalogue: Catalogue, phrasebook: Phrasebook, now: dt.datetime, languages: tuple[str, ...] = ()
) -> Results:
    """The resources that answer a query, best first.

    A word matches in any language of a record, ignoring accents, script and small misspellings. With
    `query.near` (lon, lat) the closer of two equal matches wins. An empty query lists everything.
    """
    pieces = understand(query.text, phrasebook)
    demands = [_text_demand(piece, catalogue, last=piece is pieces[-1]) for piece in pieces]
    demands += _filter_demands(query, catalogue, now)
    demands, relaxed = _relax(demands, catalogue)
    # With nothing of the question left, everything would "answer" it: then nothing does.
    nothing_left = bool(relaxed) and not demands
    kept = [_sum(demands, at, segment, gone, nothing_left) for at, (segment, gone) in enumerate(catalogue.segments)]
    ranked = _rank(query, catalogue, kept)
    page = slice(query.offset, query.offset + query.limit)
    hits = tuple(
        _hit(catalogue, demands, int(at), int(row), float(score), float(distance))
        for at, row, score, distance in zip(
            ranked.segments[page], ranked.rows[page], ranked.scores[page], ranked.distances_m[page], strict=True
        )
    )
    return Results(
        query=query,
        hits=hits,
        total=len(ranked.rows),
        understood=tuple(part for demand in demands for part in demand.meanings if part.kind != "words"),
        relaxed=tuple(demand.part for demand in relaxed),
        areas=_areas(query, demands, catalogue),
        did_you_mean=_did_you_mean(query, relaxed, catalogue),
        ids=ranked.ids,
        lons=ranked.lons,
        lats=ranked.lats,
    )


def _rows_for(part: Part, segment: Segment) -> NDArray[np.int32] | None:
    indexes = {
        "area": segment.by_area,
        "need": segment.by_need,
        "kind": segment.by_kind,
        "language": segment.by_language,
        "community": segment.by_community,
    }
    return indexes[part.kind].get(part.id) if part.kind in indexes else None


def _text_demand(piece: tuple[Part, ...], catalogue: Catalogue, *, last: bool) -> _Demand:
    plain = piece[-1]
    all_scores = []
    for segment, _gone in catalogue.segments:
        scores = _word_scores(plain.words.split(), segment, len(catalogue), prefix=last)
        for part in piece[:-1]:
            rows = _rows_for(part, segment)
            if rows is not None:
                meant = _MEANING_WEIGHT * part.confidence
                # Meant and also said in so many words is a little better than either.
                scores[rows] = np.maximum(scores[rows], meant) + _SAID_WEIGHT * np.minimum(scores[rows], meant)
        all_scores.append(scores)
    certainty = max((part.confidence for part in piece[:-1]), default=0.3)
    return _Demand(piece[0], piece[:-1], all_scores, certainty)


def _word_scores(words: list[str], segment: Segment, total: int, *, prefix: bool) -> Scores:
    """How well each record holds all these words, 0 to 1; rare words weigh more. 0 where one is missing."""
    scores = np.zeros(len(segment), dtype=np.float32)
    weights = 0.0
    held = np.ones(len(segment), dtype=bool)
    for word in words:
        best = np.zeros(len(segment), dtype=np.float32)
        count = 1
        for place, likeness in close_words(word, segment.words.vocabulary, prefix=prefix and word is words[-1]):
            rows, worths = segment.words.postings(place)
            best[rows] = np.maximum(best[rows], worths * likeness**2)
            count = max(count, segment.words.row_count(place) if likeness == 1.0 else 1)
        rarity = float(np.log(1 + total / count))
        scores += rarity * best
        weights += rarity
        held &= best > 0
    return np.where(held, scores / max(weights, 1e-9), 0).astype(np.float32)


def _filter_demands(query: Query, catalogue: Catalogue, now: dt.datetime) -> list[_Demand]:
    """The ticked filters. What is unknown about price and access stays in, behind what is known: unknown is not no."""
    demands: list[_Demand] = []

    def add(part: Part, certainty: float, score: Callable[[Segment], NDArray[np.floating]]) -> None:
        scores = [score(segment).astype(np.float32) for segment, _gone in catalogue.segments]
        demands.append(_Demand(part, (), scores, certainty))

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
    if query.free:
        add(
            Part("words", "free", "", 0.5),
            0.5,
            lambda segment: np.select([segment.free == 1, segment.free == -1], [_SAID_WEIGHT, _SAID_WEIGHT / 10], 0.0),
        )
    if query.wheelchair:
        add(
            Part("words", "wheelchair", "", 0.8),
            0.8,
            lambda segment: np.select(
                [segment.wheelchair == 1, segment.wheelchair == -1], [_SAID_WEIGHT, _SAID_WEIGHT / 10], 0.0
            ),
        )
    if query.outreach:
        add(Part("words", "outreach", "", 0.7), 0.7, lambda segment: (segment.outreach == 1) * _SAID_WEIGHT)
    if query.open_now:
        add(
            Part("words", "open_now", "", 0.4),
            0.4,
            lambda segment: np.fromiter(
                (_SAID_WEIGHT if is_open(record.opening_hours, now) else 0.0 for record in segment.resources),
                np.float32,
            ),
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
    dropped: list[_Demand] = []
    kept = list(demands)
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
    return kept, dropped


def _sum(
    demands: list[_Demand], at: int, segment: Segment, gone: frozenset[str], nothing_left: bool
) -> tuple[NDArray[np.int64], Scores]:
    rows = np.flatnonzero(_keeps(demands, at, segment, gone) & (not nothing_left))
    scores = _READY_WEIGHT * segment.readiness[rows]
    for demand in demands:
        scores = scores + demand.scores[at][rows]
    return rows, scores.astype(np.float32)


class _Ranked(NamedTuple):
    """All answers in columns, best first."""

    segments: NDArray[np.int64]
    rows: NDArray[np.int64]
    scores: Scores
    distances_m: NDArray[np.float64]
    ids: NDArray[np.object_]
    lons: NDArray[np.float64]
    lats: NDArray[np.float64]


def _rank(query: Query, catalogue: Catalogue, kept: list[tuple[NDArray[np.int64], Scores]]) -> _Ranked:
    found = [(number, segment, *kept[number]) for number, (segment, _gone) in enumerate(catalogue.segments)]
    numbers = np.concatenate([np.full(len(rows), number) for number, _segment, rows, _scores in found])
    rows = np.concatenate([rows for _number, _segment, rows, _scores in found])
    scores = np.concatenate([scores for _number, _segment, _rows, scores in found])
    names = np.concatenate([segment.sort_names[rows] for _number, segment, rows, _scores in found])
    ids = np.concatenate([segment.ids[rows] for _number, segment, rows, _scores in found])
    lons = np.concatenate([segment.lons[rows] for _number, segment, rows, _scores in found])
    lats = np.concatenate([segment.lats[rows] for _number, segment, rows, _scores in found])
    distances_m = np.full(len(rows), np.inf)
    if query.near is not None:
        distances_m = np.nan_to_num(distances_m_from(lons, lats, query.near), nan=np.inf)
        scores = scores + (_NEAR_WEIGHT * _NEAR_SCALE_M / (_NEAR_SCALE_M + distances_m)).astype(np.float32)
    # Ids settle the last ties, so that the order never depends on how records came in.
    order = np.lexsort((ids.astype("U"), names, distances_m, -np.round(scores, 5)))
    return _Ranked(*(column[order] for column in (numbers, rows, scores, distances_m, ids, lons, lats)))


def _hit(catalogue: Catalogue, demands: list[_Demand], at: int, row: int, score: float, distance: float) -> Hit:
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
    return Hit(record, score, distance if np.isfinite(distance) else None, reasons)


def _areas(query: Query, demands: list[_Demand], catalogue: Catalogue) -> tuple[str, ...]:
    named = [part.id for demand in demands for part in demand.meanings if part.kind == "area"]
    if query.area:
        named.append(query.area)
    return tuple(dict.fromkeys(area for name in named for area in catalogue.geography.neighbourhoods_in(name)))


def _did_you_mean(query: Query, relaxed: list[_Demand], catalogue: Catalogue) -> str | None:
    """The text with its unknown words replaced by the nearest known ones; None when there is nothing better."""
    unknown = [demand.part.words for demand in relaxed if demand.part.kind == "words" and not demand.part.id]
    if not unknown:
        return None
    vocabulary = catalogue.segments[0][0].words.vocabulary
    typed = fold(query.text[:MAX_CHARACTERS]).split()
    missing = set(" ".join(unknown).split())
    better = [closest(word, vocabulary) or word if word in missing else word for word in typed]
    return " ".join(better) if better != typed else None
