"""`mapper match` and `mapper matthew`: suggestions for a profile, and an audit of who gets which."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from mapper.access import Actor
from mapper.cli.terminal import Terminal, as_json_option, main, print_json
from mapper.core import Mapper
from mapper.matching import Excluded, Match
from mapper.matching.audit_report import audit_chart, audit_lines
from mapper.model import Problem, Profile, Reason
from mapper.text import N_
from mapper.wording import say_excluded, say_gap, say_match_reason, say_threshold, translator


@main.command("match")
@click.argument("profile", type=click.Path(path_type=Path))
@click.option("--explain", is_flag=True, help="Also print every reason with what it counts for.")
@click.option("--why", "why_id", metavar="ID", help="Only tell why this record is or is not suggested.")
@as_json_option
@click.pass_obj
def match_command(terminal: Terminal, profile: Path, explain: bool, why_id: str | None, as_json: bool) -> None:
    """Suggest a balanced set of open doors for a profile (TOML or JSON). Nothing of the profile is kept.

    Example: mapper match examples/being_heard.toml --explain
    """
    from mapper.matching.profile import read_table

    table = read_table(profile)
    with terminal.open() as mapper:
        reader = terminal.reader()
        asked = mapper.read_profile(table, reader)
        if why_id:
            _tell_why(mapper, reader, asked, why_id, terminal.language, as_json)
            return
        found = mapper.match(reader, asked)
        if as_json:
            print_json(_match_json(found, terminal.language))
            return
        for line in _match_lines(mapper, found, terminal.language, explain):
            click.echo(line)


def _tell_why(mapper: Mapper, reader: Actor, asked: Profile, why_id: str, language: str, as_json: bool) -> None:
    if mapper.catalogue(reader).get(why_id) is None:
        raise Problem(N_("There is no record {id}. Find its id with: mapper search NAME"), id=why_id)
    found = mapper.why_not(reader, asked, why_id)
    if as_json:
        print_json(
            {
                "reasons": [_reason_json(one) for one in found if isinstance(one, Reason)],
                "excluded": [{"code": one.code, "data": one.data} for one in found if isinstance(one, Excluded)],
            }
        )
        return
    for one in found:
        if isinstance(one, Excluded):
            click.echo(f"  ×      {say_excluded(one, language) or one.code}")
        else:
            click.echo(_reason_line(mapper, one, language))


def _reason_json(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "weight": round(reason.weight, 4), "data": reason.data}


def _match_json(found: Match, language: str) -> dict[str, Any]:
    summary = found.profile_summary
    return {
        "summary": {
            "statements": [one._asdict() for one in summary.statements],
            "circles": msgspec.to_builtins(summary.circles),
            "bonding": summary.bonding,
            "bridging": summary.bridging,
            "practical": summary.practical,
            "emotional": summary.emotional,
            "reciprocity": summary.reciprocity,
        },
        "slate": [
            {
                "resource": {"id": one.resource.id, "name": one.resource.name.best(language)[1]},
                "offer": one.offer_id,
                "slice": one.slice,
                "tie": one.tie,
                "score": round(one.score, 4),
                "distance_m": None if one.distance_m is None else round(one.distance_m),
                "reasons": [_reason_json(reason) for reason in one.reasons],
                "path": [
                    {"id": step.resource_id, "name": step.name.best(language)[1], "link": step.link,
                     "note": step.note.best(language)[1]}
                    for step in one.path
                ],
                "give": msgspec.to_builtins(one.give),
                "ask_first": one.ask_first,
                "introduced_by": one.introduced_by,
            }
            for one in found.slate
        ],
        "rights": msgspec.to_builtins(found.rights),
        "gaps": msgspec.to_builtins(found.gaps),
        "excluded": found.excluded,
    }  # fmt: skip


def _match_lines(mapper: Mapper, found: Match, language: str, explain: bool) -> Iterator[str]:
    say_it, taxonomy = translator(language), mapper.taxonomy
    for one in found.slate:
        record = one.resource
        phones = [contact.value for contact in record.contacts if contact.type == "phone"]
        about = [taxonomy.slices[one.slice].label.best(language)[1], *phones[:1]]
        if one.distance_m is not None:
            about.append(f"{one.distance_m:.0f} m")
        yield f"{record.id}  {record.name.best(language)[1]} ({', '.join(about)})"
        if explain:
            yield from (_reason_line(mapper, reason, language) for reason in one.reasons)
            yield f"  = {one.score:5.2f}"
        if len(one.path) > 1:
            yield "  " + " → ".join(step.name.best(language)[1] for step in one.path)
        for name in one.ask_first:
            yield f"  ? {say_threshold(name, language) or name}"
    for gap in found.gaps:
        yield f"! {say_gap(gap, language, _names(mapper, language)) or gap.code}"
    for line in found.rights:
        services = (mapper.catalogue().get(service) for service in line.services)
        names = ", ".join(service.name.best(language)[1] for service in services if service)
        yield f"§ {taxonomy.needs[line.need].label.best(language)[1]}: {names or say_it(N_('not known here'))}"
    if any(not line.services for line in found.rights):
        always = say_it(N_("The OCMW or CPAS of the municipality can always be asked."))
        yield f"  {always} {say_it('The region keeps a list of every service:')} social.brussels"


def _reason_line(mapper: Mapper, reason: Reason, language: str) -> str:
    words = say_match_reason(reason, language, _names(mapper, language)) or reason.code
    return f"  {reason.weight:+5.2f}  {words}"


def _names(mapper: Mapper, language: str) -> Callable[[str, str], str]:
    """Gives the name of an id, whatever it is the id of."""

    def name_of(term_id: str, _key: str = "") -> str:
        taxonomy = mapper.taxonomy
        for group in (taxonomy.needs, taxonomy.gives, taxonomy.languages, taxonomy.communities, taxonomy.slices):
            if term_id in group:
                return group[term_id].label.best(language)[1]
        record = mapper.catalogue().get(term_id)
        return record.name.best(language)[1] if record else term_id

    return name_of


@main.command()
@click.option("--people", type=click.IntRange(5, 20_000), default=500, show_default=True, help="Invented people.")
@click.option("--chart", type=click.Path(dir_okay=False, path_type=Path), help="Also write a chart to this SVG file.")
@as_json_option
@click.pass_obj
def matthew(terminal: Terminal, people: int, chart: Path | None, as_json: bool) -> None:
    """Audit the matching with invented people: does whoever has fewest to call on get as much, and who is shown?

    Example: mapper matthew --people 1000 --chart audit.svg
    """
    with terminal.open() as mapper:
        found, taxonomy = mapper.matthew(terminal.reader(), people), mapper.taxonomy

    def name_of(term_id: str) -> str:
        group = taxonomy.slices if term_id in taxonomy.slices else taxonomy.kinds
        return group[term_id].label.best(terminal.language)[1] if term_id in group else term_id

    if chart:
        chart.write_text(audit_chart(found, terminal.say, name_of), encoding="utf-8")
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    for line in audit_lines(found, terminal.say, name_of):
        click.echo(line)
