"""Where a need has no answer within reach, by kind of care and language (study: lacunes).

The two-step floating catchment area method: first each place divides what it has among all who can reach it, then each
neighbourhood adds up its share of every place within reach. Nearness falls with walking distance (Dai 2010).
Volunteers never make a need with a right at stake served: "Het kan nooit een besparing zijn" (study, Aanbevelingen).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from mapper.catalogue import Catalogue
from mapper.coverage.supply import Columns, Floats, Supply, supply
from mapper.coverage.thresholds import thresholds
from mapper.model import SLICES, Figure, Record
from mapper.taxonomy import Taxonomy

State = Literal["served", "thin", "volunteers_only", "nothing_found", "not_looked"]
STATES: tuple[State, ...] = get_args(State)
SERVED, THIN, VOLUNTEERS_ONLY, NOTHING_FOUND, NOT_LOOKED = range(len(STATES))

#: What a sourced count of residents is called in a file of figures: population_2025.
POPULATION = "population"
#: Stands for every need in a record of mapping effort.
ALL_NEEDS = "all"
_PER = 10_000


class Effort(Record, frozen=True):
    """Somebody went and looked: where, for which need ("all" for every need), on which day."""

    neighbourhood: str
    need: str
    on: dt.date


class Unanswered(Record, frozen=True):
    """How often a search in a neighbourhood found nothing for a need: a count of a month, of nobody in particular."""

    month: str
    neighbourhood: str
    need: str
    slice: str
    count: int


class Counted(NamedTuple):
    """A sourced count of residents."""

    value: float
    year: int
    source: str


class Cell(Record, frozen=True, omit_defaults=False):
    """What is known of one need in one neighbourhood, for one kind of care and language or for any ("")."""

    neighbourhood: str
    need: str
    slice: str
    language: str
    state: State
    #: Places within reach that answer it, how many of those are services, and how many somebody checked.
    places: int
    services: int
    checked: int
    #: Places within reach of which nobody knows which languages are spoken.
    language_unknown: int
    #: The same places, each counted by its room and nearness: 1 is one place at the door.
    reachable: float
    #: Places for each 10,000 residents by the two-step method; None where there is no count of residents.
    per_10000: float | None
    #: When somebody last looked, as far as that still counts.
    looked_on: dt.date | None
    #: Searches that found nothing in the past year, in fives; 0 when there are too few to tell.
    reported: int


def shares(nearness: Any, residents: Floats) -> Floats:
    """The first step: one divided by the residents who want something of each place, the far ones counted less.

    `nearness` has a row for each neighbourhood with residents and a column for each place. A place that nobody
    reaches gives nothing to anybody.
    """
    wanted: Floats = nearness.T @ residents
    return np.divide(1.0, wanted, out=np.zeros_like(wanted), where=wanted > 0)


def accessibility(nearness: Any, shared: Floats, supplied: Any) -> Any:
    """The second step: what each place has for one resident, added up over the places each neighbourhood reaches.

    `supplied` has a row for each place. Times its residents and added up over all neighbourhoods this gives back
    what all reached places have together.
    """
    return (nearness * shared) @ supplied


def residents(figures: Iterable[Figure]) -> dict[str, Counted]:
    """The latest sourced count of residents of each neighbourhood; no figure stays out, which is not zero."""
    found: dict[str, Counted] = {}
    for figure in figures:
        if figure.indicator == POPULATION and figure.value is not None and figure.value > 0:
            known = found.get(figure.neighbourhood)
            if known is None or known.year < figure.year:
                found[figure.neighbourhood] = Counted(figure.value, figure.year, figure.source)
    return found


class Gaps:
    """The cells of some neighbourhoods and needs, in arrays: neighbourhood, need, slice, language; 0 is any."""

    def __init__(
        self, neighbourhoods: Sequence[str], needs: Sequence[str], languages: Sequence[str],
        counted: Mapping[str, Counted],
    ) -> None:  # fmt: skip
        self.neighbourhoods, self.needs = tuple(neighbourhoods), tuple(needs)
        self.slices: tuple[str, ...] = ("", *SLICES)
        self.languages = ("", *languages)
        #: The counts of residents that were used.
        self.counted = dict(counted)
        shape = (len(self.neighbourhoods), len(self.needs), len(self.slices), len(self.languages))
        self.state: NDArray[np.int8] = np.full(shape, NOT_LOOKED, dtype=np.int8)
        self.places, self.services, self.checked = (np.zeros(shape, dtype=np.int32) for _ in range(3))
        self.language_unknown = np.zeros(shape[:3], dtype=np.int32)
        self.reachable: Floats = np.zeros(shape)
        self.per_10000: Floats = np.full(shape[:3], np.nan)
        self.reported = np.zeros(shape[:3], dtype=np.int32)
        self.looked_on: dict[tuple[str, str], dt.date] = {}

    def cell(self, neighbourhood: str, need: str, slice_id: str = "", language: str = "") -> Cell:
        """One cell. Raises ValueError for what was not asked."""
        where = (self.neighbourhoods.index(neighbourhood), self.needs.index(need), self.slices.index(slice_id))
        at = (*where, self.languages.index(language))
        share = float(self.per_10000[where])
        return Cell(
            neighbourhood=neighbourhood,
            need=need,
            slice=slice_id,
            language=language,
            state=STATES[self.state[at]],
            places=int(self.places[at]),
            services=int(self.services[at]),
            checked=int(self.checked[at]),
            language_unknown=int(self.language_unknown[where]) if language else 0,
            reachable=round(float(self.reachable[at]), 3),
            # Residents are not counted by language.
            per_10000=None if language or np.isnan(share) else round(share, 3),
            looked_on=self.looked_on.get((neighbourhood, need)),
            reported=int(self.reported[where]),
        )

    def cells(self, slices: Sequence[str] = ("",), languages: Sequence[str] = ("",)) -> Iterator[Cell]:
        """The cells of these slices and languages, by neighbourhood and need."""
        for neighbourhood in self.neighbourhoods:
            for need in self.needs:
                for slice_id in slices:
                    for language in languages:
                        yield self.cell(neighbourhood, need, slice_id, language)


def gaps(
    catalogue: Catalogue,
    today: dt.date,
    neighbourhoods: Sequence[str],
    needs: Sequence[str] = (),
    *,
    languages: Sequence[str] | None = None,
    counted: Mapping[str, Counted] | None = None,
    efforts: Iterable[Effort] = (),
    unanswered: Iterable[Unanswered] = (),
) -> Gaps:
    """The gaps of these neighbourhoods; of all needs when none is named, and each language unless some are."""
    taxonomy = catalogue.taxonomy
    counted = counted or {}
    found = Gaps(neighbourhoods, needs or tuple(taxonomy.needs),
                 tuple(taxonomy.languages) if languages is None else languages, counted)  # fmt: skip

    found.looked_on = looked_on(efforts, today)
    _add_reported(found, unanswered, today)
    held = supply(catalogue, today)
    by_reach: dict[float, list[str]] = {}
    for need in found.needs:
        by_reach.setdefault(thresholds().catchment.metres_for(need), []).append(need)
    for catchment_m, some in by_reach.items():
        nearness = held.nearness(found.neighbourhoods, catchment_m)
        _measure(found, held, nearness, catchment_m, some, taxonomy)
    _judge(found, taxonomy)
    return found


def _measure(
    found: Gaps, held: Supply, nearness: csr_array, catchment_m: float, needs: Sequence[str], taxonomy: Taxonomy
) -> None:
    one = held.columns
    reached = np.unique(nearness.indices)
    near = nearness[:, reached]
    shared = _shared(found, held, reached, catchment_m)
    by_column, there = near.tocsc(), (near > 0).astype(np.float64).tocsc()
    answers, room = one.answers[reached].tocsc(), one.room[reached].tocsc()
    kinds, speaks = _kinds(one, reached, [list(taxonomy.languages).index(code) for code in found.languages[1:]])
    columns = {need: at for at, need in enumerate(taxonomy.needs)}
    for need in needs:
        rows = answers[:, [columns[need]]].nonzero()[0]
        at = found.needs.index(need)
        if not rows.size:
            found.per_10000[:, at] = 0.0 if shared is not None else np.nan
            continue
        counts = _Counts(kinds[rows], speaks[rows], len(found.neighbourhoods))
        service, whole = one.formal[reached][rows], there[:, rows]
        gives = room[:, [columns[need]]].toarray()[rows, 0]
        # Where a right is at stake, what volunteers have is shown and never added up.
        usable = gives * service if taxonomy.needs[need].right else gives
        found.places[:, at] = counts.of(whole)
        found.services[:, at] = counts.of(whole * service)
        found.checked[:, at] = counts.of(whole * one.checked[reached][rows])
        found.reachable[:, at] = counts.of(by_column[:, rows] * usable)
        found.language_unknown[:, at] = (whole * one.speaks_unknown[reached][rows]) @ kinds[rows].toarray()
        if shared is not None:
            given = usable[:, None] * kinds[rows].toarray()
            found.per_10000[:, at] = accessibility(by_column[:, rows], shared[rows], given) * _PER
    for place, area in enumerate(found.neighbourhoods):
        if area not in found.counted:
            found.per_10000[place] = np.nan


def _shared(found: Gaps, held: Supply, reached: NDArray[Any], catchment_m: float) -> Floats | None:
    """What each place has for one resident; None where no neighbourhood has a count."""
    known = [area for area in held.neighbourhoods if area in found.counted]
    if not known:
        return None
    asked = (catchment_m, *((area, found.counted[area].value) for area in known))
    if asked not in held.shares:
        everybody = np.array([found.counted[area].value for area in known])
        held.shares[asked] = shares(held.nearness(known, catchment_m), everybody)
    for_these: Floats = held.shares[asked][reached]
    return for_these


def _kinds(one: Columns, rows: NDArray[Any], languages: Sequence[int]) -> tuple[csr_array, csr_array]:
    """For these rows: a column for any kind of care and one for each, and the same of languages."""
    any_of_them = csr_array(np.ones((len(rows), 1)))
    return (
        hstack((any_of_them, one.slices[rows]), format="csr"),
        hstack((any_of_them, one.languages[rows][:, languages]), format="csr"),
    )


class _Counts:
    """Adds up over places: for each neighbourhood, kind of care and language."""

    def __init__(self, kinds: csr_array, speaks: csr_array, neighbourhoods: int) -> None:
        # One column for each pair of a kind of care and a language.
        self._pairs = hstack([speaks.multiply(kinds[:, [at]]) for at in range(kinds.shape[1])], format="csr")
        self._shape = (neighbourhoods, kinds.shape[1], speaks.shape[1])

    def of(self, weights: Any) -> Floats:
        added: Floats = (weights @ self._pairs).toarray().reshape(self._shape)
        return added


def _judge(found: Gaps, taxonomy: Taxonomy) -> None:
    enough = thresholds().enough
    right = np.array([taxonomy.needs[need].right for need in found.needs])[None, :, None, None]
    looked = np.array([[(area, need) in found.looked_on for need in found.needs] for area in found.neighbourhoods])
    has_enough = found.reachable >= enough.reachable
    counted = ~np.isnan(found.per_10000)
    has_enough[..., 0] = np.where(counted, found.per_10000 >= enough.per_10000, has_enough[..., 0])
    state = np.where(has_enough & (found.reported[..., None] == 0), SERVED, THIN)
    state = np.where(right & (found.services == 0), VOLUNTEERS_ONLY, state)
    empty = np.where(looked[:, :, None, None], NOTHING_FOUND, NOT_LOOKED)
    # Nobody asked there which languages are spoken: that is not looked, not nothing.
    empty = np.where((found.language_unknown[..., None] > 0), NOT_LOOKED, empty)
    found.state = np.where(found.places == 0, empty, state).astype(np.int8)


def looked_on(efforts: Iterable[Effort], today: dt.date) -> "Looked":
    """When somebody last looked, for each neighbourhood and need; what is too long ago counts no longer."""
    since = _months_before(today, thresholds().looked.valid_months)
    found = Looked()
    for effort in efforts:
        if since <= effort.on <= today:
            key = (effort.neighbourhood, effort.need)
            found[key] = max(effort.on, dict.get(found, key, effort.on))
    return found


class Looked(dict[tuple[str, str], dt.date]):
    """(neighbourhood, need) -> day; looking for everything counts for every need."""

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and self.get(key) is not None

    def get(self, key: tuple[str, str], default: Any = None) -> Any:
        days = [day for need in (key[1], ALL_NEEDS) if (day := dict.get(self, (key[0], need))) is not None]
        return max(days, default=default)


def _months_before(day: dt.date, months: int) -> dt.date:
    whole = day.year * 12 + day.month - 1 - months
    return dt.date(whole // 12, whole % 12 + 1, min(day.day, 28))


def _add_reported(found: Gaps, unanswered: Iterable[Unanswered], today: dt.date) -> None:
    rule = thresholds().reported
    since = _months_before(today, rule.months).strftime("%Y-%m")
    totals: dict[tuple[str, str, str], int] = {}
    for one in unanswered:
        if one.month >= since:
            for slice_id in {one.slice, ""}:
                key = (one.neighbourhood, one.need, slice_id)
                totals[key] = totals.get(key, 0) + one.count
    for (area, need, slice_id), total in totals.items():
        if total >= rule.at_least and area in found.neighbourhoods and need in found.needs and slice_id in found.slices:
            where = (found.neighbourhoods.index(area), found.needs.index(need), found.slices.index(slice_id))
            found.reported[where] = rule.rounded_to * round(total / rule.rounded_to)
