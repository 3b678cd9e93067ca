"""The outbox beside other queues on SQLite: events a second in, events a second out, and what waiting costs.

    uv run --group bench python bench/outbox.py [--quick] [FOLDER]

Every queue is a file in FOLDER, or in one for temporary files, and syncs each commit to the disk, which is
what one event after another waits for: the first line says how many small writes a second that disk takes.
The plain queue is one table with an index, which knows neither connections, nor orders, nor duplicates.
litequeue and huey are those of the dependency group ``bench``; without it their columns are left out.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter, process_time
from typing import Final

import server
from deliver import Acme, connected, send_many
from outbox_queues import SIZE, Ours, Queue, peers
from transform import EVENT

from portcall import Action, Host, hookimpl
from portcall.outbox import Workers
from portcall.store.sqlite import SQLiteStore

QUICK: Final = "--quick" in sys.argv
ROUNDS: Final = 2 if QUICK else 3
SINGLE: Final = 1000
THREADS: Final = 32
BATCHED: Final = 20_000 if QUICK else 50_000
DUE: Final = 10_000
WAITING: Final = (10_000, 100_000) if QUICK else (10_000, 1_000_000)
CLAIMS: Final = 50
IDLE_S: Final = 5.0 if QUICK else 15.0
CANNOT: Final = {("plain SQLite", 1), ("litequeue", 1), ("huey", 2)}
"""Rows in which a queue is no peer: its connection is for one thread, or it has no batches."""

DATA: Final = json.dumps(EVENT, separators=(",", ":"))


class Shop(Acme):
    """The destination of the other measurements, with its action for the outbox to find."""

    @hookimpl
    def actions(self) -> list[Action]:
        return [send_many]


def syncs_per_s(folder: Path) -> float:
    """Return how many small writes a second are on the disk."""
    with (folder / "syncs").open("wb") as file:
        started = perf_counter()
        for _ in range(200):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return 200 / (perf_counter() - started)


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many a second that is."""
    started = perf_counter()
    work()
    return count / (perf_counter() - started)


def one_by_one(queue: Queue) -> float:
    """Return events a second of one thread."""
    return rate(SINGLE, lambda: [queue.put(DATA) for _ in range(SINGLE)])


def from_threads(queue: Queue) -> float:
    """Return events a second of many threads, each with one event at a time."""
    count = SINGLE * 4

    def work() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(queue.put, [DATA] * count))

    return rate(count, work)


def batched(queue: Queue, count: int) -> float:
    """Return events a second in batches."""
    return rate(count, lambda: [queue.put_many([DATA] * SIZE) for _ in range(count // SIZE)])


def taken(queue: Queue) -> float:
    """Return events a second that are taken and done with, nothing being sent."""
    queue.put_many([DATA] * SIZE)
    started, count = perf_counter(), 0
    while count < SIZE and (some := queue.take()):
        count += some
    return count / (perf_counter() - started)


def say(what: str, *rates: float | None) -> None:
    """Print one line."""
    print(
        f"{what:36}" + "".join(f"{'-' if r is None else f'{r:,.0f}':>14}" for r in rates),
        flush=True,
    )


def putting(folder: Path) -> None:
    """Print what goes in and what comes out."""
    makes = peers()
    print(f"{'events/s, each commit synced':36}" + "".join(f"{name:>14}" for name in makes))
    tasks: dict[str, Callable[[Queue], float]] = {
        "one by one, one thread": one_by_one,
        f"one by one, {THREADS} threads": from_threads,
        f"in batches of {SIZE:,}": lambda queue: batched(queue, BATCHED),
        "taken, and done with": taken,
    }
    for place, (what, task) in enumerate(tasks.items()):
        found: dict[str, float | None] = {}
        for round_ in range(ROUNDS):
            for name, make in makes.items():
                if (name, place) in CANNOT:
                    found[name] = None
                    continue
                queue = make(folder / f"{place}-{round_}-{name}")
                found[name] = max(found.get(name) or 0.0, task(queue))
        say(what, *found.values())


def delivering(folder: Path) -> None:
    """Print what the way through the outbox costs beside a delivery of the same events."""
    with server.running() as url, connected(url) as connection:
        store = SQLiteStore(folder / "store")
        events = [{**EVENT, "messageId": f"m-{number}"} for number in range(DUE)]
        best: dict[str, float] = {}
        for round_ in range(ROUNDS):
            direct = rate(
                DUE,
                lambda: sum(1 for _ in connection.deliver(send_many, events)),
            )
            best["direct"] = max(best.get("direct", 0.0), direct)
            with Host(
                plugins={"acme": Shop()},
                allow_private=["127.0.0.1"],
                store=store,
                outbox=folder / f"due-{round_}",
            ) as host:
                if "shop" not in host.connections:
                    host.connections.create("shop", "acme", {"endpoint": url})
                host.outbox.put_many("shop", "send_many", events)
                workers = Workers(host)
                through = rate(DUE, workers.drain)
                if workers.counts["delivered"] != DUE:
                    raise RuntimeError(f"{dict(workers.counts)} of {DUE} were delivered")
                best["through"] = max(best.get("through", 0.0), through)
    print(
        f"{DUE:,} due events to a 0 ms receiver: {best['through']:,.0f}/s, "
        f"{best['through'] / best['direct']:.2f} of connection.deliver ({best['direct']:,.0f}/s)",
        flush=True,
    )


def claiming(folder: Path) -> None:
    """Print what a claim costs by how many rows wait."""
    costs = []
    for count in WAITING:
        queue = filled(folder / f"waiting-{count}", count + CLAIMS * SIZE)
        queue.take()
        times = []
        for _ in range(CLAIMS):
            started = perf_counter()
            queue.take()
            times.append(perf_counter() - started)
        costs.append(median(times))
        print(
            f"{count:>9,} wait: {median(times) * 1e3:.2f} ms a claim of {SIZE}, all told",
            flush=True,
        )
    print(f"ratio {costs[1] / costs[0]:.2f}", flush=True)


def filled(path: Path, count: int) -> Ours:
    """Return a queue in which so many events wait."""
    queue = Ours(path)
    for start in range(0, count, 10_000):
        queue.put_many([DATA] * min(10_000, count - start))
    return queue


def idling(folder: Path) -> None:
    """Print the CPU time of workers that have nothing to do."""
    with Host(store=SQLiteStore(folder / "store"), outbox=folder / "idle") as host:
        stop = Event()
        thread = Thread(target=Workers(host).run, args=(stop,))
        thread.start()
        stop.wait(1.0)
        used = process_time()
        stop.wait(IDLE_S)
        cpu = (process_time() - used) / IDLE_S
        stop.set()
        thread.join()
    print(f"idle: {cpu:.2%} of a core", flush=True)


def main() -> None:
    """Measure and print."""
    named = [word for word in sys.argv[1:] if not word.startswith("--")]
    with TemporaryDirectory(dir=named[0] if named else None) as name:
        folder = Path(name)
        print(f"one small write after another: {syncs_per_s(folder):,.0f} syncs/s", flush=True)
        putting(folder)
        delivering(folder)
        claiming(folder)
        idling(folder)
    print("goals: batches 20,000, one by one 5,000, deliver 0.80, ratio 1.50, idle 1 %")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
