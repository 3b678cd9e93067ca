"""Ten million remembered events: how long ``portcall log`` takes to answer, and what one more event costs.

    uv run python bench/remember.py [EVENTS] [FOLDER]

Makes a ledger of that many events, a week of them, and asks what ``portcall log`` asks; then what a run asks
and writes for batches of new events and of known ones. An existing FOLDER is used again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, time
from typing import Any, Final

from portcall.runs.ledger.event_keys import number_of
from portcall.runs.ledger.ledger_file import FILE_NAME, Ledger
from portcall.runs.ledger.log import read_log
from portcall.runs.ledger.tables import Outcomes

EVENTS: Final = 10_000_000
WEEK_S: Final = 7 * 86_400
BATCH: Final = 256
ROUNDS: Final = 200


def fill(ledger: Ledger, count: int) -> None:
    """Write *count* delivered events, one in a thousand of them rejected."""
    scope, run = ledger.scope("shop", "track"), ledger.run("bench", "events.ndjson", "line")
    began = int(time()) - WEEK_S
    ledger.append(
        (number_of(scope, f"m-{n}"), scope, run, n, began + WEEK_S * n // count, _outcome(n))
        for n in range(1, count + 1)
    )


def _outcome(n: int) -> Outcomes:
    return Outcomes.REJECTED if n % 1000 == 0 else Outcomes.DELIVERED


def timed(ask: Callable[[], object]) -> float:
    """Return the milliseconds that a call takes."""
    began = perf_counter()
    ask()
    return (perf_counter() - began) * 1000


def claimed(ledger: Ledger, prefix: str, first: int) -> Callable[[], None]:
    """Return what looks up, and writes down, `ROUNDS` batches of events as a run does."""
    scope, run = ledger.scope("shop", "track"), ledger.run("bench", "events.ndjson", "line")

    def ask() -> None:
        for number in range(ROUNDS):
            start = first + number * BATCH
            events = {number_of(scope, f"{prefix}-{n}"): n for n in range(start, start + BATCH)}
            _, rows = ledger.claim(scope, run, events, 0, again=False)
            if rows:
                ledger.settle([(min(rows.values()), max(rows.values()), 1, "")])

    return ask


def main() -> None:
    """Print the numbers."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with TemporaryDirectory() as temporary:
        path = Path(sys.argv[2] if len(sys.argv) > 2 else temporary) / FILE_NAME
        is_new = not path.exists()
        with Ledger(path) as ledger:
            if is_new:
                print(f"making {count:,} events: {timed(lambda: fill(ledger, count)) / 1000:.1f} s")
        print(f"size: {path.stat().st_size / 1e6:,.0f} MB")
        hour = datetime.now(UTC) - timedelta(hours=1)
        questions: dict[str, dict[str, Any]] = {
            "--id, known": {"key": f"m-{count // 3}"},
            "--id, unknown": {"key": "m-none"},
            "--since 1h": {"since": hour},
            "--outcome rejected": {"outcome": "rejected"},
            "--since 1h --outcome rejected": {"since": hour, "outcome": "rejected"},
            "--connection": {"connection": "shop"},
            "--connection, unknown": {"connection": "elsewhere"},
            "the last 100": {},
        }
        for name, how in questions.items():
            with Ledger(path) as ledger:
                began, found = perf_counter(), list(read_log(ledger, **how))
                took = (perf_counter() - began) * 1000
                print(f"{name:32} {took:9.1f} ms, {len(found)} found")
        with Ledger(path) as ledger:
            events = ROUNDS * BATCH
            for name, prefix in (("new events", f"n{time()}"), ("known events", "m")):
                took = timed(claimed(ledger, prefix, 1))
                print(f"{name:32} {took * 1000 / events:9.2f} us each")


if __name__ == "__main__":
    main()
