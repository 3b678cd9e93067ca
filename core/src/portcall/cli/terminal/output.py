"""Writing results: plain text for people, JSON for programs; colours on a terminal only."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from math import isfinite
from typing import Any, Final, TextIO

import click

from portcall.cli.state import State

_HELD: Final[list[TextIO]] = []
"""Where results go while plugins run: the real stdout."""


def write(text: str = "") -> None:
    """Write one line of a result."""
    click.echo(text, file=_HELD[0] if _HELD else None)


def warn(text: str) -> None:
    """Write one line that is not a result: to stderr."""
    click.echo(click.style("Warning: ", fg="yellow") + text, err=True)


def write_json(value: Any, state: State, *, indent: int | None = 2) -> None:
    """Write a result for programs; every text in it is redacted."""
    write(json.dumps(_redacted(value, state), indent=indent, ensure_ascii=False, allow_nan=False))


@contextmanager
def quiet() -> Iterator[None]:
    """Let what a plugin prints go to stderr: stdout is for what `write` writes."""
    _HELD.append(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _HELD.pop()


def _redacted(value: Any, state: State) -> Any:
    if isinstance(value, str):
        return state.redact(value)
    if isinstance(value, dict):
        return {state.redact(str(key)): _redacted(each, state) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(each, state) for each in value]
    if isinstance(value, float) and not isfinite(value):
        return f"{value}"  # JSON has no such number: 1e999 of an event, say
    return value
