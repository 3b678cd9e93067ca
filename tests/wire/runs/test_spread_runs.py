"""Runs whose requests are sent by processes of their own: they promise what one process does."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path

import pytest

from portcall import Auth, Host, SettingsError, runs
from portcall.testing import Reply

SHOP = Path(__file__).parent / "shop.py"

DYING = """
import os, signal
from pathlib import Path

HERE = Path(__file__).parent
{shop}

def _die(at, name):
    marker = HERE / "died"
    if name == "e7" and os.environ.get("DIES") == at and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def _sent(client, payload):
    _die("before", payload.name)
    client.post("/track", json={{"name": payload.name}})
    _die("after", payload.name)


@action(title="Send one", subscribe='type = "track"')
def dying(client, payload: Named):
    _sent(client, payload)


@action(title="Put", subscribe='type = "track"', idempotent=True)
def dying_put(client, payload: Named):
    _sent(client, payload)


@hookimpl
def actions():
    if os.environ.get("FAILS") and (HERE / "fails").exists():
        raise LookupError("this plugin cannot be used a second time")
    (HERE / "fails").touch()
    return [track, one, put, dying, dying_put]
"""

RENEWING = '''
"""An API whose access tokens have ended, and whose refresh tokens are taken once."""
import attrs
from portcall import Auth, RequestOptions, action, field, hookimpl, path


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


@attrs.frozen
class Named:
    name: str = field(label="Name", default=path("$.event"))


@action(title="Send one")
def one(client, payload: Named):
    client.post("/renewed", json={"name": payload.name})


@hookimpl
def auth_fields():
    return Settings


@hookimpl
def allowed_hosts():
    return ["{endpoint}"]


@hookimpl
def extend_request(settings: Settings, auth):
    headers = {"Authorization": f"Bearer {auth.access_token}"} if auth.access_token else {}
    return RequestOptions(base_url=settings.endpoint, headers=headers)


@hookimpl
def refresh_access_token(client, settings: Settings, auth):
    said = client.post("/token", json={"refresh": auth.refresh_token.reveal()}).json()
    return Auth(access_token=said["access"], refresh_token=said["refresh"])


@hookimpl
def actions():
    return [one]
'''


@pytest.fixture
def given(peer, sent, tmp_path):
    """Arguments of a run over two processes, with a host that they can make, too."""
    path = tmp_path / "shop.py"
    path.write_text(DYING.format(shop=SHOP.read_text()))
    with Host(plugins=[path], allow_private=["127.0.0.1"]) as host:
        yield {
            "connection": "shop",
            "settings": {"endpoint": peer.url},
            "host": host,
            "processes": 2,
        }


def _kept(report):
    """Return what the files of a run hold, each event with its note."""
    found = {}
    for kind, path in report.dead_letters.items():
        for line in path.read_text().splitlines():
            held = json.loads(line)
            note = held.pop("_portcall")
            del note["run"]
            found[note["line"]] = (kind, held, note)
    return found


def _until(true, seconds=30):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.005)


@pytest.mark.parametrize("action", ["one", "track"])
def test_two_processes_report_and_keep_what_one_does(given, events, sent, tmp_path, action):
    path = events(40)
    lines = path.read_text().splitlines()
    lines[3] = "{half of a line"
    lines[5] = '{"type": "page"}'
    lines[8] = json.dumps({"type": "track", "event": "e8", "_portcall": {"reason": "before"}})
    lines[9] = '{"type": "track", "event": ["no name"]}'
    path.write_text("\n".join(lines) + "\n")
    refused = {"e11"} if action == "one" else set()  # which events share a batch may differ
    sent.answer = lambda name: Reply(422, json={}) if name in refused else Reply(204)
    said, kept = [], []
    for processes in (1, 2):
        folder = tmp_path / f"{processes}"
        given["processes"] = processes
        report = runs.start(**given, action=action, input=path, folder=folder).report
        told = report.to_json()
        reasons = sorted((each["reason"], each["count"]) for each in told["reasons"])
        said.append([told[name] for name in ("delivered", "skipped", "rejected", "last")] + reasons)
        kept.append(_kept(report))
        assert report.is_complete
    assert said[0] == said[1]
    assert kept[0] == kept[1]
    assert set(sent.values()) == {2}


@pytest.mark.parametrize(("action", "at"), [("dying", "before"), ("dying_put", "after")])
def test_a_process_that_is_killed_leaves_what_a_killed_run_leaves(
    given, events, sent, monkeypatch, action, at
):
    monkeypatch.setenv("DIES", at)
    given |= {"action": action, "input": events(100), "workers": 2}
    report = runs.start(**given).report
    assert report.stopped == "broken"
    assert "SIGKILL" in report.stopped_for
    assert report.can_resume
    again = runs.start(**given).report
    assert again.is_complete
    if action == "dying":  # left to a person
        assert (again.uncertain, [held["event"] for _, held, _ in _kept(again).values()]) == (
            1,
            ["e7"],
        )
        assert sent["e7"] == 0
        assert all(sent[f"e{n}"] == 1 for n in range(100) if n != 7)
    else:  # sent again, as that does no harm
        assert (again.resent, again.uncertain) == (1, 0)
        assert sent == {f"e{n}": 1 + (n == 7) for n in range(100)}


def test_processes_end_with_a_run_that_is_killed_and_the_next_one_sends_the_rest(
    given, events, sent, peer, tmp_path
):
    sent.delay_s = 0.01
    path = events(200)
    program = f"""
        from portcall import Host, runs
        host = Host(plugins=[{str(tmp_path / "shop.py")!r}], allow_private=["127.0.0.1"])
        run = runs.start(
            connection="shop", settings={{"endpoint": {peer.url!r}}}, host=host, action="one",
            input={str(path)!r}, processes=2, workers=2,
        )
        print(run.report.stopped)
    """
    words = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        _until(lambda: len(sent) > 20)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        numbers = children.read_text().split() if children.exists() else []
        process.kill()
    _until(lambda: not any(_is_alive(int(number)) for number in numbers))
    at_kill = sum(sent.values())
    assert at_kill < 200
    sent.delay_s = 0
    report = runs.start(**given, action="one", input=path, workers=2).report
    assert report.is_complete
    assert max(sent.values()) == 1
    assert report.uncertain <= 2
    assert len(sent) + report.uncertain >= 200


def test_a_run_comes_to_its_end_though_what_its_processes_were_forked_from_is_killed(
    given, events, sent
):
    sent.delay_s = 0.01
    with runs.start(**given, action="one", input=events(60), workers=2) as run:
        _until(lambda: len(sent) >= 10)
        for number in _fork_servers():
            os.kill(number, signal.SIGKILL)
        assert run.report.is_complete
    assert sent == {f"e{n}": 1 for n in range(60)}


def _fork_servers():
    """Return the fork servers that this process has started, whichever thread did (Linux: proc(5))."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    started = [number for task in tasks for number in task.read_text().split()]
    marks = {number: Path(f"/proc/{number}/cmdline").read_bytes() for number in started}
    return [int(number) for number, command in marks.items() if b"processes.forking" in command]


