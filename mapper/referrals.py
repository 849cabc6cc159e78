"""A case and what happens in it: consent and its end, introductions, referrals, what is kept. No store, no pages.

A person walks along for months; what is written down is as little as that takes, and only while they say yes.
"""

import datetime as dt
import unicodedata
from typing import Literal, get_args

import msgspec

from mapper.model import Avoid, Problem, Profile, Record, Resource
from mapper.text import N_

GivenHow = Literal["spoken", "signed", "interpreter"]
State = Literal[
    "proposed", "contacted", "welcomed", "not_now", "not_suitable", "stays_open", "going_well", "ended"
]  # fmt: skip
Welcome = Literal["", "yes", "so_so", "no"]
AnswerState = Literal["can_help", "call_first", "cannot_now"]

GIVEN_HOW: tuple[GivenHow, ...] = get_args(GivenHow)
STATES: tuple[State, ...] = get_args(State)
ANSWERS: tuple[AnswerState, ...] = get_args(AnswerState)

#: What may follow what. "Did not come" is `stays_open`, never an end: people come back.
NEXT: dict[State, tuple[State, ...]] = {
    "proposed": ("contacted", "not_now", "not_suitable"),
    "contacted": ("welcomed", "stays_open", "not_now", "not_suitable"),
    "stays_open": ("contacted", "welcomed", "not_now", "not_suitable"),
    "not_now": ("contacted", "not_suitable"),
    "welcomed": ("going_well", "stays_open", "ended"),
    "going_well": ("stays_open", "ended"),
    "not_suitable": (),
    "ended": (),
}
#: The place hears of it here: it must be one that lets people in.
REACHES_OUT: tuple[State, ...] = ("proposed", "contacted")
#: The door opened.
OPENED: tuple[State, ...] = ("welcomed", "going_well", "ended")

#: Erased so long after consent was last renewed; a year only where that was asked and said yes to.
KEPT = dt.timedelta(days=90)
KEPT_YEARLY = dt.timedelta(days=365)
#: When the page begins to ask whether to go on.
REMINDED = dt.timedelta(days=14)
#: A referral can be answered at most so long.
REFERRAL_AT_MOST = dt.timedelta(days=30)

LONGEST_WORDS = 4000
#: More would be a file about somebody.
MOST_ENTRIES = 200
#: Turn the direction of everything after them: no honest words need them.
_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


class Consent(Record, frozen=True):
    """The yes to keeping a case: how it was given, in which language, and for how long."""

    given_on: dt.date
    given_how: GivenHow
    language: str
    #: What the person said; never later than the rhythm allows.
    until: dt.date
    #: Kept a year at a time instead of ninety days, because that was asked and agreed to.
    yearly: bool = False

    def __post_init__(self) -> None:
        if not self.given_on <= self.until <= latest_end(self.given_on, self.yearly):
            raise ValueError("a consent ends after it was given, and no later than its rhythm allows")


class Note(Record, frozen=True):
    """Something the worker wrote down with the person beside them."""

    on: dt.date
    words: str


class Step(Record, frozen=True):
    """Where an introduction came to, and when."""

    state: State
    on: dt.date


class Introduction(Record, frozen=True):
    """One door, from the first word about it to how it is going."""

    id: str
    #: Id of a resource.
    place: str
    steps: tuple[Step, ...]
    #: Which need it answers and which slice it is, as it was when proposed: for the counts.
    need: str = ""
    slice: str = ""
    #: In the person's own words, if they want.
    outcome: str = ""
    felt_welcome: Welcome = ""

    @property
    def state(self) -> State:
        """Where it is now."""
        return self.steps[-1].state

    @property
    def has_opened(self) -> bool:
        """Whether the door ever opened."""
        return any(step.state in OPENED for step in self.steps)


class ReferralConsent(Record, frozen=True):
    """The yes to sending something to one service: what for, to whom, exactly what, how given, until when."""

    purpose: str
    #: Id of a resource.
    recipient: str
    #: Label and words of everything that is shared, as the service sees it; nothing once it is over.
    shared: tuple[tuple[str, str], ...]
    given_how: GivenHow
    language: str
    given_on: dt.date
    expires_on: dt.date

    def __post_init__(self) -> None:
        if not (self.purpose and self.recipient):
            raise ValueError("a consent to share names a purpose and a recipient")
        if not self.given_on <= self.expires_on <= self.given_on + REFERRAL_AT_MOST:
            raise ValueError("a consent to share ends within thirty days")


class Answer(Record, frozen=True):
    """What a service answered."""

    state: AnswerState
    on: dt.date
    words: str = ""


