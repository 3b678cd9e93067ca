"""Run the command that prints the keys: no shell, bounded time, bounded output."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from threading import Thread
from typing import IO, Final

from portcall.store.errors import StoreKeyError

TIMEOUT_S: Final = 30.0
MOST_BYTES: Final = 64 * 1024
_KILLED_S: Final = 5.0
_ORIGIN: Final = "PORTCALL_KEY_COMMAND"


def output_of(command: str, timeout_s: float = TIMEOUT_S) -> str:
    """Return what *command* prints; its errors go where this program's go.

    Raises:
        StoreKeyError: It cannot be run, fails, takes too long or prints too much.
    """
    process = _start(command)
    printed = bytearray()
    # On a thread, because a grandchild may hold the pipe open for as long as it likes.
    reader = Thread(target=_read, args=(process.stdout, printed), daemon=True)
    reader.start()
    reader.join(timeout_s)
    if reader.is_alive() or len(printed) > MOST_BYTES:
        _kill(process)
        raise StoreKeyError(
            f"{_ORIGIN} took longer than {timeout_s:g} s or printed more than {MOST_BYTES} bytes"
        )
    status = _ended(process, timeout_s)
    if status != 0:
        raise StoreKeyError(f"{_ORIGIN} ended with status {status}: run it by hand to see why")
    return printed.decode(errors="replace")


def _start(command: str) -> subprocess.Popen[bytes]:
    try:
        words = shlex.split(command)
        return subprocess.Popen(  # noqa: S603  # the operator's own command, without a shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
    except (OSError, ValueError, IndexError) as exc:
        raise StoreKeyError(f"{_ORIGIN} cannot be run: {exc}") from exc


def _read(pipe: IO[bytes], printed: bytearray) -> None:
    with pipe:
        while len(printed) <= MOST_BYTES and (chunk := pipe.read(4096)):
            printed += chunk


def _ended(process: subprocess.Popen[bytes], timeout_s: float) -> int:
    """Return the status of a process that has closed its output."""
    try:
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise StoreKeyError(f"{_ORIGIN} took longer than {timeout_s:g} s") from None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End *process* and what it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait(_KILLED_S)
