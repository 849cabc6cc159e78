"""`mapper gaps`, `network`, `report`, `support` and `looked`: a neighbourhood from the terminal."""

import csv
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from mapper.access import Actor
from mapper.cli.terminal import Terminal, area_id, as_json_option, main, need_id, print_json
from mapper.core import Mapper
from mapper.coverage import ALL_NEEDS, Cell
from mapper.exchange import cells
from mapper.exchange.sheets import FORMATS, write_tables
from mapper.exchange.tables import neutralised
from mapper.exchange.writing import write_bytes
from mapper.model import SLICES, Problem, Reason, Resource
from mapper.text import N_, fold
from mapper.wording import NameOf, say_meeting, say_state


def _professional(terminal: Terminal) -> Actor:
    """Who reads gaps and links: never the public."""
    if not terminal.as_admin:
        raise Problem(
            N_("This is for professionals only. Ask again with --as admin right behind mapper, such as: {example}"),
            example="mapper --as admin gaps Brabantwijk",
        )
    return terminal.reader()


def _neighbourhood(mapper: Mapper, terminal: Terminal, words: str, *, to_write: bool = False) -> str:
    """The neighbourhood that goes by these words. Who calls it otherwise is told which one is read.

    With `to_write` a slip is a `Problem`, as nothing is written for it; another name that it is known by is no slip.
    """
    area = words if words in mapper.geography.neighbourhoods else area_id(mapper, words)
    if area not in mapper.geography.neighbourhoods:
        raise Problem(N_("{words} is no neighbourhood. See: mapper neighbourhoods list"), words=words)
    name = mapper.geography.neighbourhoods[area].name
    if words != area and fold(words) not in map(fold, name.values()):
        nearest = name.best(terminal.language)[1]
        also_called = (one for entry in mapper.geography.area_names() if entry.id == area for one in entry.spellings)
        if to_write and fold(words) not in map(fold, also_called):
            raise Problem(
                N_("There is no neighbourhood “{words}”. Did you mean “{nearest}”? See: mapper neighbourhoods list"),
                words=words,
                nearest=nearest,
            )
        click.echo(terminal.say("“{words}” is read as {name}.").format(words=words, name=nearest), err=True)
    return area


def _name_of(mapper: Mapper, terminal: Terminal) -> NameOf:
    taxonomy = mapper.taxonomy
    groups = (taxonomy.needs, taxonomy.communities, taxonomy.languages, taxonomy.supports)

    def name_of(term_id: str, _key: str = "") -> str:
        found = next((group[term_id] for group in groups if term_id in group), None)
        return found.label.best(terminal.language)[1] if found else term_id

    return name_of


