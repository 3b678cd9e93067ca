"""What was read of an input, and has not come to its subscriptions when a run is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from threading import Lock
from typing import Final

from portcall.delivery.idle import IDLE, Idle
from portcall.runs.inputs import Entry, Input
from portcall.runs.inputs.following.followed_file import FollowedFile
from portcall.runs.shared_reader import SharedReader
from portcall.runs.subscription_run import SubscriptionRun

PATIENCE_S: Final = 10.0


class Undelivered:
    """Keeps entries that no subscription has taken when a run ends, where they cannot be read again.

    Args:
        parts: The subscriptions.
        is_kept: There is no journal, and the input cannot be read again.
    """

    def __init__(self, parts: Sequence[SubscriptionRun], *, is_kept: bool) -> None:
        self._parts: Final = parts
        self._is_kept: Final = is_kept
        self._lock: Final = Lock()
        self._shared_reader: SharedReader | None = None
        self._entries: Iterator[Entry | Idle] = iter(())

    def watch(
        self,
        shared_reader: SharedReader,
        entries: Iterator[Entry | Idle],
        source: Input | FollowedFile,
    ) -> None:
        """Set where such entries are; those of a regular file stay in the file."""
        self._shared_reader = shared_reader
        if source.total is None:
            self._entries = entries

    def keep(self) -> None:
        """Keep the entries that were read for subscriptions; of a pipe, also those that are still in it.

        Raises:
            InputError: The input cannot be read any more.
            OSError: There is no room for it.
        """
        with self._lock:
            shared_reader, self._shared_reader = self._shared_reader, None
            if shared_reader is None or not self._is_kept:
                return
            for place, part in enumerate(self._parts):
                for entry in part.recorder.left():
                    part.recorder.keep(entry)
                for entry in shared_reader.left(place):
                    part.recorder.keep(entry)
            for read in self._entries:
                if read is not IDLE:
                    for part in self._parts:
                        part.recorder.keep(read)

    def break_off(self) -> None:
        """Also save in-flight events. Waits up to 10 s for a save that is already running."""
        for part in self._parts:
            part.abandon()
        with suppress(ValueError):  # the input is just being read
            self.keep()
        if self._lock.acquire(timeout=PATIENCE_S):
            self._lock.release()
