"""The nouns: what lives in a neighbourhood, and what is known about it from where.

Frozen records without behaviour beyond their own invariants. Field names follow HSDS, schema.org and
OpenStreetMap where those have a word. Unknown is a value of its own and never means no.
"""

import datetime as dt
import math
import secrets
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from mapper.text import N_, Text, fold

Answer = Literal["yes", "no", "unknown"]
Slice = Literal["self", "informal", "professional", "specialised"]
Ties = Literal["bonding", "bridging", "both", "unknown"]
Approach = Literal["walk_in", "phone_first", "not_through_services"]
Precision = Literal["exact", "street", "neighbourhood", "contact_only"]
Visibility = Literal["public", "professional", "hidden"]
Ground = Literal["own_publication", "agreed", "coach_notes"]
Status = Literal["active", "reported", "historical", "paused", "closed", "merged"]
RoomState = Literal["open", "waiting_list", "full", "unknown"]
LinkType = Literal["hosts", "member_of", "works_with", "refers_to", "introduces", "funds", "grew_out_of"]
ContactType = Literal["phone", "email", "website", "social"]

SLICES: tuple[Slice, ...] = get_args(Slice)
LINK_TYPES: tuple[LinkType, ...] = get_args(LinkType)

#: From least to most open; an import may only ever move to the left.
VISIBILITIES: tuple[Visibility, ...] = ("hidden", "professional", "public")
PRECISIONS: tuple[Precision, ...] = ("contact_only", "neighbourhood", "street", "exact")


#: With these no address and no point of the place exists anywhere.
GIVES_NO_ADDRESS: tuple[Precision, ...] = ("contact_only", "neighbourhood")


class Problem(Exception):
    """Something a person gave us cannot be used. Says what is wrong, where, and what to do.

    `message` is a template that the interface translates and fills with `data`.
    """

    def __init__(self, message: str, **data: object) -> None:
        super().__init__(message.format(**data))
        self.message = message
        self.data = data