@main.command()
@click.argument("neighbourhood", default="")
@click.option("--need", "needs", multiple=True, help="Only this need, in words or by its id; can be given again.")
@click.option("--slice", "slice_id", type=click.Choice(SLICES), help="Only this kind of care.")
@click.option("--language", default="", help="Only places where this language is spoken, such as pt.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@as_json_option
@click.pass_obj
def gaps(
    terminal: Terminal,
    neighbourhood: str,
    needs: tuple[str, ...],
    slice_id: str | None,
    language: str,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Where needs have no answer within reach, in one neighbourhood or in all. For professionals.

    Example: mapper --as admin gaps Brabantwijk --need "health care" --json
    """
    reader = _professional(terminal)
    with terminal.open() as mapper:
        if language and language not in mapper.taxonomy.languages:
            raise Problem(N_("There is no language “{language}”. Give a code such as pt or ar."), language=language)
        area = _neighbourhood(mapper, terminal, neighbourhood) if neighbourhood else ""
        wanted = tuple(need_id(mapper, need) for need in needs)
        found = mapper.coverage.gaps(reader, area, wanted)
        chosen = list(found.cells((slice_id or "",), (language,)))
        name_of = _name_of(mapper, terminal)
        names = {one.id: one.name.best(terminal.language)[1] for one in mapper.geography.neighbourhoods.values()}
    if as_json:
        print_json([msgspec.to_builtins(cell) for cell in chosen])
    elif as_csv:
        _print_csv(chosen)
    else:
        for cell in chosen:
            counted = terminal.say("no population figure") if cell.per_10000 is None else f"{cell.per_10000:g} / 10 000"
            what = name_of(cell.need, "") if area else f"{names[cell.neighbourhood]}, {name_of(cell.need, '')}"
            state = say_state(cell.state, terminal.language)
            line = terminal.say("{what}: {state} (places: {places}; {counted})")
            click.echo(line.format(what=what, state=state, places=cell.places, counted=counted))


def _print_csv(chosen: Sequence[Cell]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(Cell.__struct_fields__)
    for cell in chosen:
        values = (getattr(cell, name) for name in Cell.__struct_fields__)
        writer.writerow("" if value is None else neutralised(str(value)) for value in values)


@main.command()
@click.argument("neighbourhood")
@as_json_option
@click.pass_obj
def network(terminal: Terminal, neighbourhood: str, as_json: bool) -> None:
    """Who is linked to whom, who would be missed, and who should meet. For the coach; show it to the groups first.

    Example: mapper --as admin network Brabantwijk --json
    """
    reader = _professional(terminal)
    with terminal.open() as mapper:
        found = mapper.coverage.network(reader, _neighbourhood(mapper, terminal, neighbourhood))
        name_of = _name_of(mapper, terminal)
    names = {member.resource.id: member.resource.name.best(terminal.language)[1] for member in found.members}
    if as_json:
        members = [{**member._asdict(), "resource": member.resource.id, "name": names[member.resource.id]}
                   for member in found.members]  # fmt: skip
        print_json(
            {
                "members": members,
                "ties": [tie._asdict() for tie in found.ties],
                "bonding": found.bonding,
                "bridging": found.bridging,
                "communities": found.communities,
                "islands": found.islands,
                "should_meet": [
                    {"one": meet.one.id, "other": meet.other.id, "reasons": _reasons(meet.reasons)}
                    for meet in found.should_meet
                ],
            }
        )
        return
    say = terminal.say
    click.echo(say("{ties} links: {bonding} among people with something in common, {bridging} out of the own circle.")
               .format(ties=len(found.ties), bonding=found.bonding, bridging=found.bridging))  # fmt: skip
    for member in found.missed:
        click.echo(say("would be missed: {name}").format(name=names[member.resource.id]))
    click.echo(say("{count} not linked to the others").format(count=len(found.islands)))
    for meet in found.should_meet:
        why = _why(meet.reasons, terminal, name_of)
        click.echo(say("could meet: {one} and {other} ({why})").format(
            one=names[meet.one.id], other=names[meet.other.id], why=why))  # fmt: skip


def _reasons(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    return [reason._asdict() for reason in reasons]


def _why(reasons: Sequence[Reason], terminal: Terminal, name_of: NameOf) -> str:
    return "; ".join(filter(None, (say_meeting(reason, terminal.language, name_of) for reason in reasons)))


@main.command()
@click.option("--neighbourhood", default="", help="Only what groups of this neighbourhood need.")
@as_json_option
@click.pass_obj
def support(terminal: Terminal, neighbourhood: str, as_json: bool) -> None:
    """What groups need, and who offers it: introductions that may be proposed to both.

    Example: mapper --as admin support --json
    """
    reader = _professional(terminal)
    with terminal.open() as mapper:
        area = _neighbourhood(mapper, terminal, neighbourhood) if neighbourhood else ""
        found = mapper.coverage.introductions(reader, area)
        name_of = _name_of(mapper, terminal)
    if as_json:
        print_json(
            [
                {
                    "support": one.support,
                    "asks": one.asks.id,
                    "offers": one.offers.id,
                    "distance_m": None if one.distance_m is None else round(one.distance_m),
                    "reasons": _reasons(one.reasons),
                }
                for one in found
            ]
        )
        return
    if not found:
        click.echo(terminal.say("No need of a group meets a known offer yet."))
    for one in found:

        def called(resource: Resource) -> str:
            return resource.name.best(terminal.language)[1]

        reasons = [reason for reason in one.reasons if reason.code != "fits_support"]
        line = terminal.say("{support}: {asks} is looking for it, {offers} offers it")
        line = line.format(support=name_of(one.support, ""), asks=called(one.asks), offers=called(one.offers))
        why = _why(reasons, terminal, name_of)
        click.echo(f"{line} ({why})" if why else line)


@main.command()
@click.argument("neighbourhood")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--since", default="", help="Compare with what was known on this day, such as 2026-06-01.")
@click.option("--beside", default="", help="Compare with this neighbourhood.")
@as_json_option
@click.pass_obj
def report(terminal: Terminal, neighbourhood: str, file: Path, since: str, beside: str, as_json: bool) -> None:
    """Write the report of a neighbourhood: .html, .pdf (needs WeasyPrint), .csv, .xlsx or .gpkg.

    Example: mapper --as admin report Brabantwijk brabantwijk.html
    """
    reader, suffix = _professional(terminal), file.suffix.lower().lstrip(".")
    if suffix not in ("html", "pdf", *FORMATS):
        raise Problem(N_("{path} tells no format. End the name with .html, .pdf, .csv, .xlsx or .gpkg."), path=file)
    with terminal.open() as mapper:
        area = _neighbourhood(mapper, terminal, neighbourhood)
        if suffix in FORMATS:
            body = write_tables(mapper.coverage.tables(reader, area, terminal.language), suffix)
        else:
            body = _page(mapper, terminal, reader, area, since, beside, suffix)
    write_bytes(file, body)
    if as_json:
        print_json({"file": str(file), "bytes": len(body)})
    else:
        click.echo(terminal.say("The report is written to {file}.").format(file=file))


def _page(mapper: Mapper, terminal: Terminal, reader: Actor, area: str, since: str, beside: str, suffix: str) -> bytes:
    from mapper.web import create_app
    from mapper.web import report as pages

    # The page is made as the site makes it, without a server.
    with create_app(mapper).test_request_context(query_string={"lang": terminal.language}):
        made = pages.html(reader, area, embedded=True, since=since, beside=beside)
        return pages.pdf(made) if suffix == "pdf" else made.encode()


@main.command()
@click.argument("neighbourhood")
@click.option("--need", default="", help="Looked for this need only; without it for everything.")
@click.option("--on", default="", help="On this day, such as 2026-11-24; without it today.")
@as_json_option
@click.pass_obj
def looked(terminal: Terminal, neighbourhood: str, need: str, on: str, as_json: bool) -> None:
    """Remember that somebody looked in a neighbourhood: what was not found then counts as not there, for two years.

    Example: mapper looked Brabantwijk --need "health care" --on 2026-11-24
    """
    writer = terminal.writer()
    with terminal.open() as mapper:
        area = _neighbourhood(mapper, terminal, neighbourhood, to_write=True)
        wanted = need_id(mapper, need) if need else ALL_NEEDS
        day: dt.date = cells.date(on) if on else mapper.now().date()
        mapper.coverage.looked(writer, area, wanted, day)
        names = mapper.geography.neighbourhoods[area].name
    if as_json:
        print_json({"neighbourhood": area, "need": wanted, "on": day.isoformat()})
    else:
        name = names.best(terminal.language)[1]
        click.echo(
            terminal.say("Remembered: looked in {name} ({area}) on {day}.").format(name=name, area=area, day=day)
        )
