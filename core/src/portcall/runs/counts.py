"""What became of the events so far: counts by outcome, and the reasons of those that were not delivered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from time import monotonic
from typing import Any, Final, Self

import attrs

from portcall.runs.reasons import common, common_without_values

MAX_REASONS: Final = 50
MAX_EXAMPLES: Final = 5
MAX_REASON_CHARACTERS: Final = 300
_ROOM: Final = (MAX_REASONS // 2, MAX_REASONS * 3 // 4, MAX_REASONS)
"""Up to so many groups, reasons differ in what they quote; then in their words; then in how they begin."""

OTHER: Final = "other reasons"
KINDS: Final = ("delivered", "skipped", "rejected", "uncertain", "retry", "reauthorize")
_ANSWERED: Final = re.compile(r" answered ((\d{3})\b.*)", re.DOTALL)


@attrs.define
class ReasonGroup:
    """The events that were not delivered for one reason.

    Attributes:
        text: The reason, redacted; what differs from event to event is ``…``.
        count: How many there are.
        numbers: The first few of their entries.
    """

    text: str
    count: int = 0
    numbers: list[int] = attrs.field(factory=list)

    def add(self, text: str, key: str, count: int, numbers: list[int]) -> None:
        """Add events; where their reason is another text, the group shows what is common to all."""
        if text != self.text:
            self.text = _cut(key)
        self.count += count
        self.numbers = [*self.numbers, *numbers][:MAX_EXAMPLES]


@attrs.define
class Counts:
    """Counts while events are delivered; its size does not grow with their number.

    Attributes:
        outcomes: The number of events by kind of outcome; one of which there is nothing more to say is
            counted here.
        reasons: By what the reasons of a group have in common.
        started: When counting began, on the monotonic clock.
        took_s: Seconds from then to the end; 0 while counting goes on.
    """

    outcomes: Counter[str] = attrs.field(factory=Counter)
    reasons: dict[str, ReasonGroup] = attrs.field(factory=dict)
    started: float = attrs.field(factory=monotonic)
    took_s: float = 0.0

    @property
    def delivered(self) -> int:
        """Events that the destination took."""
        return self.outcomes["delivered"]

    @property
    def skipped(self) -> int:
        """Events that the filter does not want."""
        return self.outcomes["skipped"]

    @property
    def rejected(self) -> int:
        """Events that were refused for what they are."""
        return self.outcomes["rejected"]

    @property
    def uncertain(self) -> int:
        """Events that may have been applied or not."""
        return self.outcomes["uncertain"]

    @property
    def to_retry(self) -> int:
        """Events that were not applied and are to be sent again."""
        return self.outcomes["retry"] + self.outcomes["reauthorize"]

    @property
    def total(self) -> int:
        """All events that have an outcome."""
        return sum(self.outcomes.values())

    @property
    def rate(self) -> float:
        """Outcomes a second."""
        took_s = self.took_s or monotonic() - self.started
        return self.total / took_s if took_s > 0 else 0.0

    def fail(self, kind: str, number: int, reason: str, short: str = "") -> None:
        """Count one event that was not delivered.

        Args:
            kind: Of the outcome.
            number: Of the entry.
            reason: Why, redacted.
            short: The same without what differs from event to event.
        """
        self.outcomes[kind] += 1
        key = self._key(reason, short)
        group = self.reasons.setdefault(key, ReasonGroup(_cut(reason) if key != OTHER else OTHER))
        group.add(_cut(reason), key, 1, [number])

    def finish(self) -> None:
        """Stop the clock."""
        self.took_s = monotonic() - self.started

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON values; the most frequent reason first."""
        return {
            **{kind: self.outcomes[kind] for kind in KINDS},
            "took_s": round(self.took_s, 3),
            "rate": round(self.rate, 1),
            "reasons": [
                {"reason": reason, "count": group.count, "events": group.numbers}
                for reason, group in self.by_count()
            ],
        }

    def by_count(self) -> list[tuple[str, ReasonGroup]]:
        """Return the reasons, the most frequent first."""
        groups = sorted(self.reasons.values(), key=lambda each: -each.count)
        return [(group.text, group) for group in groups]

    @classmethod
    def sum(cls, parts: Iterable[Counts]) -> Self:
        """Add counts up, also while other threads still count."""
        whole = cls(started=float("inf"))
        for part in parts:
            whole.outcomes.update(dict(part.outcomes))  # one step, which no other thread divides
            whole.started = min(whole.started, part.started)
            whole.took_s = max(whole.took_s, part.took_s)
            for key, group in list(part.reasons.items()):
                known = whole.reasons.setdefault(key, ReasonGroup(group.text))
                known.add(group.text, key, group.count, group.numbers)
        return whole

    def _key(self, reason: str, short: str) -> str:
        """Return the group's key; reasons that always differ share a short one, and then `OTHER`."""
        keys = (common(reason), common_without_values(reason), short)
        for key, room in zip(keys, _ROOM, strict=True):
            if key in self.reasons or (key and len(self.reasons) < room):
                return key
        return OTHER


def shortened(reason: str) -> tuple[str, str]:
    """Return a reason without the request it begins with, and without what differs between events."""
    answered = _ANSWERED.search(reason)
    if answered:
        return answered[1], answered[2]
    return reason, reason.partition(":")[0]


def _cut(reason: str) -> str:
    cut = len(reason) > MAX_REASON_CHARACTERS
    return f"{reason[:MAX_REASON_CHARACTERS]}…" if cut else reason
