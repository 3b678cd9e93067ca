"""What a service says while it runs: a line each on stderr, without secrets."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from portcall.cli.authors import State

LOGGERS: Final = ("portcall", "uvicorn.error")


class _Lines(logging.Handler):
    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record) if self._state.debug else self._short(record)
        click.echo(self._state.clean(text), err=True)

    def _short(self, record: logging.LogRecord) -> str:
        """Return the line alone; of an exception, its type."""
        exception = record.exc_info[0] if record.exc_info else None
        after = f" ({exception.__name__})" if exception else ""
        bare = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None})
        return self.format(bare) + after


@contextmanager
def log_lines(state: State) -> Iterator[None]:
    """Write what is logged to stderr.

    Args:
        state: Knows the secrets; tracebacks are shown with ``--debug`` alone.
    """
    handler = _Lines(state)
    before = []
    for name in LOGGERS:
        logger = logging.getLogger(name)
        before.append((logger, logger.level, logger.propagate))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO if name == "portcall" else logging.WARNING)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, level, propagate in before:
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate
