"""Connections made in every way: browser, pasted redirect, token, device, no person, no tokens."""

import json
import re
import subprocess
import sys
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from tests.realservers.processes import free_port

from portcall.testing import Reply

ACCOUNT = Reply(json={"name": "Ada's account"})
PAGE = re.compile(r"^  (http\S+)$", re.MULTILINE)


def _show(run, name):
    outcome = run("show", name, "--json")
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def _values(shown):
    return {each["name"]: (each["value"], each["origin"]) for each in shown["values"]}


def test_a_browser(process, office, browser):
    outcome = process("connect", "office", "--name", "shop", *office.options("region=us"))
    assert outcome.code == 0, outcome.err
    assert "shop is connected to office, as Olga's office." in outcome.out
    assert "not encrypted; encrypt it with: portcall key init" in outcome.out
    assert "Connected" in browser()
    assert process("request", "shop", "get", "/me", "--allow-private", "127.0.0.1").code == 0
    assert office.regions[-1] == "us"
    assert "secret" not in outcome.both


def test_a_browser_with_a_fixed_port_and_path(process, office, browser):
    redirect = f"http://localhost:{free_port()}/oauth/done"
    outcome = process("connect", "office", "--redirect-url", redirect, *office.options(), "--json")
    assert outcome.code == 0, outcome.err
    said = json.loads(outcome.out)
    assert (said["connection"], said["identity"]) == ("office", "Olga's office")
    assert office.grants("authorization_code")[0].form["redirect_uri"] == [redirect]


def test_a_person_who_says_no(process, office, browser):
    office.consent = "no"
    outcome = process("connect", "office", *office.options())
    assert outcome.code == 3
    assert "declined (access_denied)" in outcome.err
    assert "The request was declined" in browser()
    assert "No connection" in process("connections").out


def test_an_answer_to_another_question(process, office, browser):
    office.consent = "forged"
    outcome = process("connect", "office", *office.options())
    assert outcome.code == 3
    assert "does not belong to this authorization" in outcome.err
    assert office.grants("authorization_code") == []


def test_nobody_comes_back(process, office, browser, environ):
    environ["BROWSER"] = "true"
    outcome = process("connect", "office", "--wait", "0.3", *office.options())
    assert outcome.code == 4
    assert "--wait SECONDS" in outcome.err
    assert "--timeout" not in outcome.err


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def _follow(url):
    from urllib.error import HTTPError

    try:
        build_opener(_Stay).open(url, timeout=20)
    except HTTPError as answer:
        with answer:
            return answer.headers["location"]
    raise AssertionError("no redirect")


