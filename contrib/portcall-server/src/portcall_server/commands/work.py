"""``portcall work``: deliver what is in the outbox, until the process is told to end."""

from __future__ import annotations

from typing import Final

import click

from portcall.cli.authors import Command, Exit, State, current_project
from portcall_server.commands.options import grace_option, host_option, workers_option
from portcall_server.process.listening import Listening, open_socket
from portcall_server.process.logs import log_lines
from portcall_server.process.running import run_until_ended
from portcall_server.process.signals import signals
from portcall_server.service import Service, project_without_file

HIGHEST_PORT: Final = 65_535
HOST: Final = "127.0.0.1"


@click.command("work", cls=Command)
@workers_option
@grace_option
@host_option
@click.option(
    "--port",
    type=click.IntRange(0, HIGHEST_PORT),
    help="Answer /healthz, /readyz and /metrics on this port (none).",
)
@click.pass_obj
def command(
    state: State, workers: int | None, grace: float | None, host: str | None, port: int | None
) -> Exit:
    """Deliver the events of the outbox; any number of processes may do so at once.

    On SIGTERM or Ctrl-C, batches in flight are finished; on SIGHUP, the project is read again.
    """
    project = current_project() or project_without_file()
    with log_lines(state), signals() as told:
        service = Service(project, workers=workers, grace_s=grace, takes_in=False)

        def listening() -> Listening:
            return Listening(service.app(), open_socket(host or HOST, port or 0), service.grace_s)

        def began(url: str) -> None:
            after = f"; listening on {url}" if url else ""
            click.echo(f"Delivering from {service.outbox.storage.place}{after}", err=True)

        return run_until_ended(service, told, None if port is None else listening, began)
