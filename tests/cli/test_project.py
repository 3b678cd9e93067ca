"""The project file at a terminal: defaults of options, pipelines by name, and which value wins."""

import json

import click
import pytest

from portcall.cli.project.flag_tables import COMMANDS, command_called, flag_tables, name_of

EVENT = '{"type": "track", "event": "Order", "userId": "u1", "messageId": "m-1"}\n'
PIPELINE = """\
connection = "good"
input = "events.ndjson"
rate = 50
[[subscriptions]]
action = "track"
subscribe = 'event = "Order"'
[subscriptions.mapping]
name = { "@template" = "order of {{userId}}" }
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Write the project file of the working folder: ``project("state = ...")``."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "events.ndjson").write_text(EVENT)

    def write(text):
        (folder / "portcall.toml").write_text(text)
        return folder

    return write


def _options(name):
    return [
        each
        for each in command_called(name).params
        if isinstance(each, click.Option) and each.name not in {"project", "no_project"}
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_send_and_run_may_have_a_default(command, tmp_path):
    table = flag_tables(tmp_path)[command]
    assert sorted(table.entries) == sorted(name_of(option) for option in _options(command))
    assert all(entry.about for entry in table.entries.values())


def test_a_default_of_the_project_holds_and_an_option_goes_before_it(run, acme, good, project):
    project("[send]\ndry_run = true\n")
    line = ("send", *good, "good", "track", "events.ndjson")
    assert "POST " in run(*line).out
    assert run(*line, "--no-dry-run").out.startswith("1 delivered")
    assert run(*line, "--restart", "--no-project").out.startswith("1 delivered")
    assert len(acme.requests) == 2


def test_the_environment_goes_before_the_project(run, acme, good, project):
    folder = project('state = "from-project"\n')
    line = ("send", *good, "good", "track", "events.ndjson")
    run(*line, env={"PORTCALL_STATE": str(folder / "from-environment")})
    assert any((folder / "from-environment").iterdir())
    assert not (folder / "from-project").exists()
    run(*line)
    assert any((folder / "from-project").iterdir())
    assert run("log").code == 0


def test_a_project_is_named_by_option_and_by_variable(run, acme, good, project, tmp_path):
    project("[send]\ndry_run = true\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / "portcall.toml").write_text('[send]\nworkers = "many"\n')
    line = ("send", *good, "good", "track", "events.ndjson")
    for done in (
        run("--project", other, *line),
        run(*line, "--project", other / "portcall.toml"),
        run(*line, env={"PORTCALL_PROJECT": str(other)}),
        run(*line, "--project", other, env={"PORTCALL_NO_PROJECT": "1"}),
    ):
        assert done.code == 2
        assert f"{other / 'portcall.toml'} cannot be used:" in done.err
        assert (
            "line 2, column 1: send.workers: it must be a whole number from 1 to 1024" in done.err
        )
    assert run(*line, env={"PORTCALL_NO_PROJECT": "1"}).out.startswith("1 delivered")


def test_all_faults_of_options_are_said_at_once(run, project):
    project(
        '[send]\nretry-for = 3\nrat = 1\nset = ["api_key=wk-1", "regioneu"]\n'
        'mapping = "missing.json"\n[run]\nformat = "jsno"\ndry_run = 1\n'
    )
    done = run("run", "x.toml", "--json")
    assert done.code == 2
    said = json.loads(done.err)["error"]["problems"]
    assert [each["path"] for each in said] == [
        "send.retry-for",
        "send.rat",
        "send.set.0",
        "send.set.1",
        "send.mapping",
        "run.format",
        "run.dry_run",
    ]
    assert "did you mean 'retry_for'?" in said[0]["message"]
    assert "wk-1" not in done.both


def test_paths_begin_at_the_file_also_from_a_folder_below(run, acme, good, project, monkeypatch):
    folder = project('[send]\nmapping = "map.json"\nset_file = ["region=region.txt"]\n')
    (folder / "map.json").write_text('{"name": "mapped"}')
    (folder / "region.txt").write_text("us")
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    done = run("send", *good, "good", "track", "../events.ndjson")
    assert done.out.startswith("1 delivered"), done.err
    assert acme.requests[-1].json()["name"] == "mapped"


def test_a_pipeline_is_run_by_its_name(run, acme, good, project):
    inline = PIPELINE.replace("[[subscriptions", "[[pipelines.inline.subscriptions")
    inline = inline.replace("[subscriptions", "[pipelines.inline.subscriptions")
    folder = project(f'[pipelines]\nfile = "lines/orders.toml"\n[pipelines.inline]\n{inline}')
    (folder / "lines").mkdir()
    (folder / "lines" / "orders.toml").write_text(PIPELINE)
    (folder / "lines" / "events.ndjson").write_text(EVENT)
    for name in ("file", "inline"):
        assert run("run", *good, name).out.startswith("1 delivered")
    assert [r.json()["name"] for r in acme.requests if r.method == "POST"] == ["order of u1"] * 2
    done = run("run", *good, "inlin")
    assert done.code == 2
    assert "no such pipeline" in done.err
    assert "did you mean 'inline'?" in done.err


def test_a_pipeline_goes_before_the_defaults_of_run(run, acme, good, project):
    folder = project('[run]\nformat = "csv"\nrate = 0.001\n')
    (folder / "shop.toml").write_text(f'format = "ndjson"\n{PIPELINE}')
    assert run("run", *good, "shop.toml").out.startswith("1 delivered")
