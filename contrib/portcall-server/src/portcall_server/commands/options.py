"""Options that ``serve`` and ``work`` have in common; the project's table ``[serve]`` has their defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from portcall_server.delivering import WORKERS
from portcall_server.service import GRACE_S

MOST_WORKERS = 256
_Function = Callable[..., Any]


def host_option(function: _Function) -> _Function:
    """Take ``--host``."""
    return click.option("--host", metavar="ADDRESS", help="Address to listen on (127.0.0.1).")(
        function
    )


def workers_option(function: _Function) -> _Function:
    """Take ``--workers``."""
    return click.option(
        "--workers",
        type=click.IntRange(1, MOST_WORKERS),
        help=f"How many batches are in flight at once ({WORKERS}).",
    )(function)


def grace_option(function: _Function) -> _Function:
    """Take ``--grace``."""
    return click.option(
        "--grace",
        metavar="SECONDS",
        type=click.FloatRange(0, 3600),
        help=f"How long batches in flight may take at the end ({GRACE_S:g}).",
    )(function)
