"""``portcall serve``: a process that takes events in and delivers them, until it is told to end."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

import click

from portcall import Project
from portcall.cli.authors import Command, Exit, State, current_project, warn
from portcall_server.commands.access_options import (
    PASSWORD,
    asked_account,
    check_url,
    is_loopback,
)
from portcall_server.commands.options import grace_option, host_option, workers_option
from portcall_server.demo.demonstration import Demonstration
from portcall_server.process.listening import Listening, open_socket
from portcall_server.process.logs import log_lines
from portcall_server.process.running import run_until_ended
from portcall_server.process.signals import signals
from portcall_server.service import Service, project_without_file
from portcall_server.web.access import Access
from portcall_server.web.mounted_pages import PATH, Pages

HIGHEST_PORT: Final = 65_535
HOST: Final = "127.0.0.1"
PORT: Final = 8717


@click.command("serve", cls=Command)
@host_option
@click.option(
    "--port",
    type=click.IntRange(0, HIGHEST_PORT),
    help=f"Listen on this port ({PORT}); 0 for any that is free.",
)
@workers_option
@click.option(
    "--no-workers", is_flag=True, help="Accept events, and leave the delivery to portcall work."
)
@grace_option
@click.option("--no-web", is_flag=True, help=f"Leave out the pages of portcall web at {PATH}/.")
@click.option(
    "--web-auth",
    metavar="NAME",
    help=f"Ask for this name and the password in {PASSWORD} on the pages.",
)
@click.option(
    "--web-url", default="", help="Origin at which browsers reach the pages, if it differs."
)
@click.option(
    "--demo",
    is_flag=True,
    help="Show the service at work: a source, a page that sends, two receivers.",
)
@click.pass_obj
def command(
    state: State,
    host: str | None,
    port: int | None,
    workers: int | None,
    grace: float | None,
    *,
    no_workers: bool,
    no_web: bool,
    web_auth: str | None,
    web_url: str,
    demo: bool,
) -> Exit:
    """Accept events over HTTP, as Segment does, and deliver them from the outbox.

    The project's file says which events it accepts, and where they go: its tables [serve] and [[source]]. On
    SIGTERM or Ctrl-C, batches in flight are finished; on SIGHUP, the project is read again. On an address of
    this machine alone, or with --web-auth, the pages of portcall web are there, too.
    """
    with ExitStack() as stack:
        demonstration = stack.enter_context(Demonstration(state)) if demo else None
        project = _project_of(demonstration)
        options = demonstration.options if demonstration is not None else {}
        stack.enter_context(log_lines(state))
        service = Service(
            project, workers=0 if no_workers else workers, grace_s=grace, options=options
        )
        if not project.sources:
            warn("the project has no [[source]]: no events are taken in over HTTP")
        address = host or project.service.host or HOST
        shows_pages = not no_web and (web_auth is not None or is_loopback(address))
        account = asked_account(web_auth, address, "--web-auth") if shows_pages else None
        check_url(web_url, "--web-url")
        listener = open_socket(address, _port_of(project, port))
        stack.callback(listener.close)
        pages: list[Pages] = []
        if shows_pages:
            plugins = demonstration.plugins if demonstration is not None else ()
            access = Access.at(address, listener.getsockname()[1], url=web_url, account=account)
            pages.append(Pages(project, service.outbox, access, web_url, options, plugins))
            stack.callback(pages[0].site.close)
        routes = demonstration.routes() if demonstration is not None else []
        app = service.app(routes, *(each.routes() for each in pages))
        return run_until_ended(
            service,
            stack.enter_context(signals()),
            lambda: Listening(app, listener, service.grace_s),
            lambda url: _print_addresses(url, pages, demonstration),
            None if demonstration is None else demonstration.show_progress,
        )


def _project_of(demonstration: Demonstration | None) -> Project:
    """Return the demonstration's project, else that of the folder, else one without a file."""
    if demonstration is not None:
        return demonstration.project
    return current_project() or project_without_file()


def _port_of(project: Project, asked: int | None) -> int:
    """Return the port of the option, else that of the project, else the usual one."""
    return next(each for each in (asked, project.service.port, PORT) if each is not None)


def _print_addresses(url: str, pages: list[Pages], demonstration: Demonstration | None) -> None:
    """Print the addresses of the service when it takes events."""
    click.echo(f"Listening on {url}", err=True)
    for each in pages:
        click.echo(f"Pages: {each.link(url)}", err=True)
    if demonstration is not None:
        demonstration.explain(url)
