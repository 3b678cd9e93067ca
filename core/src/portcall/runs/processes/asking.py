"""Questions that a process asks the run; each answer goes to the thread that asked."""

from __future__ import annotations

from itertools import count
from threading import Lock
from typing import Any, Final

import attrs

from portcall.runs.processes.frames import Messages
from portcall.turns import away


@attrs.define(eq=False)
class _Waiter:
    """A question whose thread waits for the answer."""

    lock: Any = attrs.field(factory=Lock)
    answer: Any = None


class Asking:
    """Questions to the run; used by all threads of a process.

    Args:
        messages: The pipe to the run.
    """

    def __init__(self, messages: Messages) -> None:
        self.tell: Final = messages.send
        self.hold: Final = messages.hold
        self._numbers: Final = count()
        self._waiters: Final[dict[int, _Waiter]] = {}

    def ask(self, kind: str, place: int, *rest: Any) -> Any:
        """Return the run's answer; if the run ends before it answers, this process ends, too."""
        number, waiter = next(self._numbers), _Waiter()
        waiter.lock.acquire()
        self._waiters[number] = waiter
        self.tell([kind, place, number, *rest])
        with away():
            waiter.lock.acquire()
        return waiter.answer

    def answer(self, number: int, answer: Any) -> None:
        """Pass an answer to the thread that asked, and wake it."""
        waiter = self._waiters.pop(number)
        waiter.answer = answer
        waiter.lock.release()
