"""What a stand-in answers to one request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from portcall.model.opaque import EMPTY


@attrs.frozen
class Reply:
    """What a stand-in answers.

    Args:
        status: Status code.
        json: Sent as JSON with its Content-Type, if not None.
        body: Sent as it is, if there is no ``json``.
        headers: More header fields.
        hang_up: Close the connection without an answer.
    """

    status: int = 200
    json: Any = attrs.field(default=None, kw_only=True)
    body: bytes = attrs.field(default=b"", kw_only=True)
    headers: Mapping[str, str] = attrs.field(default=EMPTY, kw_only=True)
    hang_up: bool = attrs.field(default=False, kw_only=True)
