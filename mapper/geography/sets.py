"""A set of neighbourhoods: as it is stored, and how one is read from a GeoJSON, GeoPackage or Shapefile.

Only id, names and outline are taken from a file. Municipality and area are always computed: published copies
have them wrong.
"""

import datetime as dt
import hashlib
import json
import re
import unicodedata
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from mapper.model import Problem, Record
from mapper.text import N_, Text

MAX_BYTES = 20_000_000
MAX_UNPACKED_BYTES = 100_000_000

#: West, south, east, north, in degrees: the Brussels region with some room.
SANE_BBOX = (4.2, 50.75, 4.5, 50.93)

_ID_COLUMNS = ("mdzone", "md_id", "id")
_NAME_COLUMNS = {"nl": ("namedut", "name_nl"), "fr": ("namefre", "name_fr")}
#: The lengths keep area ids apart: a postcode has four digits, a municipality five.
_NUMBER = re.compile(r"[0-9]{1,3}")
_UNREADABLE = N_(
    "{file} cannot be read as neighbourhoods: it is not a whole GeoJSON, GeoPackage or Shapefile. Get it again."
)


class Outline(Record, frozen=True):
    """One neighbourhood as read from a file: official number, names, GeoJSON geometry (WGS84) as text."""

    id: str
    name: Text
    geometry_geojson: str


class SetSource(Record, frozen=True):
    """Where a set of neighbourhoods comes from."""

    title: str
    url: str = ""
    retrieved_on: dt.date | None = None
    sha256: str = ""
    licence: str = ""
    approximate: bool = False
    count: int = 0


class NeighbourhoodSet(Record, frozen=True):
    """A set of neighbourhoods as it is stored: outlines and source, nothing computed."""

    neighbourhoods: tuple[Outline, ...]
    title: str
    url: str = ""
    retrieved_on: dt.date | None = None
    sha256: str = ""
    licence: str = ""
    approximate: bool = False

    @property
    def source(self) -> SetSource:
        """Where it comes from, without the outlines."""
        return SetSource(
            title=self.title,
            url=self.url,
            retrieved_on=self.retrieved_on,
            sha256=self.sha256,
            licence=self.licence,
            approximate=self.approximate,
            count=len(self.neighbourhoods),
        )


def read_neighbourhoods(path: Path, *, title: str = "", url: str = "", licence: str = "") -> NeighbourhoodSet:
    """The neighbourhoods in a GeoJSON, GeoPackage, Shapefile or zipped Shapefile, in any coordinate system.

    The number stands in a column mdzone, md_id or id; the names in namedut and namefre, or name_nl and name_fr.
    Raises `Problem` with one sentence when the file cannot be used as a whole; nothing is skipped.
    """
    body = _bytes_of(path)
    frame = _frame(path, body)
    outlines = _outlines(path.name, frame)
    return NeighbourhoodSet(
        neighbourhoods=tuple(sorted(outlines, key=lambda one: int(one.id))),
        title=title or path.name,
        url=url,
        retrieved_on=dt.date.today(),
        sha256=hashlib.sha256(body).hexdigest(),
        licence=licence,
    )


def _bytes_of(path: Path) -> bytes:
    if path.is_dir():
        raise Problem(N_("{file} is a folder: name the files in it."), file=path.name)
    if not path.is_file():
        raise Problem(N_("There is no file {file}. Check its name and folder."), file=path.name)
    if path.stat().st_size > MAX_BYTES:
        raise Problem(N_("{file} is larger than 20 MB, too large for neighbourhoods. Check the file."), file=path.name)
    body = path.read_bytes()
    if not body.strip():
        raise Problem(N_("{file} is empty. Get it again."), file=path.name)
    return body


def _frame(path: Path, body: bytes) -> Any:
    """A GeoDataFrame. What the file is, is told by its first bytes: GDAL would also open formats that fetch others."""
    source = str(path)
    start = body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or (start[:2] in (b"{\0", b"\0{") and b"\0" in body[:16]):
        raise Problem(N_("{file} is in UTF-16. Save it as UTF-8 and try again."), file=path.name)
    if start.startswith(b"{"):
        _check_geojson(path.name, body)
    elif body.startswith(b"PK"):
        source = f"/vsizip/{{{path.resolve()}}}/{_shapefile_inside(path)}"
    elif not body.startswith((b"SQLite format 3\0", b"\x00\x00\x27\x0a")):
        raise Problem(_UNREADABLE, file=path.name)
    import geopandas  # half a second: only where it is used

    try:
        with warnings.catch_warnings(action="ignore"):  # what GDAL has to say about a file is not for a person
            frame = geopandas.read_file(source, engine="pyogrio")
        if not isinstance(frame, geopandas.GeoDataFrame) or frame.empty:
            raise Problem(N_("{file} holds no neighbourhoods. Check the file."), file=path.name)
        return frame if frame.crs is None else frame.to_crs(4326)
    except Problem:
        raise
    except Exception:  # GDAL, PROJ and GEOS each raise their own kinds, none of which says more to a person
        raise Problem(_UNREADABLE, file=path.name) from None