class Point(NamedTuple):
    """WGS84 degrees, longitude first as in GeoJSON."""

    lon: float
    lat: float


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What all nouns share: they cannot change, and unknown keys are refused."""


class Language(Record, frozen=True):
    """A language spoken there (BCP 47), with the nuance that matters: "French: call ahead"."""

    code: str
    note: Text = Text()


class Thresholds(Record, frozen=True):
    """What can keep somebody out (study: AETCIS, praatrondes). Unknown is shown as "ask", never as no."""

    free: Answer = "unknown"
    price: Text = Text()
    registration_needed: Answer = "unknown"
    reading_needed: Answer = "unknown"
    wheelchair: Answer = "unknown"
    wheelchair_note: Text = Text()
    #: Only professionals see whether papers are asked, unless the group itself wants it public.
    papers_asked: Answer = "unknown"
    papers_public: bool = False


class Audience(Record, frozen=True):
    """For whom. Everything empty says nothing; `everyone` is said only when the group says so."""

    everyone: Answer = "unknown"
    women_only: Answer = "unknown"
    communities: tuple[str, ...] = ()
    age_min: int | None = None
    age_max: int | None = None
    note: Text = Text()


class Address(Record, frozen=True):
    """A postal address. `street` holds both official names where both are known."""

    street: Text = Text()
    house_number: str = ""
    postcode: str = ""


class Place(Record, frozen=True):
    """Where it is, as precisely as it may be known.

    For `neighbourhood` and `contact_only` no address and no point exists anywhere: a home or a shelter
    cannot leak from where it never was. The point shown for `neighbourhood` is that of the neighbourhood
    (or municipality) itself, looked up when it is shown.
    """

    precision: Precision = "exact"
    address: Address | None = None
    lon: float | None = None
    lat: float | None = None
    #: Number of the statistical neighbourhood, such as "22"; only for precision `neighbourhood`.
    neighbourhood: str = ""
    #: REFNIS code of the municipality, such as "21015".
    municipality: str = ""
    how_to_get_there: Text = Text()

    def __post_init__(self) -> None:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("a point needs both lon and lat")
        if self.lon is not None and self.lat is not None:
            if not (math.isfinite(self.lon) and math.isfinite(self.lat)):
                raise ValueError("lon and lat must be finite numbers")
            if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90) or self.lon == self.lat == 0:
                raise ValueError("lon and lat must be a place on earth, in degrees")
        if self.precision == "street" and self.address and self.address.house_number:
            raise ValueError("precision street keeps no house number")
        if self.precision in ("neighbourhood", "contact_only") and (self.address or self.lon is not None):
            raise ValueError(f"precision {self.precision} keeps no address and no point")
        if self.precision == "contact_only" and (self.neighbourhood or self.municipality or self.how_to_get_there):
            raise ValueError("precision contact_only keeps no place at all")
        if self.precision in ("exact", "street") and self.neighbourhood:
            raise ValueError("the neighbourhood of a known point is computed, not stored")


class Room(Record, frozen=True):
    """Room for now in an offer. A house keeps its door open while one of its offers is full."""

    state: RoomState = "unknown"
    until: dt.date | None = None
    note: Text = Text()


class Meeting(Record, frozen=True):
    """A recurring meeting: an RFC 5545 rule, evaluated in Europe/Brussels, or words where no rule is known."""

    rule: str = ""
    starts_on: dt.date | None = None
    start_time: dt.time | None = None
    duration_min: int | None = None
    language: str = ""
    led_by: Text = Text()
    note: Text = Text()


class Offer(Record, frozen=True):
    """Something you can take part in: the homework class, the talking circle."""

    id: str
    name: Text
    description: Text = Text()
    needs: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    free: Answer = "unknown"
    price: Text = Text()
    room: Room = Room()


class Contact(Record, frozen=True):
    """How to reach them: whom to ask for is a function ("the coordinator"), never a name."""

    type: ContactType
    value: str
    ask_for: Text = Text()
    when: Text = Text()


class Link(Record, frozen=True):
    """A tie from this resource to another: this one `hosts` that one."""

    type: LinkType
    to: str
    note: Text = Text()


class Support(Record, frozen=True):
    """Something a group needs or offers so that it can go on: a room, working funds, translation."""

    type: str
    note: Text = Text()


class Story(Record, frozen=True):
    """A short testimony. `consent` says how it was given; without it there is no story."""

    text: Text
    consent: Text

    def __post_init__(self) -> None:
        if not self.consent:
            raise ValueError("a story needs the consent it was given with")


class Source(Record, frozen=True):
    """Where a fact comes from. `facts` names fields ("place", "contacts", "offers"); "*" is all of them."""

    facts: tuple[str, ...]
    title: str
    url: str = ""
    on: dt.date | None = None
    by: str = ""


class Origin(Record, frozen=True):
    """The same thing in another register, so that a second import finds it again."""

    source: str
    external_id: str


class Resource(Record, frozen=True):
    """One thing that lives in a neighbourhood, informal beside formal (study: the patchwork)."""

    id: str
    kind: str
    name: Text
    former_names: tuple[Text, ...] = ()
    other_names: tuple[Text, ...] = ()
    summary: Text = Text()
    description: Text = Text()
    stories: tuple[Story, ...] = ()
    slices: tuple[Slice, ...] = ()
    ties: Ties = "unknown"
    ties_why: Text = Text()
    needs: tuple[str, ...] = ()
    audience: Audience = Audience()
    languages: tuple[Language, ...] = ()
    thresholds: Thresholds = Thresholds()
    approach: Approach = "phone_first"
    welcomed_by: Text = Text()
    place: Place = Place(precision="contact_only")
    #: Area ids it serves: neighbourhood numbers ("22"), postcodes ("1030"), REFNIS codes ("21015").
    service_area: tuple[str, ...] = ()
    service_area_note: Text = Text()
    outreach: Answer = "unknown"
    offers: tuple[Offer, ...] = ()
    #: OpenStreetMap opening_hours syntax.
    opening_hours: str = ""
    contacts: tuple[Contact, ...] = ()
    links: tuple[Link, ...] = ()
    support_needed: tuple[Support, ...] = ()
    support_offered: tuple[Support, ...] = ()
    #: What a person can give there: taxonomy ids.
    gives: tuple[str, ...] = ()
    volunteer_run: Answer = "unknown"
    enterprise_number: str = ""
    visibility: Visibility = "public"
    ground: Ground = "own_publication"
    status: Status = "reported"
    merged_into: str = ""
    checked_on: dt.date | None = None
    origins: tuple[Origin, ...] = ()
    sources: tuple[Source, ...] = ()

    def __post_init__(self) -> None:
        if not self.id or not self.name:
            raise ValueError("a resource needs an id and a name")
        if self.ground == "coach_notes" and self.visibility == "public":
            raise ValueError("a group that never published itself and did not agree cannot be public")
        if (self.status == "merged") != bool(self.merged_into):
            raise ValueError("a merged resource names the one it was merged into, and only then")
        if self.status == "active" and self.checked_on is None:
            raise ValueError("active means checked: give checked_on, or use status reported")


class Figure(Record, frozen=True):
    """One counted fact about a neighbourhood. No value means no figure, which is never zero."""

    neighbourhood: str
    indicator: str
    year: int
    value: float | None
    source: str


Calls = Literal["never", "rarely", "sometimes", "often"]
Burden = Literal["none", "some", "heavy"]
CircleName = Literal["household", "family", "friends", "neighbours"]

CIRCLES: tuple[CircleName, ...] = get_args(CircleName)


class CircleTies(Record, frozen=True):
    """One circle as the person tells it (study: the network profile). None means not asked or not told, never no."""

    size: int | None = None
    known_by_first_name: int | None = None
    in_brussels: bool | None = None
    calls: Calls | None = None
    practical: bool | None = None
    emotional: bool | None = None
    gives: bool | None = None


class Circles(Record, frozen=True):
    """The four circles of the study; each may be left out."""

    household: CircleTies | None = None
    family: CircleTies | None = None
    friends: CircleTies | None = None
    neighbours: CircleTies | None = None


class Limits(Record, frozen=True):
    """What must be so. True is required, False is not required."""

    free: bool = False
    papers_not_asked: bool = False
    wheelchair: bool = False
    women_only: bool = False
    evenings: bool = False


class Avoid(Record, frozen=True):
    """What must not be used: a "no" is respected, not a gap (study: a network that carries too much)."""

    circles: tuple[CircleName, ...] = ()
    resources: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()


class Profile(Record, frozen=True):
    """A few words about a person, none of which identify anybody. Lives in memory, is never stored or logged.

    Made by `mapper.matching.read_profile`, which understands words as search does; here are only ids.
    `near` is rounded to three decimals (about 100 m) whatever is given.
    """

    languages: tuple[str, ...] = ()
    #: Area id: neighbourhood number, postcode or REFNIS code.
    neighbourhood: str = ""
    near: Point | None = None
    needs: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    #: Ids of places already gone to: where paths start.
    groups: tuple[str, ...] = ()
    #: Id of the service that already helps.
    professional: str = ""
    range_m: int = 1500
    wishes_more_contact: bool | None = None
    asks_easily: bool | None = None
    burden: Burden | None = None
    only_slices: tuple[Slice, ...] = ()
    not_near_home: bool = False
    not_own_community: bool = False
    phone_is_safe: bool = True
    strong_sides: tuple[str, ...] = ()
    limits: Limits = Limits()
    circles: Circles | None = None
    avoid: Avoid = Avoid()

    def __post_init__(self) -> None:
        if self.near is not None:
            rounded = Point(round(self.near[0], 3), round(self.near[1], 3))
            msgspec.structs.force_setattr(self, "near", rounded)


def new_id() -> str:
    """A random id, never reused and telling nothing: 10 letters and digits without look-alikes."""
    return "".join(secrets.choice("23456789abcdefghjkmnpqrstuvwxyz") for _ in range(10))


def sources_of(resource: Resource, fact: str) -> tuple[Source, ...]:
    """The sources of one fact ("place", "contacts"…); none means "not verified"."""
    return tuple(source for source in resource.sources if fact in source.facts or "*" in source.facts)


def is_wider(before: Resource, after: Resource) -> bool:
    """Whether a record would tell more to more people than it did.

    More visible, more precise, whether papers are asked told to everyone, or listed although it never published itself.
    """
    return (
        VISIBILITIES.index(after.visibility) > VISIBILITIES.index(before.visibility)
        or PRECISIONS.index(after.place.precision) > PRECISIONS.index(before.place.precision)
        or (after.thresholds.papers_public and not before.thresholds.papers_public)
        or (before.ground == "coach_notes" and after.ground != "coach_notes")
    )


def restored(before: Resource, current: Resource) -> Resource:
    """What was, put back over what is: a record that gives no address has no history of its place to go back to."""
    if current.place.precision not in GIVES_NO_ADDRESS:
        return before
    return msgspec.structs.replace(before, place=current.place, origins=current.origins, sources=current.sources)


def name_in_register(name: Text) -> str:
    """What stands for the number in another register where that number would lead to a place nobody may know."""
    return f"name/{fold(name.best('fr')[1])}"


def without_trace(resource: Resource) -> Resource:
    """The record without what would lead to its place: its numbers in other registers become its name there.

    The name is enough to find it again, so that the next import brings back neither a second record nor the place.
    """
    name = name_in_register(resource.name)
    origins = tuple(Origin(source=origin.source, external_id=name) for origin in resource.origins)
    numbers = [origin.external_id for origin in resource.origins]
    sources = tuple(
        msgspec.structs.replace(source, url="") if any(number in source.url for number in numbers) else source
        for source in resource.sources
    )
    return msgspec.structs.replace(resource, origins=origins, sources=sources)


class Reason(NamedTuple):
    """Why something is suggested, as data; the interface words it in the reader's language."""

    code: str
    weight: float
    data: dict[str, Any]


