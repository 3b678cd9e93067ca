"""The last request of an attempt and its answer, short and without secrets, as an outbox keeps them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from portcall.model.http_request import Request
from portcall.model.http_response import Response
from portcall.raised import text_of
from portcall.redaction.bodies import redact_body
from portcall.redaction.text import Redactor

MOST_OF_BODY: Final = 1_500
"""Characters that are kept of a body."""

_MOST_OF_LINE: Final = 300
_MOST_READ: Final = 16_384


def exchange_text(
    request: Request,
    ended: Response | BaseException,
    redact: Redactor,
    payloads: Sequence[Any] | None,
) -> str:
    """Return JSON of a few KiB: ``request``, ``answer`` (None if no answer came) and ``error``.

    Args:
        request: As the action sent it, before the layers have added credentials.
        ended: What came back, or why nothing that can be used did.
        redact: Knows the secrets of the connection.
        payloads: What the request was made of, with secrets of its own; None if these are not known, so that
            the request's body cannot be shown.
    """
    response = ended if isinstance(ended, Response) else None
    if response is None and request.answers:
        response = request.answers[-1]
    own = Redactor.of(payloads or ())

    def shown(text: str | bytes, most: int = _MOST_OF_LINE) -> str:
        plain = text if isinstance(text, str) else text[: 4 * _MOST_READ].decode(errors="replace")
        return redact_body(own.start(plain, _MOST_READ), redact, most)

    body = request.body if payloads is not None else None
    said: dict[str, Any] = {
        "request": {
            "method": request.method,
            "url": shown(request.url),
            "body": None if body is None else shown(body, MOST_OF_BODY),
        },
        "answer": None,
    }
    if response is not None:
        said["answer"] = {
            "status": response.status,
            "content_type": shown(response.headers.get("content-type", "")),
            "body": shown(response.body, MOST_OF_BODY),
        }
    if isinstance(ended, BaseException):
        said["error"] = shown(text_of(ended))
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
