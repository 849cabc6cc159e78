"""Accounts and the audit, from the terminal of the machine itself."""

from typing import Any

import click

from mapper.access import Actor
from mapper.cli.terminal import Terminal, area_id, as_json_option, main, print_json
from mapper.core import Mapper, letter
from mapper.core.accounts import ACCOUNT_ROLES
from mapper.core.sessions import Account
from mapper.model import Problem
from mapper.text import N_


@main.group("account")
def account_group() -> None:
    """Who may sign in.

    Example: mapper account invite --role worker --team Onthaal
    """


@account_group.command("invite")
@click.option("--role", type=click.Choice(ACCOUNT_ROLES), required=True)
@click.option("--name", default="", help="Sign-in name, rather a shared address than a person's; else chosen later.")
@click.option("--team", default="", help="Name of the team, made when it is new.")
@click.option("--areas", default="", help="Neighbourhoods of a coach, with a comma between: 22,Brabantwijk.")
@click.option("--records", default="", help="Ids of the records of a steward, with a comma between.")
@click.option("--mail", is_flag=True, help="Send the link to the sign-in name as well (needs MAPPER_SMTP_URL).")
@as_json_option
@click.pass_obj
def invite(
    terminal: Terminal, role: str, name: str, team: str, areas: str, records: str, mail: bool, as_json: bool
) -> None:
    """Make an account and print its one-time link, which works for seven days.

    Example: mapper account invite --role coach --areas Brabantwijk --json
    """
    if mail and not (letter.can_send() and "@" in name):
        raise Problem(N_("To send mail, set MAPPER_SMTP_URL and give a mail address with --name."))
    with terminal.open() as mapper:
        account, token = mapper.accounts.invite(
            terminal.writer(), role, sign_in_name=name, team=team, records=_words(records),
            areas=[area_id(mapper, words) for words in _words(areas)],
        )  # fmt: skip
    _print_link(terminal, account, token, as_json=as_json)
    if mail:
        letter.send_link(account.sign_in_name, letter.link_of(token))


def _words(given: str) -> list[str]:
    return [word for part in given.split(",") if (word := part.strip())]


def _print_link(terminal: Terminal, account: Account, token: str, *, as_json: bool) -> None:
    link = letter.link_of(token)
    if as_json:
        print_json({"account": account.id, "role": account.role, "link": link})
    else:
        click.echo(terminal.say("Hand over this link; it works once, for seven days:"))
        click.echo(link)


@account_group.command("list")
@as_json_option
@click.pass_obj
def list_accounts(terminal: Terminal, as_json: bool) -> None:
    """Every account, its role and whether it may sign in.

    Example: mapper account list --json
    """
    with terminal.open() as mapper:
        accounts = mapper.accounts.accounts(terminal.writer())
        names = {team.id: team.name for team in mapper.accounts.teams()}
    if as_json:
        print_json([_table(account, names) for account in accounts])
        return
    for account in accounts:
        state = ""
        if account.is_disabled:
            state = terminal.say("may not sign in")
        elif not account.has_password:
            state = terminal.say("invited, has not answered yet")
        of = (names.get(account.team, ""), ",".join(account.areas), ",".join(account.records), state)
        click.echo("  ".join(filter(None, (account.id, account.role, account.sign_in_name, *of))))
    if not accounts:
        click.echo(terminal.say("Nobody has an account yet. Invite somebody: mapper account invite --role admin"))


def _table(account: Account, team_names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": account.id, "name": account.sign_in_name, "role": account.role,
        "team": team_names.get(account.team, ""), "areas": list(account.areas), "records": list(account.records),
        "may_sign_in": not account.is_disabled and account.has_password, "second_step": account.has_totp,
    }  # fmt: skip


def _done(terminal: Terminal, account: Account, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(_table(account, {}) | {"done": True})
    else:
        click.echo(sentence.format(name=account.sign_in_name or account.id))


@account_group.command("disable")
@click.argument("account")
@as_json_option
@click.pass_obj
def disable(terminal: Terminal, account: str, as_json: bool) -> None:
    """Keep an account from signing in; it is signed out everywhere at once.

    Example: mapper account disable onthaal@example.org
    """
    with terminal.open() as mapper:
        actor = terminal.writer()
        changed = mapper.accounts.disable(actor, _id_of(mapper, actor, account))
    _done(terminal, changed, terminal.say("{name} may not sign in any more."), as_json=as_json)


@account_group.command("reset")
@click.argument("account")
@as_json_option
@click.pass_obj
def reset(terminal: Terminal, account: str, as_json: bool) -> None:
    """Take away password and second step, and print a new one-time link.

    Example: mapper account reset onthaal@example.org
    """
    with terminal.open() as mapper:
        actor = terminal.writer()
        changed, token = mapper.accounts.reset(actor, _id_of(mapper, actor, account))
    _print_link(terminal, changed, token, as_json=as_json)


@account_group.command("sign-out")
@click.argument("account")
@as_json_option
@click.pass_obj
def sign_out(terminal: Terminal, account: str, as_json: bool) -> None:
    """Sign an account out in every browser.

    Example: mapper account sign-out onthaal@example.org
    """
    with terminal.open() as mapper:
        actor = terminal.writer()
        changed = mapper.accounts.sign_out(actor, _id_of(mapper, actor, account))
    _done(terminal, changed, terminal.say("{name} is signed out everywhere."), as_json=as_json)


def _id_of(mapper: Mapper, actor: Actor, words: str) -> str:
    """The id of an account that is named by its id or its sign-in name."""
    return mapper.accounts.account(actor, words).id


@main.group("audit")
def audit_group() -> None:
    """Who did what to which record.

    Example: mapper audit verify
    """


@audit_group.command("verify")
@as_json_option
@click.pass_obj
def verify(terminal: Terminal, as_json: bool) -> None:
    """Whether the chain of the audit is whole; note the last hash elsewhere, to see later that no end was cut off.

    Example: mapper audit verify --json
    """
    with terminal.open() as mapper:
        found = mapper.verify_audit(terminal.writer())
    if as_json:
        print_json({"lines": found.lines, "last_hash": found.last_hash, "first_broken": found.first_broken})
    elif found.first_broken is None:
        click.echo(terminal.say("The audit is whole: {lines} lines, the last hash is").format(lines=found.lines))
        click.echo(found.last_hash)
    if found.first_broken is not None:
        raise Problem(
            N_("The audit is broken at line {line}: it was changed by something else than mapper."),
            line=found.first_broken,
        )


@audit_group.command("list")
@click.option("--after", type=int, default=0, help="Only lines with a higher number.")
@click.option("--about", default="", help="Only lines about this id.")
@as_json_option
@click.pass_obj
def list_audit(terminal: Terminal, after: int, about: str, as_json: bool) -> None:
    """The lines of the audit, oldest first: number, moment, by which account, what, about which id.

    Example: mapper audit list --after 100 --json
    """
    with terminal.open() as mapper:
        lines = [line for line in mapper.audit_lines(terminal.writer(), after) if about in ("", line.about)]
    if as_json:
        print_json([
            {"seq": line.seq, "at": line.at, "by": line.by, "verb": line.verb, "about": line.about} for line in lines
        ])  # fmt: skip
        return
    for line in lines:
        click.echo(f"{line.seq}  {line.at}  {line.by or '-'}  {line.verb}  {line.about}")