class Referral(Record, frozen=True):
    """Something sent to a service with the person's consent."""

    id: str
    consent: ReferralConsent
    answer: Answer | None = None
    revoked_on: dt.date | None = None

    def is_open(self, today: dt.date) -> bool:
        """Whether the service may still see and answer it."""
        return self.revoked_on is None and today <= self.consent.expires_on


class GlassBroken(Record, frozen=True):
    """Somebody outside the team read this case, and why."""

    on: dt.date
    #: Account id.
    by: str
    reason: str


class Case(Record, frozen=True):
    """What is kept of a person while they say yes. No name, birth date, nationality or status: there is no field."""

    code: str
    why: str
    #: Of the person: what is held about them is printed in it.
    language: str
    consents: tuple[Consent, ...]
    profile: Profile | None = None
    notes: tuple[Note, ...] = ()
    introductions: tuple[Introduction, ...] = ()
    glass: tuple[GlassBroken, ...] = ()

    @property
    def consent(self) -> Consent:
        """The yes of now."""
        return self.consents[-1]

    def avoids(self, place: str) -> bool:
        """Whether the person does not want to go there."""
        return self.profile is not None and place in self.profile.avoid.resources

    def introduction(self, introduction_id: str) -> Introduction:
        """One of its introductions. Raises `Problem` when there is no such."""
        for one in self.introductions:
            if one.id == introduction_id:
                return one
        raise Problem(N_("This introduction is not here any more. Open the case again."))


# Consent and its end


def latest_end(given_on: dt.date, yearly: bool) -> dt.date:
    """The last day a consent of this rhythm can run."""
    return given_on + (KEPT_YEARLY if yearly else KEPT)


def give_consent(
    given_on: dt.date, given_how: str, language: str, until: dt.date | None = None, *, yearly: bool = False
) -> Consent:
    """A consent to keep a case. Without `until` it runs as long as its rhythm allows.

    Raises `Problem` when it was not said how it was given, or ends before it begins or too late.
    """
    if given_how not in GIVEN_HOW:
        raise Problem(N_("Say how the person said yes: spoken, signed, or through an interpreter."))
    last = latest_end(given_on, yearly)
    until = until or last
    if not given_on < until <= last:
        raise Problem(
            N_("A case is kept until a day from tomorrow to {last}. Choose one of those, or leave the day empty."),
            last=last,
        )
    return Consent(given_on=given_on, given_how=given_how, language=language[:12], until=until, yearly=yearly)


def must_be_asked(consent: Consent, today: dt.date) -> bool:
    """Whether it is time to ask the person whether to go on."""
    return today >= consent.until - REMINDED


# What is saved


def saved_profile(profile: Profile) -> Profile:
    """What of a profile is kept: communities, papers and the very place are left out altogether."""
    return msgspec.structs.replace(
        profile,
        communities=(),
        near=None,
        not_own_community=False,
        limits=msgspec.structs.replace(profile.limits, papers_not_asked=False),
        avoid=Avoid(circles=profile.avoid.circles, resources=profile.avoid.resources),
    )


def tidy_words(words: str, most: int = LONGEST_WORDS) -> str:
    """Words as they are kept: composed, without NUL and other control signs and without marks that turn the reading.

    Raises `Problem` when there are more than `most` signs.
    """
    # Looked at before anything is done with it: a pasted film must cost nothing.
    if len(words) > most:
        raise Problem(N_("That is longer than {most} signs. Say it shorter: a case is no file."), most=most)
    kept = (sign for sign in words.replace("\r\n", "\n") if sign in "\n\t" or (sign >= " " and sign not in _TURNING))
    return unicodedata.normalize("NFC", "".join(sign for sign in kept if not "\x7f" <= sign <= "\x9f")).strip()


# Introductions


def demand_open_door(case: Case, place: Resource | None) -> Resource:
    """The place, when somebody may be introduced there. Raises `Problem` when not: there is no way round it."""
    if place is None or place.visibility == "hidden":
        raise Problem(N_("This place is not here any more. Choose another."))
    if place.status not in ("active", "reported"):
        raise Problem(N_("This place is closed or pauses, so nobody can be introduced there. Choose another."))
    if case.avoids(place.id):
        raise Problem(N_("The person does not want to go there. That is respected: choose another place."))
    if place.approach == "not_through_services":
        raise Problem(N_("This group wants nobody sent by a service. The person can go there by themselves."))
    return place


def propose(case: Case, place: Resource, introduction_id: str, on: dt.date) -> Introduction:
    """A first word about a place. Raises `Problem` when nobody may be introduced there, or it is proposed already."""
    demand_open_door(case, place)
    if any(one.place == place.id and NEXT[one.state] for one in case.introductions):
        raise Problem(N_("This place is among the introductions already. Go on with that one."))
    asked = case.profile.needs if case.profile else ()
    offered = {*place.needs, *(need for offer in place.offers for need in offer.needs)}
    return Introduction(
        id=introduction_id,
        place=place.id,
        steps=(Step(state="proposed", on=on),),
        need=next((need for need in asked if need in offered), ""),
        slice=place.slices[0] if place.slices else "",
    )


