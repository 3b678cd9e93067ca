"""Does a refresh burn a token? ``uv run python bench/refresh.py``.

Many processes with many threads each share one stored connection and meet the end of its token at
once. The server rotates refresh tokens and kills the family when one is used twice. Other libraries
do the same with the threads of one process.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import urllib3
from token_server import running

from portcall import Auth, Host, RequestOptions, field, hookimpl, token_response
from portcall.store import SQLiteStore

PROCESSES, THREADS, ROUNDS, LIFE_S = 8, 64, 20, 3.0
SLOW_ROUNDS, SLOW_S = 3, 15.0
KILLS = 50


@attrs.frozen
class Settings:
    """Where the server is."""

    endpoint: str = field(label="Endpoint", format="uri")


def _refresh(client: Any, auth: Auth) -> Auth:
    form = {"grant_type": "refresh_token", "refresh_token": auth.refresh_token}
    return token_response(client.post("/token", form=form, raise_for_status=False), auth)


_refresh.__name__ = "refresh_access_token"
ACME = SimpleNamespace(
    auth_scheme=hookimpl(lambda: "oauth2"),
    auth_fields=hookimpl(lambda: Settings),
    allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
    extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
    refresh_access_token=hookimpl(_refresh),
)


def host(folder: str) -> Host:
    """A host over the store in *folder*."""
    return Host(
        allow_private=["127.0.0.1"], plugins={"acme": ACME}, store=SQLiteStore(Path(folder))
    )


def worker(folder: str, rounds: int, gate: Any, results: Any) -> None:
    """One process: all threads send one request in each round, all processes at once."""
    client = host(folder).open("acme").client

    def send(_: int) -> int:
        try:
            return client.get("/api", timeout_s=60).status
        except Exception as exc:  # noqa: BLE001  # whatever goes wrong is what is counted
            return hash(type(exc).__name__) % 1000 + 1000

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(rounds):
            gate.wait()
            results.put(sum(status == 200 for status in pool.map(send, range(THREADS))))
            gate.wait()


def many(rounds: int, delay_s: float) -> None:
    """All processes meet the end of one token, round after round."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, running(LIFE_S, delay_s) as url:
        host(folder).connections.create("acme", "acme", {"endpoint": url}, first())
        gate, results = context.Barrier(PROCESSES + 1), context.Queue()
        workers = [
            context.Process(target=worker, args=(folder, rounds, gate, results))
            for _ in range(PROCESSES)
        ]
        for process in workers:
            process.start()
        served, slowest = 0, 0.0
        for _ in range(rounds):
            gate.wait()
            start = time.perf_counter()
            served += sum(results.get() for _ in workers)
            slowest = max(slowest, time.perf_counter() - start)
            gate.wait()
            time.sleep(LIFE_S)
        for process in workers:
            process.join()
        report(f"portcall, {PROCESSES} x {THREADS}, token endpoint {delay_s:.0f} s", url, rounds)
    total = rounds * PROCESSES * THREADS
    print(f"  requests served {served} of {total}; slowest round {slowest:.1f} s")


def first() -> Auth:
    """Credentials whose access token is over."""
    return Auth(access_token="a0", refresh_token="r0")


def report(name: str, url: str, rounds: int) -> None:
    """Print what the server counted."""
    seen = urllib3.PoolManager().request("GET", f"{url}/state").json()
    print(f"{name}: {rounds} rounds, {seen['calls']} token calls, {seen['reuse']} reused")


def authlib_threads() -> None:
    """The threads of one process share one session of authlib."""
    from authlib.integrations.requests_client import OAuth2Session

    with running(LIFE_S) as url:
        old = {"access_token": "a0", "refresh_token": "r0", "expires_at": 1, "token_type": "bearer"}
        session = OAuth2Session(
            "id", token_endpoint=f"{url}/token", token=old, token_endpoint_auth_method="none"
        )
        others(f"authlib, 1 x {THREADS}", url, lambda _: session.get(f"{url}/api").status_code)


def requests_oauthlib_threads() -> None:
    """The threads of one process share one session of requests-oauthlib."""
    from requests_oauthlib import OAuth2Session

    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    with running(LIFE_S) as url:
        old = {
            "access_token": "a0",
            "refresh_token": "r0",
            "expires_in": -1,
            "token_type": "bearer",
        }
        session = OAuth2Session(
            "id", token=old, auto_refresh_url=f"{url}/token", token_updater=lambda token: None
        )
        others(
            f"requests-oauthlib, 1 x {THREADS}",
            url,
            lambda _: session.get(f"{url}/api").status_code,
        )


def others(name: str, url: str, send: Any) -> None:
    """Let another library's threads meet one end of a token."""

    def attempt(number: int) -> bool:
        try:
            return bool(send(number) == 200)
        except Exception:  # noqa: BLE001  # whatever goes wrong is what is counted
            return False

    with ThreadPoolExecutor(THREADS) as pool:
        served = sum(pool.map(attempt, range(THREADS)))
    report(name, url, 1)
    print(f"  requests served {served} of {THREADS}")


def once(folder: str) -> None:
    """One request of a process of its own, to be killed."""
    host(folder).open("acme").client.get("/api", timeout_s=20)


def killed() -> None:
    """The refreshing process is killed at random points; the next caller goes on."""
    context = multiprocessing.get_context("spawn")
    chance, extra, slowest, stuck = random.Random(7), 0, 0.0, 0
    for _ in range(KILLS):
        with tempfile.TemporaryDirectory() as folder, running(60, 0.05) as url:
            host(folder).connections.create("acme", "acme", {"endpoint": url}, first())
            victim = context.Process(target=once, args=(folder,))
            victim.start()
            manager = urllib3.PoolManager()
            while not (seen := manager.request("GET", f"{url}/state").json())["refused"]:
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.12))
            os.kill(victim.pid or 0, signal.SIGKILL)
            victim.join()
            start = time.perf_counter()
            try:
                host(folder).open("acme").client.get("/api", timeout_s=20)
            except Exception:  # noqa: BLE001  # a server without a grace window may ask for a person
                stuck += 1
            slowest = max(slowest, time.perf_counter() - start)
            seen = manager.request("GET", f"{url}/state").json()
            extra = max(extra, seen["calls"] - 1)
    print(f"{KILLS} processes killed while they refreshed: at most {extra} more token call each")
    print(
        f"  the next caller was done after {slowest:.2f} s at most; reauthorization asked {stuck} times"
    )


if __name__ == "__main__":
    many(ROUNDS, 0)
    many(SLOW_ROUNDS, SLOW_S)
    killed()
    authlib_threads()
    requests_oauthlib_threads()
