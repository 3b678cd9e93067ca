"""Frames on the pipes between a run and its processes: a length, and as many bytes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from struct import Struct
from threading import Lock
from typing import Any, BinaryIO, Final, TypeAlias

Message: TypeAlias = list[Any]
"""JSON values: the kind of the message, and its contents."""

LONGEST_BYTES: Final = 256 << 20
"""An upper bound of a frame's length; a longer frame is a fault, and is not read."""

_LENGTH: Final = Struct(">I")


def write_frame(descriptor: int, data: bytes) -> None:
    """Write one frame as a whole.

    Raises:
        OSError: The other process has closed the pipe.
    """
    left = memoryview(_LENGTH.pack(len(data)) + data)
    while left:
        left = left[os.write(descriptor, left) :]


def read_frame(file: BinaryIO) -> bytes | None:
    """Return the next frame; None if the pipe is closed, even within a frame."""
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    length = _LENGTH.unpack(head)[0]
    if length > LONGEST_BYTES:
        return None
    data = file.read(length)
    return data if len(data) == length else None


def read_messages(file: BinaryIO) -> Iterator[Message]:
    """Return the messages that come, until the pipe is closed."""
    while (frame := read_frame(file)) is not None:
        yield from json.loads(frame)


class Messages:
    """The writing end of a pipe of messages; used by all threads of a process.

    Messages that come while another thread writes leave together, in one frame. Messages to a process that
    has ended are lost; the thread that reads from that process sees its end.

    Args:
        descriptor: Of the pipe; closed by `close`.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock: Final = Lock()
        self._waiting: list[Message] = []
        self._is_writing = False

    def hold(self, message: Message) -> None:
        """Hold a message until the next one leaves."""
        with self._lock:
            self._waiting.append(message)

    def send(self, message: Message) -> None:
        """Write a message together with those that were held."""
        with self._lock:
            self._waiting.append(message)
            if self._is_writing:
                return
            self._is_writing = True
        while True:
            with self._lock:
                if not self._waiting or self._descriptor < 0:
                    self._is_writing = False
                    return
                messages, self._waiting = self._waiting, []
            with suppress(OSError):
                write_frame(self._descriptor, json.dumps(messages).encode())

    def close(self) -> None:
        """Close the pipe."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
