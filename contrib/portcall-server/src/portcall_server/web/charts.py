"""A chart of the last hours, drawn by the server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from portcall.outbox import State

HOURS: Final = 12
BARS: Final = 48
WIDTH, HEIGHT, LEFT, BOTTOM = 960, 180, 44, 22
SPAN: Final = timedelta(hours=HOURS) / BARS
KINDS: Final[Sequence[tuple[str, str, Sequence[State]]]] = (
    ("good", "delivered", ("delivered",)),
    ("warn", "uncertain", ("uncertain",)),
    ("bad", "not delivered", ("rejected", "dead")),
)


def chart(ended: Mapping[State, Sequence[int]], now: datetime) -> dict[str, Any]:
    """Return what the template draws: how many events got their last outcome, by time and kind.

    Args:
        ended: How many in each of the last `BARS` spans of `SPAN`, by state.
        now: Where the chart ends; aware.

    Returns:
        ``bars`` (``x``, ``y``, ``width``, ``height``, ``kind``, ``title``), ``marks`` of the time axis,
        ``most`` (what the height stands for), ``total`` by kind, and a sentence for those who do not see it.
    """
    counts = [
        {kind: sum(ended[state][bar] for state in states) for kind, _, states in KINDS}
        for bar in range(BARS)
    ]
    start = now - HOURS * timedelta(hours=1)
    most = max(1, *(sum(each.values()) for each in counts))
    total = {kind: sum(each[kind] for each in counts) for kind, _, _ in KINDS}
    said = ", ".join(f"{total[kind]:,} {name}" for kind, name, _ in KINDS)
    return {
        "bars": [
            bar for n, each in enumerate(counts) for bar in _bars(n, each, most, start + n * SPAN)
        ],
        "marks": _marks(now),
        "most": f"{most:,}",
        "total": {kind: f"{count:,}" for kind, count in total.items()},
        "kinds": [(kind, name) for kind, name, _ in KINDS],
        "said": f"The last {HOURS} hours: {said}.",
        "size": (WIDTH, HEIGHT, LEFT, BOTTOM),
    }


def _bars(
    number: int, counts: dict[str, int], most: int, start: datetime
) -> Iterable[dict[str, Any]]:
    step, room = (WIDTH - LEFT) / BARS, HEIGHT - BOTTOM - 8
    floor = float(HEIGHT - BOTTOM)
    for kind, name, _ in KINDS:
        if counts[kind]:
            height = max(2.0, room * counts[kind] / most)
            floor -= height
            yield {
                "x": round(LEFT + number * step + 1, 1),
                "y": round(floor, 1),
                "width": round(step - 2, 1),
                "height": round(height, 1),
                "kind": kind,
                "title": f"{start:%H:%M} UTC: {counts[kind]:,} {name}",
            }


def _marks(now: datetime) -> list[dict[str, Any]]:
    step = (WIDTH - LEFT) / HOURS
    return [
        {"x": round(LEFT + n * step, 1), "text": f"{now - timedelta(hours=HOURS - n):%H:%M}"}
        for n in range(0, HOURS, 2)
    ]
