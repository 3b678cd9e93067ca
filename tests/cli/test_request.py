import json
import shlex

import pytest

from portcall.testing import Reply

HUGE = "9" * 10_000


def test_the_body_of_the_answer_is_the_output(run, good, acme):
    outcome = run("request", "good", "get", "/me", *good, "-H", "Accept: text/x")
    assert (outcome.code, json.loads(outcome.out)) == (0, {"name": "Ada's account"})
    assert acme.requests[-1].headers["accept"] == "text/x"


def test_bytes_come_out_as_they_are(run, good, acme, capfdbinary):
    from portcall.cli import main

    acme.route("GET", "/image", Reply(200, body=b"\x89PNG\r\n\x00\xff\xfe"))
    assert main(["request", "good", "GET", "/image", *good]) == 0
    assert capfdbinary.readouterr().out == b"\x89PNG\r\n\x00\xff\xfe"


@pytest.mark.parametrize(
    ("options", "stdin", "body"),
    [
        (["--body-json", '{"a":  1}'], b"", b'{"a":  1}'),
        (["--body-json", "null"], b"", b"null"),
        (["--body-json", HUGE], b"", HUGE.encode()),
        (["--body-json", '{"a": 1e999}'], b"", b'{"a": 1e999}'),
        (["--body-json", "-"], b'{"from": "stdin"}', b'{"from": "stdin"}'),
        (["--form", "a=1", "--form", "b=x y", "--form", "a=2"], b"", b"a=1&a=2&b=x+y"),
    ],
)
def test_bodies(run, good, acme, options, stdin, body):
    acme.route("POST", "/body", Reply(204))
    outcome = run("request", "good", "post", "/body", *good, *options, stdin=stdin)
    assert (outcome.code, outcome.out) == (0, "")
    kind = "json" if "--body-json" in options else "x-www-form-urlencoded"
    assert acme.requests[-1].body == body
    assert acme.requests[-1].headers["content-type"] == f"application/{kind}"


def test_a_body_from_a_file(run, good, acme, tmp_path):
    acme.route("PUT", "/body", Reply(204))
    (tmp_path / "body.json").write_text('{"a": "é"}')
    assert (
        run("request", "good", "put", "/body", *good, "--body-json", f"@{tmp_path}/body.json").code
        == 0
    )
    assert acme.requests[-1].json() == {"a": "é"}


@pytest.mark.parametrize(
    ("options", "stdin", "body"),
    [
        (["--body", "a,b\n1,2"], b"", b"a,b\n1,2"),
        (["--body", ""], b"", b""),
        (["--body", "-"], b"\x00\xff\r\n", b"\x00\xff\r\n"),
    ],
)
def test_a_raw_body_goes_out_as_it_is_with_the_type_that_was_given(
    run, good, acme, options, stdin, body
):
    acme.route("POST", "/body", Reply(204))
    kind = ["-H", "Content-Type: text/csv"]
    assert run("request", "good", "post", "/body", *good, *options, *kind, stdin=stdin).code == 0
    assert acme.requests[-1].body == body
    assert acme.requests[-1].headers["content-type"] == "text/csv"


def test_a_raw_body_from_a_file_has_no_type_of_ours(run, good, acme, tmp_path):
    acme.route("PUT", "/body", Reply(204))
    (tmp_path / "image").write_bytes(b"\x89PNG\xff")
    at = f"@{tmp_path}/image"
    assert run("request", "good", "put", "/body", *good, "--body", at).code == 0
    assert acme.requests[-1].body == b"\x89PNG\xff"
    assert "content-type" not in acme.requests[-1].headers
    shown = run("request", "good", "put", "/body", *good, "--body", at, "--dry-run").out
    assert shown.endswith("(5 bytes)\n")


def test_query_parameters_are_encoded_and_added_to_those_of_the_url(run, good, acme):
    acme.route("GET", "/find", Reply(200, json=[]))
    query = ["--query", "q=a&b=c #?", "--query", "tag=1", "--query", "tag=é", "--query", "empty="]
    assert run("request", "good", "get", "/find?first=0", *good, *query).code == 0
    assert acme.requests[-1].query == {
        "first": ["0"], "q": ["a&b=c #?"], "tag": ["1", "é"], "empty": [""],
    }  # fmt: skip


def test_a_query_parameter_that_is_a_credential_is_masked(run, good):
    query = ["--query", "api_key=s3cret77", "--query", "page=2"]
    for show in ("--dry-run", "--curl"):
        outcome = run("request", "good", "get", "/find", *good, *query, show)
        assert "/find?api_key=***&page=2" in outcome.out
        assert "s3cret77" not in outcome.both


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--body", "x", "--form", "a=b"], "one body"),
        (["--body", "x", "--body-json", "1"], "one body"),
        (["--body", "@/does/not/exist"], "--body: /does/not/exist cannot be read"),
        (["--query", "s3cret"], "--query takes NAME=VALUE"),
        (["--body-json", "{nope"], "not JSON"),
        (["--body-json", "NaN"], "not JSON"),
        (["--body-json", "[" * 100_000], "this JSON is nested too deeply"),
        (["--body-json", "@/does/not/exist"], "cannot be read"),
        (["--body-json", "{}", "--form", "a=b"], "one body"),
        (["--form", "ab"], "--form takes NAME=VALUE"),
        (["-H", "s3cret-without-colon"], "-H takes a name and a value"),
    ],
)
def test_what_makes_no_request_is_a_usage_error(run, good, acme, options, said):
    outcome = run("request", "good", "post", "/track", *good, *options)
    assert outcome.code == 2
    assert said in outcome.err
    assert "s3cret" not in outcome.both
    assert acme.requests == ()


