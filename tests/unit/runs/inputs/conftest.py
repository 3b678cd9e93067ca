"""Inputs as files, and as the standard input of a process of its own."""

import subprocess
import sys
from contextlib import suppress

import pytest

from portcall.runs.inputs import InputOptions, open_input

READER = """
import signal, sys
from portcall.runs.inputs import InputError, InputOptions, open_input
asked = []
signal.signal(signal.SIGINT, lambda *_: asked.append(1))
print("ready", flush=True)
try:
    with open_input("-", InputOptions(format=sys.argv[1] or None), stopped=lambda: bool(asked)) as events:
        for entry in events:
            print(entry.number, entry.event, entry.reason, entry.raw, flush=True)
    print("end", flush=True)
except InputError as exc:
    print("error", exc, flush=True)
"""


@pytest.fixture
def reading(tmp_path):
    """Return all entries of a file with these bytes: ``reading(b"...", "events.csv")``."""

    def read(content, name="events", *, stopped=lambda: False, **options):
        path = tmp_path / name
        path.write_bytes(content)
        with open_input(str(path), InputOptions(**options), stopped=stopped) as opened:
            return list(opened)

    return read


@pytest.fixture
def piped():
    """Start a process that reads its standard input and prints each entry at once."""
    started = []

    def start(kind=""):
        process = subprocess.Popen(
            [sys.executable, "-c", READER, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()
        with suppress(BrokenPipeError):
            process.stdin.close()
