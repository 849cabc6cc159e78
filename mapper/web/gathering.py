"""What a coach brings home: a place added on the street in thirty seconds, a list looked at before it is taken."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from mapper.core.authority import Refused
from mapper.core.curation import Alike
from mapper.exchange import cells
from mapper.exchange.gathered import COLUMNS, Choices, check_choices, split_address, unknown_kinds
from mapper.exchange.lists import Sheet, guess_columns
from mapper.exchange.plan import ImportReport
from mapper.exchange.reading import NEW, TABLE_LIMIT_BYTES
from mapper.model import Address, Place, Problem, Resource, Source
from mapper.text import N_, Text
from mapper.web.asking import numbers
from mapper.web.assets import Asset, answer, pack
from mapper.web.guard import asks, current_actor
from mapper.web.languages import chosen_language, plain, tidy
from mapper.web.map_panel import leaflet
from mapper.web.resident import the_mapper
from mapper.wording import say

blueprint = Blueprint("gathering", __name__)

#: A form around the largest file that is read.
_MOST_UPLOADED_BYTES = TABLE_LIMIT_BYTES + 100_000
_ROWS_SHOWN = 300
COLUMN_LABELS = {
    "name_und": N_("Name"), "name_nl": N_("Name in Dutch"), "name_fr": N_("Name in French"),
    "name_en": N_("Name in English"), "kind": N_("Kind of place"), "needs": N_("What it helps with"),
    "summary_und": N_("In one sentence"), "summary_nl": N_("In one sentence, in Dutch"),
    "summary_fr": N_("In one sentence, in French"), "summary_en": N_("In one sentence, in English"),
    "description_und": N_("More about it"), "address": N_("Whole address"), "street": N_("Street"),
    "house_number": N_("House number"), "postcode": N_("Postcode"), "lon": N_("Longitude"), "lat": N_("Latitude"),
    "phone": N_("Phone number"), "email": N_("E-mail"), "website": N_("Website"),
    "opening_hours": N_("Opening hours"), "languages": N_("Languages spoken"),
    "approach": N_("How to approach them"),
}  # fmt: skip
assert set(COLUMN_LABELS) == set(COLUMNS)


# One place, on the street


@blueprint.get("/coach/add")
@asks("add_record")
def add_form() -> str:
    """The short form: name, kind, where, one line."""
    return _add_page({})


@blueprint.post("/coach/add")
@asks("add_record")
def add() -> Any:
    """Adds a place, once, however often a phone without signal sends the same draft."""
    mapper, actor, wrong, status = the_mapper(), current_actor(), {}, 400
    try:
        record = _place_told()
        draft = _told("draft", 40)
        here = (
            {}
            if "another" in request.form or mapper.gathering.sent(actor, draft)
            else mapper.gathering.twins(actor, (record,))
        )
        if here:
            raise _Wrong({"name": gettext("This seems to be here already. Look first.")}, here[record.id].record)
        record_id = mapper.gathering.add(actor, record, draft=draft)
        if _wants_json():
            return {"id": record_id}, 201
        return redirect(url_for("gathering.add_form", added=record_id), 303)
    except _Wrong as found:
        wrong = found.fields
        if found.here is not None and not _wants_json():
            return _add_page(wrong, found.here), 409
    except Refused:
        wrong, status = {"area": gettext("This place lies outside your neighbourhoods. Choose one of yours.")}, 403
    except Problem as problem:
        wrong = {"name": say(problem, chosen_language())}
    return ({"wrong": wrong} if _wants_json() else _add_page(wrong)), status


@blueprint.get("/coach/shell")
@asks("sign_in", same_for_everybody=True)
def shell() -> str:
    """The same short form without anybody's data, for a phone without signal: it only keeps drafts."""
    return render_template("gather_shell.html", kinds=_kinds())


