"""What leaves the house about a neighbourhood: a report to print or send, tables, and gaps over the whole region."""

import importlib.util
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup

from mapper import maps
from mapper.access import RESIDENT, Actor
from mapper.core.coverage import Comparison
from mapper.coverage import STATES, Cell, Gaps, State, thresholds
from mapper.exchange import cells
from mapper.exchange.sheets import FORMATS, write_tables
from mapper.model import SLICES, Figure, Problem
from mapper.text import N_
from mapper.web.cards import how_many
from mapper.web.guard import asks, current_actor
from mapper.web.languages import chosen_language, language_name, plain
from mapper.web.map_panel import leaflet, own_file
from mapper.web.neighbourhood_pictures import SIGNS, gap_map
from mapper.web.neighbourhoods import gaps_of, indicator_label, map_of, page_of_area
from mapper.web.resident import the_mapper
from mapper.wording import say, say_state

blueprint = Blueprint("report", __name__)

#: What the map of the region shows when nothing is asked: where a right is at stake and everyone has a body.
_FIRST_NEED = "health_care"
_NO_SUCH = N_("There is no neighbourhood “{area}” to compare with. Choose another.")
#: What is missing first, then what nobody knows, then what is there.
_FIRST_TOLD: tuple[State, ...] = ("nothing_found", "volunteers_only", "thin", "not_looked", "served")
#: So many maps of the region at most stand in a report.
_MOST_MAPS = 4
_PDF_MIME = "application/pdf"
_MIMES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
}


@blueprint.get("/neighbourhoods/<area>/report")
@asks("read_gaps")
def show(area: str) -> str:
    """The report on a page, to read and to print; `since` compares with a day, `beside` with another neighbourhood."""
    _known(area)
    return html(current_actor(), area, embedded=False, **_typed())


@blueprint.get("/neighbourhoods/<area>/report.html")
@asks("read_gaps")
def as_html(area: str) -> Response:
    """The same as one file that needs no other."""
    _known(area)
    return _file(html(current_actor(), area, embedded=True, **_typed()).encode(), "text/html", area, "html")


@blueprint.get("/neighbourhoods/<area>/report.pdf")
@asks("read_gaps")
def as_pdf(area: str) -> Response:
    """The same as PDF, where WeasyPrint is installed."""
    _known(area)
    return _file(pdf(html(current_actor(), area, embedded=True, **_typed())), _PDF_MIME, area, "pdf")


@blueprint.get("/neighbourhoods/<area>/report.<any('csv', 'xlsx', 'gpkg'):suffix>")
@asks("read_gaps")
def as_tables(area: str, suffix: str) -> Response:
    """Everything the report shows as tables."""
    _known(area)
    tables = the_mapper().coverage.tables(current_actor(), area, chosen_language())
    return _file(write_tables(tables, suffix), _MIMES[suffix], area, suffix)


def _typed() -> dict[str, str]:
    """What to compare with, as it stands in the address."""
    return {name: request.args.get(name, "").strip() for name in ("since", "beside")}


def _known(area: str) -> None:
    if area not in the_mapper().geography.neighbourhoods:
        abort(404)


