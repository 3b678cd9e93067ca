"""Destinations that restart, or cannot serve: a run waits for them, and then ends in time."""

import json
import socket
import subprocess
import sys
import textwrap
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from tests.realservers.processes import free_port

from portcall import runs
from portcall.testing import Reply

SERVER = textwrap.dedent("""\
    import json, socketserver, sys, time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            name = json.loads(body)["name"]
            time.sleep(0.02)
            with open(sys.argv[2], "a") as log:
                log.write(name + "\\n")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

    print("ready", flush=True)
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
    """)


@pytest.fixture
def server(tmp_path):
    """A server in a process of its own, which can be killed and started again."""

    class Server:
        log = tmp_path / "arrived"
        process = None

        def __init__(self):
            self.port = free_port()
            self.script = tmp_path / "server.py"
            self.script.write_text(SERVER)
            self.log.touch()

        def start(self):
            command = [sys.executable, self.script, str(self.port), str(self.log)]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
            assert self.process.stdout.readline() == b"ready\n"

        def kill(self):
            self.process.kill()
            self.process.communicate()

        @property
        def arrived(self):
            return Counter(self.log.read_text().split())

    made = Server()
    made.start()
    yield made
    made.kill()


def _until(true, seconds=30):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_a_destination_that_restarts_does_not_end_a_run(host, events, server):
    connection = host.destination("shop").connect({"endpoint": f"http://127.0.0.1:{server.port}"})
    run = runs.start(
        connection=connection, action="one", input=events(400), workers=8, retry_for_s=60
    )
    _until(lambda: len(server.arrived) > 50)
    server.kill()
    _until(lambda: "trying again for" in run.progress().trouble)
    time.sleep(1)  # as long as the process takes to come back
    server.start()
    report = run.report
    assert (report.stopped, report.waiting) == ("", 0)
    arrived = server.arrived
    assert max(arrived.values()) == 1
    # What was under way when it was killed may have been applied; each of the others was sent.
    assert report.uncertain <= 2 * 8  # a worker may meet the end of the process twice
    assert report.delivered == 400 - report.uncertain
    assert len(arrived) >= report.delivered


@pytest.mark.parametrize("workers", [1, 8])
def test_a_destination_that_serves_nothing_ends_a_run_after_the_time_for_one_event(
    connection, events, sent, workers
):
    sent.answer = lambda _: Reply(503)
    start = time.monotonic()
    run = runs.start(
        connection=connection, action="put", input=events(50), workers=workers, retry_for_s=3
    )
    report = run.report
    assert report.stopped == "network"
    assert 3 <= time.monotonic() - start < 10
    assert "503" in report.stopped_for
    assert len(sent) <= workers + 3
    assert report.waiting == report.to_retry >= len(sent)


def test_an_event_that_cannot_be_served_does_not_end_a_run(connection, events, sent):
    sent.answer = lambda name: Reply(500) if name in {"e0", "e7", "e8"} else Reply(204)
    run = runs.start(
        connection=connection, action="put", input=events(30), workers=1, retry_for_s=0
    )
    report = run.report
    assert (report.stopped, report.waiting, report.delivered) == ("", 3, 27)


def test_a_destination_that_asks_for_an_hour_is_left_alone(connection, events, sent):
    sent.answer = lambda _: Reply(429, headers={"Retry-After": "3600"})
    run = runs.start(connection=connection, action="put", input=events(50), workers=1)
    report = run.report
    assert report.stopped == "throttled"
    assert sum(sent.values()) == 3
    ahead = report.retry_at - datetime.now(UTC)
    assert timedelta(seconds=3500) < ahead < timedelta(seconds=3600)
    assert report.to_json()["retry_at"] == f"{report.retry_at:%Y-%m-%dT%H:%M:%SZ}"


def test_one_event_is_enough_to_say_when_to_come_back(connection, events, sent):
    sent.answer = lambda _: Reply(429, headers={"Retry-After": "3600"})
    run = runs.start(connection=connection, action="put", input=events(1))
    assert (run.report.stopped, run.report.waiting) == ("throttled", 1)
    assert run.report.retry_at is not None


def test_a_run_that_may_wait_comes_back_when_the_destination_wants_it(connection, events, sent):
    begun = time.monotonic()

    def answer(_):
        if time.monotonic() - begun < 1.5:
            return Reply(429, headers={"Retry-After": "2"})
        return Reply(204)

    sent.answer = answer
    run = runs.start(
        connection=connection, action="put", input=events(5), retry_for_s=0.1, wait_s=60
    )
    report = run.report
    assert (report.stopped, report.delivered, report.retry_at) == ("", 5, None)
    assert time.monotonic() - begun >= 2


def test_a_run_does_not_wait_for_longer_than_it_may(connection, events, sent):
    sent.answer = lambda _: Reply(429, headers={"Retry-After": "3600"})
    begun = time.monotonic()
    run = runs.start(connection=connection, action="put", input=events(5), workers=1, wait_s=60)
    assert run.report.stopped == "throttled"
    assert time.monotonic() - begun < 20


def test_what_is_broken_off_by_every_call_costs_few_events(host, events):
    """A server that takes each request and closes: it may have been applied every time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard = []

        def serve():
            while True:
                try:
                    accepted, _ = listener.accept()
                except OSError:
                    return
                with accepted:
                    heard.append(accepted.recv(65_536))

        from threading import Thread

        Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        connection = host.destination("shop").connect({"endpoint": url})
        run = runs.start(connection=connection, action="one", input=events(500), retry_for_s=4)
        report = run.report
        listener.shutdown(socket.SHUT_RDWR)
    assert report.stopped == "network"
    assert report.uncertain == len(heard) < 10
    lines = report.dead_letters["uncertain"].read_text().splitlines()
    assert len({json.loads(line)["event"] for line in lines}) == report.uncertain
