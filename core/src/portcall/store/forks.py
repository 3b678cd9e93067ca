"""What must not cross a fork: half-done work, and files whose being open means something."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, local
from typing import Final, Protocol
from weakref import WeakSet

_PATIENCE_S: Final = 60.0


class Letting(Protocol):
    """Keeps something open that a forked child must not have open, too."""

    def before_fork(self) -> None:
        """Close it, if it is not in use."""

    def in_child(self) -> None:
        """Forget the threads that are not here any more."""


class _Mine(local):
    depth = 0


class _Gate:
    """Counts the threads that must not be forked away from."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.inside = 0
        self.forking = 0
        self.mine = _Mine()

    def enter(self) -> None:
        with self.changed:
            if not self.mine.depth:
                self.changed.wait_for(lambda: not self.forking, _PATIENCE_S)
            self.inside += 1
            self.mine.depth += 1

    def leave(self) -> None:
        with self.changed:
            self.inside -= 1
            self.mine.depth -= 1
            self.changed.notify_all()

    def before_fork(self) -> None:
        with self.changed:
            self.forking += 1
            self.changed.wait_for(lambda: self.inside <= self.mine.depth, _PATIENCE_S)
        for open_ in tuple(_letting):
            open_.before_fork()

    def after_fork(self) -> None:
        with self.changed:
            self.forking -= 1
            self.changed.notify_all()

    def in_child(self) -> None:
        """Only the thread that forked is left."""
        self.changed = Condition()
        self.inside, self.forking = self.mine.depth, 0


class OwnFile:
    """An open file, or socket, that a forked child closes at once.

    A lock would else live on in the child when its holder is gone.

    Args:
        fd: Its descriptor; -1 in such a child.
    """

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd
        _own.add(self)

    def forget(self) -> bool:
        """Take it off the list before it is closed; return whether it is this process's to close."""
        _own.discard(self)
        return self.fd >= 0


_gate: Final = _Gate()
_own: Final[set[OwnFile]] = set()
_letting: Final[WeakSet[Letting]] = WeakSet()


def let_go_before_fork(letting: Letting) -> None:
    """Have *letting* called around every fork, for as long as it lives."""
    with no_fork():
        _letting.add(letting)


@contextmanager
def no_fork() -> Iterator[None]:
    """Let no thread fork this process meanwhile: for work of a bounded time."""
    _gate.enter()
    try:
        yield
    finally:
        _gate.leave()


def _in_child() -> None:
    _gate.in_child()
    for letting in tuple(_letting):
        letting.in_child()
    while _own:
        file = _own.pop()
        os.close(file.fd)
        file.fd = -1


if sys.platform != "win32":
    os.register_at_fork(
        before=_gate.before_fork, after_in_parent=_gate.after_fork, after_in_child=_in_child
    )
