"""The check, before anything is sent, that the whole text of a file can be read."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Final

from portcall.runs.inputs.encodings import Utf8Check, likely_encoding
from portcall.runs.inputs.input_error import InputError

_CHUNK_BYTES: Final = 256 << 10


def check_text(
    stream: io.RawIOBase, name: str, stopped: Callable[[], bool], *, is_lenient: bool = False
) -> None:
    """Read a text to its end: packed text has to unpack, and all of it has to be UTF-8.

    Args:
        stream: The text, unpacked, and as UTF-8 if its encoding was named.
        name: Of the input, for messages.
        stopped: Ends it early.
        is_lenient: It need not be UTF-8.

    Raises:
        InputError: It cannot be read to its end, or is not UTF-8; nothing has been sent.
    """
    check = Utf8Check()
    while not stopped():
        chunk = stream.read(_CHUNK_BYTES) or b""
        if not (is_lenient or check.feed(chunk, final=not chunk)):
            more = stream.read(_CHUNK_BYTES) or b"" if len(check.sample) < _CHUNK_BYTES else b""
            raise not_utf8(name, check.line, check.sample + more)
        if not chunk:
            return


def check_begun(begun: bytes, name: str) -> None:
    """Check that what has come of a pipe so far is UTF-8.

    Raises:
        InputError: It is not; nothing has been sent.
    """
    check = Utf8Check()
    if not check.feed(begun):
        raise not_utf8(name, check.line, check.sample)


def not_utf8(name: str, line: int, sample: bytes) -> InputError:
    """Return the error that names the encoding which a text is likely to have, and the option."""
    likely = likely_encoding(sample)
    looks = f"; it looks like {likely}: give encoding={likely!r}" if likely else ""
    return InputError(
        f"{name}: line {line} is not UTF-8{looks}. With encoding='utf-8', lines that are not UTF-8 are "
        "rejected one by one, and the others are sent"
    )
