"""Out: several tables in one file for other people's programs: CSV, XLSX (a sheet each), GeoPackage (a layer each).

A table is a list of rows with the same keys. Cells that a spreadsheet would run as a formula are neutralised.
"""

import csv
import datetime as dt
import io
import struct
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mapper.exchange.tables import neutralised
from mapper.model import Problem
from mapper.text import N_

Table = Sequence[Mapping[str, Any]]
Tables = Mapping[str, Table]

FORMATS = ("csv", "xlsx", "gpkg")
#: Where a row lies; a layer of a GeoPackage takes its points from these.
_LON, _LAT = "lon", "lat"
#: The shape of a row as well-known binary, for a layer of a GeoPackage only.
OUTLINE = "outline_wkb"
_ILLEGAL = dict.fromkeys((*range(0x00, 0x09), 0x0B, 0x0C, *range(0x0E, 0x20)))


def write_tables(tables: Tables, suffix: str) -> bytes:
    """The tables as one file. Raises `Problem` for a format that there is not."""
    if suffix == "csv":
        return _csv(tables).encode()
    if suffix == "xlsx":
        return _xlsx(tables)
    if suffix == "gpkg":
        return _gpkg(tables)
    raise Problem(N_("There is no format “{suffix}”. Choose csv, xlsx or gpkg."), suffix=suffix[:20])


def _columns(table: Table) -> list[str]:
    return [key for key in dict.fromkeys(key for row in table for key in row) if key != OUTLINE]


def _csv(tables: Tables) -> str:
    """All tables below each other; the first column says which table a row is of."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    columns = list(dict.fromkeys(column for table in tables.values() for column in _columns(table)))
    writer.writerow(["table", *columns])
    for name, table in tables.items():
        for row in table:
            writer.writerow([name, *(neutralised(_words(row.get(column))) for column in columns)])
    return out.getvalue()


def _words(value: Any) -> str:
    return "" if value is None else str(value)


def _xlsx(tables: Tables) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.active)
    for name, table in tables.items():
        sheet = book.create_sheet(name[:31])
        columns = _columns(table)
        sheet.append(columns)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        for row in table:
            sheet.append([_cell(row.get(column)) for column in columns])
        for at, column in enumerate(columns, 1):
            widest = max([len(column), *(len(_words(row.get(column))) for row in table)])
            sheet.column_dimensions[sheet.cell(1, at).column_letter].width = min(60, widest + 2)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, (bool, int, float, dt.date)) or value is None:
        return value
    return neutralised(str(value).translate(_ILLEGAL))


def _gpkg(tables: Tables) -> bytes:
    import pyogrio.raw

    with tempfile.TemporaryDirectory(prefix="mapper-") as folder:
        file = Path(folder) / "tables.gpkg"
        for number, (name, table) in enumerate((name, table) for name, table in tables.items() if table):
            columns = _columns(table)
            shapes, kind = _shapes(table)
            fields = [_field([row.get(column) for row in table]) for column in columns]
            pyogrio.raw.write(
                str(file),
                geometry=shapes,
                geometry_type=kind,
                field_data=[values for values, _missing in fields],
                field_mask=[missing for _values, missing in fields],
                fields=columns,
                crs="EPSG:4326" if kind else None,
                driver="GPKG",
                layer=name,
                append=number > 0,
                # Without a geometry the driver would otherwise leave a table out of the list of layers.
                layer_options={"IDENTIFIER": name},
            )
        return file.read_bytes()


def _shapes(table: Table) -> tuple[Any, str | None]:
    if any(OUTLINE in row for row in table):
        return np.array([row.get(OUTLINE) for row in table], dtype=object), "MultiPolygon"
    if any(_LON in row for row in table):
        points = [_point(row.get(_LON), row.get(_LAT)) for row in table]
        return np.array(points, dtype=object), "Point"
    return None, None


def _point(lon: float | None, lat: float | None) -> bytes | None:
    return None if lon is None or lat is None else struct.pack("<BIdd", 1, 1, lon, lat)


def _field(values: list[Any]) -> tuple[Any, Any]:
    """The values of a column in the type that a map program sorts and sums them by, and where there is none.

    Whole numbers, numbers, yes or no, dates; anything else is words.
    """
    missing = np.array([value is None for value in values])
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return np.array([bool(value) for value in values]), missing
    if kinds == {int}:
        return np.array([value or 0 for value in values], dtype=np.int64), missing
    if kinds and kinds <= {int, float}:
        return np.array([np.nan if value is None else float(value) for value in values]), missing
    if kinds == {dt.date}:
        return np.array([value or dt.date(1970, 1, 1) for value in values], dtype="datetime64[D]"), missing
    return np.array([None if value is None else neutralised(_words(value)) for value in values], dtype=object), missing
