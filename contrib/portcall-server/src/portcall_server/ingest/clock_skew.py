"""When an event happened, by the clock of this machine: corrected by the difference to the sender's."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs


@attrs.frozen
class Receipt:
    """When a call was received, which all of its events have in common.

    Args:
        received_at: By the clock of this machine.
        text: The same as text.
    """

    received_at: datetime
    text: str

    @classmethod
    def at(cls, received_at: datetime) -> Receipt:
        """Return the receipt of a call."""
        return cls(received_at, write_time(received_at))

    def corrected(self, timestamp: object, sent_at: object) -> str:
        """Return the time of an event as Segment corrects it: ``receivedAt - (sentAt - originalTimestamp)``.

        Args:
            timestamp: When it happened, as the sender says; anything but a time counts as "just now".
            sent_at: When it was sent, by the same clock; if it is no time, the sender's clock is trusted.

        Source: https://segment.com/docs/connections/spec/common/#timestamps
        """
        happened = read_time(timestamp)
        if happened is None:
            return self.text
        sent = read_time(sent_at)
        if sent is None:
            return write_time(happened)
        try:
            return write_time(self.received_at + (happened - sent))
        except OverflowError:  # a time in the year 1, or 9999
            return self.text


def read_time(text: object) -> datetime | None:
    """Return the instant that an ISO 8601 text means, in UTC if it has no zone; None if it means none."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is UTC:
            return found
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def write_time(at: datetime) -> str:
    """Return an instant in UTC as Segment's senders write it: with milliseconds and a Z."""
    return f"{at.isoformat(timespec='milliseconds')[:-6]}Z"
