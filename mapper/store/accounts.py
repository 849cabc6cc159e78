"""Accounts, teams, invitations, sessions and tries to sign in, as they stand in the tables.

Nothing in here can be used to sign in by whoever reads it: of passwords, session ids and invitation links only hashes
are kept.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from typing import Any

import msgspec

from mapper.access import Role
from mapper.model import Record
from mapper.store.audit import Transaction
from mapper.store.sqlite import SqliteStore


class Team(Record, frozen=True):
    """Colleagues who see the same cases."""

    id: str
    name: str
    #: A welfare centre leaves the four circles out: there they would be an inquiry into income.
    without_circles: bool = False


class Account(Record, frozen=True):
    """Somebody who may sign in, under a shared address such as onthaal@… or a word: nobody has to give their name."""

    id: str
    role: Role
    #: "" until the invited person has chosen one.
    sign_in_name: str = ""
    #: Id of a team.
    team: str = ""
    records: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    #: Of the interface; "" follows the browser.
    language: str = ""
    is_disabled: bool = False
    #: Whether a password was chosen, and whether a second step is asked.
    has_password: bool = False
    has_totp: bool = False


class Keys(Record, frozen=True):
    """What an account signs in with. Never leaves `core`."""

    password_hash: str = ""
    #: Encrypted.
    totp_secret: str = ""
    #: The last thirty seconds whose code was used: each code works once.
    totp_last_step: int = 0


class Session(Record, frozen=True):
    """One browser that is signed in."""

    account: str
    begun_at: dt.datetime
    seen_at: dt.datetime


class Tries(Record, frozen=True):
    """Failed tries to sign in by somebody or from somewhere."""

    failures: int
    last_at: dt.datetime
    not_before: dt.datetime


_ACCOUNT = "id, role, sign_in_name, team, records, areas, language, is_disabled, password_hash <> '', totp_secret <> ''"


def hash_of(token: str) -> str:
    """What is kept of a session id or an invitation: both are random enough that a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