def _file(body: bytes, mimetype: str, area: str, suffix: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="neighbourhood-{area}.{suffix}"'
    return response


class Compared(NamedTuple):
    """What a report is laid beside: a day, another neighbourhood; and what was wrong about what was typed."""

    since: str
    beside: str
    comparison: Comparison | None
    other: Gaps | None
    wrong: dict[str, Problem]


def compared(actor: Actor, area: str, since: str, beside: str) -> Compared:
    """Reads what to compare with, as somebody typed it."""
    mapper = the_mapper()
    comparison, other = None, None
    wrong: dict[str, Problem] = {}
    try:
        comparison = mapper.coverage.compare(actor, area, cells.date(since)) if since else None
    except Problem as problem:
        wrong["since"] = problem
    if beside:
        other_id = beside if beside in mapper.geography.neighbourhoods else mapper.area(beside)
        if other_id in mapper.geography.neighbourhoods:
            other = mapper.coverage.gaps(actor, str(other_id), languages=())
        else:
            wrong["beside"] = Problem(_NO_SUCH, area=beside[:60])
    return Compared(since, beside, comparison, other, wrong)


def html(actor: Actor, area: str, *, embedded: bool, since: str = "", beside: str = "") -> str:
    """The report of a neighbourhood; `embedded` with its style inside, as a file that needs no other.

    Raises `Problem` for a file that should compare with what cannot be; a page tells it in its place.
    """
    mapper = the_mapper()
    made, page = mapper.coverage.report(actor, area), page_of_area(area, RESIDENT)
    beside_it = compared(actor, area, since, beside)
    if embedded and beside_it.wrong:
        raise next(iter(beside_it.wrong.values()))
    other = beside_it.other
    other_id = other.neighbourhoods[0] if other else ""
    return render_template(
        "report.html",
        report=made,
        page=page,
        embedded=embedded,
        styles=_styles() if embedded else "",
        map=map_of(page, mapper.catalogue(RESIDENT)),
        gap_maps=_gap_maps(actor, area),
        figures=[(indicator_label(known.figure.indicator), known) for known in made.patchwork.figures],
        has_pdf=has_pdf(),
        compared=beside_it,
        wrong={name: say(problem, chosen_language()) for name, problem in beside_it.wrong.items()},
        comparison=beside_it.comparison,
        name_of_record=_name_of_record,
        other=other,
        other_id=other_id,
        other_cell=(lambda need: other.cell(other_id, need)) if other else None,
        neither_looked=_neither_looked(made.gaps, other) if other else [],
        cell_of=lambda need: made.cell(need),
        geography=mapper.geography,
        formats=FORMATS,
        how_many=how_many,
        **gaps_of(made.gaps, made.languages),
    )


def _neither_looked(gaps: Gaps, other: Gaps) -> list[str]:
    """The needs for which nobody looked, neither here nor there."""
    both = ((gaps, gaps.neighbourhoods[0]), (other, other.neighbourhoods[0]))
    return [need for need in gaps.needs if all(one.cell(area, need).state == "not_looked" for one, area in both)]


def _name_of_record(resource_id: str) -> str:
    # Of then, only what everyone may see now.
    found = the_mapper().show(resource_id, RESIDENT)
    return plain(found.name) if found else gettext("a place that is not public")


def _styles() -> Markup:
    sheets = (own_file(name).decode() for name in ("style.css", "forms.css", "neighbourhood.css", "report.css"))
    return Markup("\n".join(sheets))


def _gap_maps(actor: Actor, area: str) -> list[tuple[str, str, Markup]]:
    """For needs with a right at stake that are not served here: the region, with this neighbourhood marked.

    What nobody looked for anywhere makes no map.
    """
    mapper = the_mapper()
    rights = tuple(need.id for need in mapper.taxonomy.needs.values() if need.right)
    everywhere = mapper.coverage.gaps(actor, "", rights, ())
    features = mapper.geography.neighbourhood_outlines()["features"]
    drawn: list[tuple[str, str, Markup]] = []
    for need in rights:
        states = {one: everywhere.cell(one, need).state for one in everywhere.neighbourhoods}
        if states[area] == "served" or set(states.values()) == {"not_looked"} or len(drawn) == _MOST_MAPS:
            continue
        label = plain(mapper.taxonomy.needs[need].label)
        title = gettext("%(need)s over all neighbourhoods", need=label)
        drawn.append((label, _in_numbers(states), gap_map(features, states, area, title, _in_numbers(states))))
    return drawn


def _in_numbers(states: dict[str, State]) -> str:
    """How many neighbourhoods are in each state."""
    counts = {state: sum(one == state for one in states.values()) for state in STATES}
    return ", ".join(f"{say_state(state, chosen_language())}: {count}" for state, count in counts.items() if count)


def has_pdf() -> bool:
    """Whether a report can be made as PDF here."""
    return importlib.util.find_spec("weasyprint") is not None


def pdf(page: str) -> bytes:
    """A page that needs no other file, as PDF. Raises `Problem` where WeasyPrint is not installed."""
    if not has_pdf():
        raise Problem(
            N_("A PDF cannot be made here: WeasyPrint is not installed. Print the report to PDF from the browser.")
        )
    from weasyprint import HTML

    def nothing_from_elsewhere(url: str) -> Any:
        raise ValueError(f"a report needs no other file: {url}")

    dressed = page.replace("<title id=", f"<style>{own_file('report-pictures.css').decode()}</style><title id=")
    made: bytes = HTML(string=dressed, url_fetcher=nothing_from_elsewhere).write_pdf()
    return made


# The whole region


@blueprint.get("/neighbourhoods/gaps")
@asks("read_gaps")
def region() -> str:
    """One need over all neighbourhoods: a table, and a map beside it."""
    mapper = the_mapper()
    need, slice_id, language = _asked()
    found = list(_cells(need, slice_id, language))
    named = sorted(found, key=lambda cell: (_FIRST_TOLD.index(cell.state), cell.places, int(cell.neighbourhood)))
    return render_template(
        "gaps.html",
        need=need,
        slice_id=slice_id,
        spoken=language,
        cells=[(mapper.geography.neighbourhoods[cell.neighbourhood], cell) for cell in named],
        without_figures=_without_figures(mapper.coverage.figures()),
        numbers=_in_numbers({cell.neighbourhood: cell.state for cell in found}),
        languages_known=[(code, language_name(code)) for code in mapper.taxonomy.languages],
        states=[(state, say_state(state, chosen_language())) for state in STATES],
        state_words={state: say_state(state, chosen_language()) for state in STATES},
        signs=SIGNS,
        rules=thresholds(),
        data_url=url_for("report.region_geojson", need=need, slice=slice_id or None, language=language or None),
        script_url=url_for("report.region_js", lang=None),
        style_url=url_for("map_panel.map_css", lang=None),
    )


def _without_figures(figures: Iterable[Figure]) -> set[str]:
    """The neighbourhoods for which nobody publishes a figure, as a rule since hardly anybody lives there."""
    listed: set[str] = set()
    counted: set[str] = set()
    for figure in figures:
        (listed if figure.value is None else counted).add(figure.neighbourhood)
    return listed - counted


def _asked() -> tuple[str, str, str]:
    taxonomy = the_mapper().taxonomy
    need, slice_id, language = (request.args.get(name, "") for name in ("need", "slice", "language"))
    return (
        need if need in taxonomy.needs else _FIRST_NEED,
        slice_id if slice_id in SLICES else "",
        language if language in taxonomy.languages else "",
    )


def _cells(need: str, slice_id: str, language: str) -> list[Cell]:
    found = the_mapper().coverage.gaps(current_actor(), "", (need,), (language,) if language else ())
    return list(found.cells((slice_id,), (language,)))


@blueprint.get("/neighbourhoods/gaps.geojson")
@asks("read_gaps")
def region_geojson() -> Response:
    """The same as GeoJSON, for the map and for who makes maps of their own."""
    states = {cell.neighbourhood: cell for cell in _cells(*_asked())}
    features = []
    for one in the_mapper().geography.neighbourhood_outlines()["features"]:
        cell = states[one["properties"]["id"]]
        about = {"state": cell.state, "sign": SIGNS[cell.state], "words": say_state(cell.state, chosen_language()),
                 "places": cell.places, "name": plain(one["properties"]["name"]), "id": cell.neighbourhood,
                 "at": one["properties"]["at"]}  # fmt: skip
        features.append({**one, "properties": about})
    body = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))
    return Response(body, mimetype="application/geo+json")


@blueprint.get("/neighbourhoods/gaps.js")
@asks("read_gaps")
def region_js() -> Response:
    """Leaflet, our layer of coloured neighbourhoods and the map as folium draws it; no word of data in it."""
    kept = the_mapper().home / "cache"
    urls = {"page": url_for("neighbourhoods.show", area="-", lang=None).removesuffix("-")}
    drawn = maps.kept_script(urls, current_app.config["TILE_URL"], kept, layer="gapLayer")
    # In one answer: on a poor line every question costs.
    parts = (leaflet("leaflet.js"), own_file("gap-layer.js"), drawn.encode())
    return Response(b"\n".join(parts), mimetype="text/javascript")
