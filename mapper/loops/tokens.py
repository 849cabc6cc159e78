"""Texts cut at their spaces into tokens, each different one numbered."""

from typing import Any

import numpy as np

from mapper.loops.compiling import compiled

_SPACE = 32
#: FNV-1a (Fowler, Noll & Vo) in 64 bits: of a million tokens, two have the same hash once in thirty million indexes.
_BASIS, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_SPREAD, _HIGH = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)


@compiled
def _slot(slots: Any, hashes: Any, value: Any) -> Any:
    """Where a hash is filed, or would be: slots hold numbers from 1, 0 is free."""
    mask = len(slots) - 1
    slot = np.int64((value * _SPREAD) >> _HIGH) & mask
    while slots[slot] != 0 and hashes[slots[slot] - 1] != value:
        slot = (slot + 1) & mask
    return slot


@compiled
def _filed(hashes: Any, count: int) -> Any:
    """So many hashes in slots, three in four of them free."""
    size = 1024
    while size < 4 * count:
        size *= 2
    slots = np.zeros(size, np.int32)
    for number in range(count):
        slots[_slot(slots, hashes, hashes[number])] = number + 1
    return slots


@compiled
def numbered(letters: Any, texts: int, hashes: Any) -> Any:
    """The tokens of some texts, each text ending in a 0, by number; the hashes are those of the numbers given before.

    Comes back with the numbers, how many tokens each text has, all hashes, and where new tokens begin and end.
    """
    before = len(hashes)
    slots = _filed(hashes, before)
    hashes = np.concatenate((hashes, np.empty(max(before, 1024), np.uint64)))
    spans = np.empty((len(hashes), 2), np.int32)
    tokens, counts = np.empty(len(letters) // 2 + 1, np.int32), np.zeros(texts, np.int32)
    known, count, text, start, value = before, 0, 0, -1, _BASIS
    for at in range(len(letters)):
        letter = letters[at]
        if letter > _SPACE:
            if start < 0:
                start, value = at, _BASIS
            value = (value ^ np.uint64(letter)) * _PRIME
            continue
        if start >= 0:
            slot = _slot(slots, hashes, value)
            if slots[slot] == 0:
                hashes[known], spans[known, 0], spans[known, 1] = value, start, at
                known += 1
                slots[slot] = known
                if known == len(hashes):
                    hashes = np.concatenate((hashes, hashes))
                    spans = np.concatenate((spans, spans))
                if 2 * known > len(slots):
                    slots = _filed(hashes, known)
                    slot = _slot(slots, hashes, value)
            tokens[count] = slots[slot] - 1
            count += 1
            counts[text] += 1
            start = -1
        if letter == 0:
            text += 1
    return tokens[:count].copy(), counts, hashes[:known].copy(), spans[before:known].copy()
