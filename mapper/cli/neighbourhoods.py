"""`mapper neighbourhoods`: the areas of the city and their figures."""

import sys
from pathlib import Path
from typing import Any

import click

from mapper.cli.terminal import Commands, Terminal, as_json_option, main, print_json
from mapper.text import N_


@main.group(cls=Commands)
def neighbourhoods() -> None:
    """The neighbourhoods of Brussels: fetch the official set, load a file, list them.

    Example: mapper neighbourhoods fetch
    """


@neighbourhoods.command("fetch")
@click.option("--url", help="Fetch from here instead of the official addresses.")
@as_json_option
@click.pass_obj
def fetch_neighbourhoods_command(terminal: Terminal, url: str | None, as_json: bool) -> None:
    """Download the 145 official neighbourhoods (Wijkmonitoring, CC0) and load them.

    Example: mapper neighbourhoods fetch --url http://127.0.0.1:9000/neighbourhoods.geojson
    """
    from mapper.exchange.fetch import fetch_neighbourhoods
    from mapper.geography.sets import MAX_BYTES

    writer = terminal.writer()
    with terminal.open() as mapper:
        with click.progressbar(
            length=MAX_BYTES, label=terminal.say(N_("Fetching")), file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            found = fetch_neighbourhoods(url, lambda received, expected: _show(bar, received, expected))
        mapper.load_neighbourhoods(writer, found)
    _tell_loaded(terminal, len(found.neighbourhoods), found.title, as_json)


@neighbourhoods.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@as_json_option
@click.pass_obj
def load_neighbourhoods_command(terminal: Terminal, file: Path, as_json: bool) -> None:
    """Load neighbourhoods from GeoJSON, GeoPackage or Shapefile, in any coordinate system.

    Example: mapper neighbourhoods load MonitoringDistricts.gpkg
    """
    from mapper.geography import read_neighbourhoods

    writer = terminal.writer()
    with terminal.open() as mapper:
        found = read_neighbourhoods(file)
        mapper.load_neighbourhoods(writer, found)
    _tell_loaded(terminal, len(found.neighbourhoods), found.title, as_json)


def _show(bar: Any, received: int, expected: int | None) -> None:
    # Another address may have been tried before this one, so the count may start anew.
    bar.length = expected or max(received, bar.length)
    bar.update(received - bar.pos)


def _tell_loaded(terminal: Terminal, count: int, source: str, as_json: bool) -> None:
    if as_json:
        print_json({"count": count, "source": source})
    else:
        click.echo(terminal.say("{count} neighbourhoods loaded from {source}.").format(count=count, source=source))


@neighbourhoods.command("figures")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", required=True, help="Who counted, such as “IBSA/BISA and Statbel”.")
@as_json_option
@click.pass_obj
def load_figures_command(terminal: Terminal, file: Path, source: str, as_json: bool) -> None:
    """Load figures per neighbourhood from a CSV with a column md_id and columns such as pct_65plus_2025.

    Example: mapper neighbourhoods figures mdq_indicators.csv --source "IBSA/BISA and Statbel"
    """
    from mapper.exchange.figures import read_figures

    writer = terminal.writer()
    with terminal.open() as mapper:
        count = mapper.load_figures(writer, read_figures(file, source))
    if as_json:
        print_json({"count": count, "source": source})
    else:
        click.echo(terminal.say("{count} figures loaded from {source}.").format(count=count, source=source))


@neighbourhoods.command("list")
@as_json_option
@click.pass_obj
def list_neighbourhoods(terminal: Terminal, as_json: bool) -> None:
    """List the neighbourhoods with their municipality.

    Example: mapper neighbourhoods list --json
    """
    with terminal.open() as mapper:
        geography = mapper.geography
        rows = [
            {
                "id": entry.id,
                "name": dict(entry.name),
                "municipality": entry.municipality,
                "area_km2": round(entry.area_km2, 3),
                "approximate": entry.approximate,
            }
            for entry in geography.neighbourhoods.values()
        ]
        if as_json:
            print_json(rows)
            return
        for entry in geography.neighbourhoods.values():
            municipality = geography.municipalities.get(entry.municipality or "")
            of = municipality.name.best(terminal.language)[1] if municipality else ""
            sketch = " ~" if entry.approximate else ""
            click.echo(f"{entry.id:>4}  {entry.name.best(terminal.language)[1]} ({of}){sketch}")
