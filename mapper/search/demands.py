"""What a query demands, piece by piece and filter by filter, each as a score for every record.

A record has to answer all demands. When none does, the least certain one is left out, so that nobody meets a dead end.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mapper.catalogue import OFFER, Catalogue, Segment
from mapper.search.gazetteer import Gazetteer
from mapper.search.limits import certainty, limit_scores
from mapper.search.query import Part, PartKind, Phrasebook, Query, Reading
from mapper.search.words import Answered, answers
from mapper.words import Mask, Shelf

Scores = NDArray[np.float32]

#: What it is worth to be said in so many words beside being meant, or to pass a ticked filter.
SAID_WEIGHT = 0.1
_YES = np.float32(SAID_WEIGHT)
_MEANING_WEIGHT, _OTHER_WORDS_WEIGHT, _THEME_WEIGHT = 0.8, 0.6, 0.3
#: Words that mean something are looked for in names with hardly a slip.
_SAID_NEARLY, _SAID_EXACTLY, _SAID_IN_A_NAME = 0.8, 0.95, 1.3
#: A longer word that begins with one of so many letters says it too, a little less well: "kiné", kinésithérapie.
_SHORTEST_CLIPPED, _CLIPPED = 4, 0.6
#: Of several things that somebody looks for at once, one goes before the place where they look.
_SOUGHT, _ONE_OF_SEVERAL = ("need", "kind"), 0.9
#: How sure plain words are meant that stand in a record just so.
_FOUND_AS_TYPED = 0.65


@dataclass(eq=False)
class Demand:
    """One thing asked for: words of the text or a ticked filter. Scores per segment; 0 answers nothing.

    `parts` are what is left out together when nothing answers it. `scores` may be yes or no, as of a ticked filter.
    """

    part: Part
    meanings: tuple[Part, ...]
    scores: list[Scores] | list[Mask]
    certainty: float
    parts: tuple[Part, ...]

    def of(self, at: int, rows: Any) -> Any:
        """The scores of these rows of a segment."""
        scores = self.scores[at][rows]
        return scores * _YES if scores.dtype == np.bool_ else scores

    def keeps(self, at: int) -> Mask:
        """Which rows of a segment answer."""
        scores = self.scores[at]
        return cast(Mask, scores) if scores.dtype == np.bool_ else scores > 0


def filter_demands(query: Query, catalogue: Catalogue, now: dt.datetime) -> list[Demand]:
    """The ticked filters. What is unknown about price and access stays in, behind what is known: unknown is not no."""
    if query.asks_no_filter:
        return []
    demands = []
    # Several needs, kinds or languages are alternatives: who answers one of them answers (a whole life theme).
    choices: tuple[tuple[PartKind, tuple[str, ...], float], ...] = (
        ("need", query.needs, 1.0),
        ("kind", query.kinds, 1.0),
        ("language", query.languages, 0.6),
        ("area", (query.area,) if query.area else (), 0.9),
    )
    for kind, wanted, sure in choices:
        if wanted:
            part = Part(kind, wanted[0], "", sure)
            masks = [_any_of(kind, wanted, segment) for segment, _gone in catalogue.segments]
            demands.append(Demand(part, (), masks, sure, (part,)))
    for limit in ("free", "wheelchair", "outreach", "open_now"):
        if getattr(query, limit):
            part = Part("limit", limit, "", certainty(limit))
            scores = [SAID_WEIGHT * limit_scores(limit, segment, now) for segment, _gone in catalogue.segments]
            demands.append(Demand(part, (), scores, certainty(limit), (part,)))
    return demands


def _any_of(kind: PartKind, wanted: tuple[str, ...], segment: Segment) -> Mask:
    mask = np.zeros(len(segment), np.bool_)
    for one in wanted:
        rows = _rows_for(kind, one, segment)
        if rows is not None:
            mask[rows] = True
    return mask


def text_demands(
    reading: Reading, catalogue: Catalogue, inventory: Gazetteer, phrasebook: Phrasebook, now: dt.datetime
) -> list[Demand]:
    """One demand for each piece that means something, and one for all plain words together."""
    found = [
        _meant_demand(piece, catalogue, inventory, phrasebook, now, reading.last)
        for piece in reading.pieces
        if len(piece) > 1
    ]
    plain = tuple(piece for piece in reading.pieces if len(piece) == 1)
    if plain:
        words = [word for piece in plain for word in piece[-1].words.split()]
        asked = answers(catalogue.shelves, words, (), reading.last)
        known, unknown = known_parts(plain, asked)
        # What nobody holds is told apart from the rest, to be left out alone.
        found += [Demand(part, (), _scattered(catalogue, None), 0.0, (part,)) for part in unknown]
        if known:
            part = known[0]._replace(words=" ".join(part.words for part in known))
            found.append(Demand(part, (), _scattered(catalogue, asked), _FOUND_AS_TYPED * asked.sure**2, known))
    return found


def known_parts(pieces: tuple[tuple[Part, ...], ...], asked: Answered) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The plain parts that hold a word somebody wrote, or nearly wrote, and those that hold none."""
    known: list[Part] = []
    unknown: list[Part] = []
    for piece in pieces:
        found = any(map(asked.likeness.get, piece[-1].words.split()))
        (known if found else unknown).append(piece[-1])
    return tuple(known), tuple(unknown)


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
) -> Demand:
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
                scores = np.maximum(scores, SAID_WEIGHT * limit_scores(part.id, segment, now))
                continue
            if part.kind in ("need", "language", "community"):
                _by_its_other_words(part, segment, phrasebook, scores)
            in_street = part.kind == "street"
            rows = inventory.rows_in_street(part.id, segment) if in_street else _rows_for(part.kind, part.id, segment)
            if rows is not None:
                meant = np.float32(_MEANING_WEIGHT * part.confidence)
                # Meant and also said in so many words is a little better than either.
                also_said = 0.0 if part.kind in ("area", "street") else SAID_WEIGHT
                said_there = np.maximum(scores, _clipped(plain.words, segment)) if also_said else scores
                scores[rows] = np.maximum(scores[rows], meant) + also_said * np.minimum(said_there[rows], meant)
        all_scores[at] = scores
    return Demand(piece[0], piece[:-1], all_scores, max(map(_certainty, piece)), (piece[0],))


