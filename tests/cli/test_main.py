"""The console script itself: help, version, completion, pipes, what it imports."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import click.shell_completion
import pytest

from portcall.cli import COMPLETE_VARIABLE
from portcall.cli.app import root
from portcall.cli.commands import COMMANDS
from portcall.cli.flags.help_page import OPTIONS, help_page
from portcall.cli.flags.quick_completion import SLUG_FIRST, quick_completion, store_file
from portcall.cli.state import State

HEAVY = {
    "click",
    "typing",
    "attr",
    "pluggy",
    "rich",
    "urllib3",
    "importlib_metadata",
    "ssl",
    "portcall.host",
}


def test_help_lists_every_command_and_the_exit_codes(process):
    outcome = process("--help")
    assert outcome.code == 0
    assert all(f"  {name} " in outcome.out for name in COMMANDS)
    assert "Exit codes: 0 done" in outcome.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(run, name):
    outcome = run(name, "--help")
    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: portcall {name} ")


def test_help_imports_nothing_heavy(process):
    outcome = process("--help", env={"PYTHONPROFILEIMPORTTIME": "1"})
    imported = {line.rpartition("|")[2].strip() for line in outcome.err.splitlines()}
    assert "portcall.cli.flags.help_page" in imported
    assert {*HEAVY, "json", "textwrap"} & imported == set()


def test_the_help_page_has_every_option_that_stands_before_a_command():
    said = [name for each in OPTIONS for name in each.replace(",", "").split() if name[0] == "-"]
    assert sorted(said) == sorted(
        {"-h", "--help", *(opt for param in root.params for opt in param.opts)}
    )


@pytest.mark.parametrize("columns", [20, 50, 80, 100, 200])
def test_the_help_page_is_laid_out_as_click_lays_out_the_pages_of_commands(columns):
    width = max(min(columns, 100) - 2, 50)
    formatter = click.HelpFormatter(width=width)
    with formatter.section("Commands"):
        formatter.write_dl(list(COMMANDS.items()))
    page = help_page(columns)
    assert formatter.getvalue() in page + "\n"
    assert max(map(len, page.splitlines())) <= width


def test_the_help_of_completion_has_lines_of_the_shells_and_no_marks_of_the_formatter(run):
    page = run("completion", "--help").out
    assert "\\b" not in page
    assert sum(f"{shell}:" in page for shell in ("bash", "zsh", "fish")) == 3


def test_destinations_imports_no_wire(process):
    outcome = process("destinations", "--no-check", env={"PYTHONPROFILEIMPORTTIME": "1"})
    imported = {line.rpartition("|")[2].strip() for line in outcome.err.splitlines()}
    assert {"rich", "urllib3", "portcall.host"} & imported == set()


def test_version(process):
    from importlib.metadata import version

    assert process("--version").out == f"portcall {version('portcall')}\n"


def test_the_console_script_is_the_same_command(environ):
    script = Path(sys.executable).with_name("portcall")
    done = subprocess.run([script, "--version"], env=environ, capture_output=True, check=True)
    assert done.stdout.startswith(b"portcall ")


def test_no_command_shows_help_and_is_a_usage_error(process):
    outcome = process()
    assert outcome.code == 2
    assert "Usage: portcall" in outcome.err


def test_a_misspelt_command_gets_the_near_one(run):
    outcome = run("destination")
    assert outcome.code == 2
    assert "did you mean 'destinations'?" in outcome.err


def test_without_click_it_says_what_to_install(environ, tmp_path):
    (tmp_path / "click.py").write_text("raise ModuleNotFoundError('no', name='click')")
    env = {**environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "portcall"], env=env, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"pip install 'portcall[cli]'" in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(run, shell):
    outcome = run("completion", shell)
    assert outcome.code == 0
    assert f"_PORTCALL_COMPLETE={shell}_complete" in outcome.out


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("portcall de", {"dead", "destinations", "describe", "demo"}),
        ("portcall test good", {"good"}),
        ("portcall send good tr", {"track", "tracks"}),
        ("portcall test good --set reg", {"region="}),
        ("portcall test good --set region=eu --set no", {"note="}),
        ("portcall test bearer --set client_", {"client_id=", "client_secret="}),
        ("portcall send boom tr", set()),
        ("portcall send quitter tr", set()),
    ],
)
def test_completion_offers(process, words, offered):
    env = {
        "_PORTCALL_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    outcome = process(env=env)
    assert {line.partition(",")[2] for line in outcome.out.split()} == offered
    assert outcome.err == ""


def _first_argument(name):
    command = root.get_command(None, name)
    first = next((each for each in command.params if isinstance(each, click.Argument)), None)
    return getattr(first, "_custom_shell_complete", None)


def test_the_quick_completion_knows_the_commands_that_begin_with_a_destination():
    from portcall.cli.flags.tab_completion import complete_target

    assert {n for n in COMMANDS if _first_argument(n) is complete_target} == set(SLUG_FIRST)


def test_the_quick_completion_looks_where_connections_are_kept(monkeypatch, tmp_path):
    from portcall.store import home
    from portcall.store.places import FILE

    for given in (f"{tmp_path}", ""):
        monkeypatch.setenv("PORTCALL_HOME", given)
        assert store_file() == str(home() / FILE)
    monkeypatch.setenv("XDG_DATA_HOME", f"{tmp_path}")
    assert store_file() == str(home() / FILE)


@pytest.fixture(scope="module")
def listed(installed, tmp_path_factory):
    """Return a folder with what a list of the destinations leaves, which this process shall find."""
    folder = tmp_path_factory.mktemp("listed")
    # A process of its own: the list loads plugins, one of which ends the process that loads it.
    path = [str(installed), *sys.path]
    command = f"import sys; sys.path[:] = {path}; from portcall.cli import main; main()"
    listing = [sys.executable, "-c", command, "destinations"]
    env = {"PATH": os.environ["PATH"], "HOME": f"{folder}", "PORTCALL_HOME": f"{folder}"}
    subprocess.run(listing, env=env, check=True, capture_output=True, timeout=60)
    return folder


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    "line", ["portcall ", "portcall de", "portcall describe ", "portcall test g"]
)
def test_the_quick_completion_offers_what_click_would(run, good, listed, monkeypatch, shell, line):
    shutil.copytree(listed, os.environ["PORTCALL_HOME"])
    assert run("connect", "good", "--name", "garden", "--no-test", *good).code == 0
    words = line.split()
    place = {"fish": "" if line[-1] == " " else words[-1]}.get(shell, str(line.count(" ")))
    env = {"COMP_WORDS": line, "COMP_CWORD": place}
    text = quick_completion(f"{shell}_complete", env)
    assert text is not None
    kind = click.shell_completion.get_completion_class(shell)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    asked = kind(root, {"obj": State()}, "portcall", COMPLETE_VARIABLE).complete()
    if "describe " in line or "test " in line:
        assert text.splitlines() == asked.splitlines()
        assert "garden" in text
    else:
        assert all(f"plain\n{n}\n" in text + "\n" or f"plain,{n}" in text for n in _names(asked))


def _names(text):
    lines = text.splitlines()
    plain = [line.partition("\t")[0].removeprefix("plain,") for line in lines if "," in line]
    return plain if lines[0] != "plain" else lines[1::3]


@pytest.mark.parametrize("arguments", [["destinations"], ["--help"]])
def test_a_reader_that_goes_away_is_no_error(environ, arguments):
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        [sys.executable, "-m", "portcall", *arguments],
        env=environ, stdout=writing, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        os.close(writing)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (141, b"")


def test_debug_shows_the_traceback_wherever_it_is_said(run, peer):
    options = (
        "--allow-private",
        "127.0.0.1",
        "--set",
        f"endpoint={peer.url}",
        "--set",
        "api_key=zq9",
    )
    for arguments in (
        ("--debug", "test", "keyed", *options),
        ("test", "keyed", *options, "--debug"),
    ):
        outcome = run(*arguments)
        assert outcome.code == 2
        assert "Traceback (most recent call last)" in outcome.err
        assert "KeyError" in outcome.err
        assert "zq9" not in outcome.both


def test_letters_that_the_output_lacks_do_not_break_it(process, good, acme):
    from portcall.testing import Reply

    acme.route("GET", "/me", Reply(200, json={"name": "Łucja"}))
    outcome = process("test", "good", *good, env={"PYTHONIOENCODING": "latin-1"})
    assert outcome.code == 0
    assert "\\u0141ucja" in outcome.out


@pytest.mark.parametrize("command", ["--help", "describe good", "frob"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_exit_code_and_lead_nowhere(environ, command, closed):
    line = f'{sys.executable} -m portcall {command} {closed}; echo "code $?" >&3'
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec 3>&1; {line}"], env=environ, capture_output=True, check=False
    )
    assert f"code {2 if command == 'frob' else 0}\n" in done.stdout.decode()
    assert b"Traceback" not in done.stderr


def test_a_closed_stream_is_no_descriptor_of_another_file(environ, tmp_path):
    """What is opened next would be written into by each child process that prints."""
    program = (
        "import os\nfrom portcall.cli.process.closed_streams import open_closed_streams\n"
        "open_closed_streams()\nraise SystemExit(os.open('kept', os.O_CREAT) < 3)\n"
    )
    (tmp_path / "program.py").write_text(program)
    line = f"exec {sys.executable} program.py <&- >&- 2>&-"
    done = subprocess.run(["/bin/sh", "-c", line], env=environ, cwd=tmp_path, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "request bearer POST /x --body -",
            "--body: there is no standard input; name a file as @FILE",
        ),
        (
            "send good track - --set username=ada --set password=x",
            "there is no standard input; name a file",
        ),
        ("connect bearer --with-token", "there is no standard input to read the token from"),
    ],
)
def test_closed_standard_input_is_no_empty_input(environ, good, command, said):
    words = [sys.executable, "-m", "portcall", *command.split(), *good[:4]]
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *words],
        env=environ,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert said in done.stderr.decode()
