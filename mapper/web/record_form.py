"""A record as a form and back: every field of the model under a name such as `offers.0.meetings.1.rule`.

Pure: no request, no store. What nobody touched stays exactly as it was, however odd; what was touched is read strictly,
and every mistake is found at once, beside its field.
"""

import dataclasses
import datetime as dt
import math
import types
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Union, get_args, get_origin

import msgspec
from werkzeug.datastructures import MultiDict

from mapper.exchange.reading import has_hidden_characters
from mapper.identifying import has_address
from mapper.model import GIVES_NO_ADDRESS, Address, Place, Record, Resource, new_id, to_table
from mapper.opening import is_readable
from mapper.text import N_, Text

Form = MultiDict[str, str]

#: What machines keep, not people.
NOT_ASKED = ("id", "merged_into", "origins")
MOST_ROWS = 60
MOST_CHARACTERS = 5000
#: Set when somebody looked at what seems to be an address and says that it may stand there.
CONFIRMED = "address_is_fine"


class Vocabulary(Protocol):
    """What people may write instead of an id."""

    def area(self, words: str) -> str | None:
        """The id of a neighbourhood, postcode or municipality."""

    def place(self, words: str) -> tuple[str, str]:
        """The id of the place that goes by this name, "" when none does; and the name of the nearest."""


@dataclass(frozen=True)
class Mistake:
    """What cannot be read: the name of its field, and a message with what fills it."""

    field: str
    message: str
    data: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """A form as read: the record, or every mistake; and texts that look like an address where none is to be given."""

    resource: Resource | None
    mistakes: tuple[Mistake, ...] = ()
    addresses: tuple[str, ...] = ()
    #: The fields that differ from the record before.
    touched: tuple[str, ...] = ()


def asked_fields() -> list[msgspec.structs.FieldInfo]:
    """The fields of a record that a form shows, in the order of the model."""
    return [one for one in msgspec.structs.fields(Resource) if one.name not in NOT_ASKED]


def write(record: Resource) -> list[tuple[str, str]]:
    """The record as names and values of a form; what is empty is left out."""
    return [pair for one in asked_fields() for pair in _write(one.name, getattr(record, one.name))]


def _write(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Text):
        yield from ((f"{name}.{code}", words) for code, words in value.items())
    elif isinstance(value, Record):
        for one in msgspec.structs.fields(value):
            yield from _write(f"{name}.{one.name}", getattr(value, one.name))
    elif isinstance(value, tuple):
        for number, part in enumerate(value):
            yield from _write(name if isinstance(part, str) else f"{name}.{number}", part)
    elif isinstance(value, bool):
        yield from [(name, "1")] if value else []
    elif isinstance(value, dt.time):
        # As people write it; seconds only where there are some.
        yield name, value.isoformat("auto" if value.second else "minutes")
    elif isinstance(value, dt.date):
        yield name, value.isoformat()
    elif value is not None and value != "":
        yield name, repr(value) if isinstance(value, float) else str(value)


def read(form: Form, before: Resource, words: Vocabulary) -> Read:
    """The record that a form describes, starting from the record it was filled in for."""
    shown = _by_field(write(before))
    told = _by_field((name, value) for name, values in form.lists() for value in values)
    reader = _Reader(form, words)
    values: dict[str, Any] = {}
    touched = []
    for one in msgspec.structs.fields(Resource):
        values[one.name] = getattr(before, one.name)
        if one.name in NOT_ASKED or told.get(one.name) == shown.get(one.name):
            continue
        touched.append(one.name)
        values[one.name] = reader.value(one.name, one.type, values[one.name])
    _check(values, before, reader)
    if reader.mistakes:
        return Read(None, tuple(reader.mistakes), touched=tuple(touched))
    try:
        resource = Resource(**values)
    except ValueError as error:
        return Read(None, (Mistake("name", N_("This cannot be saved: {error}."), {"error": str(error)}),))
    if values["place"].precision in GIVES_NO_ADDRESS and not form.get(CONFIRMED):
        addresses = tuple(
            name for name, text in write(resource) if not name.startswith("sources.") and has_address(text)
        )
        return Read(resource, (), addresses, tuple(touched))
    return Read(resource, touched=tuple(touched))


