"""Processes that share one stored connection make one refresh, even if one is killed meanwhile."""

import random
import signal
import subprocess
import sys
from threading import Lock
from time import monotonic, sleep

import pytest
from tests.wire.refreshing import ACME

from portcall import Auth
from portcall.testing import Reply

WORKER = (
    ACME
    + """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

def host(folder):
    store = SQLiteStore(Path(folder))
    return Host(allow_private=["127.0.0.1"], plugins={"acme": ACME}, store=store)

def main(folder, threads):
    client = host(folder).open("acme").client
    print("open", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(threads) as pool:
        answers = pool.map(lambda _: client.get("/api").status, range(threads))
        print(sum(status == 200 for status in answers), flush=True)

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
"""
)


class Rotating:
    """Rotates refresh tokens and kills the family when one is used twice; no grace window."""

    def __init__(self, peer, delay_s=0.0):
        self.lock = Lock()
        self.calls = self.reused = self.refused = 0
        self.refresh, self.access = "r0", "a0"
        self.delay_s = delay_s
        peer.route("POST", "/token", self.token)
        peer.route("GET", "/api", self.api)

    def token(self, request):
        with self.lock:
            self.calls += 1
            if request.form["refresh_token"] != [self.refresh]:
                self.reused += 1
                self.refresh = self.access = "dead"
                return Reply(400, json={"error": "invalid_grant"})
            self.refresh, self.access = f"r{self.calls}", f"a{self.calls}"
            answer = {"access_token": self.access, "refresh_token": self.refresh}
        sleep(self.delay_s)
        return Reply(200, json={**answer, "token_type": "Bearer", "expires_in": 3600})

    def api(self, request):
        with self.lock:
            good = request.headers.get("authorization") == f"Bearer {self.access}"
            self.refused += not good
        return Reply(200, json={}) if good else Reply(401)


@pytest.fixture
def stored(tmp_path, peer):
    """A stored connection whose access token the server does not know."""
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    folder = tmp_path / "store"
    scope = {"__name__": "worker"}
    exec(WORKER, scope)
    with scope["host"](folder) as host:
        auth = Auth(access_token="stale", refresh_token="r0")
        host.connections.create("acme", "acme", {"endpoint": peer.url}, auth)

    def start(threads=1):
        process = subprocess.Popen(
            [sys.executable, str(script), str(folder), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "open\n", process.stderr.read()
        return process

    start.host = lambda: scope["host"](folder)
    return start


def finish(process):
    out, errors = process.communicate("go\n", timeout=60)
    assert process.returncode == 0, errors
    return int(out)


def test_four_processes_of_sixteen_threads_make_one_refresh(peer, stored):
    server = Rotating(peer, delay_s=0.1)
    workers = [stored(16) for _ in range(4)]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    served = sum(int(worker.stdout.readline()) for worker in workers)
    for worker in workers:
        worker.communicate(timeout=60)
    assert served == 64
    assert (server.calls, server.reused) == (1, 0)


def test_a_process_that_is_killed_while_it_refreshes_costs_one_more_call_at_most(peer, stored):
    chance = random.Random(11)
    outcomes = set()
    for _ in range(8):
        server = Rotating(peer, delay_s=0.05)
        with stored.host() as host:
            host.connections.delete("acme")
            auth = Auth(access_token="stale", refresh_token="r0")
            host.connections.create("acme", "acme", {"endpoint": peer.url}, auth)
        victim = stored()
        victim.stdin.write("go\n")
        victim.stdin.flush()
        while not server.refused:
            sleep(0.001)
        sleep(chance.uniform(0, 0.1))
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
        started = monotonic()
        with stored.host() as host:
            try:
                outcomes.add(host.open("acme").client.get("/api").status)
            except Exception as exc:
                outcomes.add(type(exc).__name__)
        assert monotonic() - started < 1
        assert server.calls <= 2
    assert outcomes <= {200, "ReauthorizationError"}


def test_reauthorization_is_remembered_by_every_process(peer, stored):
    server = Rotating(peer)
    server.refresh = "another"
    for _ in range(3):
        with stored.host() as host, pytest.raises(Exception, match="authorize"):
            host.open("acme").client.get("/api")
    assert server.calls == 1


def test_a_sibling_that_was_faster_saves_the_call(peer, stored):
    server = Rotating(peer)
    with stored.host() as one, stored.host() as other:
        slow, fast = one.open("acme"), other.open("acme")
        fast.client.get("/api")
        slow.client.get("/api")
        assert slow.auth == fast.auth
    assert server.calls == 1


def test_a_host_forgets_nothing_that_it_stored(peer, stored):
    Rotating(peer)
    with stored.host() as host:
        host.open("acme").client.get("/api")
        record = host.connections["acme"]
    assert record.auth.refresh_token.reveal() == "r1"
    assert record.auth.expires_at is not None
