"""``portcall serve`` under half of the load that it can take, for a while: memory, descriptors, lag, losses.

    uv run python bench/soak.py [--minutes 30]

The service takes events in and delivers them, one a request, to a receiver in another process, which counts
them. First 3,000 events at once show how many a second come out at the other end; then half as many a second
come in, in calls of 10. Every ten seconds the service's memory, descriptors, threads and lag are noted. It
fails (exit 1) if an event is lost, if at no moment of the last quarter as few descriptors are open as in the
second, if memory grows in the second half by more than a tenth beside the pages of the outbox that SQLite
keeps in it (32 MiB for the connection that writes, and 4 MiB for each of the others), or if an event has
waited for longer than 10 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
import urllib.request
from base64 import b64encode
from pathlib import Path
from typing import Final

import attrs
from ingest import KEY, free_port, process, project_in

CALL: Final = 10
FIRST: Final = 3000
EVERY_S: Final = 10.0
LONGEST_LAG_S: Final = 10.0
MOST_GROWTH: Final = 1.1
SPARE_DESCRIPTORS: Final = 4
DRAIN_S: Final = 120.0
LINE: Final = (
    "{:6.0f} s {:7.1f} MiB {:4} descriptors {:3} threads, oldest {:.2f} s, {:.0f} wait, "
    "outbox {:.1f} MiB"
)
PAGES_MIB: Final = 32 + 8 * 4
"""What SQLite keeps of the outbox's file at most, with eight connections that read."""


@attrs.frozen
class Sample:
    """The service at one instant."""

    at_s: float
    memory_mib: float
    descriptors: int
    threads: int
    lag_s: float
    waiting: float
    outbox_mib: float


async def _receive(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ids: set[str]
) -> None:
    """Answer the requests of one connection: 204 for an event, the count for GET."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode("latin-1").lower().splitlines()
            sizes = [line.partition(":")[2] for line in lines if line.startswith("content-length:")]
            body = await reader.readexactly(int(sizes[0])) if sizes else b""
            if head.startswith(b"GET"):
                count = f"{len(ids)}".encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(count), count)
                )
            else:
                ids.add(json.loads(body)["messageId"])
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def receiver(port: int) -> None:
    """Count the events that arrive."""
    ids: set[str] = set()
    server = await asyncio.start_server(lambda r, w: _receive(r, w, ids), "127.0.0.1", port)
    await server.serve_forever()


def send(port: int, first: int, count: int) -> None:
    """Send one call."""
    batch = [
        {
            "type": "track",
            "messageId": f"soak-{n}",
            "userId": f"user-{n % 1000}",
            "event": "Order Completed",
            "properties": {"total": n, "currency": "EUR"},
        }
        for n in range(first, first + count)
    ]
    headers = {"Authorization": "Basic " + b64encode(f"{KEY}:".encode()).decode()}
    url, body = f"http://127.0.0.1:{port}/v1/batch", json.dumps({"batch": batch}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
        answer.read()


def arrived(port: int) -> int:
    """Return how many different events the receiver has."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
        return int(answer.read())


def wait_until(port: int, count: int, longest_s: float) -> float:
    """Wait until so many events have arrived; return how long that took."""
    began = time.perf_counter()
    while arrived(port) < count and time.perf_counter() - began < longest_s:
        time.sleep(0.05)
    return time.perf_counter() - began


def sample(pid: int, port: int, outbox: Path, at_s: float) -> Sample:
    """Look at the service."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    said = dict(line.split(":\t", 1) for line in status if ":\t" in line)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        lines = [line for line in answer.read().decode().splitlines() if line[:1] != "#"]
    numbers = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}
    return Sample(
        at_s=at_s,
        memory_mib=int(said["VmRSS"].split()[0]) / 1024,
        descriptors=len(list(Path(f"/proc/{pid}/fd").iterdir())),
        threads=int(said["Threads"]),
        lag_s=numbers.get('portcall_outbox_oldest_seconds{connection="shop"}', 0.0),
        waiting=numbers["portcall_outbox_held_events"],
        outbox_mib=outbox.stat().st_size / (1 << 20),
    )


def soak(
    pid: int, port: int, sink: int, outbox: Path, minutes: float
) -> tuple[list[Sample], int, float]:
    """Send at half load; return the samples, how many events were sent, and how many a second."""
    for first in range(0, FIRST, 100):
        send(port, first, 100)
    rate = FIRST / max(wait_until(sink, FIRST, DRAIN_S), 0.1) / 2
    sent, samples = FIRST, []
    began = time.perf_counter()
    due_s, next_s = 0.0, EVERY_S
    while (passed_s := time.perf_counter() - began) < minutes * 60:
        if passed_s >= next_s:
            samples.append(sample(pid, port, outbox, passed_s))
            print(LINE.format(*attrs.astuple(samples[-1])), flush=True)
            next_s += EVERY_S
        if passed_s >= due_s:
            send(port, sent, CALL)
            sent += CALL
            due_s += CALL / rate
        else:
            time.sleep(min(due_s - passed_s, 0.05))
    return samples, sent, rate


def faults(samples: list[Sample], lost: int) -> list[str]:
    """Return what is not as it has to be."""
    middle, end = samples[len(samples) // 2], samples[-1]
    quarter = max(len(samples) // 4, 1)
    # Connections under way come and go; a descriptor that leaked is there at the quietest moment, too.
    first, last = (
        min(each.descriptors for each in part)
        for part in (samples[quarter : 2 * quarter + 1], samples[-quarter:])
    )
    pages_mib = min(PAGES_MIB, 2 * (end.outbox_mib - middle.outbox_mib))
    found = []
    if lost:
        found.append(f"{lost} events are lost")
    if last > first + SPARE_DESCRIPTORS:
        found.append(f"descriptors grew from {first} to {last}")
    if end.memory_mib > middle.memory_mib * MOST_GROWTH + pages_mib:
        found.append(f"memory grew from {middle.memory_mib:.1f} to {end.memory_mib:.1f} MiB")
    worst = max(each.lag_s for each in samples)
    if worst > LONGEST_LAG_S:
        found.append(f"an event waited for {worst:.1f} s")
    return found


def main() -> int:
    """Print a line every ten seconds, and what it comes to."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--receiver", type=int, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.receiver:
        asyncio.run(receiver(given.receiver))
        return 0
    with tempfile.TemporaryDirectory(prefix="portcall-soak-") as name:
        folder, port, sink = Path(name), free_port(), free_port()
        file = project_in(folder, f"http://127.0.0.1:{sink}")
        serve = [sys.executable, "-m", "portcall", "--project", f"{file}", "serve"]
        counting = [sys.executable, str(Path(__file__).resolve()), "--receiver", f"{sink}"]
        with (
            process(counting, folder, sink),
            process([*serve, "--port", f"{port}"], folder, port) as pid,
        ):
            samples, sent, rate = soak(pid, port, sink, folder / "outbox.sqlite3", given.minutes)
            wait_until(sink, sent, DRAIN_S)
            found = faults(samples, sent - arrived(sink))
    said = "; ".join(found) or "all is well"
    print(f"{sent:,} events in {given.minutes:g} min, {rate:,.0f} a second wanted; {said}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
