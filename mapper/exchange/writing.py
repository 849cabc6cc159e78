"""Out: the inventory to one file. Written beside it first, so that a full disk leaves the old file whole."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from mapper.geography import Geography
from mapper.model import Problem, Resource
from mapper.text import N_


def write_file(path: Path, resources: Iterable[Resource], geography: Geography) -> int:
    """Writes records in the format that the file's name asks for; returns how many.

    Raises `Problem` for a name that tells no format, or a folder that cannot be written.
    """
    records = list(resources)
    if str(path) == "-":
        sys.stdout.write(_body("jsonl", records, geography).decode())
        return len(records)
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in ("jsonl", "csv", "geojson"):
        raise Problem(N_("{path} tells no format. End the name with .jsonl, .csv or .geojson."), path=path)
    write_bytes(path, _body(suffix, records, geography))
    return len(records)


def write_bytes(path: Path, body: bytes) -> None:
    """Puts a whole file in its place at once. Raises `Problem` for a folder that cannot be written."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(body)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Problem(
            N_("{path} cannot be written ({error}). Choose another folder."), path=path, error=error.strerror
        ) from None


def _body(suffix: str, records: list[Resource], geography: Geography) -> bytes:
    if suffix == "csv":
        from mapper.exchange.tables import write_csv

        return write_csv(records).encode()
    if suffix == "geojson":
        from mapper.exchange.geojson import write_geojson

        return write_geojson(records, geography.point_of)
    from mapper.exchange.jsonlines import write

    return b"".join(write(records))
