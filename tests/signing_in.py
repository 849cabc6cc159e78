"""A browser that is signed in, for tests: in one line, without a form and without hashing a password."""

from typing import Any, NamedTuple

import msgspec
from flask.testing import FlaskClient

from mapper.access import TERMINAL_ADMIN, Actor
from mapper.core import Mapper
from mapper.core.accounts import Account
from mapper.core.sessions import actor_of
from mapper.model import new_id
from mapper.store.accounts import AccountStore, Team


class SignedIn(NamedTuple):
    """Who signed in, and what their forms carry."""

    account: Account
    actor: Actor
    session_id: str
    token: str

    @property
    def cookie(self) -> dict[str, Any]:
        """The cookie of this session, for a real browser: see `visit` in tests/browser.py."""
        return {"name": "mapper", "value": self.session_id}

    def form(self, **fields: Any) -> dict[str, Any]:
        """Fields of a form with its token: `client.post(url, data=me.form(name="x"))`."""
        return {"form_token": self.token, **fields}


def make_account(mapper: Mapper, role: Any, **fields: Any) -> Account:
    """An account of a role, with fields of `Account`. `team` is the id of a team, which is made when it is new."""
    account = Account(id=fields.pop("id", new_id()), role=role, **fields)
    accounts = AccountStore(mapper._store)
    with accounts.transaction(TERMINAL_ADMIN.id) as transaction:
        if account.team and all(team.id != account.team for team in accounts.teams()):
            accounts.put_team(transaction, Team(id=account.team, name=account.team))
        accounts.put(transaction, account)
    return account


def sign_in(client: FlaskClient, mapper: Mapper, role: Any, **fields: Any) -> SignedIn:
    """Makes an account and signs this client in with it: `sign_in(client, mapper, "worker", team="t1")`."""
    return sign_in_as(client, mapper, make_account(mapper, role, **fields))


def sign_in_as(client: FlaskClient, mapper: Mapper, account: Account) -> SignedIn:
    """Signs this client in with an account that is there."""
    from mapper.web.guard import token_of

    with mapper.sessions._store.transaction(account.id) as transaction:
        session_id = mapper.sessions.begin(transaction, account.id)
    client.set_cookie("mapper", session_id)
    return SignedIn(account, actor_of(account), session_id, token_of(session_id))


def with_password(mapper: Mapper, account: Account, password: str) -> Account:
    """The account, with a password to sign in with."""
    from mapper.core.passwords import hash_password
    from mapper.store.accounts import Keys

    store = AccountStore(mapper._store)
    with store.transaction(account.id) as transaction:
        store.put_keys(transaction, account.id, Keys(password_hash=hash_password(password)))
    return msgspec.structs.replace(account, has_password=True)
