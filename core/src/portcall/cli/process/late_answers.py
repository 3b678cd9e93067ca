"""Wait, at the end of a command, for the answer of a token endpoint that came too late for it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final

import click

from portcall.cli.exit_codes import Exit

_FLIGHTS: Final = "portcall.credentials.single_flight"
_WAITING: Final = (
    "A refresh is still under way, and its answer may be the only copy of the next token: waiting "
    "for it (Ctrl-C leaves)."
)


def wait_for_refreshes() -> bool:
    """Wait until no refresh is in flight, with a message to the user; each refresh has a time limit.

    Returns:
        False after Ctrl-C: the caller has to end the process at once, as a normal exit would wait again.
    """
    flights = sys.modules.get(_FLIGHTS)  # a command that never connected has not imported it
    if flights is None or not flights.are_under_way():
        return True
    try:
        click.echo(_WAITING, err=True)
        flights.wait_for_all()
    except KeyboardInterrupt:
        return False
    return True


def end_with(code: int) -> int:
    """Return *code* after the wait; after Ctrl-C end the process at once."""
    if not wait_for_refreshes():
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(Exit.INTERRUPTED)
    return code
