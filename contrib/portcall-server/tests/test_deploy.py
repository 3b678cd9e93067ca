"""The systemd unit and the Dockerfile: what they run is a command, and runs."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from portcall.cli.app import root

DEPLOY = Path(__file__).parents[1] / "deploy"


def unit():
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(DEPLOY / "portcall.service")
    return parser


def dockerfile():
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    return dict(re.findall(r"^([A-Z]+) (.*)$", text, re.MULTILINE))


def parsed(words):
    """Read a command line as the program does, without running it; return the options of the command."""
    program, project_option, project, name, *rest = words
    assert (program.rpartition("/")[2], project_option) == ("portcall", "--project")
    assert project == "/etc/portcall/portcall.toml"
    command = root.get_command(click.Context(root), name)
    return command.make_context(name, rest, resilient_parsing=True).params


@pytest.mark.parametrize("where", ["unit", "container"])
def test_the_command_is_one_that_the_program_takes(where):
    if where == "unit":
        words = shlex.split(unit()["Service"]["ExecStart"])
    else:
        words = [*json.loads(dockerfile()["ENTRYPOINT"]), *json.loads(dockerfile()["CMD"])]
    options = parsed(words)
    assert (options["port"], options["grace"]) == (8717, 30)
    assert options["host"] == ("127.0.0.1" if where == "unit" else "0.0.0.0")


def test_the_unit_gives_more_time_than_the_service_takes_and_reloads_it():
    service = unit()["Service"]
    grace = parsed(shlex.split(service["ExecStart"]))["grace"]
    assert int(service["TimeoutStopSec"]) > grace
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert (service["KillSignal"], dockerfile()["STOPSIGNAL"]) == ("SIGTERM", "SIGTERM")
    state = f"/var/lib/{service['StateDirectory']}"
    assert f"PORTCALL_HOME={state} " in service["Environment"]
    assert f"PORTCALL_HOME={state} " in dockerfile()["ENV"]


def test_systemd_reads_the_unit(tmp_path):
    if not shutil.which("systemd-analyze"):
        assert {"Unit", "Service", "Install"} <= set(unit().sections())
        return
    text = (
        (DEPLOY / "portcall.service")
        .read_text()
        .replace("/opt/portcall/bin/portcall", sys.executable)
    )
    (tmp_path / "portcall.service").write_text(text)
    command = ["systemd-analyze", "verify", tmp_path / "portcall.service"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_check_of_the_container_asks_whether_events_are_taken(idle):
    check = json.loads(dockerfile()["HEALTHCHECK"].partition(" CMD ")[2])
    port = idle.url.rpartition(":")[2]
    code = check[-1].replace(":8717", f":{port}")
    assert check[-1] != code
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
