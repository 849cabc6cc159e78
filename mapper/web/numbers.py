"""What stays of cases, for teams and policy: fixed tables of closed months, coarse on purpose."""

from collections.abc import Callable
from itertools import groupby

from flask import Blueprint, render_template
from flask_babel import gettext

from mapper.numbers import FEWEST, TABLES, Cell
from mapper.text import N_
from mapper.web.asking import area_name
from mapper.web.case_words import WELCOMES
from mapper.web.guard import asks, current_actor
from mapper.web.languages import plain
from mapper.web.resident import the_mapper

blueprint = Blueprint("numbers", __name__)

TITLES = {
    "neighbourhood": N_("By neighbourhood"),
    "need": N_("By what would help"),
    "slice": N_("By kind of care"),
    "time": N_("From the first word to the open door"),
    "welcome": N_("Felt welcome?"),
    "people": N_("By how many people somebody can call on"),
}
_ROWS = {
    "not_told": N_("not told"),
    "week": N_("within a week"),
    "month": N_("within a month"),
    "quarter": N_("within three months"),
    "later": N_("later"),
    "few": N_("few people to call on"),
    "more": N_("more people to call on"),
}


@blueprint.get("/team/numbers")
@asks("read_numbers")
def numbers() -> str:
    """Every closed month, latest first, each in the same tables."""
    cells, through = the_mapper().cases.numbers(current_actor())
    months = [
        (month, [(gettext(TITLES[table]), _rows([cell for cell in of_month if cell.table == table]))
                 for table in TABLES if any(cell.table == table for cell in of_month)])
        for month, found in groupby(sorted(cells, key=lambda cell: cell.month, reverse=True), lambda cell: cell.month)
        if (of_month := list(found))
    ]  # fmt: skip
    return render_template(
        "numbers.html", months=months, through=[(_row("people", one.people), one.opened_of_100) for one in through],
        fewest=FEWEST,
    )  # fmt: skip


def _rows(cells: list[Cell]) -> list[tuple[str, int | None, int | None]]:
    """Label of a row, doors that opened, doors that did not. None is under ten, and that may be none at all."""
    counts = {(cell.row, cell.column): cell.count for cell in cells}
    rows = dict.fromkeys(cell.row for cell in cells)
    return [(_row(cells[0].table, row), counts.get((row, "opened")), counts.get((row, "not_opened"))) for row in rows]


def _row(table: str, row: str) -> str:
    mapper = the_mapper()
    named: dict[str, Callable[[], str]] = {
        "neighbourhood": lambda: plain(area_name(row, mapper.geography)),
        "need": lambda: plain(mapper.taxonomy.needs[row].label) if row in mapper.taxonomy.needs else row,
        "slice": lambda: plain(mapper.taxonomy.slices[row].label) if row in mapper.taxonomy.slices else row,
        "welcome": lambda: gettext(WELCOMES.get(row, row)),  # type: ignore[call-overload]
    }
    return gettext(_ROWS[row]) if row in _ROWS else named.get(table, lambda: row)()