@pytest.mark.parametrize("given", [[], ["--redirect-url", "https://app.example/done"]])
def test_a_redirect_that_is_pasted(office, browser, environ, given):
    with subprocess.Popen(
        [
            *(sys.executable, "-u", "-m", "portcall", "connect", "office", "--no-browser"),
            *(*given, *office.options()),
        ],
        env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        said = ""
        while "paste that whole address here" not in said:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            said += line
        out, err = process.communicate(_follow(PAGE.search(said)[1]) + "\n", timeout=30)
    assert process.returncode == 0, err
    assert "as Olga's office" in out
    assert "code-7f3a" not in out + err


def test_nothing_is_pasted(run, office):
    outcome = run("connect", "office", "--no-browser", *office.options())
    assert outcome.code == 2
    assert "nothing was pasted" in outcome.err


def test_something_else_is_pasted(run, office):
    outcome = run("connect", "office", "--no-browser", *office.options(), stdin=b"hello\n")
    assert outcome.code == 3
    assert "holds no answer" in outcome.err


def test_a_token(run, office):
    office.issue()
    outcome = run("connect", "office", "--with-token", *office.options(), stdin=b"at-secret-1\n")
    assert outcome.code == 0, outcome.err
    assert "secret" not in outcome.both
    values = _values(_show(run, "office"))
    assert values["access_token"] == ("***", "stored")
    assert "refresh_token" not in values


def test_a_token_answer(run, office):
    office.issue()
    answer = {"access_token": "at-secret-1", "refresh_token": "rt-secret-1", "expires_in": 100}
    outcome = run(
        "connect", "office", "--with-token", *office.options(), stdin=json.dumps(answer).encode()
    )
    assert outcome.code == 0, outcome.err
    shown = _show(run, "office")
    assert _values(shown)["refresh_token"] == ("***", "stored")
    assert shown["expires"] == "in 99 seconds" or shown["expires"].startswith("in ")


@pytest.mark.parametrize(
    "text", ["", "two words", '{"access_token": 7}', '{"a":', '{"access_token": "zürich-secret"}', "{}"]
)  # fmt: skip
def test_what_is_no_token(run, office, text):
    outcome = run("connect", "office", "--with-token", *office.options(), stdin=text.encode())
    assert outcome.code == 2
    assert "--with-token" in outcome.err
    assert "zürich" not in outcome.both
    assert "No connection" in run("connections").out


def test_a_token_that_is_refused_is_kept_and_said(run, office):
    outcome = run("connect", "office", "--with-token", *office.options(), stdin=b"wrong-secret")
    assert outcome.code == 3
    assert "office is stored, but does not work yet" in outcome.err
    assert "wrong-secret" not in outcome.both


def test_tokens_as_options(run, office):
    office.issue()
    outcome = run("connect", "office", *office.options("access_token=at-secret-1"))
    assert outcome.code == 0, outcome.err


def test_a_device(run, office):
    outcome = run("connect", "office", *office.options("way=device"), "--json")
    assert outcome.code == 0, outcome.err
    assert "enter the code ABCD-EFGH" in outcome.err
    assert json.loads(outcome.out)["identity"] == "Olga's office"
    assert "dc-secret" not in outcome.both


def test_a_device_where_there_is_none(run, office):
    outcome = run("connect", "office", "--device", *office.options())
    assert outcome.code == 2
    assert "no --device sign-in" in outcome.err


def test_a_machine(run, office):
    outcome = run("connect", "office", "--name", "robot", *office.options("way=machine"))
    assert outcome.code == 0, outcome.err
    office.access = "another"
    assert run("test", "robot", "--allow-private", "127.0.0.1").code == 0
    assert len(office.grants("client_credentials")) == 2


def test_a_client_that_was_typed_is_not_kept(run, office, monkeypatch):
    monkeypatch.delenv("PORTCALL_OFFICE_CLIENT_ID")
    monkeypatch.delenv("PORTCALL_OFFICE_CLIENT_SECRET")
    client = ["--set", "client_id=app", "--set", "client_secret=app-s3cret"]
    outcome = run("connect", "office", *office.options("way=machine"), *client)
    assert outcome.code == 0, outcome.err
    assert "PORTCALL_OFFICE_CLIENT_ID" in outcome.err
    assert "app-s3cret" not in outcome.both
    assert _values(_show(run, "office"))["client_secret"] == (None, "missing")
    office.access = "another"
    private = ("--allow-private", "127.0.0.1")
    assert run("test", "office", *private, *client).code == 0
    office.access = "another"
    assert run("test", "office", *private).code == 3


def test_a_client_secret_in_a_file(run, office, monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("app-s3cret\n")
    monkeypatch.delenv("PORTCALL_OFFICE_CLIENT_SECRET")
    monkeypatch.setenv("PORTCALL_OFFICE_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    assert run("connect", "office", *office.options("way=machine")).code == 0
    origin = _values(_show(run, "office"))["client_secret"]
    assert origin == ("***", "environment: PORTCALL_OFFICE_CLIENT_SECRET_FILE")


def test_no_way_but_a_token(run, office):
    outcome = run("connect", "office", *office.options("way=none"))
    assert outcome.code == 2
    assert "--with-token" in outcome.err


def test_settings_alone(run, good):
    outcome = run("connect", "good", "--name", "shop", *good)
    assert outcome.code == 0, outcome.err
    assert "as Ada's account" in outcome.out
    assert "p4ss-w0rd!" not in outcome.both
    assert run("test", "shop", "--allow-private", "127.0.0.1").code == 0


def test_settings_that_are_refused_are_not_kept(run, good):
    outcome = run("connect", "good", *good[:-1], "password=wrong")
    assert outcome.code == 3
    assert "No connection" in run("connections").out
    assert run("connect", "good", *good[:-1], "password=wrong", "--no-test").code == 0


def test_settings_that_are_no_token(run, good):
    outcome = run("connect", "good", "--with-token", *good, stdin=b"x")
    assert outcome.code == 2
    assert "takes no token" in outcome.err


def test_a_name_that_is_taken(run, good, acme):
    assert run("connect", "good", "--name", "shop", *good).code == 0
    before = len(acme.requests)
    outcome = run("connect", "good", "--name", "shop", *good)
    assert outcome.code == 2
    assert "--replace" in outcome.err
    assert len(acme.requests) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [("Big Shop", "such as 'big-shop'"), ("../x", "cannot be"), ("bearer", "is the name of a dest")],
)  # fmt: skip
def test_a_name_that_cannot_be(run, good, name, said):
    outcome = run("connect", "good", "--name", name, *good)
    assert outcome.code == 2
    assert said in outcome.err


def test_replacing_keeps_what_is_not_given(run, good):
    assert run("connect", "good", "--name", "shop", *good, "--set", "region=us").code == 0
    private = ("--allow-private", "127.0.0.1")
    given = ("--set", "password=p4ss-w0rd!", "--set", "note=hidden-note")
    env = {"PORTCALL_GOOD_REGION": "eu"}
    outcome = run("connect", "shop", "--replace", *given, *private, env=env)
    assert outcome.code == 0, outcome.err
    values = _values(_show(run, "shop"))
    assert values["region"] == ("us", "stored")
    assert values["note"] == ("***", "stored")
    assert values["tags"] == ([], "default")


def test_replacing_what_is_not_there(run, good):
    outcome = run("connect", "good", "--name", "shop", "--replace", *good)
    assert outcome.code == 2
    assert "there is no connection 'shop'" in outcome.err
    assert run("connect", "good", "--name", "shop", *good).code == 0
    outcome = run("connect", "bearer", "--name", "shop", "--replace")
    assert "is a connection to good" in outcome.err


def test_a_grant_that_is_gone_is_authorized_again(run, office):
    office.issue()
    answer = b'{"access_token": "at-secret-1", "refresh_token": "rt-secret-1"}'
    options = office.options()
    assert (
        run("connect", "office", "--name", "shop", "--with-token", *options, stdin=answer).code == 0
    )
    office.access = office.refresh = None
    private = ("--allow-private", "127.0.0.1")
    outcome = run("request", "shop", "get", "/me", *private)
    assert outcome.code == 3
    assert "run: portcall connect office --name shop --replace" in outcome.err
    calls = len(office.peer.received("/token"))
    listed = run("connections")
    assert "reauthorization required" in listed.out
    assert run("test", "shop", *private).code == 3
    assert len(office.peer.received("/token")) == calls
    office.issue()
    again = b'{"access_token": "at-secret-2", "refresh_token": "rt-secret-2"}'
    outcome = run("connect", "shop", "--replace", "--with-token", *private, stdin=again)
    assert outcome.code == 0, outcome.err
    assert "reauthorization" not in run("connections").out
    assert run("test", "shop", *private).code == 0


def test_a_client_that_is_missing_is_asked_for_by_name(run, office, monkeypatch):
    monkeypatch.delenv("PORTCALL_OFFICE_CLIENT_SECRET")
    outcome = run("connect", "office", *office.options("way=machine"))
    assert outcome.code == 2
    assert "PORTCALL_OFFICE_CLIENT_SECRET_FILE" in outcome.err
    monkeypatch.delenv("PORTCALL_OFFICE_CLIENT_ID")
    outcome = run("connect", "office", "--no-browser", *office.options())
    assert "--set client_id=..." in outcome.err


def test_a_key_that_is_missing_is_said_before_anybody_authorizes(run, office, tmp_path):
    assert run("key", "init").code == 0
    (tmp_path / "home" / "key").unlink()
    outcome = run("connect", "office", *office.options("way=machine"))
    assert outcome.code == 2
    assert "is encrypted with key" in outcome.err
    assert office.peer.requests == ()


@pytest.mark.parametrize(
    "options",
    [
        ["--with-token", "--device"],
        ["--port", "8123", "--redirect-url", "http://127.0.0.1:8123/x"],
        ["--redirect-url", "https://app.example/done"],
        ["--redirect-url", "http://127.0.0.1:port/"],
        ["--port", "0"],
        ["--save-auth", "x"],
    ],
)
def test_options_that_do_not_go_together(run, office, options):
    assert run("connect", "office", *options, *office.options()).code == 2
    assert office.peer.requests == ()


def test_a_port_that_is_taken(run, office, peer):
    outcome = run("connect", "office", "--port", peer.port, *office.options())
    assert outcome.code == 2
    assert "cannot listen on" in outcome.err


def _together(environ, arguments, stdin):
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "portcall", "connect", *arguments],
            env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    said = [each.communicate(stdin, timeout=60) for each in started]
    return [each.returncode for each in started], said


def test_processes_that_want_the_same_name(run, office, environ):
    office.issue()
    arguments = ["office", "--name", "shop", "--with-token", *office.options()]
    codes, said = _together(environ, arguments, b"at-secret-1")
    assert sorted(codes) == [0, 2, 2], said
    assert sum(b"a connection 'shop' already exists" in err for _, err in said) == 2
    codes, said = _together(environ, [*arguments, "--replace"], b"at-secret-1")
    assert codes == [0, 0, 0], said


def test_settings_that_somebody_changed_meanwhile(run, good, tmp_path, acme):
    import attrs

    from portcall import SQLiteStore

    assert run("connect", "good", *good).code == 0
    store = SQLiteStore(tmp_path / "home")

    def me(_):
        record = store.get("good")
        settings = {**record.settings, "region": "us"}
        store.replace(attrs.evolve(record, settings=settings), generation=record.generation)
        return Reply(200, json={"name": "Ada"})

    acme.route("GET", "/me", me)
    outcome = run("connect", "good", "--replace", *good)
    assert outcome.code == 2
    assert "was changed by another process" in outcome.err
    assert store.get("good").settings["region"] == "us"


def test_a_scheme_with_a_way_of_its_own(run, office):
    office.issue()
    pasted = b"https://app.example/back?half=secret-2\n"
    options = ["--no-browser", "--redirect-url", "https://app.example/back", *office.options()]
    outcome = run("connect", "desk", *options, stdin=pasted)
    assert outcome.code == 0, outcome.err
    assert "back=https%3A%2F%2Fapp.example%2Fback" in outcome.out
    assert _values(_show(run, "desk"))["token_secret"] == ("***", "stored")
    assert "secret-" not in outcome.both


def test_a_scheme_that_needs_nobody_with_these_settings(run, office):
    office.issue()
    for way in ([], ["--no-browser"]):
        name = f"desk{len(way)}"
        key = "key=at-secret-1"
        outcome = run("connect", "desk", "--name", name, *way, *office.options(key))
        assert outcome.code == 0, outcome.err
        assert outcome.out.startswith(f"{name} is connected to desk, as Olga's office.")


def test_a_field_that_the_plugin_has_no_more(run, good, tmp_path):
    import attrs

    from portcall import SQLiteStore

    assert run("connect", "good", *good).code == 0
    store = SQLiteStore(tmp_path / "home")
    record = store.get("good")
    settings = {**record.settings, "colour": "green"}
    store.replace(attrs.evolve(record, settings=settings), generation=record.generation)
    private = ("--allow-private", "127.0.0.1")
    assert run("test", "good", *private).code == 2
    assert run("connect", "good", "--replace", *private).code == 0
    assert run("test", "good", *private).code == 0


def test_a_bad_token_never_replaces_a_connection_that_works(run, office):
    office.issue()
    private = ("--allow-private", "127.0.0.1")
    connect = ("connect", "office", "--name", "shop", "--with-token", *office.options())
    assert run(*connect, stdin=b"at-secret-1").code == 0
    outcome = run("connect", "shop", "--replace", "--with-token", *private, stdin=b"wrong-secret")
    assert outcome.code == 3
    assert "shop is unchanged" in outcome.err
    assert "wrong-secret" not in outcome.both
    assert run("test", "shop", *private).code == 0


def test_what_could_not_be_checked_never_replaces_a_connection_that_works(run, good, acme):
    assert run("connect", "good", "--name", "shop", *good).code == 0
    acme.route("GET", "/me", Reply(503), ACCOUNT, Reply(401))
    replace = ("connect", "shop", "--replace", *good[:2])
    outcome = run(*replace, "--set", "password=wrong-secret")
    assert outcome.code == 4
    assert "shop is unchanged; --no-test replaces it unchecked" in outcome.err
    assert run("test", "shop", *good[:2]).code == 0
    assert run(*replace, "--set", "password=wrong-secret", "--no-test").code == 0
    assert run("test", "shop", *good[:2]).code == 3


def test_a_connection_that_could_not_be_checked_ends_with_a_warning_and_a_code_of_its_own(
    run, good, unused_port
):
    dead = [
        each if "endpoint=" not in each else f"endpoint=http://127.0.0.1:{unused_port}"
        for each in good
    ]
    outcome = run("connect", "good", *dead, "--json")
    assert outcome.code == 5
    assert "Warning: it was not checked whether it works" in outcome.err
    assert json.loads(outcome.out)["unchecked"]
    assert run("connect", "good", "--name", "two", *dead, "--no-test").code == 0


def test_a_destination_with_no_way_to_ask_is_connected_and_said_to_be_unchecked(run):
    options = ("--set", "url=https://93.184.216.34/x")
    outcome = run("connect", "webhook", *options)
    assert outcome.code == 5, outcome.both
    assert "cannot be asked" in outcome.err


@pytest.mark.parametrize("command", ["connect", "test"])
@pytest.mark.parametrize("url", ["https://127.0.0.1/x", "http://93.184.216.34/x"])
def test_hosts_that_send_would_refuse_are_refused_though_no_request_is_made(run, command, url):
    outcome = run(command, "webhook", "--set", f"url={url}")
    assert outcome.code in (2, 4)
    assert "--allow-private 127.0.0.1" in outcome.both or "--allow-http 93." in outcome.both
    assert "No connection" in run("connections").out
