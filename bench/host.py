"""What the host costs: ``uv run python bench/host.py``.

Prints CPU microseconds of the host for one request, the ratio of a full ``client.post`` to
``urllib3.PoolManager.request`` on one server in one run, CPU milliseconds of ``Host()`` with many
plugins installed and of some commands, and bytes for one connection.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import attrs
import urllib3
from server import running
from small_environment import small_environment

import portcall
from portcall import Host, Request, RequestOptions, Response, Secret, field, hookimpl

ROUNDS = 7
EVENT = {"type": "track", "event": "Order Completed", "properties": {"total": 41.5}}


@attrs.frozen
class Settings:
    """One URL and one key."""

    endpoint: str = field(label="Endpoint", format="uri")


class Acme:
    """A destination of scheme basic with a base URL and a header of its own."""

    @hookimpl
    def auth_scheme(self) -> str:
        return "basic"

    @hookimpl
    def auth_fields(self) -> type[Settings]:
        return Settings

    @hookimpl
    def allowed_hosts(self) -> list[str]:
        return ["{endpoint}"]

    @hookimpl
    def extend_request(self, settings: Settings) -> RequestOptions:
        return RequestOptions(base_url=settings.endpoint, headers={"X-Source": "bench"})


class Nowhere:
    """Answers ``send_request`` without a wire, so that only the host's own work is left."""

    answer = Response(status=200, body=b"{}")

    @hookimpl
    def send_request(self, request: Request) -> Response:  # noqa: ARG002
        return self.answer


def connect(url: str, *extras: object) -> portcall.Connection:
    """Open a connection to *url*."""
    host = Host(extras, allow_private=["127.0.0.1"], plugins={"acme": Acme()})
    settings = {"endpoint": url, "username": "ada", "password": "pw"}
    return host.destination("acme").connect(settings)


def best_us(work: object, times: int) -> float:
    """CPU microseconds for one call of *work*: the median of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        start = process_time()
        for _ in range(times):
            work()  # type: ignore[operator]
        rounds.append((process_time() - start) / times * 1e6)
    return median(rounds)


def overhead() -> None:
    """Host overhead, without a wire."""
    client = connect("http://127.0.0.1:9", Nowhere()).client
    us = best_us(lambda: client.post("/track", body=b"{}"), 5000)
    print(f"host overhead a request (basic + destination)  {us:8.1f} us CPU   goal 15")


def against_urllib3() -> None:
    """A full post and urllib3's on the same server, in turn."""
    with running() as url:
        client = connect(url).client
        pool = urllib3.PoolManager()
        body = json.dumps(EVENT).encode()
        head = {
            "Authorization": "Basic YWRhOnB3",
            "Content-Type": "application/json",
            "X-Source": "bench",
        }
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(ROUNDS):
            for rounds, send in (
                (ours, lambda: client.post("/track", json=EVENT)),
                (theirs, lambda: pool.request("POST", f"{url}/track", body=body, headers=head)),
            ):
                start = perf_counter()
                for _ in range(1000):
                    send()
                rounds.append((perf_counter() - start) * 1e3)
        pool.clear()
    ratio = median(t / o for o, t in zip(ours, theirs, strict=True))
    print(f"client.post                                    {median(ours):8.1f} us wall")
    print(f"urllib3.PoolManager.request                    {median(theirs):8.1f} us wall")
    print(f"requests a second, ours to urllib3's           {ratio:8.2f}          goal 1.0")


def environment(folder: Path, plugins: int) -> None:
    """Write *plugins* distributions as pip would leave them."""
    for number in range(plugins):
        name = f"portcall_made{number}"
        info = folder / f"{name}-0.1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 0.1.0\n")
        (info / "entry_points.txt").write_text(f"[portcall.destinations]\nmade{number} = {name}\n")
        (folder / f"{name}.py").write_text("import portcall\n")


def discovery() -> None:
    """``Host()`` in an environment of many plugins, each in a process of its own."""
    code = (
        "import sys, time; from portcall import Host; Host; start = time.process_time(); host = Host();"
        "count = len(host.destinations); used = time.process_time() - start;"
        "print(used * 1e3, count, sum(m.startswith('portcall_') for m in sys.modules))"
    )
    for plugins in (0, 50, 500):
        with tempfile.TemporaryDirectory() as folder:
            environment(Path(folder), plugins)
            env = {**os.environ, "PYTHONPATH": folder}
            runs = [
                subprocess.check_output([sys.executable, "-c", code], env=env, text=True).split()
                for _ in range(ROUNDS)
            ]
        ms, imported = median(float(run[0]) for run in runs), max(int(run[2]) for run in runs)
        goal = "goal 40" if plugins == 500 else ""
        print(f"Host() with {plugins:3} more plugins installed           {ms:8.1f} ms CPU   {goal}")
        print(f"  plugin modules imported                      {imported:8}          goal 0")


