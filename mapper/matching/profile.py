"""Reading a profile: ids or the words people use, each mistake told in one sentence that names the key."""

import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, get_args

from mapper.catalogue import Catalogue
from mapper.geography import distance_m
from mapper.model import (
    CIRCLES,
    SLICES,
    Avoid,
    Burden,
    Calls,
    Circles,
    CircleTies,
    Limits,
    Point,
    Problem,
    Profile,
    Record,
)
from mapper.search.query import PartKind, Phrasebook
from mapper.taxonomy import Term
from mapper.text import N_, closest, fold

#: West, south, east, north of Belgium, in degrees: a place outside is a slip of the keyboard.
_BELGIUM = (2.5, 49.4, 6.5, 51.6)
#: Further than this from the middle of the area named, in metres, a point lies somewhere else.
_FAR_APART_M = 5_000.0
_MOST_ENTRIES, _LONGEST_WORDS = 30, 200
_MOST_RANGE_M, _MOST_PEOPLE = 30_000, 500
_CIRCLE_KEYS = {
    "household": ("size", "calls", "practical", "emotional", "gives"),
    "family": ("size", "in_brussels", "calls", "practical", "emotional", "gives"),
    "friends": ("size", "in_brussels", "calls", "practical", "emotional", "gives"),
    "neighbours": ("size", "known_by_first_name", "calls", "practical", "emotional", "gives"),
}
_LARGEST_FILE_BYTES = 100_000
#: What words look like under keys that are no need.
_EXAMPLES = {"neighbourhood": '"1030"', "professional": '"LDC Aksent"', "groups": '"AETCIS"', "languages": '"pt"'}


def read_table(path: Path) -> dict[str, Any]:
    """The table in a profile file, TOML or JSON. Raises `Problem` with the place of the mistake."""
    words = _text_of(path)
    # A JSON object begins with a brace and TOML never does: whatever the file is called, it is read.
    is_json = words.lstrip().startswith("{") or (path.suffix.lower() == ".json" and words.lstrip().startswith("["))
    try:
        table = json.loads(words) if is_json else tomllib.loads(words)
    except json.JSONDecodeError as error:
        _misspelled(path, error.lineno, error.colno)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+), column (\d+)", str(error))
        # Else something was still open when the file ended.
        last = words.rstrip().split("\n")
        _misspelled(path, *(map(int, at.groups()) if at else (len(last), len(last[-1]) + 1)))
    except (ValueError, RecursionError):
        raise Problem(
            N_("{file} is not a profile: it holds a number or a list that is far too long."), file=path.name
        ) from None
    if not isinstance(table, dict) or not table:
        raise Problem(N_('{file} is not a profile: it must hold keys such as needs = ["company"].'), file=path.name)
    return table


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE_BYTES:
            raise Problem(N_("{file} is too large for a profile (more than 100 kB)."), file=path.name)
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Problem(N_("There is no file {file}."), file=str(path)) from None
    except IsADirectoryError:
        raise Problem(N_("{file} is a folder. Name the file of a profile in it."), file=str(path)) from None
    except OSError as error:
        raise Problem(N_("{file} cannot be read: {error}."), file=path.name, error=error.strerror) from None
    except UnicodeDecodeError:
        raise Problem(
            N_("{file} is not a text file in UTF-8. Save it as UTF-8 and try again."), file=path.name
        ) from None


def _misspelled(path: Path, line: int, column: int) -> NoReturn:
    raise Problem(
        N_(
            "{file} cannot be read at line {line}, column {column}: words stand between quotes, lists between [ and ], "
            "and nothing is written twice."
        ),
        file=path.name, line=line, column=column,
    ) from None  # fmt: skip


def read_profile(table: dict[str, Any], catalogue: Catalogue, phrasebook: Phrasebook) -> Profile:
    """A profile from keys and values as in `examples/`.

    Raises `Problem` that names the key and the nearest valid word.
    """
    return _Reader(catalogue, phrasebook).profile(table)


