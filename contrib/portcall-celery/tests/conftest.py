"""A fleet: Redis, PostgreSQL, worker processes of Celery, and a receiver that they all deliver to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from itertools import count
from textwrap import dedent
from threading import Event, Thread

import pytest
from celery import Celery

from portcall import Auth, Host, open_store
from portcall.testing import Peer, Reply
from portcall_celery import Dispatcher, PortcallCelery

DESTINATION = """
    import os
    import signal
    import time
    from pathlib import Path

    import attrs

    from portcall import Auth, RequestOptions, action, field, hookimpl, path

    @attrs.frozen
    class Payload:
        name: str = field(label="Name", default=path("$.name"))
        id: str = field(label="Message ID", default=path("$.messageId"))

    @attrs.frozen
    class Settings:
        account: str = field(label="Account")

    @hookimpl
    def auth_fields():
        return Settings

    @hookimpl
    def allowed_hosts():
        return ["127.0.0.1:{port}"]

    @hookimpl
    def extend_request(settings, auth):
        headers = {{"Authorization": f"Bearer {{auth.access_token}}"}} if auth.access_token else {{}}
        return RequestOptions(base_url="{url}/" + settings.account + "/", headers=headers)

    @hookimpl
    def refresh_access_token(client, settings, auth):
        form = {{"refresh_token": auth.refresh_token}}
        answer = client.post("token", form=form).json()
        return Auth(access_token=answer["access"], refresh_token=answer["refresh"])

    def send(client, payload):
        client.post("events", json={{"name": payload.name, "id": payload.id, "pid": os.getpid()}})
        if is_first_time(payload, "the last word"):
            os.kill(os.getpid(), signal.SIGKILL)
        while is_first_time(payload, "the endless word"):
            time.sleep(3600)

    def is_first_time(payload, name):
        marker = Path(__file__).with_name(f"said {{payload.id}}")
        if payload.name != name or marker.exists():
            return False
        marker.touch()
        return True

    @action(title="Charge a card, which must not be done twice")
    def charge(client, payload: Payload):
        send(client, payload)

    @action(title="Set a name, which may be done again", idempotent=True)
    def rename(client, payload: Payload):
        send(client, payload)

    @hookimpl
    def actions():
        return [charge, rename]
"""

APPLICATION = """
    import os

    from celery import Celery

    from portcall import Host, open_store
    from portcall_celery import PortcallCelery, SharedRateLimit

    redis, database = os.environ["FLEET_REDIS"], os.environ["FLEET_DATABASE"]
    app = Celery("fleet", broker=os.environ["FLEET_BROKER"], backend=redis)
    app.conf.broker_connection_retry_on_startup = True


    def host():
        limit = os.environ.get("FLEET_LIMIT")
        return Host(
            [SharedRateLimit(redis, int(limit))] if limit else [],
            allow_private=["127.0.0.1"],
            plugins=["cards.py"],
            store=open_store(database),
            outbox=database,
        )


    fleet = PortcallCelery(app, host_factory=host, slice_s=4.0, hang_s=12.0)
