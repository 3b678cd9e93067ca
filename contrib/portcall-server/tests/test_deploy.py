"""The systemd unit and the Dockerfile: what they run is a command, and runs."""

import configparser
import json
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from importlib.metadata import entry_points, requires
from pathlib import Path

import click
import pytest
import urllib3

from portcall.cli.app import root
from portcall.outbox import Outbox

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


def test_the_container_installs_a_package_that_brings_its_command():
    docker = dockerfile()
    assert docker["ARG"] == 'PACKAGES="portcall-server"'
    assert "/opt/portcall/bin/pip install --no-cache-dir $PACKAGES" in docker["RUN"]
    assert any(each.startswith("portcall[cli]") for each in requires("portcall-server"))
    [script] = entry_points(group="console_scripts", name="portcall")
    assert json.loads(docker["ENTRYPOINT"])[0] == f"/opt/portcall/bin/{script.name}"
    assert not {"COPY", "ADD"} & set(docker)  # the project is mounted
    assert docker["USER"] in docker["RUN"]


def without_rights(command):
    """Return a command that has none of the capabilities of root, as in a container that drops them."""
    if os.geteuid() or not shutil.which("setpriv"):
        return command
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", *command]


@pytest.fixture
def container(mounted):
    """Start what the image starts, with its environment; return the process and the folder of its state."""
    file, state, key = mounted
    declared = dockerfile()["ENV"].replace("/var/lib/portcall", str(state))
    env = dict(each.split("=", 1) for each in shlex.split(declared))
    words = [*json.loads(dockerfile()["ENTRYPOINT"]), *json.loads(dockerfile()["CMD"])]
    here = {
        "/opt/portcall/bin/portcall": str(Path(sys.executable).with_name("portcall")),
        "/etc/portcall/portcall.toml": str(file),
        "0.0.0.0": "127.0.0.1",
        "8717": "0",
    }
    process = subprocess.Popen(
        without_rights([here.get(word, word) for word in words]),
        cwd="/",
        env={**env, "PATH": os.environ["PATH"], "PORTCALL_SOURCE_WEB_WRITE_KEY": key},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, state, key
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_what_the_image_runs_takes_events_without_rights_and_ends_on_its_signal(container):
    process, state, key = container
    url = process.stderr.readline().split()[-1]
    check = json.loads(dockerfile()["HEALTHCHECK"].partition(" CMD ")[2])
    code = check[-1].replace(":8717", f":{url.rpartition(':')[2]}")
    assert subprocess.run([sys.executable, *check[1:-1], code], check=False).returncode == 0
    headers = urllib3.make_headers(basic_auth=f"{key}:")
    event = b'{"userId": "ada", "event": "Ordered", "messageId": "m-1"}'
    sent = urllib3.request("POST", f"{url}/v1/track", body=event, headers=headers, retries=False)
    assert sent.status == 200
    process.send_signal(signal.Signals[dockerfile()["STOPSIGNAL"]])
    assert process.wait(20) == 0
    with Outbox(state / "outbox.sqlite3") as outbox:
        assert [each.message_id for each in outbox.entries()] == ["m-1"]
    for file in state.rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file