class _Reader:
    def __init__(self, catalogue: Catalogue, phrasebook: Phrasebook) -> None:
        self.catalogue, self.phrasebook = catalogue, phrasebook
        self.taxonomy, self.geography = catalogue.taxonomy, catalogue.geography

    def profile(self, table: dict[str, Any]) -> Profile:
        readers: dict[str, Callable[[str, Any], Any]] = {
            "languages": self.languages,
            "neighbourhood": self.neighbourhood,
            "near": self.near,
            "needs": lambda key, value: self.terms(key, value, "need", self.taxonomy.needs),
            "gives": lambda key, value: self.terms(key, value, None, self.taxonomy.gives),
            "communities": lambda key, value: self.terms(key, value, "community", self.taxonomy.communities),
            "groups": self.places,
            "professional": self.place,
            "range_m": lambda key, value: _number(key, value, 0, _MOST_RANGE_M),
            "wishes_more_contact": _yes_no,
            "asks_easily": _yes_no,
            "burden": lambda key, value: _one_of(key, value, get_args(Burden)),
            "only_slices": lambda key, value: tuple(_one_of(key, one, SLICES) for one in _list(key, value)),
            "not_near_home": _yes_no,
            "not_own_community": _yes_no,
            "phone_is_safe": _yes_no,
            "strong_sides": lambda key, value: tuple(_words(key, one) for one in _list(key, value)),
            "limits": lambda key, value: _record(Limits, key, value, dict.fromkeys(Limits.__struct_fields__, _yes_no)),
            "circles": self.circles,
            "avoid": self.avoid,
        }
        profile: Profile = _record(Profile, "", table, readers)
        _refuse_contradictions(profile)
        self.refuse_two_places(profile)
        return profile

    def refuse_two_places(self, profile: Profile) -> None:
        """Raises `Problem` when the point given lies far from the area named."""
        near, named = profile.near, self.geography.points_of(profile.neighbourhood) if profile.neighbourhood else ()
        if near is not None and named and min(distance_m(near, point) for point in named) > _FAR_APART_M:
            _contradict(f"near = [{near.lon}, {near.lat}]", f'neighbourhood = "{profile.neighbourhood}"')

    def languages(self, key: str, value: Any) -> tuple[str, ...]:
        # "pt-BR" is Portuguese here: places name languages, seldom their varieties.
        plain = [one.split("-")[0].lower() if isinstance(one, str) and one.count("-") == 1 else one
                 for one in _list(key, value)]  # fmt: skip
        return self.terms(key, plain, "language", self.taxonomy.languages)

    def terms(self, key: str, value: Any, kind: PartKind | None, terms: dict[str, Term]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.term(key, _words(key, one), kind, terms) for one in _list(key, value)))

    def term(self, key: str, words: str, kind: PartKind | None, terms: dict[str, Term]) -> str:
        for term_id in (words, fold(words).replace(" ", "_")):
            if term_id in terms:
                return term_id
        found = self.phrasebook.id_of(kind, words) if kind else _spelled_as(words, terms)
        if found is None:
            _unknown(key, words, [*terms, *(label for term in terms.values() for label in term.label.values())])
        return found

    def neighbourhood(self, key: str, value: Any) -> str:
        words = _words(key, value)
        if not words or self.geography.knows(words):
            return words
        area = self.phrasebook.id_of("area", words)
        if area is None:
            _unknown(key, words, [name for area in self.geography.area_names() for name in area.name.values()])
        return area

    def near(self, key: str, value: Any) -> Point:
        if not isinstance(value, (list, tuple)) or len(value) != 2 or not all(map(_is_number, value)):
            _wrong(
                N_("“{key}” must be two numbers, longitude and latitude, such as {example}; found {found}."),
                key,
                value,
                "[4.366, 50.861]",
            )
        # A whole number of hundreds of digits is no float, and no degrees either.
        lon, lat = (float(one) if abs(one) <= 360 else math.inf for one in value)
        west, south, east, north = _BELGIUM
        if west <= lat <= east and south <= lon <= north:
            raise Problem(
                N_("“{key}” has longitude and latitude the other way round: write [{lat}, {lon}]."),
                key=key, lat=round(lat, 3), lon=round(lon, 3),
            )  # fmt: skip
        if not (west <= lon <= east and south <= lat <= north):
            _wrong(
                N_("“{key}” must be a place in Belgium, longitude first, such as {example}; found {found}."),
                key,
                value,
                "[4.366, 50.861]",
            )
        return Point(lon, lat)

    def places(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.place(key, one) for one in _list(key, value)))

    def place(self, key: str, value: Any) -> str:
        words = _words(key, value)
        if not words or words in self.catalogue:
            return words
        asked, names = fold(words), {}
        for record in self.catalogue:
            for name in (record.name, *record.other_names, *record.former_names):
                for spelling in name.values():
                    if fold(spelling) == asked:
                        return record.id
                    names[spelling] = record.id
        _unknown(key, words, names)

    def circles(self, key: str, value: Any) -> Circles:
        readers = {
            circle: lambda name, ties, keys=keys: _record(
                CircleTies, name, ties, {one: _CIRCLE_READERS[one] for one in keys}
            )
            for circle, keys in _CIRCLE_KEYS.items()
        }
        circles: Circles = _record(Circles, key, value, readers)  # type: ignore[arg-type]
        return circles

    def avoid(self, key: str, value: Any) -> Avoid:
        readers = {
            "circles": lambda name, given: tuple(_one_of(name, one, CIRCLES) for one in _list(name, given)),
            "resources": self.places,
            "communities": lambda name, given: self.terms(name, given, "community", self.taxonomy.communities),
        }
        avoid: Avoid = _record(Avoid, key, value, readers)
        return avoid


