"""The options of the commands that connect: what to fill in, and where and how long to send."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import attrs
import click

from portcall.cli.flags.project_defaults import is_given, place_in_project
from portcall.cli.flags.tab_completion import complete_field
from portcall.model.limits import NO_LIMITS, Limits
from portcall.model.opaque import EMPTY
from portcall.store.reach import Reach

_P = ParamSpec("_P")
_R = TypeVar("_R")
_Function = Callable[..., Any]

MOST_SECONDS: Final = 3600.0


@attrs.frozen(kw_only=True)
class Options:
    """What the options say that every command which connects has.

    Args:
        sets: ``name=value`` of each ``--set``.
        set_files: ``name=path`` of each ``--set-file``.
        save_auth: File that keeps tokens.
        allow_private: Hosts that need no public address.
        allow_http: Public hosts that requests may go to over plain http.
        ca_file: The only certificate authorities to trust.
        timeout_s: Seconds for each request.
        stand_in: A Python file that plays the destination on this machine.
        limits: Further caps of every request.
        given: Names of those from the command line; others are from a project file.
        origins: Where each value is from that the command line does not give: a place in the project's
            file, or the store.
    """

    sets: Sequence[str] = attrs.field(default=(), repr=False)
    set_files: Sequence[str] = ()
    save_auth: str | None = None
    allow_private: Sequence[str] = ()
    allow_http: Sequence[str] = ()
    ca_file: str | None = None
    timeout_s: float | None = None
    stand_in: str | None = None
    limits: Limits = NO_LIMITS
    given: frozenset[str] = frozenset()
    origins: Mapping[str, str] = EMPTY

    @property
    def typed(self) -> Reach:
        """What the command line says of where and how long."""
        names = [each.name for each in attrs.fields(Reach) if each.name in self.given]
        values = {name: getattr(self, name) for name in names}
        if path := values.get("ca_file"):
            values["ca_file"] = f"{Path(path).absolute()}"
        return Reach(**values)


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
        ctx = click.get_current_context()
        given = frozenset(name for name in names if is_given(ctx, name))
        origins = {name: where for name in names if (where := place_in_project(ctx, name))}
        values = {name: kwargs.pop(name) for name in names}
        options = Options(**values, given=given, origins=origins)
        return function(*args, options=options, **kwargs)  # type: ignore[arg-type]

    taken: _Function = command
    for option in reversed(options):
        taken = option(taken)
    return taken


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
        help="Fill in a field from a file, to keep a secret out of the shell's history.",
    ),
)
_REACHING: Final = (
    click.option(
        "--allow-private",
        metavar="HOST",
        multiple=True,
        help="A host or network of your own that portcall may talk to, in plain http too.",
    ),
    click.option(
        "--allow-http",
        metavar="HOST",
        multiple=True,
        help="A public host that portcall may talk to in plain http.",
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
    help="File for tokens (mode 0600): read at the start, written before fresh tokens are used.",
)
_STAND_IN: Final = click.option(
    "--stand-in",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="A Python file whose stand_in(host) plays the destination on this machine.",
)
