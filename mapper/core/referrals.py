"""Referrals in writing to a service: only with the person's consent and where the service wants it too.

The service answers in its own account, or through a random link that ends by itself. Whatever is asked, the consent is
read anew: revoking it works on the next request.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Sequence

import msgspec

from mapper.access import Actor, Subject, may
from mapper.core.authority import Refused, demand
from mapper.model import new_id
from mapper.referrals import Referral, answer, consent_to_share, revoke, tidy_words
from mapper.store.audit import Transaction
from mapper.store.cases import CaseStore, KeptReferral
from mapper.text import N_

__all__ = ["KeptReferral", "Referrals"]

#: Whoever answers through a link has no account.
_BY_LINK = "link"
_LONGEST_ANSWER = 1000
_LONGEST_SHARED = 1500


class Referrals:
    """The referrals in writing of an instance."""

    def __init__(self, store: CaseStore, clock: Callable[[], dt.datetime]) -> None:
        self._store = store
        self._clock = clock

    def _today(self) -> dt.date:
        return self._clock().date()

    # The worker's side

    def refer(
        self,
        actor: Actor,
        case_id: str,
        recipient: str,
        purpose: str,
        shared: Sequence[tuple[str, str]],
        given_how: str,
        *,
        days: int,
        wanted_by_service: bool,
    ) -> tuple[Referral, str]:
        """Sends exactly what the person agreed to; gives the referral and the token of its link, shown once.

        `shared` is label and words of each thing, as the service sees it. Raises `Refused`, and `Problem` without a
        full consent, for a group of volunteers, and for a place that is closed or that the person avoids.
        """
        team = self._demand(actor, case_id)
        purpose = tidy_words(purpose, 500)
        told = tuple((label, words) for label, given in shared if (words := tidy_words(given, _LONGEST_SHARED)))
        token = secrets.token_urlsafe(24)
        with self._store.transaction(actor.id) as transaction:
            kept = self._store.case(case_id, transaction)
            if kept is None or kept.team != team:
                raise _gone()
            service = self._store.place(transaction, recipient)
            consent = consent_to_share(
                kept.case, service, purpose, told, given_how, self._today(), days, wanted_by_service=wanted_by_service
            )
            referral = Referral(id=new_id(), consent=consent)
            self._store.add_referral(transaction, case_id, referral, token)
            self._store.count_introduction(transaction, recipient, self._today())
            transaction.audit("refer", case_id)
        return referral, token

    def _demand(self, actor: Actor, case_id: str) -> str:
        team = self._store.team_of(case_id) or ""
        demand(actor, "refer", Subject(team=team))
        return team

    def of_case(self, actor: Actor, case_id: str) -> list[Referral]:
        """The referrals of a case, those that end first first. Raises `Refused`."""
        demand(actor, "read_case", Subject(team=self._store.team_of(case_id) or ""))
        return [kept.referral for kept in self._store.referrals(case_id)]

    def revoke(self, actor: Actor, case_id: str, referral_id: str) -> None:
        """Takes a consent back: from the next request on nobody sees what was shared. Raises `Refused`."""
        self._demand(actor, case_id)
        with self._store.transaction(actor.id) as transaction:
            kept = self._store.referral(referral_id, transaction)
            if kept is None or kept.case_id != case_id:
                raise _gone()
            self._put(transaction, kept, revoke(kept.referral, self._today()), "revoke_referral")

    def _put(self, transaction: Transaction, kept: KeptReferral, referral: Referral, noted: str) -> None:
        self._store.put_referral(transaction, msgspec.structs.replace(kept, referral=referral))
        transaction.audit(noted, referral.id)

    # The service's side

    def follow(self, token: str) -> Referral:
        """What a link opens, while the consent holds. Opening it changes nothing. Raises `Refused` otherwise."""
        return self._open(self._store.referral_by_token(token)).referral

    def _open(self, kept: KeptReferral | None) -> KeptReferral:
        if kept is None or not kept.referral.is_open(self._today()):
            raise _gone()
        return kept

    def answer_by_link(self, token: str, state: str, words: str = "") -> Referral:
        """The service's answer through its link. Raises `Refused` when it is over, `Problem` when it was answered."""
        words = tidy_words(words, _LONGEST_ANSWER)
        with self._store.transaction(_BY_LINK) as transaction:
            kept = self._open(self._store.referral_by_token(token, transaction))
            answered = answer(kept.referral, state, self._today(), words)
            self._put(transaction, kept, answered, "answer_referral")
        return answered

    def inbox(self, actor: Actor) -> list[Referral]:
        """The open referrals to the services that this actor speaks for. Raises `Refused`."""
        demand(actor, "answer_referral")
        return [
            kept.referral
            for kept in self._store.referrals()
            if kept.referral.is_open(self._today()) and _is_theirs(actor, kept.referral)
        ]

    def referral(self, actor: Actor, referral_id: str) -> Referral:
        """One open referral to a service of this actor; that it was read is noted. Raises `Refused`."""
        demand(actor, "answer_referral")
        with self._store.transaction(actor.id) as transaction:
            kept = self._theirs(actor, self._store.referral(referral_id, transaction))
            transaction.audit("read_referral", referral_id)
        return kept.referral

    def _theirs(self, actor: Actor, kept: KeptReferral | None) -> KeptReferral:
        kept = self._open(kept)
        if not _is_theirs(actor, kept.referral):
            raise _gone()
        return kept

    def answer(self, actor: Actor, referral_id: str, state: str, words: str = "") -> Referral:
        """The service's answer from its own account. Raises `Refused`, and `Problem` when it was answered."""
        demand(actor, "answer_referral")
        words = tidy_words(words, _LONGEST_ANSWER)
        with self._store.transaction(actor.id) as transaction:
            kept = self._theirs(actor, self._store.referral(referral_id, transaction))
            answered = answer(kept.referral, state, self._today(), words)
            self._put(transaction, kept, answered, "answer_referral")
        return answered


def _is_theirs(actor: Actor, referral: Referral) -> bool:
    return may(actor, "answer_referral", Subject(record_id=referral.consent.recipient))


def _gone() -> Refused:
    """The same for what never was, is over, or is somebody else's."""
    return Refused(N_("This referral is not open any more."), is_secret=True)
