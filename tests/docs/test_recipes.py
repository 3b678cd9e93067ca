"""Recipes: each file is read by what reads it, and each command in it is one that portcall takes.

Airflow and systemd are not installed: the DAG is executed with the two decorators that it imports standing
in, and the units are read as the INI files they are.
"""

import configparser
import re
import shlex
import subprocess
import sys
from types import ModuleType

import click
import pytest
import yaml

from portcall.cli.app import root
from portcall.cli.exit_codes import Exit

from .pages import ROOT, blocks_of

BLOCKS = {block.file: block.text for block in blocks_of(ROOT / "docs" / "recipes.md") if block.file}


def _is_taken(command):
    """Parse a command line as the program would, without running it."""
    program, name, *words = command
    assert program.rpartition("/")[2] == "portcall"
    chosen = root.get_command(click.Context(root), name)
    arguments = [each for each in chosen.params if each.param_type_name == "argument"]
    chosen.make_parser(chosen.context_class(chosen)).parse_args(list(words))
    assert len(arguments) == 3


def test_the_line_of_cron_runs_every_five_minutes_and_is_a_command():
    (line,) = [line for line in BLOCKS["portcall.crontab"].splitlines() if line[0] == "*"]
    *times, shell = line.split(maxsplit=5)
    assert times == ["*/5", "*", "*", "*", "*"]
    _is_taken(shlex.split(shell.partition(" && ")[2].partition(" >> ")[0]))


def test_the_units_of_systemd_have_their_sections_and_a_command():
    service, timer = configparser.ConfigParser(), configparser.ConfigParser()
    for read in (service, timer):
        read.optionxform = str
    service.read_string(BLOCKS["portcall-orders.service"])
    timer.read_string(BLOCKS["portcall-orders.timer"])
    _is_taken(shlex.split(service["Service"]["ExecStart"]))
    assert service["Service"]["Type"] == "oneshot"
    assert re.fullmatch(r"\*:0/5", timer["Timer"]["OnCalendar"])


def test_the_service_follows_and_ends_well_when_it_is_stopped():
    service = configparser.ConfigParser()
    service.optionxform = str
    service.read_string(BLOCKS["portcall-events.service"])
    _is_taken(shlex.split(service["Service"]["ExecStart"]))
    assert "--follow" in service["Service"]["ExecStart"]
    assert int(service["Service"]["SuccessExitStatus"]) == Exit.INTERRUPTED


def test_the_workflow_is_yaml_whose_command_is_taken():
    steps = yaml.safe_load(BLOCKS[".github/workflows/orders.yml"])["jobs"]["send"]["steps"]
    (command,) = [step["run"] for step in steps if step.get("run", "").startswith("portcall")]
    _is_taken(shlex.split(command))


@pytest.mark.parametrize("code", [0, 4])
def test_the_dag_runs_the_command_and_fails_with_it(monkeypatch, code):
    ran = []

    def run(command, **_):
        ran.append(command)
        return subprocess.CompletedProcess(command, code, "{}", "Stopped")

    def decorator(**_):
        return lambda function: function

    decorators = ModuleType("airflow.decorators")
    decorators.dag = decorators.task = decorator
    monkeypatch.setitem(sys.modules, "airflow", ModuleType("airflow"))
    monkeypatch.setitem(sys.modules, "airflow.decorators", decorators)
    monkeypatch.setattr(subprocess, "run", run)
    source = compile(BLOCKS["dags/orders.py"], "orders.py", "exec")
    if code:
        with pytest.raises(RuntimeError, match="exit code 4: Stopped"):
            exec(source, {})
    else:
        exec(source, {})
    (command,) = ran
    _is_taken(command)
