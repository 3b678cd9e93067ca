"""The last request of a dead letter and its answer, as two lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def exchange_lines(exchange: Mapping[str, Any]) -> Iterator[str]:
    """Return what was sent, and what came back or why nothing did.

    Args:
        exchange: As `portcall.outbox.Entry.exchange` has it.
    """
    request, answer = exchange["request"], exchange["answer"]
    yield f"request: {request['method']} {request['url']} {request['body'] or ''}".rstrip()
    if answer is not None:
        yield f"answer: {answer['status']} {answer['body']}".rstrip()
    elif error := exchange.get("error"):
        yield f"no answer: {error}"