def move(one: Introduction, state: str, on: dt.date, outcome: str = "", felt_welcome: str = "") -> Introduction:
    """An introduction a step further. Raises `Problem` when that step does not follow from where it is."""
    if state not in NEXT[one.state]:
        raise Problem(N_("This introduction is somewhere else by now. Look where it stands and choose again."))
    if felt_welcome not in get_args(Welcome):
        raise Problem(N_("Choose yes, so-so or no, or leave it open."))
    return msgspec.structs.replace(
        one,
        steps=(*one.steps, Step(state=state, on=on))[-MOST_ENTRIES:],
        outcome=outcome or one.outcome,
        felt_welcome=felt_welcome or one.felt_welcome,
    )


def with_introduction(case: Case, changed: Introduction) -> Case:
    """The case with one introduction added, or as it is now."""
    kept = tuple(changed if one.id == changed.id else one for one in case.introductions)
    if changed not in kept:
        kept = (*kept, changed)
    if len(kept) > MOST_ENTRIES:
        raise Problem(N_("A case is no file: it holds at most {most} of these."), most=MOST_ENTRIES)
    return msgspec.structs.replace(case, introductions=kept)


def never_there(case: Case, place: str) -> Case:
    """The case with one more place the person does not want to go to."""
    profile = case.profile or Profile()
    resources = tuple(dict.fromkeys((*profile.avoid.resources, place)))[-MOST_ENTRIES:]
    avoid = msgspec.structs.replace(profile.avoid, resources=resources)
    return msgspec.structs.replace(case, profile=msgspec.structs.replace(profile, avoid=avoid))


# Referrals


def is_service(place: Resource) -> bool:
    """Whether something in writing may go there at all: never to a group of volunteers."""
    return place.volunteer_run != "yes" and not {"professional", "specialised"}.isdisjoint(place.slices)


def demand_service(case: Case, place: Resource | None) -> Resource:
    """The service, when something may be sent to it. Raises `Problem` for a group: nothing is shared in writing."""
    place = demand_open_door(case, place)
    if not is_service(place):
        raise Problem(N_("Nothing is sent in writing to a group of volunteers. Phone them together."))
    return place


def consent_to_share(
    case: Case,
    recipient: Resource | None,
    purpose: str,
    shared: tuple[tuple[str, str], ...],
    given_how: str,
    on: dt.date,
    days: int,
    *,
    wanted_by_service: bool,
) -> ReferralConsent:
    """The yes of the person, and of the service, to sending exactly this.

    Ends no later than the case itself. Raises `Problem` when anything of it was not said: there is no way round.
    """
    service = demand_service(case, recipient)
    if given_how not in GIVEN_HOW:
        raise Problem(N_("Say how the person said yes: spoken, signed, or through an interpreter."))
    if not wanted_by_service:
        raise Problem(N_("Phone the service first: a referral in writing is sent only where they want it too."))
    if not purpose:
        raise Problem(N_("Say what the service is asked to do."))
    if not shared:
        raise Problem(N_("Choose what is shared. With nothing to share, phone instead."))
    if not 1 <= days <= REFERRAL_AT_MOST.days:
        raise Problem(N_("A referral is open from 1 to {most} days."), most=REFERRAL_AT_MOST.days)
    return ReferralConsent(
        purpose=purpose, recipient=service.id, shared=shared, given_how=given_how, language=case.language,
        given_on=on, expires_on=min(on + dt.timedelta(days=days), case.consent.until),
    )  # fmt: skip


def answer(one: Referral, state: str, on: dt.date, words: str = "") -> Referral:
    """A referral with the service's answer. Raises `Problem` when it is open no longer or was answered."""
    if not one.is_open(on):
        raise Problem(N_("This referral is not open any more."))
    if one.answer is not None:
        raise Problem(N_("This referral was answered already. Phone the sender to change it."))
    if state not in ANSWERS:
        raise Problem(N_("Choose one of the three answers."))
    return msgspec.structs.replace(one, answer=Answer(state=state, on=on, words=words))


def revoke(one: Referral, on: dt.date) -> Referral:
    """A referral that the service sees no longer."""
    return msgspec.structs.replace(without_shared(one), revoked_on=on)


def without_shared(one: Referral) -> Referral:
    """A referral that is over: of what was shared nothing stays."""
    return msgspec.structs.replace(one, consent=msgspec.structs.replace(one.consent, shared=()))
