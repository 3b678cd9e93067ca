"""Pipelines that run: several subscriptions over one input."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from portcall.testing import Reply

PIPELINE = """
connection = "good"
input = "events.ndjson"

[settings]
region = "us"

[[subscriptions]]
name = "Orders"
action = "track"
subscribe = 'event = "Order"'
[subscriptions.mapping]
name = {{ "@template" = "order of {{{{userId}}}}" }}

[[subscriptions]]
name = "All"
action = "tracks"
{more}
"""


@pytest.fixture
def events(tmp_path):
    """A pipeline and its input: every third event is an order, one of these is refused."""
    (tmp_path / "shop.toml").write_text(PIPELINE.format(more=""))
    path = tmp_path / "events.ndjson"
    path.write_text("".join(_line(number) for number in range(300)))
    return path


def _line(number, **more):
    name = "Order" if number % 3 == 0 else f"Page {number}"
    event = {"type": "track", "event": name, "userId": f"u{number}"}
    return json.dumps({**event, **more}) + "\n"


@pytest.fixture
def received(acme):
    counts = Counter()

    def track(request):
        name = request.json()["name"]
        counts[name] += 1
        if name.endswith("30"):
            return Reply(422, json={"error": "no thirties"})
        return Reply(204)

    def tracks(request):
        counts.update(["batch"])
        counts["batched"] += len(request.json())
        return Reply(204)

    acme.route("POST", "/track", track)
    acme.route("POST", "/tracks", tracks)
    return counts


def test_every_subscription_gets_what_it_wants(run, good, acme, received, events):
    outcome = run("run", events.parent / "shop.toml", *good, "--json")
    said = json.loads(outcome.out)
    orders, everything = said["subscriptions"]["Orders"], said["subscriptions"]["All"]
    assert outcome.code == 1
    assert (orders["delivered"], orders["skipped"], orders["rejected"]) == (99, 200, 1)
    assert (everything["delivered"], everything["skipped"]) == (300, 0)
    assert received["order of u3"] == 1
    assert received["batched"] == 300
    assert {request.headers["x-region"] for request in acme.requests} == {"us"}


def test_what_is_rejected_goes_again_to_the_subscription_that_it_was_for(
    run, good, received, events
):
    run("run", events.parent / "shop.toml", *good)
    rejected = events.parent / "events.ndjson.shop.rejected.ndjson"
    notes = [json.loads(line)["_portcall"] for line in rejected.read_bytes().splitlines()]
    assert [(note["line"], note["subscription"]) for note in notes] == [(31, "Orders")]
    rejected.write_text(rejected.read_text().replace("30", "31"))
    batched = received["batched"]
    outcome = run("run", events.parent / "shop.toml", rejected, *good)
    assert outcome.code == 0
    assert received["batched"] == batched


def test_the_text_for_people_has_a_line_for_each_subscription(run, good, received, events):
    outcome = run("run", events.parent / "shop.toml", *good)
    lines = outcome.out.splitlines()
    assert lines[0].startswith("399 delivered, 200 skipped, 1 rejected in ")
    assert lines[1].split() == [
        "delivered",
        "skipped",
        "rejected",
        "uncertain",
        "to",
        "be",
        "sent",
        "again",
    ]
    assert lines[2].split() == ["Orders", "99", "200", "1", "0", "0"]
    assert lines[3].split() == ["All", "300", "0", "0", "0", "0"]


def test_the_command_line_goes_before_the_pipeline(run, good, acme, received, events):
    other = events.parent / "other.ndjson"
    other.write_text(_line(3))
    outcome = run("run", events.parent / "shop.toml", other, *good, "--set", "region=eu")
    assert outcome.code == 0
    assert received["batched"] == 1
    assert {request.headers["x-region"] for request in acme.requests} == {"eu"}


def test_a_pipeline_reads_standard_input(run, good, received, events, monkeypatch):
    monkeypatch.chdir(events.parent)
    outcome = run("run", events.parent / "shop.toml", "-", *good, stdin=events.read_bytes())
    assert outcome.code == 1
    assert received["batched"] == 300
    assert (events.parent / "shop.rejected.ndjson").exists()


def test_of_a_pipe_that_is_interrupted_nothing_is_lost(environ, good, acme, events, received):
    acme.route("POST", "/track", lambda _: (time.sleep(0.02), Reply(204))[1])
    command = [sys.executable, "-m", "portcall", "run", str(events.parent / "shop.toml"), "-"]
    with subprocess.Popen(
        [*command, *good], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, cwd=events.parent,
    ) as process:  # fmt: skip
        process.stdin.write(events.read_bytes())
        process.stdin.flush()
        ends = time.monotonic() + 20
        while len(acme.requests) < 10:
            assert time.monotonic() < ends
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 130
    left = [
        json.loads(line) for line in (events.parent / "shop.retry.ndjson").read_bytes().splitlines()
    ]
    for name, path, wanted in (("Orders", "/track", 100), ("All", "/tracks", 300)):
        sent = [request for request in acme.requests if request.path == path]
        count = len(sent) if path == "/track" else sum(len(each.json()) for each in sent)
        kept = [
            event
            for event in left
            if event["_portcall"]["subscription"] == name
            and (name == "All" or event["event"] == "Order")
        ]
        read = max([each["_portcall"]["line"] for each in left])
        assert count + len(kept) >= min(wanted, read // 3 if name == "Orders" else read)


def test_a_dry_run_shows_requests_of_every_subscription(run, good, acme, received, events):
    outcome = run("run", events.parent / "shop.toml", *good, "--dry-run")
    assert outcome.out.count(f"POST {acme.url}/track\n") == 3
    assert outcome.out.count(f"POST {acme.url}/tracks\n") == 3
    assert "400 would be delivered, 200 skipped" in outcome.out
    assert acme.requests == ()


def test_one_event_is_explained_for_every_subscription(run, good, acme, events):
    outcome = run("run", events.parent / "shop.toml", *good, "--explain", "--line", "2")
    assert outcome.code == 0
    assert 'event = "Order"' in outcome.out
    assert "Page 1" in outcome.out
    as_json = run("run", events.parent / "shop.toml", *good, "--explain", "--json")
    said = json.loads(as_json.out)
    assert said["line"] == 1
    assert [each["matched"] for each in said["subscriptions"]] == [True, True]
    assert acme.requests == ()


def test_every_fault_of_a_pipeline_is_said_before_anything_is_sent(run, good, acme, events):
    pipeline = events.parent / "shop.toml"
    pipeline.write_text(PIPELINE.format(more='subscribe = "evnt = 1"\nmaping = {}'))
    outcome = run("run", pipeline, *good)
    assert outcome.code == 2
    assert "did you mean" in outcome.err
    assert "subscriptions[1]" in outcome.err
    assert acme.requests == ()


def test_a_pipeline_without_an_input_needs_one(run, good, events):
    pipeline = events.parent / "shop.toml"
    pipeline.write_text(PIPELINE.format(more="").replace('input = "events.ndjson"', ""))
    outcome = run("run", pipeline, *good)
    assert outcome.code == 2
    assert "name a FILE" in outcome.err


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_every_subscription_goes_on_where_it_was(environ, good, acme, received, events, number):
    def slow(request):
        time.sleep(0.004)
        received[request.json()["name"]] += 1
        return Reply(204)

    acme.route("POST", "/track", slow)
    command = [
        *(sys.executable, "-m", "portcall", "run", str(events.parent / "shop.toml"), *good),
        "--workers=2",
    ]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        ends = time.monotonic() + 20
        while len(acme.requests) < 20:
            assert time.monotonic() < ends
            time.sleep(0.005)
        process.send_signal(number)
        process.communicate(timeout=20)
    again = subprocess.run(
        [*command, "--json"], env=environ, capture_output=True, timeout=30, check=False
    )
    said = json.loads(again.stdout)
    orders = {name: count for name, count in received.items() if name.startswith("order")}
    assert b"Resuming after" in again.stderr
    assert set(orders.values()) == {1}
    assert 100 - len(orders) <= said["uncertain"] <= 2 + 2 * 50
    assert received["batched"] >= 300 - said["uncertain"]
    assert received["batched"] <= 300
    if number == signal.SIGTERM:
        assert (len(orders), received["batched"], said["uncertain"]) == (100, 300, 0)
