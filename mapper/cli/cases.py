"""Looking after cases from the terminal: erasing what is over, the numbers that stay, and the key file."""

import click
import msgspec

from mapper.cli.terminal import Terminal, as_json_option, main, print_json


@main.command("erase-expired")
@as_json_option
@click.pass_obj
def erase_expired(terminal: Terminal, as_json: bool) -> None:
    """Erase every case whose last day is over. The site does this once a day by itself.

    Example: mapper erase-expired --json
    """
    terminal.writer()
    with terminal.open() as mapper:
        erased = mapper.cases.erase_expired()
    if as_json:
        print_json(msgspec.to_builtins(erased))
    else:
        click.echo(terminal.say("{ended} cases erased.").format(ended=erased.ended + erased.finished))


@main.command("numbers")
@as_json_option
@click.pass_obj
def numbers(terminal: Terminal, as_json: bool) -> None:
    """What came of introductions, in whole months: under ten not shown, the rest rounded to fives.

    Example: mapper numbers --json
    """
    with terminal.open() as mapper:
        cells, through = mapper.cases.numbers(terminal.writer())
    if as_json:
        print_json({"cells": msgspec.to_builtins(cells), "through": msgspec.to_builtins(through)})
        return
    for cell in cells:
        click.echo(
            f"{cell.month}  {cell.table}  {cell.row}  {cell.column}  {'<10' if cell.count is None else cell.count}"
        )
    for one in through:
        click.echo(f"people  {one.people}  opened of 100  {'-' if one.opened_of_100 is None else one.opened_of_100}")
    if not cells:
        click.echo(terminal.say("No whole month has numbers yet. They come when cases end."))


@main.group("keys")
def keys_group() -> None:
    """The key file that all cases are sealed with.

    Example: mapper keys make
    """


@keys_group.command("make")
@as_json_option
@click.pass_obj
def make(terminal: Terminal, as_json: bool) -> None:
    """Make the key file ($MAPPER_KEY_FILE, else case.key in the instance). Never overwrites one.

    Example: mapper keys make
    """
    with terminal.open() as mapper:
        path = mapper.keys.make(terminal.writer())
    if as_json:
        print_json({"key_file": str(path)})
    else:
        click.echo(terminal.say("Key file made: {path}. Keep a copy elsewhere, apart from the backup of the database.")
                   .format(path=path))  # fmt: skip


@keys_group.command("rotate")
@as_json_option
@click.pass_obj
def rotate(terminal: Terminal, as_json: bool) -> None:
    """Replace the key file by a new one; every case stays readable, and the old key file opens nothing any more.

    Example: mapper keys rotate
    """
    with terminal.open() as mapper:
        count = mapper.keys.rotate(terminal.writer())
    if as_json:
        print_json({"wrapped_anew": count})
    else:
        click.echo(terminal.say("{count} keys wrapped anew. Copies of the old key file can be thrown away.")
                   .format(count=count))  # fmt: skip
