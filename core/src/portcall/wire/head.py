"""The head of an answer: status line and fields (RFC 9112 §4, §5)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import attrs

from portcall.wire.limits import Caps
from portcall.wire.reader import Reader

TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_STATUS: Final = re.compile(r"HTTP/1\.([0-9]) ([1-9][0-9][0-9])(?: [^\r\n]*)?")
_BREAK: Final = re.compile(r"[\x00\r\n]")
_CONTROL: Final = re.compile(r"[\x01-\x08\x0b-\x1f\x7f]")
_FOLD: Final = re.compile(r"[ \t]*\n[ \t]+")
_BLANK: Final = frozenset(" \t")
_MAX_INTERIM: Final = 16
_SHORT: Final = 256
"""What is longer is not remembered."""

_MOST_LINES: Final = 1024
_HARMLESS: Final = frozenset(
    {
        "accept-ranges",
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "age",
        "allow",
        "cache-control",
        "connection",
        "content-encoding",
        "content-language",
        "content-length",
        "content-type",
        "date",
        "expires",
        "keep-alive",
        "last-modified",
        "pragma",
        "referrer-policy",
        "retry-after",
        "server",
        "strict-transport-security",
        "transfer-encoding",
        "vary",
        "via",
        "x-content-type-options",
        "x-frame-options",
        "x-powered-by",
        "x-xss-protection",
    }
)
"""Fields that carry no secret (RFC 9110, 9111 and 6797, the Fetch standard); others are not remembered."""

_known_lines: Final[dict[str, tuple[str, str]]] = {}
"""Names and values of lines that came lately, in answers to any connection of the process."""

Fields = dict[str, list[str]]


@attrs.define
class Head:
    """What an answer says of itself.

    Args:
        status: Final status code, 200 to 999.
        minor: Of HTTP/1.x; what is above 1 is read as 1 (RFC 9110 §2.5).
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
            return self.minor >= 1
        options = {option.strip().lower() for option in ",".join(values).split(",")}
        return "close" not in options and (self.minor >= 1 or "keep-alive" in options)


def read_head(reader: Reader, caps: Caps) -> Head:
    """Read the head of the final answer, past interim ones (RFC 9110 §15.2).

    From the moment that the status line is there, ``reader.status`` has the status, whatever is
    wrong with the lines behind it.

    Raises:
        MalformedResponseError: Not HTTP/1.x, a field that is none, or 101, which was not asked for.
        TooLargeError: Above the caps.
        DisconnectedError: The connection ends before the head does.
    """
    for _ in range(_MAX_INTERIM):
        try:
            text = reader.head(caps.head).decode("latin-1")
        except BaseException:
            _note_status(reader.first_line().decode("latin-1"), reader)
            raise
        head = _parse(text, reader, caps)
        if head.status >= 200:
            return head
        if head.status == 101:
            raise reader.malformed("switches to a protocol that was not asked for (101)")
    raise reader.malformed(f"sent more than {_MAX_INTERIM} interim answers")


def fields_of(lines: list[str], reader: Reader, caps: Caps) -> Fields:
    """Read field lines, strictly: no white space before the colon (RFC 9112 §5).

    Raises:
        MalformedResponseError: A line is not a field.
        TooLargeError: There are too many.
    """
    if len(lines) > caps.fields:
        raise reader.too_large(f"more than {caps.fields} header fields")
    fields: Fields = {}
    for line in lines:
        field = _known_lines.get(line) or _field(line)
        if field is None:
            raise reader.malformed("the head holds a line that is not a header field")
        name, value = field
        if name in fields:
            fields[name].append(value)
        else:
            fields[name] = [value]
    return fields


def _parse(text: str, reader: Reader, caps: Caps) -> Head:
    lines = text.split("\r\n")
    status = _note_status(lines.pop(0), reader)
    if status is None:
        raise reader.malformed("the answer does not start with an HTTP/1.x status line")
    minor, code = status
    if "\n " in text or "\n\t" in text:
        lines = _unfolded(lines, reader)
    return Head(code, minor, fields_of(lines, reader, caps))


def _unfolded(lines: list[str], reader: Reader) -> list[str]:
    """Join each folded field to one line, as a user agent reads it (RFC 9112 §5.2)."""
    if lines[0][:1] in _BLANK:
        raise reader.malformed("white space stands before the first header field")
    return _FOLD.sub(" ", "\n".join(lines)).split("\n")


def _note_status(line: str, reader: Reader) -> tuple[int, int] | None:
    """Read a status line, and keep a final status: it stands whatever is wrong behind it.

    Returns:
        The minor version and the status; None for a line that has none.
    """
    status = _status(line) if len(line) < _SHORT else _status.__wrapped__(line)
    if status is not None and status[1] >= 200:
        reader.status = status[1]
    return status


@lru_cache(maxsize=256)
def _status(line: str) -> tuple[int, int] | None:
    match = _STATUS.fullmatch(line)
    return match and (int(match[1]), int(match[2]))


def _field(line: str) -> tuple[str, str] | None:
    """Return the lower-case name and the value of a line; None for one that is not a field."""
    name, colon, value = line.partition(":")
    if not (colon and len(name) < _SHORT and TOKEN.fullmatch(name)):
        return None
    if not value.isprintable():
        if _BREAK.search(value):
            return None
        value = _CONTROL.sub("?", value)  # it may be shown on a terminal (RFC 9110 §5.5)
    field = name.lower(), value.strip(" \t")
    if field[0] in _HARMLESS and len(line) < _SHORT:
        if len(_known_lines) >= _MOST_LINES:
            _known_lines.clear()
        _known_lines[line] = field
    return field
