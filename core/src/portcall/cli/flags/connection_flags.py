"""What the commands have in common: how they parse, and the options of those that connect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import attrs
import click

from portcall.cli.flags.tab_completion import (
    complete_action,
    complete_field,
    complete_name,
    complete_slug,
    complete_target,
)

_P = ParamSpec("_P")
_R = TypeVar("_R")
_Function = Callable[..., Any]

MOST_SECONDS: Final = 3600.0


class Command(click.Command):
    """A command that takes ``--debug`` too, and never repeats what it was given by mistake."""

    # A word too many may be half of a secret with a space in it: click would print it.
    allow_extra_args = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        about = "On an error, show the traceback, without secrets."
        debug = click.Option(
            ["--debug"], is_flag=True, expose_value=False, callback=_debug, help=about
        )
        self.params.append(debug)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and refuse words that no argument takes."""
        rest = super().parse_args(ctx, args)
        if ctx.args and not ctx.resilient_parsing:
            count = len(ctx.args)
            raise click.UsageError(
                f"{count} argument{'s' if count > 1 else ''} too many; put a value with spaces "
                "into quotes",
                ctx,
            )
        return rest


@attrs.frozen(kw_only=True)
class Options:
    """What the options say that every command which connects has.

    Args:
        sets: ``name=value`` of each ``--set``.
        set_files: ``name=path`` of each ``--set-file``.
        save_auth: File that keeps tokens.
        allow_private: Hosts that need no public address.
        allow_http: Public hosts that may be talked to in plain http.
        ca_file: The only certificate authorities to trust.
        timeout_s: Seconds for each request.
        stand_in: A Python file that plays the destination on this machine.
    """

    sets: Sequence[str] = attrs.field(default=(), repr=False)
    set_files: Sequence[str] = ()
    save_auth: str | None = None
    allow_private: Sequence[str] = ()
    allow_http: Sequence[str] = ()
    ca_file: str | None = None
    timeout_s: float | None = None
    stand_in: str | None = None


def slug_argument(function: _Function) -> _Function:
    """Take SLUG, completed from what is installed."""
    return click.argument("slug", shell_complete=complete_slug)(function)


def target_argument(function: _Function) -> _Function:
    """Take SLUG or the name of a connection, completed from both."""
    return click.argument("slug", shell_complete=complete_target)(function)


def name_argument(function: _Function) -> _Function:
    """Take the name of a stored connection."""
    return click.argument("name", shell_complete=complete_name)(function)


def action_argument(function: _Function) -> _Function:
    """Take ACTION, completed from what the destination can do."""
    return click.argument("action", shell_complete=complete_action)(function)


def json_option(function: _Function) -> _Function:
    """Take ``--json``."""
    about = "Print the result as JSON."
    return click.option("--json", "as_json", is_flag=True, help=about)(function)


def connecting(function: Callable[_P, _R]) -> Callable[..., _R]:
    """Take the options below, and pass them on as one ``options``."""
    return _taking(function, (*_FILLING, _SAVE_AUTH, *_REACHING, _STAND_IN))


def filling(function: Callable[_P, _R]) -> Callable[..., _R]:
    """Take them all but ``--save-auth``: there is a store."""
    return _taking(function, (*_FILLING, *_REACHING))


def reaching(function: Callable[_P, _R]) -> Callable[..., _R]:
    """Take only those that say where and how long."""
    return _taking(function, _REACHING)


def _taking(function: Callable[_P, _R], options: Sequence[_Function]) -> Callable[..., _R]:
    @wraps(function)
    def command(*args: Any, **kwargs: Any) -> _R:
        names = [each.name for each in attrs.fields(Options) if each.name in kwargs]
        given = Options(**{name: kwargs.pop(name) for name in names})
        return function(*args, options=given, **kwargs)  # type: ignore[arg-type]

    taken: _Function = command
    for option in reversed(options):
        taken = option(taken)
    return taken


def _debug(ctx: click.Context, _: click.Parameter, value: object) -> None:
    if value:
        ctx.obj.debug = True


_FILLING: Final = (
    click.option(
        "--set",
        "sets",
        metavar="FIELD=VALUE",
        multiple=True,
        shell_complete=complete_field,
        help="Fill in a field. Also from the environment: PORTCALL_<SLUG>_<FIELD>.",
    ),
    click.option(
        "--set-file",
        "set_files",
        metavar="FIELD=PATH",
        multiple=True,
        shell_complete=complete_field,
        help="Fill in a field from a file: a secret that should not be in the shell's history.",
    ),
)
_REACHING: Final = (
    click.option(
        "--allow-private",
        metavar="HOST",
        multiple=True,
        help="A host or network of your own that may be talked to, in plain http too.",
    ),
    click.option(
        "--allow-http",
        metavar="HOST",
        multiple=True,
        help="A public host that may be talked to in plain http.",
    ),
    click.option(
        "--ca-file",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        help="PEM file of the only certificate authorities to trust.",
    ),
    click.option(
        "--timeout",
        "timeout_s",
        metavar="SECONDS",
        type=click.FloatRange(0, MOST_SECONDS, min_open=True),
        help="Time for each request, from name lookup to the last byte (30).",
    ),
)
_SAVE_AUTH: Final = click.option(
    "--save-auth",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Keep tokens here (mode 0600): read at the start, written before fresh ones are used.",
)
_STAND_IN: Final = click.option(
    "--stand-in",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="A Python file whose stand_in(host) plays the destination on this machine, to try it.",
)
