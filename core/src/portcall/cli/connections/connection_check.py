"""What ``portcall test`` does; the plugin is found before what a connection needs is imported."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from time import perf_counter
from typing import TYPE_CHECKING

from portcall.cli.connections.announced_options import announce_options, refuse_contradictions
from portcall.cli.connections.checklist import Checklist
from portcall.cli.connections.targets import Target, resolve
from portcall.cli.destinations.installed_catalog import installed_catalog
from portcall.cli.exit_codes import Exit
from portcall.cli.flags.connection_flags import Options
from portcall.cli.process.supervised_child import Tell, supervise
from portcall.cli.project.current_project import current_project
from portcall.cli.project.settled_options import settled
from portcall.cli.state import State
from portcall.cli.terminal.error_messages import code_of, report
from portcall.cli.terminal.output import write, write_json

if TYPE_CHECKING:
    from portcall.host import Host


def check_connection(state: State, word: str, options: Options, *, as_json: bool) -> int:
    """Take the steps of a checklist, each shown as its outcome is known; return the exit code.

    Args:
        state: For redaction.
        word: The name of a connection, or a slug.
        options: How to connect.
        as_json: Print all steps in the end, for a program.
    """
    show: Callable[[str], None] = (lambda _: None) if as_json else write

    def work(tell: Tell) -> int:
        try:
            return _test(Checklist(word, state, show, tell), options, as_json=as_json)
        except BaseException as exc:  # noqa: BLE001  # a process of its own: nothing may come out
            return report(exc, state)

    start = perf_counter()
    ended = supervise(work)
    if ended.code is not None:
        return ended.code
    checklist = Checklist(word, state, show)
    checklist.go_on(ended.told, f"the process ended ({ended.how}) during this step")
    took_s = round(perf_counter() - start, 3)
    if as_json:
        write_json(checklist.to_json(identity=None, took_s=took_s, ok=False), state)
    return Exit.USAGE


def _test(checklist: Checklist, options: Options, *, as_json: bool) -> int:
    start, word, state = perf_counter(), checklist.slug, checklist.state
    identity, code = None, Exit.DONE
    try:
        with ExitStack() as stack:
            options = settled(word, options)
            announce_options(options)
            refuse_contradictions(options)
            host = stack.enter_context(_host(options)) if _may_be_refused(options) else None
            target = _find(checklist)
            # Importing this takes longer than all that was needed to find the plugin.
            from portcall.cli.connections.connection_steps import take_steps  # noqa: PLC0415

            identity = take_steps(checklist, target, options, stack, host)
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


def _may_be_refused(options: Options) -> bool:
    """Return whether opening the host may fail, which is then the only thing to report."""
    project = current_project()
    return options.stand_in is not None or bool(project and project.extras)


def _host(options: Options) -> Host:
    from portcall.cli.connections.open_host import open_host  # noqa: PLC0415  # as below

    return open_host(options)


def _find(checklist: Checklist) -> Target:
    """Take the first step: find the plugin, by metadata alone."""
    word, catalog = checklist.slug, installed_catalog()

    def find() -> tuple[Target, str]:
        target = resolve(word, catalog, checklist.state)
        info = catalog[target.slug]
        kept = f", for the connection {target.name}" if target.name else ""
        return target, f"{info.slug} from {info.source}{kept}"

    target = checklist.step("plugin", find)
    checklist.aim(target)
    return target
