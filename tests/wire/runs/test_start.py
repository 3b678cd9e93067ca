"""Runs that a program starts: what it learns while they go on, and what is left when they end."""

import gzip
import json
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from portcall import PortcallError, SettingsError, UnknownPluginError, runs
from portcall.testing import Reply

PIPELINE = """\
connection = "shop"
input = "events.ndjson"

[settings]
endpoint = "{url}"

[[subscriptions]]
action = "track"

[[subscriptions]]
name = "Odd"
action = "one"
subscribe = 'event = "e1"'
"""


def test_a_run_delivers_every_event_and_reports_what_became_of_it(connection, events, sent):
    sent.answer = lambda name: Reply(422, json={"error": "no"}) if name == "e2" else Reply(204)
    run = runs.start(connection=connection, action="one", input=events(5))
    seen = list(run)
    assert sent == {f"e{n}": 1 for n in range(5)}
    report = run.report
    assert (report.delivered, report.rejected, report.stopped) == (4, 1, "")
    assert report.is_complete
    assert seen[-1].is_over
    assert (seen[-1].delivered, seen[-1].under_way) == (4, 0)
    lines = report.dead_letters["rejected"].read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["e2"]


def test_progress_says_what_is_under_way_and_how_long_the_rest_takes(connection, events, sent):
    sent.delay_s = 0.02
    run = runs.start(connection=connection, action="one", input=events(100), workers=1)
    seen = list(run)
    during = [each for each in seen if not each.is_over]
    assert during
    assert all(each.under_way > 0 and each.total_bytes for each in during)
    # Everything is read at once, and most of it is still to be delivered.
    assert during[0].time_left_s == pytest.approx(100 * 0.02 - during[0].took_s, abs=1.0)


def test_a_pipeline_runs_with_its_own_settings_and_files_in_a_folder(host, events, sent, peer):
    path = events(3).with_name("orders.toml")
    path.write_text(PIPELINE.format(url=peer.url))
    folder = path.parent / "var" / "orders"
    run = runs.start(runs.Pipeline.read(path), host=host, folder=folder)
    report = run.report
    assert report.subscriptions["track"].delivered == 3
    assert report.subscriptions["Odd"].delivered == 1
    assert sent == {"e0": 1, "e1": 2, "e2": 1}
    assert folder.is_dir()


def test_a_kept_connection_is_found_by_its_name(host, events, sent, peer):
    host.connections.create("main-shop", "shop", {"endpoint": peer.url})
    packed = events(4).with_suffix(".ndjson.gz")
    packed.write_bytes(gzip.compress(events(4).read_bytes()))
    run = runs.start(connection="main-shop", action="track", input=packed, host=host)
    assert run.report.delivered == 4


def test_a_run_that_is_stopped_goes_on_later_and_sends_nothing_twice(connection, events, sent):
    sent.delay_s = 0.01
    given = {"connection": connection, "action": "one", "input": events(200), "workers": 2}
    with runs.start(**given) as run:
        while len(sent) < 10:
            time.sleep(0.005)
    assert run.report.stopped == "interrupted"
    assert run.report.can_resume
    assert 10 <= len(sent) < 200
    sent.delay_s = 0
    second = runs.start(**given)
    assert second.resumed_after > 0
    assert second.report.is_complete
    assert sent == {f"e{n}": 1 for n in range(200)}


