"""A neighbourhood on one page: what lives there for everyone, gaps for professionals, links for its coach."""

import datetime as dt
import json
from collections import defaultdict
from typing import Any, NamedTuple

from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from mapper.access import RESIDENT, Actor, Subject, may
from mapper.catalogue import Catalogue, needs_of
from mapper.core.authority import Refused
from mapper.coverage import (
    ALL_NEEDS,
    STATES,
    Entry,
    Gaps,
    Network,
    Occasion,
    Patchwork,
    by_slice,
    occasions,
    residents,
    spoken_most,
    thresholds,
    without_a_time,
)
from mapper.exchange import cells
from mapper.exchange.calendar import write_calendar
from mapper.geography import Neighbourhood
from mapper.model import SLICES, Problem, Resource, Slice
from mapper.text import N_, Text, fold
from mapper.web import pictures
from mapper.web.asking import area_name
from mapper.web.cards import Cards, trust
from mapper.web.data import page_of, public_table
from mapper.web.doors import names
from mapper.web.guard import asks, current_actor
from mapper.web.languages import chosen_language, language_name, plain
from mapper.web.neighbourhood_pictures import SIGNS, Mark, network_picture, quarter_map
from mapper.web.resident import the_mapper
from mapper.web.when import clock, day_in_words, rhythm, whole_day
from mapper.wording import say, say_meeting, say_state

blueprint = Blueprint("neighbourhoods", __name__)

#: More than this of one kind of care is for the search page, where it can be narrowed.
_MOST_LISTED = 60
#: So many meetings without a known day at most stand on the poster.
_MOST_TO_ASK = 6
#: Checked within this many days counts as fresh.
_FRESH_DAYS = 365
#: Indicators of the region's own tables in words; others are shown by their name.
_INDICATORS = {
    "population": N_("Residents"),
    "pct_65plus": N_("People of 65 and over, in 100"),
    "pct_one_person_hh": N_("Households of one person, in 100"),
    "pct_isolated_30plus": N_("Households of one person over 30, in 100"),
    "pct_isolated_under30": N_("Households of one person under 30, in 100"),
    "median_equiv_income_after_tax_eur": N_("Middle income after tax of a household, for one person, in euro"),
}


class Listed(NamedTuple):
    """One line of the list."""

    entry: Entry
    #: Its number on the map; "" when it has no mark there.
    number: str
    trust: str
    is_checked: bool


class Page(NamedTuple):
    """What the templates of a neighbourhood share."""

    area: str
    name: Text
    found: Patchwork
    slices: list[tuple[Slice, list[Listed], int]]
    others: list[Listed]


@blueprint.get("/neighbourhoods")
@asks("read_patchwork")
def index() -> str:
    """Every neighbourhood, by municipality."""
    mapper = the_mapper()
    actor = current_actor()
    geography, counts = mapper.geography, _counts(actor)
    towns: dict[str, list[tuple[Neighbourhood, int]]] = defaultdict(list)
    for one in geography.neighbourhoods.values():
        towns[one.municipality or ""].append((one, counts.get(one.id, 0)))
    listed = [
        (
            geography.municipalities[town].name if town else Text(),
            sorted(some, key=lambda pair: fold(plain(pair[0].name))),
        )
        for town, some in towns.items()
    ]
    listed.sort(key=lambda pair: fold(plain(pair[0])))
    return render_template(
        "neighbourhoods.html", towns=listed, may_read_gaps=may(actor, "read_gaps"), approximate=geography.approximate
    )


def _counts(actor: Actor) -> dict[str, int]:
    """How many places lie in or name each neighbourhood; what is only told in the past is none."""
    found: dict[str, int] = defaultdict(int)
    for segment, gone in the_mapper().catalogue(actor).segments:
        there = segment.suggestible.copy()
        there[[segment.row_of[one] for one in gone if one in segment.row_of]] = False
        for area, rows in segment.by_area.items():
            found[area] += int(there[rows].sum())
    return found


