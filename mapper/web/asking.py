"""What the address of a page asks for, and the addresses of pages that ask a little more or less."""

import math
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from mapper.geography import Geography
from mapper.model import Point, Problem
from mapper.search import Part, Query, limit_label, without
from mapper.taxonomy import Taxonomy
from mapper.text import N_, Text
from mapper.web.languages import chosen_language, language_name, plain, tidy

PER_PAGE = 20
_LAST_PAGE = 5000
#: Ticks of the filter form: parameter -> field of Query.
TICKS = {
    "open": ("open_now", N_("Open now")),
    "free": ("free", N_("Free")),
    "wheelchair": ("wheelchair", N_("Wheelchair can get in")),
    "outreach": ("outreach", N_("Comes to your home")),
}
_FILTERS = ("area", "lang_spoken", "near", *TICKS)
_SINGLE = ("q", "theme", *_FILTERS, "page")
#: Search names the filters it leaves out by these ids.
_LEFT_OUT = dict(TICKS.values())


@dataclass(frozen=True)
class Asked:
    """One reader's question. `args` holds only parameters that mean something, by name."""

    query: Query
    args: dict[str, str]
    chosen_needs: tuple[str, ...]
    kinds: tuple[str, ...]
    theme: str
    words: str

    @property
    def is_empty(self) -> bool:
        """Nothing was asked: the first page."""
        return not (self.args.keys() - {"page"} or self.chosen_needs or self.kinds)

    @property
    def filter_count(self) -> int:
        """How many filters of the form are in use."""
        return sum(1 for name in _FILTERS if name in self.args)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What the search form carries along: everything that it has no field for."""
        kept: list[tuple[str, str]] = [(name, self.args[name]) for name in ("theme", "near") if name in self.args]
        kept += [("need", need) for need in self.chosen_needs] + [("kind", kind) for kind in self.kinds]
        if "lang" in request.args:
            kept.append(("lang", tidy(request.args["lang"])))
        return kept

    def link(self, endpoint: str = "resident.home", /, **changes: Any) -> str:
        """The address that asks the same with some changes; None takes a parameter away."""
        values: dict[str, Any] = {**self.args, "need": list(self.chosen_needs), "kind": list(self.kinds), **changes}
        return url_for(endpoint, **{name: value for name, value in values.items() if value})


def read(taxonomy: Taxonomy, geography: Geography) -> Asked:
    """The question in the address of this request. Raises `Problem` for a place or page that makes no sense.

    Ids that the taxonomy does not know are left out: an old link still shows something.
    """
    given = {name: tidy(request.args.get(name, "")).strip() for name in _SINGLE}
    args = {name: value[:200] for name, value in given.items() if value}
    if args.get("theme") not in taxonomy.themes:
        args.pop("theme", None)
    theme = args.get("theme", "")
    chosen = tuple(dict.fromkeys(need for need in request.args.getlist("need") if need in taxonomy.needs))
    kinds = tuple(dict.fromkeys(kind for kind in request.args.getlist("kind") if kind in taxonomy.kinds))
    area = args.get("area", "")
    known_area = area in geography.neighbourhoods or area in geography.municipalities or area in geography.postcodes
    page = _page(args.pop("page", "1"))
    query = Query(
        # An area in words is read like any other words of the search, slips forgiven.
        text=" ".join(filter(None, (args.get("q", ""), "" if known_area else area))),
        needs=chosen or (taxonomy.needs_of(theme) if theme else ()),
        kinds=kinds,
        area=area if known_area else "",
        near=_near(args["near"]) if "near" in args else None,
        languages=(args["lang_spoken"],) if "lang_spoken" in args else (),
        limit=PER_PAGE,
        offset=(page - 1) * PER_PAGE,
        open_now="open" in args,
        free="free" in args,
        wheelchair="wheelchair" in args,
        outreach="outreach" in args,
        reader_language=chosen_language(),
    )
    if page > 1:
        args["page"] = str(page)
    return Asked(query, args, chosen, kinds, theme, args.get("q", ""))


def _page(words: str) -> int:
    if words.isascii() and words.isdigit() and 1 <= int(words[:9]) <= _LAST_PAGE:
        return int(words)
    raise Problem(N_("There is no page “{page}”. Go back to the list."), page=words)


def numbers(words: str, count: int) -> list[float]:
    """So many finite numbers with commas between. Raises `Problem`."""
    try:
        found = [float(part) for part in words.split(",")]
    except ValueError:
        found = []
    if len(found) != count or not all(math.isfinite(number) and abs(number) <= 180 for number in found):
        raise Problem(N_("“{words}” is not a place on the map. Go back and choose a place again."), words=words[:60])
    return found


def _near(words: str) -> Point:
    lon, lat = numbers(words, 2)
    # Rounded again, whoever sends it: about a hundred metres is near enough.
    return Point(round(lon, 3), round(lat, 3))


def area_name(area: str, geography: Geography) -> Text:
    """The name of a neighbourhood, postcode or municipality; its number where it has no name."""
    found = geography.neighbourhoods.get(area) or geography.municipalities.get(area)
    return found.name if found is not None else Text.of(area)


def part_in_words(part: Part, taxonomy: Taxonomy, geography: Geography) -> str:
    """A piece of the question as the reader would say it."""
    groups = {"need": taxonomy.needs, "kind": taxonomy.kinds, "community": taxonomy.communities}
    if part.kind in groups and part.id in groups[part.kind]:
        return plain(groups[part.kind][part.id].label)
    if part.kind == "language":
        return language_name(part.id)
    if part.kind == "area":
        return plain(area_name(part.id, geography))
    if part.id in _LEFT_OUT:
        return gettext(_LEFT_OUT[part.id])
    if part.kind == "limit":
        return plain(limit_label(part.id))
    return f"“{part.words}”"


def left_out(asked: Asked, parts: tuple[Part, ...], taxonomy: Taxonomy, geography: Geography) -> list[str]:
    """What search left out so that something answers, as the reader asked it."""
    by_theme = asked.theme and not asked.chosen_needs
    return [
        plain(taxonomy.themes[asked.theme].label)
        if by_theme and part.kind == "need" and not part.words
        else part_in_words(part, taxonomy, geography)
        for part in parts
    ]


def chips(
    asked: Asked, understood: tuple[Part, ...], taxonomy: Taxonomy, geography: Geography
) -> list[tuple[str, str]]:
    """What is asked, piece by piece: (words, the address without that piece)."""
    found: list[tuple[str, str]] = []
    # What one word may mean stands on one chip: "portugees" is a language and a people.
    meanings: dict[tuple[int, int], list[Part]] = {}
    for part in understood:
        if part.words:
            meanings.setdefault((part.start, part.end), []).append(part)
    for parts in meanings.values():
        labels = dict.fromkeys(part_in_words(part, taxonomy, geography) for part in parts)
        found.append((" / ".join(labels), asked.link(page=None, **_without(asked, parts[0]))))
    if asked.theme and not asked.chosen_needs:
        found.append((plain(taxonomy.themes[asked.theme].label), asked.link(theme=None, page=None)))
    for need in asked.chosen_needs:
        rest = [other for other in asked.chosen_needs if other != need]
        found.append((plain(taxonomy.needs[need].label), asked.link(need=rest, page=None)))
    for kind in asked.kinds:
        rest = [other for other in asked.kinds if other != kind]
        found.append((plain(taxonomy.kinds[kind].label), asked.link(kind=rest, page=None)))
    if asked.query.area:
        found.append((plain(area_name(asked.query.area, geography)), asked.link(area=None, page=None)))
    if asked.query.near:
        found.append((gettext("near you"), asked.link(near=None, page=None)))
    for code in asked.query.languages:
        found.append((language_name(code), asked.link(lang_spoken=None, page=None)))
    for name, (_field, label) in TICKS.items():
        if name in asked.args:
            found.append((gettext(label), asked.link(page=None, **{name: None})))
    return found


def _without(asked: Asked, part: Part) -> dict[str, str]:
    """The typed words of the search and of the place, without those of one part."""
    words = asked.args.get("q", "")
    # The text that was read is the search, a space, and the place in words (see `read`).
    place_start = len(words) + 1 if words else 0
    if part.start >= place_start and asked.args.get("area"):
        moved = part._replace(start=part.start - place_start, end=part.end - place_start)
        return {"area": without(asked.args["area"], moved)}
    return {"q": without(words, part)}
