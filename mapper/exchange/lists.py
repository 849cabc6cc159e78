"""Spreadsheets as people really send them: XLSX or CSV, a title above the headings, merged cells, blank rows.

Gives a `Sheet`: headings and rows of plain words with the number each row has in the file, and for each heading the
column of ours it seems to mean. Which column it does mean is for a person to say.
"""

import csv
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from mapper.exchange import cells
from mapper.exchange.reading import TABLE_LIMIT_BYTES
from mapper.exchange.tables import MOST_COLUMNS, MOST_ROWS, column_of, known_headings
from mapper.model import Problem, Record
from mapper.text import N_, closest, fold

#: Unpacked, a spreadsheet may be so many times its size; more is a bomb, not a list of places.
_MOST_UNPACKED_BYTES = 30_000_000
_ROWS_LOOKED_AT = 15
_ROWS_SAMPLED = 200
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
#: What stands in a new Excel file behind a password, which looks like an old one.
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
#: Of 100: a heading with a slip or two, not another word.
_ALIKE = 84
_POSTCODE = re.compile(r"1[0-2]\d\d")


class Row(Record, frozen=True):
    """One row: its number in the file, counted from 1 as a spreadsheet shows it, and its cells."""

    line: int
    cells: tuple[str, ...]


class Sheet(Record, frozen=True):
    """A table of words. Every row has as many cells as there are headings."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    #: What had to be decided while reading, for the person to see.
    notes: tuple[str, ...] = ()

    def samples(self, column: int, count: int = 3) -> tuple[str, ...]:
        """The first different values under a heading."""
        values = dict.fromkeys(row.cells[column] for row in self.rows if row.cells[column])
        return tuple(list(values)[:count])


def read_sheet(body: bytes, name: str) -> Sheet:
    """The first sheet with something in it. Raises `Problem` in one sentence when there is no table to be read."""
    if not body:
        raise Problem(N_("{file} is empty: there is nothing to read."), file=name)
    if len(body) > TABLE_LIMIT_BYTES:
        raise Problem(
            N_("{file} is larger than {limit} MB: split it into smaller files."),
            file=name,
            limit=TABLE_LIMIT_BYTES // 1_000_000,
        )
    if body.startswith(_OLD_EXCEL):
        if _LOCKED in body:
            raise Problem(N_("{file} is locked with a password: save it without one."), file=name)
        raise Problem(N_("{file} is an old Excel file: save it as XLSX or CSV."), file=name)
    if body.lstrip().startswith((b"{", b"[")):
        raise Problem(N_("{file} is JSON, not a spreadsheet. An admin takes it over with: mapper import"), file=name)
    grid = _xlsx(body, name) if body.startswith(_ZIP) else _csv(body, name)
    return _table(grid, name)


def guess_columns(sheet: Sheet) -> tuple[str | None, ...]:
    """For each heading the column of ours that it seems to mean, None where nothing fits; no column twice.

    By the heading first, in Dutch, French or English, slips forgiven; else by what stands under it.
    """
    guesses: list[str | None] = [column_of(heading) for heading in sheet.headings]
    for index, heading in enumerate(sheet.headings):
        if guesses[index] is None:
            guesses[index] = _near_heading(heading) or _by_content([row.cells[index] for row in sheet.rows])
    taken: set[str] = set()
    for index, guess in enumerate(guesses):
        if guess in taken:
            guesses[index] = None
        elif guess:
            taken.add(guess)
    return tuple(guesses)


def _near_heading(heading: str) -> str | None:
    # "Naam van de organisatie": each of its words may be a heading; the first that is one decides.
    known = known_headings()
    words = fold(heading).split()
    for word in words:
        if len(word) > 2 and word in known:
            return known[word]
    near = closest(fold(heading), [one for one in known if len(one) > 4], _ALIKE) if len(heading) > 4 else None
    return known[near] if near else None


def _by_content(values: Sequence[str]) -> str | None:
    """What nearly all the values under a heading are: telephone numbers, e-mail, web addresses, postcodes."""
    told = [value for value in values[:_ROWS_SAMPLED] if value]
    if not told:
        return None

    def mostly(fits: Callable[[str], bool]) -> bool:
        return sum(map(fits, told)) >= 0.8 * len(told)

    if mostly(lambda value: _is_usable(cells.email, value)):
        return "email"
    if mostly(lambda value: _is_usable(cells.website, value)):
        return "website"
    if mostly(lambda value: _POSTCODE.fullmatch(value) is not None):
        return "postcode"
    if mostly(lambda value: len(re.sub(r"\D", "", value)) >= 8 and _is_usable(cells.phone, value)):
        return "phone"
    return None


def _is_usable(parse: Callable[[str], str], value: str) -> bool:
    try:
        parse(value)
    except Problem:
        return False
    return True


# From bytes to a grid of words


Grid = tuple[list[list[str]], list[str]]


def _xlsx(body: bytes, name: str) -> Grid:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_UNPACKED_BYTES:
                raise Problem(N_("{file} is far larger when unpacked: split it into smaller files."), file=name)
            # Read row by row, and what is merged apart: a book read whole makes every single cell of a merged range,
            # and a file of 5 KB can merge seventeen thousand million.
            book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets:
                grid = list(_rows_of(sheet, name))
                if any(any(row) for row in grid):
                    _spread_merged(grid, _merged_in(archive.read(sheet._worksheet_path)))
                    return grid, [sheet.title] if len(book.worksheets) > 1 else []
    except Problem:
        raise
    except (
        zipfile.BadZipFile, zlib.error, InvalidFileException, KeyError, ValueError, OSError, SyntaxError, TypeError,
        NotImplementedError, RuntimeError, AttributeError,
    ):  # fmt: skip
        raise Problem(
            N_("{file} is not a spreadsheet that can be read: save it again as XLSX or CSV."), file=name
        ) from None
    raise Problem(N_("{file} is empty: there is nothing to read."), file=name)


def _rows_of(sheet: Any, name: str) -> Iterator[list[str]]:
    """The rows of one sheet in words, as long as it stays within what a list may hold."""
    # How large it says it is can be a lie.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if len(row) > MOST_COLUMNS:
            raise _too_wide(name)
        if number > MOST_ROWS + _ROWS_LOOKED_AT:
            raise _too_long(name)
        yield [_words(cell) for cell in row]


def _merged_in(sheet_xml: bytes) -> Iterator[tuple[int, int, int, int]]:
    """The merged ranges of a sheet: first column and row, last column and row, counted from 1."""
    from openpyxl.utils import range_boundaries

    for reference in _MERGED.findall(sheet_xml):
        first_column, first_row, last_column, last_row = range_boundaries(reference.decode("ascii"))
        yield int(first_column or 0), int(first_row or 0), int(last_column or 0), int(last_row or 0)


def _too_wide(name: str) -> Problem:
    return Problem(
        N_("{file} has more than {most} columns: keep only those that this map knows."), file=name, most=MOST_COLUMNS
    )


def _too_long(name: str) -> Problem:
    return Problem(N_("{file} has more than {most} rows: split it into smaller files."), file=name, most=MOST_ROWS)


def _spread_merged(grid: list[list[str]], merged: Iterable[tuple[int, int, int, int]]) -> None:
    """A cell merged downwards counts for each of its rows: one address above two groups is the address of both."""
    for first_column, first_row, last_column, last_row in merged:
        if first_row < last_row <= len(grid) and first_column == last_column <= len(grid[first_row - 1]):
            words = grid[first_row - 1][first_column - 1]
            for row in grid[first_row:last_row]:
                row.extend([""] * (first_column - len(row)))
                row[first_column - 1] = words


def _words(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else ("1" if value else "")
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).replace("_x000D_", " ").split())


def _csv(body: bytes, name: str) -> Grid:
    notes: list[str] = []
    text = _text_of(body, name, notes)
    first = re.sub(r'"[^"]*"', "", "\n".join(text.splitlines()[:_ROWS_LOOKED_AT]))
    separator = max(";,\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        raise Problem(
            N_("{file} is broken: a quotation mark is missing or stands too much. Save it again as XLSX."), file=name
        ) from None
    return [[" ".join(cell.split()) for cell in row] for row in rows], notes


def _text_of(body: bytes, name: str, notes: list[str]) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace").replace("\0", "")
    if b"\0" in body or body.lstrip().startswith((b"%PDF", b"<")):
        raise Problem(N_("{file} is not a table of words: save it as XLSX or CSV."), file=name)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What a Belgian Excel saves as plain CSV.
        notes.append("cp1252")
        return body.decode("cp1252", "replace")


# From a grid to a table


def _table(grid: Grid, name: str) -> Sheet:
    rows, notes = grid
    at = _row_of_headings(rows)
    if at is None:
        raise Problem(N_("{file} has no row of headings, such as name, address, phone. Add one at the top."), file=name)
    headings = rows[at]
    width = max((index + 1 for index, heading in enumerate(headings) if heading), default=0)
    kept = [
        Row(line=number, cells=tuple((row + [""] * width)[:width]))
        for number, row in enumerate(rows[at + 1 :], start=at + 2)
        if any(row[:width])
    ]
    if not kept:
        raise Problem(N_("{file} has headings but no rows."), file=name)
    if len(kept) > MOST_ROWS:
        raise _too_long(name)
    if width > MOST_COLUMNS:
        raise _too_wide(name)
    return Sheet(name=name, headings=tuple(headings[:width]), rows=tuple(_rows_with_words(kept)), notes=tuple(notes))


def _rows_with_words(rows: Sequence[Row]) -> Iterator[Row]:
    """Rows without the repeated headings and totals that people put between."""
    for row in rows:
        known = sum(1 for cell in row.cells if cell and column_of(cell) is not None)
        told = sum(1 for cell in row.cells if cell)
        if known < 2 or known < 0.8 * told:
            yield row


def _row_of_headings(rows: Sequence[Sequence[str]]) -> int | None:
    """The row among the first that names most columns; with none that names any, the first that is filled widest."""
    best, most = None, 0
    for number, row in enumerate(rows[:_ROWS_LOOKED_AT]):
        named = sum(1 for cell in row if cell and (column_of(cell) or _near_heading(cell)))
        if named > most and sum(1 for cell in row if cell) > 1:
            best, most = number, named
    if best is None:
        filled = [sum(1 for cell in row if cell) for row in rows[:_ROWS_LOOKED_AT]]
        if max(filled, default=0) > 1:
            best = filled.index(max(filled))
    return best
