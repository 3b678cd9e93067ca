"""Deliver events with a fleet of Celery's workers, kill a worker on the way, and ask the receiver about it.

    uv run python bench/celery_demo.py [EVENTS]

starts Redis, PostgreSQL, three workers, and a receiver that counts every event and answers after 20 ms; puts
the events into the outbox, nine of ten for an action that may be repeated and the others for one that must
not be; kills a worker with all of its processes when a third has arrived. Redis and PostgreSQL are those of
the machine, or Debian's packages, unpacked into the user's cache.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic, perf_counter, sleep
from typing import Any, Final

from counting_server import running, told
from fleet_parts import Parts, parts

LEASE_S: Final = 20.0
WORKERS: Final = 3
PATIENCE_S: Final = 500.0
DELAY_S: Final = 0.02
AT_ONCE: Final = 5000


def put(outbox: Any, connection: str, action: str, numbers: range) -> None:
    """Put events with these numbers into the outbox."""
    for first in range(numbers.start, numbers.stop, AT_ONCE):
        several = range(first, min(first + AT_ONCE, numbers.stop))
        outbox.put_many(connection, action, [event_of(n) for n in several])


def event_of(number: int) -> dict[str, object]:
    """Return the event of a number, by which the receiver counts it."""
    return {
        "messageId": f"m-{number}",
        "type": "track",
        "event": "Order Completed",
        "userId": f"u-{number}",
        "properties": {"total": number},
    }


@contextmanager
def dispatching(fleet: Any) -> Iterator[None]:
    """Run a dispatcher in a thread."""
    from portcall_celery import Dispatcher

    stop = Event()
    thread = Thread(target=Dispatcher(fleet).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def deliver(made: Parts, url: str, count: int, outbox: Any) -> int:
    """Wait until each event has an outcome, and kill a worker at a third; return how many were killed."""
    ends = monotonic() + PATIENCE_S
    killed, said_at = 0, 0.0
    while True:
        arrived = told(url)["arrived"]
        if not killed and arrived >= count // 3:
            made.kill_worker()
            killed = 1
            print(f"{arrived:,} have arrived: killed a worker with -9", flush=True)
        counts = outbox.status().counts
        waits = counts["waiting"] + counts["under_way"]
        if not waits:
            return killed
        if monotonic() > ends:
            said = made.output.read_text(errors="replace")[-3000:]
            raise SystemExit(f"{waits:,} events have no outcome yet:\n{said}")
        if monotonic() > said_at:
            print(f"{arrived:,} have arrived, {waits:,} wait or are under way", flush=True)
            said_at = monotonic() + 5.0
        sleep(0.1)


def judge(url: str, outbox: Any, parts_of: dict[str, range]) -> bool:
    """Print what the receiver and the outbox say of each connection; return whether all of it may be."""
    states: dict[str, Counter[str]] = {
        each.name: Counter(each.counts) for each in outbox.status().connections
    }
    for name, numbers in parts_of.items():
        seen = told(url, numbers.start, numbers.stop)
        kept = +states[name]
        print(
            f"{name}: of {len(numbers):,} events, {seen['arrived']:,} arrived, {seen['never']:,} did not,"
            f" {seen['more_than_once']:,} arrived more than once; in the outbox: {dict(kept)}"
        )
        uncertain = kept["uncertain"] if name == "till" else 0
        if seen["never"] > uncertain or (name == "till" and seen["more_than_once"]):
            return False
        if kept["delivered"] + uncertain != len(numbers):
            return False
    return True


def main(count: int = 100_000) -> int:
    """Print what the receiver has seen of so many events; return 1 if that must not be."""
    with (
        TemporaryDirectory() as name,
        running(count, DELAY_S) as url,
        parts(Path(name), LEASE_S) as made,
    ):
        from fleet_app import fleet

        host = fleet.host
        host.connections.create("shop", "shop", {"endpoint": url})
        host.connections.create("till", "shop", {"endpoint": url})
        parts_of = {"shop": range(count * 9 // 10), "till": range(count * 9 // 10, count)}
        print(f"starting {WORKERS} workers", flush=True)
        for _ in range(WORKERS):
            made.start_worker("--concurrency", "1")
        began = perf_counter()
        put(host.outbox, "till", "charge", parts_of["till"])
        put(host.outbox, "shop", "note_many", parts_of["shop"])
        print(
            f"{count:,} events are in the outbox, after {perf_counter() - began:.1f} s", flush=True
        )
        began = perf_counter()
        with dispatching(fleet):
            killed = deliver(made, url, count, host.outbox)
        print(f"{perf_counter() - began:.1f} s, {killed} worker killed; the receiver says:")
        is_right = judge(url, host.outbox, parts_of)
        host.close()
        fleet.app.close()
    print(
        "no event is lost, and none was repeated that must not be" if is_right else "THIS IS WRONG"
    )
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
