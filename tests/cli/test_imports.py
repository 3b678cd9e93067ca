"""What a command imports before it says something: as few modules as its answer needs."""

import subprocess
import sys

import pytest

HEAVY = {
    "cryptography",
    "importlib_metadata",
    "portcall.actions.action",
    "portcall.connection",
    "portcall.declarative",
    "portcall.delivery",
    "portcall.destination",
    "portcall.fields.fieldsets",
    "portcall.host",
    "portcall.model.http_request",
    "portcall.redaction.text",
    "portcall.runs",
    "portcall.wire",
    "pluggy",
    "rich",
    "ssl",
    "tomllib",
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
