"""Standard streams that are closed when a command starts, as ``>&-`` and some service managers leave them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final, TextIO

_ERRORS: Final = 2


def open_closed_streams() -> None:
    """Let closed outputs lead nowhere, and take the descriptors of all closed streams.

    A database or socket would otherwise be opened as descriptor 1 or 2, and what a child process prints
    would be written into it. ``sys.stdin`` stays None, so that a command that reads standard input can
    report that it is closed.
    """
    with suppress(OSError):
        # The lowest free descriptor is the one that is opened.
        while (opened := os.open(os.devnull, os.O_RDWR)) <= _ERRORS:
            os.set_inheritable(opened, True)  # noqa: FBT003  # the signature of os
        os.close(opened)
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  # open as long as the process