@blueprint.get("/neighbourhoods.json")
@asks("read_patchwork")
def index_json() -> Response:
    """The same list as data."""
    return _json(
        [
            {"id": one.id, "name": one.name, "municipality": one.municipality, "area_km2": round(one.area_km2, 3),
             "url": url_for("neighbourhoods.show", area=one.id, lang=None, _external=True)}
            for one in the_mapper().geography.neighbourhoods.values()
        ]
    )  # fmt: skip


@blueprint.get("/neighbourhoods/<area>")
@asks("read_patchwork")
def show(area: str) -> str:
    """Everything about one neighbourhood, postcode or municipality that this reader may see."""
    return _page(area)


def _page(area: str, wrong: str = "") -> str:
    """The page, with what was wrong about the day on which somebody looked."""
    mapper, actor = the_mapper(), current_actor()
    page = page_of_area(area, actor)
    need, language = _asked_need(), _asked_language()
    gathered = mapper.coverage.gatherings(actor, area, need, language)
    now = mapper.now()
    links = mapper.coverage.network(actor, area) if mapper.coverage.may_read_network(actor, area) else None
    spoken = spoken_most(entry.resource for entry in page.found.entries)
    return render_template(
        "neighbourhood.html",
        page=page,
        geography=mapper.geography,
        own=mapper.geography.neighbourhoods.get(area),
        around=[mapper.geography.neighbourhoods[one] for one in mapper.geography.adjacent(area)],
        map=map_of(page, mapper.catalogue(actor)),
        figures=[(indicator_label(known.figure.indicator), known) for known in page.found.figures],
        need=need,
        spoken=language,
        languages_here=[(code, language_name(code)) for code in spoken],
        week=[(one, _when(one, now)) for one in occasions(gathered, now)],
        in_words=[(one, rhythm(one.meeting)) for one in without_a_time(gathered, now)],
        most_listed=_MOST_LISTED,
        needs_of=needs_of,
        fresh=page.found.checked_since(now.date() - dt.timedelta(days=_FRESH_DAYS)),
        **(gaps_of(mapper.coverage.gaps(actor, area, languages=spoken), spoken) if may(actor, "read_gaps") else {}),
        **(_coach(links, area, actor) if links else {}),
        wrong={"looked-on": wrong} if wrong else {},
        may_curate=area in mapper.geography.neighbourhoods and may(actor, "curate", Subject(areas=(area,))),
    )


def page_of_area(area: str, actor: Actor) -> Page:
    """The list of an area with its numbers on the map; 404 for an area that there is not."""
    mapper = the_mapper()
    if not mapper.geography.knows(area):
        abort(404)
    found = mapper.coverage.patchwork(actor, area)
    numbers: dict[str, str] = {}
    for entry in found.entries:
        if mapper.catalogue(actor).point_of(entry.resource) is not None and len(numbers) < _MOST_LISTED:
            numbers[entry.resource.id] = str(len(numbers) + 1)

    def line(entry: Entry) -> Listed:
        one = entry.resource
        return Listed(entry, numbers.get(one.id, ""), trust(one, mapper.now()), one.checked_on is not None)

    slices = [
        (slice_id, [line(entry) for entry in entries[:_MOST_LISTED]], len(entries))
        for slice_id, entries in by_slice(found)
    ]
    return Page(area, area_name(area, mapper.geography), found, slices, [line(one) for one in found.of_no_slice])


def map_of(page: Page, catalogue: Catalogue) -> Markup | None:
    """The outline with its numbered places; None where there is no outline to draw."""
    mapper = the_mapper()
    own_ids = set(mapper.geography.neighbourhoods_in(page.area))
    every = mapper.geography.neighbourhood_outlines()["features"]
    own = [one for one in every if one["properties"]["id"] in own_ids]
    if not own:
        return None
    touching = {other for one in own_ids for other in mapper.geography.adjacent(one)}
    beyond = {other for one in touching for other in mapper.geography.adjacent(one)}
    around = [one for one in every if one["properties"]["id"] in (touching | beyond) - own_ids]
    seen: dict[str, Mark] = {}
    everything = [line for _slice, lines, _total in page.slices for line in lines] + page.others
    for line in everything:
        point = catalogue.point_of(line.entry.resource)
        if line.number and point is not None:
            slice_id = line.entry.slices[0] if line.entry.slices else None
            seen.setdefault(line.number, Mark(line.number, slice_id, point))
    marks = sorted(seen.values(), key=lambda mark: int(mark.number))
    title = gettext("Map of %(name)s", name=plain(page.name))
    words = gettext("The outline of the neighbourhood with %(count)s numbered places. The list says the same.",
                    count=len(marks))  # fmt: skip
    return quarter_map(own, around, marks, chosen_language(), title, words)


