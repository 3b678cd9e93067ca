"""Questions of a process of a run to the run, each answered to the thread that has asked."""

from __future__ import annotations

from itertools import count
from threading import Lock
from typing import Any, Final

import attrs

from portcall.runs.processes.frames import Messages
from portcall.turns import away


@attrs.define(eq=False)
class _Waiter:
    """A thread that waits for an answer."""

    lock: Any = attrs.field(factory=Lock)
    answer: Any = None


class Asking:
    """Questions to the run; used by all threads of a process.

    Args:
        messages: The pipe to it.
    """

    def __init__(self, messages: Messages) -> None:
        self.tell: Final = messages.send
        self.hold: Final = messages.hold
        self._numbers: Final = count()
        self._waiters: Final[dict[int, _Waiter]] = {}

    def ask(self, kind: str, place: int, *rest: Any) -> Any:
        """Return the run's answer. A run that ends without one ends this process, too."""
        number, waiter = next(self._numbers), _Waiter()
        waiter.lock.acquire()
        self._waiters[number] = waiter
        self.tell([kind, place, number, *rest])
        with away():
            waiter.lock.acquire()
        return waiter.answer

    def answer(self, number: int, answer: Any) -> None:
        """Wake the thread that has asked."""
        waiter = self._waiters.pop(number)
        waiter.answer = answer
        waiter.lock.release()
