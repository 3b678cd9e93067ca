"""When an event happened, by the clock of this machine: corrected by the difference to the sender's."""

from __future__ import annotations

from datetime import UTC, datetime


def corrected(timestamp: object, sent_at: object, received_at: datetime) -> str:
    """Return the time of an event as Segment corrects it: ``receivedAt - (sentAt - originalTimestamp)``.

    Args:
        timestamp: When it happened, as the sender says; anything but a time counts as "just now".
        sent_at: When it was sent, by the same clock; if it is no time, the sender's clock is trusted.
        received_at: When it was received, by the clock of this machine.

    Source: https://segment.com/docs/connections/spec/common/#timestamps
    """
    happened, sent = read_time(timestamp), read_time(sent_at)
    if happened is None:
        return write_time(received_at)
    if sent is None:
        return write_time(happened)
    try:
        return write_time(received_at - (sent - happened))
    except OverflowError:  # a time in the year 1, or 9999
        return write_time(received_at)


def read_time(text: object) -> datetime | None:
    """Return the instant that an ISO 8601 text means, in UTC if it has no zone; None if it means none."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def write_time(at: datetime) -> str:
    """Return an instant as Segment's senders write it: UTC with milliseconds and a Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
