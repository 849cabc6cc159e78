"""The inventory as columns of numbers, so that a match weighs a hundred thousand records in milliseconds.

Nothing here depends on a person; `inventory` puts the columns of a catalogue together.
"""

import datetime as dt
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mapper.catalogue import Segment, is_free, languages_of
from mapper.model import SLICES, Answer, Offer, Resource
from mapper.taxonomy import Taxonomy
from mapper.text import fold

Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]
#: Sets of terms, one row for each record, one bit for each term.
Bits = NDArray[np.uint64]

BONDING, BRIDGING = 1, 2
YES, NO, UNKNOWN = 1, 0, -1
_ANSWERS: dict[Answer, int] = {"yes": YES, "no": NO, "unknown": UNKNOWN}
_TIES = {"bonding": BONDING, "bridging": BRIDGING, "both": BONDING | BRIDGING, "unknown": 0}
STATUSES = ("active", "reported", "paused", "historical", "closed", "merged")
APPROACHES = ("walk_in", "phone_first", "not_through_services")
FORMAL = (1 << SLICES.index("professional")) | (1 << SLICES.index("specialised"))

#: From this hour on it is evening.
_EVENING_HOUR = 18


class Terms:
    """Numbers for the terms of one group, and sets of them as bits."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(ids)
        self._bit = {term_id: 1 << place for place, term_id in enumerate(self.ids)}
        self.words = max(1, -(-len(self.ids) // 64))

    def number(self, ids: Iterable[str]) -> int:
        """One whole number with a bit for each term; unknown terms have none."""
        found = 0
        for term_id in ids:
            found |= self._bit.get(term_id, 0)
        return found

    def bits(self, numbers: Sequence[int]) -> Bits:
        """Numbers as rows of 64-bit words."""
        words = [[(number >> 64 * word) & 0xFFFFFFFFFFFFFFFF for word in range(self.words)] for number in numbers]
        return np.array(words, dtype=np.uint64).reshape(len(numbers), self.words)

    def mask(self, ids: Iterable[str]) -> Bits:
        """One row of words, to be laid over a column of bits."""
        row: Bits = self.bits([self.number(ids)])[0]
        return row


def has_any(column: Bits, mask: Bits) -> Bools:
    """Where a column has at least one of the terms of a mask."""
    found: Bools = (column[:, 0] & mask[0]) != 0
    for word in range(1, len(mask)):
        found |= (column[:, word] & mask[word]) != 0
    return found


def has_none(column: Bits) -> Bools:
    """Where a column has no term at all."""
    found: Bools = column[:, 0] == 0
    for word in range(1, column.shape[1]):
        found &= column[:, word] == 0
    return found


def count(column: Bits) -> NDArray[np.float64]:
    """How many terms each row has."""
    found: NDArray[np.float64] = np.bitwise_count(column).sum(axis=1).astype(np.float64)
    return found


@dataclass(frozen=True)
class Columns:
    """One entry for each record in every array."""

    status: NDArray[np.int8]
    #: The same number for the same kind.
    kind: NDArray[np.uint64]
    slices: NDArray[np.uint8]
    #: A professional or specialised service that is not run by volunteers: it may answer where a right is at stake.
    service: Bools
    #: A service that stands beside somebody whatever the question was: welfare, health, a coach, help at home.
    support: Bools
    ties: NDArray[np.uint8]
    approach: NDArray[np.int8]
    #: What can be had now; what only full offers answer; where room is known; where there is a waiting list.
    needs: Bits
    needs_full: Bits
    needs_room: Bits
    needs_waiting: Bits
    gives: Bits
    languages: Bits
    communities: Bits
    #: Communities, life themes and slices together: what a path through here leads to.
    leads_to: Bits
    everyone: NDArray[np.int8]
    women_only: NDArray[np.int8]
    free: NDArray[np.int8]
    wheelchair: NDArray[np.int8]
    papers_asked: NDArray[np.int8]
    registration: NDArray[np.int8]
    reading: NDArray[np.int8]
    outreach: NDArray[np.int8]
    evening: NDArray[np.int8]
    welcomed: Bools
    phone: Bools
    reachable: Bools
    times_known: Bools
    #: Day number of the last check; NaN when never.
    checked: NDArray[np.float64]
    lons: NDArray[np.float64]
    lats: NDArray[np.float64]
    serves_known: Bools
    #: The same number behind the same door; 0 where the door is not known.
    door: NDArray[np.uint64]
    #: A number that mixes an id, for order that depends on nothing else.
    id_hash: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.status)

    @property
    def walk_in(self) -> Bools:
        """Where one can walk in."""
        found: Bools = self.approach == APPROACHES.index("walk_in")
        return found

    @property
    def welcoming(self) -> Bools:
        """Where somebody welcomes newcomers: open to everyone, walk in, or somebody who receives them."""
        found: Bools = self.welcomed | (self.everyone == YES) | self.walk_in
        return found

    def take(self, rows: Rows) -> "Columns":
        """The same columns for these rows only."""
        return Columns(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})

    def and_then(self, others: "Columns") -> "Columns":
        """These rows and then those of others."""
        return Columns(
            **{one.name: np.concatenate((getattr(self, one.name), getattr(others, one.name))) for one in fields(self)}
        )


class Vocabulary:
    """The terms of a taxonomy as bits."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.needs = Terms(taxonomy.needs)
        self.gives = Terms(taxonomy.gives)
        self.languages = Terms(taxonomy.languages)
        self.communities = Terms(taxonomy.communities)
        theme_ids = [f"theme:{theme}" for theme in taxonomy.themes]
        self.leads_to = Terms((*taxonomy.communities, *theme_ids, *(f"slice:{one}" for one in SLICES)))
        self.right_needs = tuple(need.id for need in taxonomy.needs.values() if need.right)
        self._theme_of = {need.id: f"theme:{need.theme}" for need in taxonomy.needs.values()}
        self._kind_slices = {kind.id: kind.slices for kind in taxonomy.kinds.values()}

    def slices_of(self, record: Resource) -> tuple[str, ...]:
        """The slices of a record; where it names none, those its kind usually belongs to."""
        return record.slices or self._kind_slices.get(record.kind, ())

    def leads_to_of(self, record: Resource, needs: Iterable[str]) -> Iterable[str]:
        """The ids of what a visit there leads to: communities, life themes, slices."""
        yield from record.audience.communities
        yield from (self._theme_of[need] for need in needs if need in self._theme_of)
        yield from (f"slice:{one}" for one in self.slices_of(record))


