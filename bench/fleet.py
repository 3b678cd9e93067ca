"""What a fleet of Celery's workers delivers, what each part costs, and what 100 million events a day need.

    uv run python bench/fleet.py [--quick]

Redis, PostgreSQL (which waits for its disk), a receiver that answers after 20 ms, and 1, 2 and 4 workers with
one process each, all on this machine; beside the same workers with a task of Celery alone that posts its
events with urllib3, and knows neither an outbox, nor retries, nor what was sent. The CPU of an event is that
of all parts but the receiver.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from math import ceil
from pathlib import Path
from platform import machine, python_version
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, process_time, sleep
from typing import Any, Final

import attrs
from celery_demo import dispatching, event_of, put
from counting_server import running, told
from fleet_parts import Parts, parts

QUICK: Final = "--quick" in sys.argv
WORKERS: Final = (1, 2) if QUICK else (1, 2, 4)
SINGLE: Final = 500 if QUICK else 2000
BATCHED: Final = 5000 if QUICK else 20_000
TASKS: Final = 100 if QUICK else 300
CONNECTIONS: Final = 100 if QUICK else 500
SIZE: Final = 100
DELAY_S: Final = 0.02
PATIENCE_S: Final = 120.0
A_DAY: Final = 100_000_000
PEAK: Final = 3
MOST: Final = 1_000_000


@attrs.frozen
class Cost:
    """Events a second, and CPU microseconds of each event by part."""

    rate: float
    cpu_us: dict[str, float]

    @property
    def total_us(self) -> float:
        """Of all parts."""
        return sum(self.cpu_us.values())

    def __str__(self) -> str:
        split = ", ".join(f"{name} {used:,.0f}" for name, used in self.cpu_us.items())
        return f"{self.rate:8,.0f} events/s   {self.total_us:7,.0f} us CPU an event ({split})"


class Bench:
    """The parts, and the events that were sent so far.

    Args:
        made: Redis, PostgreSQL and workers.
        url: Of the receiver.
        fleet: The tasks, and the host of this process.
        post: The task of Celery alone.
    """

    def __init__(self, made: Parts, url: str, fleet: Any, post: Any) -> None:
        self._made: Final = made
        self._url: Final = url
        self._fleet: Final = fleet
        self._post: Final = post
        self._number = 0

    def wait_for_workers(self, count: int) -> None:
        """Return when so many workers have started."""
        ends = monotonic() + PATIENCE_S
        while len(self._fleet.app.control.ping(timeout=1.0)) < count:
            if monotonic() > ends:
                raise SystemExit(self._made.output.read_text(errors="replace")[-2000:])
        self.plain(1, 20 * count)

    def outbox(self, action: str, count: int) -> Cost:
        """Deliver what is in the outbox already."""
        numbers = self._numbers(count)
        put(self._fleet.host.outbox, "shop", action, numbers)
        with dispatching(self._fleet):
            return self._until_arrived(numbers)

    def tasks(self, size: int, count: int) -> Cost:
        """Hand events over in tasks of this size, which put and deliver them."""

        def send(events: list[Any]) -> None:
            self._fleet.deliver.delay("shop", "note_many", events)

        return self._handed_over(send, size, count)

    def plain(self, size: int, count: int) -> Cost:
        """Do the same with Celery alone."""
        return self._handed_over(lambda events: self._post.delay(self._url, events), size, count)

    def dispatcher(self) -> tuple[float, float]:
        """Return how many tasks a second are sent, and how many looks a second find nothing."""
        from portcall_celery import Dispatcher

        host = self._fleet.host
        for number in range(CONNECTIONS):
            host.connections.create(f"c-{number}", "shop", {"endpoint": self._url})
            host.outbox.put(f"c-{number}", "note", event_of(0))
        dispatcher = Dispatcher(self._fleet)
        began = perf_counter()
        sent = dispatcher.step()
        took_s = perf_counter() - began
        if sent != CONNECTIONS:
            raise SystemExit(f"{sent} tasks were sent for {CONNECTIONS} connections")
        began = perf_counter()
        for _ in range(10):
            dispatcher.step()
        return sent / took_s, 10 / (perf_counter() - began)

    def _handed_over(self, send: Callable[[list[Any]], None], size: int, count: int) -> Cost:
        numbers = self._numbers(count)
        began, used = perf_counter(), self._used_s()
        for first in range(numbers.start, numbers.stop, size):
            send([event_of(n) for n in range(first, first + size)])
        return self._until_arrived(numbers, began, used)

    def _until_arrived(
        self, numbers: range, began: float = 0.0, used: dict[str, float] | None = None
    ) -> Cost:
        began = began or perf_counter()
        used = used or self._used_s()
        ends = monotonic() + PATIENCE_S
        while (seen := told(self._url, numbers.start, numbers.stop))["never"]:
            if monotonic() > ends:
                raise SystemExit(f"{seen}\n{self._made.output.read_text(errors='replace')[-2000:]}")
            sleep(0.02)
        took_s = perf_counter() - began
        cpu_us = {
            name: (now_s - used[name]) / len(numbers) * 1e6
            for name, now_s in self._used_s().items()
        }
        return Cost(len(numbers) / took_s, cpu_us)

    def _used_s(self) -> dict[str, float]:
        return {**self._made.used_s(), "this process": process_time()}

    def _numbers(self, count: int) -> range:
        first, self._number = self._number, self._number + count
        return range(first, self._number)


@contextmanager
def benches() -> Iterator[tuple[Bench, Parts]]:
    """Start all that is needed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        url = stack.enter_context(running(MOST, DELAY_S))
        made = stack.enter_context(parts(folder, is_durable=True))
        from fleet_app import fleet, post

        stack.callback(fleet.app.close)
        stack.callback(fleet.host.close)
        fleet.host.connections.create("shop", "shop", {"endpoint": url})
        yield Bench(made, url, fleet, post), made


