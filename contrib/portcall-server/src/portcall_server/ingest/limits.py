"""What one call may hold: the limits that Segment documents.

Source: https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/#max-request-size
"""

from typing import Final

MOST_EVENT_BYTES: Final = 32 * 1024
"""Of one event as JSON."""

MOST_CALL_BYTES: Final = 500 * 1024
"""Of one call's body, as it is sent and as it is after decompression."""

MOST_EVENTS: Final = 2500
"""Of one batch."""

CALL_S: Final = 30.0
"""How long a sender may take for the body of one call."""
