"""The head of an answer: status line, fields, and how long the body is (RFC 9112 §4 to §6)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import attrs

from portcall.errors import Sent, TooLargeError
from portcall.wire.limits import Caps
from portcall.wire.outgoing import TOKEN
from portcall.wire.reader import Reader

_STATUS: Final = re.compile(r"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: [^\r\n]*)?")
_BAD_TEXT: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_MAX_INTERIM: Final = 16

Fields = dict[str, list[str]]


@attrs.define
class Head:
    """What an answer says of itself.

    Args:
        status: Final status code, 200 to 999.
        minor: 0 or 1, of HTTP/1.x.
        fields: Values by lower-case name.
    """

    status: int
    minor: int
    fields: Fields

    @property
    def keeps(self) -> bool:
        """Whether the connection stays open after this answer (RFC 9112 §9.3)."""
        values = self.fields.get("connection")
        if values is None:
            return self.minor == 1
        options = {option.strip().lower() for option in ",".join(values).split(",")}
        return "close" not in options and (self.minor == 1 or "keep-alive" in options)


def read_head(reader: Reader, caps: Caps) -> Head:
    """Read the head of the final answer, past interim ones (RFC 9110 §15.2).

    Raises:
        MalformedResponseError: Not HTTP/1.x, a field that is none, or 101, which nobody asked for.
        TooLargeError: Above the caps.
        DisconnectedError: The connection ends before the head does.
    """
    for _ in range(_MAX_INTERIM):
        try:
            text = reader.until(b"\r\n\r\n", caps.head, "a head").decode("latin-1")
        except BaseException:
            _note_status(reader, reader.first_line().decode("latin-1"))
            raise
        _note_status(reader, text.partition("\r\n")[0])
        head = _parsed(text, reader, caps)
        if head.status >= 200:
            return head
        if head.status == 101:
            raise reader.malformed("switches to a protocol that nobody asked for (101)")
    raise reader.malformed(f"sent more than {_MAX_INTERIM} interim answers")


def fields_of(lines: list[str], reader: Reader, caps: Caps) -> Fields:
    """Read field lines, strictly: no folding, no white space before the colon (RFC 9112 §5).

    Raises:
        MalformedResponseError: A line is no field.
        TooLargeError: There are too many.
    """
    if len(lines) > caps.fields:
        message = f"{reader.url.place}: more than {caps.fields} header fields"
        raise TooLargeError(message, Sent.MAYBE)
    fields: Fields = {}
    for line in lines:
        name, colon, value = line.partition(":")
        lower = _name(name)
        if not (colon and lower and (value.isprintable() or not _BAD_TEXT.search(value))):
            raise reader.malformed("the head holds a line that is no header field")
        fields.setdefault(lower, []).append(value.strip(" \t"))
    return fields


def length_of(head: Head, reader: Reader, caps: Caps) -> int | None:
    """Return the body's length as Content-Length has it; None if it names none.

    Raises:
        MalformedResponseError: It is no number, or two that differ.
        TooLargeError: It is above the cap.
    """
    values = head.fields.get("content-length")
    if values is None:
        return None
    texts = {text.strip(" \t") for value in values for text in value.split(",")}
    text = texts.pop()
    if texts or not _LENGTH.fullmatch(text):
        raise reader.malformed("Content-Length is not one number")
    if int(text) > caps.body:
        raise too_large(reader, caps)
    return int(text)


def is_chunked(head: Head, reader: Reader) -> bool:
    """Return whether the body comes in chunks.

    Raises:
        MalformedResponseError: Any other transfer coding, one under HTTP/1.0, or one beside a
            Content-Length: two readers would see two bodies (RFC 9112 §6.1).
    """
    values = head.fields.get("transfer-encoding")
    if values is None:
        return False
    codings = ",".join(values).lower()
    if codings != "chunked" or head.minor == 0 or "content-length" in head.fields:
        raise reader.malformed("Transfer-Encoding is not 'chunked' alone under HTTP/1.1")
    return True


def too_large(reader: Reader, caps: Caps) -> TooLargeError:
    """Build the error for a body above its cap."""
    return TooLargeError(f"{reader.url.place}: a body of more than {caps.body} bytes", Sent.MAYBE)


def _note_status(reader: Reader, line: str) -> None:
    """Keep the final status: it stands whatever is wrong with the rest of the answer."""
    match = _STATUS.fullmatch(line)
    if match and int(match[2]) >= 200:
        reader.status = int(match[2])


def _parsed(text: str, reader: Reader, caps: Caps) -> Head:
    start, *lines = text.split("\r\n")
    status = _STATUS.fullmatch(start)
    if status is None or _BAD_TEXT.search(start):
        raise reader.malformed("the answer does not start with an HTTP/1.x status line")
    return Head(int(status[2]), int(status[1]), fields_of(lines, reader, caps))


@lru_cache(maxsize=1024)
def _name(name: str) -> str | None:
    return name.lower() if len(name) < 256 and TOKEN.fullmatch(name) else None
