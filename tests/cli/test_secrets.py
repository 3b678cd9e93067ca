"""A secret is planted in every way there is; whatever a command prints, it is not there."""

import base64
from urllib.parse import quote

import pytest

from portcall.testing import Reply

CANARY = 'c4n%ry/+"Zürich" 8f1e'
USER = "ada"
FORMS = {
    CANARY,
    quote(CANARY),
    quote(CANARY, safe=""),
    quote(CANARY, safe="").replace("%20", "+"),
    CANARY.replace('"', '\\"'),
    CANARY.replace('"', '\\"').replace("ü", "\\u00fc"),
    CANARY.encode().hex(),
    base64.b64encode(CANARY.encode()).decode(),
    base64.b64encode(CANARY.encode()).decode().rstrip("="),
    base64.urlsafe_b64encode(CANARY.encode()).decode(),
    base64.b64encode(f"{USER}:{CANARY}".encode()).decode(),
    CANARY[:12],
    CANARY[-12:],
}
PRIVATE = ("--allow-private", "127.0.0.1")
EVENT = b'{"type": "track", "event": "x"}\n'


@pytest.fixture
def echo(peer):
    """A server that answers with everything it was sent, in every form."""

    def answer(status):
        def everything(request):
            said = {"target": request.target, "headers": dict(request.headers), "plain": CANARY}
            said["body"] = request.body.decode()
            if request.headers.get("authorization", "").startswith("Basic "):
                said["user"] = str(request.basic)
            return Reply(status, json=said, headers={"X-Echo": quote(CANARY), "Set-Cookie": "a=b"})

        return everything

    for path, status in (
        ("/me", 200),
        ("/no", 403),
        ("/down", 500),
        ("/who", 401),
        ("/track", 422),
    ):
        for method in ("GET", "POST"):
            peer.route(method, path, answer(status))
    for path in ("/me", "/leak", "/no"):
        peer.route("POST", f"/{quote(CANARY, safe='')}{path}", answer(200))
        peer.route("GET", f"/{quote(CANARY, safe='')}{path}", answer(400))
    return peer


def _clean(outcome):
    for text in (outcome.out, outcome.err):
        found = [form for form in FORMS if form in text]
        assert not found, (found, text)
    return outcome


def _given(tmp_path, how, slug, name):
    """Return options and environment that hand the canary to one field."""
    if how == "set":
        return ["--set", f"{name}={CANARY}"], {}
    if how == "file":
        (tmp_path / "secret").write_text(CANARY)
        return ["--set-file", f"{name}={tmp_path / 'secret'}"], {}
    return [], {f"PORTCALL_{slug}_{name}".upper(): CANARY}


MODES = [
    ("test", []),
    ("test", ["--json"]),
    ("request", ["get", "/me"]),
    ("request", ["get", "/me", "-i"]),
    ("request", ["get", "/me", "--dry-run"]),
    ("request", ["get", "/me", "--curl"]),
    ("request", ["get", "/no"]),
    ("request", ["get", "/down"]),
    ("request", ["get", "/who"]),
    ("request", ["post", "/me", "--body-json", "{}", "--dry-run"]),
    ("request", ["get", "https://elsewhere.example/"]),
    ("request", ["get", "/me", "--timeout", "0.000001"]),
    ("request", ["get", "/me", "--ca-file", "/does/not/exist"]),
    ("request", ["bad method", "/me"]),
    ("request", ["get", "/me", "-H", "X-A: a\x00b"]),
    ("describe", []),
    ("describe", ["--json"]),
]


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
@pytest.mark.parametrize(("command", "arguments"), MODES)
def test_a_password(run, echo, command, arguments, debug):
    env = {"PORTCALL_GOOD_PASSWORD": CANARY, "PORTCALL_GOOD_NOTE": CANARY}
    options = [*PRIVATE, "--set", f"endpoint={echo.url}", "--set", f"username={USER}"]
    options = [] if command == "describe" else options
    outcome = _clean(run(command, "good", *arguments, *options, *debug, env=env))
    if arguments[1:] == ["/no"]:
        assert outcome.out.count("***") > 3  # it was there, in several forms


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
@pytest.mark.parametrize("how", ["set", "file", "env"])
@pytest.mark.parametrize(("command", "arguments"), MODES[:9])
def test_a_key_in_query_path_and_headers(run, echo, tmp_path, command, arguments, how, debug):
    options, env = _given(tmp_path, how, "keyed", "api_key")
    options += [*PRIVATE, "--set", f"endpoint={echo.url}"]
    _clean(run(command, "keyed", *arguments, *options, *debug, env=env))


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
@pytest.mark.parametrize("mode", [[], ["--json"], ["--dry-run"], ["--dry-run", "--json"]])
@pytest.mark.parametrize(("slug", "action"), [("good", "track"), ("keyed", "leak")])
def test_events(run, echo, slug, action, mode, debug):
    env = {"PORTCALL_GOOD_PASSWORD": CANARY, "PORTCALL_KEYED_API_KEY": CANARY}
    options = [*PRIVATE, "--set", f"endpoint={echo.url}", *mode, *debug]
    if slug == "good":
        options += ["--set", f"username={USER}"]
    _clean(run("send", slug, action, "-", *options, stdin=EVENT * 3, env=env))


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
@pytest.mark.parametrize("extra", [[], ["--set", "region=mars"], ["--set", "regoin=eu"]])
def test_settings_that_never_become_a_connection(run, extra, debug):
    for command in (["test"], ["test", "--json"], ["request", "get", "/"]):
        name, *rest = command
        _clean(run(name, "chatty", *rest, "--set", f"api_key={CANARY}", *extra, *debug))


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
def test_what_was_typed_in_the_wrong_place(run, debug):
    for arguments in (
        ["test", "good", CANARY],
        ["test", "good", "--set", CANARY],
        ["test", "good", "--set", f"pasword={CANARY}"],
        ["test", "good", "--set-file", f"{CANARY}=x"],
        ["test", "good", "--set", f"password={CANARY}", "--set", f"password={CANARY}"],
        ["request", "good", "get", "/", "-H", CANARY],
        ["request", "good", "get", "/", "--form", CANARY],
        ["request", "good", "get", "/", "--body-json", CANARY],
    ):
        assert _clean(run(*arguments, *debug)).code == 2


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
def test_headers_that_were_typed(run, echo, debug):
    options = [
        *PRIVATE,
        "--set",
        f"endpoint={echo.url}",
        "--set",
        "username=a",
        "--set",
        "password=b",
    ]
    header = f"X-Api-Key: {CANARY.replace('ü', 'u')}"
    for mode in ([], ["-i"], ["--dry-run"], ["--curl"]):
        echoed = run("request", "good", "get", "/no", *options, "-H", header, *mode, *debug)
        assert CANARY.replace("ü", "u") not in echoed.both


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
@pytest.mark.parametrize("name", ["access_token", "refresh_token", "client_secret"])
def test_tokens(run, echo, name, debug):
    def refuse(_):
        return Reply(400, json={"error": "invalid_grant", "got": CANARY})

    echo.route("POST", "/token", refuse)
    options = [*PRIVATE, "--set", f"endpoint={echo.url}", "--set", "refresh_token=r0"]
    if name == "refresh_token":
        options = options[:-2]
    for arguments in (["get", "/me"], ["get", "/who"], ["get", "/me", "--dry-run"]):
        env = {f"PORTCALL_BEARER_{name}".upper(): CANARY}
        _clean(run("request", "bearer", *arguments, *options, *debug, env=env))