def measured(bench: Bench, made: Parts, count: int) -> dict[str, Cost]:
    """Measure with so many workers."""
    for _ in range(count):
        made.start_worker("--concurrency", "1")
    bench.wait_for_workers(count)
    rows: dict[str, Callable[[], Cost]] = {
        "outbox, a request an event": lambda: bench.outbox("note", SINGLE * count),
        "the same, not repeatable": lambda: bench.outbox("charge", SINGLE * count),
        "outbox, requests of 100": lambda: bench.outbox("note_many", BATCHED * count),
        "Celery alone, a task an event": lambda: bench.plain(1, TASKS * count),
        "Celery alone, tasks of 100": lambda: bench.plain(SIZE, TASKS * count * 10),
    }
    if count == 1:
        rows["deliver, a task an event"] = lambda: bench.tasks(1, TASKS)
        rows["deliver, tasks of 100"] = lambda: bench.tasks(SIZE, TASKS * 10)
    found = {}
    for name, measure in rows.items():
        found[name] = measure()
        print(f"{count} worker{'s' * (count > 1)}  {name:30} {found[name]}", flush=True)
    made.end_workers()
    return found


def sized(name: str, cost: Cost, per_task: int, tasks_s: float) -> None:
    """Print what so many events a day need, by what one worker does."""
    peak = A_DAY / 86_400 * PEAK
    print(
        f"  {name:28} {ceil(peak / cost.rate):5} worker processes, {peak * cost.total_us / 1e6:6.1f} cores"
        f" ({peak * cost.cpu_us['PostgreSQL'] / 1e6:.1f} of them PostgreSQL),"
        f" {peak / per_task:7.1f} tasks/s of {tasks_s:,.0f} that one dispatcher sends"
    )


def main() -> None:
    """Print all of it."""
    print(f"{os.cpu_count()} cores, {machine()}, Python {python_version()}", flush=True)
    with benches() as (bench, made):
        first = {count: measured(bench, made, count) for count in WORKERS}[1]
        tasks_s, looks_s = bench.dispatcher()
        print(
            f"dispatcher: {tasks_s:,.0f} tasks/s for {CONNECTIONS} connections;"
            f" {looks_s:,.0f} looks a second that find nothing new"
        )
        mean = A_DAY / 86_400
        print(
            f"\n{A_DAY:,} events a day are {mean:,.0f} a second, and {mean * PEAK:,.0f} at {PEAK} times that:"
        )
        sized("requests of 100", first["outbox, requests of 100"], 1000, tasks_s)
        sized("a request an event", first["outbox, a request an event"], 1000, tasks_s)
        sized("the same, not repeatable", first["the same, not repeatable"], 1000, tasks_s)


if __name__ == "__main__":
    main()
