"""A destination that is one file does what the same destination in Python does, seen by a server."""

from __future__ import annotations

import json
import sys
import textwrap
import tomllib

import pytest

from portcall import Host, PluginLoadError
from portcall.testing import Reply

ACME = """
slug = "acme"
hosts = ["{{settings.endpoint}}"]

[fields.endpoint]
label = "Endpoint"
format = "uri"
[fields.api_key]
label = "API key"
type = "secret"

[request]
base_url = "{{settings.endpoint}}/api"
headers = { Authorization = "Bearer {{settings.api_key}}" }

[identity]
get = "/me"
name = "$.name"

[[answers]]
status = 200
where = { "$.ok" = false, "$.error" = "ratelimited" }
means = "throttled"
retry_after_s = "$.retry_after"

[actions.record]
title = "Record an event"
subscribe = 'type = "track"'
post = "/people/{{payload.email}}/events"
idempotency_header = "Idempotency-Key"

[actions.record.fields.email]
label = "Email"
default = { "@path" = "$.properties.email" }
[actions.record.fields.event]
label = "Event"
default = { "@path" = "$.event" }
[actions.record.fields.channel]
label = "Channel"
required = false
choices = "dynamic"

[actions.record.choices.channel]
get = "/channels"
items = "$.channels[*]"
value = "$.id"
label = "$.name"

[actions.record.batch]
post = "/batch"
size = 3
json = { batch = "{{items}}", source = "portcall" }
[actions.record.batch.results]
items = "$.errors[*]"
by = "index"
index = "$.index"
reason = "$.message"
others = "delivered"
"""


@pytest.fixture(params=["toml", "json"])
def connection(request, tmp_path, peer):
    path = tmp_path / f"acme.{request.param}"
    path.write_text(ACME if request.param == "toml" else json.dumps(tomllib.loads(ACME)))
    with Host(allow_private=["127.0.0.1"], plugins=[path]) as host:
        yield host.destination("acme").connect({"endpoint": peer.url, "api_key": "k-1a2b3c4d"})


def event(number, email="a@example.com"):
    return {"type": "track", "event": f"E{number}", "properties": {"email": email}}


def record(connection):
    return connection.destination.actions["record"]


def test_a_file_signs_in_and_tells_the_identity(connection, peer):
    peer.route("GET", "/api/me", Reply(200, json={"name": "Ada"}))
    assert connection.test() == "Ada"
    assert peer.requests[0].headers["Authorization"] == "Bearer k-1a2b3c4d"


def test_a_batch_puts_items_into_the_envelope_and_reads_each_result(connection, peer):
    errors = {"errors": [{"index": 1, "message": "no such person"}]}
    peer.route("POST", "/api/batch", Reply(207, json=errors), Reply(200, json={}))
    outcomes = list(connection.deliver(record(connection), [event(n) for n in range(4)]))
    assert [o.kind for o in outcomes] == ["delivered", "rejected", "delivered", "delivered"]
    assert outcomes[1].reason == "no such person"
    first, second = (received.json() for received in peer.received("/api/batch"))
    assert first["batch"][2] == {"email": "a@example.com", "event": "E2"}
    assert first["source"] == "portcall"
    assert len(second["batch"]) == 1


def test_a_value_in_a_path_stays_one_segment(connection, peer):
    peer.route("POST", "/api/people/a%2F..%3Frole%3Dadmin%23%40x/events", Reply(201))
    connection.perform(record(connection), event(1, "a/..?role=admin#@x"))
    assert len(peer.requests) == 1


def test_a_rule_about_answers_reads_the_wait_out_of_the_body(connection, peer):
    refusal = Reply(200, json={"ok": False, "error": "ratelimited", "retry_after": 1800.5})
    peer.route("POST", "/api/batch", refusal)
    outcome = next(iter(connection.deliver(record(connection), [event(1)])))
    assert outcome.kind == "retry"
    assert outcome.at is not None


def test_the_choices_for_a_field_come_from_the_destination(connection, peer):
    peer.route("GET", "/api/channels", Reply(200, json={"channels": [{"id": 7, "name": "All"}]}))
    choices = connection.choices(record(connection), "channel")
    assert [(choice.value, choice.label) for choice in choices.items] == [(7, "All")]


def test_every_fault_is_told_at_once_with_line_and_column(tmp_path):
    path = tmp_path / "acme.toml"
    path.write_text(
        textwrap.dedent("""\
            slug = "acme"
            hosts = ["api.example.com"]
            [fields.api_key]
            label = "API key"
            type = "secret"
            [request]
            headers = { Authorization = "Bearer {{settings.apikey}}" }
            [actions.record]
            title = "Record"
            subscribe = "type == "
              post = "/x/{{payload.emial}}"
            [actions.record.fields.email]
            label = "Email"
            default = { "@paht" = "$.x" }
            """)
    )
    with Host(plugins=[path]) as host, pytest.raises(PluginLoadError) as caught:
        host.destination("acme")
    text = str(caught.value)
    assert "line 7, column 1" in text
    assert "did you mean `settings.api_key`?" in text
    assert "line 10, column 1" in text
    assert "line 11, column 3" in text
    assert "did you mean `payload.email`?" in text
    assert "did you mean @path?" in text


def test_a_package_that_holds_just_a_file_is_a_destination(tmp_path, monkeypatch):
    package = tmp_path / "portcall_acme_file"
    package.mkdir()
    (package / "destination.toml").write_text(ACME)
    info = tmp_path / "portcall_acme_file-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: portcall-acme-file\nVersion: 1.0\n"
    )
    (info / "entry_points.txt").write_text("[portcall.destinations]\nacme = portcall_acme_file\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with Host() as host:
        assert list(host.destination("acme").actions) == ["record"]
    sys.modules.pop("portcall_acme_file", None)


def test_a_python_file_is_a_destination_of_its_name(tmp_path, peer):
    path = tmp_path / "portcall_acme_eu.py"
    path.write_text(
        textwrap.dedent("""\
            from portcall import RequestOptions, hookimpl

            @hookimpl
            def allowed_hosts():
                return ["127.0.0.1"]
            """)
    )
    with Host(plugins=[tmp_path]) as host:
        assert host.destination("acme-eu").connect({}) is not None


def test_a_folder_without_plugins_and_a_path_without_a_file_are_told_apart(tmp_path):
    with Host(plugins=[tmp_path]) as host:
        assert "acme" not in host.destinations
    with pytest.raises(PluginLoadError, match="there is no such file"):
        Host(plugins=[tmp_path / "acme.toml"])


def test_the_command_line_takes_a_file_as_a_destination(tmp_path, peer, capsys):
    from portcall.cli import main

    path = tmp_path / "acme.toml"
    path.write_text(ACME)
    peer.route("GET", "/api/me", Reply(200, json={"name": "Ada"}))
    settings = ["--set", f"endpoint={peer.url}", "--set", "api_key=k-1a2b3c4d"]
    command = ["--plugin", str(path), "test", "acme", *settings, "--allow-private", "127.0.0.1"]
    assert main(command) == 0
    assert "Ada" in capsys.readouterr().out
