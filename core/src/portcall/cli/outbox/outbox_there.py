"""Which outbox a command means, and whether there is one at all: looking makes no file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from portcall.errors import SettingsError
from portcall.store import home

if TYPE_CHECKING:
    from portcall.outbox import Outbox

VARIABLE: Final = "PORTCALL_OUTBOX"
WORD: Final = "outbox"
"""In place of a file of dead letters."""


def outbox_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take ``--outbox``."""
    return click.option(
        "--outbox",
        "place",
        metavar="PLACE",
        envvar=VARIABLE,
        help=f"The outbox: a file, or a URL ({VARIABLE}); this user's own if there is one.",
    )(function)


def outbox_there(place: str | None) -> Outbox | None:
    """Open the outbox at a place, or this user's own; None if no program has made it yet.

    Raises:
        UnknownPluginError: No installed distribution brings such an outbox.
    """
    if place and "://" in place:
        return _opened(place)
    path = Path(place).expanduser() if place else home() / "outbox.sqlite3"
    return _opened(path) if path.exists() else None


def needed_outbox(place: str | None) -> Outbox:
    """Open the outbox at a place, or this user's own.

    Raises:
        SettingsError: No program has made it yet.
    """
    found = outbox_there(place)
    if found is None:
        named = f" {place}" if place else ""
        raise SettingsError(
            f"there is no outbox{named}: a program makes it with the first host.outbox.put(); name "
            f"another one with --outbox or {VARIABLE}"
        )
    return found


def _opened(place: str | Path) -> Outbox:
    from portcall.outbox import Outbox  # noqa: PLC0415  # most commands find none

    return Outbox(place)
