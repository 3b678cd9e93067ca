"""Commands that do not use a project, as they are needed where its file is wrong."""

from __future__ import annotations

from typing import Final

import click

OUTSIDE: Final = ("completion", "demo", "init", "new", "plugins", "schema")


def is_outside(ctx: click.Context) -> bool:
    """Return whether a command, or the one that it belongs to, goes by no project."""
    at: click.Context | None = ctx
    while at is not None and at.info_name not in OUTSIDE:
        at = at.parent
    return at is not None and at.parent is not None