def indicator_label(name: str) -> str:
    return gettext(_INDICATORS[name]) if name in _INDICATORS else name.replace("_", " ")


@blueprint.app_template_global()
def number(value: float) -> str:
    """A number as people of the reader's language write it, with at most two decimals."""
    return str(format_decimal(round(value, 2), locale=get_locale()))


@blueprint.app_template_global()
def short_date(day: dt.date) -> str:
    """A day for a narrow column, as people of the reader's language shorten it."""
    return str(format_date(day, "d MMM y", locale=get_locale()))


def _asked_need() -> str:
    need = request.args.get("need", "")
    return need if need in the_mapper().taxonomy.needs else ""


def _asked_language() -> str:
    code = request.args.get("language", "")
    return code if code in the_mapper().taxonomy.languages else ""


def _when(one: Occasion, now: dt.datetime) -> str:
    return f"{day_in_words(one.at, now)} {clock(one.at)}"


# For professionals


def gaps_of(found: Gaps, spoken: tuple[str, ...]) -> dict[str, Any]:
    """What the table of gaps needs: of one neighbourhood the cells, of a wider area how many are in each state."""
    mapper = the_mapper()
    alone = found.neighbourhoods[0] if len(found.neighbourhoods) == 1 else ""
    counted = residents(mapper.coverage.figures()).get(alone)
    rules = thresholds()
    rows, not_looked = [], []
    for need in found.needs if alone else ():
        cells_of_need = [found.cell(alone, need, slice_id) for slice_id in ("", *SLICES)]
        by_language = [found.cell(alone, need, "", code) for code in spoken]
        if cells_of_need[0].state == "not_looked" and not cells_of_need[0].reported:
            # Nothing is known of it in any column: told in one sentence, that the rest can be read.
            not_looked.append(need)
        else:
            rows.append((need, cells_of_need, by_language))
    return {
        "gap_rows": rows,
        "gaps_alone": bool(alone),
        "not_looked": not_looked,
        "gaps_spoken": spoken,
        "counted": counted,
        "rules": rules,
        "signs": SIGNS,
        "states": [(state, say_state(state, chosen_language())) for state in STATES],
        "state_words": {state: say_state(state, chosen_language()) for state in STATES},
    }


# For the coach


def _coach(links: Network, area: str, actor: Actor) -> dict[str, Any]:
    """The links as a picture and in words, and who may be introduced to whom."""
    mapper = the_mapper()
    places = links.places
    members = {member.resource.id: member for member in links.members}
    numbers = {
        one: at + 1 for at, one in enumerate(sorted(places, key=lambda one: fold(plain(members[one].resource.name))))
    }
    slices: dict[str, Slice | None] = {
        one: next(iter(members[one].resource.slices), None) or _usual_slice(members[one].resource) for one in places
    }
    called = {one: plain(members[one].resource.name) for one in places}
    title = gettext("Who is linked to whom")
    words = gettext("%(places)s places and %(links)s links. The list below says the same.",
                    places=len(places), links=len(links.ties))  # fmt: skip
    name_of = names(mapper)

    def supports(term_id: str, key: str) -> str:
        if key in ("support", "supports") and term_id in mapper.taxonomy.supports:
            return plain(mapper.taxonomy.supports[term_id].label)
        return name_of(term_id, key)

    return {
        "links": links,
        "members": members,
        "numbers": numbers,
        "link_picture": network_picture(links, places, numbers, called, slices, title, words) if places else None,
        "introductions": mapper.coverage.introductions(actor, area),
        "say_meeting": lambda reason: say_meeting(reason, chosen_language(), supports),
    }


