"""Signing in and out: sessions that end by themselves, and patience with wrong passwords that runs out slowly."""

import datetime as dt
import secrets
from collections.abc import Callable

import msgspec

from mapper.access import Actor
from mapper.core.passwords import InstanceKey, is_password, totp_step
from mapper.model import Problem
from mapper.store.accounts import Account, AccountStore, Tries
from mapper.store.audit import Transaction
from mapper.text import N_

__all__ = ["AT_MOST", "IDLE", "Account", "NotKnown", "Sessions", "TooOften", "actor_of", "name_key"]

IDLE = dt.timedelta(minutes=30)
AT_MOST = dt.timedelta(hours=8)
#: How exactly the last use of a session is noted: every request would be a write.
_NOTED_EVERY = dt.timedelta(minutes=1)
#: Failures are forgotten after a day without any.
_FORGOTTEN_AFTER = dt.timedelta(days=1)

#: What is counted -> after how many failures one waits (a minute, then two, then four…), and how long at most.
#: One name from one address is counted strictly; a name alone mildly, or strangers could keep its owner out.
_PATIENCE = {
    "name and address": (6, dt.timedelta(minutes=15)),
    "address": (30, dt.timedelta(minutes=15)),
    "name": (60, dt.timedelta(minutes=1)),
}


