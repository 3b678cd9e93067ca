"""What an answer is, and what it means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import attrs

from portcall.errors import MalformedResponseError, Sent, TransportError
from portcall.model.opaque import opaque
from portcall.model.quick_init import quick_init


def _refuse(constant: str) -> Any:
    """NaN and Infinity are not JSON (RFC 8259 §6)."""
    raise ValueError(constant)


class Headers(Mapping[str, str]):
    """Header fields of an answer: names in any case, repeated ones joined by ``", "``.

    Args:
        pairs: Names and values in the order they came.
    """

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name.lower(), []).append(value)

    @classmethod
    def by_name(cls, values: dict[str, list[str]]) -> Headers:
        """Return header fields whose values stand by lower-case name already; *values* is theirs then."""
        made: Headers = cls.__new__(cls)
        made._values = values
        return made

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._values[name.lower()])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return every value of *name*, in order; for fields that must not be joined (Set-Cookie)."""
        return tuple(self._values.get(name.lower(), ()))

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self._values)}>"


class Kind(Enum):
    """What an answer means for the connection."""

    OK = "ok"
    CHALLENGED = "challenged"
    THROTTLED = "throttled"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"


@attrs.frozen
class Verdict:
    """What an answer means: the answer of ``classify_response``.

    Args:
        kind: One of `Kind`.
        retry_at: Aware instant before which asking again is no use; None if nothing is known.
        reason: The destination's own word for it, for messages: ``"insufficient_scope"``.
        not_applied: Of `Kind.UNAVAILABLE`: the destination documents that it has not applied a request that
            it answers so. Without that word, 500, 502, 504 and the like leave it open, and only what may
            be applied twice is sent again.
    """

    kind: Kind
    retry_at: datetime | None = None
    reason: str = ""
    not_applied: bool = False


@opaque
@quick_init
@attrs.frozen(kw_only=True, repr=False)
class Response:
    """What came back.

    Args:
        status: Final status code; what the destination decided, also where the body cannot be read.
        headers: See `Headers`.
        body: Decoded bytes, whole.
        url: Where the answer came from, without its query.
        unreadable: What is wrong with the body, or with its end; None for a body that is whole.
    """

    status: int
    headers: Headers = attrs.field(factory=Headers)
    _body: bytes = attrs.field(default=b"", alias="body")
    url: str = ""
    unreadable: TransportError | None = None

    @property
    def body(self) -> bytes:
        """The decoded bytes, whole.

        Raises:
            TransportError: The body is cut off, above its cap, late, or not what the head says;
                carries ``status``. The request was applied or not as the status says.
        """
        error = self.unreadable
        if error is None:
            return self._body
        raise type(error)(str(error), error.sent, error.status)

    @property
    def text(self) -> str:
        """The body as text, in the charset of the Content-Type, UTF-8 if it names none.

        Raises:
            MalformedResponseError: The body is not in that charset, or the charset is unknown.
            TransportError: As for `body`.
        """
        body, charset = self.body, self.charset
        try:
            return body.decode(charset)
        except (UnicodeDecodeError, LookupError):
            message = f"{self.url}: the body is not valid {charset[:40]} text"
        raise MalformedResponseError(message, Sent.MAYBE, self.status)

    @property
    def media_type(self) -> str:
        """The Content-Type without parameters, lower case; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The charset parameter of the Content-Type, or ``utf-8``."""
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip('"').lower()
        return "utf-8"

    def json(self) -> Any:
        """Read the body as JSON (RFC 8259), whatever the Content-Type says: many APIs say nothing true.

        A byte order mark is taken, as RFC 8259 §8.1 allows.

        Raises:
            MalformedResponseError: The body is empty or not JSON; names its Content-Type, and carries
                ``status``.
            TransportError: As for `body`.
        """
        body = self.body
        if not body.strip():
            problem = "an empty body where JSON is expected"
        else:
            try:
                text = body.decode(self.charset)
                return json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse)
            except (ValueError, LookupError, RecursionError):
                problem = f"{self.media_type[:80] or 'no content type'} and a body that is not JSON"
        if coding := self.headers.get("content-encoding"):
            problem = f"{problem} (Content-Encoding: {coding[:40]})"
        message = f"{self.url}: answered {self.status} with {problem}"
        raise MalformedResponseError(message, Sent.MAYBE, self.status)

    def __repr__(self) -> str:
        size = "unreadable" if self.unreadable else f"{len(self._body)} bytes"
        return f"<Response {self.status} {self.media_type or 'no type'} {size}>"
