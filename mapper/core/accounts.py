"""Accounts by invitation: who is asked in, as what, and what they may change about themselves."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import get_args

import msgspec

from mapper.access import Actor, Role, Verb, may_all
from mapper.core.authority import Refused, demand
from mapper.core.passwords import (
    InstanceKey,
    demand_good,
    hash_password,
    is_password,
    totp_step,
)
from mapper.core.sessions import Sessions, name_key
from mapper.model import Problem, new_id
from mapper.store.accounts import Account, AccountStore, Keys, Team
from mapper.store.audit import Transaction
from mapper.text import N_, closest

INVITED_FOR = dt.timedelta(days=7)
#: A resident has no account.
ACCOUNT_ROLES: tuple[Role, ...] = tuple(role for role in get_args(Role) if role != "resident")


class NameProblem(Problem):
    """A sign-in name that cannot be had."""


class Accounts:
    """The accounts of an instance."""

    def __init__(
        self,
        store: AccountStore,
        key: InstanceKey,
        sessions: Sessions,
        clock: Callable[[], dt.datetime],
        demand_of_record: Callable[[Actor, Verb, str], None],
    ) -> None:
        self._store = store
        self._key = key
        self._sessions = sessions
        self._clock = clock
        self._demand_of_record = demand_of_record

    # Reading

    def accounts(self, actor: Actor) -> list[Account]:
        """Every account, by role and name."""
        demand(actor, "manage_accounts")
        return self._store.accounts()

    def account(self, actor: Actor, account_id: str) -> Account:
        """One account; one's own, or any for who manages them. Raises `Problem` when there is none."""
        demand(actor, "own_account" if actor.id == account_id else "manage_accounts")
        return self._found(account_id)

    def _found(self, words: str) -> Account:
        account = self._store.account(words) or self._store.by_name(name_key(words))
        if account is None:
            raise Problem(N_("There is no account “{words}”. See: mapper account list"), words=words)
        return account

    def teams(self) -> list[Team]:
        """Every team, by name."""
        return self._store.teams()

    def team(self, team_id: str) -> Team | None:
        """One team."""
        return next((team for team in self._store.teams() if team.id == team_id), None)

    # Inviting

    def invite(
        self,
        actor: Actor,
        role: str,
        *,
        sign_in_name: str = "",
        team: str = "",
        records: Sequence[str] = (),
        areas: Sequence[str] = (),
        language: str = "",
    ) -> tuple[Account, str]:
        """A new account and the token of its one-time link, which works for seven days.

        `team` is the name of a team, made when it is new; `records` and `areas` are ids. With `sign_in_name` only the
        password is left to choose. A coach may invite stewards of records in their neighbourhoods, nobody else.
        Raises `Refused`, and `Problem` for what does not fit together.
        """
        account = Account(
            id=new_id(), role=_role(role), sign_in_name=self._free_name(sign_in_name), language=language,
            records=tuple(records), areas=tuple(areas),
        )  # fmt: skip
        self._demand_invite(actor, account)
        with self._store.transaction(actor.id) as transaction:
            account = msgspec.structs.replace(account, team=self._team_id(transaction, team))
            _demand_whole(account)
            self._store.put(transaction, account)
            token = self._invite(transaction, account.id)
            transaction.audit("invite", account.id)
        return account, token

    def _demand_invite(self, actor: Actor, account: Account) -> None:
        demand(actor, "invite")
        if not may_all(actor, "invite") and (account.role != "steward" or account.areas):
            raise Refused(N_("You may invite stewards of places in your neighbourhoods. Ask the admin for others."))
        for record_id in account.records:
            self._demand_of_record(actor, "invite", record_id)

    def _invite(self, transaction: Transaction, account_id: str) -> str:
        token = secrets.token_urlsafe(24)
        self._store.put_invitation(transaction, account_id, token, self._clock() + INVITED_FOR)
        return token

    def _free_name(self, sign_in_name: str) -> str:
        name = name_key(sign_in_name)
        if name and self._store.by_name(name) is not None:
            raise NameProblem(N_("There is an account “{name}” already. Choose another name."), name=name)
        return name

    def _team_id(self, transaction: Transaction, name: str) -> str:
        name = " ".join(name.split())[:80]
        if not name:
            return ""
        known = next((team for team in self._store.teams() if team.name.casefold() == name.casefold()), None)
        if known is None:
            known = Team(id=new_id(), name=name)
            self._store.put_team(transaction, known)
        return known.id

    def invited(self, token: str) -> Account:
        """Whom an invitation is for. Raises `Problem` when it was used, replaced or is older than seven days."""
        found = self._store.invitation(token)
        account = self._store.account(found[0]) if found and self._clock() < found[1] else None
        if account is None or account.is_disabled:
            raise Problem(N_("This link works no longer: it was used, or it is older than a week. Ask for a new one."))
        return account

    def accept(self, token: str, sign_in_name: str, password: str) -> str:
        """Takes up an invitation, which then works no longer; returns the id of a new session.

        Raises `Problem` for a link that works no longer, a name that is taken, a password that is easy to guess.
        """
        account = self.invited(token)
        if not account.sign_in_name:
            name = self._free_name(sign_in_name)
            if not name:
                raise NameProblem(N_("Choose a sign-in name: a shared address of your team, or a word."))
            account = msgspec.structs.replace(account, sign_in_name=name)
        demand_good(password, account.sign_in_name)
        keys = Keys(password_hash=hash_password(password))
        with self._store.transaction(account.id) as transaction:
            # Two people with the same link: the first one has it.
            if not self._store.remove_invitation(transaction, account.id):
                raise Problem(N_("This link was used just now. Ask for a new one."))
            self._store.put(transaction, account)
            self._store.put_keys(transaction, account.id, keys)
            session_id = self._sessions.begin(transaction, account.id)
            transaction.audit("accept_invitation", account.id)
        return session_id

    # Managing: each of these signs the account out everywhere

    def change(
        self, actor: Actor, account_id: str, role: str, team: str, records: Sequence[str], areas: Sequence[str]
    ) -> Account:
        """Gives an account another role, team (by name), records and neighbourhoods."""
        demand(actor, "manage_accounts")
        before = self._found(account_id)
        for record_id in set(records) - set(before.records):
            self._demand_of_record(actor, "manage_accounts", record_id)
        with self._ending(actor, before.id, "change_account") as transaction:
            account = msgspec.structs.replace(
                before, role=_role(role), team=self._team_id(transaction, team), records=tuple(records),
                areas=tuple(areas),
            )  # fmt: skip
            _demand_whole(account)
            self._store.put(transaction, account)
        return account

    def disable(self, actor: Actor, account_id: str, *, disabled: bool = True) -> Account:
        """Keeps an account from signing in, or lets it in again."""
        demand(actor, "manage_accounts")
        account = msgspec.structs.replace(self._found(account_id), is_disabled=disabled)
        with self._ending(actor, account.id, "disable_account" if disabled else "enable_account") as transaction:
            self._store.put(transaction, account)
        return account

    def reset(self, actor: Actor, account_id: str) -> tuple[Account, str]:
        """Takes away password and second step; returns the account and the token of a new one-time link."""
        demand(actor, "manage_accounts")
        account = self._found(account_id)
        with self._ending(actor, account.id, "reset_account") as transaction:
            self._store.put_keys(transaction, account.id, Keys())
            token = self._invite(transaction, account.id)
        return account, token

    def sign_out(self, actor: Actor, account_id: str) -> Account:
        """Signs an account out everywhere."""
        demand(actor, "manage_accounts")
        account = self._found(account_id)
        with self._ending(actor, account.id, "sign_out_everywhere"):
            pass
        return account

    def set_team(self, actor: Actor, team: Team) -> None:
        """Changes the name or the setting of a team."""
        demand(actor, "manage_accounts")
        with self._store.transaction(actor.id) as transaction:
            self._store.put_team(transaction, team)
            transaction.audit("change_team", team.id)

    @contextmanager
    def _ending(self, actor: Actor, account_id: str, verb: str) -> Iterator[Transaction]:
        """A transaction that also signs an account out everywhere, with its line of audit."""
        with self._store.transaction(actor.id) as transaction:
            yield transaction
            self._store.end_sessions(transaction, account_id)
            transaction.audit(verb, account_id)

    # One's own account

    def choose_language(self, actor: Actor, language: str) -> None:
        """The language of the interface for whoever is signed in."""
        demand(actor, "own_account")
        account = msgspec.structs.replace(self._found(actor.id), language=language)
        with self._store.transaction(actor.id) as transaction:
            self._store.put(transaction, account)
            transaction.audit("choose_language", actor.id)

    def change_password(self, actor: Actor, password: str, new_password: str) -> str:
        """Changes one's own password; signs out everywhere and returns the id of a new session."""
        account, keys = self._who_knows(actor, password)
        demand_good(new_password, account.sign_in_name)
        new = msgspec.structs.replace(keys, password_hash=hash_password(new_password))
        return self._with_keys(account, new, "change_password")

    def set_totp(self, actor: Actor, password: str, secret: str, code: str) -> str:
        """Asks a code of an app from now on, once a first code shows that the app has the secret.

        Signs out everywhere and returns the id of a new session. Raises `Problem` for a wrong password or code.
        """
        account, keys = self._who_knows(actor, password)
        step = totp_step(secret, code, self._clock())
        if step is None:
            raise Problem(N_("This code is not right. Look whether the clock of your phone is right, and try again."))
        new = msgspec.structs.replace(keys, totp_secret=self._key.lock(secret), totp_last_step=step)
        return self._with_keys(account, new, "set_totp")

    def clear_totp(self, actor: Actor, password: str) -> str:
        """Asks no code any more; signs out everywhere and returns the id of a new session."""
        account, keys = self._who_knows(actor, password)
        return self._with_keys(account, Keys(password_hash=keys.password_hash), "clear_totp")

    def _who_knows(self, actor: Actor, password: str) -> tuple[Account, Keys]:
        demand(actor, "own_account")
        account, keys = self._found(actor.id), self._store.keys(actor.id)
        if not is_password(password, keys.password_hash):
            raise Problem(N_("This is not your password of now. Type it again."))
        return account, keys

    def _with_keys(self, account: Account, keys: Keys, verb: str) -> str:
        with self._store.transaction(account.id) as transaction:
            self._store.put_keys(transaction, account.id, keys)
            self._store.end_sessions(transaction, account.id)
            session_id = self._sessions.begin(transaction, account.id)
            transaction.audit(verb, account.id)
        return session_id


def _role(words: str) -> Role:
    if words not in ACCOUNT_ROLES:
        raise Problem(
            N_("There is no role “{words}”. Did you mean “{nearest}”? There are: {roles}."),
            words=words, nearest=closest(words, ACCOUNT_ROLES) or "worker", roles=", ".join(ACCOUNT_ROLES),
        )  # fmt: skip
    return next(role for role in ACCOUNT_ROLES if role == words)


def _demand_whole(account: Account) -> None:
    """Raises `Problem` when an account could do nothing of its own."""
    if account.role == "worker" and not account.team:
        raise Problem(N_("A professional needs a team. Give the name of one."))
    if account.role == "coach" and not account.areas:
        raise Problem(N_("A coach needs at least one neighbourhood."))
    if account.role == "steward" and not account.records:
        raise Problem(N_("A steward needs at least one record: its id is the end of the address of its page."))
