"""The project file at a terminal: defaults of options, pipelines by name, and which value wins."""

import json
import os
import re
import runpy
import tomllib
from pathlib import Path

import click
import pytest
from jsonschema import Draft202012Validator

from portcall.cli.project.flag_tables import COMMANDS, command_called, flag_tables, name_of
from portcall.project.project_file import Project, read_project
from portcall.project.project_format import project_schema
from portcall.project.project_tables import ProjectFileError

UNIT = Path(__file__).parents[1] / "unit" / "project" / "test_project_file.py"
WHOLE = runpy.run_path(str(UNIT))["WHOLE"]

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


def connected(run, acme, *words):
    """Connect ``good`` as ``shop``, with what is said of where and how long."""
    sets = (f"endpoint={acme.url}", "username=ada", "password=p4ss-w0rd!")
    done = run(
        *("connect", "good", "--name", "shop", *words),
        *(word for each in sets for word in ("--set", each)),
    )
    assert done.code == 0, done.err
    return done


def reach(done):
    """Return what ``show`` says of where and how long, by name."""
    rows = {each.pop("name"): each for each in json.loads(done.out)["reach"]}
    assert all(rows.values())
    return rows


def test_what_connect_was_told_is_kept_and_need_not_be_repeated(run, acme, project):
    project("")
    connected(run, acme, "--allow-private", "127.0.0.1", "--timeout", "7")
    assert run("test", "shop").code == 0
    assert run("request", "shop", "GET", "/me").code == 0
    assert run("send", "shop", "track", "events.ndjson").out.startswith("1 delivered")
    (row,) = json.loads(run("connections", "--json").out)["connections"]
    assert row["reach"] == {"allow_private": ["127.0.0.1"], "timeout": 7.0}
    assert "allow_private 127.0.0.1" in run("connections").out
    shown = reach(run("show", "shop", "--json"))
    assert shown["allow_private"] == {"value": ["127.0.0.1"], "origin": "stored"}
    assert shown["timeout"] == {"value": 7.0, "origin": "stored"}
    assert shown["ca_file"] == {"value": None, "origin": "default"}


def test_connecting_again_keeps_what_is_not_given(run, acme, project):
    project("")
    connected(run, acme, "--allow-private", "127.0.0.1", "--timeout", "7")
    assert run("connect", "good", "--name", "shop", "--replace", "--timeout", "8").code == 0
    shown = reach(run("show", "shop", "--json"))
    assert shown["allow_private"]["value"] == ["127.0.0.1"]
    assert shown["timeout"]["value"] == 8.0


def test_the_project_goes_before_what_is_kept_and_an_option_before_both(run, acme, project):
    project('[connections.shop]\nallow_private = ["127.0.0.2"]\ntimeout = 9\n')
    connected(run, acme, "--allow-private", "127.0.0.1", "--timeout", "7")
    refused = run("test", "shop")
    assert refused.code != 0
    assert "127.0.0.1" in refused.out.partition("failed   hosts")[2]
    assert run("test", "shop", "--allow-private", "127.0.0.1").code == 0
    shown = reach(run("show", "shop", "--json"))
    assert shown["allow_private"] == {"value": ["127.0.0.2"], "origin": "portcall.toml:2"}
    assert shown["timeout"] == {"value": 9, "origin": "portcall.toml:3"}


def test_a_connection_that_is_not_kept_may_be_of_the_project_alone(run, acme, project):
    project('[connections.crm]\ndestination = "good"\nallow_private = ["127.0.0.1"]\n')
    env = {
        "PORTCALL_GOOD_ENDPOINT": acme.url,
        "PORTCALL_GOOD_USERNAME": "ada",
        "PORTCALL_GOOD_PASSWORD": "p4ss-w0rd!",
    }
    assert run("send", "crm", "track", "events.ndjson", env=env).out.startswith("1 delivered")
    done = run("connect", "crm", env=env)
    assert done.out.startswith("crm is connected to good")
    assert run("test", "crm").code == 0
    assert "did you mean 'crm'?" in run("test", "cmr").out


