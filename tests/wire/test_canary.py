"""Secrets are planted everywhere; whatever can be printed is collected; none of them is in it."""

import base64
import copy
import io
import json
import logging
import pickle
import traceback
import urllib.parse
from types import SimpleNamespace

import attrs
import pytest

from portcall import (
    Auth,
    ClientCertificate,
    Host,
    Kind,
    Request,
    RequestOptions,
    Secret,
    Verdict,
    action,
    field,
    hookimpl,
    path,
)
from portcall.testing import Reply

SECRETS = {
    "api_key": "canary-key+/=1 é",
    "password": "canary:pass\"word'%",
    "query_key": "canary&query=2?",
    "access_token": "canary-access-3~token",
    "refresh_token": "canary-refresh-4.token",
    "client_secret": "canary client/secret 5",
    "arrived": "canary-arrived-6-token-XyZ",
}


def forms(value):
    """Every spelling of one value, worked out without the code under test."""
    raw = value.encode()
    yield value
    yield raw.hex()
    yield raw.hex().upper()
    for quote in (urllib.parse.quote, urllib.parse.quote_plus):
        yield quote(value, safe="")
        yield quote(value, safe="").lower()
        yield quote(value)
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    yield repr(raw)[2:-1]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in (b"", b"u:", b"xx"):
            whole = encode(before + raw).decode().rstrip("=")
            yield whole[(len(before) * 8 + 5) // 6 + (1 if before else 0) : -1]


def leaks(text):
    return sorted(
        {name for name, value in SECRETS.items() for form in forms(value) if form in text}
    )


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    api_key: Secret = field(label="API key")
    query_key: Secret = field(label="Query key")
    number: int = field(label="Number", default=1)


@attrs.frozen
class Payload:
    text: str = field(label="Text", default=path("$.text"))


def _send(client, payload):
    client.post("/x", json={"text": payload.text})


_send.__annotations__["payload"] = Payload


def plugin(**hooks):
    defaults = {
        "auth_scheme": lambda: "oauth2",
        "auth_fields": lambda: Settings,
        "allowed_hosts": lambda: ["{endpoint}"],
        "extend_request": lambda settings: RequestOptions(
            base_url=settings.endpoint,
            headers={"X-Api-Key": f"{settings.query_key.reveal().encode().hex()}"},
            query={"key": settings.query_key, "plain": f"{settings.api_key}"},
        ),
        "actions": lambda: [action(title="Send")(_send)],
    }
    return SimpleNamespace(**{k: hookimpl(v) for k, v in {**defaults, **hooks}.items()})


def connect(peer, destination, *extras, **settings):
    host = Host(extras, allow_private=["127.0.0.1"], plugins={"acme": destination})
    given = {
        "endpoint": peer.url,
        "api_key": SECRETS["api_key"],
        "query_key": SECRETS["query_key"],
        **settings,
    }
    auth = Auth(
        access_token=SECRETS["access_token"],
        refresh_token=SECRETS["refresh_token"],
        client_id="id",
        client_secret=SECRETS["client_secret"],
    )
    return host.destination("acme").connect(given, auth)


@pytest.fixture
def printed(capsys):
    """Everything that goes to a log at any level, to stdout or to stderr, or is added by hand."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    captured = capsys.readouterr()
    assert leaks(stream.getvalue() + captured.out + captured.err) == []


def show(stream, thing):
    """Print *thing* in every way there is."""
    for text in (repr(thing), str(thing), f"{[thing]}", f"{ {'k': thing} }"):
        print(text, file=stream)
    if attrs.has(type(thing)):
        print(attrs.asdict(thing), file=stream)
        print(json.dumps(attrs.asdict(thing), default=str), file=stream)
    try:
        print(pickle.dumps(thing).decode("latin-1"), file=stream)
    except (TypeError, AttributeError, pickle.PicklingError) as exc:
        print(exc, file=stream)


def show_exception(stream, exc):
    shown = traceback.TracebackException.from_exception(exc, capture_locals=True)
    print("".join(shown.format()), file=stream)
    for each in (exc, exc.__cause__, exc.__context__):
        print(repr(each), str(each), getattr(each, "args", ""), vars(each or exc), file=stream)


def fail(settings, auth, request=None):
    """What a careless plugin does: a secret in a local, in a message, in a note."""
    header = f"Bearer {auth.access_token} {settings.api_key}"
    encoded = base64.b64encode(f"u:{settings.query_key}".encode()).decode()
    error = ValueError(f"cannot use {header}", {"pair": encoded})
    error.add_note(f"tried {urllib.parse.quote(settings.api_key.reveal())}")
    raise error


def _echo(request):
    """Send back everything that came, and a token."""
    body = {"headers": dict(request.headers), "target": request.target, "access_token": "x"}
    return Reply(400, json={**body, "access_token": SECRETS["arrived"]})


def _raiser(settings, auth):
    fail(settings, auth)


BAD_ANSWERS = {
    "extend": {"extend_request": lambda settings, auth: fail(settings, auth)},
    "sign": {"sign_request": lambda settings, auth: fail(settings, auth)},
    "classify": {"classify_response": lambda settings, auth: fail(settings, auth)},
    "challenge": {"answer_challenge": lambda settings, auth: fail(settings, auth)},
    "refresh": {"refresh_access_token": lambda settings, auth: fail(settings, auth)},
    "test": {"test_authentication": lambda settings, auth: fail(settings, auth)},
    "extend type": {"extend_request": lambda settings: f"{settings.api_key}"},
    "sign type": {"sign_request": lambda settings: {"k": f"{settings.api_key}"}},
    "challenge type": {"answer_challenge": lambda settings: f"{settings.api_key}"},
    "refresh type": {"refresh_access_token": lambda auth: f"{auth.refresh_token}"},
    "identity type": {"test_authentication": lambda auth: [f"{auth.access_token}"]},
    "header newline": {
        "extend_request": lambda settings: RequestOptions(
            base_url=settings.endpoint, headers={"X-Key": f"{settings.api_key}\nx"}
        )
    },
    "header secret newline": {
        "extend_request": lambda settings: RequestOptions(
            base_url=settings.endpoint, headers={"X-Key": Secret(f"{settings.api_key}\x00")}
        )
    },
    "header name": {
        "extend_request": lambda settings: RequestOptions(
            base_url=settings.endpoint, headers={f"X {settings.query_key}": "1"}
        )
    },
    "host from secret": {
        "extend_request": lambda settings: RequestOptions(
            base_url=f"https://h.example/{settings.query_key}"
        )
    },
    "user info": {
        "extend_request": lambda settings: RequestOptions(
            base_url=f"https://u:{settings.query_key}@h.example"
        )
    },
    "colon in user name": {
        "extend_request": lambda settings: RequestOptions(
            base_url=settings.endpoint, username=SECRETS["password"], password=settings.api_key
        )
    },
    "verdict": {
        "classify_response": lambda settings: Verdict(
            Kind.REJECTED, reason=f"bad key {settings.api_key}"
        )
    },
    "attribute": {"extend_request": lambda settings: settings.nothing},
    "key error": {"extend_request": lambda settings: {}[f"{settings.api_key}"]},
    "chained": {"extend_request": lambda settings, auth: _chained(settings, auth)},
    "group": {
        "extend_request": lambda settings: _group([ValueError(f"{settings.api_key}")]),
    },
    "unicode": {"extend_request": lambda settings: f"{settings.api_key}".encode("ascii")},
    "json decode": {"extend_request": lambda settings: json.loads(f"{{{settings.api_key}")},
    "os error": {"extend_request": lambda settings: open(f"/nowhere/{settings.api_key}")},
    "recursion": {"extend_request": lambda settings: _deep(f"{settings.api_key}")},
    "body": {"answer_challenge": lambda client, auth: _careless_login(client, auth)},
}


def _chained(settings, auth):
    try:
        fail(settings, auth)
    except ValueError as exc:
        raise RuntimeError(f"gave up with {auth.access_token}") from exc


def _group(errors):
    raise ExceptionGroup("several", errors)


def _deep(secret):
    return _deep(secret)


def _careless_login(client, auth):
    form = {"refresh_token": auth.refresh_token, "copy": f"{auth.access_token}"}
    client.post("/token", form=form)


REPLIES = {
    "echo": _echo,
    "401": Reply(401, headers={"WWW-Authenticate": f'Bearer realm="{SECRETS["arrived"]}"'}),
    "403": Reply(403, json={"token": SECRETS["arrived"]}),
    "404 text": Reply(404, body=f"no key {SECRETS['access_token']}".encode()),
    "429": Reply(429, headers={"Retry-After": "1"}, json={"session_token": SECRETS["arrived"]}),
    "500 html": Reply(500, body=f"<b>{SECRETS['access_token']}</b>".encode()),
    "503": Reply(503, json={"client_secret": SECRETS["client_secret"]}),
    "302": Reply(302, headers={"Location": f"/?token={SECRETS['arrived']}"}),
    "hang up": Reply(hang_up=True),
    "not JSON": Reply(200, body=b"{", headers={"Content-Type": "application/json"}),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_no_secret_in_what_a_careless_plugin_causes(name, peer, printed):
    peer.route("GET", "/x", Reply(401))
    peer.route("POST", "/token", _echo)
    connection = connect(peer, plugin(**BAD_ANSWERS[name]))
    connection.destination.stack.manager.trace.root.setwriter(printed.write)
    connection.destination.stack.manager.enable_tracing()
    for call in (connection.test, lambda: connection.client.get("/x")):
        try:
            call()
        except Exception as exc:
            show_exception(printed, exc)


@pytest.mark.parametrize("name", REPLIES)
def test_no_secret_in_what_a_destination_causes(name, peer, printed):
    peer.route("POST", "/x", REPLIES[name])
    connection = connect(peer, plugin())
    for _ in range(5):
        try:
            response = connection.client.post(
                "/x",
                json={"secret": SECRETS["password"]},
                headers={"X-P": SECRETS["api_key"].encode().hex()},
            )
            show(printed, response)
            response.json()
        except Exception as exc:
            show_exception(printed, exc)
            show(printed, getattr(exc, "response", None))


def test_no_secret_in_a_hundred_calls_that_work(peer, printed):
    peer.route("POST", "/x", Reply(200, json={"access_token": SECRETS["arrived"]}))
    connection = connect(peer, plugin())
    for _ in range(100):
        response = connection.client.post("/x", json={"secret": SECRETS["password"]})
    assert len(peer.requests) == 100
    for thing in (response, response.headers, connection, connection.client, connection.settings):
        show(printed, thing)
    for thing in (connection.auth, connection.destination, connection.redactor()):
        show(printed, thing)
    show(printed, connection.preview(Request(method="GET", url="/x")))


def test_no_secret_in_settings_that_are_refused(peer, printed):
    for wrong in (
        {"api_key": SECRETS["api_key"] + "\n"},
        {"number": SECRETS["api_key"]},
        {"api_key": [SECRETS["api_key"]]},
        {"api_keys": SECRETS["api_key"]},
        {"endpoint": f"ftp://u:{SECRETS['query_key']}@h"},
    ):
        try:
            connect(peer, plugin(), **wrong)
        except Exception as exc:
            said = str(exc)
            print(said, file=printed)


def test_no_secret_in_any_value_that_crosses_the_border(printed):
    key = Secret(SECRETS["api_key"])
    values = [
        key,
        copy.deepcopy(key),
        Auth(access_token=key, state={"k": key}),
        RequestOptions(headers={"a": key}, query={"b": key}, username=key, password=key),
        Request(method="GET", url=f"https://h/{SECRETS['query_key']}?k={SECRETS['query_key']}"),
        Request(method="GET", url="https://h/", headers={"a": f"Bearer {key}"}, body=b"x"),
        ClientCertificate(certificate="c", private_key=SECRETS["password"]),
        Settings(endpoint="https://h", api_key=key, query_key=key),
    ]
    for value in values:
        for text in (repr(value), str(value), f"{[value]}", "%s" % [value]):
            print(text, file=printed)