class AccountStore:
    """The tables of this room. Everything that writes happens in the transaction that is given."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        #: Opens a transaction: see `SqliteStore.transaction`.
        self.transaction = store.transaction

    # Accounts

    def accounts(self) -> list[Account]:
        """Every account, by role and name."""
        return [_account(row) for row in self._store.rows(
            f"SELECT {_ACCOUNT} FROM accounts ORDER BY role, sign_in_name, id"  # noqa: S608 - a fixed list of columns
        )]  # fmt: skip

    def account(self, account_id: str) -> Account | None:
        """One account by its id."""
        return self._one("id", account_id)

    def by_name(self, sign_in_name: str) -> Account | None:
        """The account that signs in with this name, as `name_key` writes it."""
        return self._one("sign_in_name", sign_in_name)

    def by_subject(self, oidc_subject: str) -> Account | None:
        """The account that an identity provider knows under this subject."""
        return self._one("oidc_subject", oidc_subject)

    def _one(self, column: str, value: str) -> Account | None:
        rows = self._store.rows(f"SELECT {_ACCOUNT} FROM accounts WHERE {column} = ?", value)  # noqa: S608
        return _account(rows[0]) if rows and value else None

    def put(self, transaction: Transaction, account: Account) -> None:
        """Adds an account, or changes everything about it but what it signs in with."""
        values = (
            account.sign_in_name or None, account.role, account.team or None, json.dumps(account.records),
            json.dumps(account.areas), account.language, account.is_disabled,
        )  # fmt: skip
        transaction.execute(
            """INSERT INTO accounts (id, sign_in_name, role, team, records, areas, language, is_disabled)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET sign_in_name = excluded.sign_in_name,
            role = excluded.role, team = excluded.team, records = excluded.records, areas = excluded.areas,
            language = excluded.language, is_disabled = excluded.is_disabled""",
            (account.id, *values),
        )

    def keys(self, account_id: str) -> Keys:
        """What this account signs in with."""
        rows = self._store.rows(
            "SELECT password_hash, totp_secret, totp_last_step FROM accounts WHERE id = ?", account_id
        )
        return Keys(password_hash=rows[0][0], totp_secret=rows[0][1], totp_last_step=rows[0][2]) if rows else Keys()

    def put_keys(self, transaction: Transaction, account_id: str, keys: Keys) -> None:
        """Replaces what this account signs in with."""
        transaction.execute(
            "UPDATE accounts SET password_hash = ?, totp_secret = ?, totp_last_step = ? WHERE id = ?",
            (keys.password_hash, keys.totp_secret, keys.totp_last_step, account_id),
        )

    def use_step(self, transaction: Transaction, account_id: str, step: int) -> bool:
        """Notes that the code of these thirty seconds was used; False when it, or a later one, was used before."""
        found = transaction.execute(
            "UPDATE accounts SET totp_last_step = ? WHERE id = ? AND totp_last_step < ?", (step, account_id, step)
        )
        return found.rowcount == 1

    def subject_of(self, account_id: str) -> str:
        """Under which subject the identity provider knows this account; "" when it does not yet."""
        rows = self._store.rows("SELECT coalesce(oidc_subject, '') FROM accounts WHERE id = ?", account_id)
        return str(rows[0][0]) if rows else ""

    def put_subject(self, transaction: Transaction, account_id: str, oidc_subject: str) -> None:
        """Notes under which subject the identity provider knows this account."""
        transaction.execute("UPDATE accounts SET oidc_subject = ? WHERE id = ?", (oidc_subject, account_id))

    # Teams

    def teams(self) -> list[Team]:
        """Every team, by name."""
        rows = self._store.rows("SELECT id, name, without_circles FROM teams ORDER BY name")
        return [Team(id=row[0], name=row[1], without_circles=bool(row[2])) for row in rows]

    def put_team(self, transaction: Transaction, team: Team) -> None:
        """Adds a team, or changes it."""
        transaction.execute(
            "INSERT INTO teams VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
            "without_circles = excluded.without_circles",
            (team.id, team.name, team.without_circles),
        )

    # Invitations

    def invitation(self, token: str) -> tuple[str, dt.datetime] | None:
        """The account that an invitation opens, and until when."""
        rows = self._store.rows("SELECT account, expires_at FROM invitations WHERE token_hash = ?", hash_of(token))
        return (rows[0][0], _time(rows[0][1])) if rows else None

    def put_invitation(self, transaction: Transaction, account_id: str, token: str, expires_at: dt.datetime) -> None:
        """Keeps the hash of an invitation; one that this account had before works no longer."""
        self.remove_invitation(transaction, account_id)
        transaction.execute("INSERT INTO invitations VALUES (?, ?, ?)", (hash_of(token), account_id, _text(expires_at)))

    def remove_invitation(self, transaction: Transaction, account_id: str) -> bool:
        """Whether there was one."""
        return transaction.execute("DELETE FROM invitations WHERE account = ?", (account_id,)).rowcount > 0

    # Sessions

    def session(self, session_id: str) -> Session | None:
        """The session of this id, however old."""
        rows = self._store.rows(
            "SELECT account, begun_at, seen_at FROM sessions WHERE id_hash = ?", hash_of(session_id)
        )
        return Session(account=rows[0][0], begun_at=_time(rows[0][1]), seen_at=_time(rows[0][2])) if rows else None

    def add_session(self, transaction: Transaction, session_id: str, account_id: str, at: dt.datetime) -> None:
        """Begins a session; only the hash of its id is kept."""
        transaction.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?)", (hash_of(session_id), account_id, _text(at), _text(at))
        )

    def see_session(self, transaction: Transaction, session_id: str, at: dt.datetime) -> None:
        """Notes that a session was used."""
        transaction.execute("UPDATE sessions SET seen_at = ? WHERE id_hash = ?", (_text(at), hash_of(session_id)))

    def end_session(self, transaction: Transaction, session_id: str) -> bool:
        """Ends one session; False when there was none."""
        return transaction.execute("DELETE FROM sessions WHERE id_hash = ?", (hash_of(session_id),)).rowcount > 0

    def end_sessions(self, transaction: Transaction, account_id: str) -> int:
        """Ends every session of an account; returns how many there were."""
        return transaction.execute("DELETE FROM sessions WHERE account = ?", (account_id,)).rowcount

    def end_old_sessions(self, transaction: Transaction, begun: dt.datetime, seen: dt.datetime) -> None:
        """Ends every session that began, or was last seen, before these."""
        transaction.execute("DELETE FROM sessions WHERE begun_at < ? OR seen_at < ?", (_text(begun), _text(seen)))

    # Tries to sign in

    def tries(self, transaction: Transaction, who: str) -> Tries | None:
        """Failed tries under this hash."""
        row = transaction.execute(
            "SELECT failures, last_at, not_before FROM sign_in_tries WHERE who_hash = ?", (who,)
        ).fetchone()
        return Tries(failures=row[0], last_at=_time(row[1]), not_before=_time(row[2])) if row else None

    def put_tries(self, transaction: Transaction, who: str, tries: Tries) -> None:
        """Replaces what is known under this hash."""
        transaction.execute(
            "INSERT OR REPLACE INTO sign_in_tries VALUES (?, ?, ?, ?)",
            (who, tries.failures, _text(tries.last_at), _text(tries.not_before)),
        )

    def forget_tries(self, transaction: Transaction, whose: Iterable[str], before: dt.datetime) -> None:
        """Forgets the tries under these hashes, and all that are older."""
        for who in whose:
            transaction.execute("DELETE FROM sign_in_tries WHERE who_hash = ?", (who,))
        transaction.execute("DELETE FROM sign_in_tries WHERE last_at < ?", (_text(before),))


def _account(row: tuple[Any, ...]) -> Account:
    account_id, role, name, team, records, areas, language, disabled, password, totp = row
    return msgspec.convert(
        {
            "id": account_id, "role": role, "sign_in_name": name or "", "team": team or "",
            "records": json.loads(records), "areas": json.loads(areas), "language": language,
            "is_disabled": bool(disabled), "has_password": bool(password), "has_totp": bool(totp),
        },
        Account,
    )  # fmt: skip


def _text(at: dt.datetime) -> str:
    """UTC to the second, so that times sort as words."""
    return at.astimezone(dt.UTC).isoformat(timespec="seconds")


def _time(words: str) -> dt.datetime:
    return dt.datetime.fromisoformat(words)
