"""The Matthew audit: does whoever has fewest to call on get at least as much, and who gets shown?

Draws invented people; no real profile is ever looked at. Every base person (place, languages, needs, burden,
wishes) is asked for five times with the same words, from nobody to call on to four circles, so that any
difference is the matcher's own and not the neighbourhood's (study: Het Mattheüseffect).
"""

import datetime as dt
import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from mapper.catalogue import Catalogue
from mapper.matching.answer import Statement
from mapper.matching.columns import BRIDGING, STATUSES
from mapper.matching.person import Person
from mapper.matching.slate import ENOUGH
from mapper.matching.weigh import weigh
from mapper.model import SLICES, Burden, Calls, Circles, CircleTies, Profile

_LANGUAGES = (
    ("fr",),
    ("nl",),
    ("fr", "nl"),
    ("ar", "fr"),
    ("tr", "fr"),
    ("pt", "fr"),
    ("en",),
    ("ro",),
    ("pt",),
    ("ar",),
)
_BURDENS: tuple[Burden | None, ...] = ("none", "some", "heavy", None)
_GIVES = ("cooking", "helping_children", "listening", "gardening", "languages", "welcoming")
#: The kinds that are a community's own; the rest is told apart by slice.
_SELF_ORGANISED = frozenset(
    "self_organisation citizen_initiative antenna friends_group carers_group faith_group poverty_association "
    "soup_kitchen garden buddy_scheme solidarity_housing".split()
)
_SORTS = ("self_organised", "other_informal", "formal")
#: Self-organisations must have at least this part of the share of exposure that they have of what fits.
FAIR_SHARE = 0.8


@dataclass(frozen=True)
class Fifth:
    """What people with so many circles to call on get, on average. Distance is a median, in metres."""

    circles_to_call_on: int
    people: int
    within_reach: float
    suggestions: float
    answers: float
    services: float
    bridging: float
    slices: dict[str, float]
    distance_m: float | None
    without_any: int


@dataclass(frozen=True)
class Exposure:
    """How often organisations of one sort or kind are shown, beside how often they would fit."""

    sort: str
    organisations: int
    share_of_fitting: float
    share_of_shown: float


@dataclass(frozen=True)
class Audit:
    """The audit as a table, figures for a chart, and a verdict in plain statements."""

    people: int
    fifths: tuple[Fifth, ...]
    exposure: tuple[Exposure, ...]
    #: The same by kind, those shown most first.
    kinds: tuple[Exposure, ...]
    verdict: tuple[Statement, ...]


@dataclass
class _Tally:
    people: int = 0
    reach: int = 0
    shown: int = 0
    answers: int = 0
    services: int = 0
    bridging: int = 0
    without_any: int = 0