def is_service(record: Resource, slices: Iterable[str]) -> bool:
    """A professional or specialised service that is not run by volunteers."""
    return record.volunteer_run != "yes" and any(one in ("professional", "specialised") for one in slices)


#: Services that stand beside somebody, by kind or by what they do (study: Contact met professionele hulp).
_SUPPORT_KINDS = frozenset(
    "care_coach local_service_centre community_health_centre public_welfare_centre general_welfare_centre "
    "supported_living drop_in_centre advice_service".split()
)
_SUPPORT_NEEDS = frozenset("being_heard going_along help_with_papers home_care carer_support mental_health".split())


def _is_support(record: Resource, slices: Iterable[str]) -> bool:
    if not is_service(record, slices):
        return False
    return record.kind in _SUPPORT_KINDS or not _SUPPORT_NEEDS.isdisjoint(record.needs)


def is_full(offer: Offer, today: dt.date) -> bool:
    """Whether an offer is known to be full today."""
    return offer.room.state == "full" and (offer.room.until is None or today <= offer.room.until)


@dataclass(frozen=True)
class Rooms:
    """The needs a record answers, by what is known of room in its offers."""

    now: tuple[str, ...]
    full: tuple[str, ...]
    room: tuple[str, ...]
    waiting: tuple[str, ...]


def rooms_of(record: Resource, today: dt.date) -> Rooms:
    """What can be had now and what not (study: the class was full, the house was not).

    A need that offers answer is full when every one of those is, also where the house names the need itself.
    """
    if not record.offers:
        return Rooms(record.needs, (), (), ())
    states: dict[str, set[str]] = defaultdict(set)
    for offer in record.offers:
        state = "full" if is_full(offer, today) else offer.room.state
        state = "unknown" if state == "full" and not is_full(offer, today) else state
        for need in offer.needs:
            states[need].add(state)
    full = {need for need, found in states.items() if found == {"full"}}
    return Rooms(
        now=tuple(need for need in dict.fromkeys((*record.needs, *states)) if need not in full),
        full=tuple(full),
        room=tuple(need for need, found in states.items() if "open" in found),
        waiting=tuple(
            need for need, found in states.items() if "waiting_list" in found and found <= {"waiting_list", "full"}
        ),
    )


_SPAN = re.compile(r"(\d{1,2}):\d\d\s*-\s*(\d{1,2}):(\d\d)")