def test_a_project_and_the_store_that_differ_in_the_destination_are_refused(run, acme, project):
    project('[connections.shop]\ndestination = "bearer"\n')
    connected(run, acme, "--allow-private", "127.0.0.1", "--no-project")
    done = run("send", "shop", "track", "events.ndjson")
    assert done.code == 2
    assert "portcall.toml:2: shop is a connection to bearer there" in done.err


def test_what_a_found_project_allows_is_said_on_stderr_once(run, acme, project):
    project('[connections.shop]\nallow_private = ["127.0.0.1"]\n')
    connected(run, acme)
    line = "Using portcall.toml: allow_private 127.0.0.1\n"
    done = run("send", "shop", "track", "events.ndjson")
    assert done.err.count(line) == 1
    assert "Using" not in run("--project", ".", "send", "shop", "track", "events.ndjson").err
    assert "Using" not in run("test", "shop", "--allow-private", "127.0.0.1").err


DESTINATION = """\
slug = "beside"
hosts = ["127.0.0.1:{port}"]
[actions.note]
title = "Note"
post = "{url}/note"
json = {{ text = "{{{{payload.text}}}}" }}
[actions.note.fields.text]
label = "Text"
default = {{ "@path" = "$.event" }}
"""


def test_plugins_beside_the_project_are_destinations(run, peer, project):
    from portcall.testing import Reply

    peer.route("POST", "/note", Reply(204))
    folder = project('plugins = ["plugins"]\n[connections.beside]\nallow_private = ["127.0.0.1"]\n')
    (folder / "plugins").mkdir()
    (folder / "plugins" / "beside.toml").write_text(
        DESTINATION.format(url=peer.url, port=peer.url.rpartition(":")[2])
    )
    done = run("send", "beside", "note", "events.ndjson")
    assert done.out.startswith("1 delivered"), done.err
    assert done.err.startswith("Using portcall.toml: allow_private 127.0.0.1; plugins plugins\n")
    assert run("describe", "beside").code == 0
    assert run("--no-project", "describe", "beside").code == 2
    (folder / "plugins" / "beside.toml").chmod(0o666)
    refused = run("send", "beside", "note", "events.ndjson")
    assert refused.code == 2
    assert "beside.toml is not used: every user may write to it" in refused.err


def test_a_shell_that_completes_a_line_runs_no_code_of_a_found_project(run, project, tmp_path):
    folder = project('plugins = ["trap.py"]\n')
    (folder / "trap.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    line = {
        "_PORTCALL_COMPLETE": "bash_complete",
        "COMP_WORDS": "portcall send trap ",
        "COMP_CWORD": "3",
    }
    run(env=line)
    assert not (tmp_path / "ran").exists()
    run("describe", "trap")
    assert (tmp_path / "ran").exists()


def test_a_shell_is_offered_the_connections_and_pipelines_of_the_project(run, project):
    project('[connections.crm]\ndestination = "good"\n[pipelines]\norders = "orders.toml"\n')

    def offered(words, place):
        line = {"_PORTCALL_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": place}
        return run(env=line).out.splitlines()

    assert "plain,crm" in offered("portcall send c", "2")
    assert "plain,orders" in offered("portcall run o", "2")
    assert "plain,crm" in offered("portcall test c", "2")


def test_a_secret_field_is_refused_whatever_it_is_called(run, acme, good, project):
    """A plugin knows better than a list of names which of its fields are secret."""
    inline = 'connection = "good"\nsettings = { note = "1234" }\nsubscriptions = [{ action = "track" }]\n'
    project(f'[send]\nset = ["region=us", "note=1234"]\n[pipelines.inline]\n{inline}')
    env = {
        "PORTCALL_GOOD_ENDPOINT": acme.url,
        "PORTCALL_GOOD_USERNAME": "ada",
        "PORTCALL_GOOD_PASSWORD": "p4ss-w0rd!",
    }
    sent = run("send", "good", "track", "events.ndjson", "--allow-private", "127.0.0.1", env=env)
    ran = run("run", *good, "inline", "events.ndjson")
    for done, line in ((sent, 2), (ran, 5)):
        assert done.code == 2
        assert f"portcall.toml:{line}: note is secret; a project file holds no secrets" in done.err
        assert "1234" not in done.both
    assert not acme.requests