@blueprint.get("/coach/worker.js")
@asks("sign_in", same_for_everybody=True)
def worker() -> Response:
    """The service worker: under /coach/, so that it never stands between the public and a page."""
    response = Response(render_template("gather_worker.js"), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/coach/leaflet.js")
@asks("sign_in", same_for_everybody=True)
def leaflet_js() -> Response:
    """Leaflet alone, for the map one taps on: nothing is drawn on it but outlines."""
    found = _leaflet_alone()
    return answer(found, found.etag[:8])


@cache
def _leaflet_alone() -> Asset:
    return pack(leaflet("leaflet.js"), "text/javascript")


class _Wrong(Exception):
    """Fields to put right, each with what to do; and the record that the place seems to be."""

    def __init__(self, fields: dict[str, str], here: Resource | None = None) -> None:
        super().__init__()
        self.fields, self.here = fields, here


def _told(name: str, most: int = 300) -> str:
    return tidy(" ".join(request.form.get(name, "").split()))[:most]


def _place_told() -> Resource:
    """The record that the short form describes. Raises `_Wrong`."""
    wrong: dict[str, str] = {}
    name, kind = _told("name"), _told("kind")
    if not name:
        wrong["name"] = gettext("Write the name of the place or the group.")
    if kind not in the_mapper().taxonomy.kinds:
        wrong["kind"] = gettext("Choose what kind of place it is.")
    phone = _told("phone")
    contacts, notes = cells.contacts(phone, "", "") if phone else ((), ())
    if notes:
        wrong["phone"] = gettext("This is no phone number. Write it as 02 264 55 42, or leave it empty.")
    place = _where(wrong)
    if wrong:
        raise _Wrong(wrong)
    area = _told("area")
    return Resource(
        id=NEW,
        kind=kind,
        name=Text({chosen_language(): name}) if chosen_language() != "ar" else Text.of(name),
        summary=Text({chosen_language(): line}) if (line := _told("line")) else Text(),
        slices=the_mapper().taxonomy.kinds[kind].slices,
        place=place,
        service_area=(area,) if place.lon is None and place.precision == "exact" and area else (),
        contacts=contacts,
        sources=(Source(facts=("*",), title=gettext("Seen by a coach"), on=the_mapper().now().date()),),
    )


def _where(wrong: dict[str, str]) -> Place:
    """The point that was tapped, the address that was typed, or only the neighbourhood."""
    point, address, area = _told("point"), _told("address"), _told("area")
    if point:
        try:
            lon, lat = numbers(point, 2)
            lon, lat = cells.point(lon, lat)
            return Place(precision="exact", lon=round(lon, 5), lat=round(lat, 5), address=_address(address))
        except Problem as problem:
            wrong["point"] = say(problem, chosen_language())
    elif address and area:
        return Place(precision="exact", address=_address(address))
    elif area:
        return Place(precision="neighbourhood", neighbourhood=area)
    else:
        wrong["area"] = gettext("Say where it is: press “Here”, or choose the neighbourhood.")
    return Place(precision="contact_only")


def _address(words: str) -> Address | None:
    if not words:
        return None
    parts = split_address(words)
    return Address(
        street=Text.of(parts.get("street_und", words)),
        house_number=parts.get("house_number", ""),
        postcode=parts.get("postcode", ""),
    )


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _add_page(wrong: dict[str, str], here: Resource | None = None) -> str:
    mapper = the_mapper()
    added = mapper.show(request.args.get("added", ""), current_actor())
    told = {} if added else request.form
    return render_template(
        "gather_add.html", wrong=wrong, told=told, added=added, here=here, kinds=_kinds(), areas=_own_areas(),
    )  # fmt: skip


def _kinds() -> list[tuple[str, str]]:
    kinds = ((term.id, plain(term.label)) for term in the_mapper().taxonomy.kinds.values())
    return sorted(kinds, key=lambda kind: kind[1].casefold())


def _own_areas() -> list[tuple[str, str]]:
    """The neighbourhoods where this coach may add something: all of them for an admin."""
    neighbourhoods = the_mapper().geography.neighbourhoods
    own = current_actor().areas or tuple(neighbourhoods)
    return [(area, plain(neighbourhoods[area].name)) for area in own if area in neighbourhoods]


# A spreadsheet


@blueprint.get("/coach/import")
@asks("add_record")
def import_form() -> str:
    """Choose a file."""
    return render_template("gather_file.html", wrong={})


@blueprint.post("/coach/import")
@asks("add_record", most_bytes=_MOST_UPLOADED_BYTES)
def bring() -> Any:
    """Reads the file; the next page says what was understood."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return render_template("gather_file.html", wrong={"file": gettext("Choose a file first.")}), 400
    try:
        sheet_id = the_mapper().gathering.bring(current_actor(), file.read(), file.filename)
    except Problem as problem:
        return render_template("gather_file.html", wrong={"file": say(problem, chosen_language())}), 400
    return redirect(url_for("gathering.columns", sheet_id=sheet_id), 303)


@blueprint.get("/coach/import/<sheet_id>")
@asks("add_record")
def columns(sheet_id: str) -> str:
    """What each column seems to mean, to be put right."""
    sheet = the_mapper().gathering.sheet(current_actor(), sheet_id)
    areas = _own_areas()
    guessed = tuple(column or "" for column in guess_columns(sheet))
    chosen = tuple(column if column in COLUMNS else "" for column in guessed)
    only = areas[0][0] if len(areas) == 1 else ""
    return _sheet_page(sheet_id, sheet, Choices(columns=chosen, neighbourhood=only), {}, looked=False)


@blueprint.post("/coach/import/<sheet_id>")
@asks("add_record", most_bytes=1_000_000)
def look_or_take(sheet_id: str) -> Any:
    """Looks at what would come of it, asks for points, or takes it over: `do` says which."""
    mapper, actor, do = the_mapper(), current_actor(), request.form.get("do", "look")
    sheet = mapper.gathering.sheet(actor, sheet_id)
    choices = _choices(sheet)
    try:
        check_choices(choices)
        if do == "take":
            import_id, report = mapper.gathering.take(actor, sheet_id, choices)
            left = len(report.refused) or None
            return redirect(url_for("gathering.taken", import_id=import_id, left=left), 303)
        located = mapper.gathering.locate(actor, sheet_id, choices) if do == "locate" else {}
    except Problem as problem:
        return _sheet_page(sheet_id, sheet, choices, {"columns": say(problem, chosen_language())}, looked=False), 400
    return _sheet_page(sheet_id, sheet, choices, {}, looked=True, located=located)


def _choices(sheet: Sheet) -> Choices:
    form = request.form
    taxonomy = the_mapper().taxonomy
    kinds = {
        tidy(words): kind
        for words, kind in zip(form.getlist("kind_words"), form.getlist("kind_means"), strict=False)
        if kind in taxonomy.kinds
    }
    points: dict[int, tuple[float, float]] = {}
    for told in form.getlist("take_point"):
        line, _colon, where = told.partition(":")
        if line.isdigit():
            lon, lat = numbers(where, 2)
            points[int(line)] = (lon, lat)
    given = [form.get(f"column_{index}", "") for index in range(len(sheet.headings))]
    areas = {area for area, _name in _own_areas()}
    return Choices(
        columns=tuple(column if column in COLUMNS else "" for column in given),
        kinds=kinds,
        kind=form.get("kind", "") if form.get("kind") in taxonomy.kinds else "",
        neighbourhood=form.get("neighbourhood", "") if form.get("neighbourhood") in areas else "",
        points=points,
        leave_out=tuple(int(line) for line in form.getlist("leave_out") if line.isdigit()),
    )


def _sheet_page(
    sheet_id: str, sheet: Sheet, choices: Choices, wrong: dict[str, str], *, looked: bool, located: Any = None
) -> str:
    mapper, actor = the_mapper(), current_actor()
    report: ImportReport | None = None
    writes: tuple[Resource, ...] = ()
    here: dict[str, Alike] = {}
    if looked:
        report, writes = mapper.gathering.preview(actor, sheet_id, choices)
        new = set(report.new)
        here = mapper.gathering.twins(actor, (one for one in writes[:_ROWS_SHOWN] if one.id in new))
    labels = sorted(((column, gettext(COLUMN_LABELS[column])) for column in COLUMNS), key=lambda one: one[1].casefold())
    return render_template(
        "gather_sheet.html",
        sheet_id=sheet_id, sheet=sheet, choices=choices, wrong=wrong, looked=looked, report=report,
        refused=_by_reason((one.line, Problem(one.message, **one.data)) for one in report.refused) if report else [],
        left_out=_by_reason(mapper.gathering.left_out(actor, sheet_id, choices)) if looked else [],
        outside=mapper.gathering.outside(actor, located) if located else set(),
        writes=writes[:_ROWS_SHOWN], count=len(writes), located=located or {}, labels=labels, kinds=_kinds(),
        areas=_own_areas(), unknown=unknown_kinds(sheet, choices.columns), can_locate=mapper.gathering.can_locate,
        here=here,
    )  # fmt: skip


def _by_reason(problems: Iterable[tuple[int | None, Problem]]) -> list[tuple[str, list[int]]]:
    """What was wrong in words, each once, with the further lines of which the same is to be said."""
    told: dict[tuple[str, str], tuple[str, list[int]]] = {}
    for line, problem in problems:
        of_all = str({key: value for key, value in problem.data.items() if key != "line"})
        words = say(problem, chosen_language())
        if line and "{line}" not in problem.message:
            words = gettext("Row %(number)s: %(what)s", number=line, what=words)
        first, more = told.setdefault((problem.message, of_all), (words, []))
        if line and first != words:
            more.append(line)
    return list(told.values())


@blueprint.get("/coach/imports/<import_id>")
@asks("add_record")
def taken(import_id: str) -> str:
    """What an import brought, with the way back."""
    found = the_mapper().gathering.taken(current_actor(), import_id)
    count = found.last_revision - found.first_revision + 1
    said = ngettext("%(num)s place came in.", "%(num)s places came in.", count)
    undone, left = (request.args.get(name, 0, int) for name in ("undone", "left"))
    return render_template("gather_taken.html", taken=found, said=said, undone=undone, left=left)


@blueprint.post("/coach/imports/<import_id>/undo")
@asks("add_record")
def undo(import_id: str) -> Any:
    """Puts everything back as it was before the import."""
    count = the_mapper().gathering.undo(current_actor(), import_id)
    return redirect(url_for("gathering.taken", import_id=import_id, undone=count), 303)
