"""Values in the path of a URL: each stays in its place, as the far side reads the target."""

from types import SimpleNamespace
from urllib.parse import unquote

import attrs
import pytest

from portcall import (
    HookError,
    Host,
    RequestOptions,
    Secret,
    SettingsError,
    action,
    field,
    hookimpl,
    path,
)
from portcall.testing import Reply

LOOPBACK = ("127.0.0.0/8",)
ANY = {"raise_for_status": False}
HOSTILE = {
    "a?role=admin&x=": "a%3Frole%3Dadmin%26x%3D",
    "%2f": "%252f",
    "a#b": "a%23b",
    "a/b": "a%2Fb",
    "a;jsessionid=1": "a%3Bjsessionid%3D1",
    "a\\b": "a%5Cb",
    "ü €": "%C3%BC%20%E2%82%AC",
    "{channel}": "%7Bchannel%7D",
    "...": "...",
    "a+b@c:d": "a%2Bb%40c%3Ad",
    "http://evil.example": "http%3A%2F%2Fevil.example",
}
REFUSED = {
    ".": "'.' or '..'",
    "..": "'.' or '..'",
    "../..": "'.' or '..'",
    "a/../b": "'.' or '..'",
    "%2e%2e": "'.' or '..'",
    "..%2f..": "'.' or '..'",
    "%252e%252e%252fadmin": "'.' or '..'",
    "..;x": "'.' or '..'",
    "a\0b": "control character",
    "a\r\nHost: x": "control character",
    "\ud800": "half of a character",
}
FILE = """
slug = "acme"
hosts = ["{{settings.endpoint}}"]
[fields.endpoint]
label = "Endpoint"
format = "uri"
[request]
base_url = "{{settings.endpoint}}"
[actions.post]
title = "Post"
post = "/channels/{{payload.channel}}/messages"
[actions.post.fields.channel]
label = "Channel"
default = { "@path" = "$.channel" }
"""


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


@attrs.frozen
class Message:
    channel: str = field(label="Channel", default=path("$.channel"))


@action(title="Post")
def post(client, payload: Message):
    client.post("/channels/{channel}/messages", path={"channel": payload.channel})


def coded():
    hooks = {
        "auth_fields": lambda: Settings,
        "allowed_hosts": lambda: ["{endpoint}"],
        "extend_request": lambda settings: RequestOptions(base_url=settings.endpoint),
        "actions": lambda: [post],
    }
    return SimpleNamespace(**{name: hookimpl(hook) for name, hook in hooks.items()})


@pytest.fixture(params=["code", "file"])
def connection(request, peer, tmp_path):
    plugins = {"acme": coded()}
    if request.param == "file":
        file = tmp_path / "acme.toml"
        file.write_text(FILE)
        plugins = [file]
    with Host(plugins=plugins, allow_private=LOOPBACK) as host:
        yield host.destination("acme").connect({"endpoint": peer.url})


def deliver(connection, channel):
    return connection.deliver(connection.destination.actions["post"], [{"channel": channel}])


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_stays_one_segment(connection, peer, value):
    peer.route("POST", f"/channels/{HOSTILE[value]}/messages", Reply(204))
    [outcome] = deliver(connection, value)
    assert outcome.kind == "delivered"
    [request] = peer.requests
    assert request.target == f"/channels/{HOSTILE[value]}/messages"
    assert [unquote(part) for part in request.target.split("/")] == [
        "",
        "channels",
        value,
        "messages",
    ]


@pytest.mark.parametrize("value", REFUSED, ids=ascii)
def test_a_value_that_servers_would_resolve_is_refused_with_its_field(connection, peer, value):
    [outcome] = deliver(connection, value)
    assert outcome.kind == "rejected"
    assert outcome.field == "channel"
    assert REFUSED[value] in outcome.reason
    assert peer.requests == ()


@pytest.fixture
def client(peer):
    with Host(plugins={"acme": coded()}, allow_private=LOOPBACK) as host:
        yield host.destination("acme").connect({"endpoint": peer.url}).client


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_every_method_fills_paths_and_keeps_the_query_of_the_template(client, peer, method):
    values = {"id": 7, "key": Secret("k/1")}
    getattr(client, method)("/a/{id}.json/{key}?x=1", path=values, query={"q": "a/b"}, **ANY)
    [request] = peer.requests
    assert request.target == "/a/7.json/k%2F1?x=1&q=a%2Fb"


def test_the_path_of_an_absolute_url_is_filled(client, peer):
    client.get(f"{peer.url}/a/{{id}}", path={"id": "b/c"}, **ANY)
    assert peer.requests[0].target == "/a/b%2Fc"


def test_doubled_braces_are_braces_where_values_are_given(client, peer):
    client.get("/a/{{{id}}}", path={"id": "b"}, **ANY)
    assert peer.requests[0].target == "/a/%7Bb%7D"


@pytest.mark.parametrize(
    ("template", "values", "message"),
    [
        ("/a/{id}", {}, "no value for id"),
        ("/a/{id}", {"ident": "1"}, "no value for id and no place for ident"),
        ("/a", {"id": "1"}, "no place for id"),
        ("/a/{id}", None, "no value for it: give path="),
        ("/a?x={id}", {"id": "1"}, "values of a query go by query="),
        ("https://{id}.example.com/a", {"id": "1"}, "outside the path"),
        ("/a/{", {}, "belongs to no name"),
        ("/a/{0}", {"0": "1"}, "belongs to no name"),
        ("/a/{id", {"id": "1"}, "belongs to no name"),
    ],
)
def test_a_template_that_does_not_fit_its_values_is_a_fault_of_the_plugin(
    client, peer, template, values, message
):
    with pytest.raises(HookError, match=message):
        client.get(template, path=values)
    assert peer.requests == ()


@pytest.mark.parametrize("value", ["", None, True, 1.5, ["a"], b"a"])
def test_a_value_that_is_empty_or_no_text_or_number_is_refused_with_its_name(client, peer, value):
    with pytest.raises(SettingsError) as caught:
        client.get("/a/{id}", path={"id": value})
    assert caught.value.problems[0].path == "id"
    assert peer.requests == ()


def test_braces_of_a_query_go_as_they_are(client, peer):
    client.get('/a?filter={"id":1}', **ANY)
    assert unquote(peer.requests[0].target) == '/a?filter={"id":1}'