def _decode(expected: type, value: Any) -> Any:
    if expected is Text and isinstance(value, (str, dict)):
        if isinstance(value, dict) and not all(isinstance(words, str) for words in value.values()):
            raise ValueError("a text is words, or a table of language = words")
        return Text.of(value)
    raise ValueError(f"expected {expected.__name__}")


_decoder = msgspec.json.Decoder(Resource, dec_hook=_decode)
_encoder = msgspec.json.Encoder(order="deterministic")


def from_json(body: bytes | str) -> Resource:
    """A resource from its own JSON. Raises `Problem` that names the key."""
    try:
        return _decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise Problem(N_("This record cannot be read: {error}. Correct it and try again."), error=str(error)) from None


def to_json(resource: Resource) -> bytes:
    """The record as JSON, keys in fixed order, defaults left out; `from_json` gives the same record back."""
    return _encoder.encode(resource)


def from_table(table: dict[str, Any]) -> Resource:
    """A resource from an authored TOML table. Raises `Problem` that names the key."""
    try:
        return msgspec.convert(table, Resource, dec_hook=_decode)
    except msgspec.MsgspecError as error:
        raise Problem(N_("This record cannot be read: {error}. Correct it and try again."), error=str(error)) from None


def to_table(resource: Resource) -> dict[str, Any]:
    """The record as plain dicts, lists, strings and numbers, defaults left out."""
    table = msgspec.to_builtins(resource, order="deterministic")
    assert isinstance(table, dict)
    return table
