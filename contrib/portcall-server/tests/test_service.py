"""The service around the ingest: health, metrics, reload, and how it ends."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import urllib3

from portcall.cli import main
from portcall.testing import Reply
from portcall_server.process.listening import open_socket, url_of

EVENT = {"userId": "ada", "event": "Ordered"}


def numbers(running, **headers):
    answer = running.call("/metrics", b"", key=None, method="GET", **headers)
    assert answer.status == 200, answer.data
    lines = [line for line in answer.data.decode().splitlines() if line[0] != "#"]
    return dict(line.rsplit(" ", 1) for line in lines)


def test_it_is_ready_as_long_as_events_can_be_taken_and_delivered(serve, monkeypatch):
    running = serve()
    for path, said in (("/healthz", "ok"), ("/readyz", "ready")):
        answer = running.call(path, b"", method="GET", key=None)
        assert (answer.status, answer.json()) == (200, {"status": said})
    with monkeypatch.context() as patch:
        patch.setattr(type(running.service._now.delivering), "is_running", lambda _: False)
        answer = running.call("/readyz", b"", method="GET", key=None)
    assert (answer.status, answer.json()["reason"]) == (503, "the workers have ended")


def test_metrics_count_calls_outcomes_and_how_long_events_took(serve, receiver):
    running = serve()
    for n in range(3):
        assert running.call("/v1/track", {**EVENT, "messageId": f"m{n}"}).status == 200
    assert running.call("/v1/track", EVENT, key="wrong-key-wrong").status == 401
    running.arrived(3)
    labels = 'action="take",connection="shop",destination="shop"'
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        found = numbers(running)
        if found.get(f'portcall_outcomes_total{{{labels},outcome="delivered"}}') == "3.0":
            break
    assert found[f'portcall_outcomes_total{{{labels},outcome="delivered"}}'] == "3.0"
    assert found[f"portcall_delivery_lag_seconds_count{{{labels}}}"] == "3.0"
    assert found['portcall_ingest_events_total{source="web"}'] == "3.0"
    assert found['portcall_ingest_calls_total{code="unknown_write_key",source=""}'] == "1.0"
    assert found['portcall_outbox_oldest_seconds{connection="shop"}'] == "0.0"
    assert "zq9" not in json.dumps(found)


def test_metrics_are_for_this_machine_or_for_a_token(idle, monkeypatch):
    forwarded = {"x_forwarded_for": "203.0.113.9", "key": None, "method": "GET"}
    assert idle.call("/metrics", b"", **forwarded).status == 401
    assert idle.call("/metrics", b"", **forwarded, authorization="Bearer x").status == 401
    monkeypatch.setenv("PORTCALL_METRICS_TOKEN", "metrics-token-1")
    assert (
        idle.call("/metrics", b"", **forwarded, authorization="Bearer metrics-token-1").status
        == 200
    )
    assert (
        idle.call("/metrics", b"", **forwarded, authorization="Bearer metrics-token-2").status
        == 401
    )
    assert idle.call("/metrics", b"", **forwarded).status == 401


def test_a_project_that_is_read_again_counts_at_once(connected, serve, monkeypatch):
    running = serve()
    text = connected.path.read_text()
    connected.path.write_text(f'{text}\n[[source]]\nname = "app"\npipelines = ["all"]\n')
    assert running.call("/v1/track", EVENT, key="app-key-0001").status == 401
    monkeypatch.setenv("PORTCALL_SOURCE_APP_WRITE_KEY", "app-key-0001")
    assert running.service.reload()
    assert running.call("/v1/track", EVENT, key="app-key-0001").status == 200
    assert running.call("/v1/track", EVENT).status == 200
    running.arrived(2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[serve]\nprot = 1\n[[source]]\nname = 7\n", ["did you mean 'port'", "must be text"]),
        (None, ["cannot be read"]),
    ],
)
def test_a_project_that_cannot_be_used_is_refused_and_the_service_goes_on(
    connected, serve, caplog, text, said
):
    running = serve()
    if text is None:
        connected.path.unlink()
    else:
        connected.path.write_text(text)
    with caplog.at_level(logging.ERROR, "portcall.server"):
        assert not running.service.reload()
    assert all(each in caplog.text for each in said)
    assert running.call("/v1/track", EVENT).status == 200
    running.arrived(1)


def test_all_that_is_wrong_with_sources_is_said_before_anything_is_listened_on(
    connected, monkeypatch, capfd
):
    text = connected.path.read_text().replace('action = "take"', 'action = "tkae"')
    more = '[pipelines.b]\nconnection = "gone"\n[[pipelines.b.subscriptions]]\naction = "take"\n'
    source = '[[source]]\nname = "app"\npipelines = ["b"]\n'
    connected.path.write_text(text + more + source)
    assert main(["--project", f"{connected.path}", "serve", "--port", "0"]) == 2
    said = capfd.readouterr().err
    assert "did you mean 'take'?" in said
    assert "portcall connect SLUG --name gone" in said
    assert "\n  - PORTCALL_SOURCE_APP_WRITE_KEY is not set" in said
    assert "its sources cannot be used:\n  - " in said
    assert "Listening" not in said


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("short", "8 characters or more"),
        ("wk-for-tests-1234", "the source 'web' has the same write key"),
    ],
)
def test_write_keys_are_long_and_of_one_source_and_never_shown(
    connected, monkeypatch, capfd, keys, said
):
    source = '[[source]]\nname = "app"\npipelines = ["all"]\n'
    connected.path.write_text(connected.path.read_text() + source)
    monkeypatch.setenv("PORTCALL_SOURCE_APP_WRITE_KEY", keys)
    assert main(["--project", f"{connected.path}", "serve", "--port", "0"]) == 2
    shown = capfd.readouterr().err
    assert said in shown
    assert keys not in shown


def test_what_is_under_way_is_finished_and_the_rest_is_kept(serve, receiver):
    arrived, go_on = threading.Event(), threading.Event()

    def slow(request):
        receiver.events.append(request.json())
        arrived.set()
        assert go_on.wait(20)
        return Reply(204)

    receiver.route("POST", "/events", slow)
    running = serve(grace_s=20)
    for n in range(3):
        assert running.call("/v1/track", {**EVENT, "messageId": f"m{n}"}).status == 200
    assert arrived.wait(20)
    ended = []
    stopping = threading.Thread(target=lambda: ended.append(running.service.stop()))
    stopping.start()
    assert not ended
    go_on.set()
    stopping.join(20)
    assert ended == [True]
    counts = running.service.outbox.status().counts
    assert counts["delivered"] + counts["waiting"] == 3
    assert counts["delivered"] == len(receiver.events) >= 1
    assert counts["under_way"] == counts["uncertain"] == 0


def test_the_process_obeys_its_signals(connected, receiver):
    env = {**os.environ, "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "portcall", "--project", f"{connected.path}", "serve"]
    process = subprocess.Popen(
        [*command, "--port", "0"], stderr=subprocess.PIPE, text=True, env=env
    )
    try:
        url = process.stderr.readline().split()[-1]
        link = process.stderr.readline().split()[-1]
        with urllib3.PoolManager(retries=False) as pool:
            let_in = pool.request("GET", link, redirect=False)
            cookie = let_in.headers["set-cookie"].partition(";")[0]
            page = pool.request("GET", f"{url}/web/deliveries", headers={"Cookie": cookie})
            assert (let_in.status, page.status) == (303, 200)
            assert pool.request("GET", f"{url}/web/").status in {401, 403}
        headers = urllib3.make_headers(basic_auth="wk-for-tests-1234:")
        body = json.dumps(EVENT).encode()
        sent = urllib3.request("POST", f"{url}/v1/track", body=body, headers=headers, retries=False)
        assert sent.status == 200
        process.send_signal(signal.SIGHUP)
        assert "the project was read again" in process.stderr.readline()
        connected.path.write_text("[serve]\nprot = 1\n")
        process.send_signal(signal.SIGHUP)
        assert "the project stays as it was" in process.stderr.readline()
        ends = time.monotonic() + 20
        while not receiver.events and time.monotonic() < ends:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert [each["event"] for each in receiver.events] == ["Ordered"]
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_port_that_is_taken_is_an_error_that_says_so(connected, capfd):
    with open_socket("127.0.0.1", 0) as taken:
        port = url_of(taken).rpartition(":")[2]
        assert main(["--project", f"{connected.path}", "serve", "--port", port]) == 2
    said = capfd.readouterr().err
    assert f"127.0.0.1 port {port} cannot be listened on" in said
    assert "another program listens there" in said
    assert "--port" in said
