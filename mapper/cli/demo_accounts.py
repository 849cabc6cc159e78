"""One account for each role of a demo, so that everything can be tried. Only `mapper demo` makes and opens them;
`mapper serve` closes them.
"""

import json
from pathlib import Path
from typing import NamedTuple

from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.core.accounts import ACCOUNT_ROLES
from mapper.model import new_id

_AREA = "Brabantwijk"


class DemoAccount(NamedTuple):
    """How to sign in with one role."""

    role: str
    name: str
    password: str


def demo_accounts(mapper: Mapper) -> list[DemoAccount]:
    """The demo accounts of this instance, made at its first start; none where somebody has an account already.

    The passwords are random and stand in `demo-accounts.json` of the instance, which only its owner can read, so
    that the next start can print them again.
    """
    kept = mapper.home / "demo-accounts.json"
    known = {account.sign_in_name for account in mapper.accounts.accounts(TERMINAL_ADMIN)}
    if not kept.is_file():
        if known:
            return []
        _keep(kept, [DemoAccount(role, _name(role), _password()) for role in ACCOUNT_ROLES])
    accounts = [DemoAccount(**one) for one in json.loads(kept.read_text(encoding="utf-8"))]
    for account in accounts:
        if account.name not in known:
            _make(mapper, account)
        else:
            mapper.accounts.disable(TERMINAL_ADMIN, account.name, disabled=False)
    return accounts


def close_demo_accounts(mapper: Mapper) -> int:
    """Closes the accounts that a demo made, for whoever serves its instance for real; returns how many were open."""
    names = {_name(role) for role in ACCOUNT_ROLES}
    still_open = [one for one in mapper.accounts.accounts(TERMINAL_ADMIN)
                  if one.sign_in_name in names and not one.is_disabled]  # fmt: skip
    for account in still_open:
        mapper.accounts.disable(TERMINAL_ADMIN, account.id)
    return len(still_open)


def _name(role: str) -> str:
    return f"demo-{role}"


def _password() -> str:
    return "-".join(new_id()[:5] for _ in range(3))


def _keep(path: Path, accounts: list[DemoAccount]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps([account._asdict() for account in accounts], indent=2) + "\n", encoding="utf-8")


def _make(mapper: Mapper, account: DemoAccount) -> None:
    area = mapper.area(_AREA) or next(iter(mapper.geography.neighbourhoods))
    _account, token = mapper.accounts.invite(
        TERMINAL_ADMIN,
        account.role,
        sign_in_name=account.name,
        team="Demo" if account.role in ("worker", "coach") else "",
        areas=(area,) if account.role == "coach" else (),
        records=(_record_in(mapper, area),) if account.role == "steward" else (),
    )
    mapper.sessions.end(mapper.accounts.accept(token, "", account.password))


def _record_in(mapper: Mapper, area: str) -> str:
    """A self-organisation in this neighbourhood, else any record."""
    records, geography = list(mapper.catalogue()), mapper.geography
    there = [one for one in records if geography.area_of(one.place).neighbourhood == area]
    groups = [one for one in there if one.kind == "self_organisation"]
    return min(one.id for one in groups or there or records)
