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
        {note}: str = field(label="Note", default="")
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

    def send(client, payload, action):
        client.post("events", json={{"name": payload.name, "id": payload.id, "pid": os.getpid()}})
        if is_first_time(payload, action, "the last word"):
            os.kill(os.getpid(), signal.SIGKILL)
        while is_first_time(payload, action, "the endless word"):
            time.sleep(3600)

    def is_first_time(payload, action, name):
        marker = Path(__file__).with_name(f"said {{action}} {{payload.id}}")
        if payload.name != name or marker.exists():
            return False
        marker.touch()
        return True

    @action(title="Charge a card, which must not be done twice")
    def charge(client, payload: Payload):
        send(client, payload, "charge")

    @action(title="Set a name, which may be done again", idempotent=True)
    def rename(client, payload: Payload):
        send(client, payload, "rename")

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
        return Host(
            [SharedRateLimit(redis, 1000)],
            allow_private=["127.0.0.1"],
            plugins=[os.environ.get("FLEET_PLUGIN", "cards.py")],
            store=open_store(database),
            outbox=database,
        )


    fleet = PortcallCelery(app, host_factory=host, slice_s=4.0, hang_s=12.0)
"""

PATIENCE_S = 60
_NAMES = count(1)


class Fleet:
    """What tests have of a fleet: its folder, its host, its tasks and its receiver.

    Args:
        folder: Where its modules and the output of its workers are.
        broker: URL of the broker.
        redis: URL of the result backend and of the shared limits.
        server: PostgreSQL, in a new database of which store and outbox are.
        peer: The receiver.
    """

    @staticmethod
    def people(count, *names):
        """Return events of so many people, and of these, whose ids are m-0, m-1 and so on."""
        rows = [f"person {number}" for number in range(count)] + [*names]
        return [{"messageId": f"m-{n}", "name": name} for n, name in enumerate(rows)]

    @staticmethod
    def once(count):
        """Return what has arrived if each of so many events has, once."""
        return Counter(f"m-{n}" for n in range(count))

    def __init__(self, folder, broker, redis, server, peer):
        self.folder = folder
        self.server = server
        self.database = database = server.new_database()
        self.peer = peer
        self.times = {}
        self.environment = {
            **os.environ,
            "FLEET_BROKER": broker,
            "FLEET_REDIS": redis,
            "FLEET_DATABASE": database,
        }
        (folder / "old").mkdir()
        for path, note in (("cards.py", "note"), ("old/cards.py", "remark")):
            text = dedent(DESTINATION).format(port=peer.port, url=peer.url, note=note)
            (folder / path).write_text(text)
        (folder / "fleet_app.py").write_text(dedent(APPLICATION))
        self.host = Host(
            allow_private=["127.0.0.1"],
            plugins=[folder / "cards.py"],
            store=open_store(database),
            outbox=database,
        )
        self.app = Celery("fleet", broker=broker, backend=redis)
        self.tasks = PortcallCelery(
            self.app, host_factory=lambda: self.host, slice_s=4.0, hang_s=12.0
        )

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

    def hand_over(self, name, action, events, tasks=1, **options):
        """Send events in so many tasks; return these."""
        parts = [events[n::tasks] for n in range(tasks)]
        return [
            self.tasks.deliver.apply_async((name, action, part), **options)
            for part in parts
            if part
        ]

    def end_leases(self, name):
        """End the leases of a connection's claims now, as time would."""
        self.server.run(
            "UPDATE portcall_outbox_claims SET until_us = 0 WHERE connection_id ="
            f" (SELECT id FROM portcall_outbox_connections WHERE name = '{name}')",
            self.database,
        )
        self.host.outbox.storage.recover()

    def wait_for_death(self, pid):
        """Return once a process is gone."""

        def is_gone():
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            return False

        self.wait_until(is_gone, pid)

    def wait_until(self, condition, *what):
        """Return once a condition holds, or fail with what it is about and what the workers said."""
        ends = time.monotonic() + PATIENCE_S
        while not condition():
            logs = [
                each.read_text(errors="replace")[-1000:] for each in self.folder.glob("worker*.log")
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


@contextmanager
def made_fleet(folder, broker, database, peer):
    """Make a fleet without workers."""
    made = Fleet(folder, broker, broker, database, peer)
    yield made
    made.host.close()
    made.app.close()


@pytest.fixture(scope="module")
def quiet_fleet(broker, database, tmp_path_factory, peer):
    """Return a fleet without workers."""
    with made_fleet(tmp_path_factory.mktemp("fleet"), broker.url, database, peer) as made:
        yield made


@pytest.fixture(scope="module")
def fleet(quiet_fleet):
    """Return a fleet of eight worker processes, with a dispatcher in a thread."""
    stop = Event()
    thread = Thread(target=Dispatcher(quiet_fleet.tasks).run, args=(stop,))
    with quiet_fleet.worker("--concurrency", "8"):
        thread.start()
        try:
            yield quiet_fleet
        finally:
            stop.set()
            thread.join()
