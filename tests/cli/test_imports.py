"""What a command imports before it says something: as few modules as its answer needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from portcall.outbox import Outbox

HEAVY = {
    "cryptography",
    "importlib_metadata",
    "pluggy",
    "portcall.actions.action",
    "portcall.connection",
    "portcall.declarative.documents",
    "portcall.delivery.engine",
    "portcall.delivery.plan",
    "portcall.destination",
    "portcall.fields.fieldsets",
    "portcall.host",
    "portcall.model.http_request",
    "portcall.redaction.bodies",
    "portcall.runs.run",
    "portcall.wire.transport",
    "rich",
    "ssl",
    "urllib3",
}

RUN = """
import os, sys
if hasattr(os, "fork"):
    del os.fork  # what a child imports would be seen there alone
from portcall.cli import main
{before}
code = main({words})
print("modules", *sys.modules)
sys.exit(code)
"""


@pytest.fixture
def imported(environ):
    """Return what a command prints, and which of the modules in HEAVY it has imported by its end."""

    def run(*words, before=""):
        code = RUN.format(words=list(words), before=before)
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        out, _, modules = done.stdout.partition("modules ")
        return out, HEAVY & set(modules.split())

    return run


def test_the_plugin_is_named_before_what_a_connection_needs_is_imported(imported):
    stop = "sys.modules['portcall.cli.connections.connection_steps'] = None"
    out, modules = imported("test", "good", before=stop)
    assert out == "  ok       plugin          good from portcall-good 1.2.3\n"
    assert modules == set()


@pytest.mark.parametrize("command", ["connect", "describe", "run", "send", "show", "test"])
def test_the_help_of_a_command_imports_nothing_that_only_its_work_needs(imported, command):
    out, modules = imported(command, "--help")
    assert out.startswith(f"Usage: portcall {command} ")
    assert modules == set()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("outbox", "status"), "1 of 5,000,000 events"),
        (("log",), "track"),
        (("dead", "list", "outbox"), "No dead letters match."),
    ],
)
def test_an_outbox_is_shown_without_what_delivers_from_it(imported, environ, words, said):
    with Outbox(Path(environ["PORTCALL_HOME"]) / "outbox.sqlite3") as outbox:
        outbox.put("shop", "track", {"messageId": "1"})
    out, modules = imported(*words)
    assert said in out
    assert modules == set()


def test_a_project_is_read_without_what_sends(imported, environ, tmp_path):
    (tmp_path / "portcall.toml").write_text("[connections.shop]\ntimeout = 5\n")
    out, modules = imported("show")
    assert "connections.shop.timeout" in out
    assert modules == set()