def test_tokens_that_arrive_are_not_shown_either(run, peer):
    def me(request):
        sent = request.headers.get("authorization")
        return Reply(400, json={"you sent": sent}) if CANARY in sent else Reply(401)

    peer.route("GET", "/me", me)
    ascii_canary = CANARY.replace("ü", "u")
    peer.route(
        "POST", "/token", Reply(200, json={"access": ascii_canary, "refresh": f"{ascii_canary}2"})
    )

    def me_ascii(request):
        sent = request.headers.get("authorization")
        return Reply(400, json={"you sent": sent}) if "c4n" in sent else Reply(401)

    peer.route("GET", "/me", me_ascii)
    options = [*PRIVATE, "--set", f"endpoint={peer.url}", "--set", "access_token=a0"]
    options += ["--set", "refresh_token=r0"]
    for mode in ([], ["--debug"], ["-i"]):
        outcome = run("request", "bearer", "get", "/me", *options, *mode)
        assert outcome.code == 1
        assert "c4n" not in outcome.both


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
@pytest.mark.parametrize("key", [False, True], ids=["readable", "encrypted"])
def test_a_connection(run, echo, debug, key):
    env = {"PORTCALL_KEYED_API_KEY": CANARY}
    options = [*PRIVATE, "--set", f"endpoint={echo.url}", *debug]
    if key:
        assert run("key", "init", *debug).code == 0
    refused = _clean(run("connect", "keyed", "--name", "k", *options, env=env))
    assert refused.code == 2
    assert _clean(run("connect", "keyed", "--name", "k", "--no-test", *options, env=env)).code == 0
    assert _clean(run("connect", "keyed", "--name", "k", *options, env=env)).code == 2
    for command, arguments in MODES[:9]:
        reach = [] if command == "describe" else PRIVATE
        _clean(run(command, "k", *arguments, *reach, *debug))
    _clean(run("send", "k", "leak", "-", *PRIVATE, *debug, stdin=EVENT))
    for arguments in (
        ["connections"],
        ["connections", "--json"],
        ["show", "k"],
        ["show", "k", "--json"],
        ["describe", "k"],
        ["connect", "k", "--replace", *PRIVATE],
        ["connect", "k", "--replace", "--set", f"endpoint={CANARY}", "--set", f"api_key={CANARY}"],
        ["rename", "k", "l", "--json"],
        ["disconnect", "l", "--json"],
    ):
        _clean(run(*arguments, *debug))


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
def test_what_comes_while_connecting(run, office, debug):
    token = CANARY.replace("ü", "u").replace(" ", "").replace('"', "")
    token = f"{token}-of-the-vendor"

    ways = (
        ("way=machine", Reply(200, json={"access_token": token}), b""),
        (
            "way=page",
            Reply(500),
            f'{{"access_token": "{token}", "refresh_token": "{token}"}}'.encode(),
        ),
    )
    office.peer.route("GET", "/me", lambda r: Reply(403, json={"got": r.headers["authorization"]}))
    for way, answer, stdin in ways:
        office.peer.route("POST", "/token", answer)
        more = ["--with-token"] if stdin else []
        outcome = run("connect", "office", *office.options(way), *more, *debug, stdin=stdin)
        assert outcome.code == 1
        assert "is stored, but does not work yet" in outcome.err
        for text in (outcome.both, run("show", "office", *debug).both):
            assert "of-the-vendor" not in text
            assert "app-s3cret" not in text
        assert run("disconnect", "office", "--no-revoke").code == 0