def audit(catalogue: Catalogue, now: dt.datetime, people: int = 500, seed: int = 1) -> Audit:
    """Draws so many invented people and tells who would get what. The same seed draws the same people."""
    tallies: dict[int, _Tally] = defaultdict(_Tally)
    slices: dict[int, Counter[str]] = defaultdict(Counter)
    distances: dict[int, list[float]] = defaultdict(list)
    fitting: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    fewer = pairs = 0
    for base in invented(catalogue, max(1, people // 5), seed):
        got = []
        for level in range(5):
            person = Person(with_circles(base, level), catalogue, now)
            choice = weigh(person)
            places = [int(choice.places[member]) for member in choice.chosen]
            these = choice.these
            tally = tallies[level]
            tally.people += 1
            tally.reach += len(these)
            tally.shown += len(places)
            tally.without_any += not places
            for row in these.rows.tolist():
                fitting.update((_sort(person, row), _kind(person, row)))
            for place in places:
                row = int(these.rows[place])
                record = person.inventory.record_at(row)
                tally.answers += bool(these.answered[place] > 0)
                tally.services += bool(these.columns.service[place])
                tally.bridging += bool(these.tie[place] & BRIDGING)
                slices[level].update(person.inventory.words.slices_of(record)[:1])
                shown.update((_sort(person, row), _kind(person, row)))
                if these.distance_m[place] == these.distance_m[place]:
                    distances[level].append(float(these.distance_m[place]))
            answered = sum(bool(these.answers(need)[places].any()) for need in base.needs)
            got.append((len(these), min(len(places), ENOUGH), answered))
        pairs += 1
        fewer += any(got[0][part] < max(one[part] for one in got) for part in range(3))
    fifths = tuple(_fifth(level, tallies[level], slices[level], distances[level]) for level in sorted(tallies))
    exposure, kinds = _exposure(catalogue, now, fitting, shown)
    return Audit(
        people=sum(one.people for one in fifths),
        fifths=fifths,
        exposure=exposure,
        kinds=kinds,
        verdict=_verdict(fifths, exposure, fewer, pairs),
    )


def invented(catalogue: Catalogue, count: int, seed: int) -> Iterator[Profile]:
    """So many people who do not exist, spread over the neighbourhoods, in turn and by chance."""
    rng = random.Random(seed)
    geography = catalogue.geography
    areas = [*geography.neighbourhoods] or [*geography.municipalities]
    needs = [*catalogue.taxonomy.needs]
    for number in range(count):
        yield Profile(
            languages=_LANGUAGES[number % len(_LANGUAGES)],
            neighbourhood=areas[number % len(areas)],
            needs=tuple(rng.sample(needs, rng.choice((1, 1, 2, 3)))),
            gives=tuple(rng.sample(_GIVES, rng.choice((0, 1)))),
            wishes_more_contact=rng.choice((None, True, True, False)),
            asks_easily=rng.choice((None, True, False)),
            burden=_BURDENS[number % len(_BURDENS)],
        )


def with_circles(profile: Profile, to_call_on: int) -> Profile:
    """The same person with so many of the four circles to call on."""

    def ties(place: int) -> CircleTies:
        calls: Calls = "sometimes" if place < to_call_on else "never"
        return CircleTies(size=3 if place < to_call_on else 0, calls=calls)

    circles = Circles(friends=ties(0), household=ties(1), family=ties(2), neighbours=ties(3))
    return msgspec.structs.replace(profile, circles=circles)


def _sort(person: Person, row: int) -> str:
    """Self-organised, other informal, or formal."""
    record = person.inventory.record_at(row)
    if record.kind in _SELF_ORGANISED:
        return "self_organised"
    return "formal" if person.inventory.columns.service[row] else "other_informal"


def _kind(person: Person, row: int) -> str:
    return f"kind:{person.inventory.record_at(row).kind}"


def _fifth(level: int, tally: _Tally, slices: Counter[str], distances: list[float]) -> Fifth:
    shown, people = max(1, tally.shown), max(1, tally.people)
    return Fifth(
        circles_to_call_on=level,
        people=tally.people,
        within_reach=tally.reach / people,
        suggestions=tally.shown / people,
        answers=tally.answers / people,
        services=tally.services / people,
        bridging=tally.bridging / people,
        slices={one: slices[one] / shown for one in SLICES},
        distance_m=statistics.median(distances) if distances else None,
        without_any=tally.without_any,
    )


def _exposure(
    catalogue: Catalogue, now: dt.datetime, fitting: Counter[str], shown: Counter[str]
) -> tuple[tuple[Exposure, ...], tuple[Exposure, ...]]:
    """By sort, and by kind. Every place is counted once under each, so both halves have the same total."""
    person = Person(Profile(), catalogue, now)
    held = person.inventory
    there = Counter(
        key
        for row in held.alive.nonzero()[0].tolist()
        if held.columns.status[row] <= STATUSES.index("reported")
        for key in (_sort(person, row), _kind(person, row))
    )
    all_fitting, all_shown = max(1, fitting.total() // 2), max(1, shown.total() // 2)

    def of(key: str) -> Exposure:
        shares = fitting[key] / all_fitting, shown[key] / all_shown
        return Exposure(key.removeprefix("kind:"), there[key], *shares)

    kinds = [of(key) for key in there if key.startswith("kind:") and (fitting[key] or shown[key])]
    kinds.sort(key=lambda one: (-one.share_of_shown, -one.share_of_fitting, one.sort))
    return tuple(map(of, _SORTS)), tuple(kinds)


#: Every code of the verdict, with what it says.
VERDICTS = {
    "fewest_get_as_many": "For whoever has fewest to call on at least as much fits within reach, and is suggested.",
    "fewest_get_fewer": "For whoever has fewest to call on less fits or is suggested: this has to be looked at.",
    "self_organised_are_shown": "Self-organisations are shown as often as they fit, or nearly.",
    "self_organised_crowded_out": "Formal services crowd out self-organisations: this has to be looked at.",
    "some_get_nothing": "Some people get no suggestion at all: there the inventory has nothing for them yet.",
}


def _verdict(
    fifths: tuple[Fifth, ...], exposure: tuple[Exposure, ...], fewer: int, pairs: int
) -> tuple[Statement, ...]:
    # Fewer of what fits within reach, fewer than five suggestions where others get five, or fewer needs answered.
    # Beyond five it is about what goes together, and says nothing.
    fewest, most = fifths[0].within_reach, max(one.within_reach for one in fifths[1:])
    fair = fewer == 0 and fewest >= most - 1e-9
    found = [
        Statement(
            "fewest_get_as_many" if fair else "fewest_get_fewer",
            {"fewest": round(fewest, 2), "most": round(most, 2), "fewer": fewer, "of": pairs},
        )
    ]
    own = exposure[0]
    if own.share_of_fitting:
        shown_enough = own.share_of_shown >= FAIR_SHARE * own.share_of_fitting
        found.append(
            Statement(
                "self_organised_are_shown" if shown_enough else "self_organised_crowded_out",
                {"shown": round(own.share_of_shown, 3), "fitting": round(own.share_of_fitting, 3)},
            )
        )
    without = sum(one.without_any for one in fifths)
    if without:
        found.append(Statement("some_get_nothing", {"people": without, "of": sum(one.people for one in fifths)}))
    return tuple(found)
