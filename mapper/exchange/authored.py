"""The inventory that people write by hand: TOML files with one or more `[[resource]]` tables."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from mapper.exchange.reading import Reading, open_text
from mapper.model import Problem, from_table
from mapper.text import N_


def read_folder(folder: Path) -> Iterator[Reading]:
    """Every resource of every .toml file in the folder, files in order of name.

    A file or a table that cannot be used is a `Reading` with its problem, so that the rest still counts.
    Raises `Problem` when there is no such folder.
    """
    if not folder.is_dir():
        raise Problem(N_("There is no folder {folder}: check its name."), folder=str(folder))
    for path in sorted(folder.glob("*.toml")):
        try:
            yield from read_file(path)
        except Problem as problem:
            yield Reading(line=None, problem=problem, file=path.name)


def read_file(path: Path) -> Iterator[Reading]:
    """The resources of one file, in their order, without line numbers: a TOML parser does not keep them.

    Raises `Problem` before the first one when the file as a whole cannot be used.
    """
    try:
        document = tomllib.loads(open_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Problem(N_("{file} is not valid TOML: {error}. Correct it."), file=path.name, error=str(error)) from None
    tables = document.get("resource")
    if set(document) != {"resource"} or not isinstance(tables, list) or not tables:
        raise Problem(
            N_("{file} should have [[resource]] tables and nothing else: write each place as one."), file=path.name
        )
    return (_read_table(path, number, table) for number, table in enumerate(tables, start=1))


def _read_table(path: Path, number: int, table: object) -> Reading:
    where = f"{path.name}, [[resource]] {number}"
    try:
        if not isinstance(table, dict):
            raise Problem(N_("A resource is a table of keys and values. Write [[resource]] above it."))
        return Reading(line=None, resource=from_table(table), file=where)
    except Problem as problem:
        return Reading(line=None, problem=problem, file=where)