def _is_alive(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_run_that_is_stopped_goes_on_later_and_sends_nothing_twice(given, events, sent):
    sent.delay_s = 0.01
    given |= {"action": "one", "input": events(200), "workers": 2}
    with runs.start(**given) as run:
        _until(lambda: len(sent) >= 10)
    assert run.report.stopped == "interrupted"
    assert 10 <= len(sent) < 200
    sent.delay_s = 0
    assert runs.start(**given).report.is_complete
    assert sent == {f"e{n}": 1 for n in range(200)}


def test_refused_credentials_end_a_run_of_two_processes(given, events, sent):
    sent.answer = lambda _: Reply(401, json={"error": "unknown key k3y-s3cret"})
    report = runs.start(**given, action="one", input=events(50), workers=2).report
    assert report.stopped == "authentication"
    assert "401" in report.stopped_for
    assert "k3y-s3cret" not in report.stopped_for
    assert sum(sent.values()) <= 4


def test_the_circuit_is_one_for_all_processes(given, events, sent):
    sent.answer = lambda _: Reply(503, headers={"Retry-After": "3600"})
    report = runs.start(**given, action="put", input=events(50), workers=2).report
    assert report.stopped == "network"
    assert report.retry_at is not None
    assert sum(sent.values()) <= 2 + 3  # those under way at the first failure, and three in vain
    assert report.waiting == report.to_retry > 0


def test_events_of_a_pipe_leave_while_it_stays_open(given, sent, tmp_path):
    place = tmp_path / "events.pipe"
    os.mkfifo(place)
    end = os.open(place, os.O_RDWR)
    os.write(end, b'{"type": "track", "event": "a"}\n')
    with runs.start(**given, action="track", input=place, max_age_s=0.1) as run:
        _until(lambda: run.progress().delivered == 1)
        os.write(end, b'{"type": "track", "event": "b"}\n')
        _until(lambda: run.progress().delivered == 2)
        run.stop()
    os.close(end)
    assert sent == {"a": 1, "b": 1}


def test_an_ended_token_is_renewed_once_for_all_processes(peer, sent, events, tmp_path):
    path = tmp_path / "renewing.py"
    path.write_text(RENEWING)
    state = Counter()

    def token(request):
        if request.json()["refresh"] != f"rt-{state['grants']}":
            return Reply(400, json={"error": "invalid_grant"})
        state["grants"] += 1
        number = state["grants"]
        return Reply(200, json={"access": f"at-{number}", "refresh": f"rt-{number}"})

    def renewed(request):
        if request.headers.get("authorization") != f"Bearer at-{state['grants'] or 9}":
            return Reply(401)
        sent[request.json()["name"]] += 1
        return Reply(204)

    peer.route("POST", "/token", token)
    peer.route("POST", "/renewed", renewed)
    with Host(plugins=[path], allow_private=["127.0.0.1"]) as host:
        given = {"host": host, "action": "one", "input": events(60), "processes": 2}
        settings = {"endpoint": peer.url}
        with pytest.raises(SettingsError, match="portcall connect renewing"):
            runs.start(**given, connection="renewing", settings=settings)
        auth = Auth(access_token="at-0", refresh_token="rt-0")
        host.connections.create("mine", "renewing", settings, auth)
        report = runs.start(**given, connection="mine").report
    assert report.is_complete, report
    assert sent == {f"e{n}": 1 for n in range(60)}
    assert state["grants"] == 1


def test_a_process_that_cannot_start_says_why_once(given, events, sent, monkeypatch):
    monkeypatch.setenv("FAILS", "1")
    report = runs.start(**given, action="one", input=events(5)).report
    assert report.stopped == "broken"
    assert report.stopped_for.count("cannot be used a second time") == 1
    assert not sent


def test_what_cannot_be_spread_is_refused_before_anything_is_sent(given, events, sent):
    given |= {"action": "one", "input": events(2)}
    with pytest.raises(SettingsError, match="workers=1 lets fewer calls"):
        runs.start(**given, workers=1)
    opened = given["host"].destination("shop").connect(given["settings"])
    with pytest.raises(SettingsError, match="in place of an open connection"):
        runs.start(**{**given, "connection": opened, "settings": {}})
    with pytest.raises(SettingsError, match="between 1 and 64"):
        runs.start(**{**given, "processes": 65})
    plugins = [given["input"].with_name("shop.py")]
    with (
        Host(extras=[object()], plugins=plugins) as host,
        pytest.raises(SettingsError, match="extras"),
    ):
        runs.start(**{**given, "host": host})
    assert not sent
