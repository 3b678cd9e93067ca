"""The example in each hookspec's docstring is a plugin that does what the hookspec says."""

import builtins
import hmac
import inspect
import secrets
import symtable
import textwrap
from collections.abc import Generator, Mapping
from time import perf_counter
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlencode, urlsplit

import attrs
import pluggy
import pytest

import portcall
from portcall import (
    Auth,
    AuthenticationError,
    PolicyError,
    RequestOptions,
    Secret,
    field,
)
from portcall.plugins import hookspecs
from portcall.testing import Reply

MANAGER = pluggy.PluginManager(hookspecs.NAME)
MANAGER.add_hookspecs(hookspecs)
HOOKS = sorted(vars(MANAGER.hook))
LIBRARY = {
    each.__name__: each
    for each in (attrs, hmac, secrets, Generator, Mapping, parse_qsl, perf_counter, urlencode)
} | {"urlsplit": urlsplit}
TOKENS = Auth(
    access_token="stale",
    refresh_token="refresh-7f3a",
    client_id="app-1",
    client_secret="app-secret-c0ffee",
)
GIVEN = {"subdomain": "acme", "api_key": "k-1a2b3c4d"}


@attrs.frozen
class Settings:
    subdomain: str = field(label="Subdomain")
    api_key: Secret = field(label="API key")


def example_of(hook):
    """Return the example's text, and the names it makes when it runs with the public names."""
    text = inspect.getdoc(getattr(hookspecs, hook)).partition("\nExample::\n")[2]
    code = textwrap.dedent(text)
    public = {name: getattr(portcall, name) for name in portcall.__all__}
    scope = {**public, **LIBRARY, "Settings": Settings}
    exec(compile(code, f"<the example of {hook}>", "exec"), scope)
    return code, scope


def globals_read(table):
    """Name every global that the code of *table* reads, in functions too."""
    own = {
        s.get_name() for s in table.get_symbols() if s.is_global() or table.get_type() == "module"
    }
    return own.union(*map(globals_read, table.get_children()))


@pytest.fixture
def connect(internet):
    def connect(hook):
        base = {
            "auth_fields": lambda: Settings,
            "allowed_hosts": lambda: ["api.example.com", "acme.example.com"],
            "extend_request": lambda auth: RequestOptions(
                base_url="https://api.example.com", headers={"X-Token": auth.access_token or ""}
            ),
        }
        plugin = SimpleNamespace(**{k: portcall.hookimpl(v) for k, v in base.items()})
        example = SimpleNamespace(**{hook: example_of(hook)[1][hook]})
        extras = [example] if hook == "send_request" else []
        if not extras:
            vars(plugin).update(vars(example))
        host = portcall.Host(extras, plugins={"acme": plugin})
        login = {"username": "ada", "password": "pw"} if hook == "auth_scheme" else {}
        return host.destination("acme").connect({**GIVEN, **login}, TOKENS)

    return connect


@pytest.mark.parametrize("hook", HOOKS)
def test_example_knows_every_name_it_uses(hook):
    code, scope = example_of(hook)
    names = globals_read(symtable.symtable(code, hook, "exec"))
    assert names - scope.keys() - vars(builtins).keys() == set()


def test_example_of_auth_scheme_signs_in_by_it(connect, internet):
    connect("auth_scheme").client.get("/x")
    assert internet.requests[0].basic == ("ada", "pw")


def test_example_of_auth_fields_is_what_the_customer_fills_in(connect):
    assert connect("auth_fields").settings.subdomain == "acme"


def test_example_of_allowed_hosts_is_held_against_requests(connect):
    client = connect("allowed_hosts").client
    assert client.get("https://api.example.com/x").status == 200
    with pytest.raises(PolicyError, match=r"acme\.example\.com"):
        client.get("https://acme.example.com/x")


def test_example_of_extend_request_is_on_the_wire(connect, internet):
    internet.route("GET", "/api/x")
    connect("extend_request").client.get("/x")
    assert internet.requests[0].headers["x-api-key"] == "k-1a2b3c4d"
    assert internet.requests[0].headers["host"] == "acme.example.com"


def test_example_of_sign_request_signs_the_body(connect, internet):
    connect("sign_request").client.post("/x", json={"a": 1})
    [request] = internet.requests
    proof = hmac.new(b"k-1a2b3c4d", request.body, "sha256").hexdigest()
    assert request.headers["x-signature"] == proof


def test_example_of_send_request_wraps_it(connect, capsys):
    connect("send_request").client.get("/x")
    assert capsys.readouterr().out.startswith("GET 200 ")


def test_example_of_classify_response_finds_the_challenge(connect, internet):
    internet.route("GET", "/x", Reply(400, json={"error": "token_expired"}))
    with pytest.raises(AuthenticationError):
        connect("classify_response").client.get("/x")


@pytest.mark.parametrize(
    ("hook", "fresh"),
    [("answer_challenge", "session-1"), ("refresh_access_token", "access-2-9b2d")],
)
def test_example_gets_fresh_credentials_for_one_more_attempt(connect, internet, hook, fresh):
    internet.route("GET", "/x", Reply(401), Reply(json={}))
    connection = connect(hook)
    connection.client.get("/x")
    assert [r.headers["x-token"] for r in internet.received("/x")] == ["stale", fresh]
    assert connection.auth.access_token.reveal() == fresh


def test_example_of_test_authentication_gives_the_identity(connect):
    assert connect("test_authentication").test() == "Ada's Acme"


def test_example_of_begin_authorization_sends_the_person_to_the_page(connect):
    begun = connect("begin_authorization").begin_authorization("https://ours.example.com/back")
    query = dict(parse_qsl(urlsplit(begun.url).query))
    assert begun.url.startswith("https://acme.example.com/authorize?")
    assert query["client_id"] == "app-1"
    assert query["redirect_uri"] == "https://ours.example.com/back"
    assert query["state"] == portcall.reveal(begun.pending["state"])


def test_example_of_finish_authorization_trades_the_code_and_checks_the_state(connect, internet):
    connection = connect("finish_authorization")
    back = "https://ours.example.com/back?code=c-1&state="
    with pytest.raises(AuthenticationError):
        connection.finish_authorization({"state": "s-1"}, f"{back}s-2")
    assert internet.requests == ()
    auth = connection.finish_authorization({"state": "s-1"}, f"{back}s-1")
    assert auth.access_token.reveal() == "access-2-9b2d"
    assert internet.received("/oauth/token")[0].form["code"] == ["c-1"]


def test_example_of_actions_delivers_an_event(connect, internet):
    internet.route("POST", "/messages", Reply(204))
    connection = connect("actions")
    post = connection.destination.actions["post_message"]
    connection.perform(post, {"type": "track", "properties": {"text": "hello"}})
    assert internet.requests[0].json() == {"text": "hello"}


def test_no_hook_is_without_an_example_that_runs():
    tests = "\n".join(name for name in globals() if name.startswith("test_example_of_"))
    driven = {hook for hook in HOOKS if f"test_example_of_{hook}_" in tests}
    assert driven | {"answer_challenge", "refresh_access_token"} == set(HOOKS)