def _record(kind: type[Record], key: str, value: Any, readers: dict[str, Callable[[str, Any], Any]]) -> Any:
    """A record from a table whose keys are read each by its own reader; JSON's null is the same as absent."""
    if not isinstance(value, dict):
        _wrong(
            N_("“{key}” must be a table of keys and values, such as {example}; found {found}."),
            key,
            value,
            "{" + next(iter(readers)) + " = …}",
        )
    found = {}
    for name, given in value.items():
        full_name = f"{key}.{name}" if key else str(name)
        if name not in readers:
            _no_such_key(key, str(name), readers)
        if given is not None:
            found[name] = readers[name](full_name, given)
    return kind(**found)


def _no_such_key(table: str, name: str, keys: Iterable[str]) -> NoReturn:
    start, choices = f"{table}." if table else "", list(keys)
    # Whatever a key is made of, it is told in one line.
    key, nearest = (start + " ".join(name.split()))[:_LONGEST_WORDS], closest(name, choices)
    if nearest is None:
        raise Problem(
            N_("There is no key “{key}” in a profile. There are: {choices}."),
            key=key, choices=", ".join(start + one for one in choices),
        )  # fmt: skip
    raise Problem(
        N_("There is no key “{key}” in a profile. Did you mean “{nearest}”?"), key=key, nearest=start + nearest
    )


def _wrong(message: str, key: str, value: Any, example: str) -> NoReturn:
    """Raises a `Problem` with a message that has places for the key, an example, and what was found."""
    raise Problem(message, key=key, example=example, found=_shown(value))


def _shown(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 200:
        return "…"  # writing out a number of thousands of digits is refused, and helps nobody
    try:
        return json.dumps(value, ensure_ascii=False, default=str)[:60]
    except (ValueError, RecursionError):
        return "…"


def _unknown(key: str, words: str, valid: Iterable[str]) -> NoReturn:
    choices = list(valid)
    nearest = closest(words, choices)
    if nearest is None:
        raise Problem(N_("“{key}”: “{words}” is not known here."), key=key, words=words)
    raise Problem(
        N_("“{key}”: “{words}” is not known here. Did you mean “{nearest}”?"), key=key, words=words, nearest=nearest
    )


def _spelled_as(words: str, terms: dict[str, Term]) -> str | None:
    asked = fold(words)
    return next((term.id for term in terms.values() for _code, name in term.spellings() if fold(name) == asked), None)


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, float) and math.isfinite(value)


