"""A server of a benchmark, in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen


@contextmanager
def serving(script: str, *arguments: object) -> Iterator[str]:
    """Start a server that prints its port first; return its URL; stop it."""
    command = [sys.executable, script, *map(str, arguments)]
    with Popen(command, stdout=PIPE, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("no output to read the port from")
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()
