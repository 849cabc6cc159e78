"""Serving the site."""

import click

from mapper.cli.demo_accounts import close_demo_accounts, demo_accounts
from mapper.cli.terminal import Terminal, as_json_option, main, print_json
from mapper.exchange.plan import ImportReport
from mapper.wording import ROLE_LABELS


@main.command()
@click.option("--port", type=int, envvar="MAPPER_PORT", default=8000, show_default=True)
@click.pass_obj
def demo(terminal: Terminal, port: int) -> None:
    """Make an instance if there is none, load the shipped inventory, make an account for each role, and serve it.

    Example: mapper demo --port 8080
    """
    from mapper.web.server import check_port, serve

    check_port(port)
    with terminal.open(create=True) as mapper:
        report = mapper.load_shipped()
        count = mapper.count()
        accounts = demo_accounts(mapper)
        mapper.keys.make_first()
    _tell_loaded(terminal, report, count)
    if accounts:
        click.echo(terminal.say("Sign in at {address} as (only in this demo):").format(
            address=f"http://127.0.0.1:{port}/sign-in"
        ))  # fmt: skip
        for one in accounts:
            click.echo(f"  {terminal.say(ROLE_LABELS[one.role])}: {one.name}  {one.password}")
    serve(terminal.home, port, terminal.say)


def _tell_loaded(terminal: Terminal, report: ImportReport, count: int) -> None:
    if report.new or report.changed:
        click.echo(
            terminal.say("Inventory loaded: {new} new, {changed} changed.").format(
                new=len(report.new), changed=len(report.changed)
            )
        )
    click.echo(terminal.say("{count} places in {home}.").format(count=count, home=terminal.home))


@main.command()
@as_json_option
@click.pass_obj
def create(terminal: Terminal, as_json: bool) -> None:
    """Make an instance to be served for real: the shipped inventory, nobody's account. Again: takes in what is new.

    Example: mapper --home /srv/mapper create
    """
    with terminal.open(create=True) as mapper:
        report = mapper.load_shipped()
        count = mapper.count()
    if as_json:
        print_json({"home": str(terminal.home), "count": count, "new": report.new, "changed": report.changed})
        return
    _tell_loaded(terminal, report, count)


@main.command("serve")
@click.option("--port", type=int, envvar="MAPPER_PORT", default=8000, show_default=True)
@click.option("--host", envvar="MAPPER_HOST", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.pass_obj
def serve_command(terminal: Terminal, port: int, host: str, workers: int) -> None:
    """Serve an instance that exists. Accounts that a demo made in it are closed.

    Example: mapper --home /srv/mapper serve --port 8000 --workers 2
    """
    from mapper.web.server import check_port, serve

    check_port(port, host)
    with terminal.open() as mapper:  # a missing or broken store is told here, in one sentence
        closed = close_demo_accounts(mapper)
    if closed:
        click.echo(terminal.say("{count} accounts of the demo were closed. Make others: mapper account invite").format(
            count=closed
        ))  # fmt: skip
    serve(terminal.home, port, terminal.say, host=host, workers=workers)