def test_refused_credentials_end_a_run_with_their_reason_and_without_secrets(
    connection, events, sent
):
    sent.answer = lambda _: Reply(401, json={"error": "unknown key k3y-s3cret"})
    report = runs.start(connection=connection, action="one", input=events(5)).report
    assert report.stopped == "authentication"
    assert "401" in report.stopped_for
    assert "k3y-s3cret" not in report.stopped_for
    assert not report.is_complete


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "either a pipeline or the name of an action"),
        ({"action": "one"}, "the connection that the action 'one' is for"),
        ({"action": "ones", "connection": True}, "did you mean 'one'"),
        ({"action": "one", "connection": True, "input": None}, "there are no events"),
        ({"action": "one", "connection": True, "input": "event.ndjson"}, "did you mean"),
        ({"action": "one", "connection": True, "subscribe": "type ="}, "subscribe"),
        ({"action": "one", "connection": True, "resume": True}, "nothing to resume"),
        ({"action": "one", "connection": "shopp"}, "did you mean 'shop'"),
    ],
)
def test_a_run_that_cannot_begin_says_why_and_sends_nothing(
    host, connection, events, sent, monkeypatch, given, said
):
    monkeypatch.chdir(events(2).parent)
    given = {"input": "events.ndjson", **given}
    if given.get("connection") is True:
        given["connection"] = connection
    with pytest.raises(PortcallError, match=said):
        runs.start(**given, host=host)
    assert not sent
    assert not list(Path().glob("*.journal"))


def test_a_host_of_the_run_itself_knows_only_what_is_installed(events):
    with pytest.raises((UnknownPluginError, PortcallError), match="shop"):
        runs.start(connection="shop", action="one", input=events(1))


def test_an_option_that_there_is_not_is_refused_by_its_name(connection, events, sent):
    with pytest.raises(TypeError, match="unexpected keyword argument 'worker'"):
        runs.start(connection=connection, action="one", input=events(1), worker=2)
    assert not sent


def test_a_faulty_pipeline_names_every_fault(host, events, peer):
    path = events(1).with_name("orders.toml")
    path.write_text(
        PIPELINE.format(url=peer.url).replace('"one"', '"ones"').replace('"track"', '"trak"')
    )
    with pytest.raises(SettingsError) as raised:
        runs.start(runs.Pipeline.read(path), host=host)
    assert len(raised.value.problems) == 2


def test_a_run_needs_no_package_of_the_command_line(tmp_path, events, sent, peer):
    script = tmp_path / "program.py"
    script.write_text(
        textwrap.dedent(f"""\
            import runpy, sys
            from types import SimpleNamespace

            class Blocker:
                def find_spec(self, name, path=None, target=None):
                    if name.partition(".")[0] in {{"click", "rich", "platformdirs", "tomlkit",
                                                  "cryptography"}}:
                        raise ModuleNotFoundError(name, name=name)

            sys.meta_path.insert(0, Blocker())
            from portcall import Host, runs

            shop = SimpleNamespace(**runpy.run_path({str(Path(__file__).parent / "shop.py")!r}))
            with Host(plugins={{"shop": shop}}, allow_private=["127.0.0.1"]) as host:
                run = runs.start(connection="shop", action="track", input={str(events(7))!r},
                                 settings={{"endpoint": {peer.url!r}}}, host=host)
                for progress in run:
                    pass
                print(run.report.delivered, run.report.dead_letters)
            print([name for name in sys.modules if name.startswith("portcall.cli")])
            """)
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "7 {}\n[]\n", done.stderr


def test_a_program_that_ends_while_a_run_is_under_way_ends_it_in_good_order(
    tmp_path, events, sent, peer
):
    sent.delay_s = 0.05
    script = tmp_path / "program.py"
    script.write_text(
        textwrap.dedent(f"""\
            import runpy, sys
            from types import SimpleNamespace
            from portcall import Host, runs

            shop = SimpleNamespace(**runpy.run_path({str(Path(__file__).parent / "shop.py")!r}))
            host = Host(plugins={{"shop": shop}}, allow_private=["127.0.0.1"])
            run = runs.start(connection="shop", action="one", input={str(events(300))!r},
                             settings={{"endpoint": {peer.url!r}}}, host=host, workers=4)
            for progress in run:
                if progress.delivered:
                    break
            """)
    )
    command = [sys.executable, "-W", "error", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert 0 < len(sent) < 300
    assert not list(tmp_path.glob("*uncertain*"))
    first = set(sent)
    sent.delay_s = 0
    again = script.with_name("again.py")
    again.write_text(script.read_text().replace("if progress.delivered:", "if False:"))
    subprocess.run([*command[:-1], again], capture_output=True, timeout=60, check=True)
    assert first < set(sent)
    assert sent == {f"e{n}": 1 for n in range(300)}