def _check_geojson(name: str, body: bytes) -> None:
    def refuse_constant(_constant: str) -> None:
        raise Problem(N_("{file} has a coordinate that is not a number. Get it again."), file=name)

    try:
        document = json.loads(body.decode("utf-8-sig"), parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise Problem(_UNREADABLE, file=name) from None
    if not isinstance(document, dict) or not isinstance(document.get("features"), list) or not document["features"]:
        raise Problem(N_("{file} holds no neighbourhoods. Check the file."), file=name)


def _shapefile_inside(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile:
        raise Problem(_UNREADABLE, file=path.name) from None
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise Problem(N_("{file} is too large when unpacked. Check the file."), file=path.name)
    shapefiles = [entry.filename for entry in entries if entry.filename.lower().endswith(".shp")]
    if len(shapefiles) != 1 or ".." in shapefiles[0]:
        raise Problem(N_("{file} must hold exactly one Shapefile. Unpack it and load that."), file=path.name)
    return shapefiles[0]


def _outlines(name: str, frame: Any) -> list[Outline]:
    columns = {str(column).lower(): column for column in frame.columns}
    id_column = next((columns[one] for one in _ID_COLUMNS if one in columns), None)
    name_columns = {language: next((columns[one] for one in candidates if one in columns), None)
                    for language, candidates in _NAME_COLUMNS.items()}  # fmt: skip
    if id_column is None or not any(name_columns.values()):
        raise Problem(
            N_("{file} has no column mdzone, md_id or id with names in namedut, namefre, name_nl or name_fr. "
               "Check that it is the file of neighbourhoods."), file=name)  # fmt: skip
    outlines = []
    for row, shape in zip(frame.to_dict("records"), frame.geometry, strict=True):
        number = _number(name, row[id_column])
        words = {language: _words(row[column]) for language, column in name_columns.items() if column is not None}
        if not any(words.values()):
            raise Problem(N_("{file}: neighbourhood {number} has no name. Correct it and try again."),
                          file=name, number=number)  # fmt: skip
        outlines.append(Outline(id=number, name=Text.of(words), geometry_geojson=_geometry(name, number, shape)))
    numbers = [one.id for one in outlines]
    for number in numbers:
        if numbers.count(number) > 1:
            raise Problem(N_("{file} has neighbourhood {number} twice. Correct it and try again."),
                          file=name, number=number)  # fmt: skip
    return outlines


def _number(name: str, value: Any) -> str:
    # A column of whole numbers with a gap comes back as floats.
    number = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    if not _NUMBER.fullmatch(number) or int(number) == 0:
        raise Problem(N_("{file}: “{number}” is not the number of a neighbourhood (1 to 999). Correct it and try "
                         "again."), file=name, number=number[:40])  # fmt: skip
    return str(int(number))


def _words(value: Any) -> str:
    return unicodedata.normalize("NFC", " ".join(value.split())) if isinstance(value, str) else ""


def _geometry(name: str, number: str, shape: Any) -> str:
    """The polygon as GeoJSON text, valid, two-dimensional, to six decimals."""
    if shape is None or shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
        raise Problem(N_("{file}: neighbourhood {number} has no outline, or a coordinate that is not a number. "
                         "Get it again."), file=name, number=number)  # fmt: skip
    west, south, east, north = shape.bounds
    if not (SANE_BBOX[0] <= west and SANE_BBOX[1] <= south and east <= SANE_BBOX[2] and north <= SANE_BBOX[3]):
        raise Problem(N_("{file}: neighbourhood {number} is not in Brussels. Its coordinate system may be wrong: "
                         "save the file again in WGS84 (EPSG:4326)."), file=name, number=number)  # fmt: skip
    valid = shapely.make_valid(shapely.force_2d(shape))
    polygons = [part for part in shapely.get_parts(shapely.get_parts(valid)) if part.geom_type == "Polygon"]
    if not polygons:
        raise Problem(N_("{file}: neighbourhood {number} is not an area. Check the file."), file=name, number=number)
    whole = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    rounded = shapely.transform(whole, lambda xy: np.round(xy, 6))
    text: str = shapely.to_geojson(rounded if rounded.is_valid else whole)
    return text