def _usual_slice(resource: Resource) -> Slice | None:
    kind = the_mapper().taxonomy.kinds.get(resource.kind)
    return kind.slices[0] if kind and kind.slices else None


@blueprint.post("/neighbourhoods/<area>/looked")
@asks("curate")
def looked(area: str) -> Answer | tuple[str, int]:
    """The coach tells that somebody looked there, for one need or for all."""
    mapper = the_mapper()
    need = request.form.get("need", "") or ALL_NEEDS
    written = request.form.get("on", "").strip()
    try:
        on = cells.date(written) if written else mapper.now().date()
        mapper.coverage.looked(current_actor(), area, need, on)
    except Refused:
        raise
    except Problem as problem:
        return _page(area, say(problem, chosen_language())), 400
    return redirect(url_for("neighbourhoods.show", area=area, _anchor="gaps"), 303)


# The same as data, as a calendar and on paper


@blueprint.get("/neighbourhoods/<area>.json")
@asks("read_patchwork")
def show_json(area: str) -> Response:
    """The public patchwork as data: places, what they answer, figures with their sources."""
    mapper = the_mapper()
    if not mapper.geography.knows(area):
        abort(404)
    found = mapper.coverage.patchwork(RESIDENT, area)
    return _json(
        {
            "id": area,
            "name": area_name(area, mapper.geography),
            "resources": [{**public_table(entry.resource), "lies_here": entry.lies_here} for entry in found.entries],
            "told_in_the_past": [public_table(resource) for resource in found.past],
            "needs": {need: sides._asdict() for need, sides in found.needs.items()},
            "figures": [
                {"indicator": known.figure.indicator, "year": known.figure.year, "value": known.figure.value,
                 "source": known.figure.source, "middle_of_neighbourhoods": known.middle}
                for known in found.figures
            ],
        }
    )  # fmt: skip


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False, separators=(",", ":")), mimetype="application/json")


@blueprint.get("/neighbourhoods/<area>.ics")
@asks("read_patchwork")
def calendar(area: str) -> Response:
    """The meetings of an area as a feed to follow, for one need and in one language where these are given."""
    mapper = the_mapper()
    if not mapper.geography.knows(area):
        abort(404)
    gathered = mapper.coverage.gatherings(RESIDENT, area, _asked_need(), _asked_language())
    name = gettext("Meetings in %(name)s", name=plain(area_name(area, mapper.geography)))
    body = write_calendar(gathered, mapper.now(), plain, page_of, name)
    assert body is not None  # a feed is there, also while it is empty
    response = Response(body, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'inline; filename="neighbourhood-{area}.ics"'
    return response


@blueprint.get("/neighbourhoods/<area>/poster")
@asks("read_patchwork")
def poster(area: str) -> str:
    """This week on paper, for a waiting room: what everyone may know, large, with a QR code."""
    mapper = the_mapper()
    if not mapper.geography.knows(area):
        abort(404)
    need, language, now = _asked_need(), _asked_language(), mapper.now()
    gathered = mapper.coverage.gatherings(RESIDENT, area, need, language)
    until = now.date() + dt.timedelta(days=6)
    by_day: dict[dt.date, list[Occasion]] = defaultdict(list)
    for one in occasions(gathered, now):
        if one.at.date() <= until:
            by_day[one.at.date()].append(one)
    address = url_for("neighbourhoods.show", area=area, need=need or None, language=language or None, _external=True)
    return render_template(
        "poster.html",
        area=area,
        name=area_name(area, mapper.geography),
        need=need,
        spoken=language,
        days=list(by_day.items()),
        to_ask=[(one, rhythm(one.meeting)) for one in without_a_time(gathered, now)][:_MOST_TO_ASK],
        until=until,
        today=now.date(),
        cards=Cards(mapper.catalogue(), mapper.taxonomy, now),
        qr=pictures.qr(address, gettext("QR code with the address of this page")),
        whole_day=whole_day,
    )
