"""The inner loops of search, compiled by numba when they are first needed and kept for the next start.

Imported by who needs them at that moment only: numba takes a quarter of a second to load, and most commands never
search. Nothing here knows of records; it is letters, places and weights in flat arrays.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

_Loop = TypeVar("_Loop", bound=Callable[..., Any])

_ONE, _ZERO = np.uint64(1), np.uint64(0)
#: Letters and digits as bytes: all that folded words are made of.
_LETTERS = 128
#: How likely a word is meant by its first letters, and how much more when they are nearly all of it: more so than one
#: that only sounds alike.
BEGUN, NEARLY_WHOLE = 0.82, 0.18


def compiled(loop: _Loop) -> _Loop:
    """Compiled once for this machine and kept beside the source, else among the user's cached files, else nowhere."""
    try:
        return cast(_Loop, njit(cache=True, nogil=True, error_model="numpy")(loop))
    except RuntimeError:
        # No folder may be written: then it is compiled anew at each start.
        return cast(_Loop, njit(nogil=True, error_model="numpy")(loop))


#: A typed word (by number) and a word it may mean (by place), with likeness and weight.
PAIR = np.dtype([("typed", np.int32), ("place", np.int32), ("likeness", np.float32), ("weight", np.float32)])
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


class Files(NamedTuple):
    """A vocabulary as it is looked up: hashes with places, in buckets by their first bits, and the letters."""

    hashes: NDArray[np.uint32]
    places: NDArray[np.int32]
    bucket_ends: NDArray[np.int32]
    shift: np.uint32
    letters: NDArray[np.uint8]
    starts: NDArray[np.int32]
    sounds: NDArray[np.uint8]
    sound_starts: NDArray[np.int32]


class Ways(NamedTuple):
    """How to hash what was typed: letters (a row each) times a column for each way to leave some out, and a salt."""

    letters: NDArray[np.uint8]
    multipliers: NDArray[np.uint32]
    salt: np.uint32


@compiled
def _gather(files: Files, ways: Ways, seen: Any, found: Any, count: int) -> int:
    """Adds the places filed under any of these hashes to what was found, each once; their new number comes back."""
    mask = len(seen) - 1
    length, columns = ways.multipliers.shape
    for column in range(columns):
        total = _ZERO
        for at in range(length):
            total += np.uint64(ways.letters[at]) * np.uint64(ways.multipliers[at, column])
        value = np.uint32(total & np.uint64(0xFFFFFFFF)) ^ ways.salt
        bucket = np.int64(value >> files.shift)
        start = files.bucket_ends[bucket - 1] if bucket > 0 else 0
        for entry in range(start, files.bucket_ends[bucket]):
            if files.hashes[entry] != value:
                continue
            place = files.places[entry]
            slot = (place * 2654435761) & mask
            while seen[slot] != 0 and seen[slot] != place + 1:
                slot = (slot + 1) & mask
            if seen[slot] == 0 and count < len(found):
                seen[slot] = place + 1
                found[count] = place
                count += 1
    return count


@compiled
def _set_masks(word: Any, masks: Any) -> None:
    for at in range(len(word)):
        masks[word[at]] |= _ONE << np.uint64(at)


@compiled
def _slips(masks: Any, length: int, other: Any, start: int, end: int, near_end: int) -> tuple[int, int]:
    """Slips between a typed word and other[start:end], and the fewest to a beginning of it about as long.

    Optimal string alignment, bit by bit (Hyyrö 2003). `near_end` is the typed length, or 0 where beginnings do not
    count; at most 64 letters.
    """
    ahead, behind, diagonal, before = ~_ZERO, _ZERO, _ZERO, _ZERO
    last = _ONE << np.uint64(length - 1)
    slips = length
    begun = length
    for at in range(start, end):
        mask = masks[other[at]]
        swapped = (((~diagonal) & mask) << _ONE) & before
        diagonal = ((((mask & ahead) + ahead) ^ ahead) | mask | behind) | swapped
        up = behind | ~(diagonal | ahead)
        down = diagonal & ahead
        if up & last:
            slips += 1
        if down & last:
            slips -= 1
        up = (up << _ONE) | _ONE
        ahead = (down << _ONE) | ~(diagonal | up)
        behind = up & diagonal
        before = mask
        letter = at - start + 1
        if near_end - 1 <= letter <= near_end + 1 and slips < begun:
            begun = slips
    return slips, begun


