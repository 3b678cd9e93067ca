"""Calls of ``/v1/batch`` with 100 events each: how many events a second are durable, and what that costs.

    uv run python bench/ingest.py [CALLS]

``portcall serve --no-workers`` takes them in a process of its own: one source, one subscription, an outbox on
this machine's disk with full sync. Beside it stands the least that could do the same, as no peer's receiving
half installs from PyPI or npm: a Starlette handler that reads the JSON and inserts each event into a table of
SQLite, one transaction a call, with full sync, and without write keys, limits, times, deduplication, plans.
The two take turns. An event is counted when its call is answered with 200; what a core does is the events by
the CPU time of the server's process.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

KEY: Final = "wk-of-the-bench"
EVENTS: Final = 100
SENDERS: Final = 16
ROUNDS: Final = 3
CALLS: Final = 200
START_S: Final = 60

SHOP: Final = """
import attrs
from typing import Any
from portcall import RequestOptions, action, field, hookimpl, path

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")

@attrs.frozen
class Payload:
    event: dict[str, Any] = field(label="Event", default=path("$"))

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def extend_request(settings): return RequestOptions(base_url=settings.endpoint)

@action(title="Take")
def take(client, payload: Payload):
    client.post("/events", json=payload.event)

@hookimpl
def actions(): return [take]
"""
PROJECT: Final = """
store = "kept"
plugins = ["shop.py"]
[serve]
outbox = "outbox.sqlite3"
[connections.shop]
allow_private = ["127.0.0.1"]
[[pipelines.all.subscriptions]]
action = "take"
[pipelines.all]
connection = "shop"
[[source]]
name = "bench"
pipelines = ["all"]
"""


def project_in(folder: Path, endpoint: str) -> Path:
    """Write a project with one source and one connection that is kept; return its file."""
    from portcall import Project

    (folder / "shop.py").write_text(SHOP)
    file = folder / "portcall.toml"
    file.write_text(PROJECT)
    with Project.read(file).hosts() as hosts:
        hosts.connections.create("shop", "shop", {"endpoint": endpoint})
    return file


def bodies(calls: int, salt: str) -> list[bytes]:
    """Return the bodies of calls; each event is another one."""
    return [
        json.dumps({
            "batch": [
                {
                    "type": "track",
                    "messageId": f"{salt}-{call}-{n}",
                    "userId": f"user-{n}",
                    "event": "Order Completed",
                    "timestamp": "2026-11-27T12:00:00.000Z",
                    "properties": {"total": 19.5, "currency": "EUR", "products": [{"sku": "a"}]},
                    "context": {"library": {"name": "bench", "version": "1"}},
                }
                for n in range(EVENTS)
            ],
            "sentAt": "2026-11-27T12:00:01.000Z",
        }).encode()
        for call in range(calls)
    ]  # fmt: skip


def send(port: int, wanted: Sequence[bytes]) -> None:
    """Send calls one after the other through one connection."""
    import base64

    headers = {"Authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for body in wanted:
        connection.request("POST", "/v1/batch", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {answer.reason}")
    connection.close()


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(port: int, pid: int, calls: int, salt: str) -> tuple[float, float]:
    """Send calls from several connections; return events a second, and events by second of CPU time."""
    wanted = bodies(calls, salt)
    before, began = cpu_s(pid), time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as threads:
        parts = [wanted[n::SENDERS] for n in range(SENDERS)]
        for done in [threads.submit(send, port, part) for part in parts]:
            done.result()
    took_s, used_s = time.perf_counter() - began, cpu_s(pid) - before
    return calls * EVENTS / took_s, calls * EVENTS / max(used_s, 0.01)


@contextmanager
def process(command: Sequence[str], folder: Path, port: int) -> Iterator[int]:
    """Run a server until it answers, and stop it; yield its process id."""
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PORTCALL_")},
        "PORTCALL_HOME": f"{folder / 'home'}",
        "PORTCALL_SOURCE_BENCH_WRITE_KEY": KEY,
    }
    log = (folder / "log.txt").open("wb")
    with log, subprocess.Popen(command, cwd=folder, env=env, stderr=log, stdout=log) as server:
        try:
            wait_for(port)
            yield server.pid
        finally:
            server.terminate()
            server.wait(30)


def wait_for(port: int) -> None:
    """Wait until something listens."""
    ends = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.05)
        else:
            return


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def bare(port: int) -> None:
    """Serve the handler that stands beside it."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    database = sqlite3.connect("bare.sqlite3", check_same_thread=False)
    database.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE events (event TEXT NOT NULL)"
    )
    threads = ThreadPoolExecutor(1)  # a connection of SQLite is one thread's at a time

    def insert(events: list[Any]) -> None:
        with database:
            rows = [(json.dumps(each),) for each in events]
            database.executemany("INSERT INTO events VALUES (?)", rows)

    async def batch(request: Request) -> JSONResponse:
        events = (await request.json())["batch"]
        await asyncio.get_running_loop().run_in_executor(threads, insert, events)
        return JSONResponse({"success": True})

    routes = [Route("/v1/batch", batch, methods=["POST"])]
    uvicorn.run(Starlette(routes=routes), port=port, log_level="warning", access_log=False)


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--bare"]:
        bare(int(sys.argv[2]))
        return
    calls = int(sys.argv[1]) if sys.argv[1:] else CALLS
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="portcall-bench-") as name:
        folder = Path(name)
        file = project_in(folder, "http://127.0.0.1:9")
        ports = free_port(), free_port()
        serve = [sys.executable, "-m", "portcall", "--project", f"{file}", "serve", "--no-workers"]
        beside = [sys.executable, str(Path(__file__).resolve()), "--bare", f"{ports[1]}"]
        with (
            process([*serve, "--port", f"{ports[0]}"], folder, ports[0]) as pid,
            process(beside, folder, ports[1]) as bare_pid,
        ):
            for turn in range(ROUNDS + 1):
                for what, port, server in (
                    ("portcall serve", ports[0], pid),
                    ("a bare handler", ports[1], bare_pid),
                ):
                    numbers = measured(port, server, calls if turn else 20, f"{turn}")
                    if turn:  # the first turn warms up
                        found.setdefault(what, []).append(numbers)
    print(f"/v1/batch of {EVENTS} events, {SENDERS} connections, median of {ROUNDS} turns")
    print(f"{'':16}{'events/s':>10}{'events/s of a core':>20}")
    for what, several in found.items():
        wall, core = (median(each[n] for each in several) for n in (0, 1))
        print(f"{what:16}{wall:>10,.0f}{core:>20,.0f}")


if __name__ == "__main__":
    main()
