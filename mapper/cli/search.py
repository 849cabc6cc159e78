"""`mapper search`: one question, or a file of them."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from mapper.access import Actor
from mapper.cli.terminal import Terminal, area_id, as_json_option, main, need_id, parse_near, print_json
from mapper.core import Mapper
from mapper.model import Point, Problem, Resource
from mapper.search import Part, Query, Results, limit_label
from mapper.taxonomy import Term
from mapper.text import N_, Text
from mapper.wording import LANGUAGES, say, say_reason, translator


@main.command()
@click.argument("query", default="")
@click.option("--near", callback=parse_near, metavar="LON,LAT", help="Nearest first; rounded to about 100 m.")
@click.option("--neighbourhood", default="", metavar="N", help="Only there: name, number, postcode or municipality.")
@click.option("--need", "needs", multiple=True, metavar="NEED", help="Only what answers this need (id or words).")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="Only where this language is spoken.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--lang", "language", type=click.Choice(LANGUAGES), help="Language of answers.")
@click.option("--explain", is_flag=True, help="Say how the words were understood and why each answer is there.")
@click.option(
    "--batch", type=click.Path(path_type=Path), metavar="FILE", help='Ask each line of a file ("-": what is piped in).'
)
@as_json_option
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
            area=area_id(mapper, neighbourhood),
            needs=tuple(need_id(mapper, need) for need in needs),
            languages=languages,
            reader_language=language,
            limit=limit,
        )
        results = mapper.find(asked, terminal.reader())
        if as_json:
            print_json(_results_json(results, language))
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
        area=area_id(mapper, _listed(asked.get("neighbourhood", ""))[0]),
        needs=tuple(need_id(mapper, need) for need in _listed(asked.get("need", []))),
        languages=tuple(_listed(asked.get("language", []))),
        reader_language=language,
        near=asked.get("near"),
        limit=asked.get("limit", 10),
    )
    took_us = (time.perf_counter_ns() - started) // 1000
    found = _results_json(results, language)
    return {"q": asked["q"], "understood": found["understood"], "took_us": took_us, "hits": found["hits"]}


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
