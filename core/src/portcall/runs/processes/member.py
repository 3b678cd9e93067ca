"""One process of a run, as the run sees it: start it, send it events, read its messages."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, Final

from portcall.runs.processes.fork_server import ForkServer
from portcall.runs.processes.frames import Message, Messages, read_messages, write_frame

ENDS_WITHIN_S: Final = 60.0
"""Seconds after which a process that should end is killed; a refresh of a token ends before that."""

PIPE_BYTES: Final = 1 << 20


class Member:
    """One process of a run.

    Args:
        server: Forks it.
        within_s: The most seconds that the fork may take.
        order: The work of the process; sent through a pipe only, as it holds secrets.
        subscriptions: The number of its pipes of events.
        hear: Called with each message of the process, in a thread of its own; with None at the end.

    Attributes:
        number: The process ID.

    Raises:
        ProcessEndedError: It cannot be started.
    """

    def __init__(
        self,
        server: ForkServer,
        within_s: float,
        order: dict[str, Any],
        subscriptions: int,
        hear: Callable[[Member, Message | None], None],
    ) -> None:
        answers, to_child = os.pipe()
        from_child, told = os.pipe()
        events = [os.pipe() for _ in range(subscriptions)]
        passed = [answers, told, *(reading for reading, _ in events)]
        try:
            self.number: Final = server.fork(passed, within_s)
        except BaseException:
            for descriptor in (to_child, from_child, *(writing for _, writing in events)):
                os.close(descriptor)
            raise
        finally:
            for descriptor in passed:
                os.close(descriptor)
        self._server: Final = server
        self._events: Final = [_roomy(writing) for _, writing in events]
        self._messages: Final = Messages(to_child)
        self.tell: Final = self._messages.send
        self._hear: Final = hear
        self._from_child: Final = from_child
        self.tell([order])
        Thread(target=self._listen, name="portcall-process", daemon=True).start()

    def hand(self, place: int, frame: bytes) -> None:
        """Write to the pipe of one subscription; a process that has ended loses what is written."""
        with suppress(OSError):
            write_frame(self._events[place], frame)

    def how_it_ended(self) -> str:
        """Wait for the end of the process; return how it ended, for messages."""
        code = self._server.exit_code(self.number)
        if code is None:
            return "with the process that it was forked from"
        if code >= 0:
            return f"exit code {code}"
        with suppress(ValueError):
            return signal.Signals(-code).name
        return f"signal {-code}"

    def end(self) -> None:
        """Let the process end."""
        self.tell(["over"])

    def close(self) -> None:
        """Wait until the process has ended."""
        self._messages.close()
        for descriptor in self._events:
            os.close(descriptor)
        if self._server.exit_code(self.number, ENDS_WITHIN_S) is None:
            self._server.kill(self.number)

    def _listen(self) -> None:
        with os.fdopen(self._from_child, "rb") as file:
            for message in read_messages(file):
                self._hear(self, message)
        self._hear(self, None)


def _roomy(descriptor: int) -> int:
    """Make a pipe large enough for a chunk, where the system allows that (Linux: F_SETPIPE_SZ)."""
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415  # there is none on Windows

        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return descriptor
