"""After a phone call: two taps about the place, which refresh its record for everyone; and what a team remembers of it.

Nothing here is about the person who sat beside the phone: counts per place and ISO week, and nothing else.
"""

from typing import TYPE_CHECKING

from mapper.access import Actor, Subject
from mapper.calls import FOR_THE_COACH, OUTCOMES, WELCOMES, Outcome, Welcome, after_call, without_call
from mapper.core.authority import NotHere, about, demand
from mapper.identifying import Sort, find_identifying
from mapper.model import Problem, Resource
from mapper.store.calls import CallTables, LastSaid, TeamPlace
from mapper.store.sqlite import SqliteStore
from mapper.store.stewards import StewardTables
from mapper.text import N_, fold

if TYPE_CHECKING:
    from mapper.core import Mapper

MOST_NOTE_CHARACTERS = 300
_WELCOME = "welcome_"


class Calls:
    """`mapper.calls`: the everyday loop, no case at all."""

    def __init__(self, mapper: "Mapper", store: SqliteStore) -> None:
        self._mapper = mapper
        self._store = store
        self._tables = CallTables(store)
        self._stewards = StewardTables(store)

    def report(self, actor: Actor, resource_id: str, outcome: Outcome, offer_id: str = "") -> Resource:
        """Writes down how a call went, and gives the record as it is now.

        Raises `NotHere` for a record this actor may not see, `Refused`, and `Problem` for what is no outcome.
        """
        record = self._seen(actor, resource_id)
        demand(actor, "report_call", about(record, self._mapper.geography))
        if outcome not in OUTCOMES:
            raise Problem(N_("Choose how the call went: one of the buttons under the phone number."))
        today = self._mapper.now().date()
        with self._store.write(actor.id) as writing:
            before = writing.get(record.id) or record
            after = after_call(before, outcome, today, offer_id)
            writing.put([after], f"call_{outcome}")
            transaction, revision, report = writing.transaction, self._store.revision_of(record.id), 0
            self._tables.count(transaction, record.id, self._week(), outcome)
            if outcome in FOR_THE_COACH:
                report = self._stewards.add_report(transaction, record.id, today.isoformat(), outcome)
            last = LastSaid(record_id=record.id, week=self._week(), said=outcome, revision=revision, report=report)
            self._tables.remember_last(transaction, last)
        self._mapper.see_own_write()
        return after

    def felt_welcome(self, actor: Actor, resource_id: str, answer: Welcome) -> None:
        """Counts how welcome somebody felt there (study: the outcome that matters). Raises as `report` does."""
        record = self._seen(actor, resource_id)
        demand(actor, "report_call", about(record, self._mapper.geography))
        if answer not in WELCOMES:
            raise Problem(N_("Choose yes, so-so or no."))
        said = _WELCOME + answer
        with self._store.transaction(actor.id) as transaction:
            self._tables.count(transaction, record.id, self._week(), said)
            last = LastSaid(record_id=record.id, week=self._week(), said=said, revision=0, report=0)
            self._tables.remember_last(transaction, last)
            transaction.audit("felt_welcome", record.id)

    def take_back(self, actor: Actor) -> str:
        """Takes back the last thing this actor said about a place; gives the id of that place.

        What somebody else changed in the record since stays. Raises `Problem` when there is nothing to take back.
        """
        demand(actor, "report_call")
        with self._store.write(actor.id) as writing:
            last = self._tables.take_last(writing.transaction)
            current = writing.get(last.record_id) if last else None
            if last is None or current is None:
                raise Problem(N_("There is nothing to take back."))
            self._tables.count(writing.transaction, last.record_id, last.week, last.said, -1)
            if last.report:
                self._stewards.drop_report(writing.transaction, last.report)
            change = self._store.change(last.revision) if last.revision else None
            if change is not None and change.before is not None:
                later = [one.before for one in self._store.history(last.record_id) if one.revision > last.revision]
                after = next((one for one in reversed(later) if one is not None), current)
                writing.put([without_call(current, change.before, after)], "call_taken_back")
            else:
                writing.transaction.audit("call_taken_back", last.record_id)
        self._mapper.see_own_write()
        return last.record_id

    def counts(self, actor: Actor, resource_id: str) -> list[tuple[str, str, int]]:
        """(ISO week, what was said, how often) about a place, latest week first; for whoever keeps it fresh."""
        record = self._seen(actor, resource_id)
        demand(actor, "curate", about(record, self._mapper.geography))
        return self._tables.counts(record.id)

    # What a team remembers

    def team_places(self, actor: Actor) -> dict[str, TeamPlace]:
        """Favourites and notes of this actor's team, by record id: only of places they may see."""
        if not actor.team:
            return {}
        demand(actor, "note_place", Subject(team=actor.team))
        catalogue = self._mapper.catalogue(actor)
        return {one: place for one, place in self._tables.team_places(actor.team).items() if one in catalogue}

    def remember(
        self, actor: Actor, resource_id: str, *, favourite: bool | None = None, note: str | None = None
    ) -> None:
        """Makes a place a favourite of the team or not, or replaces the team's note on it; None leaves it as it was.

        Raises `NotHere`, `Refused`, and `Problem` for a note that is too long.
        """
        record = self._seen(actor, resource_id)
        demand(actor, "note_place", Subject(team=actor.team))
        if note is not None and len(note) > MOST_NOTE_CHARACTERS:
            raise Problem(N_("A note has at most {most} characters. Make it shorter."), most=MOST_NOTE_CHARACTERS)
        with self._store.transaction(actor.id) as transaction:
            before = self._tables.team_places(actor.team).get(record.id)
            place = TeamPlace(
                record_id=record.id,
                favourite=favourite if favourite is not None else bool(before and before.favourite),
                note=note.strip() if note is not None else before.note if before else "",
            )
            self._tables.remember_place(transaction, actor.team, place)
            transaction.audit("note_place", record.id)

    def personal_traits(self, words: str, about_record: Resource | None = None) -> tuple[Sort, ...]:
        """What in a note looks like a person, for a gentle question before it is saved."""
        found = find_identifying(words, frozenset(self._known_words(about_record)))
        return tuple(dict.fromkeys(one.sort for one in found))

    def _known_words(self, record: Resource | None) -> set[str]:
        """Words with a capital that are no person's name: languages, communities, kinds, areas, the record's own."""
        taxonomy, geography = self._mapper.taxonomy, self._mapper.geography
        terms = (*taxonomy.languages.values(), *taxonomy.communities.values(), *taxonomy.kinds.values())
        texts = [words for term in terms for _language, words in term.spellings()]
        texts += [words for area in geography.area_names() for words in area.name.values()]
        if record is not None:
            names = (record.name, *record.other_names, *record.former_names, *(offer.name for offer in record.offers))
            texts += [words for name in names for words in name.values()]
        return {word for words in texts for word in fold(words).split()}

    def _week(self) -> str:
        year, week, _day = self._mapper.now().isocalendar()
        return f"{year}-W{week:02}"

    def _seen(self, actor: Actor, resource_id: str) -> Resource:
        record = self._mapper.show(resource_id, actor)
        if record is None:
            raise NotHere(N_("This place is not here."))
        return record
