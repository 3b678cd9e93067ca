"""A chart of the last hours, drawn by the server."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from portcall.outbox import DEAD_LETTERS, Entry

HOURS: Final = 12
BARS: Final = 48
WIDTH, HEIGHT, LEFT, BOTTOM = 960, 180, 44, 22
KINDS: Final = (("good", "delivered"), ("warn", "to be tried again"), ("bad", "not delivered"))


def chart(entries: Iterable[Entry], now: datetime) -> dict[str, Any]:
    """Return what the template draws: how many events got an outcome, by time and kind.

    Args:
        entries: Of the last hours.
        now: Where the chart ends; aware.

    Returns:
        ``bars`` (``x``, ``y``, ``width``, ``height``, ``kind``, ``title``), ``marks`` of the time axis,
        ``most`` (what the height stands for), ``total`` by kind, and a sentence for those who do not see it.
    """
    span = timedelta(hours=HOURS) / BARS
    start = now - timedelta(hours=HOURS)
    counts = [dict.fromkeys((kind for kind, _ in KINDS), 0) for _ in range(BARS)]
    for each in entries:
        kind = _kind(each)
        if each.ended_at is not None and kind and start <= each.ended_at <= now:
            counts[min(int((each.ended_at - start) / span), BARS - 1)][kind] += 1
    most = max(1, *(sum(each.values()) for each in counts))
    total = {kind: sum(each[kind] for each in counts) for kind, _ in KINDS}
    said = ", ".join(f"{total[kind]} {name}" for kind, name in KINDS)
    return {
        "bars": [
            bar for n, each in enumerate(counts) for bar in _bars(n, each, most, start + n * span)
        ],
        "marks": _marks(now),
        "most": most,
        "total": total,
        "kinds": KINDS,
        "said": f"The last {HOURS} hours: {said}.",
        "size": (WIDTH, HEIGHT, LEFT, BOTTOM),
    }


def _kind(entry: Entry) -> str:
    if entry.state == "delivered":
        return "good"
    if entry.state in DEAD_LETTERS:
        return "bad"
    return "warn" if entry.outcome in {"retry", "reauthorize"} else ""


def _bars(
    number: int, counts: dict[str, int], most: int, start: datetime
) -> Iterable[dict[str, Any]]:
    step, room = (WIDTH - LEFT) / BARS, HEIGHT - BOTTOM - 8
    floor = float(HEIGHT - BOTTOM)
    for kind, name in KINDS:
        if counts[kind]:
            height = max(2.0, room * counts[kind] / most)
            floor -= height
            yield {
                "x": round(LEFT + number * step + 1, 1),
                "y": round(floor, 1),
                "width": round(step - 2, 1),
                "height": round(height, 1),
                "kind": kind,
                "title": f"{start:%H:%M} UTC: {counts[kind]} {name}",
            }


def _marks(now: datetime) -> list[dict[str, Any]]:
    step = (WIDTH - LEFT) / HOURS
    return [
        {"x": round(LEFT + n * step, 1), "text": f"{now - timedelta(hours=HOURS - n):%H:%M}"}
        for n in range(0, HOURS, 2)
    ]
