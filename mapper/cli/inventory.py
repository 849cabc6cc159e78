"""Records one by one and in files, and the doctor."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from mapper.cli.terminal import Terminal, as_json_option, main, print_json
from mapper.exchange.plan import ImportReport
from mapper.exchange.reading import Reading
from mapper.model import Problem, to_table
from mapper.text import N_


@main.command()
@click.argument("resource_id", metavar="ID")
@as_json_option
@click.pass_obj
def show(terminal: Terminal, resource_id: str, as_json: bool) -> None:
    """Show one record with its sources.

    Example: mapper show 7kqm2xw9ht --json
    """
    with terminal.open() as mapper:
        record = mapper.show(resource_id, terminal.reader())
        if record is None:
            raise Problem(N_("There is no record {id}. Find its id with: mapper search NAME"), id=resource_id)
        table = to_table(record)
    if as_json:
        print_json(table)
        return
    for key, value in table.items():
        shown = record.__getattribute__(key)
        words = shown.best(terminal.language)[1] if hasattr(shown, "best") else json.dumps(value, ensure_ascii=False)
        click.echo(f"{key}: {words}")


@main.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@as_json_option
@click.pass_obj
def import_command(terminal: Terminal, files: tuple[Path, ...], dry_run: bool, as_json: bool) -> None:
    """Take over places from files: OpenStreetMap (Overpass JSON, GeoJSON, CSV), our own CSV, GeoJSON, JSON Lines, TOML.

    All of it or, when something goes wrong, nothing. Never makes a record more visible or more precise. Exit code 1
    when nothing in the files could be used.

    Example: mapper import places.csv --dry-run
    """
    from mapper.exchange.reading import read_any

    writer = terminal.writer()
    with terminal.open() as mapper:
        readings: Iterable[Reading] = [reading for file in files for reading in _with_progress(read_any(file), file)]
        report = mapper.import_resources(writer, readings, dry_run=dry_run)
    refused = [
        {**msgspec.to_builtins(entry), "message": terminal.say(entry.message).format(**entry.data)}
        for entry in report.refused
    ]
    if as_json:
        print_json({**msgspec.structs.asdict(report), "refused": refused, "dry_run": dry_run})
    else:
        _tell_report(terminal, report, refused, dry_run)
    if refused and not (report.new or report.changed or report.same or report.kept):
        sys.exit(1)


def _tell_report(terminal: Terminal, report: ImportReport, refused: list[dict[str, Any]], dry_run: bool) -> None:
    for entry in refused:
        where = f"{entry['file']}:{entry['line']}" if entry["line"] else entry["file"]
        click.echo(f"{where}: {entry['message']}", err=True)
    template = (
        N_("Would be: {new} new, {changed} changed, {same} the same, {kept} kept as edited here, {refused} refused.")
        if dry_run
        else N_("Done: {new} new, {changed} changed, {same} the same, {kept} kept as edited here, {refused} refused.")
    )
    counts = {name: len(getattr(report, name)) for name in ("new", "changed", "same", "kept", "refused")}
    click.echo(terminal.say(template).format(**counts))


def _with_progress(readings: Iterable[Reading], file: Path) -> Iterator[Reading]:
    with click.progressbar(
        readings, label=file.name, file=sys.stderr, show_pos=True, hidden=not sys.stderr.isatty()
    ) as bar:
        yield from bar


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@as_json_option
@click.pass_obj
def export(terminal: Terminal, file: Path, as_json: bool) -> None:
    """Write the public inventory to a .jsonl, .csv or .geojson file ("-" for JSON Lines on the screen).

    Example: mapper export inventory.geojson
    """
    from mapper.exchange.writing import write_file

    with terminal.open() as mapper:
        count = write_file(file, mapper.resources(terminal.reader()), mapper.geography)
    if as_json:
        print_json({"file": str(file), "count": count})
    elif str(file) != "-":
        click.echo(terminal.say("{count} records written to {file}.").format(count=count, file=file))


@main.command()
@as_json_option
@click.pass_obj
def check(terminal: Terminal, as_json: bool) -> None:
    """The doctor: tells what is wrong with the store and the data. Exit code 1 when there are errors.

    Example: mapper check --json
    """
    with terminal.open() as mapper:
        found = mapper.check()
    if as_json:
        print_json(
            [{**msgspec.to_builtins(one), "message": terminal.say(one.message).format(**one.data)} for one in found]
        )
    else:
        for one in found:
            where = f" {one.record_id}" if one.record_id else ""
            click.echo(f"{one.severity}{where}: {terminal.say(one.message).format(**one.data)}")
        click.echo(
            terminal.say("{errors} errors, {warnings} warnings.").format(
                errors=sum(one.severity == "error" for one in found),
                warnings=sum(one.severity == "warning" for one in found),
            )
        )
    if any(one.severity == "error" for one in found):
        sys.exit(1)