def test_the_store_of_the_project_is_used_unless_the_environment_names_one(
    run, acme, project, monkeypatch, tmp_path
):
    folder = project('store = "kept"\n')
    connected(run, acme, "--allow-private", "127.0.0.1")
    assert not (folder / "kept").exists()  # PORTCALL_HOME goes before it
    monkeypatch.delenv("PORTCALL_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    done = connected(run, acme, "--allow-private", "127.0.0.1")
    assert f"store {folder / 'kept'}" in done.err
    assert (folder / "kept" / "connections.sqlite3").exists()
    assert "PORTCALL_HOME" not in os.environ
    rows = {each["name"]: each for each in json.loads(run("show", "--json").out)["values"]}
    assert rows["store"] == {
        "name": "store",
        "value": str(folder / "kept"),
        "origin": "portcall.toml:1",
    }


def test_show_says_of_every_value_where_it_is_from(run, project, monkeypatch):
    folder = project(
        'state = "state"\n\n[connections.crm]\ndestination = "good"\ntimeout = 7\n'
        '[pipelines]\norders = "orders.toml"\n[send]\nretry_for = 5\n'
    )
    shown = json.loads(run("show", "--json").out)
    assert shown["project"] == {"path": str(folder / "portcall.toml"), "found": True}
    rows = {each["name"]: (each["value"], each["origin"]) for each in shown["values"]}
    assert rows["state"] == (str(folder / "state"), "portcall.toml:1")
    assert rows["connections.crm.destination"] == ("good", "portcall.toml:4")
    assert rows["connections.crm.timeout"] == (7, "portcall.toml:5")
    assert rows["pipelines.orders"] == (str(folder / "orders.toml"), "portcall.toml:7")
    assert rows["send.retry_for"] == (5, "portcall.toml:9")
    assert rows["send.state"] == (str(folder / "state"), "portcall.toml:1")
    assert rows["run.retry_for"] == (60.0, "default")
    assert rows["run.window"] == ("7d", "default")
    for command in COMMANDS:
        assert {f"{command}.{name_of(each)}" for each in _options(command)} <= rows.keys()
    monkeypatch.setenv("PORTCALL_STATE", str(folder / "other"))
    text = run("show").out
    assert any(
        line.split() == ["send.retry_for", "5", "portcall.toml:9"] for line in text.splitlines()
    )
    assert any("PORTCALL_STATE" in line and "send.state" in line for line in text.splitlines())
    assert not (folder / "state").exists()


def test_show_without_a_project_says_so(run, project):
    folder = project("")
    (folder / "portcall.toml").unlink()
    assert json.loads(run("show", "--json").out)["project"] is None
    assert run("show").out.startswith("There is no portcall.toml here or above.")


def test_extras_of_the_project_see_every_request(run, acme, good, project):
    folder = project("[extras.ratelimit]\nrate_per_s = 1000\n")
    assert run("send", *good, "good", "track", "events.ndjson").out.startswith("1 delivered")
    (folder / "portcall.toml").write_text("[extras]\nratelimt = true\n")
    done = run("send", *good, "good", "track", "events.ndjson")
    assert done.code == 2
    assert "ratelimit" in done.err
    (folder / "portcall.toml").write_text("[extras.ratelimit]\nrate_per_s = 0.001\nburst = 1\n")
    (folder / "events.ndjson").write_text(EVENT * 2)
    done = run("send", *good, "good", "track", "events.ndjson", "--retry-for", "0", "--restart")
    assert "1 delivered" in done.out
    assert "1 to be sent again" in done.out


def test_a_rehearsed_retry_keeps_the_dead_letters(run, acme, good, project):
    folder = project("[send]\ndry_run = true\n")
    kept = {"event": json.loads(EVENT), "reason": "too old", "outcome": "rejected"}
    (folder / "x.rejected.ndjson").write_text(EVENT)
    before = {path.name for path in folder.iterdir()}
    run("dead", "retry", "good", "track", folder / "x.rejected.ndjson", *good)
    held = "".join(path.read_text() for path in folder.glob("*.ndjson"))
    assert held.count("m-1") >= 2, (before, kept)


def test_init_writes_a_file_whose_every_comment_is_an_entry(run, tmp_path):
    assert run("init", tmp_path).out.startswith(f"{tmp_path / 'portcall.toml'} is written")
    path = tmp_path / "portcall.toml"
    Project.read(path)
    text = path.read_text()
    entries = [line[2:] for line in text.splitlines() if re.match(r"# (\[|\w+ = )", line)]
    (tmp_path / "ca.pem").touch()
    path.write_text("\n".join(entries))
    project = read_project(path, flag_tables(tmp_path))
    assert set(project._text.data) == {
        "state", "plugins", "connections", "pipelines", "extras", "send", "run"
    }  # fmt: skip
    again = run("init", tmp_path)
    assert again.code == 2
    assert "already exists" in again.err


def test_the_schema_for_editors_takes_what_the_check_takes(run):
    schema = json.loads(run("schema", "project").out)
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["send"]["properties"]["workers"]["maximum"] == 1024
    about = schema["properties"]["run"]["properties"]["retry_for"]["description"]
    assert about == "How long to retry an event that may be sent again (60)."


GOOD = (
    WHOLE,
    "",
    'store = "postgres://ada@db/portcall"\n',
    '[send]\nworkers = 4\nrate = 0.5\ndry_run = false\nset = ["region=eu"]\n',
    '[run]\nformat = "csv"\ndecimal = ","\nretry_for = 0\nallow_http = ["a.example"]\n',
    '[pipelines]\na = "a.toml"\n[[source]]\nname = "x"\npipelines = ["a"]\n[serve]\nport = 1\n',
)
BAD = (
    "stat = 1\n",
    "state = 1\n",
    'state = ""\n',
    'plugins = "x"\n',
    "plugins = [1]\n",
    "[connections]\nshop = 1\n",
    '[connections."No Name"]\n',
    "[connections.shop]\ntimeout = 0\n",
    '[connections.shop]\ntimeout = "7"\n',
    "[connections.shop]\nworkers = 1.5\n",
    "[connections.shop]\nworkers = 5000\n",
    '[connections.shop]\napi_key = "x"\n',
    "[connections.shop.limits]\nmax_body_bytes = 0\n",
    "[connections.shop.limits]\ntimeout_s = 7\n",
    '[pipelines]\n"a b" = "x.toml"\n',
    "[pipelines]\na = 7\n",
    '[pipelines.a]\nconnection = "shop"\n',
    '[pipelines.a]\nsubscriptions = [{ action = "x" }]\n',
    '[pipelines.a]\nconnection = "shop"\nsubscriptions = [{ actio = "x" }]\n',
    '[pipelines.a]\nconnection = "shop"\nformat = "jsno"\nsubscriptions = [{ action = "x" }]\n',
    "[extras]\nratelimit = 7\n",
    "[send]\nworker = 1\n",
    "[send]\nworkers = 0\n",
    "[send]\nrate = 0\n",
    "[send]\ndry_run = 1\n",
    '[send]\nset = "region=eu"\n',
    '[run]\nformat = "jsno"\n',
    "[run]\npreset = 1\n",
    "serve = 7\n",
    'source = "x"\n',
)


@pytest.fixture(scope="module")
def validator(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schema")
    return Draft202012Validator(project_schema(flag_tables(folder)))


@pytest.mark.parametrize("text", GOOD)
def test_what_the_check_takes_the_schema_takes(text, validator, tmp_path):
    path = tmp_path / "portcall.toml"
    path.write_text(text)
    read_project(path, flag_tables(tmp_path))
    assert list(validator.iter_errors(tomllib.loads(text))) == []


@pytest.mark.parametrize("text", BAD)
def test_what_the_check_refuses_the_schema_refuses(text, validator, tmp_path):
    path = tmp_path / "portcall.toml"
    path.write_text(text)
    with pytest.raises(ProjectFileError):
        read_project(path, flag_tables(tmp_path))
    assert list(validator.iter_errors(tomllib.loads(text)))
