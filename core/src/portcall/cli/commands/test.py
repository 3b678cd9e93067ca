"""``portcall test``: a checklist from the plugin to the account's name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from time import perf_counter

import click

from portcall.cli.connections.checklist import UNKNOWN, Checklist
from portcall.cli.connections.host_check import check_hosts
from portcall.cli.connections.open_connection import Opened, open_target
from portcall.cli.connections.open_host import load, open_host
from portcall.cli.connections.targets import Target, resolve
from portcall.cli.exit_codes import Exit
from portcall.cli.flags.base_command import Command, json_option, target_argument
from portcall.cli.flags.connection_flags import Options, connecting
from portcall.cli.process.supervised_child import Tell, supervise
from portcall.cli.project.settled_options import settled
from portcall.cli.state import State
from portcall.cli.terminal.error_messages import code_of, report
from portcall.cli.terminal.output import quiet, write, write_json
from portcall.destination import Destination


@click.command("test", cls=Command)
@target_argument
@connecting
@json_option
@click.pass_obj
def command(state: State, slug: str, options: Options, *, as_json: bool) -> int:
    """Check SLUG step by step: plugin, settings, hosts, and whose credentials these are.

    SLUG is a destination, or the name of a stored connection.
    """
    show: Callable[[str], None] = (lambda _: None) if as_json else write

    def work(tell: Tell) -> int:
        try:
            return _test(Checklist(slug, state, show, tell), state, options, as_json=as_json)
        except BaseException as exc:  # noqa: BLE001  # a process of its own: nothing may come out
            return report(exc, state)

    start = perf_counter()
    ended = supervise(work)
    if ended.code is not None:
        return ended.code
    checklist = Checklist(slug, state, show)
    checklist.go_on(ended.told, f"the process ended ({ended.how}) during this step")
    took_s = round(perf_counter() - start, 3)
    if as_json:
        write_json(checklist.to_json(identity=None, took_s=took_s, ok=False), state)
    return Exit.USAGE


def _test(checklist: Checklist, state: State, options: Options, *, as_json: bool) -> int:
    start, word = perf_counter(), checklist.slug
    identity, code = None, Exit.DONE
    try:
        with ExitStack() as stack:
            identity = _check(checklist, state, word, options, stack)
    except BaseException as exc:
        if exc is not checklist.failure or state.debug:
            raise
        checklist.skip_rest()
        code = code_of(exc)
    took_s = round(perf_counter() - start, 3)
    if as_json:
        write_json(checklist.to_json(identity=identity, took_s=took_s, ok=not code), state)
    elif code is Exit.DONE:
        skipped = [check["name"] for check in checklist.checks if check["status"] == "skipped"]
        passed = f"passed, but {skipped[0]} was not checked," if skipped else "passed"
        write(f"\n{word}: all checks {passed} in {took_s:.2f} s.")
    return code


def _check(
    checklist: Checklist, state: State, slug: str, options: Options, stack: ExitStack
) -> str | None:
    options = settled(slug, options)
    host = stack.enter_context(open_host(options))

    def find() -> tuple[Target, str]:
        target = resolve(slug, host.destinations, state)
        info = host.destinations[target.slug]
        kept = f", for the connection {target.name}" if target.name else ""
        return target, f"{info.slug} from {info.source}{kept}"

    def load_it() -> tuple[Destination, str]:
        destination = load(host, target.slug)
        return destination, f"scheme {destination.scheme}, {_contents(destination)}"

    def open_it() -> tuple[Opened, str]:
        return open_target(state, destination, target, options), "valid"

    target = checklist.step("plugin", find)
    checklist.aim(target)
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