def _by_field(pairs: Iterable[tuple[str, str]]) -> dict[str, Counter[tuple[str, str]]]:
    """What is filled in, by field of the record; a browser changes line ends, which says nothing."""
    found: dict[str, Counter[tuple[str, str]]] = {}
    for name, value in pairs:
        if value:
            key = (name, value.replace("\r", "").replace("\n", ""))
            found.setdefault(name.partition(".")[0], Counter())[key] += 1
    return found


class _Reader:
    """Reads values by the type that the model gives them, and gathers mistakes."""

    def __init__(self, form: Form, words: Vocabulary) -> None:
        self._form = form
        self._words = words
        self.mistakes: list[Mistake] = []

    def wrong(self, name: str, message: str, **data: str) -> None:
        self.mistakes.append(Mistake(name, message, data))

    def value(self, name: str, kind: Any, before: Any = None) -> Any:
        """The value under a name, of a type."""
        if kind is Text:
            return self._text(name)
        if kind is bool:
            return bool(self._form.get(name))
        if get_origin(kind) is Literal:
            return self._choice(name, get_args(kind), before)
        if get_origin(kind) is tuple:
            return self._many(name, get_args(kind)[0], before)
        if get_origin(kind) in (Union, types.UnionType):
            inner = next(part for part in get_args(kind) if part is not type(None))
            return self._struct(name, inner, None) if inner is Address else self._maybe(name, inner)
        if isinstance(kind, type) and issubclass(kind, Record):
            return self._struct(name, kind, before)
        return self._line(name)

    def _line(self, name: str) -> str:
        words = " ".join(self._form.get(name, "").split())
        return self._clean(name, words)

    def _clean(self, name: str, words: str) -> str:
        if len(words) > MOST_CHARACTERS:
            self.wrong(name, N_("This is too long: at most {most} characters."), most=str(MOST_CHARACTERS))
        if has_hidden_characters(words):
            self.wrong(name, N_("There are invisible characters in this text. Type it again."))
        return words

    def _text(self, name: str) -> Text:
        found = {}
        for key in self._form:
            if key.startswith(f"{name}.") and "." not in (code := key[len(name) + 1 :]):
                words = self._form[key].replace("\r\n", "\n").strip()
                found[code] = self._clean(key, words)
        return Text.of(found)

    def _choice(self, name: str, choices: tuple[str, ...], before: Any) -> Any:
        chosen = self._form.get(name, "")
        if chosen in choices:
            return chosen
        if chosen:
            self.wrong(name, N_("Choose one of the answers."))
        return before if before in choices else choices[-1] if "unknown" in choices else choices[0]

    def _maybe(self, name: str, kind: type) -> Any:
        words = self._form.get(name, "").strip()
        if not words:
            return None
        readers: dict[type, tuple[Callable[[str], Any], str]] = {
            dt.date: (dt.date.fromisoformat, N_("This is no date. Write year, month and day, such as 2026-11-24.")),
            dt.time: (dt.time.fromisoformat, N_("This is no time of day. Write it as 14:00.")),
            int: (_whole, N_("Write a whole number, such as 2.")),
            float: (_number, N_("Write a number, such as 50.861.")),
        }
        reading, message = readers[kind]
        try:
            return reading(words)
        except ValueError:
            self.wrong(name, message)
            return None

    def _many(self, name: str, kind: Any, before: Any) -> tuple[Any, ...]:
        if name == "service_area":
            return self._areas(name)
        if kind is str or get_origin(kind) is Literal:
            given = dict.fromkeys(one for one in self._form.getlist(name) if one)
            allowed = get_args(kind) or tuple(given)
            # What was first stays first: the first slice or need says what a place is above all.
            order = {one: number for number, one in enumerate(before or ())}
            return tuple(sorted((one for one in given if one in allowed), key=lambda one: order.get(one, len(order))))
        rows = []
        for number in row_numbers(self._form, name):
            row = f"{name}.{number}"
            if self._form.get(f"{row}.gone") or not self._is_filled(row):
                continue
            rows.append(self.value(row, kind, None))
        if len(rows) > MOST_ROWS:
            self.wrong(name, N_("These are too many: at most {most}."), most=str(MOST_ROWS))
        return tuple(one for one in rows if one is not None)

    def _is_filled(self, row: str) -> bool:
        """Whether anything of a row was told: its id, and a choice that stands there anyway, tell nothing."""
        passive = {f"{row}.id", f"{row}.free", f"{row}.room.state", f"{row}.gone"}
        if not row.startswith("support_"):  # where the sort is all there may be to tell, and none stands there first
            passive.add(f"{row}.type")
        return any(
            value.strip() for key in self._form if key.startswith(f"{row}.") and key not in passive
            for value in self._form.getlist(key)
        )  # fmt: skip

    def _areas(self, name: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for given in self._form.getlist(name):
            for piece in filter(None, (piece.strip() for piece in given.replace(";", ",").split(","))):
                area = self._words.area(piece)
                if area is None:
                    self.wrong(name, N_("We know no neighbourhood, postcode or municipality “{words}”."), words=piece)
                else:
                    found[area] = None
        return tuple(found)

    def _struct(self, name: str, kind: Any, before: Any) -> Any:
        values = {}
        for one in msgspec.structs.fields(kind):
            values[one.name] = self.value(f"{name}.{one.name}", one.type, getattr(before, one.name, None))
        if kind is Address:
            return Address(**values) if any(values.values()) else None
        if kind is Place:
            return self._place(name, values, before)
        finish = _FINISH.get(kind.__name__)
        if finish is not None and not finish(self, name, values):
            return None
        try:
            return kind(**values)
        except ValueError as error:
            self.wrong(name, N_("This cannot be saved: {error}."), error=str(error))
            return None

    def _place(self, name: str, values: dict[str, Any], before: Place | None) -> Place:
        """A place with no more than its precision may keep: whoever chooses less gives up the rest with it."""
        precision = values["precision"]
        if precision == "contact_only":
            return Place(precision="contact_only")
        if precision in GIVES_NO_ADDRESS:
            values |= {"address": None, "lon": None, "lat": None}
            if not values["neighbourhood"] and not values["municipality"]:
                self.wrong(f"{name}.neighbourhood", N_("Choose the neighbourhood in which it is."))
        else:
            values["neighbourhood"] = ""
        if precision == "street":
            if values["address"]:
                address = msgspec.structs.replace(values["address"], house_number="")
                values["address"] = address if any(msgspec.structs.astuple(address)) else None
            if before is not None and before.precision == "exact" and values["lon"] == before.lon:
                # The exact point would tell the house.
                values |= {"lon": None, "lat": None}
        try:
            return Place(**values)
        except ValueError:
            self.wrong(f"{name}.lon", N_("Give both longitude and latitude of a place on earth, or neither."))
            return before or Place(precision="contact_only")

    def offer(self, name: str, values: dict[str, Any]) -> bool:
        values["id"] = values["id"] or new_id()
        if not values["name"]:
            self.wrong(f"{name}.name", N_("Give it a name."))
        return bool(values["name"])

    def meeting(self, name: str, values: dict[str, Any]) -> bool:
        from dateutil.rrule import rrulestr

        try:
            if values["rule"]:
                rrulestr(values["rule"])
        except (ValueError, TypeError, AttributeError):
            self.wrong(f"{name}.rule", N_("This rhythm cannot be read. Choose one of the list."))
        return True

    def contact(self, name: str, values: dict[str, Any]) -> bool:
        kind, value = values["type"], values["value"]
        if not value:
            self.wrong(f"{name}.value", N_("Write the number or address, or take this row away."))
        elif kind == "phone" and sum(sign.isdigit() for sign in value) < 3:
            self.wrong(f"{name}.value", N_("A phone number has digits."))
        elif kind == "email" and "@" not in value:
            self.wrong(f"{name}.value", N_("A mail address has an @."))
        elif kind in ("website", "social") and "://" not in value:
            values["value"] = f"https://{value}"
        return bool(value)

    def link(self, name: str, values: dict[str, Any]) -> bool:
        typed = self._line(f"{name}.find")
        if typed and not values["to"]:
            values["to"], nearest = self._words.place(typed)
            if not values["to"] and nearest:
                message = N_("We know no place called “{words}”. Did you mean {nearest}?")
                self.wrong(f"{name}.find", message, words=typed, nearest=nearest)
            elif not values["to"]:
                self.wrong(f"{name}.find", N_("We know no place called “{words}”."), words=typed)
        elif not values["to"]:
            self.wrong(f"{name}.find", N_("Write the name of the other place, or take this row away."))
        return bool(values["to"])

    def story(self, name: str, values: dict[str, Any]) -> bool:
        if not values["consent"]:
            self.wrong(
                f"{name}.consent", N_("Say how the person agreed that this is told. Without that there is no story.")
            )
        elif not values["text"]:
            self.wrong(f"{name}.text", N_("Write the story, or take this row away."))
        return bool(values["consent"] and values["text"])

    def language(self, name: str, values: dict[str, Any]) -> bool:
        if not values["code"]:
            self.wrong(f"{name}.code", N_("Choose the language, or take this row away."))
        return bool(values["code"])

    def support(self, name: str, values: dict[str, Any]) -> bool:
        if not values["type"]:
            self.wrong(f"{name}.type", N_("Choose one of the answers."))
        return bool(values["type"])

    def source(self, name: str, values: dict[str, Any]) -> bool:
        if not values["title"]:
            self.wrong(f"{name}.title", N_("Say where this comes from."))
        values["facts"] = values["facts"] or ("*",)
        return bool(values["title"])


_FINISH: dict[str, Callable[[_Reader, str, dict[str, Any]], bool]] = {
    "Offer": _Reader.offer,
    "Meeting": _Reader.meeting,
    "Contact": _Reader.contact,
    "Link": _Reader.link,
    "Story": _Reader.story,
    "Language": _Reader.language,
    "Support": _Reader.support,
    "Source": _Reader.source,
}


def row_numbers(form: Form, name: str) -> list[int]:
    """The numbers of the rows that a form has under a name, in order."""
    heads = {key[len(name) + 1 :].partition(".")[0] for key in form if key.startswith(f"{name}.")}
    return sorted(int(head) for head in heads if head.isascii() and head.isdigit() and len(head) < 4)


def _check(values: dict[str, Any], before: Resource, reader: _Reader) -> None:
    """What the record as a whole must hold, each said beside its field."""
    if not values["name"]:
        reader.wrong("name", N_("Give it a name, in at least one language."))
    if not values["kind"]:
        reader.wrong("kind", N_("Choose what kind of place it is."))
    hours = values["opening_hours"]
    if hours and hours != before.opening_hours and not is_readable(hours):
        message = N_("These hours cannot be read. Write them as Mo-Fr 09:00-17:00; Sa 10:00-12:00.")
        reader.wrong("opening_hours", message)
    if values["status"] == "active" and values["checked_on"] is None:
        reader.wrong("checked_on", N_("Active means checked: say on which day."))
    if (values["status"] == "merged") != bool(values["merged_into"]):
        reader.wrong("status", N_("Two records are merged on the page of duplicates, not here."))
    if values["ground"] == "coach_notes" and values["visibility"] == "public":
        reader.wrong("visibility", N_("A group that never published itself is not public before it agrees."))
    age_min, age_max = values["audience"].age_min, values["audience"].age_max
    if age_min is not None and age_max is not None and age_min > age_max:
        reader.wrong("audience.age_min", N_("The youngest age is above the oldest."))


def merge(base: Resource, mine: Resource, theirs: Resource) -> tuple[Resource, tuple[str, ...]]:
    """What two people made of one record: mine where I changed it, else theirs; and the fields that both changed."""
    changes, both = {}, []
    for one in asked_fields():
        old, my, their = (getattr(record, one.name) for record in (base, mine, theirs))
        if my != old:
            changes[one.name] = my
            if their not in (old, my):
                both.append(one.name)
    try:
        return msgspec.structs.replace(theirs, **changes), tuple(both)
    except ValueError:
        return mine, tuple(changes)


def differing(one: Resource, other: Resource) -> tuple[str, ...]:
    """The fields in which two records differ, in the order of the model."""
    fields = msgspec.structs.fields(Resource)
    return tuple(each.name for each in fields if getattr(one, each.name) != getattr(other, each.name))


def in_plain_words(record: Resource, name: str) -> str:
    """One field of a record on one line, for showing two states beside each other; "" when it is empty."""
    value = to_table(record).get(name, "")
    return " · ".join(_leaves(value)) if isinstance(value, (dict, list)) else str(value)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part)
    else:
        yield str(value)


def _whole(words: str) -> int:
    number = int(words)
    if not 0 <= number < 100_000:
        raise ValueError
    return number


def _number(words: str) -> float:
    number = float(words.replace(",", "."))
    if not math.isfinite(number):
        raise ValueError
    return number


def blank(**fields: Any) -> Resource:
    """A record in which nothing is told yet; its name has to be given before it can be saved."""
    return Resource(id=new_id(), kind=fields.pop("kind", "self_organisation"), name=Text.of("?"), **fields)
