"""The inventory that people write by hand: TOML files with one or more `[[resource]]` tables."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from mapper.exchange.reading import Reading
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
        yield from read_file(path)


def read_file(path: Path) -> Iterator[Reading]:
    """The resources of one file, in their order, without line numbers: a TOML parser does not keep them."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        yield _refused(path, Problem(N_("{file} is not in UTF-8: save it again as UTF-8."), file=path.name))
        return
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problem = Problem(N_("{file} is not valid TOML: {error}. Correct it."), file=path.name, error=str(error))
        yield _refused(path, problem)
        return
    except OSError as error:
        reason = error.strerror or str(error)
        yield _refused(path, Problem(N_("{file} cannot be opened: {reason}."), file=path.name, reason=reason))
        return
    tables = document.get("resource")
    if set(document) != {"resource"} or not isinstance(tables, list) or not tables:
        problem = Problem(
            N_("{file} should have [[resource]] tables and nothing else: write each place as one."), file=path.name
        )
        yield _refused(path, problem)
        return
    for number, table in enumerate(tables, start=1):
        yield _read_table(path, number, table)


def _read_table(path: Path, number: int, table: object) -> Reading:
    try:
        if not isinstance(table, dict):
            raise Problem(N_("A resource is a table of keys and values. Write [[resource]] above it."))
        return Reading(line=None, resource=from_table(table), file=path.name)
    except Problem as error:
        problem = Problem(N_("{file}, resource {number}: {error}"), file=path.name, number=number, error=str(error))
        return _refused(path, problem)


def _refused(path: Path, problem: Problem) -> Reading:
    return Reading(line=None, problem=problem, file=path.name)
