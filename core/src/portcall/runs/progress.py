"""How far a run is, as one frozen value."""

from __future__ import annotations

from time import monotonic

import attrs

from portcall.runs.counts import Counts


@attrs.frozen(kw_only=True)
class Progress:
    """How far a run is at one instant; counts are those of this process, all subscriptions together.

    Args:
        delivered: Events that the destination took.
        skipped: Events that no filter wants.
        rejected: Events that were refused for what they are.
        uncertain: Events that may have been applied or not.
        to_retry: Events that were not applied and are to be sent again.
        under_way: Events that were read and have no outcome yet.
        rate: Outcomes a second.
        took_s: Seconds since the run began.
        done_bytes: How much of the input has its outcomes, as bytes on disk.
        total_bytes: The input's size on disk; None for a pipe.
        time_left_s: Seconds until all of the input has its outcomes; None if that cannot be known yet.
        trouble: Why no event is delivered at this moment, redacted; empty while events are.
        following: The file that is waited for more; empty if the input has an end.
        is_over: The run has ended.
    """

    delivered: int = 0
    skipped: int = 0
    rejected: int = 0
    uncertain: int = 0
    to_retry: int = 0
    under_way: int = 0
    rate: float = 0.0
    took_s: float = 0.0
    done_bytes: int = 0
    total_bytes: int | None = None
    time_left_s: float | None = None
    trouble: str = ""
    following: str = ""
    is_over: bool = False

    @classmethod
    def of(
        cls,
        counts: Counts,
        *,
        under_way: int = 0,
        extent: Extent | None = None,
        trouble: str = "",
        following: str = "",
        is_over: bool = False,
    ) -> Progress:
        """Return a snapshot of counts that other threads may still change.

        Args:
            counts: Of all subscriptions.
            under_way: Events without an outcome.
            extent: How much of the input has its outcomes; None if there is nothing to measure it by.
            trouble: Why no event is delivered.
            following: The file that is waited for more.
            is_over: The run has ended.
        """
        took_s = counts.took_s or monotonic() - counts.started
        return cls(
            delivered=counts.delivered,
            skipped=counts.skipped,
            rejected=counts.rejected,
            uncertain=counts.uncertain,
            to_retry=counts.to_retry,
            under_way=under_way,
            rate=counts.rate,
            took_s=max(took_s, 0.0),
            done_bytes=extent.done if extent else 0,
            total_bytes=extent.total if extent else None,
            time_left_s=extent.time_left_s(took_s) if extent and not is_over else None,
            trouble=trouble,
            following=following,
            is_over=is_over,
        )


@attrs.frozen
class Extent:
    """A part of an input, in bytes on disk.

    Args:
        begun: Where this run began: what an earlier one has done takes no time now.
        done: Up to where every entry has its outcome.
        total: The size of all of it; None for a pipe.
    """

    begun: int
    done: int
    total: int | None

    def time_left_s(self, took_s: float) -> float | None:
        """Return the seconds that the rest takes at the speed so far; None if that is unknown."""
        if self.total is None or self.done <= self.begun:
            return None
        return (self.total - self.done) * took_s / (self.done - self.begun)
