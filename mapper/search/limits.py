"""Limits: what has to be so besides (free, by wheelchair, open today…), and which records are known to be so.

Unknown is not no: what is unknown about price and access stays in, far behind what is known. Opening times count
only where they are known.
"""

import datetime as dt
import tomllib
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from mapper import opening
from mapper.catalogue import Segment
from mapper.taxonomy import Term
from mapper.text import Text, fold

PAPERS = "papers"
#: How sure a limit is meant: what is left out first when nothing answers all of a question.
CERTAINTY = {"free": 0.5, "wheelchair": 0.8, "outreach": 0.7, "walk_in": 0.5, PAPERS: 0.75}
_OPENING_CERTAINTY = 0.4

_SATURDAY, _SUNDAY = 5, 6
_EVENING = dt.time(18, 30)


class Lexicon(NamedTuple):
    """What `words.toml` holds, folded where it is compared."""

    little: frozenset[str]
    place_words: frozenset[str]
    place_endings: tuple[str, ...]
    compound_endings: tuple[str, ...]
    limits: dict[str, Term]
    papers: Term


@cache
def lexicon() -> Lexicon:
    """The words that a search understands beside the taxonomy."""
    tables = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
    little = (word for words in tables["little"].values() for word in fold(words).split())
    return Lexicon(
        little=frozenset(little),
        place_words=frozenset(fold(tables["place"]["words"]).split()),
        place_endings=tuple(tables["place"]["endings"]),
        compound_endings=tuple(fold(tables["compound"]["endings"]).split()),
        limits={limit_id: _term(limit_id, table) for limit_id, table in tables["limits"].items()},
        papers=_term(PAPERS, tables["papers"]),
    )


def _term(term_id: str, table: dict[str, dict[str, str]]) -> Term:
    synonyms = {language: tuple(words) for language, words in table["synonyms"].items()}
    return Term(id=term_id, label=Text.of(table["label"]), synonyms=synonyms)


def certainty(limit_id: str) -> float:
    """How sure a limit is meant, 0 to 1."""
    return CERTAINTY.get(limit_id, _OPENING_CERTAINTY)


def label(limit_id: str) -> Text:
    """What a limit is called."""
    found = lexicon().papers if limit_id == PAPERS else lexicon().limits.get(limit_id)
    return found.label if found else Text()


def limit_scores(limit_id: str, segment: Segment, now: dt.datetime) -> NDArray[np.float32]:
    """How well each record keeps within a limit: 1 known to, 0.1 unknown, 0 known not to."""
    scores: list[float] | NDArray[np.floating]
    if limit_id in ("free", "wheelchair"):
        known = segment.free if limit_id == "free" else segment.wheelchair
        scores = np.select([known == 1, known == -1], [1.0, 0.1], 0.0)
    elif limit_id == "outreach":
        scores = np.where(segment.outreach == 1, 1.0, 0.0)
    elif limit_id == PAPERS:
        scores = [_PAPERS[record.thresholds.papers_asked] for record in segment.resources]
    elif limit_id == "walk_in":
        scores = [_WALK_IN.get(record.approach, 0.0) for record in segment.resources]
    else:
        hours, which = _hours_of(segment)
        minute = now.replace(second=0, microsecond=0)
        if limit_id == "open_now":
            opens = [opening.is_open(one, now) is True for one in hours]
        else:
            opens = [_opens(one, limit_id, minute) for one in hours]
        scores = np.array(opens, np.float32)[which]
    return np.asarray(scores, np.float32)


#: Phone first is also what stands where nobody said how a group wants to be approached.
_PAPERS, _WALK_IN = {"no": 1.0, "unknown": 0.1, "yes": 0.0}, {"walk_in": 1.0, "phone_first": 0.1}

_hours: "WeakKeyDictionary[Segment, tuple[list[str], NDArray[np.int32]]]" = WeakKeyDictionary()


def _hours_of(segment: Segment) -> tuple[list[str], NDArray[np.int32]]:
    """The different opening hours in a segment, and which of them each record keeps: many keep the same."""
    if segment not in _hours:
        numbers: dict[str, int] = {}
        which = [numbers.setdefault(record.opening_hours, len(numbers)) for record in segment.resources]
        _hours[segment] = list(numbers), np.array(which, np.int32)
    return _hours[segment]


def _today(days: tuple[opening.Day, ...], now: dt.datetime) -> bool:
    return any(until > now for _begin, until in days[0].times)


def _evening(days: tuple[opening.Day, ...], _now: dt.datetime) -> bool:
    return any(until.date() > day.date or until.time() >= _EVENING for day in days for _begin, until in day.times)


def _on(*weekdays: int) -> Callable[[tuple[opening.Day, ...], dt.datetime], bool]:
    return lambda days, _now: any(day.times for day in days if day.date.weekday() in weekdays)


_WHEN: dict[str, Callable[[tuple[opening.Day, ...], dt.datetime], bool]] = {
    "open_today": _today,
    "open_evening": _evening,
    "open_saturday": _on(_SATURDAY),
    "open_sunday": _on(_SUNDAY),
    "open_weekend": _on(_SATURDAY, _SUNDAY),
}


@lru_cache(maxsize=8192)
def _opens(opening_hours: str, limit_id: str, now: dt.datetime) -> bool:
    """Whether a door is known to open at that time."""
    days = opening.week(opening_hours, now)
    return bool(days) and limit_id in _WHEN and _WHEN[limit_id](days, now)
