"""``portcall serve``: a process that takes events in and delivers them, until it is told to end."""

from __future__ import annotations

from typing import Final

import click

from portcall.cli.authors import Command, State
from portcall_server.app import build_app
from portcall_server.health import health_routes
from portcall_server.listening import Listening, open_socket
from portcall_server.signals import ending

HIGHEST_PORT: Final = 65_535
PORT: Final = 8717


@click.command("serve", cls=Command)
@click.option(
    "--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Listen there."
)
@click.option(
    "--port",
    type=click.IntRange(0, HIGHEST_PORT),
    default=PORT,
    show_default=True,
    help="Listen on this port; 0 for any that is free.",
)
@click.pass_obj
def command(state: State, host: str, port: int) -> None:  # noqa: ARG001
    """Take events in over HTTP and deliver them; ends on SIGTERM or Ctrl-C."""
    app = build_app(health_routes(lambda: ""))
    with ending() as ended, Listening(app, open_socket(host, port)) as listening:
        click.echo(f"Listening on {listening.url}", err=True)
        ended.wait()