@compiled
def meant(
    files: Files,
    written: Ways,
    sounded: Ways,
    stem: Ways,
    word: Any,
    heard: Any,
    slips: int,
    begun_slips: int,
    number: int,
) -> Any:
    """A pair for each word that may be meant by a folded word, the typed word of this number, without its weight.

    `begun_slips` is how many slips a beginning may have, or below 0 where the word is finished.
    """
    found = np.empty(4096, np.int32)
    seen = np.zeros(16384, np.int32)
    count = _gather(files, written, seen, found, 0)
    count = _gather(files, sounded, seen, found, count)
    if begun_slips >= 0:
        count = _gather(files, stem, seen, found, count)
    by_letter = np.zeros(_LETTERS, np.uint64)
    by_sound = np.zeros(_LETTERS, np.uint64)
    _set_masks(word, by_letter)
    _set_masks(heard, by_sound)
    length = len(word)
    pairs = np.empty(count, PAIR)
    kept = 0
    for at in range(count):
        place = found[at]
        start, end = files.starts[place], files.starts[place + 1]
        other = end - start
        longest = max(length, other)
        apart, begun = _slips(by_letter, length, files.letters, start, end, length if begun_slips >= 0 else 0)
        best = 1 - apart / longest if apart <= slips else 0.0
        start, end = files.sound_starts[place], files.sound_starts[place + 1]
        if len(heard) and abs(end - start - len(heard)) <= 1:
            heard_apart, _begun = _slips(by_sound, len(heard), files.sounds, start, end, 0)
            if heard_apart <= 1:
                # The letters count a little too: of two that sound alike the one written alike is meant.
                best = max(best, 0.97 - (0.9 * heard_apart + 0.1 * min(apart, longest)) / longest)
        if begun_slips >= 0 and other > length and begun <= begun_slips:
            best = max(best, (BEGUN + NEARLY_WHOLE * length / other) * (1 - 0.75 * begun / length))
        if best > 0:
            pairs[kept].typed = number
            pairs[kept].place = place
            pairs[kept].likeness = best
            kept += 1
    return pairs[:kept].copy()


class Columns(NamedTuple):
    """Which records hold which words, and the words of each name: records by word, and names by record by word."""

    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    #: What each word lacks, in hundredths, to be worth as much as a word of the name.
    lacks: NDArray[np.uint8]
    row_names: NDArray[np.int32]
    name_starts: NDArray[np.int32]
    name_words: NDArray[np.int32]
    name_worths: NDArray[np.float32]
    name_letters: NDArray[np.float32]
    word_letters: NDArray[np.uint16]


class Texts(NamedTuple):
    """All texts, record by record, as tokens; each token is one folded word, several or none."""

    #: Where the texts of each record end.
    ends: NDArray[np.int32]
    lacks: NDArray[np.uint8]
    are_names: NDArray[np.uint8]
    token_counts: NDArray[np.int32]
    tokens: NDArray[np.int32]
    token_starts: NDArray[np.int32]
    places: NDArray[np.int32]
    word_letters: NDArray[np.uint16]


