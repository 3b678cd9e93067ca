"""The work of a fork server: import, fork a process for each request, and report how each ended."""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from json import dumps
from traceback import print_exc
from typing import Final, NoReturn

from portcall.runs.processes.child import main
from portcall.runs.processes.fork_server import COUNT, MOST_AT_ONCE

_FOR_MOST: Final = (
    "portcall.declarative.packaged",
    "portcall.plugins.files",
    "portcall.plugins.requirements",
    "portcall.schemes.basic",
)
"""Modules that most destinations need, which are otherwise imported when a destination is opened."""

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP")


def serve(descriptor: int) -> None:
    """Run as the fork server.

    Args:
        descriptor: Of the socket to the run; the end of it ends the server.
    """
    for name in _SIGNALS:  # the run receives them, and ends its processes in good order
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    reading, writing = _woken_by_children()
    for module in _FOR_MOST:
        import_module(module)
    gc.collect()
    gc.freeze()  # keep the imported modules in memory that the processes share
    with socket.socket(fileno=descriptor) as run:
        while True:
            ready, _, _ = select.select([run.fileno(), reading], [], [])
            if reading in ready:
                os.read(reading, 1 << 10)
                _tell_ended(run)
            if run.fileno() in ready:
                descriptors = _received(run)
                if descriptors is None:
                    return
                if (pid := os.fork()) == 0:
                    _leave_server(run, reading, writing)
                    _be_child(descriptors)
                for each in descriptors:
                    os.close(each)
                run.sendall(dumps([pid]).encode() + b"\n")


def _woken_by_children() -> tuple[int, int]:
    """Return both ends of a pipe; the first can be read when a child has ended."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading, writing


def _leave_server(run: socket.socket, *pipe: int) -> None:
    """Close in a child what belongs to the server alone."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for each in pipe:
        os.close(each)
    run.close()


def _received(run: socket.socket) -> Sequence[int] | None:
    """Return the descriptors for another process; None once the run is over."""
    head = run.recv(COUNT.size, socket.MSG_WAITALL)
    if len(head) < COUNT.size:
        return None
    descriptors: list[int] = []
    while len(descriptors) < COUNT.unpack(head)[0]:
        data, some, _, _ = socket.recv_fds(run, 1, MOST_AT_ONCE)
        if not data:
            return None
        descriptors += some
    return descriptors


def _tell_ended(run: socket.socket) -> None:
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            run.sendall(dumps([pid, os.waitstatus_to_exitcode(status)]).encode() + b"\n")


def _be_child(descriptors: Sequence[int]) -> NoReturn:
    """Run as a process of the run; never return into the server."""
    code = 1
    try:
        main(descriptors)
        code = 0
    except BaseException:  # noqa: BLE001  # a new interpreter would print it, too
        print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
