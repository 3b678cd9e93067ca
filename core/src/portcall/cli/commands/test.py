"""``portcall test``: a checklist from the plugin to the account's name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from time import perf_counter
from typing import Any, TypeVar

import attrs
import click

from portcall.cli.command import Command, Options, connecting, json_option, target_argument
from portcall.cli.commands.describe import hosts_of
from portcall.cli.exits import Exit
from portcall.cli.failures import OPERATOR, code_of, message_of
from portcall.cli.opening import Opened, load, open_host, open_target
from portcall.cli.output import mark, quiet, write, write_json
from portcall.cli.state import State
from portcall.cli.targets import Target, resolve
from portcall.destination import Destination
from portcall.secret import reveal
from portcall.urls import parse

_T = TypeVar("_T")
STEPS = ("plugin", "loaded", "settings", "hosts", "authentication")
UNKNOWN = "this destination has no way to ask (no test_authentication)"


@attrs.define
class Checklist:
    """The steps that were made, each with what came of it.

    Args:
        state: For redaction.
        show: Called with each line as it is known.
    """

    state: State
    show: Callable[[str], None]
    checks: list[dict[str, Any]] = attrs.field(factory=list)
    failure: BaseException | None = None
    target: Target | None = None

    def step(self, name: str, work: Callable[[], tuple[_T, str]]) -> _T:
        """Do one step: its *work* gives a value and what to say of it."""
        start = perf_counter()
        try:
            value, detail = work()
        except OPERATOR:
            raise
        except BaseException as exc:
            self.failure = exc
            self._note(name, "failed", message_of(exc, self.state.again), perf_counter() - start)
            raise
        self._note(name, "skipped" if detail == UNKNOWN else "ok", detail, perf_counter() - start)
        return value

    def skip_rest(self) -> None:
        """List the steps that could not be made."""
        for name in STEPS[len(self.checks) :]:
            self._note(name, "skipped", "", 0.0)

    def _note(self, name: str, status: str, detail: str, took_s: float) -> None:
        detail = self.state.clean(detail).rstrip()
        self.checks.append(
            {"name": name, "status": status, "detail": detail, "took_s": round(took_s, 4)}
        )
        timed = name == "authentication" and status != "skipped"
        time = f" ({took_s * 1000:.0f} ms)" if timed else ""
        shown = detail.replace("\n", f"\n{'':27}")
        self.show(f"  {mark(status, 7)}  {name:<14}  {shown}{time}".rstrip())


@click.command("test", cls=Command)
@target_argument
@connecting
@json_option
@click.pass_obj
def command(state: State, slug: str, options: Options, *, as_json: bool) -> int:
    """Check SLUG step by step: plugin, settings, hosts, and whose credentials these are.

    SLUG is a destination, or the name of a connection that is kept.
    """
    start = perf_counter()
    checklist = Checklist(state, (lambda _: None) if as_json else write)
    identity = None
    try:
        with ExitStack() as stack:
            identity = _check(checklist, state, slug, options, stack)
    except BaseException as exc:
        if exc is not checklist.failure or state.debug:
            raise
        checklist.skip_rest()
        code = code_of(exc)
    else:
        code = Exit.DONE
    took_s = round(perf_counter() - start, 3)
    if as_json:
        said = {"ok": not code, "identity": identity, "took_s": took_s}
        meant = checklist.target or Target(slug)
        about = {"slug": meant.slug, "connection": meant.name}
        write_json({**about, **said, "checks": checklist.checks}, state)
    elif code is Exit.DONE:
        skipped = [check["name"] for check in checklist.checks if check["status"] == "skipped"]
        passed = f"passed, but {skipped[0]} was not checked," if skipped else "passed"
        write(f"\n{slug}: all checks {passed} in {took_s:.2f} s.")
    return code


def _check(
    checklist: Checklist, state: State, slug: str, options: Options, stack: ExitStack
) -> str | None:
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

    checklist.target = target = checklist.step("plugin", find)
    destination = checklist.step("loaded", load_it)
    opened = checklist.step("settings", open_it)
    stack.callback(opened.warn_if_lost)
    checklist.step("hosts", lambda: (None, ", ".join(_hosts(destination, opened))))
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


def _hosts(destination: Destination, opened: Opened) -> list[str]:
    """Return the declared hosts, with the origin that a setting's URL has in place of its name."""
    settings = opened.connection.settings
    with quiet():
        return [_origin(pattern, settings) for pattern in hosts_of(destination, settings)]


def _origin(pattern: str, settings: Any) -> str:
    value = settings
    if not pattern.startswith("{"):
        return pattern
    for part in pattern.strip("{}").split("."):
        value = getattr(value, part, None)
    url = parse(reveal(value)) if value and not isinstance(value, list | tuple) else None
    return f"{url.scheme}://{url.authority}" if url else pattern
