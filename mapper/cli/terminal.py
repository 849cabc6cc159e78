"""What every command shares: the instance it works on, who asks, and how answers and problems are printed."""

import json
import os
from pathlib import Path
from typing import Any

import click

from mapper import __version__
from mapper.access import RESIDENT, TERMINAL_ADMIN, Actor
from mapper.core import Mapper
from mapper.model import Point, Problem
from mapper.text import N_, closest
from mapper.wording import LANGUAGES, say, translator


class Terminal:
    """What the options before the command say."""

    def __init__(self, home: Path, language: str, as_admin: bool) -> None:
        self.home = home
        self.language = language
        self.as_admin = as_admin
        self.say = translator(language)

    def reader(self) -> Actor:
        """Who reads: the public, or the admin when asked for and the key file can be read."""
        return self.writer() if self.as_admin else RESIDENT

    def writer(self) -> Actor:
        """Who writes: whoever can read the key file of the instance."""
        try:
            (self.home / "admin.key").read_text(encoding="ascii")
        except OSError:
            raise Problem(
                N_("Only the owner of {home} may do this: the file admin.key there cannot be read."), home=self.home
            ) from None
        return TERMINAL_ADMIN

    def open(self, *, create: bool = False) -> Mapper:
        return Mapper.open(self.home, create=create)


class Commands(click.Group):
    """Turns a `Problem` into one sentence and exit code 1, and a mistyped command into the nearest one."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except Problem as problem:
            language = context.obj.language if isinstance(context.obj, Terminal) else _own_language()
            click.echo(say(problem, language), err=True)
            context.exit(1)

    def resolve_command(self, context: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(context, args)
        except click.UsageError:
            nearest = closest(args[0], self.list_commands(context))
            hint = f" Did you mean: mapper {nearest}?" if nearest else ""
            raise click.UsageError(f"There is no command “{args[0]}”.{hint}", context) from None


def _own_language() -> str:
    code = (os.environ.get("LC_ALL") or os.environ.get("LANG") or "en")[:2]
    return code if code in LANGUAGES else "en"


@click.group(cls=Commands)
@click.version_option(__version__)
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=lambda: os.environ.get("MAPPER_HOME") or "instance",
    help="Folder of the instance (default: $MAPPER_HOME, else ./instance).",
)
@click.option(
    "--lang", "language", type=click.Choice(LANGUAGES), help="Language of answers (default: that of the terminal)."
)
@click.option("--as", "role", type=click.Choice(["admin"]), help="Read as the admin, who sees what is not public too.")
@click.pass_context
def main(context: click.Context, home: Path, language: str | None, role: str | None) -> None:
    """Community resource map and referral tool for Brussels.

    Example: mapper search "praatgroep sint-gillis" --json
    """
    context.obj = Terminal(Path(home), language or _own_language(), role == "admin")


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def parse_near(_context: click.Context, _option: click.Parameter, value: str | None) -> Point | None:
    if value is None:
        return None
    try:
        lon, lat = (round(float(number), 3) for number in value.split(","))
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ValueError
    except ValueError:
        raise click.BadParameter("give two numbers: longitude,latitude, such as 4.366,50.861") from None
    return Point(lon, lat)


def area_id(mapper: Mapper, words: str) -> str:
    if not words:
        return ""
    area = mapper.area(words)
    if area is None:
        names = [name for entry in mapper.geography.area_names() for name in entry.name.values()]
        nearest = closest(words, names)
        if nearest is None:
            raise Problem(N_("{words} is no neighbourhood. See: mapper neighbourhoods list"), words=words)
        raise Problem(
            N_("There is no neighbourhood “{words}”. Did you mean “{nearest}”? See: mapper neighbourhoods list"),
            words=words,
            nearest=nearest,
        )
    return area


def need_id(mapper: Mapper, words: str) -> str:
    need = mapper.need(words)
    if need is None:
        nearest = closest(words, mapper.taxonomy.needs)
        if nearest is None:
            known = ", ".join(mapper.taxonomy.needs)
            raise Problem(N_("There is no need “{words}”. There are: {known}."), words=words, known=known)
        raise Problem(N_("There is no need “{words}”. Did you mean “{nearest}”?"), words=words, nearest=nearest)
    return need
