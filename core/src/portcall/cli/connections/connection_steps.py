"""The steps of ``portcall test`` once the plugin is found: loaded, settings, hosts, authentication."""

from __future__ import annotations

from contextlib import ExitStack

from portcall.cli.connections.checklist import UNKNOWN, Checklist
from portcall.cli.connections.host_check import check_hosts
from portcall.cli.connections.open_connection import Opened, open_target
from portcall.cli.connections.open_host import load, open_host
from portcall.cli.connections.targets import Target
from portcall.cli.flags.connection_flags import Options
from portcall.cli.terminal.output import quiet
from portcall.destination import Destination
from portcall.host import Host


def take_steps(
    checklist: Checklist, target: Target, options: Options, stack: ExitStack, host: Host | None
) -> str | None:
    """Take the steps that need a connection; return whose credentials these are.

    Args:
        checklist: Has found the plugin.
        target: What is tested.
        options: As they count for it.
        stack: Closes what is opened.
        host: Of these options; opened if None.
    """
    host = host or stack.enter_context(open_host(options))

    def load_it() -> tuple[Destination, str]:
        destination = load(host, target.slug)
        return destination, f"scheme {destination.scheme}, {_contents(destination)}"

    def open_it() -> tuple[Opened, str]:
        return open_target(checklist.state, destination, target, options), "valid"

    destination = checklist.step("loaded", load_it)
    opened = checklist.step("settings", open_it)
    stack.callback(opened.warn_if_lost)
    checklist.step("hosts", lambda: (None, ", ".join(check_hosts(opened.connection, options))))
    return checklist.step("authentication", lambda: _identity(opened))


def _identity(opened: Opened) -> tuple[str | None, str]:
    if not opened.connection.destination.stack.implements("test_authentication"):
        return None, UNKNOWN
    with quiet():
        identity = opened.connection.test()
    return identity, identity or "accepted; this destination names no account"


def _contents(destination: Destination) -> str:
    with quiet():
        fields, actions = len(destination.fields), len(destination.actions)
    return f"{fields} field{'s'[: fields != 1]}, {actions} action{'s'[: actions != 1]}"
