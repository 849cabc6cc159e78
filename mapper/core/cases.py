"""Cases of a team: saved with consent, read by the team alone, erased when the yes ends or at once.

Every call is one transaction and one line of audit: who did what to which case, reading too, and never any content.
"""

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable

import msgspec

from mapper.access import Actor, Subject, Verb
from mapper.catalogue import Catalogue
from mapper.codes import new_code, same_code
from mapper.core.authority import Refused, demand
from mapper.identifying import Found, find_identifying
from mapper.matching.circles import has_few_to_call_on
from mapper.model import Place, Problem, Profile, new_id
from mapper.numbers import Cell, People, Through, cells_of, got_through, shown
from mapper.referrals import (
    MOST_ENTRIES,
    REACHES_OUT,
    Case,
    Consent,
    GlassBroken,
    Introduction,
    Note,
    demand_open_door,
    give_consent,
    move,
    must_be_asked,
    never_there,
    propose,
    saved_profile,
    tidy_words,
    with_introduction,
    without_shared,
)
from mapper.store.audit import Transaction
from mapper.store.cases import CaseLine, CaseStore, KeptCase
from mapper.store.keys import KeyProblem
from mapper.text import N_, fold

__all__ = ["CaseLine", "Cases", "KeptCase"]

#: Introductions of so many weeks count against room for now; older counts are thrown away.
RECENT = dt.timedelta(weeks=4)
_COUNTS_KEPT = dt.timedelta(weeks=12)
#: Who erases what nobody asked for by hand.
_CLOCK = "mapper"
_SHORTEST_REASON = 10
#: Three easy words can be guessed by a machine: so many tries at other teams' codes for one account.
_CODES_AN_HOUR = 10


class Erased(msgspec.Struct, frozen=True):
    """What one round of erasing did."""

    ended: int = 0
    finished: int = 0


