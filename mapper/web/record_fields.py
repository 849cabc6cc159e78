"""The full form as its page shows it: sections, lines, languages side by side, rows that come and go.

Made from the types of the model and from what is filled in; the words stand in `record_words`.
"""

import datetime as dt
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from flask_babel import gettext

from mapper.core import Mapper
from mapper.model import Meeting, Record, Resource
from mapper.text import ANY_LANGUAGE, Text
from mapper.web.languages import direction, language_name, plain
from mapper.web.record_form import Form, row_numbers
from mapper.web.record_words import ADD, ANSWERS, HINTS, LABELS, LONG, SECTIONS
from mapper.web.when import rhythm
from mapper.wording import FACT_LABELS

#: The languages that stand side by side.
COLUMNS = ("nl", "fr", "en")
#: Under this name a form says which further languages it shows.
MORE_COLUMNS = "column"

Option = tuple[str, str]


@dataclass(frozen=True)
class InLanguage:
    """One language of a text."""

    name: str
    code: str
    label: str
    direction: str
    value: str


@dataclass(frozen=True)
class Line:
    """One thing that is asked."""

    name: str
    label: str
    #: line, long, number, date, time, choice, many, tick, texts, link.
    kind: str
    hint: str = ""
    value: str = ""
    options: tuple[tuple[str, tuple[Option, ...]], ...] = ()
    chosen: frozenset[str] = frozenset()
    texts: tuple[InLanguage, ...] = ()
    #: What a link leads to now, and what was found for a name.
    shown: str = ""


@dataclass(frozen=True)
class Row:
    """One of several: a contact, an offer."""

    name: str
    number: int
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Rows:
    """Several of a kind, and a way to add one."""

    name: str
    label: str
    add: str
    rows: tuple[Row, ...]
    kind: str = "rows"


@dataclass(frozen=True)
class Section:
    """A part of the form that opens and closes."""

    id: str
    title: str
    parts: tuple[Any, ...]
    is_open: bool


def sections(told: Form, mapper: Mapper, names: Mapping[str, str], wrong: Iterable[str]) -> list[Section]:
    """The whole form with what is filled in; parts with a mistake are open, and the first one.

    `names` are what the records that links lead to are called.
    """
    page = _Page(told, mapper, names)
    kinds = {one.name: one.type for one in msgspec.structs.fields(Resource)}
    fields_wrong = {name.partition(".")[0] for name in wrong}
    found = []
    for number, (section, title, fields) in enumerate(SECTIONS):
        parts = tuple(part for field in fields for part in page.parts(field, kinds[field]))
        asked = told.get("open", "") == section or not fields_wrong.isdisjoint(fields)
        found.append(Section(section, gettext(title), parts, number == 0 or asked))
    return found


def pattern(name: str) -> str:
    """The name without the numbers of rows and the language: what labels and options go by."""
    parts = [part for part in name.split(".") if not part.isdigit()]
    while parts and ".".join(parts) not in LABELS and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


def label_of(name: str) -> str:
    """What a field is called, in the reader's language."""
    return gettext(LABELS[pattern(name)]) if pattern(name) in LABELS else name


