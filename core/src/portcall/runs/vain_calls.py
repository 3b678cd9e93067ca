"""Calls that come to nothing, one after another: the sign of a destination that cannot serve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from portcall.actions import Outcome
from portcall.runs.inputs import Entry
from portcall.runs.stop_signal import NETWORK, StopSignal

MOST_IN_A_ROW: Final = 3
"""So many calls in a row, each tried again and again in vain: the destination cannot serve now."""

_VAIN: Final = frozenset({"retry", "uncertain"})


class VainCalls:
    """Counts the calls of one subscription that come to nothing as a whole, and ends the run in time.

    Args:
        stop: Ends the run.
        waited: The entries that failed in an earlier run. They are sent first: if they counted, the others
            might never be sent.
    """

    def __init__(self, stop: StopSignal, waited: frozenset[int]) -> None:
        self._stop: Final = stop
        self._waited: Final = waited
        self._sizes: Final[dict[int, int]] = {}
        self._in_a_row = 0

    def begun(self, entries: Sequence[Entry]) -> None:
        """Note a call that begins."""
        self._sizes[entries[0].number] = len(entries)

    def ended(self, entries: Sequence[Entry], outcomes: Sequence[Outcome]) -> None:
        """Note the outcomes of a call, or of a part of it."""
        kinds = {outcome.kind for outcome in outcomes}
        whole = self._sizes.pop(entries[0].number, 0) == len(outcomes)
        silent = kinds <= _VAIN and (kinds == {"retry"} or bool(self._stop.trouble))
        if not (whole and silent):
            self._in_a_row = 0 if kinds - _VAIN else self._in_a_row
        elif entries[0].number not in self._waited:
            self._in_a_row += 1
        if self._in_a_row >= MOST_IN_A_ROW:
            self._stop.end(NETWORK, outcomes[0].reason)
