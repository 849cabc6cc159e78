"""Which records answer the words that were asked, and how well: fetched by the weightier words, then measured."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapper.loops.compiling import compiled
from mapper.loops.postings import Columns
from mapper.loops.spelling import BEGUN, NEARLY_WHOLE

#: A beginning that was typed: whose, of how many letters, what it weighs at most, how likely it is one, how much of its
#: weight it keeps; and from which place to which the words are that begin so: sorted, they lie together.
BEGIN = np.dtype(
    [
        ("typed", np.int32),
        ("length", np.float32),
        ("ceiling", np.float32),
        ("likeness", np.float32),
        ("scale", np.float32),
        ("start", np.int32),
        ("end", np.int32),
    ]
)

#: To this power of the likeness a word is meant more seldom that is less like what was typed.
_SELDOM_MEANT = 30


@compiled
def _begun(begin: Any, letters: Any, rarity: Any) -> tuple[Any, Any]:
    """How likely a word of so many letters is meant by a beginning (to the square), and what it weighs then."""
    likeness = np.float32(BEGUN + NEARLY_WHOLE * begin.length / letters) * begin.likeness
    likeness *= likeness
    return likeness, min(rarity, begin.ceiling) * likeness * begin.scale


class Asked(NamedTuple):
    """What was typed as it is asked of one segment."""

    #: Of type PAIR and BEGIN.
    pairs: NDArray[np.void]
    begins: NDArray[np.void]
    #: What each typed word can bring at best, in this segment or another.
    most: NDArray[np.float32]


@compiled
def hear(pairs: Any, shares: Any, alike: Any, told: Any) -> None:
    """Adds up in `told`, for each typed word, the shares of all records that hold what it may mean, a meaning counting
    less the less it is like what was typed; `alike` holds the likeness of the best so far.
    """
    for at in range(len(pairs)):
        number, own = pairs[at].typed, pairs[at].likeness
        share = shares[pairs[at].place + 1] - shares[pairs[at].place]
        if share <= 0:
            # Told by another segment, or a word that no record holds any more: nothing is a slip for that.
            continue
        if own > alike[number]:
            told[number] *= (alike[number] / own) ** _SELDOM_MEANT
            alike[number] = own
        told[number] += share * (own / alike[number]) ** _SELDOM_MEANT


@compiled
def weigh(
    pairs: Any, begins: Any, rarity: Any, word_letters: Any, told: Any, ceilings: Any, most: Any, nearest: Any
) -> None:
    """Sets the weight of each pair, at most the ceiling of its typed word, a likeness counting by its square: one slip
    costs little, three cost a lot. Writes into `most` and `nearest` what each typed word can bring at best, and how
    near that is. No word tells more than what it most likely means: what many records hold (`told`) tells little.
    """
    for number in range(len(told)):
        if told[number] > 0:
            ceilings[number] = min(ceilings[number], math.log1p(1 / told[number]))
    for at in range(len(pairs)):
        pair = pairs[at]
        pair.likeness *= pair.likeness
        pair.weight = min(rarity[pair.place], ceilings[pair.typed]) * pair.likeness
        if pair.weight > most[pair.typed]:
            most[pair.typed] = pair.weight
            nearest[pair.typed] = pair.likeness
    for at in range(len(begins)):
        number = begins[at].typed
        begins[at].ceiling = min(begins[at].ceiling, ceilings[number])
        # Of words that begin alike the shortest is the likeliest.
        shortest = begins[at].start
        for place in range(begins[at].start, begins[at].end):
            if rarity[place] > 0 and (word_letters[place] < word_letters[shortest] or rarity[shortest] == 0):
                shortest = place
        if shortest < begins[at].end:
            alike, weight = _begun(begins[at], word_letters[shortest], rarity[shortest])
            if weight > most[number]:
                most[number] = weight
                nearest[number] = alike


class Scratch(NamedTuple):
    """Columns to work in, all zeros before and after; each thread has its own."""

    scores: NDArray[np.float32]
    best: NDArray[np.float32]
    turns: NDArray[np.int16]
    found: NDArray[np.int32]
    heads: NDArray[np.int32]


class Spot(NamedTuple):
    """Where the reader is; `weight` is 0 where that does not matter."""

    lons: NDArray[np.float64]
    lats: NDArray[np.float64]
    lon: float
    lat: float
    #: Metres in a degree, east and north.
    east_m: float
    north_m: float
    weight: float
    half_m: float


class Terms(NamedTuple):
    """How records are scored: see words.py."""

    whole_name: float
    other_language: float
    common: float
    could_still: float
    few_enough: float
    enough: int
    measured: int
    fetched: int


@compiled
def _add(columns: Columns, keep: Any, scratch: Scratch, turn: int, place: int, weight: Any, count: int) -> int:
    """Adds what a word brings to the records that hold it and may answer; how many were found so far."""
    scores, best, turns, found = scratch.scores, scratch.best, scratch.turns, scratch.found
    for entry in range(columns.starts[place], columns.starts[place + 1]):
        row = columns.rows[entry]
        if not keep[row]:
            continue
        value = weight * (np.float32(1) - np.float32(0.01) * columns.lacks[entry])
        if turns[row] == 0:
            found[count] = row
            count += 1
        if turns[row] == turn:
            # Of several words of one record that one typed word may mean, the best counts.
            if value > best[row]:
                scores[row] += value - best[row]
                best[row] = value
        else:
            turns[row] = turn
            best[row] = value
            scores[row] += value
    return count


@compiled
def _fetch(columns: Columns, asked: Asked, rarity: Any, keep: Any, scratch: Scratch, terms: Terms, floor: float) -> int:
    """Adds up what the weightier typed words bring to each record that may answer; how many were found."""
    count = spent = 0
    brought = left = np.float32(0)
    for number in range(len(asked.most)):
        left += asked.most[number]
    done = np.zeros(len(asked.most), np.bool_)
    for turn in range(1, len(asked.most) + 1):
        number = -1
        for other in range(len(asked.most)):
            if not done[other] and (number < 0 or asked.most[other] > asked.most[number]):
                number = other
        done[number] = True
        most = asked.most[number]
        # The words that are left, common ones, could not lift a record above those already fetched; nor could all of
        # them together, where those fetched are few enough to be measured word by word and there is a page of them,
        # or what holds only the words that are left would be no answer beside them.
        enough = left < floor * brought or (count >= terms.enough and left < terms.few_enough * brought)
        few = count <= terms.measured and enough
        if count and ((most < terms.common * brought and left < terms.could_still * brought) or few):
            break
        brought += most
        left -= most
        for at in range(len(asked.pairs)):
            if asked.pairs[at].typed == number:
                place, weight = asked.pairs[at].place, asked.pairs[at].weight
                size = columns.starts[place + 1] - columns.starts[place]
                if count == 0 or spent + size <= terms.fetched or weight >= 0.5 * brought:
                    spent += size
                    count = _add(columns, keep, scratch, turn, place, weight, count)
        for at in range(len(asked.begins)):
            begin = asked.begins[at]
            size = columns.starts[begin.end] - columns.starts[begin.start]
            if begin.typed != number or (count and spent + size > terms.fetched):
                continue
            spent += size
            for place in range(begin.start, begin.end):
                _alike, weight = _begun(begin, columns.word_letters[place], rarity[place])
                if weight > 0:
                    count = _add(columns, keep, scratch, turn, place, weight, count)
    return count


@compiled
def _near(spot: Spot, row: int) -> float:
    """A little more for what is near: exact enough to choose by."""
    east = (spot.lons[row] - spot.lon) * spot.east_m
    north = (spot.lats[row] - spot.lat) * spot.north_m
    away = math.sqrt(east * east + north * north)
    return spot.weight * spot.half_m / (spot.half_m + away) if away == away else 0.0


@compiled
def _smallest(values: Any, count: int) -> Any:
    """The largest of the so many smallest (Hoare's quickselect); the values change places."""
    low, high, at = 0, len(values) - 1, count - 1
    while low < high:
        pivot = values[(low + high) // 2]
        left, right = low, high
        while left <= right:
            while values[left] < pivot:
                left += 1
            while values[right] > pivot:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left += 1
                right -= 1
        if at <= right:
            high = right
        elif at >= left:
            low = left
        else:
            break
    return values[at]


@compiled
def _foremost(wanted: Any, order: Any, rows: Any, room: int, first: Any) -> None:
    """Marks in `first` the best, to be measured; among equals their order decides."""
    values = np.empty(len(wanted), np.float64)
    for at in range(len(wanted)):
        values[at] = -wanted[at]
    least = -_smallest(values, room)
    equal = 0
    for at in range(len(wanted)):
        first[at] = wanted[at] > least
        if first[at]:
            room -= 1
        elif wanted[at] == least:
            values[equal] = order[rows[at]]
            equal += 1
    last = _smallest(values[:equal], room)
    for at in range(len(wanted)):
        if wanted[at] == least:
            first[at] = order[rows[at]] <= last


@compiled
def _measure(
    columns: Columns,
    asked: Asked,
    rarity: Any,
    heads: Any,
    terms: Terms,
    whole: Any,
    following: Any,
    row: int,
    in_name: Any,
    in_record: Any,
    sums: Any,
    shares: Any,
) -> tuple[Any, Any]:
    """The exact score of the best name of a record, and how much of the question its names hold."""
    numbers = len(in_name)
    for number in range(numbers):
        in_record[number] = 0
    first, last = columns.row_names[row], columns.row_names[row + 1]
    for name in range(first, last):
        for number in range(numbers):
            in_name[number] = 0
        said = in_all = np.float32(0)
        for at in range(columns.name_starts[name], columns.name_starts[name + 1]):
            place = columns.name_words[at]
            link = heads[place]
            alike = np.float32(0)
            while link:
                pair = asked.pairs[link - 1]
                in_name[pair.typed] = max(in_name[pair.typed], pair.weight)
                alike = max(alike, pair.likeness)
                link = following[link - 1]
            for one in range(len(asked.begins)):
                begin = asked.begins[one]
                if begin.start <= place < begin.end:
                    own, weight = _begun(begin, columns.word_letters[place], rarity[place])
                    in_name[begin.typed] = max(in_name[begin.typed], weight)
                    alike = max(alike, own)
            # A long word says more of a name than a short one, but not by each of its letters.
            size = np.float32(math.sqrt(columns.word_letters[place]))
            said += alike * size
            in_all += size
        shares[name - first] = said / in_all if in_all else np.float32(0)
        total = np.float32(0)
        for number in range(numbers):
            total += in_name[number]
            in_record[number] = max(in_record[number], in_name[number])
        sums[name - first] = total
    # A name in one language and a word of its name in another still go together.
    together = np.float32(0)
    for number in range(numbers):
        together += in_record[number]
    together *= np.float32(terms.other_language)
    score = most = np.float32(0)
    for name in range(first, last):
        if sums[name - first] > 0:
            held = max(sums[name - first], together) / whole
            most = max(most, held)
            share = (1 - terms.whole_name) + terms.whole_name * shares[name - first]
            score = max(score, np.float32(held * share) * columns.name_worths[name])
    return score, most


@compiled
def answer(
    columns: Columns,
    asked: Asked,
    rarity: Any,
    keep: Any,
    order: Any,
    spot: Spot,
    scratch: Scratch,
    terms: Terms,
    most_names: int,
    floor: float,
) -> tuple[Any, Any, Any]:
    """Rows that answer what was asked with their scores of 0 to 1, and the largest share of it that one holds."""
    whole = np.float32(0)
    for number in range(len(asked.most)):
        whole += asked.most[number]
    count = _fetch(columns, asked, rarity, keep, scratch, terms, floor)
    rows = scratch.found[:count].copy()
    scores = np.empty(count, np.float32)
    wanted = np.empty(count, np.float64)
    held = np.float32(0)
    for at in range(count):
        row = rows[at]
        held = max(held, scratch.scores[row] / whole)
        scores[at] = scratch.scores[row] * (1 - terms.whole_name) / whole
        wanted[at] = scores[at] + (_near(spot, row) if spot.weight else 0.0)
        scratch.scores[row] = 0
        scratch.turns[row] = 0
    first = np.ones(count, np.bool_)
    if count > terms.measured:
        _foremost(wanted, order, rows, terms.measured, first)
    following = np.zeros(len(asked.pairs), np.int32)
    for at in range(len(asked.pairs)):
        following[at] = scratch.heads[asked.pairs[at].place]
        scratch.heads[asked.pairs[at].place] = at + 1
    in_name, in_record = np.zeros(len(asked.most), np.float32), np.zeros(len(asked.most), np.float32)
    sums, shares = np.zeros(most_names, np.float32), np.zeros(most_names, np.float32)
    lowest, best = np.float32(np.inf), np.float32(0)
    for at in range(count):
        if first[at]:
            score, own = _measure(
                columns,
                asked,
                rarity,
                scratch.heads,
                terms,
                whole,
                following,
                rows[at],
                in_name,
                in_record,
                sums,
                shares,
            )
            held = max(held, own)
            scores[at] = max(scores[at], score)
            lowest = min(lowest, scores[at])
            best = max(best, scores[at])
    for at in range(len(asked.pairs)):
        scratch.heads[asked.pairs[at].place] = 0
    # What was not measured never stands above what was; what is far below the best is no answer.
    kept = 0
    for at in range(count):
        score = scores[at] if first[at] else min(scores[at], lowest)
        if score >= floor * best:
            rows[kept] = rows[at]
            scores[kept] = score
            kept += 1
    return rows[:kept].copy(), scores[:kept].copy(), held
