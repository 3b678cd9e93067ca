"""A day of a job that a timer starts every five minutes, with all that a day brings.

The time of day is the test's: the receiver and the ledger read it. What has to come out: each event once at
the receiver, and an answer of the ledger for each.
"""

import json
import os
import socket
import subprocess
import sys
import textwrap
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from threading import Thread

import pytest
from tests.realservers.processes import free_port

from portcall import runs
from portcall.runs import circuit, opened_memories
from portcall.runs.ledger import ledger_file, memory
from portcall.runs.ledger.ledger_file import FILE_NAME, Ledger
from portcall.runs.ledger.log import read_log
from portcall.testing import Reply

MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
STEP = timedelta(minutes=5)
TICKS = 288
ROTATED = {96, 150, 192}  # 08:00; 12:30, while the network is lost; 16:00
KILLED = {40, 230}
LOST = range(147, 153)  # 12:15 to 12:45
THROTTLED = range(120, 132)  # 10:00 to 11:00
NEW_KEY, KEY_TOLD = 216, 219  # 18:00, and the operator hears of it at 18:15
BAD = {"e77", "e200"}

SCRIPT = textwrap.dedent("""\
    import runpy, sys
    from types import SimpleNamespace
    from portcall import Host, runs
    from portcall.runs import opened_memories
    from portcall.runs.ledger import ledger_file, memory

    shop, url, key, log, state, now = sys.argv[1:]
    for module in (ledger_file, memory, opened_memories):
        module.time = lambda: float(now)
    plugin = SimpleNamespace(**runpy.run_path(shop))
    with Host(plugins={"shop": plugin}, allow_private=["127.0.0.1"]) as host:
        connection = host.destination("shop").connect({"endpoint": url, "key": key})
        runs.start(
            connection=connection, action="one", input=log, state=state, workers=1, follow=True,
            until_end=True,
        ).wait()
    """)


class Cable:
    """The way to a server, which can be cut."""

    def __init__(self, port):
        self._to = port
        self._ends = []
        self.port = free_port()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._serve()

    def cut(self):
        for each in (self._listener, *self._ends):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._ends.clear()

    def mend(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._serve()

    def _serve(self):
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener):
        with suppress(OSError):
            while True:
                near = listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one, other):
        with suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


class Day:
    """The clock, the receiver, the writer of the log and the timer."""

    def __init__(self, host, peer, folder):
        self.tick = 0
        self.taken = Counter()
        self.refuses = set(BAD)
        self.log, self.state = folder / "orders.ndjson", folder / "state"
        self.process = None
        self._host = host
        self.cable = Cable(peer.port)
        self.url = f"http://127.0.0.1:{self.cable.port}"
        self.connect("k-old")
        peer.route("POST", "/track", self.receive)

    def now(self):
        return (MIDNIGHT + self.tick * STEP).timestamp()

    def receive(self, request):
        name = request.json()["name"]
        if request.headers["X-Key"] != ("k-new" if self.tick >= NEW_KEY else "k-old"):
            return Reply(401)
        if self.tick in THROTTLED:
            left = (THROTTLED.stop - self.tick) * STEP
            return Reply(429, headers={"Retry-After": str(int(left.total_seconds()))})
        if name in self.refuses:
            return Reply(422, body=b"total must not be negative")
        self.taken[name] += 1
        if self.process is not None:  # the answer finds nobody
            self.process.kill()
        return Reply(204)

    def write(self):
        with self.log.open("a") as file:
            event = {"type": "track", "event": f"e{self.tick}", "messageId": f"e{self.tick}"}
            file.write(json.dumps(event) + "\n")

    def rotate(self):
        self.log.rename(self.log.with_name("orders.ndjson.1"))

    def connect(self, key):
        self.key = key
        self.connection = self._host.destination("shop").connect({"endpoint": self.url, "key": key})

    def send(self, path=None, **options):
        given = {"follow": True, "until_end": True} if path is None else {}
        return runs.start(
            connection=self.connection, action="one", input=path or self.log, state=self.state,
            workers=1, retry_for_s=0.02, **given, **options,
        ).report  # fmt: skip

    def send_and_be_killed(self):
        shop = Path(__file__).with_name("shop.py")
        words = [sys.executable, "-c", SCRIPT, shop, self.url, self.key, self.log, self.state]
        self.process = subprocess.Popen([*words, str(self.now())])
        assert self.process.wait(30) < 0
        self.process = None

    def reports(self):
        """Let the day pass; yield what came of each run that was not killed."""
        for self.tick in range(TICKS):
            self.write()
            if self.tick in ROTATED:
                self.rotate()
            if self.tick == LOST.start:
                self.cable.cut()
            if self.tick == LOST.stop:
                self.cable.mend()
            if self.tick == KEY_TOLD:
                self.connect("k-new")
            if self.tick in KILLED:
                self.send_and_be_killed()
            yield self.tick, self.send()


@pytest.fixture
def day(host, peer, tmp_path, monkeypatch):
    made = Day(host, peer, tmp_path)
    for module in (ledger_file, memory, opened_memories):
        monkeypatch.setattr(module, "time", made.now)
    monkeypatch.setattr(circuit, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(import_module("portcall.delivery.live_events"), "LOOK_S", 0.002)
    monkeypatch.setattr(os, "fsync", lambda _: None)  # the machine keeps its power
    with Ledger(made.state / FILE_NAME):  # nor does the last of a run's connections sync the ledger
        yield made
    made.cable.cut()


def test_in_a_day_with_all_that_it_brings_each_event_arrives_once_and_the_log_answers(day):
    stopped = {}
    for tick, report in day.reports():
        how = "" if report.is_complete else report.stopped or "in vain"
        stopped.setdefault(how, []).append(tick)
        if tick in THROTTLED:
            assert report.retry_at is not None
    assert stopped.pop("throttled") == [*THROTTLED]
    assert sorted(stopped.pop("network", []) + stopped.pop("in vain")) == [*LOST]
    assert stopped.pop("authentication") == [*range(NEW_KEY, KEY_TOLD)]
    assert stopped.keys() == {""}

    # The operator looks at what was rejected, has the receiver mended, and sends it again.
    [rejected] = day.state.glob("*.rejected.ndjson")
    day.refuses.clear()
    assert day.send(rejected).delivered == len(BAD)

    every = {f"e{tick}" for tick in range(TICKS)}
    assert day.taken == dict.fromkeys(every, 1)

    outcomes = Counter()
    with Ledger(day.state / FILE_NAME) as ledger:
        for name in every:
            found = list(read_log(ledger, key=name))
            outcomes[found[0].outcome] += 1
            written = MIDNIGHT + int(name[1:]) * STEP
            assert found[-1].at >= written
        noon = MIDNIGHT + timedelta(hours=12)
        late = list(read_log(ledger, since=noon, outcome="delivered", most=10_000))
    # Of two events a killed process did not hear whether they had arrived.
    assert outcomes == {"delivered": len(every) - len(KILLED), "uncertain": len(KILLED)}
    assert len(late) >= TICKS // 2 - 2
