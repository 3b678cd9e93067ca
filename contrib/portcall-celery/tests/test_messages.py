"""Messages that a worker cannot use: none of their events is lost."""

from __future__ import annotations

import itertools
import time
from contextlib import ExitStack

import pytest
from celery import Celery, signals
from celery.contrib.testing.worker import start_worker

from portcall import Host, SettingsError
from portcall.testing import Reply
from portcall_celery import DELIVER, PortcallCelery

EVENTS = [{"messageId": "m-1", "name": "Ada"}, {"messageId": "m-2", "name": "Grace"}]
PLUGIN = """
import attrs
from portcall import RequestOptions, action, field, hookimpl, path

@attrs.frozen
class Payload:
    name: str = field(label="Name", default=path("$.name"))

@hookimpl
def allowed_hosts(): return ["127.0.0.1:{port}"]

@hookimpl
def extend_request(): return RequestOptions(base_url="{url}")

@action(title="Greet", idempotent=True)
def greet(client, payload: Payload): client.post("/greetings", json={{"name": payload.name}})

@hookimpl
def actions(): return [greet]
"""


@pytest.fixture
def open_host(tmp_path, monkeypatch, peer):
    """Return a host with a connection ``friends``; its store and outbox are files of the test."""
    monkeypatch.setenv("PORTCALL_HOME", f"{tmp_path}")
    file = tmp_path / "greeter.py"
    file.write_text(PLUGIN.format(port=peer.port, url=peer.url))
    peer.route("POST", "/greetings", Reply(204))
    with ExitStack() as stack:

        def opened():
            host = stack.enter_context(Host(plugins=[f"{file}"], allow_private=["127.0.0.1"]))
            if "friends" not in host.connections:
                host.connections.create("friends", "greeter", {})
            return host

        yield opened


@pytest.fixture
def app():
    """A Celery whose broker is in this process, and whose workers leave its logging as it is."""

    def keep(**_):
        """Do nothing: a worker configures logging itself where no function of the program does."""

    signals.setup_logging.connect(keep)
    made = Celery("messages", broker="memory://", set_as_current=False)
    made.conf.broker_transport_options = {"polling_interval": 0.01}  # a second, if not set
    yield made
    made.close()
    signals.setup_logging.disconnect(keep)


def wait_for(found):
    ends = time.monotonic() + 30
    while not found() and time.monotonic() < ends:
        time.sleep(0.01)
    assert found()


def test_a_program_is_told_of_wrong_arguments_before_they_are_sent(app, open_host):
    fleet = PortcallCelery(app, open_host)
    with pytest.raises(TypeError, match="maping"):
        fleet.deliver.delay("friends", "greet", EVENTS, maping={})
    with pytest.raises(TypeError, match="events"):
        fleet.deliver.delay("friends", "greet")
    with pytest.raises(TypeError, match="events must be a list of JSON objects, not dict"):
        fleet.deliver.delay("friends", "greet", EVENTS[0])
    with pytest.raises(TypeError, match="connection must be a text, not int"):
        fleet.deliver.delay(7, "greet", EVENTS)


@pytest.mark.parametrize("fault", ["raises", "returns something else"])
def test_events_wait_for_a_worker_whose_host_can_be_opened(
    app, open_host, peer, monkeypatch, fault
):
    calls = itertools.count()

    def factory():
        if next(calls) < 5:  # more often than Celery tries a task again by itself
            if fault == "raises":
                raise SettingsError("DATABASE_URL is not set")
            return None
        return open_host()

    monkeypatch.setattr("portcall_celery.fleet.UNUSABLE_S", 0.01)
    fleet = PortcallCelery(app, factory)
    fleet.deliver.delay("friends", "greet", EVENTS)
    with start_worker(app, perform_ping_check=False):
        wait_for(lambda: len(peer.received("/greetings")) == 2)
    assert [each.json()["name"] for each in peer.received("/greetings")] == ["Ada", "Grace"]


def test_a_message_of_a_newer_version_comes_again_until_a_worker_knows_it(
    app, open_host, caplog, monkeypatch
):
    monkeypatch.setattr("portcall_celery.fleet.UNUSABLE_S", 0.01)
    PortcallCelery(app, open_host)
    app.send_task(DELIVER, ["friends", "greet", EVENTS], {"flavour": "mild"})
    with start_worker(app, perform_ping_check=False):
        wait_for(lambda: caplog.text.count("unexpected keyword argument 'flavour'") > 5)
