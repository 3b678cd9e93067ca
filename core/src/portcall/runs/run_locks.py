"""Locks that keep two runs from sending the same events."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import gettempdir

from portcall.errors import SettingsError
from portcall.store import StoreBusyError, StoreUnavailableError
from portcall.store.locks import FileLocks
from portcall.store.places import home


@contextmanager
def alone(label: str, what: str) -> Iterator[None]:
    """Hold a lock that keeps other runs away: they would send the same events.

    Args:
        label: What only one of them may have.
        what: The same for people.

    Raises:
        SettingsError: Another run has it.
    """
    with ExitStack() as lock:
        try:
            try:
                lock.enter_context(FileLocks(home()).held(label, 0.0))
            except StoreUnavailableError:  # a machine on which nothing can be kept
                elsewhere = Path(gettempdir()) / f"portcall-{_user_id()}"
                lock.enter_context(FileLocks(elsewhere).held(label, 0.0))
        except StoreBusyError:
            raise SettingsError(f"another run is under way: {what}") from None
        yield


def _user_id() -> int:
    """Return the id of this user, as users may share a folder; empty on Windows, where they do not."""
    return 0 if sys.platform == "win32" else os.getuid()
