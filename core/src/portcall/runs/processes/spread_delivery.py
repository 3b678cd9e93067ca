"""The delivery of one subscription by several processes."""

from __future__ import annotations

from typing import Final

from portcall.delivery.delivery import Delivery
from portcall.runs.processes.handing_out import HandingOut


class SpreadDelivery(Delivery):
    """The delivery of one subscription by several processes.

    Args:
        work: Hands the events out.
    """

    __slots__ = ("_work",)

    def __init__(self, work: HandingOut) -> None:
        self._work: Final = work
        super().__init__(work.outcomes(), work.inbox.ending)

    def stop(self) -> None:
        """End in good order: no event is handed out any more, what is being sent is finished."""
        super().stop()
        self._work.stop()
