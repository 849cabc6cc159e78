"""The say of a group over its own record: confirm it, ask for rest, leave, answer what others tell, open it wider.

A steward speaks for a group. Nothing public changes because somebody told something: a steward or a coach does it.
"""

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING

import msgspec

from mapper import left_out
from mapper.access import Actor, may
from mapper.calls import Voice, confirmed, enough_for_now, room_again
from mapper.core.authority import NotHere, Refused, about, demand
from mapper.geography import Geography
from mapper.model import (
    PRECISIONS,
    VISIBILITIES,
    Precision,
    Problem,
    Resource,
    Source,
    Visibility,
    is_wider,
    new_id,
)
from mapper.store import Writing
from mapper.store.accounts import AccountStore
from mapper.store.audit import Transaction
from mapper.store.sqlite import SqliteStore
from mapper.store.stewards import Report, StewardTables, Widening
from mapper.text import N_

if TYPE_CHECKING:
    from mapper.core import Mapper

MOST_CHARACTERS = 1000
#: Enough for honest people, too little for a flood: told about one place, and about all, on one day.
TOLD_ABOUT_ONE_A_DAY, TOLD_A_DAY = 5, 100
#: A steward has this long before the coach sees it too.
STEWARD_FIRST_DAYS = 7
CODE_DAYS, LINK_DAYS = 14, 365
#: Letters and digits that sound and look different when they are read out on the phone.
_SPOKEN = "23456789abcdefghjkmnpqrstuvwxyz"


