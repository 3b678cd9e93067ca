"""Several ways to sign in, of which one is OAuth 2.0, and lists whose next page is a URL."""

import json

import pytest

from portcall import Auth, AuthenticationError, Host
from portcall.cli import main
from portcall.testing import Reply

FILE = """
slug = "acme"
scheme = "oauth2"
hosts = ["{{settings.endpoint}}"]

[fields.endpoint]
label = "Endpoint"
format = "uri"

[methods.oauth]
label = "OAuth 2.0"
[methods.key]
label = "API key"
scheme = "custom"
request = { headers = { Authorization = "Key {{settings.api_key}}" } }
[methods.key.fields.api_key]
label = "API key"
type = "secret"

[oauth2]
authorize_url = "{{settings.endpoint}}/authorize"
token_url = "{{settings.endpoint}}/token"

[request]
base_url = "{{settings.endpoint}}"
[identity]
get = "/me"
name = "$.name"

[actions.add]
title = "Add to a list"
post = "/lists/{{payload.list}}"
[actions.add.fields.list]
label = "List"
choices = "dynamic"
[actions.add.choices.list]
get = "/lists"
items = "$.lists[*]"
next_url = "$.next"
"""


@pytest.fixture
def acme(tmp_path, peer):
    path = tmp_path / "acme.toml"
    path.write_text(FILE)
    with Host(allow_private=["127.0.0.1"], plugins=[path]) as host:
        yield host.destination("acme")


def only(value):
    return lambda request: (
        Reply(json={"name": "Ada"}) if request.headers.get("authorization") == value else Reply(401)
    )


def test_a_key_is_sent_in_place_of_a_token_and_no_token_is_asked_for(acme, peer):
    peer.route("GET", "/me", only("Key key-1a2b3c"))
    key = {"endpoint": peer.url, "method": "key"}
    assert acme.connect({**key, "api_key": "key-1a2b3c"}).test() == "Ada"
    with pytest.raises(AuthenticationError):
        acme.connect({**key, "api_key": "key-other"}).test()
    assert {request.path for request in peer.requests} == {"/me"}


def test_a_user_name_is_sent_in_place_of_a_token(tmp_path, peer):
    path = tmp_path / "acme.toml"
    key = 'headers = { Authorization = "Key {{settings.api_key}}" }'
    path.write_text(FILE.replace(key, 'username = "api", password = "{{settings.api_key}}"'))
    peer.route("GET", "/me", only("Basic YXBpOmtleS0xYTJiM2M="))
    with Host(allow_private=["127.0.0.1"], plugins=[path]) as host:
        settings = {"endpoint": peer.url, "method": "key", "api_key": "key-1a2b3c"}
        left_over = Auth(access_token="token-1a2b")
        assert host.destination("acme").connect(settings, left_over).test() == "Ada"


def test_a_token_is_sent_where_it_is_the_method(acme, peer):
    peer.route("GET", "/me", only("Bearer token-1a2b"))
    assert acme.connect({"endpoint": peer.url}, Auth(access_token="token-1a2b")).test() == "Ada"


def test_connecting_with_a_key_opens_no_page(tmp_path, peer, capsys, monkeypatch):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))
    path = tmp_path / "acme.toml"
    path.write_text(FILE)
    peer.route("GET", "/me", only("Key key-1a2b3c"))
    settings = [f"endpoint={peer.url}", "method=key", "api_key=key-1a2b3c"]
    given = [part for each in settings for part in ("--set", each)]
    command = ["--plugin", str(path), "connect", "acme", *given, "--allow-private", "127.0.0.1"]
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["identity"] == "Ada"


def test_the_next_page_of_choices_is_the_url_that_the_last_one_gave(acme, peer):
    peer.route(
        "GET", "/lists", Reply(json={"lists": ["a"], "next": f"{peer.url}/more?cursor=b%3D"})
    )
    peer.route("GET", "/more", Reply(json={"lists": ["b"]}))
    connection = acme.connect({"endpoint": peer.url}, Auth(access_token="token-1a2b"))
    first = connection.choices(acme.actions["add"], "list")
    second = connection.choices(acme.actions["add"], "list", page=first.next_page)
    assert [each.value for each in (*first.items, *second.items)] == ["a", "b"]
    assert peer.requests[-1].query == {"cursor": ["b="]}
