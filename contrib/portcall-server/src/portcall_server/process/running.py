"""A service in the foreground: until a signal ends it, and never longer than its grace."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from portcall.cli.authors import Exit
from portcall_server.process.listening import Listening
from portcall_server.process.signals import Signals
from portcall_server.service import Service

_logger: Final = logging.getLogger("portcall.server")
TICK_S: Final = 0.5


def run_until_ended(
    service: Service,
    told: Signals,
    listening: Callable[[], Listening] | None,
    began: Callable[[str], None],
    tick: Callable[[], None] | None = None,
) -> Exit:
    """Run a service; return what the process exits with.

    Args:
        service: Not started yet.
        told: Signals.
        listening: Opens what is listened on; None to listen on nothing.
        began: Called with the URL, empty without one, once events are taken.
        tick: Called now and then.
    """
    with ExitStack() as stack:
        url = stack.enter_context(listening()).url if listening is not None else ""
        service.start()
        began(url)
        while (what := told.wait(TICK_S if tick else None)) != "end":
            if what == "reload":
                service.reload()
            elif tick is not None:
                tick()
        _logger.info("stopping: calls under way have %g s to finish", service.grace_s)
    is_done = service.stop()
    service.outbox.close()
    return Exit.DONE if is_done else leave(Exit.REFUSED)


def leave(code: Exit) -> Exit:
    """End the process although calls are under way: a thread that waits would keep it."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
