"""Sourced figures per neighbourhood, from a CSV with one row a neighbourhood and columns such as pct_65plus_2025."""

import math
import re
from pathlib import Path

from mapper.exchange import tables
from mapper.exchange.reading import open_text
from mapper.model import Figure, Problem
from mapper.text import N_

_ID_COLUMNS = ("md_id", "mdzone")
#: pct_65plus_2025: an indicator and the year it was counted. Other columns (names, areas) are not figures.
_FIGURE_COLUMN = re.compile(r"(?P<indicator>[a-z][a-z0-9_]*)_(?P<year>(?:19|20)[0-9]{2})")


def read_figures(path: Path, source_title: str) -> tuple[Figure, ...]:
    """One figure for each neighbourhood and each column that ends in a year; an empty cell is a figure without value.

    Empty never becomes zero: 27 of the 145 neighbourhoods are uninhabited. Raises `Problem` that names the line.
    """
    name = path.name
    headings, rows = tables.parse(open_text(path), name)
    headings = [heading.lower() for heading in headings]
    id_at = next((headings.index(one) for one in _ID_COLUMNS if one in headings), None)
    columns = [(at, match["indicator"], int(match["year"])) for at, heading in enumerate(headings)
               if (match := _FIGURE_COLUMN.fullmatch(heading))]  # fmt: skip
    if id_at is None or not columns:
        raise Problem(
            N_("{file} needs a column md_id and columns that end in a year, such as pct_65plus_2025."), file=name
        )
    figures: list[Figure] = []
    seen: set[str] = set()
    for line, row in rows:
        tables.check_width(headings, line, row)
        number = row[id_at].strip()
        if not re.fullmatch(r"[1-9][0-9]{0,2}", number) or number in seen:
            raise Problem(N_("{file}, line {line}: “{number}” is not a neighbourhood number, or stands there twice. "
                             "Correct the line."), file=name, line=line, number=number[:40])  # fmt: skip
        seen.add(number)
        figures += [
            Figure(neighbourhood=number, indicator=indicator, year=year, source=source_title,
                   value=_value(row[at], name, line, headings[at]))
            for at, indicator, year in columns
        ]  # fmt: skip
    return tuple(figures)


def _value(cell: str, name: str, line: int, column: str) -> float | None:
    if not cell.strip():
        return None
    try:
        value = float(cell.strip().replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Problem(N_("{file}, line {line}: “{cell}” under {column} is not a number. Correct it or leave it empty."),
                      file=name, line=line, cell=cell[:40], column=column)  # fmt: skip
    return value
