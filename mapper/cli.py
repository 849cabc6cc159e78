"""The same verbs for the terminal. Reading shows what the public may see, unless asked `--as admin`."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from mapper import __version__
from mapper.access import RESIDENT, TERMINAL_ADMIN, Actor
from mapper.core import Mapper
from mapper.exchange.reading import Reading
from mapper.matching import Excluded, Match
from mapper.matching.audit import Audit
from mapper.model import Point, Problem, Profile, Reason, Resource, to_table
from mapper.search import Part, Query, Results, limit_label
from mapper.taxonomy import Term
from mapper.text import N_, Text, closest
from mapper.wording import (
    LANGUAGES,
    say,
    say_excluded,
    say_gap,
    say_match_reason,
    say_reason,
    say_threshold,
    translator,
)


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


class _Commands(click.Group):
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


@click.group(cls=_Commands)
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


_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


@main.command()
@click.option("--port", type=int, envvar="MAPPER_PORT", default=8000, show_default=True)
@click.pass_obj
def demo(terminal: Terminal, port: int) -> None:
    """Make an instance if there is none, load the shipped inventory, and serve it.

    Example: mapper demo --port 8080
    """
    from mapper.web.server import check_port, serve

    check_port(port)
    with terminal.open(create=True) as mapper:
        report = mapper.load_shipped()
        count = mapper.count()
    if report.new or report.changed:
        click.echo(
            terminal.say("Inventory loaded: {new} new, {changed} changed.").format(
                new=len(report.new), changed=len(report.changed)
            )
        )
    click.echo(terminal.say("{count} places in {home}.").format(count=count, home=terminal.home))
    serve(terminal.home, port, terminal.say)


@main.command("serve")
@click.option("--port", type=int, envvar="MAPPER_PORT", default=8000, show_default=True)
@click.option("--host", envvar="MAPPER_HOST", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.pass_obj
def serve_command(terminal: Terminal, port: int, host: str, workers: int) -> None:
    """Serve an instance that exists.

    Example: mapper --home /srv/mapper serve --port 8000 --workers 2
    """
    from mapper.web.server import check_port, serve

    check_port(port, host)
    terminal.open().close()  # a missing or broken store is told here, in one sentence
    serve(terminal.home, port, terminal.say, host=host, workers=workers)


def _parse_near(_context: click.Context, _option: click.Parameter, value: str | None) -> Point | None:
    if value is None:
        return None
    try:
        lon, lat = (round(float(number), 3) for number in value.split(","))
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ValueError
    except ValueError:
        raise click.BadParameter("give two numbers: longitude,latitude, such as 4.366,50.861") from None
    return Point(lon, lat)


@main.command()
@click.argument("query", default="")
@click.option("--near", callback=_parse_near, metavar="LON,LAT", help="Nearest first; rounded to about 100 m.")
@click.option("--neighbourhood", default="", metavar="N", help="Only there: name, number, postcode or municipality.")
@click.option("--need", "needs", multiple=True, metavar="NEED", help="Only what answers this need (id or words).")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="Only where this language is spoken.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--lang", "language", type=click.Choice(LANGUAGES), help="Language of answers.")
@click.option("--explain", is_flag=True, help="Say how the words were understood and why each answer is there.")
@click.option(
    "--batch", type=click.Path(path_type=Path), metavar="FILE", help='Ask each line of a file ("-": what is piped in).'
)
@_as_json
@click.pass_obj
def search(
    terminal: Terminal,
    query: str,
    near: Point | None,
    neighbourhood: str,
    needs: tuple[str, ...],
    languages: tuple[str, ...],
    limit: int,
    language: str | None,
    explain: bool,
    batch: Path | None,
    as_json: bool,
) -> None:
    """Find resources by name, need, place, language or limit, in any spelling.

    With --batch each line of the file is a question, such as {"q": "soep", "near": [4.35, 50.85], "limit": 10} (also
    "neighbourhood", "need", "language"), and each answer is a line of JSON.

    Example: mapper search "soupe populaire" --neighbourhood Brabantwijk --limit 5 --explain
    """
    language = language or terminal.language
    if batch is not None:
        if not _search_batch(terminal, batch, language):
            sys.exit(1)
        return
    with terminal.open() as mapper:
        asked = Query(
            text=query,
            near=near,
            area=_area(mapper, neighbourhood),
            needs=tuple(_need(mapper, need) for need in needs),
            languages=languages,
            limit=limit,
        )
        results = mapper.find(asked, terminal.reader())
        if as_json:
            _print_json(_results_json(results, language))
            return
        for line in _results_lines(mapper, results, language, explain=explain):
            click.echo(line)


def _search_batch(terminal: Terminal, file: Path, language: str) -> bool:
    """Answers each line of a file with a line of JSON; whether all of them could be answered."""
    try:
        # Bytes that are no text become marks that match nothing, so that one bad line does not stop the others.
        lines = sys.stdin.buffer if str(file) == "-" else file.open("rb")
    except OSError as error:
        raise Problem(
            N_("The file {file} cannot be read ({error}). Give another."), file=file, error=error.strerror
        ) from None
    all_answered = True
    with terminal.open() as mapper, lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            asked: Any = None
            try:
                asked = _question(line)
                answer = _batch_answer(mapper, asked, terminal.reader(), language)
            except Problem as problem:
                all_answered = False
                words = asked.get("q") if isinstance(asked, dict) else None
                answer = {"q": words, "line": number, "error": say(problem, language)}
            click.echo(json.dumps(answer, ensure_ascii=True))
    return all_answered


_QUESTION_KEYS = {"q", "near", "limit", "neighbourhood", "need", "language"}
_BATCH_LIMIT_MAX = 1000


def _question(line: bytes) -> dict[str, Any]:
    """One line of a batch. Raises `Problem`."""
    try:
        asked = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Problem(N_("This line is not JSON. Write it like {example}."), example='{"q": "soep"}') from None
    if not isinstance(asked, dict) or not isinstance(asked.get("q"), str):
        raise Problem(N_("This line has no question. Write it like {example}."), example='{"q": "soep"}')
    unknown = asked.keys() - _QUESTION_KEYS
    if unknown:
        raise Problem(
            N_("This line has a key “{key}” that search does not know. It knows: {known}."),
            key=min(unknown),
            known=", ".join(sorted(_QUESTION_KEYS)),
        )
    limit = asked.get("limit", 10)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= _BATCH_LIMIT_MAX:
        raise Problem(N_("The limit has to be a whole number from 1 to {most}."), most=_BATCH_LIMIT_MAX)
    for key in ("neighbourhood", "need", "language"):
        given = _listed(asked.get(key, ""))
        if not all(isinstance(one, str) for one in given) or (key == "neighbourhood" and len(given) != 1):
            raise Problem(N_("“{key}” has to be words, or a list of words."), key=key)
    return asked


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _batch_answer(mapper: Mapper, asked: dict[str, Any], reader: Actor, language: str) -> dict[str, Any]:
    started = time.perf_counter_ns()
    results = mapper.find(
        asked["q"],
        reader,
        area=_area(mapper, _listed(asked.get("neighbourhood", ""))[0]),
        needs=tuple(_need(mapper, need) for need in _listed(asked.get("need", []))),
        languages=tuple(_listed(asked.get("language", []))),
        near=asked.get("near"),
        limit=asked.get("limit", 10),
    )
    took_us = (time.perf_counter_ns() - started) // 1000
    found = _results_json(results, language)
    return {"q": asked["q"], "understood": found["understood"], "took_us": took_us, "hits": found["hits"]}


def _area(mapper: Mapper, words: str) -> str:
    if not words:
        return ""
    area = mapper.area(words)
    if area is None:
        names = (name for entry in mapper.geography.area_names() for name in entry.name.values())
        raise Problem(
            N_("There is no neighbourhood “{words}”. Did you mean “{nearest}”? See: mapper neighbourhoods list"),
            words=words,
            nearest=closest(words, names) or "Brabantwijk",
        )
    return area


def _need(mapper: Mapper, words: str) -> str:
    need = mapper.need(words)
    if need is None:
        raise Problem(
            N_("There is no need “{words}”. Did you mean “{nearest}”?"),
            words=words,
            nearest=closest(words, mapper.taxonomy.needs) or "company",
        )
    return need


def _results_json(results: Results, language: str) -> dict[str, Any]:
    return {
        "total": results.total,
        "understood": [part._asdict() for part in results.understood],
        "relaxed": [part._asdict() for part in results.relaxed],
        "did_you_mean": results.did_you_mean,
        "hits": [
            {
                "id": hit.resource.id,
                "name": hit.resource.name.best(language)[1],
                "score": round(hit.score, 4),
                "distance_m": None if hit.distance_m is None else round(hit.distance_m),
                "reasons": [
                    {"code": reason.code, "weight": round(reason.weight, 4), "words": say_reason(reason, language)}
                    for reason in hit.reasons
                ],
            }
            for hit in results.hits
        ],
    }


def _results_lines(mapper: Mapper, results: Results, language: str, *, explain: bool) -> Iterator[str]:
    say_it = translator(language)
    if explain:
        # "Portuguese" is a language and a people: said once.
        yield from dict.fromkeys(
            say_it(N_("Understood: {words} = {meaning} (sure: {sure} of 100)")).format(
                words=part.words, meaning=part_name(part, mapper, language), sure=round(100 * part.confidence)
            )
            for part in results.understood
        )
    if not results.hits:
        yield say_it(N_("Nothing found. Try fewer words, or another neighbourhood."))
    for part in results.relaxed:
        words = part.words or part_name(part, mapper, language)
        yield say_it(N_("Nothing answers all of it; left out: {words}")).format(words=words)
    if results.did_you_mean:
        yield say_it(N_("Did you mean: {words}")).format(words=results.did_you_mean)
    for hit in results.hits:
        record = hit.resource
        kind = mapper.taxonomy.kinds.get(record.kind)
        about = [kind.label.best(language)[1] if kind else record.kind, *_where(mapper, record, language)]
        if hit.distance_m is not None:
            about.append(f"{hit.distance_m:.0f} m")
        phones = [contact.value for contact in record.contacts if contact.type == "phone"]
        yield f"{record.id}  {record.name.best(language)[1]} ({', '.join(about + phones[:1])})"
        if explain:
            why = [words for reason in hit.reasons if (words := say_reason(reason, language))]
            yield f"    {hit.score:.2f}  {'; '.join(why)}"
    somebody = mapper.somebody_to_ask(results) if results.relaxed or not results.hits else None
    if somebody is not None:
        phones = [contact.value for contact in somebody.contacts if contact.type == "phone"]
        yield say_it(N_("Or ask somebody who knows the city: {name}")).format(
            name=" ".join([somebody.name.best(language)[1], *phones[:1]])
        )


def part_name(part: Part, mapper: Mapper, language: str) -> str:
    """What a part of a question was taken to mean, in words."""
    taxonomy, geography = mapper.taxonomy, mapper.geography
    groups: dict[str, dict[str, Term]] = {
        "need": taxonomy.needs, "kind": taxonomy.kinds, "language": taxonomy.languages,
        "community": taxonomy.communities, "theme": taxonomy.themes,
    }  # fmt: skip
    name = Text()
    if part.kind == "limit":
        name = limit_label(part.id)
    elif part.kind == "area":
        area = geography.neighbourhoods.get(part.id) or geography.municipalities.get(part.id)
        name = area.name if area else name
    elif part.id in groups.get(part.kind, {}):
        name = groups[part.kind][part.id].label
    return name.best(language)[1] or part.id or part.words


def _where(mapper: Mapper, record: Resource, language: str) -> list[str]:
    area = mapper.geography.area_of(record.place)
    found = mapper.geography.neighbourhoods.get(area.neighbourhood or "") or mapper.geography.municipalities.get(
        area.municipality or ""
    )
    return [found.name.best(language)[1]] if found else []


@main.command()
@click.argument("resource_id", metavar="ID")
@_as_json
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
        _print_json(table)
        return
    for key, value in table.items():
        shown = record.__getattribute__(key)
        words = shown.best(terminal.language)[1] if hasattr(shown, "best") else json.dumps(value, ensure_ascii=False)
        click.echo(f"{key}: {words}")


@main.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@_as_json
@click.pass_obj
def import_command(terminal: Terminal, files: tuple[Path, ...], dry_run: bool, as_json: bool) -> None:
    """Take over places from files: OpenStreetMap (Overpass JSON, GeoJSON, CSV), our own CSV, GeoJSON, JSON Lines, TOML.

    All of it or, when something goes wrong, nothing. Never makes a record more visible or more precise.

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
        _print_json({**msgspec.to_builtins(report), "refused": refused, "dry_run": dry_run})
        return
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
@_as_json
@click.pass_obj
def export(terminal: Terminal, file: Path, as_json: bool) -> None:
    """Write the public inventory to a .jsonl, .csv or .geojson file ("-" for JSON Lines on the screen).

    Example: mapper export inventory.geojson
    """
    from mapper.exchange.writing import write_file

    with terminal.open() as mapper:
        count = write_file(file, mapper.resources(terminal.reader()), mapper.geography)
    if as_json:
        _print_json({"file": str(file), "count": count})
    elif str(file) != "-":
        click.echo(terminal.say("{count} records written to {file}.").format(count=count, file=file))


