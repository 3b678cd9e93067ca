"""How far a subscription has come in its input: what was read, and up to where all have an outcome."""

from __future__ import annotations

import attrs

from portcall.runs.inputs import Entry


@attrs.define(eq=False)
class Extent:
    """The entries that one run has read for a subscription, and those that are over.

    Args:
        reached: The last entry up to which all have an outcome; at first, that of earlier runs.

    Attributes:
        read: The last entry that was read; None if none was.
        read_before: The entry that was read before that one.
        unrecorded: How many outcomes the journal does not cover yet.
    """

    reached: Entry
    read: Entry | None = attrs.field(default=None, init=False)
    read_before: Entry = attrs.field(init=False)
    unrecorded: int = attrs.field(default=0, init=False)
    _began_at: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.read_before = self.reached
        self._began_at = self.reached.number

    @property
    def settled(self) -> float:
        """Of the entries that were read, the part up to which all have an outcome: 0 to 1."""
        read = (self.read.number if self.read else 0) - self._began_at
        return (self.reached.number - self._began_at) / read if read > 0 else 0.0

    def reach(self, entry: Entry, outcomes: int) -> int:
        """Note that all entries up to one have an outcome; return how many outcomes are unrecorded.

        Args:
            entry: The last of them; one behind `reached` changes nothing.
            outcomes: How many outcomes came with it.
        """
        if entry.number <= self.reached.number:
            return 0
        self.reached = entry
        self.unrecorded += outcomes
        return self.unrecorded
