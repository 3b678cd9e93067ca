"""What became of the events so far: counts by outcome, and the reasons of those that were not delivered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from time import monotonic
from typing import Any, Final

import attrs

MAX_REASONS: Final = 50
MAX_EXAMPLES: Final = 5
MAX_REASON_CHARACTERS: Final = 300
OTHER: Final = "other reasons"
KINDS: Final = ("delivered", "skipped", "rejected", "uncertain", "retry", "reauthorize")
_ANSWERED: Final = re.compile(r" answered ((\d{3})\b.*)", re.DOTALL)


@attrs.define
class Group:
    """The events that were not delivered for one reason."""

    count: int = 0
    numbers: list[int] = attrs.field(factory=list)


@attrs.define
class Counts:
    """Counts while events are delivered; its size does not grow with them."""

    counts: Counter[str] = attrs.field(factory=Counter)
    groups: dict[str, Group] = attrs.field(factory=dict)
    start: float = attrs.field(factory=monotonic)
    took_s: float = 0.0

    @property
    def total(self) -> int:
        """All events that have an outcome."""
        return sum(self.counts.values())

    @property
    def rate(self) -> float:
        """Events a second."""
        took_s = self.took_s or monotonic() - self.start
        return self.total / took_s if took_s > 0 else 0.0

    def fail(self, kind: str, number: int, reason: str, short: str = "") -> None:
        """Count one event that was not delivered.

        Args:
            kind: Of the outcome.
            number: Of the entry.
            reason: Why, redacted.
            short: The same without what differs from event to event.
        """
        self.counts[kind] += 1
        group = self.groups.setdefault(self._key(_cut(reason), short), Group())
        group.count += 1
        if len(group.numbers) < MAX_EXAMPLES:
            group.numbers.append(number)

    def finish(self) -> None:
        """Stop the clock."""
        self.took_s = monotonic() - self.start

    def to_json(self) -> dict[str, Any]:
        """Return it for programs; the most frequent reason first."""
        return {
            **{kind: self.counts[kind] for kind in KINDS},
            "took_s": round(self.took_s, 3),
            "rate": round(self.rate, 1),
            "reasons": [
                {"reason": reason, "count": group.count, "events": group.numbers}
                for reason, group in self.by_count()
            ],
        }

    def by_count(self) -> list[tuple[str, Group]]:
        """Return the reasons, the most frequent first."""
        return sorted(self.groups.items(), key=lambda each: -each[1].count)

    def _key(self, reason: str, short: str) -> str:
        """Return the group; reasons that differ every time end in a short one, then in one for all."""
        for key in (reason, short):
            if key in self.groups or (key and len(self.groups) < MAX_REASONS):
                return key
        return OTHER


def together(tallies: Iterable[Counts]) -> Counts:
    """Add tallies up."""
    whole = Counts(start=float("inf"))
    for tally in tallies:
        whole.counts.update(dict(tally.counts))  # others count meanwhile
        whole.start = min(whole.start, tally.start)
        whole.took_s = max(whole.took_s, tally.took_s)
        for reason, group in list(tally.groups.items()):
            known = whole.groups.setdefault(reason, Group())
            known.count += group.count
            known.numbers = [*known.numbers, *group.numbers][:MAX_EXAMPLES]
    return whole


def shortened(reason: str) -> tuple[str, str]:
    """Return a reason without what every answer begins with, and without what differs from event to event."""
    answered = _ANSWERED.search(reason)
    if answered:
        return answered[1], answered[2]
    return reason, reason.partition(":")[0]


def _cut(reason: str) -> str:
    cut = len(reason) > MAX_REASON_CHARACTERS
    return f"{reason[:MAX_REASON_CHARACTERS]}…" if cut else reason
