"""Instants as every output has them: RFC 3339, in UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(when: datetime) -> str:
    """Return an aware instant to the second: ``2026-03-10T12:00:05Z`` (RFC 3339 §5.6)."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