"""

PATIENCE_S = 90
_NAMES = count(1)


class Fleet:
    """What tests have of a fleet: its folder, its host, its tasks and its receiver.

    Args:
        folder: Where its modules and the output of its workers are.
        broker: URL of the broker.
        redis: URL of the result backend and of the shared limits.
        database: URL of the database with store and outbox.
        peer: The receiver.
    """

    def __init__(self, folder, broker, redis, database, peer):
        self.folder = folder
        self.peer = peer
        self.times = {}
        self.environment = {
            **os.environ,
            "FLEET_BROKER": broker,
            "FLEET_REDIS": redis,
            "FLEET_DATABASE": database,
        }
        text = dedent(DESTINATION).format(port=peer.port, url=peer.url)
        (folder / "cards.py").write_text(text)
        (folder / "fleet_app.py").write_text(dedent(APPLICATION))
        self.host = Host(
            allow_private=["127.0.0.1"],
            plugins=[folder / "cards.py"],
            store=open_store(database),
            outbox=database,
        )
        self.app = Celery("fleet", broker=broker, backend=redis)
        self.tasks = PortcallCelery(self.app, host_factory=lambda: self.host, slice_s=4.0)

    def connection(self, auth=None):
        """Make a connection of its own for a test; return its name, which is the path of its requests."""
        name = f"shop-{next(_NAMES)}"
        auth = auth or Auth(access_token="ok")
        self.host.connections.create(name, "cards", {"account": name}, auth)
        self.answer(name, lambda _: Reply(200))
        return name

    def answer(self, name, answer):
        """Have a function answer the events of a connection, and note when each arrives."""

        def noted(request):
            self.times[name].append(time.monotonic())
            return answer(request)

        self.times[name] = []
        self.peer.route("POST", f"/{name}/events", noted)

    @contextmanager
    def worker(self, *more, **environment):
        """Run a worker of Celery, ready to do tasks, with four processes if it is not said otherwise."""
        words = ["-m", "celery", "-A", "fleet_app", "worker", "--loglevel", "WARNING"]
        log = self.folder / f"worker-{next(_NAMES)}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, *words, "--without-gossip", "--without-mingle", *more],
                cwd=self.folder,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def states(self, name):
        """Return how many events of a connection are in which state."""
        for each in self.host.outbox.status().connections:
            if each.name == name:
                return {state: number for state, number in each.counts.items() if number}
        return {}

    def wait_until(self, condition, *what):
        """Return once a condition holds, or fail with what it is about and what the workers said."""
        ends = time.monotonic() + PATIENCE_S
        while not condition():
            logs = [
                each.read_text(errors="replace")[-3000:] for each in self.folder.glob("worker*.log")
            ]
            assert time.monotonic() < ends, "\n".join([*map(str, what), *logs])
            time.sleep(0.02)

    def wait_for(self, name, **states):
        """Return once the events of a connection are in these states."""
        self.wait_until(lambda: self.states(name) == states, name, states)

    def wait_for_end(self, name, events):
        """Return the states of so many events of a connection once none waits or is under way."""
        self.wait_until(lambda: sum(self.ended(name).values()) == events, name, events)
        return self.states(name)

    def ended(self, name):
        """Return how many events of a connection neither wait nor are under way, by state."""
        found = self.states(name)
        return {state: n for state, n in found.items() if state not in {"waiting", "under_way"}}

    def arrived(self, name):
        """Return how often each id arrived."""
        return Counter(each.json()["id"] for each in self.requests(name))

    def requests(self, name):
        """Return the events of a connection that arrived, in order."""
        return self.peer.received(f"/{name}/events", "POST")

    def pids(self, name):
        """Return the worker processes that sent to a connection."""
        return {each.json()["pid"] for each in self.requests(name)}


@pytest.fixture(scope="module")
def peer():
    with Peer() as running:
        yield running


@pytest.fixture(scope="module")
def broker(real_server):
    return real_server("redis")


@pytest.fixture(scope="module")
def database(real_server):
    return real_server("postgres")


@pytest.fixture(scope="module")
def quiet_fleet(broker, database, tmp_path_factory, peer):
    """Return a fleet without workers."""
    folder = tmp_path_factory.mktemp("fleet")
    made = Fleet(folder, broker.url, broker.url, database.new_database(), peer)
    yield made
    made.host.close()
    made.app.close()


@pytest.fixture(scope="module")
def fleet(quiet_fleet):
    """Return a fleet of eight worker processes, with a dispatcher in a thread."""
    stop = Event()
    thread = Thread(target=Dispatcher(quiet_fleet.tasks).run, args=(stop,))
    with quiet_fleet.worker("--concurrency", "8"):
        thread.start()
        yield quiet_fleet
        stop.set()
        thread.join()
