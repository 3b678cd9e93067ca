"""``portcall new --from``: the code of a destination file does what the file does."""

import json
import os
import socket
import ssl
import subprocess
import sys
from importlib import import_module, invalidate_caches
from pathlib import Path

import pytest
import trustme

from portcall import Auth, Host, PortcallError, dynamic
from portcall.checks.samples import sample
from portcall.cli import main
from portcall.testing import Peer, Reply

APIS = Path(__file__).parents[2] / "wire" / "declarative" / "apis"
SLUGS = {
    "airtable": {},
    "braze": {"errors": [{"index": 1, "type": "'time' is invalid"}]},
    "customerio": {"errors": [{"batch_index": 1, "message": "no such person"}]},
    "forum": {"name": "Hooks"},
    "klaviyo": {
        "errors": [{"source": {"pointer": "/data/attributes/profiles/2"}, "detail": "bad"}]
    },
    "letters": {"domain": {"name": "mg"}},
    "meta-conversions": {"events_received": 1},
    "pipedrive": {"success": False, "error": "Name is taken"},
    "parcels": [{"ErrorCode": 0}, {"ErrorCode": 406, "Message": "inactive"}, {"ErrorCode": 0}],
    "salesforce": [{"success": True}, {"success": False, "errors": [{"message": "no name"}]}],
    "chat": {"ok": False, "error": "ratelimited"},
    "texts": {"friendly_name": "Ada"},
    "zendesk": {"user": {"id": 7, "email": "ada@example.com"}},
}
FILES = {"meta-conversions": "meta"}
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u/7 ü",
    "messageId": "m-1",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {"from": "a@example.com", "to": "b@example.com", "text": "Hi", "time": 177},
    "traits": {"name": "Ada", "email": "ada@example.com", "lastName": "Lovelace"},
}
SPARSE = {**EVENT, "properties": {"from": "a@x.com", "to": "b@x.com"}, "userId": None}
TOKEN = Auth(access_token="token-1a2b", state={"instance_url": "https://acme.my.salesforce.com"})
VARYING = ("idempotency-key", "user-agent", "host")


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """Write the project of every file, and let their packages be imported."""
    folder = tmp_path_factory.mktemp("projects")
    for slug in SLUGS:
        source = APIS / f"{FILES.get(slug, slug)}.toml"
        words = ["--from", str(source), "--folder", str(folder / slug), "--json"]
        assert main(["new", f"coded-{slug}", *words]) == 0
        sys.path.insert(0, str(folder / slug / "src"))
    invalidate_caches()
    yield folder
    for slug in SLUGS:
        sys.path.remove(str(folder / slug / "src"))


@pytest.fixture(scope="module")
def internet(tmp_path_factory):
    """Lead every name to one peer that speaks TLS."""
    place = tmp_path_factory.mktemp("authority")
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(place / "ca.pem")
    names = ("*.pipedrive.com", "*.customer.io", "*.letters.example.com", "*.parcels.example.com")
    more = (
        "*.zendesk.com",
        "*.iad-01.braze.com",
        "*.klaviyo.com",
        "forum.example.com",
        "chat.example.com",
    )
    last = ("*.facebook.com", "*.my.salesforce.com", "api.texts.example.com", "api.airtable.com")
    authority.issue_cert(*names, *more, *last).configure_cert(context)
    with pytest.MonkeyPatch.context() as patch, Peer() as peer:
        peer.speak_tls(context)
        real = socket.getaddrinfo

        def getaddrinfo(host, port, *rest, **more):
            if host[:1].isdigit():
                return real(host, port, *rest, **more)
            place = ("127.0.0.1", peer.port)
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place)]

        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield peer, str(place / "ca.pem")


def said(do, *args, **options):
    """Return what a call gives, or the words of its error."""
    try:
        return repr(do(*args, **options))
    except PortcallError as error:
        return f"{type(error).__name__}: {error}"


