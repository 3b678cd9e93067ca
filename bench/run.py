"""A file of 1 GiB through ``portcall send``: killed halfway, gone on with, and counted at the other end.

    uv run python bench/run.py [BYTES]
    uv run python bench/run.py BYTES spread [ROUNDS]    one process and two, for all of the bytes, and no more

Says the peak memory of the command, its events per second and its CPU time beside those of a loop that does
nothing but read lines, parse them and post batches with urllib3, and how many events arrived once, twice and
never.
The server is a process of its own on loopback; the destination is Segment's, with batches of up to 500 KB.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from subprocess import DEVNULL, PIPE, Popen, check_output
from time import perf_counter, process_time, sleep
from typing import Any, Final

import attrs
import counting_server
import draining_server
import urllib3
from measured import note

GIB: Final = 1 << 30
BATCH: Final = 1000
STEP_S: Final = 0.05
BARE_EVENTS: Final = 400_000
ROUNDS: Final = 3
SPREAD_PART: Final = 8
"""The part of the file with which one process is compared with two."""
_LINE: Final = (
    '{"type": "track", "event": "Order Completed", "userId": "u-%d", "messageId": "m-%d", '
    '"timestamp": "2026-03-09T07:12:31.512Z", "context": {"ip": "203.0.113.7", "locale": "de-DE", '
    '"page": {"path": "/checkout/done", "url": "https://coffee.example/checkout/done"}}, '
    '"properties": {"order_id": "0042-091231", "currency": "EUR", "total": 48.6, "products": '
    '[{"product_id": "HC-101", "name": "Harbour Blend 250 g", "price": 8.9, "quantity": 2}]}}\n'
)


@attrs.frozen
class Leg:
    """One run of the command.

    Args:
        took_s: From start to end.
        cpu_s: CPU time of the command.
        peak_mb: Its largest resident memory.
        said: Its report; None if it was killed.
        own_s: CPU time of the process that was started, without those that it has started.
    """

    took_s: float
    cpu_s: float
    peak_mb: float
    said: dict[str, Any] | None
    own_s: float = 0.0


def write_events(path: Path, size: int) -> int:
    """Write *size* bytes of events; return how many there are."""
    number = written = 0
    with path.open("w", encoding="ascii") as file:
        while written < size:
            written += file.write(_LINE % (number % 9973, number))
            number += 1
    return number


def command(path: Path, url: str) -> list[str]:
    """Return the command that delivers the file."""
    options = ["--set", f"endpoint={url}", "--set", "write_key=wk-bench", "--json"]
    send = [sys.executable, "-m", "portcall", "send", "segment", "track", str(path)]
    return [*send, "--allow-private", "127.0.0.1", *options]


def has_processes() -> bool:
    """Return whether ``portcall send`` knows ``--processes``: a checkout from before it does not."""
    asked = [sys.executable, "-m", "portcall", "send", "--help"]
    return "--processes" in check_output(asked, text=True)


def leg(words: list[str], home: str, url: str, kill_at: int | None) -> Leg:
    """Run the command, and kill it when so many events have arrived."""
    started, used, peak_mb, own_s = perf_counter(), children_s(), 0.0, 0.0
    environ = {**os.environ, "PORTCALL_HOME": home}
    # As installed programs start: else each start compiles all of what it imports.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with Popen(words, env=environ, stdout=PIPE, stderr=DEVNULL) as process:
        while process.poll() is None:
            peak_mb = max(peak_mb, peak_of(process.pid))
            own_s = max(own_s, own_cpu_s(process.pid))
            if kill_at is not None and counted(url)["arrived"] >= kill_at:
                process.send_signal(signal.SIGKILL)
            sleep(STEP_S)
        out = process.stdout.read() if process.stdout else b""
    said = None if kill_at is not None else json.loads(out)
    return Leg(perf_counter() - started, children_s() - used, peak_mb, said, own_s)


def children_s() -> float:
    """Return the CPU seconds of all children that have ended."""
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def peak_of(pid: int) -> float:
    """Return the largest resident memory of a process so far, in MB (Linux: ``VmHWM`` of proc(5)).

    Not what `wait4` says of a child: that counts what the parent had when it was forked.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def own_cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process so far (Linux: proc(5))."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(path: Path, home: str, events: int, rounds: int) -> None:
    """Print what one process takes for all events, and what two take, in so many rounds of turns.

    The receiver takes as little of the cores as it can. The last line names the bound that CPU times set on
    two cores that do nothing else: half of what all processes take, or all that the one that reads takes.
    """
    legs: dict[int, list[Leg]] = {1: [], 2: []}
    for count in (1, 2) * rounds:
        with draining_server.running() as url:
            words = [*command(path, url), "--restart", "--processes", str(count)]
            legs[count].append(leg(words, home, url, None))
    cheapest = {count: min(found, key=lambda each: each.cpu_s) for count, found in legs.items()}
    for count, found in legs.items():
        best = max(found, key=lambda each: (each.said or {})["rate"])
        cheap = cheapest[count]
        rate, cpu_s = (best.said or {})["rate"], cheap.cpu_s / events
        note(f"an event with --processes {count}", cpu_s * 1e6, rate)
        print(
            f"{count} processes: {rate:,.0f}/s; {cpu_s * 1e6:.1f} us of CPU each, "
            f"{cheap.own_s / events * 1e6:.1f} of them in the process that reads"
        )
    rates = {n: max((each.said or {})["rate"] for each in found) for n, found in legs.items()}
    print(f"by the wall, two are {rates[2] / rates[1]:.2f} times as fast, the start included")
    one, two = cheapest[1], cheapest[2]
    bound = one.cpu_s / max(two.cpu_s / 2, two.own_s)
    print(f"by CPU, two are at most {bound:.2f} times as fast, the start included")


