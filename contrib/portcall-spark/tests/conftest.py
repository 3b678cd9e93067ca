"""A project with two destinations on a peer, which tests and Spark's own processes open alike."""

from __future__ import annotations

from textwrap import dedent

import pytest

from portcall import Project
from portcall.testing import Peer, Reply
from portcall_spark import Work

DESTINATION = """
    import os
    import signal
    from pathlib import Path

    import attrs

    from portcall import RequestOptions, action, field, hookimpl, path

    @attrs.frozen
    class Payload:
        name: str = field(label="Name", default=path("$.name"))
        id: str = field(label="Message ID", default=path("$.messageId"))

    @hookimpl
    def allowed_hosts():
        return ["127.0.0.1:{port}"]

    @hookimpl
    def extend_request():
        return RequestOptions(base_url="{url}")

    @action(title="Charge a card, which must not be done twice")
    def charge(client, payload: Payload):
        client.post("/events", json={{"name": payload.name, "id": payload.id}})
        die_once(payload.name)

    @action(title="Set a name, which may be done again", idempotent=True)
    def name(client, payload: Payload):
        client.post("/events", json={{"name": payload.name, "id": payload.id}})
        die_once(payload.name)

    def die_once(name):
        marker = Path(__file__).with_name("died")
        if name == "the last word" and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    @hookimpl
    def actions():
        return [charge, name]
"""


@pytest.fixture
def peer():
    with Peer() as running:
        running.route("POST", "/events", Reply(200))
        yield running


@pytest.fixture
def project(tmp_path, peer):
    """Path of a project whose store has the connection ``shop``."""
    text = dedent(DESTINATION).format(port=peer.port, url=peer.url)
    (tmp_path / "cards.py").write_text(text)
    path = tmp_path / "portcall.toml"
    path.write_text(
        'plugins = ["cards.py"]\nstore = "store"\n'
        '[connections.shop]\nallow_private = ["127.0.0.1"]\n'
    )
    with Project.read(path).host("shop") as host:
        host.connections.create("shop", "cards", {})
    return path


@pytest.fixture
def work(project, tmp_path):
    """Return the work of a job that is not Spark's own, with other arguments where they are given."""

    def work(**options):
        usual = {"connection": "shop", "action": "charge", "run": "r-1"}
        places = {"project": f"{project}", "commit_log": f"{tmp_path / 'commits.db'}"}
        return Work(**{**usual, **places, **options})

    return work