def test_a_refusal_prints_the_body_and_says_so(run, good):
    outcome = run("request", "good", "get", "/missing", *good)
    assert outcome.code == 1
    assert json.loads(outcome.out) == {"error": "no such thing"}
    assert "Error: GET " in outcome.err
    assert "answered 404" in outcome.err


def test_refused_credentials(run, good):
    outcome = run("request", "good", "get", "/me", *good[:-1], "password=wrong")
    assert (outcome.code, outcome.out) == (3, "")
    assert "401" in outcome.err


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_destination_that_cannot_serve_is_like_a_network_failure(run, good, acme, status):
    acme.route("GET", "/busy", Reply(status, headers={"Retry-After": "30"}))
    outcome = run("request", "good", "get", "/busy", *good)
    assert outcome.code == 4
    assert "try again after 20" in outcome.err


def test_a_deadline_is_a_network_failure_with_advice(run, good, acme):
    import time

    def slow(_):
        time.sleep(0.5)
        return Reply(200)

    acme.route("GET", "/slow", slow)
    outcome = run("request", "good", "get", "/slow", *good, "--timeout", "0.2")
    assert outcome.code == 4
    assert "--timeout SECONDS" in outcome.err


def test_another_host_is_refused_before_anything_is_sent(run, good, acme):
    outcome = run("request", "good", "get", "https://elsewhere.example/me", *good)
    assert outcome.code == 2
    assert "elsewhere.example is not a host that this plugin declared" in outcome.err
    assert acme.requests == ()


def test_include_prints_status_and_header_fields(run, good, acme):
    acme.route("GET", "/x", Reply(201, body=b"made", headers={"X-A": "1", "Set-Cookie": "sid=abc"}))
    lines = run("request", "good", "get", "/x", *good, "-i").out.splitlines()
    assert lines[0] == "201"
    assert "x-a: 1" in lines
    assert "set-cookie: ***" in lines
    assert lines[-1] == "made"


def test_a_dry_run_shows_the_request_and_sends_nothing(run, good, acme):
    outcome = run(
        "request",
        "good",
        "post",
        "/track?token=abc",
        *good,
        "--dry-run",
        "--body-json",
        '{"name": "x"}',
    )
    assert outcome.out.splitlines() == [
        f"POST {acme.url}/track?token=***",
        "content-type: application/json",
        "x-region: eu",
        "authorization: ***",
        "",
        '{"name": "x"}',
    ]
    assert acme.requests == ()


def test_curl_writes_one_command_for_a_shell(run, good, acme):
    outcome = run(
        "request", "good", "post", "/track", *good, "--curl", "--body-json", '{"name": "it\'s"}'
    )
    words = shlex.split(outcome.out)
    assert words[:4] == ["curl", "--request", "POST", f"{acme.url}/track"]
    assert "authorization: ***" in words
    assert words[-2:] == ["--data-raw", '{"name": "it\'s"}']
    assert acme.requests == ()


def test_an_answer_cannot_steer_the_terminal(run, good, acme):
    acme.route("GET", "/missing", Reply(404, body=b"\x1b]0;owned\x07\x1b[31mred"))
    assert "\x1b" not in run("request", "good", "get", "/missing", *good).err


def test_with_json_the_answer_is_one_object(run, good, acme):
    said = json.loads(run("request", "good", "get", "/me", *good, "--json").out)
    assert said["status"] == 200
    assert said["body"] == {"name": "Ada's account"}
    assert said["headers"]["content-type"]
    outcome = run("request", "good", "get", "/missing", *good, "--json")
    assert outcome.code == 1
    assert json.loads(outcome.out)["status"] == 404
    assert json.loads(outcome.err.splitlines()[-1])["error"]["exit_code"] == 1


def test_with_json_a_number_that_json_cannot_write_again_leaves_the_body_as_it_is(run, good, acme):
    acme.route(
        "GET", "/missing", Reply(body=b'{"a": 1e999}', headers={"Content-Type": "text/json"})
    )
    said = json.loads(
        run("request", "good", "get", "/missing", *good, "--json").out, parse_constant=1
    )
    assert said["body"] == '{"a": 1e999}'


def test_with_json_a_body_that_is_no_text_is_base64(run, good, acme):
    from portcall.testing import Reply

    acme.route("GET", "/image", Reply(200, body=b"\xff\x00\xfe"))
    said = json.loads(run("request", "good", "get", "/image", *good, "--json").out)
    assert (said["body"], said["body_base64"]) == (None, "/wD+")


def test_with_json_a_dry_run_is_the_request(run, good, acme):
    outcome = run("request", "good", "post", "/track", *good, "--dry-run", "--json", "--body", "x")
    said = json.loads(outcome.out)
    assert (said["method"], said["body"]) == ("POST", "x")
    assert not acme.received("/track")