def _clipped(word: str, segment: Segment) -> Scores:
    """Who says it in a longer word: no answer by itself, but the first among those who are meant."""
    scores = np.zeros(len(segment), np.float32)
    if len(word) >= _SHORTEST_CLIPPED and " " not in word:
        for place in range(*segment.words.spelling.begun(word)):
            rows, worths = segment.words.postings(place)
            scores[rows] = np.maximum(scores[rows], _CLIPPED * worths)
    return scores


def _by_its_other_words(part: Part, segment: Segment, phrasebook: Phrasebook, scores: Scores) -> None:
    """Names and offers that say what is meant in another language: "Centre culturel congolais" for "congolees"."""
    for word in phrasebook.called((part.kind, part.id)):
        place = segment.words.spelling.place_of.get(word)
        if place is not None:
            rows, worths = segment.words.postings(place)
            said = np.where(worths >= OFFER, _OTHER_WORDS_WEIGHT * part.confidence * worths, 0)
            scores[rows] = np.maximum(scores[rows], said)


def _rows_for(kind: PartKind, its_id: str, segment: Segment) -> NDArray[np.int32] | None:
    indexes = {
        "area": segment.by_area,
        "need": segment.by_need,
        "kind": segment.by_kind,
        "language": segment.by_language,
        "community": segment.by_community,
    }
    return indexes[kind].get(its_id) if kind in indexes else None


#: How sure each kind of part is meant: what is left out first when nothing answers all of a question.
#: What one looks for outlives where: a women's group elsewhere is nearer to the question than a library in that street.
_CERTAINTY = {
    "need": 0.95, "kind": 0.93, "community": 0.92, "theme": 0.91, "area": 0.9, "street": 0.85, "language": 0.6,
    "words": 0.6,
}  # fmt: skip


def _certainty(part: Part) -> float:
    sure = certainty(part.id) if part.kind == "limit" else _CERTAINTY[part.kind]
    # What is taken for a slip of the pen is left out before words that stand somewhere as they were typed.
    return sure * part.confidence**2


def keeps(demands: list[Demand], at: int, shelf: Shelf) -> Mask:
    """Which rows of a segment may be shown and answer all demands."""
    keep = shelf.keep.copy()
    for demand in demands:
        keep &= demand.keeps(at)
    return keep


def _count(demands: list[Demand], catalogue: Catalogue) -> int:
    return sum([int(np.count_nonzero(keeps(demands, at, shelf))) for at, shelf in enumerate(catalogue.shelves)])


def relax(demands: list[Demand], catalogue: Catalogue) -> tuple[list[Demand], list[Demand]]:
    """The demands that something answers, and those left out for it, least certain first."""
    kept, dropped = list(demands), list[Demand]()
    if kept and not _count(kept, catalogue):
        # What nothing at all answers goes first, in one go: a long text may hold many words that nobody knows.
        dropped = [demand for demand in kept if not _count([demand], catalogue)]
        kept = [demand for demand in kept if demand not in dropped]
        wider = [_wider(demand, catalogue) for demand in dropped]
        kept += [demand for demand in wider if demand is not None and _count([demand], catalogue)]
    while kept and not _count(kept, catalogue):
        sought = [demand for demand in kept if demand.part.words and demand.part.kind in _SOUGHT]
        spare = sought if len(sought) > 1 else []
        by_certainty = sorted(kept, key=lambda demand: _worth_keeping(demand, spare, catalogue))
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


def _worth_keeping(demand: Demand, spare: list[Demand], catalogue: Catalogue) -> tuple[float, int]:
    """By what to choose what is left out, the least first: of several things looked for, the one that few answer."""
    return demand.certainty * (_ONE_OF_SEVERAL if demand in spare else 1), _count([demand], catalogue)


def _wider(demand: Demand, catalogue: Catalogue) -> Demand | None:
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
    return Demand(part, (), scores, _certainty(part), (part,))


def says_nothing(demands: list[Demand], relaxed: list[Demand]) -> bool:
    """Whether so little of a question is left that everything would "answer" it: then nothing does."""
    if not relaxed or any(demand.part.kind != "limit" for demand in demands):
        return False
    return not demands or any(demand.part.kind != "limit" for demand in relaxed)