def _number(key: str, value: Any, least: int, most: int) -> int:
    if not _is_number(value) or value != int(value):
        _wrong(
            N_("“{key}” must be a whole number, such as {example}; found {found}."),
            key,
            value,
            str(2 if most < 1000 else 1500),
        )
    if not least <= value <= most:
        raise Problem(
            N_("“{key}” must be between {least} and {most}; found {found}."),
            key=key, least=least, most=most, found=_shown(value),
        )  # fmt: skip
    return int(value)


def _yes_no(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        _wrong(N_("“{key}” must be true or false, such as {example}; found {found}."), key, value, "true")
    return bool(value)


def _words(key: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_WORDS:
        _wrong(
            N_("“{key}” must be words between quotes, 200 characters at most, such as {example}; found {found}."),
            key,
            value,
            _EXAMPLES.get(key, '"company"'),
        )
    return " ".join(value.split())


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)) or len(value) > _MOST_ENTRIES:
        one = value if isinstance(value, str) and 0 < len(value) < 40 else "…"
        message = N_("“{key}” must be a list of at most 30, such as {example}; found {found}.")
        _wrong(message, key, value, json.dumps([one], ensure_ascii=False))
    return list(value)


def _one_of(key: str, value: Any, choices: tuple[str, ...]) -> str:
    words = _words(key, value)
    if words not in choices:
        raise Problem(
            N_("“{key}”: “{words}” is not known here. It can be: {choices}."),
            key=key, words=words, choices=", ".join(_nearest_first(words, choices)),
        )  # fmt: skip
    return words


def _nearest_first(words: str, choices: tuple[str, ...]) -> list[str]:
    nearest = closest(words, choices)
    return sorted(choices, key=lambda one: one != nearest)


_CIRCLE_READERS: dict[str, Callable[[str, Any], Any]] = {
    "size": lambda key, value: _number(key, value, 0, _MOST_PEOPLE),
    "known_by_first_name": lambda key, value: _number(key, value, 0, _MOST_PEOPLE),
    "calls": lambda key, value: _one_of(key, value, get_args(Calls)),
    "in_brussels": _yes_no,
    "practical": _yes_no,
    "emotional": _yes_no,
    "gives": _yes_no,
}


def _contradict(one: str, other: str) -> NoReturn:
    raise Problem(N_("“{one}” and “{other}” contradict each other. Leave one of them out."), one=one, other=other)


def _refuse_contradictions(profile: Profile) -> None:
    """Raises `Problem` when two wishes cannot both be true."""
    if profile.range_m == 0 and profile.not_near_home:
        _contradict("range_m = 0", "not_near_home = true")
    if profile.limits.women_only and "men" in profile.communities:
        _contradict("limits.women_only = true", 'communities = ["men"]')
    for community in profile.communities:
        if community in profile.avoid.communities:
            _contradict(f'communities = ["{community}"]', f'avoid.communities = ["{community}"]')
    for resource_id in profile.avoid.resources:
        if resource_id in profile.groups:
            _contradict(f'groups = ["{resource_id}"]', f'avoid.resources = ["{resource_id}"]')
        if resource_id == profile.professional:
            _contradict(f'professional = "{resource_id}"', f'avoid.resources = ["{resource_id}"]')
    for name in CIRCLES if profile.circles else ():
        ties: CircleTies | None = getattr(profile.circles, name)
        if ties is None or ties.size != 0:
            continue
        if ties.calls in ("sometimes", "often"):
            _contradict(f"circles.{name}.size = 0", f'circles.{name}.calls = "{ties.calls}"')
        for key in ("practical", "emotional", "gives", "in_brussels"):
            if getattr(ties, key):
                _contradict(f"circles.{name}.size = 0", f"circles.{name}.{key} = true")
        if ties.known_by_first_name:
            _contradict(f"circles.{name}.size = 0", f"circles.{name}.known_by_first_name = {ties.known_by_first_name}")
