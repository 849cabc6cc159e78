"""What stays of cases: counts in a few fixed tables, so coarse that nobody can be found in them.

Counted once, when a case is erased, in the month of that day: a closed month never changes, so no two answers can be
subtracted from each other. No cell of one table is crossed with another table, and there are no totals.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from mapper.model import Record
from mapper.referrals import OPENED, Case, Introduction

Table = Literal["neighbourhood", "need", "slice", "time", "welcome", "people"]
People = Literal["few", "more", "not_told"]

TABLES: tuple[Table, ...] = get_args(Table)
#: Fewer than this is not shown at all; the rest is rounded to fives.
FEWEST = 10
_ROUNDED_TO = 5
#: From the first word to the open door, in days -> row.
_TIMES = ((7, "week"), (31, "month"), (92, "quarter"))


class Cell(Record, frozen=True):
    """One cell of a fixed table of one closed month. `count` is None where fewer than ten stand in it."""

    month: str
    table: Table
    row: str
    column: str
    count: int | None


class Through(Record, frozen=True):
    """How many of a hundred introductions opened a door, by how many people somebody can call on; None: too few."""

    people: People
    opened_of_100: int | None


def cells_of(case: Case, people: People) -> Iterator[tuple[Table, str, str]]:
    """Table, row and column in which each introduction of a case counts once."""
    neighbourhood = case.profile.neighbourhood if case.profile else ""
    for one in case.introductions:
        column = "opened" if one.has_opened else "not_opened"
        yield "neighbourhood", neighbourhood or "not_told", column
        yield "need", one.need or "not_told", column
        yield "slice", one.slice or "not_told", column
        yield "people", people, column
        if one.has_opened:
            yield "time", _time(one), column
            yield "welcome", one.felt_welcome or "not_told", column


def _time(one: Introduction) -> str:
    opened = next(step.on for step in one.steps if step.state in OPENED)
    days = (opened - one.steps[0].on).days
    return next((row for most, row in _TIMES if days <= most), "later")


def rounded(count: int) -> int | None:
    """A count as it may be shown.

    >>> [rounded(count) for count in (0, 9, 10, 12, 13, 1_002)]
    [None, None, 10, 10, 15, 1000]
    """
    return None if count < FEWEST else (count + _ROUNDED_TO // 2) // _ROUNDED_TO * _ROUNDED_TO


def shown(counts: Iterable[tuple[str, str, str, str, int]], this_month: str) -> list[Cell]:
    """Month, table, row, column and count as cells that may be shown: closed months only."""
    return [
        Cell(month=month, table=table, row=row, column=column, count=rounded(count))
        for month, table, row, column, count in counts
        if month < this_month and table in TABLES
    ]


def got_through(cells: Iterable[Cell]) -> list[Through]:
    """The Matthew audit on what happened: who got through, from shown counts only (study: Het Mattheüseffect)."""
    opened: dict[str, int] = {}
    all_told: dict[str, int] = {}
    for cell in cells:
        if cell.table == "people":
            all_told[cell.row] = all_told.get(cell.row, 0) + (cell.count or 0)
            if cell.column == "opened":
                opened[cell.row] = opened.get(cell.row, 0) + (cell.count or 0)
    # Both cells must be there: a share of what is hidden would tell it.
    return [
        Through(people=people, opened_of_100=round(100 * opened[people] / all_told[people])
                if opened.get(people) and all_told[people] > opened[people] else None)
        for people in get_args(People)
    ]  # fmt: skip