class Stewards:
    """`mapper.stewards`."""

    def __init__(self, mapper: "Mapper", store: SqliteStore) -> None:
        self._mapper = mapper
        self._store = store
        self._tables = StewardTables(store)
        self._accounts = AccountStore(store)

    # One tap

    def mine(self, actor: Actor) -> list[Resource]:
        """The records this steward speaks for, hidden ones too, in order of id."""
        demand(actor, "edit_record")
        found = (self._store.resource(record_id) for record_id in sorted(actor.records))
        return [record for record in found if record is not None]

    def of(self, actor: Actor, resource_id: str) -> Resource:
        """A record this actor may edit. Raises `NotHere` for any other, which looks the same as one that never was."""
        record = self._store.resource(resource_id)
        if record is None or not self._may_edit(actor, record):
            raise NotHere(N_("This place is not here."))
        return record

    def _may_edit(self, actor: Actor, record: Resource) -> bool:
        return may(actor, "edit_record", about(record, self._mapper.geography))

    def still_correct(self, actor: Actor, resource_id: str) -> int:
        """The whole record, in all its languages, is right today; gives the number of the change."""
        voice: Voice = "group" if actor.role == "steward" else "professional"
        today = self._today()
        return self._mapper.change(actor, resource_id, lambda before: confirmed(before, today, voice), "still_correct")

    def enough_for_now(self, actor: Actor, resource_id: str) -> int:
        """Every offer is full for some weeks; gives the number of the change."""
        today = self._today()
        return self._mapper.change(actor, resource_id, lambda before: enough_for_now(before, today), "enough_for_now")

    def room_again(self, actor: Actor, resource_id: str) -> int:
        """There is room for now again; gives the number of the change."""
        return self._mapper.change(actor, resource_id, room_again, "room_again")

    # Leaving

    def leave_link(self, actor: Actor, resource_id: str) -> str:
        """The secret of a link with which a group takes itself off, for whoever may edit the record to hand over."""
        record = self.of(actor, resource_id)
        secret = secrets.token_urlsafe(24)
        self._hand_over(actor, "leave", secret, record.id, LINK_DAYS)
        return secret

    def record_of_link(self, secret: str) -> Resource | None:
        """The record that a link takes off; None when the link is none, or was used."""
        record_id = self._tables.record_of_secret("leave", _hashed(secret), self._today().isoformat())
        return self._store.resource(record_id) if record_id else None

    def leave_by_link(self, secret: str) -> None:
        """Takes a record off: hidden on every read, and remembered so that no import brings it back.

        Raises `NotHere` when the link is none, or was used.
        """
        geography = self._mapper.geography
        with self._store.write("leave_link") as writing:
            today = self._today().isoformat()
            record_id = self._tables.use_secret(writing.transaction, "leave", _hashed(secret), today)
            record = writing.get(record_id) if record_id else None
            if record is None:
                raise NotHere(N_("This link was used already, or it is too old."))
            self._take_off(writing, record, geography)
        self._mapper.see_own_write()

    def leave(self, actor: Actor, resource_id: str) -> None:
        """The same by a signed-in steward (or by who may edit the record, when the group asked on the phone)."""
        record = self.of(actor, resource_id)
        geography = self._mapper.geography
        with self._store.write(actor.id) as writing:
            self._take_off(writing, writing.get(record.id) or record, geography)
        self._mapper.see_own_write()

    def _take_off(self, writing: Writing, record: Resource, geography: Geography) -> None:
        # One group can stand under several ids that were merged: it leaves under all of them.
        ids = self._tables.merged_with(writing.transaction, record.id)
        family = [one for one_id in ids if (one := writing.get(one_id)) is not None]
        for one in family:
            fingerprints = left_out.fingerprints(one, geography)
            self._tables.leave_out(writing.transaction, one.id, fingerprints, self._today().isoformat())
            # A yes that was asked for or given before is none any more.
            self._tables.drop_agreed(writing.transaction, one.id)
        writing.put([msgspec.structs.replace(one, visibility="hidden") for one in family], "take_off")

    def come_back(self, transaction: Transaction, before: Resource, after: Resource) -> None:
        """A group that opens its hidden record again is left out no longer."""
        if before.visibility == "hidden" != after.visibility:
            family = self._tables.merged_with(transaction, before.id)
            back = [one for one in family if self._tables.take_back_in(transaction, one)]
            if back:
                transaction.audit("come_back", before.id)

    def is_left_out(self, resource: Resource, geography: Geography | None = None) -> bool:
        """Whether this is a group that asked to be left out. Inside a transaction the geography is to be given."""
        return left_out.is_left_out(resource, geography or self._mapper.geography, self._tables.left_out())

    # Something is wrong here

    def tell_wrong(self, actor: Actor, resource_id: str, words: str) -> None:
        """Keeps what somebody tells about a place, for its steward and then the coach. Who told it is not kept.

        Raises `NotHere`, and `Problem` when there are no words, too many, or too much was told today.
        """
        demand(actor, "tell_wrong")
        record = self._mapper.show(resource_id, actor)
        if record is None:
            raise NotHere(N_("This place is not here."))
        words = words.strip()
        if not words:
            raise Problem(N_("Say in a few words what is wrong."))
        if len(words) > MOST_CHARACTERS:
            raise Problem(N_("This is too long: at most {most} characters."), most=MOST_CHARACTERS)
        today = self._today().isoformat()
        with self._store.transaction(actor.id) as transaction:
            about_one, about_all = self._tables.count_told(transaction, today, record.id)
            if about_one > TOLD_ABOUT_ONE_A_DAY or about_all > TOLD_A_DAY:
                raise Problem(N_("A lot was told today already. Try again tomorrow, or phone the place itself."))
            self._tables.add_report(transaction, record.id, today, "words", words)
            transaction.audit("tell_wrong", record.id)

    def reports(self, actor: Actor) -> list[tuple[Resource, Report]]:
        """What waits for this actor: a steward first sees what others told; then, or without a steward, the coach."""
        demand(actor, "edit_record")
        stewarded = {
            one for account in self._accounts.accounts() if account.role == "steward" for one in account.records
        }
        late = (self._today() - dt.timedelta(days=STEWARD_FIRST_DAYS)).isoformat()
        found = []
        for report in self._tables.reports():
            record = self._store.resource(report.record_id)
            if record is None or not self._may_edit(actor, record):
                continue
            is_first = report.kind != "words" or report.passed_on or report.record_id not in stewarded
            if actor.role == "steward" or is_first or report.on <= late:
                found.append((record, report))
        return found

    def pass_on(self, actor: Actor, report_id: int) -> None:
        """The steward leaves a report to the coach."""
        self._its_report(actor, report_id)
        with self._store.transaction(actor.id) as transaction:
            self._tables.pass_on(transaction, report_id)
            transaction.audit("pass_on_report", str(report_id))

    def settle(self, actor: Actor, report_id: int) -> None:
        """It was looked into: the report and its words are erased."""
        self._its_report(actor, report_id)
        with self._store.transaction(actor.id) as transaction:
            self._tables.drop_report(transaction, report_id)
            transaction.audit("settle_report", str(report_id))

    def _its_report(self, actor: Actor, report_id: int) -> None:
        if report_id not in {report.id for _record, report in self.reports(actor)}:
            raise NotHere(N_("This was looked into already."))

    # A code that was read out on the phone

    def claim_code(self, actor: Actor, resource_id: str) -> str:
        """A one-time code that a coach or the admin reads out to the group on its own published number."""
        record = self.of(actor, resource_id)
        if actor.role == "steward":
            raise Refused(N_("You may not do this. Ask the person who runs this instance."))
        code = "".join(secrets.choice(_SPOKEN) for _ in range(10))
        self._hand_over(actor, "claim", code, record.id, CODE_DAYS)
        return f"{code[:5]}-{code[5:]}"

    def claim(self, actor: Actor, code: str) -> str:
        """Makes the record of a code one of this steward's; gives its id. Raises `Problem` for a wrong code."""
        demand(actor, "edit_record")
        if actor.role != "steward":
            raise Refused(N_("You may not do this. Ask the person who runs this instance."))
        plain = "".join(sign for sign in code.lower() if sign in _SPOKEN)
        with self._store.transaction(actor.id) as transaction:
            record_id = self._tables.use_secret(transaction, "claim", _hashed(plain), self._today().isoformat())
            if not record_id:
                raise Problem(N_("This code is not right, was used, or is older than two weeks. Ask for a new one."))
            account = self._accounts.account(actor.id)
            if account is None:
                raise NotHere(N_("This place is not here."))
            records = tuple(dict.fromkeys((*account.records, record_id)))
            self._accounts.put(transaction, msgspec.structs.replace(account, records=records))
            transaction.audit("claim", record_id)
        return record_id

    # Opening a record wider

    def propose_widening(self, actor: Actor, resource_id: str, visibility: Visibility, precision: Precision) -> str:
        """Proposes that a record becomes more visible, or may be told more precisely; gives the proposal's id.

        It waits for the group's yes. No address is kept with it. Raises `Problem` when it opens nothing wider.
        """
        record = self.of(actor, resource_id)
        demand(actor, "propose_widening", about(record, self._mapper.geography))
        more_visible = VISIBILITIES.index(visibility) > VISIBILITIES.index(record.visibility)
        if not more_visible and PRECISIONS.index(precision) <= PRECISIONS.index(record.place.precision):
            raise Problem(N_("This opens nothing wider: no yes of the group is needed. Edit the record."))
        proposal = Widening(
            id=new_id(),
            record_id=record.id,
            visibility=max(visibility, record.visibility, key=VISIBILITIES.index),
            precision=max(precision, record.place.precision, key=PRECISIONS.index),
            proposed_by=actor.id,
            proposed_on=self._today().isoformat(),
        )
        with self._store.transaction(actor.id) as transaction:
            self._tables.propose(transaction, proposal)
            transaction.audit("propose_widening", record.id)
        return proposal.id

    def proposals(self, actor: Actor) -> list[tuple[Resource, Widening]]:
        """What waits for a yes about records this actor may edit."""
        demand(actor, "edit_record")
        found = ((self._store.resource(one.record_id), one) for one in self._tables.widenings())
        return [(record, one) for record, one in found if record is not None and self._may_edit(actor, record)]

    def agree(self, actor: Actor, proposal_id: str, *, whom: str = "", on: dt.date | None = None, how: str = "") -> int:
        """The group's yes: its steward's own, or as a second professional (never the proposer) heard it.

        A professional says whom they asked (a function), when and how. More visible at once; more precise with the next
        edit, which brings the address. Gives the number of the change. Raises `Refused` and `Problem`.
        """
        geography = self._mapper.geography
        today = self._today()
        if actor.role != "steward" and not (whom.strip() and how.strip() and on is not None and on <= today):
            raise Problem(N_("Say whom you asked (a function, no name), on which day, and how."))
        with self._store.write(actor.id) as writing:
            proposal = self._tables.take_widening(writing.transaction, proposal_id)
            record = writing.get(proposal.record_id) if proposal else None
            if proposal is None or record is None:
                raise NotHere(N_("This was answered already."))
            subject = about(record, geography)
            demand(actor, "widen" if actor.role == "steward" else "propose_widening", subject)
            if actor.role != "steward" and actor.id == proposal.proposed_by:
                raise Refused(N_("Somebody else than who proposed it has to hear the group’s yes."))
            title = (
                "agreed by the group itself" if actor.role == "steward" else f"agreed: {whom.strip()}, {how.strip()}"
            )
            source = Source(facts=("visibility",), title=title, on=on or today, by="agreed")
            kept = tuple(one for one in record.sources if one.by != "agreed")
            ground = "agreed" if record.ground == "coach_notes" else record.ground
            wider = msgspec.structs.replace(
                record, visibility=proposal.visibility, ground=ground, sources=(*kept, source)
            )
            if PRECISIONS.index(proposal.precision) > PRECISIONS.index(record.place.precision):
                self._tables.allow_precision(writing.transaction, record.id, proposal.precision)
            self.come_back(writing.transaction, record, wider)
            writing.put([wider], "agree_widening")
            revision = self._store.revision_of(record.id)
        self._mapper.see_own_write()
        return revision

    def decline(self, actor: Actor, proposal_id: str) -> None:
        """The group said no, or the proposal is taken back: it is gone."""
        if proposal_id not in {one.id for _record, one in self.proposals(actor)}:
            raise NotHere(N_("This was answered already."))
        with self._store.transaction(actor.id) as transaction:
            proposal = self._tables.take_widening(transaction, proposal_id)
            transaction.audit("decline_widening", proposal.record_id if proposal else "")

    def agreed_wider(self, transaction: Transaction, before: Resource, after: Resource) -> bool:
        """Whether the group agreed to what this edit opens: its place more precisely, and nothing else."""
        if is_wider(before, msgspec.structs.replace(after, place=before.place)):
            return False
        agreed = self._tables.use_precision(transaction, before.id)
        return agreed != "" and PRECISIONS.index(agreed) >= PRECISIONS.index(after.place.precision)

    def _hand_over(self, actor: Actor, kind: str, secret: str, record_id: str, days: int) -> None:
        until = (self._today() + dt.timedelta(days=days)).isoformat()
        with self._store.transaction(actor.id) as transaction:
            self._tables.keep_secret(transaction, kind, _hashed(secret), record_id, until)
            transaction.audit(f"hand_over_{kind}", record_id)

    def _today(self) -> dt.date:
        return self._mapper.now().date()


def _hashed(secret: str) -> str:
    # Long random secrets need no slow hash: a code has 49 bits, lives two weeks, and only a steward can try it.
    return hashlib.sha256(secret.encode()).hexdigest()