class TooOften(Problem):
    """Too many failed tries; `wait_s` says how long to wait."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(
            N_("That was tried too often. Wait {seconds} seconds and try again; nobody is locked out for good."),
            seconds=wait_s,
        )
        self.wait_s = wait_s


class NotKnown(Problem):
    """Name, password and code do not belong together. Never says which of them."""

    def __init__(self) -> None:
        super().__init__(N_("This name, password and code do not belong together. Try again, or ask for a new link."))


def name_key(sign_in_name: str) -> str:
    """How a sign-in name is kept and compared: capitals and spaces around it do not count.

    >>> name_key(" Onthaal@Example.org ")
    'onthaal@example.org'
    """
    return " ".join(sign_in_name.casefold().split())[:120]


def actor_of(account: Account) -> Actor:
    """An account as the table of `access` sees it."""
    return Actor(role=account.role, id=account.id, team=account.team, records=account.records, areas=account.areas)


class Sessions:
    """Who is signed in."""

    def __init__(self, store: AccountStore, key: InstanceKey, clock: Callable[[], dt.datetime]) -> None:
        self._store = store
        self._key = key
        self._clock = clock

    def sign_in(self, name: str, password: str, code: str, address: str) -> str:
        """The id of a new session, for whoever knows name and password (and code, where a second step is asked).

        `address` is where the request came from; only a keyed hash of it is kept, and only for a day. Raises
        `NotKnown`, the same for an unknown name, a wrong password or code and a disabled account, in the same time;
        `TooOften` after too many of those.
        """
        name = name_key(name)
        self._try(name, address)
        account = self._store.by_name(name)
        keys = self._store.keys(account.id if account else "")
        known = is_password(password, keys.password_hash)
        if account is None or account.is_disabled or not known:
            raise NotKnown
        step = totp_step(self._key.unlock(keys.totp_secret), code, self._clock()) if keys.totp_secret else 0
        if step is None:
            raise NotKnown
        with self._store.transaction(account.id) as transaction:
            if step and not self._store.use_step(transaction, account.id, step):
                raise NotKnown
            self._forgive(transaction, name, address)
            session_id = self.begin(transaction, account.id)
            transaction.audit("sign_in", account.id)
        return session_id

    def sign_in_by_provider(self, subject: str, email: str) -> str:
        """The id of a new session for whoever an identity provider vouches for.

        The first time they are found by the mail address that their invitation names, and only while no password was
        chosen: nobody can wait for others under their address. Raises `Problem` for whoever was not invited.
        """
        account = self._store.by_subject(subject)
        invited = self._store.by_name(name_key(email)) if account is None and email else None
        if invited is not None and not invited.has_password and self._store.subject_of(invited.id) == "":
            account = invited
        if account is None or account.is_disabled:
            raise Problem(N_("You were not invited here under this address. Ask the person who runs this site."))
        with self._store.transaction(account.id) as transaction:
            self._store.put_subject(transaction, account.id, subject)
            self._store.remove_invitation(transaction, account.id)
            session_id = self.begin(transaction, account.id)
            transaction.audit("sign_in", account.id)
        return session_id

    def begin(self, transaction: Transaction, account_id: str) -> str:
        """The id of a new session of this account; nobody else ever chooses it."""
        now, session_id = self._clock(), secrets.token_urlsafe(32)
        self._store.end_old_sessions(transaction, now - AT_MOST, now - IDLE)
        self._store.add_session(transaction, session_id, account_id, now)
        return session_id

    def resume(self, session_id: str) -> Account | None:
        """Whose session this is; None when it ended, or was idle for half an hour, or began eight hours ago."""
        session = self._store.session(session_id)
        now = self._clock()
        if session is None or now - session.begun_at >= AT_MOST or now - session.seen_at >= IDLE:
            return None
        account = self._store.account(session.account)
        if account is None or account.is_disabled:
            return None
        if now - session.seen_at >= _NOTED_EVERY:
            with self._store.transaction(account.id) as transaction:
                self._store.see_session(transaction, session_id, now)
        return account

    def end(self, session_id: str) -> None:
        """Signs out one browser."""
        session = self._store.session(session_id)
        if session is None:
            return
        with self._store.transaction(session.account) as transaction:
            if self._store.end_session(transaction, session_id):
                transaction.audit("sign_out", session.account)

    def end_all(self, actor: Actor) -> int:
        """Signs somebody out everywhere; returns how many sessions that were."""
        with self._store.transaction(actor.id) as transaction:
            ended = self._store.end_sessions(transaction, actor.id)
            transaction.audit("sign_out_everywhere", actor.id)
        return ended

    # Patience

    def _counted(self, name: str, address: str) -> dict[str, str]:
        """What is counted -> the hash it is counted under."""
        words = {"name and address": f"{name}\n{address}", "address": address, "name": name}
        return {what: self._key.hash_of(f"{what}\n{of}") for what, of in words.items()}

    def _try(self, name: str, address: str) -> None:
        """Counts this try as failed, before the password is looked at, so that trying at once gains nothing."""
        now = self._clock()
        with self._store.transaction("") as transaction:
            self._store.forget_tries(transaction, (), now - _FORGOTTEN_AFTER)
            counted = {
                what: (who, self._store.tries(transaction, who) or Tries(failures=0, last_at=now, not_before=now))
                for what, who in self._counted(name, address).items()
            }
            wait = max(tries.not_before - now for _who, tries in counted.values())
            if wait <= dt.timedelta():
                for what, (who, tries) in counted.items():
                    self._store.put_tries(transaction, who, _one_more(what, tries, now))
        if wait > dt.timedelta():
            raise TooOften(int(wait.total_seconds()) + 1)

    def _forgive(self, transaction: Transaction, name: str, address: str) -> None:
        """Takes back what this try was counted for. An address with one good account gets no fresh start for others."""
        counted = self._counted(name, address)
        tries = self._store.tries(transaction, counted["address"])
        if tries is not None:
            fewer = msgspec.structs.replace(tries, failures=max(0, tries.failures - 1), not_before=tries.last_at)
            self._store.put_tries(transaction, counted["address"], fewer)
        forgiven = (counted["name and address"], counted["name"])
        self._store.forget_tries(transaction, forgiven, self._clock() - _FORGOTTEN_AFTER)


def _one_more(what: str, tries: Tries, now: dt.datetime) -> Tries:
    free, longest = _PATIENCE[what]
    failures = tries.failures + 1
    wait = dt.timedelta()
    if failures % free == 0:
        # The exponent is bounded, so that a year of guessing overflows nothing.
        wait = min(dt.timedelta(minutes=1) * 2 ** min(failures // free - 1, 10), longest)
    return Tries(failures=failures, last_at=now, not_before=now + wait)