def counted(url: str) -> dict[str, int]:
    """Ask the server what arrived."""
    return dict(urllib3.request("GET", url).json())


def bare(path: Path, url: str, count: int) -> tuple[float, float]:
    """Return the events a second, and the CPU of each, of a loop without filter, mapping and journal."""
    started, used = perf_counter(), process_time()
    with urllib3.PoolManager() as pools, path.open("rb") as file:
        for lines in _groups(islice(file, count)):
            events = [json.loads(line) for line in lines]
            body = json.dumps({"batch": events}).encode()
            pools.request("POST", f"{url}/v1/batch", body=body)
    return count / (perf_counter() - started), (process_time() - used) / count


def _groups(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    while group := list(islice(lines, BATCH)):
        yield group


def only_spread(size: int, rounds: int = ROUNDS) -> None:
    """Measure and print one process and two, where the command has the option."""
    if not has_processes():
        print("one process and two: left out, as `portcall send` has no --processes here")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "events.ndjson")
        spread(path, folder, write_events(path, size), rounds)


def main(size: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "events.ndjson")
        events = write_events(path, size)
        print(f"{events:,} events, {path.stat().st_size / GIB:.2f} GiB", flush=True)
        with counting_server.running(events) as url:
            alone, alone_s = bare(path, url, min(events, BARE_EVENTS))
        with counting_server.running(events) as url:
            words = command(path, url)
            killed = leg(words, folder, url, events // 2)
            before = counted(url)["arrived"]
            resumed = leg(words, folder, url, None)
            found = counted(url)
        left = sum(
            each.read_bytes().count(b"\n") for each in Path(folder).glob("*.uncertain.ndjson")
        )
    rate, cpu_s = before / killed.took_s, killed.cpu_s / max(before, 1)
    print(
        f"killed after {before:,} events: {rate:,.0f}/s, {rate / alone:.2f} of a bare loop's; "
        f"{cpu_s * 1e6:.1f} us of CPU each, {alone_s / cpu_s:.2f} of its speed; "
        f"peak {killed.peak_mb:.0f} MB"
    )
    note("an event of a file through portcall send", cpu_s * 1e6, rate)
    note("the same in a bare loop", alone_s * 1e6, alone)
    print(
        f"gone on with: {(resumed.said or {})['delivered']:,} delivered, peak {resumed.peak_mb:.0f} MB"
    )
    print(
        f"arrived: {found['arrived']:,}, more than once: {found['more_than_once']}, "
        f"never: {found['never']}, named as uncertain: {left}"
    )
    print(
        "goals: 0.8 of a bare loop, peak below 100 MB, no other missing than named, at most one batch twice",
        flush=True,
    )
    only_spread(size // SPREAD_PART)


if __name__ == "__main__":
    given = int(sys.argv[1]) if len(sys.argv) > 1 else GIB
    if sys.argv[2:3] == ["spread"]:
        only_spread(given, *map(int, sys.argv[3:4]))
    else:
        main(given)
