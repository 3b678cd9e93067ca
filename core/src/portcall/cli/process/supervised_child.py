"""Run work in a child process, as a plugin may crash it; in this process where ``fork`` is missing."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from time import monotonic
from typing import Any, Final, NoReturn, TypeAlias

import attrs

from portcall.cli.exit_codes import Exit
from portcall.cli.process.late_answers import wait_for_refreshes

Tell: TypeAlias = Callable[[Any], None]
"""Reports a JSON value to the supervising process."""

_LOOK_S: Final = 0.2
"""Seconds between checks that the child still runs, as a process that it started may hold the pipe open."""
_LOOK_CLOSED_S: Final = 0.005
"""The same once the child has closed the pipe: it is about to end."""
_TWICE_S: Final = 0.5
"""Seconds within which two interrupts count as one, as both the terminal and the parent send Ctrl-C."""


@attrs.frozen
class Ended:
    """The result of supervised work.

    Args:
        code: The exit code that the work returned; None if the process ended before.
        told: The values that the work reported, in order.
        how: How the process ended in that case, for messages.
        waited_s: For how long the process had reported nothing when it was killed for that; None if it ended
            by itself.
    """

    code: int | None
    told: list[Any]
    how: str = ""
    waited_s: float | None = None


def supervise(
    work: Callable[[Tell], int], patience_s: Callable[[int], float] | None = None
) -> Ended:
    """Do *work* in a child process, and return how it ended, even if a plugin crashed the process.

    The work is done in this process where there is no ``fork``, or where other threads run, whose locks a
    child would inherit.

    Args:
        work: Prints, asks and returns an exit code; it raises nothing.
        patience_s: Returns for how many seconds the child may report nothing before it is killed, given the
            number of values that it has reported. None for no limit.
    """
    told: list[Any] = []
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return Ended(work(told.append), told)
    reading, writing = os.pipe()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_child(work, writing)
    os.close(writing)
    with _passing_signals_to(child) as passed:
        data, status, waited_s = _outcome(child, reading, patience_s or (lambda _: inf))
    told = [json.loads(line) for line in data.splitlines()]
    code = os.waitstatus_to_exitcode(status)
    if told and told[-1] == {"returned": code}:
        return Ended(code, told[:-1])
    if -code in passed:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return Ended(None, told, _how(code), waited_s)


def _be_child(work: Callable[[Tell], int], writing: int) -> NoReturn:
    def tell(value: Any) -> None:
        os.write(writing, json.dumps(value).encode() + b"\n")

    signal.signal(signal.SIGINT, _interrupting_once())
    code = 1
    try:
        code = int(work(tell))
        if not wait_for_refreshes():
            code = Exit.INTERRUPTED
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        tell({"returned": code})
    finally:
        os._exit(code)


def _interrupting_once() -> Callable[[int, object], None]:
    last_s = -_TWICE_S

    def interrupt(_number: int, _frame: object) -> None:
        nonlocal last_s
        before_s, last_s = last_s, monotonic()
        if last_s - before_s > _TWICE_S:
            raise KeyboardInterrupt

    return interrupt


def _outcome(
    child: int, reading: int, patience_s: Callable[[int], float]
) -> tuple[bytes, int, float | None]:
    """Return what the child wrote, its wait status, and for how long it was silent if it was killed."""
    data, status, waited_s, is_open = b"", None, None, True
    heard_at = monotonic()
    try:
        while True:
            wait_s = 0 if status is not None else _LOOK_S if is_open else _LOOK_CLOSED_S
            if select.select([reading] if is_open else [], [], [], wait_s)[0]:
                chunk = os.read(reading, 65_536)
                data, heard_at, is_open = data + chunk, monotonic(), bool(chunk)
            elif status is not None:
                return data, status, waited_s
            if status is None:
                ended, found = os.waitpid(child, os.WNOHANG)
                status = found if ended else None
            most_s = patience_s(data.count(b"\n"))
            if status is None and waited_s is None and monotonic() - heard_at > most_s:
                waited_s = most_s
                os.kill(child, signal.SIGKILL)
    finally:
        os.close(reading)


@contextmanager
def _passing_signals_to(child: int) -> Iterator[set[int]]:
    """Pass signals to this process on to the child; yield the set of signals that came."""
    passed: set[int] = set()

    def pass_on(number: int, _frame: object) -> None:
        passed.add(number)
        with suppress(ProcessLookupError):
            os.kill(child, number)

    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, pass_on) for number in caught]
    try:
        yield passed
    finally:
        for number, handler in zip(caught, before, strict=True):
            signal.signal(number, handler)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