def asked(plugins, slug, internet, events):
    """Return every request, and what came of each batch, event, choice and sign-in."""
    peer, trusted = internet
    before, told = len(peer.requests), []
    with Host(allow_private=["127.0.0.0/8"], ca_file=trusted, plugins=plugins) as host:
        destination = host.destination(slug)
        settings = sample(destination)
        if "webhook_url" in settings:
            settings["webhook_url"] = "https://forum.example.com/api/webhooks/1/secret"
        auth = TOKEN if destination.scheme == "oauth2" else None
        connection = destination.connect(settings, auth)
        for name, action in destination.actions.items():
            defaults = {"channel": "C1"} if name == "post_message" and slug == "chat" else {}
            paths = {f.name: f.default_mapping for f in action.fields if f.default_mapping}
            mapping = {**paths, **defaults}
            outcomes = connection.deliver(action, events, mapping=mapping, subscribe="")
            told += [(name, each.kind, each.reason) for each in outcomes]
            for event in events:
                told.append(said(connection.perform, action, event, mapping=mapping, subscribe=""))
            for field in action.fields:
                if field.choices is dynamic:
                    told.append(said(connection.choices, action, field.name, page="p 2"))
            told.append(said(connection.test))
    seen = [
        (
            request.method,
            request.target,
            [(k, v) for k, v in request.headers.items() if k.lower() not in VARYING],
            request.body,
        )
        for request in peer.requests[before:]
    ]
    return seen, told


@pytest.mark.parametrize("slug", SLUGS)
def test_the_requests_of_code_and_file_are_the_same_bytes(projects, internet, slug):
    peer, _ = internet
    source = APIS / f"{FILES.get(slug, slug)}.toml"
    events = [EVENT, SPARSE, EVENT]
    code = {slug: import_module(f"portcall_coded_{slug.replace('-', '_')}")}
    seen, told = asked([source], slug, internet, events)
    assert asked(code, slug, internet, events) == (seen, told)
    for answer in (SLUGS[slug], [1]):
        for method, target, _, _ in seen:
            reply = Reply(200, json=answer, headers={"Retry-After": "3600"})
            peer.route(method, target.partition("?")[0], reply)
        seen, told = asked([source], slug, internet, events)
        assert asked(code, slug, internet, events) == (seen, told)
        assert seen


def test_what_cannot_be_code_yet_is_refused_with_its_place(tmp_path, capsys):
    source = APIS / "elasticsearch.toml"
    folder = tmp_path / "new"
    assert main(["new", "search", "--from", str(source), "--folder", str(folder), "--yes"]) == 2
    said = capsys.readouterr().err
    assert "line 58, column 1: actions.index.batch.lines: `lines` cannot be written" in said
    assert not list(tmp_path.iterdir())


ACME = """
slug = "stated"
documentation = ["https://api.example.com/docs"]
hosts = ["api.example.com"]
[fields.api_key]
label = "API key"
description = "Settings > Developers."
type = "secret"
[request]
base_url = "https://api.example.com/v1"
headers = { X-Api-Key = "{{settings.api_key}}" }
[identity]
get = "/me"
name = "$.name"
[actions.record]
title = "Record an event"
subscribe = 'type = "track"'
post = "/people/{{payload.id}}/events"
idempotency_header = "Idempotency-Key"
[actions.record.fields.id]
label = "ID"
required = true
default = { "@path" = "$.userId" }
"""


def test_the_code_of_a_described_file_has_no_finding(tmp_path, capsys):
    (tmp_path / "acme.toml").write_text(ACME)
    words = ["--from", str(tmp_path / "acme.toml"), "--folder", str(tmp_path / "coded")]
    assert main(["new", *words]) == 0
    capsys.readouterr()
    assert main(["check", str(tmp_path / "coded"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []


def test_a_project_has_a_file_or_a_template(tmp_path, capsys):
    words = ["--from", str(APIS / "texts.toml"), "--template", "api-key"]
    assert main(["new", *words, "--folder", str(tmp_path / "new")]) == 2
    assert "--from and --template exclude each other" in capsys.readouterr().err


def test_the_checkers_mind_nothing_of_the_code(projects):
    tools = [sys.executable, "-m"]
    packages = [str(*(projects / slug / "src").iterdir()) for slug in SLUGS]
    path = os.pathsep.join(str(Path(each).parent) for each in packages)
    for command, environment in (
        (["ruff", "check", "--no-cache", "."], {}),
        (["ruff", "format", "--check", "--no-cache", "."], {}),
        (["mypy", "--strict", *packages], {"MYPYPATH": path}),
    ):
        done = subprocess.run(
            [*tools, *command],
            cwd=projects,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
