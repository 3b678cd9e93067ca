"""The fork server of a run: a process with one thread, which imports once for all processes of the run.

It starts while the run opens its input, so that its imports cost no extra time. The program itself is never
forked, as its threads may hold locks.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from json import dumps, loads
from socket import send_fds, socketpair
from struct import Struct
from threading import Condition, Thread
from typing import Final

from portcall.errors import PortcallError

COUNT: Final = Struct(">I")
"""The number of descriptors for a process; they follow, at most `MOST_AT_ONCE` with each byte."""

MOST_AT_ONCE: Final = 100
_BOOT: Final = (
    "import json, sys\n"
    "sys.path[:] = json.loads(sys.argv[1])\n"
    "from portcall.runs.processes.forking import serve\n"
    "serve(int(sys.argv[2]))\n"
)


class ProcessEndedError(PortcallError):
    """A process of a run has ended before the run: it was killed, by the system for its memory, say."""


class ForkServer:
    """Forks the processes of one run, and reports how they end; used by all threads of the run."""

    def __init__(self) -> None:
        self._socket, theirs = socketpair()
        with theirs:
            self._process: Final = subprocess.Popen(  # noqa: S603  # this Python, and code of this file
                [sys.executable, "-c", _BOOT, dumps(sys.path), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=2,  # what a plugin prints is not part of the run's output
            )
        self._changed: Final = Condition()
        self._pids: Final[list[int]] = []
        self._codes: Final[dict[int, int]] = {}
        self._is_over = False
        self._asked = 0
        self._listener: Final = Thread(
            target=self._listen, name="portcall-fork-server", daemon=True
        )
        self._listener.start()

    def fork(self, descriptors: Sequence[int], within_s: float) -> int:
        """Fork a process with these descriptors; return its process ID.

        Raises:
            ProcessEndedError: The process was not forked within the time.
        """
        try:
            self._socket.sendall(COUNT.pack(len(descriptors)))
            for place in range(0, len(descriptors), MOST_AT_ONCE):
                send_fds(self._socket, [b"f"], list(descriptors[place : place + MOST_AT_ONCE]))
        except OSError:
            raise ProcessEndedError("a process of this run cannot be started") from None
        with self._changed:
            place, self._asked = self._asked, self._asked + 1
            self._changed.wait_for(lambda: self._is_over or len(self._pids) > place, within_s)
            if len(self._pids) > place:
                return self._pids[place]
        raise ProcessEndedError(
            "a process of this run cannot be started"
            if self._is_over
            else f"a process of this run was not ready after {within_s:.0f} s"
        )

    def exit_code(self, pid: int, within_s: float | None = None) -> int | None:
        """Wait for the end of a process; return its exit code, or None if it has not ended in time.

        Args:
            pid: From `fork`.
            within_s: The most seconds to wait; None for no limit.

        Returns:
            Negative for the number of the signal that ended it.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or pid in self._codes, within_s)
            return self._codes.get(pid)

    def kill(self, pid: int) -> None:
        """Kill a process that does not end, and wait for its end."""
        with self._changed:
            # What no server waits for any more may have ended, and its number may be another process's.
            if not (self._is_over or pid in self._codes):
                os.kill(pid, signal.SIGKILL)
        self.exit_code(pid)

    def close(self) -> None:
        """End the fork server, and wait for its end; the processes that it forked have ended before."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        self._socket.close()

    def _listen(self) -> None:
        """Read lines of JSON: the ID of a process that was forked, with its exit code once it has ended."""
        with self._socket.makefile("rb") as lines:
            for line in lines:
                pid, *code = loads(line)
                with self._changed:
                    if code:
                        self._codes[pid] = code[0]
                    else:
                        self._pids.append(pid)
                    self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
