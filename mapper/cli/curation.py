"""What a coach keeps true: records that may be one, and groups worth a call."""

from pathlib import Path
from typing import Any

import click
import msgspec

from mapper.cli.terminal import Terminal, as_json_option, main, print_json
from mapper.core.curation import Waiting
from mapper.curation.freshness import Call
from mapper.exchange.reading import NEW
from mapper.text import N_
from mapper.wording import FACT_LABELS, say_alike, say_verdict


@main.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@as_json_option
@click.pass_obj
def duplicates(terminal: Terminal, file: Path | None, as_json: bool) -> None:
    """List records that may be one and the same; with FILE, what in that file may be here already.

    Nothing merges by itself: a coach looks at each pair on the page /coach/duplicates.

    Example: mapper duplicates places.csv --json
    """
    from mapper.exchange.reading import read_any

    writer = terminal.writer()
    with terminal.open() as mapper:
        # The admin's own work: everything is compared, whatever neighbourhood it is in.
        if file is None:
            pairs = mapper.curation.duplicates(writer)
        else:
            incoming = [reading.resource for reading in read_any(file) if reading.resource is not None]
            named = (
                msgspec.structs.replace(one, id=f"{file.name}:{number}") if one.id == NEW else one
                for number, one in enumerate(incoming, 1)
            )
            pairs = [
                Waiting(alike.twins, record, alike.record)
                for record in named
                for alike in mapper.curation.alike(writer, record)
                if alike.twins.verdict != "different"
            ]
    if as_json:
        print_json([_pair(pair) for pair in pairs])
        return
    for pair in pairs:
        names = " = ".join(f"{one.name.best(terminal.language)[1]} ({one.id})" for one in (pair.left, pair.right))
        why = ", ".join(say_alike(reason, terminal.language) for reason in pair.twins.reasons)
        click.echo(f"{say_verdict(pair.twins.verdict, terminal.language)}: {names}: {why}")
    if not pairs:
        click.echo(terminal.say(N_("No records seem to be one and the same.")))


def _pair(pair: Waiting) -> dict[str, Any]:
    return {
        "verdict": pair.twins.verdict,
        "records": [{"id": one.id, "name": dict(one.name), "kind": one.kind} for one in (pair.left, pair.right)],
        "reasons": [{"code": one.code, "weight": one.weight, **one.data} for one in pair.twins.reasons],
    }


@main.command()
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@as_json_option
@click.pass_obj
def stale(terminal: Terminal, limit: int, as_json: bool) -> None:
    """List the groups most worth a call, with all that there is to ask; never one that was asked lately.

    Example: mapper stale --limit 10 --json
    """
    writer = terminal.writer()
    with terminal.open() as mapper:
        calls = mapper.curation.call_list(writer)[:limit]
    if as_json:
        print_json([_call(call) for call in calls])
        return
    for call in calls:
        facts = ", ".join(
            f"{terminal.say(FACT_LABELS[fact.name])} ({fact.checked_on or terminal.say(N_('never checked'))})"
            for fact in call.doubtful
        )
        click.echo(f"{call.risk:.2f}  {call.record.name.best(terminal.language)[1]} ({call.record.id}): {facts}")
    if not calls:
        click.echo(terminal.say(N_("Nobody has to be called now.")))


def _call(call: Call) -> dict[str, Any]:
    return {
        "id": call.record.id,
        "name": dict(call.record.name),
        "risk": round(call.risk, 3),
        "ask": [
            {
                "fact": fact.name,
                "checked_on": fact.checked_on and fact.checked_on.isoformat(),
                "chance": round(fact.chance, 2),
            }
            for fact in call.doubtful
        ],
        "missing": list(call.missing),
        "uses": call.uses,
        "said_wrong": call.said_wrong,
        "last_asked": call.last_asked and call.last_asked.isoformat(),
    }
