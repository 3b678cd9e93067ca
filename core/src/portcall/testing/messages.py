"""What a peer received, and what makes its answer."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import attrs

from portcall.checks.reply import Reply
from portcall.model.http_response import Headers


@attrs.frozen(kw_only=True, repr=False)
class Received:
    """One request as it came over the wire.

    Args:
        method: As sent.
        target: Path and query as sent.
        headers: By name in any case.
        body: Whole.
        connection: Which TCP connection it came on, counted from 1.
    """

    method: str
    target: str
    headers: Headers
    body: bytes = b""
    connection: int = 0

    @property
    def path(self) -> str:
        """The target without its query, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, list[str]]:
        """Decoded query parameters; a name may have several values."""
        return parse_qs(self.target.partition("?")[2], keep_blank_values=True)

    @property
    def form(self) -> dict[str, list[str]]:
        """The body read as ``application/x-www-form-urlencoded``."""
        return parse_qs(self.body.decode(), keep_blank_values=True, strict_parsing=True)

    @property
    def basic(self) -> tuple[str, str] | None:
        """User name and password of HTTP Basic (RFC 7617); None if there are none."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            text = b64decode(value, validate=True).decode()
        except ValueError:  # neither base64 nor UTF-8
            return None
        user, colon, password = text.partition(":")
        return (user, password) if colon else None

    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<Received {self.method} {self.target} {len(self.body)} bytes>"


Answer: TypeAlias = Reply | Callable[[Received], Reply]
"""A reply, or a function that makes one; an exception in it fails the test when the peer closes."""
