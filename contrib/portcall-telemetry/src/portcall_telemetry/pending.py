"""Spans that began when their request was composed, until it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final

from opentelemetry.trace import Span

from portcall import Request, Secret

_LATEST: Final[ContextVar[tuple[Span, Mapping[str, str | Secret]] | None]] = ContextVar(
    "portcall_telemetry_pending", default=None
)


def keep(span: Span, headers: Mapping[str, str | Secret]) -> None:
    """Remember *span*, which *headers* tell the destination of; one for each thread or task."""
    _LATEST.set((span, headers))


def claim(request: Request) -> Span | None:
    """Return the span that *request* carries in its headers, once; None if it carries another."""
    latest = _LATEST.get()
    if latest is None:
        return None
    _LATEST.set(None)
    span, headers = latest
    carried = all(request.headers.get(name) == value for name, value in headers.items())
    return span if carried else None