@main.group(cls=_Commands)
def neighbourhoods() -> None:
    """The neighbourhoods of Brussels: fetch the official set, load a file, list them.

    Example: mapper neighbourhoods fetch
    """


@neighbourhoods.command("fetch")
@click.option("--url", help="Fetch from here instead of the official addresses.")
@_as_json
@click.pass_obj
def fetch_neighbourhoods_command(terminal: Terminal, url: str | None, as_json: bool) -> None:
    """Download the 145 official neighbourhoods (Wijkmonitoring, CC0) and load them.

    Example: mapper neighbourhoods fetch --url http://127.0.0.1:9000/neighbourhoods.geojson
    """
    from mapper.exchange.fetch import fetch_neighbourhoods

    writer = terminal.writer()
    with terminal.open() as mapper:
        found = fetch_neighbourhoods(url)
        mapper.load_neighbourhoods(writer, found)
    _tell_loaded(terminal, len(found.neighbourhoods), found.title, as_json)


@neighbourhoods.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@_as_json
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


def _tell_loaded(terminal: Terminal, count: int, source: str, as_json: bool) -> None:
    if as_json:
        _print_json({"count": count, "source": source})
    else:
        click.echo(terminal.say("{count} neighbourhoods loaded from {source}.").format(count=count, source=source))


