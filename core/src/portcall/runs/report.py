"""What came of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs

from portcall.model.rfc3339 import rfc3339
from portcall.runs.counts import Counts


@attrs.frozen(kw_only=True)
class Report:
    """What came of a run, as far as this process carried it out.

    Args:
        subscriptions: The counts of each subscription, by its name.
        counts: Those of all subscriptions together.
        stopped: Why the run ended before its input did: ``"interrupted"``, ``"authentication"``,
            ``"network"``, ``"throttled"``, ``"rejected"`` or ``"broken"``; empty if the input came to its
            end, and the destination did not ask to be left alone.
        stopped_for: The same for a person, redacted; may be empty.
        error: The exception that ended the run, if one did.
        unit: What the input consists of: ``"line"``, ``"item"`` or ``"record"``.
        last: The number of the last entry that was read.
        dead_letters: The files with the events that were not delivered, by kind of outcome:
            ``"rejected"``, ``"uncertain"``, ``"retry"``.
        waiting: How many events are to be sent again when the run is resumed.
        journal: The journal of the run; None where there is nothing to resume.
        resumed_after: The last entry that an earlier run had seen to; 0 if there was none.
        retry_at: When the destination wants to be asked again, if it has said so and that is still to come.
        recovered: Events that earlier runs had read from a pipe, or a followed file, and had not delivered,
            and that this run has seen to first.
        repeated: Events that were not sent again, as the ledger remembers that they were delivered, or that
            they may have been.
        resent: Events that a killed run may have delivered, sent again as their action says that repeats
            are harmless.
        done_at: When an earlier run came to its end that has left nothing to do; None if there was
            something to do.
        notices: Of a followed file: lines that could not be found any more.
        dry_run: Nothing was sent.
    """

    subscriptions: Mapping[str, Counts]
    counts: Counts = attrs.field(init=False)
    stopped: str = ""
    stopped_for: str = ""
    error: BaseException | None = None
    unit: str = "line"
    last: int = 0
    dead_letters: Mapping[str, Path] = attrs.field(factory=dict)
    waiting: int = 0
    journal: Path | None = None
    resumed_after: int = 0
    retry_at: datetime | None = None
    recovered: int = 0
    repeated: int = 0
    resent: int = 0
    done_at: datetime | None = None
    notices: Sequence[str] = ()
    dry_run: bool = False

    @counts.default
    def _sum(self) -> Counts:
        return Counts.sum(self.subscriptions.values())

    @property
    def delivered(self) -> int:
        """Events that the destination took."""
        return self.counts.delivered

    @property
    def skipped(self) -> int:
        """Events that no filter wants."""
        return self.counts.skipped

    @property
    def rejected(self) -> int:
        """Events that were refused for what they are."""
        return self.counts.rejected

    @property
    def uncertain(self) -> int:
        """Events that may have been applied or not."""
        return self.counts.uncertain

    @property
    def to_retry(self) -> int:
        """Events that were not applied and are to be sent again."""
        return self.counts.to_retry

    @property
    def is_complete(self) -> bool:
        """The input came to its end, and no event is to be sent again."""
        return not (self.stopped or self.waiting or self.to_retry)

    @property
    def can_resume(self) -> bool:
        """There is something left to do, and the journal knows what."""
        return self.journal is not None and bool(self.waiting or self.stopped)

    def _retry_at(self) -> str | None:
        if self.is_complete or self.retry_at is None:
            return None
        return rfc3339(self.retry_at)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        said = {
            "dry_run": self.dry_run,
            **self.counts.to_json(),
            "stopped": self.stopped or None,
            "stopped_for": self.stopped_for or None,
            "last": self.last,
            "retry_at": self._retry_at(),
            "recovered": self.recovered,
            "repeated": self.repeated,
            "resent": self.resent,
            "done_at": rfc3339(self.done_at) if self.done_at else None,
            "notices": list(self.notices),
            "waiting": self.waiting,
            "files": {kind: str(path) for kind, path in self.dead_letters.items()},
            "journal": str(self.journal) if self.can_resume else None,
        }
        if len(self.subscriptions) > 1:
            said["subscriptions"] = {
                name: each.to_json() for name, each in self.subscriptions.items()
            }
        return said