class Cases:
    """The cases of an instance."""

    def __init__(
        self, store: CaseStore, clock: Callable[[], dt.datetime], catalogue: Callable[[Actor], Catalogue]
    ) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._known: tuple[int, frozenset[str]] = (-1, frozenset())
        self._tended_on: dt.date | None = None

    def _today(self) -> dt.date:
        return self._clock().date()

    # Saving and reading

    def open(
        self,
        actor: Actor,
        profile: Profile | None,
        why: str,
        given_how: str,
        language: str,
        *,
        until: dt.date | None = None,
        yearly: bool = False,
        interface: str = "nl",
    ) -> tuple[str, str]:
        """Saves a case for the actor's team; gives its id and its code in easy words of the interface's language.

        `language` is the person's own. Communities, papers and the very place are left out. Raises `Refused`, and
        `Problem` without a reason or a consent.
        """
        demand(actor, "save_case", Subject(team=actor.team))
        consent = give_consent(self._today(), given_how, language, until, yearly=yearly)
        why = tidy_words(why)
        if not why:
            raise Problem(N_("Say why this is kept. One sentence is enough."))
        kept = saved_profile(self._in_a_neighbourhood(actor, profile)) if profile else None
        case_id = new_id()
        codes = {line.code for line in self._store.lines()}
        code = next(code for code in iter(lambda: new_code(interface), None) if code not in codes)
        case = Case(code=code, why=why, language=consent.language, consents=(consent,), profile=kept)
        # The key first: a case without one could be read by nobody, a key without a case opens nothing.
        self._store.keys.make(case_id)
        with self._store.transaction(actor.id) as transaction:
            self._store.add(transaction, case_id, actor.team, case)
            transaction.audit("save_case", case_id)
        return case_id, code

    def _in_a_neighbourhood(self, actor: Actor, profile: Profile) -> Profile:
        if profile.near is None or profile.neighbourhood:
            return profile
        geography = self._catalogue(actor).geography
        area = geography.area_of(Place(lon=profile.near.lon, lat=profile.near.lat))
        return msgspec.structs.replace(profile, neighbourhood=area.neighbourhood or "")

    def cases(self, actor: Actor) -> list[CaseLine]:
        """The cases of the actor's team, those that end first first."""
        demand(actor, "read_case", Subject(team=actor.team))
        return self._store.lines(actor.team)

    def case(self, actor: Actor, case_id: str) -> KeptCase:
        """One case of the actor's team. That it was read is noted. Raises `Refused`."""
        return self._read(actor, case_id, "read_case")

    def held(self, actor: Actor, case_id: str) -> KeptCase:
        """Everything held about a person, to print and hand over. Raises `Refused`."""
        return self._read(actor, case_id, "print_case")

    def _read(self, actor: Actor, case_id: str, noted: str) -> KeptCase:
        self._demand(actor, "read_case", case_id)
        with self._store.transaction(actor.id) as transaction:
            kept = self._found(case_id, transaction)
            transaction.audit(noted, case_id)
        return kept

    def _demand(self, actor: Actor, verb: Verb, case_id: str) -> None:
        demand(actor, verb, Subject(team=self._store.team_of(case_id) or ""))

    def _found(self, case_id: str, transaction: Transaction) -> KeptCase:
        kept = self._store.case(case_id, transaction)
        if kept is None:
            raise Refused(N_("This case is not here any more."), is_secret=True)
        return kept

    def _change(
        self, actor: Actor, verb: Verb, noted: str, case_id: str, change: Callable[[Case, Transaction], Case]
    ) -> Case:
        """One change to a case as it is now, noted as what it was."""
        self._demand(actor, verb, case_id)
        with self._store.transaction(actor.id) as transaction:
            kept = self._found(case_id, transaction)
            case = change(kept.case, transaction)
            self._store.put(transaction, kept, case)
            transaction.audit(noted, case_id)
        return case

    # What happens in a case

    def note(self, actor: Actor, case_id: str, words: str) -> Case:
        """Adds a note. Raises `Refused`, and `Problem` for an empty or very long one."""
        words = tidy_words(words)
        if not words:
            raise Problem(N_("Write something first."))

        def add(case: Case, _transaction: Transaction) -> Case:
            if len(case.notes) >= MOST_ENTRIES:
                raise Problem(N_("A case is no file: it holds at most {most} of these."), most=MOST_ENTRIES)
            return msgspec.structs.replace(case, notes=(*case.notes, Note(on=self._today(), words=words)))

        return self._change(actor, "save_case", "note_case", case_id, add)

    def introduce(self, actor: Actor, case_id: str, place_id: str) -> Introduction:
        """Proposes a place in a case. Raises `Refused`, and `Problem` when it is closed, avoided or there already."""
        one: list[Introduction] = []

        def add(case: Case, transaction: Transaction) -> Case:
            place = demand_open_door(case, self._store.place(transaction, place_id))
            one.append(propose(case, place, new_id(), self._today()))
            return with_introduction(case, one[0])

        self._change(actor, "save_case", "introduce", case_id, add)
        return one[0]

    def move(
        self, actor: Actor, case_id: str, introduction_id: str, state: str, outcome: str = "", felt_welcome: str = ""
    ) -> Introduction:
        """An introduction a step further. Raises `Refused`, and `Problem` for a step that does not follow."""
        outcome = tidy_words(outcome)
        one: list[Introduction] = []

        def step(case: Case, transaction: Transaction) -> Case:
            before = case.introduction(introduction_id)
            if state in REACHES_OUT:
                demand_open_door(case, self._store.place(transaction, before.place))
                self._store.count_introduction(transaction, before.place, self._today())
            one.append(move(before, state, self._today(), outcome, felt_welcome))
            return with_introduction(case, one[0])

        self._change(actor, "save_case", "move_introduction", case_id, step)
        return one[0]

    def avoid(self, actor: Actor, case_id: str, place_id: str) -> Case:
        """Keeps in a case that the person does not want to go to a place. Raises `Refused`."""
        return self._change(
            actor, "save_case", "avoid_place", case_id, lambda case, _transaction: never_there(case, place_id)
        )

    def renew(
        self,
        actor: Actor,
        case_id: str,
        given_how: str,
        *,
        until: dt.date | None = None,
        yearly: bool = False,
    ) -> Consent:
        """The person says yes again. Raises `Refused`, and `Problem` without how it was given."""

        def add(case: Case, _transaction: Transaction) -> Case:
            consent = give_consent(self._today(), given_how, case.language, until, yearly=yearly)
            return msgspec.structs.replace(case, consents=(*case.consents, consent)[-MOST_ENTRIES:])

        return self._change(actor, "save_case", "renew_consent", case_id, add).consent

    def is_due(self, line: CaseLine, case: Case | None = None) -> bool:
        """Whether it is time to ask the person whether to go on."""
        if case is not None:
            return must_be_asked(case.consent, self._today())
        return line.erase_after - self._today() <= dt.timedelta(days=14)

    # Breaking the glass

    def break_glass(self, actor: Actor, code: str, reason: str) -> KeptCase:
        """Opens another team's case once, by the code on the person's paper. The team sees who did, and why.

        Raises `Refused`, and `Problem` without a reason or for a code there is not.
        """
        demand(actor, "break_glass")
        reason = tidy_words(reason, 500)
        if len(reason) < _SHORTEST_REASON:
            raise Problem(N_("Say in one sentence why you have to read this case. Its team will see it."))
        if self._store.times_tried(actor.id, "break_glass", dt.timedelta(hours=1)) >= _CODES_AN_HOUR:
            raise Problem(N_("Too many codes were tried. Wait an hour, or phone the team of the case."))
        line = next((line for line in self._store.lines() if same_code(line.code, code)), None)
        with self._store.transaction(actor.id) as transaction:
            # A wrong code is noted too: codes are not there to be tried out.
            transaction.audit("break_glass", line.id if line else "no such code")
            if line is not None:
                kept = self._found(line.id, transaction)
                broken = GlassBroken(on=self._today(), by=actor.id, reason=reason)
                glass = (*kept.case.glass, broken)[-MOST_ENTRIES:]
                self._store.put(transaction, kept, msgspec.structs.replace(kept.case, glass=glass))
                self._store.break_glass(transaction, line.id)
        if line is None:
            raise Problem(N_("There is no case with this code. Look at the paper again: it is three words."))
        return kept

    def see_broken_glass(self, actor: Actor, case_id: str) -> None:
        """The team has seen that somebody else opened this case. Raises `Refused`."""
        self._demand(actor, "read_case", case_id)
        with self._store.transaction(actor.id) as transaction:
            self._store.see_broken_glass(transaction, case_id)
            transaction.audit("see_broken_glass", case_id)

    # Erasing

    def erase(self, actor: Actor, case_id: str, code: str) -> None:
        """Erases a case at once and for good; the code says that it is the right one.

        There is no undo: the person's no is worth more than a slip. Raises `Refused`, and `Problem` for another code.
        """
        self._demand(actor, "save_case", case_id)
        kept = self._store.case(case_id)
        if kept is not None and not same_code(kept.case.code, code):
            raise Problem(N_("This is not the code of this case. Type the three words of the paper."))
        self._erase(actor.id, case_id)

    def _erase(self, by: str, case_id: str) -> bool:
        with self._store.transaction(by) as transaction:
            try:
                kept = self._store.case(case_id, transaction)
            except KeyProblem:
                # Without its key file a case cannot be counted any more; it can still be erased.
                kept = None
            if not self._store.mark_erasing(transaction, case_id):
                return False
            if kept is not None:
                for table, row, column in cells_of(kept.case, _people(kept.case.profile)):
                    self._store.count(transaction, self._month(), table, row, column)
            transaction.audit("erase_case", case_id)
        self._finish_erasing(by, case_id)
        return True

    def _finish_erasing(self, by: str, case_id: str) -> None:
        self._store.keys.destroy(case_id)
        with self._store.transaction(by) as transaction:
            self._store.remove(transaction, case_id)

    def _month(self) -> str:
        return self._today().isoformat()[:7]

    def erase_expired(self) -> Erased:
        """Erases every case whose last day is over, and finishes what was cut short before."""
        today = self._today()
        half = self._store.half_erased()
        for case_id in half:
            self._finish_erasing(_CLOCK, case_id)
        ended = sum(self._erase(_CLOCK, case_id) for case_id in self._store.ended_by(today))
        for case_id in self._store.keys_without_case(today):
            self._store.keys.destroy(case_id)
        with self._store.transaction(_CLOCK) as transaction:
            self._store.forget_introductions_before(transaction, today - _COUNTS_KEPT)
        with contextlib.suppress(KeyProblem), self._store.transaction(_CLOCK) as transaction:
            for kept in self._store.referrals_over(transaction, today):
                over = msgspec.structs.replace(kept, referral=without_shared(kept.referral))
                self._store.put_referral(transaction, over)
                transaction.audit("close_referral", kept.referral.id)
        return Erased(ended=ended, finished=len(half))

    def tend(self) -> None:
        """Erases what is over, once a day: called at every request, it does nothing more until tomorrow."""
        today = self._today()
        if self._tended_on != today:
            self._tended_on = today
            self.erase_expired()

    # Counts and words

    def recent_introductions(self) -> dict[str, int]:
        """Place -> how often somebody was introduced there in the last four weeks; says nothing about who."""
        return self._store.introductions_since(self._today() - RECENT)

    def numbers(self, actor: Actor) -> tuple[list[Cell], list[Through]]:
        """The fixed tables of closed months, and who got through, under ten hidden and rounded. Raises `Refused`."""
        demand(actor, "read_numbers")
        cells = shown(self._store.numbers(), self._month())
        return cells, got_through(cells)

    def identifying(self, actor: Actor, *words: str) -> tuple[Found, ...]:
        """What in these words looks as if it tells who somebody is. Nothing of them is kept."""
        catalogue = self._catalogue(actor)
        if self._known[0] != catalogue.revision:
            self._known = (catalogue.revision, _words_of_places(catalogue))
        return tuple(one for text in words for one in find_identifying(text[:20_000], self._known[1]))


def _people(profile: Profile | None) -> People:
    few = has_few_to_call_on(profile) if profile else None
    return "not_told" if few is None else "few" if few else "more"


def _words_of_places(catalogue: Catalogue) -> frozenset[str]:
    """Folded words that name places, languages and needs here, and so nobody."""

    def names() -> Iterable[str]:
        for resource in catalogue:
            for text in (resource.name, *resource.other_names, *resource.former_names):
                yield from text.values()
        for area in catalogue.geography.area_names():
            yield from area.name.values()
        for terms in (catalogue.taxonomy.languages, catalogue.taxonomy.needs, catalogue.taxonomy.kinds):
            for term in terms.values():
                yield from term.label.values()

    return frozenset(word for name in names() for word in fold(name).split())