class _Page:
    def __init__(self, told: Form, mapper: Mapper, names: Mapping[str, str]) -> None:
        self.told, self.mapper, self.names = told, mapper, names
        self.columns = (*COLUMNS, *(one for one in told.getlist(MORE_COLUMNS) if one))
        self.areas = [area for area in mapper.geography.area_names() if area.name]

    def parts(self, name: str, kind: Any) -> list[Any]:
        """What stands in the form for a value of this type: one line, several, or rows."""
        if get_origin(kind) is tuple and not _is_words(get_args(kind)[0]):
            return [self._rows(name, get_args(kind)[0])]
        if get_origin(kind) in (Union, types.UnionType):
            kind = next(part for part in get_args(kind) if part is not type(None))
        if isinstance(kind, type) and issubclass(kind, Record):
            found = []
            for one in msgspec.structs.fields(kind):
                if one.name != "id":
                    found += self.parts(f"{name}.{one.name}", one.type)
            return found
        return [self._line(name, kind)]

    def _rows(self, name: str, kind: Any) -> Rows:
        rows = tuple(
            Row(f"{name}.{number}", place, self._row(f"{name}.{number}", kind))
            for place, number in enumerate(row_numbers(self.told, name), 1)
        )
        return Rows(name, label_of(name), gettext(ADD[pattern(name)]), rows)

    def _row(self, name: str, kind: Any) -> tuple[Any, ...]:
        if kind is Text:
            return (self._texts(name),)
        return tuple(self.parts(name, kind))

    def _line(self, name: str, kind: Any) -> Line:
        if kind is Text:
            return self._texts(name)
        key = pattern(name)
        hint = gettext(HINTS[key]) if key in HINTS else ""
        value = self.told.get(name, "")
        if key == "links.to":
            find = f"{name.removesuffix('.to')}.find"
            typed = (InLanguage(find, "", "", "", self.told.get(find, "")),)
            shown = self.names.get(value, value)
            return Line(name, label_of(name), "link", hint, value, self._found(name), texts=typed, shown=shown)
        if kind is bool:
            return Line(name, label_of(name), "tick", hint, value)
        options = self._options(key, kind, value)
        if get_origin(kind) is tuple and options:
            chosen = frozenset(self.told.getlist(name))
            return Line(name, label_of(name), "many", hint, options=_with_chosen(options, chosen), chosen=chosen)
        if options:
            chosen = frozenset((value,))
            return Line(name, label_of(name), "choice", hint, value, _with_chosen(options, chosen), chosen)
        if get_origin(kind) is tuple:
            value = ", ".join(self._area_words(one) for one in self.told.getlist(name))
        shapes = {int: "number", float: "number", dt.date: "date", dt.time: "time"}
        return Line(name, label_of(name), shapes.get(kind, "line"), hint, value)

    def _texts(self, name: str) -> Line:
        key = pattern(name)
        there = [one[len(name) + 1 :] for one in self.told if one.startswith(f"{name}.")]
        codes = [code for code in dict.fromkeys((*self.columns, *there)) if code != "gone" and "." not in code]
        if key in ("name", "former_names", "other_names") and ANY_LANGUAGE not in codes:
            codes.append(ANY_LANGUAGE)
        texts = tuple(
            InLanguage(
                f"{name}.{code}", code, _language_label(code), direction(code), self.told.get(f"{name}.{code}", "")
            )
            for code in codes
        )
        hint = gettext(HINTS[key]) if key in HINTS else ""
        shape = "long" if key in LONG else ""
        return Line(name, label_of(name), "texts", hint, shape, texts=texts)

    def _in_language(self, name: str, code: str) -> InLanguage:
        return InLanguage(name, code, _language_label(code), direction(code), self.told.get(name, ""))

    def _found(self, name: str) -> tuple[tuple[str, tuple[Option, ...]], ...]:
        """Places that go by the name somebody typed, to choose from."""
        row = name.removesuffix(".to")
        if self.told.get("do") != f"look:{row}":
            return ()
        hits = self.mapper.find(self.told.get(f"{row}.find", ""), limit=5).hits
        return (("", tuple((hit.resource.id, plain(hit.resource.name)) for hit in hits)),)

    def _area_words(self, area_id: str) -> str:
        words = _area_name(self.mapper, area_id)
        return words if self.mapper.area(words) == area_id else area_id

    def _options(self, key: str, kind: Any, value: str) -> tuple[tuple[str, tuple[Option, ...]], ...]:
        """The answers to choose from, in groups; () where one writes."""
        taxonomy, geography = self.mapper.taxonomy, self.mapper.geography
        simple = {
            "kind": taxonomy.kinds, "slices": taxonomy.slices, "gives": taxonomy.gives,
            "audience.communities": taxonomy.communities, "support_needed.type": taxonomy.supports,
            "support_offered.type": taxonomy.supports,
        }.get(key)  # fmt: skip
        if simple is not None:
            listed = tuple((term.id, plain(term.label)) for term in simple.values())
            ordered = listed if key in ("slices", "gives") else tuple(sorted(listed, key=lambda one: one[1]))
            return (("", (("", "–"), *ordered) if key.startswith("support_") else ordered),)
        if key in ("needs", "offers.needs"):
            themes = [(plain(theme.label), taxonomy.needs_of(theme.id)) for theme in taxonomy.themes.values()]
            return tuple(
                (theme, tuple((need, plain(taxonomy.needs[need].label)) for need in needs)) for theme, needs in themes
            )
        if key in ("languages.code", "offers.languages.code", "offers.meetings.language"):
            listed = tuple(sorted(((code, language_name(code)) for code in taxonomy.languages), key=lambda one: one[1]))
            return (("", (("", "–"), *listed)),)
        if key == "place.neighbourhood":
            listed = tuple((one.id, plain(one.name)) for one in geography.neighbourhoods.values())
            return (("", (("", "–"), *sorted(listed, key=lambda one: one[1]))),)
        if key == "place.municipality":
            listed = tuple((code, plain(one.name)) for code, one in geography.municipalities.items())
            return (("", (("", "–"), *sorted(listed, key=lambda one: one[1]))),)
        if key == "offers.meetings.rule":
            return (("", (("", gettext("no fixed rhythm")), *_rhythms(value))),)
        if key == "sources.facts":
            return (
                ("", (("*", gettext("all of it")), *((fact, gettext(label)) for fact, label in FACT_LABELS.items()))),
            )
        if get_origin(kind) is Literal:
            answers = ANSWERS.get(key, ANSWERS["answer"])
            return (("", tuple((one, gettext(answers[one])) for one in get_args(kind) if one in answers)),)
        return ()


def _with_chosen(
    options: tuple[tuple[str, tuple[Option, ...]], ...], chosen: frozenset[str]
) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    """The options with what is chosen already, also where our lists do not know it: nothing is lost by saving."""
    known = {value for _group, listed in options for value, _label in listed}
    unknown = tuple((one, one) for one in sorted(chosen - known) if one)
    return (*options, ("", unknown)) if unknown else options


def _is_words(kind: Any) -> bool:
    return kind is str or get_origin(kind) is Literal


def _language_label(code: str) -> str:
    return gettext("the same in every language") if code == ANY_LANGUAGE else language_name(code)


def _area_name(mapper: Mapper, area_id: str) -> str:
    geography = mapper.geography
    named = geography.neighbourhoods.get(area_id) or geography.municipalities.get(area_id)
    return plain(named.name) if named else area_id


@cache
def _rules() -> tuple[str, ...]:
    days = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    weekly = [f"FREQ=WEEKLY;BYDAY={day}" for day in days]
    weekly += [f"FREQ=WEEKLY;INTERVAL=2;BYDAY={day}" for day in days]
    return (*weekly, *(f"FREQ=MONTHLY;BYDAY={place}{day}" for place in ("1", "2", "3", "4", "-1") for day in days))


def _rhythms(value: str) -> list[Option]:
    """Rhythms in words; one that has no short words stands there as it is."""
    rules = (*_rules(), *([value] if value and value not in _rules() else []))
    return [(rule, rhythm(Meeting(rule=rule)) or rule) for rule in rules]
