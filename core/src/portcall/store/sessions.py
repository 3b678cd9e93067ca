"""What a store keeps open for a while because several calls share it, and when it lets go of that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final
from weakref import WeakMethod

from portcall.store.forks import let_go_before_fork, no_fork


class Sessions:
    """Counts the sessions of one store; what they share is let go of with the last one, and before a fork.

    Args:
        let_go: A method of the store: closes what is open and not in use; called by any thread, also
            without need.
    """

    __slots__ = ("__weakref__", "_count", "_lock", "_method")

    def __init__(self, let_go: Callable[[], None]) -> None:
        self._method: Final = WeakMethod(let_go)  # a cycle would keep a store open that is dropped
        self._lock = Lock()
        self._count = 0
        let_go_before_fork(self)

    @property
    def are_open(self) -> bool:
        """Whether what is opened now is worth keeping for the next call."""
        return self._count > 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Be one session; it may end in another thread than it began."""
        self._add(1)
        try:
            yield
        finally:
            self._add(-1)
            if not self._count:
                self._let_go()

    def before_fork(self) -> None:
        """Let go; what is in use is waited for by the fork itself."""
        self._let_go()

    def in_child(self) -> None:
        """Forget the sessions of threads that are not here."""
        self._lock, self._count = Lock(), 0

    def _let_go(self) -> None:
        let_go = self._method()
        if let_go is not None:
            let_go()

    def _add(self, number: int) -> None:
        with no_fork(), self._lock:
            self._count = max(self._count + number, 0)