@neighbourhoods.command("figures")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", required=True, help="Who counted, such as “IBSA/BISA and Statbel”.")
@_as_json
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
        _print_json({"count": count, "source": source})
    else:
        click.echo(terminal.say("{count} figures loaded from {source}.").format(count=count, source=source))


@neighbourhoods.command("list")
@_as_json
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
            _print_json(rows)
            return
        for entry in geography.neighbourhoods.values():
            municipality = geography.municipalities.get(entry.municipality or "")
            of = municipality.name.best(terminal.language)[1] if municipality else ""
            sketch = " ~" if entry.approximate else ""
            click.echo(f"{entry.id:>4}  {entry.name.best(terminal.language)[1]} ({of}){sketch}")


@main.command()
@_as_json
@click.pass_obj
def check(terminal: Terminal, as_json: bool) -> None:
    """The doctor: tells what is wrong with the store and the data. Exit code 1 when there are errors.

    Example: mapper check --json
    """
    with terminal.open() as mapper:
        found = mapper.check()
    if as_json:
        _print_json(
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


@main.command("match")
@click.argument("profile", type=click.Path(path_type=Path))
@click.option("--explain", is_flag=True, help="Also print every reason with what it counts for.")
@click.option("--why", "why_id", metavar="ID", help="Only tell why this record is or is not suggested.")
@_as_json
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
            _print_json(_match_json(found, terminal.language))
            return
        for line in _match_lines(mapper, found, terminal.language, explain):
            click.echo(line)


def _tell_why(mapper: Mapper, reader: Actor, asked: Profile, why_id: str, language: str, as_json: bool) -> None:
    if mapper.catalogue(reader).get(why_id) is None:
        raise Problem(N_("There is no record {id}. Find its id with: mapper search NAME"), id=why_id)
    found = mapper.why_not(reader, asked, why_id)
    if as_json:
        _print_json(
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
        yield f"§ {taxonomy.needs[line.need].label.best(language)[1]}: {names or say_it('not known here')}"


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
@_as_json
@click.pass_obj
def matthew(terminal: Terminal, people: int, as_json: bool) -> None:
    """Audit the matching with invented people: does whoever has fewest to call on get as much, and who is shown?

    Example: mapper matthew --people 1000 --json
    """
    with terminal.open() as mapper:
        found = mapper.matthew(terminal.reader(), people)
    if as_json:
        _print_json(msgspec.to_builtins(found))
        return
    for line in _audit_lines(found, terminal.say):
        click.echo(line)


def _audit_lines(found: Audit, say_it: Callable[[str], str]) -> Iterator[str]:
    yield say_it("{people} invented people, the same ones with nobody to four circles to call on").format(
        people=found.people
    )
    heads = (N_("circles"), N_("fit"), N_("suggested"), N_("answers"), N_("services"), N_("bridging"), N_("metres"))
    yield "  ".join(f"{say_it(head):>9}" for head in heads)
    widest = max((one.suggestions for one in found.fifths), default=0) or 1
    for one in found.fifths:
        numbers = (one.within_reach, one.suggestions, one.answers, one.services, one.bridging)
        distance = "–" if one.distance_m is None else f"{one.distance_m:.0f}"
        bar = "█" * round(20 * one.suggestions / widest)
        cells = [f"{one.circles_to_call_on:>9}", *(f"{number:>9.2f}" for number in numbers), f"{distance:>9}"]
        yield "  ".join(cells) + f"  {bar}"
    for sort in found.exposure:
        yield say_it(
            "{sort}: {organisations} organisations, {fitting} of every 100 that fit, {shown} of every 100 shown"
        ).format(
            sort=sort.sort,
            organisations=sort.organisations,
            fitting=round(100 * sort.share_of_fitting),
            shown=round(100 * sort.share_of_shown),
        )
    for statement in found.verdict:
        shares = {key: round(100 * statement.data[key]) for key in ("shown", "fitting") if key in statement.data}
        yield say_it(_VERDICTS[statement.code]).format(**(statement.data | shares))


_VERDICTS = {
    "fewest_get_as_many": N_(
        "For whoever has fewest to call on at least as much fits within reach ({fewest}; others at most {most})."
    ),
    "fewest_get_fewer": N_(
        "Whoever has fewest to call on gets less in {fewer} of {of} cases ({fewest} fit; others {most}): look at this."
    ),
    "self_organised_are_shown": N_(
        "Self-organisations are {shown} of every 100 shown and {fitting} of every 100 that fit: not crowded out."
    ),
    "self_organised_crowded_out": N_(
        "Self-organisations are {shown} of every 100 shown but {fitting} of every 100 that fit: they are crowded out."
    ),
    "some_get_nothing": N_("{people} of {of} get no suggestion at all: the inventory has nothing for them yet."),
}