@lru_cache(maxsize=4096)
def _evening_hours(opening_hours: str) -> int:
    if "24/7" in opening_hours:
        return YES
    spans = _SPAN.findall(opening_hours)
    if not spans:
        return UNKNOWN
    late = any(int(until) > _EVENING_HOUR or int(until) < int(start) for start, until, _minutes in spans)
    return YES if late else NO


def _evening(record: Resource) -> int:
    known = [_evening_hours(record.opening_hours)] if record.opening_hours else []
    for offer in record.offers:
        for meeting in offer.meetings:
            known.append(UNKNOWN if meeting.start_time is None else int(meeting.start_time.hour >= _EVENING_HOUR - 1))
    if YES in known:
        return YES
    return NO if known and UNKNOWN not in known else UNKNOWN


def mixed(words: str) -> int:
    """A number that looks random and is always the same for the same words."""
    return int.from_bytes(hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _door(record: Resource) -> int:
    """The same number behind the same door: one house number, or points within some metres."""
    place, address = record.place, record.place.address
    if place.precision != "exact":
        return 0
    if address and address.house_number and address.street:
        street = fold(min(address.street.values()))
        return mixed(f"{address.postcode}/{street}/{fold(address.house_number)}")
    if place.lon is not None and place.lat is not None:
        return mixed(f"{place.lon:.4f},{place.lat:.4f}")
    return 0


def build(segment: Segment, words: Vocabulary, today: dt.date) -> Columns:
    records = segment.resources
    rooms = [rooms_of(record, today) for record in records]
    slices = [words.slices_of(record) for record in records]
    kinds = {kind: mixed(kind) for kind in {record.kind for record in records}}

    def answers(of: Iterable[Answer]) -> NDArray[np.int8]:
        return np.fromiter((_ANSWERS[one] for one in of), np.int8)

    def flags(of: Iterable[bool]) -> Bools:
        return np.fromiter(of, np.bool_)

    return Columns(
        status=np.fromiter((STATUSES.index(one.status) for one in records), np.int8),
        kind=np.fromiter((kinds[one.kind] for one in records), np.uint64),
        slices=np.fromiter((sum(1 << SLICES.index(one) for one in set(its)) for its in slices), np.uint8),
        service=flags(is_service(one, its) for one, its in zip(records, slices, strict=True)),
        support=flags(_is_support(one, its) for one, its in zip(records, slices, strict=True)),
        ties=np.fromiter((_TIES[one.ties] for one in records), np.uint8),
        approach=np.fromiter((APPROACHES.index(one.approach) for one in records), np.int8),
        needs=words.needs.bits([words.needs.number(one.now) for one in rooms]),
        needs_full=words.needs.bits([words.needs.number(one.full) for one in rooms]),
        needs_room=words.needs.bits([words.needs.number(one.room) for one in rooms]),
        needs_waiting=words.needs.bits([words.needs.number(one.waiting) for one in rooms]),
        gives=words.gives.bits([words.gives.number(one.gives) for one in records]),
        languages=words.languages.bits([words.languages.number(languages_of(one)) for one in records]),
        communities=words.communities.bits([words.communities.number(one.audience.communities) for one in records]),
        leads_to=words.leads_to.bits(
            [
                words.leads_to.number(words.leads_to_of(one, (*room.now, *room.full)))
                for one, room in zip(records, rooms, strict=True)
            ]
        ),
        everyone=answers(one.audience.everyone for one in records),
        women_only=answers(one.audience.women_only for one in records),
        free=answers(is_free(one) for one in records),
        wheelchair=answers(one.thresholds.wheelchair for one in records),
        papers_asked=answers(one.thresholds.papers_asked for one in records),
        registration=answers(one.thresholds.registration_needed for one in records),
        reading=answers(one.thresholds.reading_needed for one in records),
        outreach=answers(one.outreach for one in records),
        evening=np.fromiter((_evening(one) for one in records), np.int8),
        welcomed=flags(bool(one.welcomed_by) for one in records),
        phone=flags(any(contact.type == "phone" for contact in one.contacts) for one in records),
        reachable=flags(bool(one.contacts) or one.place.precision in ("exact", "street") for one in records),
        times_known=flags(
            bool(one.opening_hours) or any(offer.meetings for offer in one.offers) for one in records
        ),
        checked=np.fromiter((one.checked_on.toordinal() if one.checked_on else np.nan for one in records), np.float64),
        lons=segment.lons,
        lats=segment.lats,
        serves_known=flags(bool(one.service_area) for one in records),
        door=np.fromiter((_door(one) for one in records), np.uint64),
        id_hash=np.fromiter((mixed(one.id) for one in records), np.uint64),
    )  # fmt: skip