PLUGINS = (
    "portcall-amplitude",
    "portcall-braze",
    "portcall-hubspot",
    "portcall-mixpanel",
    "portcall-posthog",
    "portcall-segment",
    "portcall-slack",
    "portcall-webhook",
)

KEPT = """
from portcall import Host, Record, Secret
host = Host()
settings = {"write_key": Secret("k-1a2b3c4d")}
host.connections.store.create(Record(name="shop", slug="segment", settings=settings))
host.outbox.put("shop", "track", {"type": "track", "event": "Paid", "userId": "u", "messageId": "m"})
"""
"""Keeps a connection, and an event in the outbox."""


def commands() -> None:
    """CPU of some commands, start to end, and of an empty Python beside them, with eight destinations."""
    with tempfile.TemporaryDirectory() as place:
        python = small_environment(Path(place) / "env", PLUGINS)
        print(f"{'python -c pass':45}  {cpu_ms([python, '-c', 'pass'], {}):8.1f} ms CPU")
        home = Path(place) / "home"
        env = {"PORTCALL_HOME": f"{home}"}
        subprocess.run([python, "-c", KEPT], env={**os.environ, **env}, check=True)
        for words, goal in COMMANDS:
            used = cpu_ms([python, "-m", "portcall", *words], env)
            print(f"{'portcall ' + ' '.join(words):45}  {used:8.1f} ms CPU   {goal}".rstrip())
        folder = Path(place) / "site"
        folder.mkdir()
        environment(folder, 100)
        made = {**env, "PYTHONPATH": str(folder)}
        # The plugins of `environment` are empty and therefore broken; these can be loaded.
        for module in folder.glob("*.py"):
            module.write_text(LOADABLE)
        used = cpu_ms([python, "-m", "portcall", "destinations"], made)
        print(f"{'portcall destinations, 100 more plugins':45}  {used:8.1f} ms CPU   goal 400")
        for line in ("portcall ", "portcall describe "):
            asked = {"_PORTCALL_COMPLETE": "bash_complete", "COMP_WORDS": line}
            asked["COMP_CWORD"] = str(line.count(" "))
            used = cpu_ms([python, "-m", "portcall"], {**env, **asked})
            print(f"{'completion of ' + line:45}  {used:8.1f} ms CPU   goal 60")
        nothing = {"PORTCALL_HOME": f"{Path(place) / 'nothing'}"}
        for word, used_env, what in (
            ("segment", nothing, "a destination"),
            ("shop", env, "a stored connection"),
        ):
            first = [first_line_ms(python, ["test", word], used_env) for _ in range(ROUNDS + 1)][1:]
            name = f"portcall test, first line, {what}"
            print(f"{name:45}  {median(first):8.1f} ms wall  goal 150")


COMMANDS = (
    (["--help"], "goal 60"),
    (["destinations"], "goal 120"),
    (["outbox", "status"], ""),
    (["log"], ""),
    (["connections"], ""),
    (["send", "--help"], ""),
)


def first_line_ms(python: str, words: list[str], more: dict[str, str]) -> float:
    """Milliseconds from the start of a command until its first line is there; no setting is filled in."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    # Without this a pipe, unlike a terminal, would have each line only at the end.
    env["PYTHONUNBUFFERED"] = "1"
    command = [python, "-m", "portcall", *words]
    started = perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**env, **more},
    ) as process:
        line = process.stdout.readline() if process.stdout else b""
        took_ms = (perf_counter() - started) * 1e3
        process.communicate()
    if b"plugin" not in line:
        raise SystemExit(f"portcall {' '.join(words)} said {line!r} first")
    return took_ms


LOADABLE = """import portcall

@portcall.hookimpl
def allowed_hosts():
    return ["api.example.com"]
"""


def cpu_ms(command: list[str], more: dict[str, str]) -> float:
    """CPU milliseconds of a command: the median of several runs, after one that fills caches."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    runs = []
    for _ in range(ROUNDS + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, env={**env, **more}, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        runs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    # The first run wrote the bytecode, as an installer does, and what is remembered.
    return median(runs[1:]) * 1e3


def memory() -> None:
    """Bytes that one more connection takes."""
    destination = connect("http://127.0.0.1:9").destination
    settings = [
        {
            "endpoint": f"http://127.0.0.1:{9000 + n % 50}",
            "username": f"u{n}",
            "password": Secret(f"p{n}"),
        }
        for n in range(5000)
    ]
    gc.collect()
    tracemalloc.start()
    kept = [destination.connect(each) for each in settings]
    gc.collect()
    size = tracemalloc.get_traced_memory()[0] / len(kept)
    tracemalloc.stop()
    print(f"memory for one connection                      {size:8.0f} bytes    goal 1024")


if __name__ == "__main__":
    overhead()
    against_urllib3()
    discovery()
    commands()
    memory()
