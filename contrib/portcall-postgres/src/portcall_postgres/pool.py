"""Sessions that are kept open between calls, a few for each process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector
from threading import BoundedSemaphore
from typing import Any, Final
from weakref import finalize

from psycopg.pq import TransactionStatus

from portcall.store.authors import OwnFile, StoreBusyError, no_fork
from portcall_postgres.dialing import GRACE_S, Session, deadline, dial

_inherited: Final[list[Session]] = []
"""Sessions of a parent, in a forked child: closing them would end them for the parent."""


class Line:
    """A session, and the socket that a forked child must not keep open.

    Args:
        params: Where to, as `dial` takes it.
        timeout_s: For one statement.
    """

    def __init__(self, params: dict[str, Any], timeout_s: float) -> None:
        with no_fork():
            self.session: Final = dial(params, timeout_s)
            self._own: Final = OwnFile(self.session.fileno())

    @property
    def is_idle(self) -> bool:
        """Return whether it can be used again: ours, in no transaction, and the server has not hung up."""
        session = self.session
        if self._own.fd < 0 or session.closed:
            return False
        waiting = session.info.transaction_status is TransactionStatus.IDLE
        return waiting and not _has_news(session)

    def close(self) -> None:
        """Close it, if it is this process's."""
        with no_fork():
            if self._own.forget():
                self.session.close()
            else:
                _inherited.append(self.session)


class Pool:
    """A bounded number of sessions.

    Args:
        params: Where to, as `dial` takes it.
        timeout_s: Seconds to wait for a free one, and for everything that is done with it.
        most: How many at a time.
    """

    def __init__(self, params: dict[str, Any], timeout_s: float, most: int) -> None:
        self._params: Final = params
        self._timeout_s: Final = timeout_s
        self._free: Final = BoundedSemaphore(most)
        self._idle: Final[list[Line]] = []
        finalize(self, _close_all, self._idle)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Lend a session; it is cut off when its time is over.

        Raises:
            StoreBusyError: None became free in time.
        """
        with no_fork():
            if not self._free.acquire(timeout=self._timeout_s):
                raise StoreBusyError("too many threads wait for the server: try again")
            try:
                yield from self._lend()
            finally:
                self._free.release()

    def close(self) -> None:
        """Close what is idle."""
        _close_all(self._idle)

    def _lend(self) -> Iterator[Session]:
        line = self._take() or Line(self._params, self._timeout_s)
        try:
            with deadline(line.session, self._timeout_s + GRACE_S):
                yield line.session
        finally:
            if line.is_idle:
                self._idle.append(line)
            else:
                line.close()

    def _take(self) -> Line | None:
        while self._idle:
            line = self._idle.pop()
            if line.is_idle:
                return line
            line.close()
        return None


def _close_all(lines: list[Line]) -> None:
    while lines:
        lines.pop().close()


def _has_news(session: Session) -> bool:
    with DefaultSelector() as selector:  # select.select() ends at file 1023
        selector.register(session, EVENT_READ)
        return bool(selector.select(0))
