"""Hosts of a region that is chosen, and members that look like directives."""

import pytest

from portcall import PluginLoadError, PolicyError
from portcall.testing import StandInHost

FILE = """
slug = "logs"
hosts = ["intake.{{settings.site}}", "{{settings.zone | lower}}.api.{{settings.site}}"]

[fields.site]
label = "Site"
default = "logs.example"
choices = ["logs.example", "eu.logs.example"]
[fields.zone]
label = "Zone"
default = "A"
choices = { A = "First", B = "Second" }

[request]
base_url = "https://intake.{{settings.site}}"

[actions.log]
title = "Log"
post = "/logs"
json = { "@@timestamp" = "{{payload.time}}", name = { "@path" = "$.payload.name" } }
[actions.log.fields.time]
label = "Time"
default = { "@path" = "$.timestamp" }
[actions.log.fields.name]
label = "Name"
default = { "@path" = "$.event" }
"""


@pytest.fixture
def logs(tmp_path):
    (tmp_path / "logs.toml").write_text(FILE)
    with StandInHost(plugins=[tmp_path / "logs.toml"]) as host:
        yield host


def test_hosts_of_choices_are_known_before_there_is_a_connection(logs):
    assert [*logs.destination("logs").stack.allowed_hosts(None)] == [
        "intake.logs.example",
        "intake.eu.logs.example",
        "a.api.logs.example",
        "a.api.eu.logs.example",
        "b.api.logs.example",
        "b.api.eu.logs.example",
    ]


def test_a_connection_talks_to_the_hosts_of_its_own_choice_alone(logs):
    peer = logs.stand_in("*.logs.example")
    peer.route("POST", "/logs")
    connection = logs.destination("logs").connect({"site": "eu.logs.example"})
    event = {"timestamp": "2026-05-01T12:00:00Z", "event": "Paid"}
    connection.perform(connection.destination.actions["log"], event)
    assert peer.requests[0].headers["Host"] == "intake.eu.logs.example"
    assert peer.requests[0].json() == {"@timestamp": "2026-05-01T12:00:00Z", "name": "Paid"}
    with pytest.raises(PolicyError):
        connection.client.get("https://intake.logs.example/logs")


def test_a_member_that_begins_with_one_sign_is_still_a_directive(tmp_path):
    (tmp_path / "logs.toml").write_text(FILE.replace("@@timestamp", "@timestamp"))
    refused = pytest.raises(PluginLoadError, match="must have one @-key")
    with StandInHost(plugins=[tmp_path / "logs.toml"]) as host, refused:
        host.destination("logs")
