"""Which words of a vocabulary are near a typed one: looked up by hashes, then measured letter by letter."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapper.loops.compiling import compiled

_ONE, _ZERO = np.uint64(1), np.uint64(0)
#: Letters and digits as bytes: all that folded words are made of.
_LETTERS = 128
#: How likely a word is meant by its first letters, and how much more when they are nearly all of it: more so than one
#: that only sounds alike.
BEGUN, NEARLY_WHOLE = 0.82, 0.18

#: A typed word (by number) and a word it may mean (by place), with likeness and weight.
PAIR = np.dtype([("typed", np.int32), ("place", np.int32), ("likeness", np.float32), ("weight", np.float32)])


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
