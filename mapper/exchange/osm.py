"""Places from OpenStreetMap: Overpass JSON, GeoJSON in osmtogeojson's style, and tables of tags.

Only what a tag plainly says is taken; `osm_kinds.toml` beside this file says which tag is which kind.
Shelters and the like come in contact-only and for professionals, without any trace of where they are.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mapper import taxonomy
from mapper.exchange import cells
from mapper.exchange.reading import JSON_LIMIT_BYTES, NEW, Reading, open_text, parse_json
from mapper.model import (
    Address,
    Audience,
    Contact,
    Language,
    Origin,
    Place,
    Problem,
    Resource,
    Source,
    Thresholds,
    name_in_register,
)
from mapper.text import N_, Text, fold

#: The name of this register in `Origin.source`.
SOURCE = "openstreetmap"
TITLE = "OpenStreetMap contributors (ODbL)"

#: What an import from OpenStreetMap can speak about; the rest of a record is not its business.
FIELDS = frozenset((
    "kind", "name", "former_names", "other_names", "slices", "needs", "audience", "languages", "thresholds", "approach",
    "place", "opening_hours", "contacts", "visibility", "ground", "status", "origins", "sources",
))  # fmt: skip

#: Tags that say what a thing is, the most telling first: named when no kind is known for it.
_MAIN_KEYS = ("amenity", "social_facility", "healthcare", "office", "shop", "leisure", "club", "tourism", "craft",
              "landuse", "government", "building")  # fmt: skip
_OTHER_NAMES = ("alt_name", "official_name", "short_name", "loc_name")
_ID = re.compile(r"(?:https?://(?:www\.)?openstreetmap\.org/)?(node|way|relation)/(\d+)")
_LANGUAGE_KEY = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
_PARTLY = Text(nl="gedeeltelijk toegankelijk", fr="partiellement accessible", en="partly accessible")


@dataclass(frozen=True)
class Rule:
    """One entry of `osm_kinds.toml`."""

    tags: Mapping[str, frozenset[str]]
    names: tuple[str, ...]
    kind: str
    needs: tuple[str, ...]
    walk_in: bool

    def matches(self, tags: Mapping[str, str], folded_name: str) -> bool:
        """Whether these tags, and the name where this rule asks for one, are what it speaks of."""
        for key, wanted in self.tags.items():
            values = cells.split(tags.get(key, ""))
            if not values or not ("*" in wanted or wanted.intersection(values)):
                return False
        return not self.names or any(f" {words} " in f" {folded_name} " for words in self.names)


def read(source: Path | bytes, name: str = "") -> Iterator[Reading]:
    """Readings of an Overpass JSON answer. Raises `Problem` when it is not one."""
    name = name or (source.name if isinstance(source, Path) else "–")
    value = parse_json(open_text(source, JSON_LIMIT_BYTES, name), name)
    if not isinstance(value, dict) or not isinstance(value.get("elements"), list):
        raise Problem(N_("{file} is not an Overpass answer: it has no list of elements."), file=name)
    return read_overpass(value, name)


def read_overpass(answer: dict[str, Any], name: str) -> Iterator[Reading]:
    """Readings of a parsed Overpass answer: nodes, and ways and relations with their centre (`out center`)."""
    stamp = answer.get("osm3s")
    on = date_of(stamp.get("timestamp_osm_base")) if isinstance(stamp, dict) else None
    if not answer["elements"]:
        remark = str(answer.get("remark") or "")
        raise Problem(N_("{file} has no elements: the query found nothing. {remark}"), file=name, remark=remark)
    return read_tags(_elements(answer["elements"]), on)


def _elements(elements: Iterable[Any]) -> Iterator["Tagged"]:
    for line, element in enumerate(elements, start=1):
        if not isinstance(element, dict):
            yield Tagged(line, {}, "", None, None, broken=True)
            continue
        centre = element["center"] if isinstance(element.get("center"), dict) else element
        tags = element.get("tags")
        if not isinstance(tags, dict):
            continue  # a corner of a building, not a place
        external_id = f"{element.get('type')}/{element.get('id')}"
        yield Tagged(line, _strings(tags), external_id, centre.get("lon"), centre.get("lat"))


@dataclass(frozen=True)
class Tagged:
    """One thing of OpenStreetMap, however it came: its tags, its id ("node/123") where known, its point."""

    line: int
    tags: dict[str, str]
    external_id: str
    lon: object
    lat: object
    broken: bool = False


def read_tags(things: Iterable[Tagged], on: dt.date | None = None) -> Iterator[Reading]:
    """Readings of tagged things as they were on a date."""
    for thing in things:
        try:
            if thing.broken:
                raise Problem(N_("Element {line} is not a place: it has no tags."), line=thing.line)
            resource, notes = resource_of(thing, on)
            yield Reading(thing.line, resource, notes=notes, fields=FIELDS)
        except Problem as problem:
            yield Reading(thing.line, problem=problem)


def resource_of(thing: Tagged, on: dt.date | None = None) -> tuple[Resource, tuple[Problem, ...]]:
    """The resource that tags describe, and what was left out of it. Raises `Problem` when it is none we know."""
    tags = thing.tags
    name, others = names(tags)
    if not name:
        raise Problem(N_("Line {line} has no name, so nobody could ask for it."), line=thing.line)
    # Its own names only; what a tag in another field says is not what the place calls itself.
    folded = fold(" | ".join((*name.values(), *(words for other in others for words in other.values()))))
    rules, private = _rules()
    rule = next((rule for rule in rules if rule.matches(tags, folded)), None)
    if rule is None:
        raise Problem(N_("Line {line}: no kind of place is known for {tag}."), line=thing.line, tag=_main_tag(tags))
    contact_only = any(rule.matches(tags, folded) for rule in private)
    place = Place(precision="contact_only") if contact_only else _place(thing)
    contacts, notes = _contacts(tags)
    hours, hours_notes = _hours(tags)
    kind = taxonomy.load().kinds[rule.kind]
    resource = Resource(
        id=NEW,
        kind=rule.kind,
        name=name,
        former_names=_spellings(tags, ("old_name",)),
        other_names=others,
        slices=kind.slices,
        needs=rule.needs,
        audience=_audience(tags),
        languages=_languages(tags),
        thresholds=_thresholds(tags),
        approach="walk_in" if rule.walk_in and not contact_only else "phone_first",
        place=place,
        opening_hours=hours,
        contacts=contacts,
        visibility="professional" if contact_only else "public",
        status="reported",
        origins=(Origin(source=SOURCE, external_id=_external_id(thing, place, name)),),
        sources=(_source(thing, contact_only, on),),
    )
    return resource, notes + hours_notes


@cache
def _rules() -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """The kinds, and what is contact-only."""
    tables = tomllib.loads((Path(__file__).parent / "osm_kinds.toml").read_text(encoding="utf-8"))
    return tuple(map(_rule, tables["place"])), tuple(map(_rule, tables["contact_only"]))


def _rule(table: dict[str, Any]) -> Rule:
    wanted = {
        key: frozenset([value] if isinstance(value, str) else value) for key, value in table.get("tags", {}).items()
    }
    return Rule(
        tags=wanted,
        names=tuple(fold(words) for words in table.get("names", ())),
        kind=table.get("kind", ""),
        needs=tuple(table.get("needs", ())),
        walk_in=table.get("walk_in", False),
    )


def names(tags: Mapping[str, str]) -> tuple[Text, tuple[Text, ...]]:
    """The name per language, and the other names.

    In Brussels `name` is "French - Dutch": it is taken apart when `name:fr` or `name:nl` confirms it.
    """
    whole = tags.get("name", "").strip()
    by_language = {
        key.removeprefix("name:"): words.strip()
        for key, words in tags.items()
        if key.startswith("name:") and _LANGUAGE_KEY.fullmatch(key.removeprefix("name:")) and words.strip()
    }
    french, dutch = both_languages(whole)
    if by_language.get("fr") == french or by_language.get("nl") == dutch:
        by_language = {"fr": french, "nl": dutch} | by_language
    by_language = {code: words for code, words in by_language.items() if words}
    others = _spellings(tags, _OTHER_NAMES)
    if whole and whole not in by_language.values():
        if not {"fr", "nl"} <= by_language.keys():
            return Text.of({"und": whole} | by_language), others
        if whole not in (f"{by_language['fr']} - {by_language['nl']}", f"{by_language['nl']} - {by_language['fr']}"):
            others = (Text.of(whole), *others)
    return Text.of(by_language), others


def both_languages(words: str) -> tuple[str, str]:
    """The French and the Dutch half of a bilingual name in Brussels; two empty words when it is not one.

    >>> both_languages("Rue des Plantes - Plantenstraat")
    ('Rue des Plantes', 'Plantenstraat')
    """
    halves = [half.strip() for half in words.split(" - ")]
    return (halves[0], halves[1]) if len(halves) == 2 and all(halves) else ("", "")


def _spellings(tags: Mapping[str, str], keys: Iterable[str]) -> tuple[Text, ...]:
    found: dict[Text, None] = {}
    for key in keys:
        for tag, value in tags.items():
            base, _, language = tag.partition(":")
            if base == key and (not language or _LANGUAGE_KEY.fullmatch(language)):
                for words in cells.split(value):
                    found[Text({language or "und": words})] = None
    return tuple(found)


def _place(thing: Tagged) -> Place:
    point = cells.point(thing.lon, thing.lat)
    tags = thing.tags
    french, dutch = both_languages(tags.get("addr:street", ""))
    street = Text(fr=french, nl=dutch) if french else Text.of(tags.get("addr:street", "").strip())
    if not french and (tags.get("addr:street:fr") or tags.get("addr:street:nl")):
        street = Text.of({"fr": tags.get("addr:street:fr", ""), "nl": tags.get("addr:street:nl", "")})
    number, postcode = tags.get("addr:housenumber", "").strip(), tags.get("addr:postcode", "").strip()
    address = Address(street=street, house_number=number, postcode=postcode) if street or postcode else None
    return Place(precision="exact", address=address, lon=point.lon, lat=point.lat)


def _contacts(tags: Mapping[str, str]) -> tuple[tuple[Contact, ...], tuple[Problem, ...]]:
    def both(key: str) -> str:
        return ";".join((tags.get(key, ""), tags.get(f"contact:{key}", "")))

    phones = ";".join((both("phone"), both("mobile")))
    return cells.contacts(phones, both("email"), ";".join((both("website"), tags.get("url", ""))))


def _hours(tags: Mapping[str, str]) -> tuple[str, tuple[Problem, ...]]:
    try:
        hours = tags.get("opening_hours", "").strip()
        return (cells.opening_hours(hours) if hours else ""), ()
    except Problem as problem:
        return "", (problem,)


def _thresholds(tags: Mapping[str, str]) -> Thresholds:
    access = tags.get("wheelchair", "")
    note = Text.of(tags.get("wheelchair:description", ""))
    if access == "limited":
        note = note or _PARTLY
    return Thresholds(
        wheelchair="yes" if access in ("yes", "designated") else "no" if access == "no" else "unknown",
        wheelchair_note=note,
        free={"no": "yes", "yes": "no"}.get(tags.get("fee", ""), "unknown"),  # type: ignore[arg-type]
        price=Text.of(tags.get("charge", "")),
    )


def _audience(tags: Mapping[str, str]) -> Audience:
    def age(key: str) -> int | None:
        words = tags.get(key, "")
        return int(words) if words.isascii() and words.isdigit() and int(words) < 120 else None

    women_only = tags.get("female") == "yes" and tags.get("male") == "no"
    return Audience(women_only="yes" if women_only else "unknown", age_min=age("min_age"), age_max=age("max_age"))


def _languages(tags: Mapping[str, str]) -> tuple[Language, ...]:
    known = taxonomy.load().languages
    spoken = (key.removeprefix("language:") for key, value in tags.items()
              if key.startswith("language:") and value in ("yes", "main"))  # fmt: skip
    return tuple(Language(code=code) for code in spoken if code in known)


def _external_id(thing: Tagged, place: Place, name: Text) -> str:
    """What finds it again. For a contact-only place the name alone: its OpenStreetMap id would lead to its point."""
    if place.lon is None or place.lat is None:
        return name_in_register(name)
    if _ID.fullmatch(thing.external_id):
        return thing.external_id
    return f"{place.lon:.3f},{place.lat:.3f}/{fold(name.best('fr')[1])}"


def _source(thing: Tagged, contact_only: bool, on: dt.date | None) -> Source:
    known = _ID.fullmatch(thing.external_id) and not contact_only
    url = f"https://www.openstreetmap.org/{thing.external_id}" if known else ""
    return Source(facts=("*",), title=TITLE, url=url, on=on)


def external_id_of(value: object) -> str:
    """ "node/123" from an id or address in any of OpenStreetMap's writings; "" when it is none."""
    match = _ID.fullmatch(str(value))
    return f"{match[1]}/{match[2]}" if match else ""


def _main_tag(tags: Mapping[str, str]) -> str:
    return next((f"{key}={tags[key]}" for key in _MAIN_KEYS if tags.get(key)), "its tags")


def _strings(tags: Mapping[Any, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in tags.items() if isinstance(value, (str, int, float))}


def date_of(stamp: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(stamp)[:10])
    except ValueError:
        return None