@compiled
def _each_word(texts: Texts, long_name_cost: int, columns: Columns, last_row: Any, last_entry: Any, fill: Any) -> Any:
    """Goes through all words of all texts: first to count them (`fill` empty), then to write them into columns.

    Comes back with the numbers of names and of their words, and the most names that a record has.
    """
    text = token = name = name_word = most_names = 0
    for row in range(len(texts.ends)):
        first_name = name
        if len(fill):
            columns.row_names[row] = name
        while text < texts.ends[row]:
            end = token + texts.token_counts[text]
            is_name = texts.are_names[text] == 1
            lack = np.int64(texts.lacks[text])
            if is_name:
                # A word of a short name is worth a little more: a name of that word alone comes first of all.
                words = 0
                for at in range(token, end):
                    words += texts.token_starts[texts.tokens[at] + 1] - texts.token_starts[texts.tokens[at]]
                if len(fill):
                    columns.name_starts[name] = name_word
                    columns.name_worths[name] = 1 - 0.01 * lack
                lack += max(0, min(words - 1, long_name_cost))
            letters = 0
            for at in range(token, end):
                for one in range(texts.token_starts[texts.tokens[at]], texts.token_starts[texts.tokens[at] + 1]):
                    place = texts.places[one]
                    letters += texts.word_letters[place]
                    if len(fill):
                        if is_name:
                            columns.name_words[name_word] = place
                        if last_row[place] != row:
                            last_entry[place] = fill[place]
                            fill[place] += 1
                            columns.rows[last_entry[place]] = row
                            columns.lacks[last_entry[place]] = lack
                        elif columns.lacks[last_entry[place]] > lack:
                            columns.lacks[last_entry[place]] = lack
                    elif last_row[place] != row:
                        columns.starts[place + 1] += 1
                    last_row[place] = row
                    if is_name:
                        name_word += 1
            if is_name:
                if len(fill):
                    columns.name_letters[name] = max(1, letters)
                name += 1
            token = end
            text += 1
        most_names = max(most_names, name - first_name)
    return name, name_word, most_names


@compiled
def index(texts: Texts, long_name_cost: int) -> tuple[Columns, int]:
    """The columns of these texts, and the most names that one record has."""
    words, rows = len(texts.word_letters), len(texts.ends)
    last_row = np.full(words, -1, np.int32)
    last_entry = np.zeros(words, np.int64)
    none = np.zeros(0, np.int64)
    starts = np.zeros(words + 1, np.int64)
    columns = Columns(
        starts,
        np.zeros(0, np.int32),
        np.zeros(0, np.uint8),
        np.zeros(0, np.int32),
        np.zeros(0, np.int32),
        np.zeros(0, np.int32),
        np.zeros(0, np.float32),
        np.zeros(0, np.float32),
        texts.word_letters,
    )
    names, name_words, most_names = _each_word(texts, long_name_cost, columns, last_row, last_entry, none)
    starts = np.cumsum(starts)
    columns = Columns(
        starts,
        np.zeros(starts[-1], np.int32),
        np.zeros(starts[-1], np.uint8),
        np.full(rows + 1, names, np.int32),
        np.full(names + 1, name_words, np.int32),
        np.zeros(name_words, np.int32),
        np.zeros(names, np.float32),
        np.zeros(names, np.float32),
        texts.word_letters,
    )
    last_row[:] = -1
    _each_word(texts, long_name_cost, columns, last_row, last_entry, starts[:-1].copy())
    return columns, most_names


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
def weigh(pairs: Any, begins: Any, rarity: Any, word_letters: Any, ceilings: Any, most: Any, nearest: Any) -> None:
    """Sets the weight of each pair, at most the ceiling of its typed word, a likeness counting by its square: one slip
    costs little, three cost a lot. Writes into `most` and `nearest` what each typed word can bring at best, and how
    near that is.
    """
    for at in range(len(pairs)):
        pair = pairs[at]
        pair.likeness *= pair.likeness
        pair.weight = min(rarity[pair.place], ceilings[pair.typed]) * pair.likeness
        if pair.weight > most[pair.typed]:
            most[pair.typed] = pair.weight
            nearest[pair.typed] = pair.likeness
    for at in range(len(begins)):
        number = begins[at].typed
        for place in range(begins[at].start, begins[at].end):
            alike, weight = _begun(begins[at], word_letters[place], rarity[place])
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
def _fetch(columns: Columns, asked: Asked, rarity: Any, keep: Any, scratch: Scratch, terms: Terms) -> int:
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
        # The words that are left, common ones, could not lift a record above those already fetched.
        if count and most < terms.common * brought and left < terms.could_still * brought:
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
        said = np.float32(0)
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
            said += alike * columns.word_letters[place]
        shares[name - first] = said / columns.name_letters[name]
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
    count = _fetch(columns, asked, rarity, keep, scratch, terms)
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
