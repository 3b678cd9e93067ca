"""What stands in a stream of events where none has come for a moment."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Idle(Enum):
    """The type of `IDLE`."""

    IDLE = "no event has come for a moment"


IDLE: Final = Idle.IDLE
"""In place of an event: nothing has come since the last look; batches that are old enough leave."""
