"""What became of the events so far: counts, and the reasons of those that failed."""

from __future__ import annotations

import re
from time import monotonic
from typing import Any, Final

import attrs

from portcall.errors import MappingError, PortcallError, ResponseError, SettingsError

MAX_REASONS: Final = 50
MAX_EXAMPLES: Final = 5
MAX_REASON_CHARACTERS: Final = 160
OTHER: Final = "other reasons"
_ANSWERED: Final = re.compile(r" answered (\d{3}\b.*)", re.DOTALL)


@attrs.define
class Group:
    """The events that failed for one reason."""

    count: int = 0
    lines: list[int] = attrs.field(factory=list)


@attrs.define
class Tally:
    """Counts while events are delivered; its size does not grow with them."""

    sent: int = 0
    failed: int = 0
    network: int = 0
    last_line: int = 0
    stopped: str = ""
    groups: dict[str, Group] = attrs.field(factory=dict)
    start: float = attrs.field(factory=monotonic)
    took_s: float = 0.0

    @property
    def rate(self) -> float:
        """Events a second, sent or failed."""
        took_s = self.took_s or monotonic() - self.start
        return (self.sent + self.failed) / took_s if took_s > 0 else 0.0

    def fail(self, number: int, reason: str, short: str = "") -> None:
        """Count one event that failed."""
        self.failed += 1
        group = self.groups.setdefault(self._key(reason, short), Group())
        group.count += 1
        if len(group.lines) < MAX_EXAMPLES:
            group.lines.append(number)

    def finish(self) -> None:
        """Stop the clock."""
        self.took_s = monotonic() - self.start

    def to_json(self) -> dict[str, Any]:
        """Give it for programs; the most frequent reason first."""
        return {
            "sent": self.sent,
            "failed": self.failed,
            "last_line": self.last_line,
            "took_s": round(self.took_s, 3),
            "rate": round(self.rate, 1),
            "stopped": self.stopped or None,
            "reasons": [
                {"reason": reason, "count": group.count, "lines": group.lines}
                for reason, group in self.by_count()
            ],
        }

    def by_count(self) -> list[tuple[str, Group]]:
        """Give the reasons, the most frequent first."""
        return sorted(self.groups.items(), key=lambda each: -each[1].count)

    def _key(self, reason: str, short: str) -> str:
        """Give the group; reasons that differ every time end in a short one, then in one for all."""
        for key in (reason, short):
            if key in self.groups or (key and len(self.groups) < MAX_REASONS):
                return key
        return OTHER


def reason_of(exc: BaseException) -> tuple[str, str]:
    """Give why an event failed, and the same without what differs from event to event."""
    if isinstance(exc, SettingsError | MappingError) and exc.problems:
        messages = [problem.message for problem in exc.problems]
        return "; ".join(messages), messages[0].partition(":")[0]
    kind = type(exc).__name__
    said = " ".join(str(exc).split())
    if isinstance(exc, ResponseError):
        answer = _ANSWERED.search(said)
        return (answer[1] if answer else said), str(exc.response.status)
    if isinstance(exc, PortcallError):
        return said, kind
    return f"{kind}: {said} (out of the action)", f"{kind} (out of the action)"
