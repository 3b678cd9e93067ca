"""Play a scenario in an interpreter of its own, where there are no threads and forking is safe."""

from __future__ import annotations

import base64
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from tempfile import TemporaryFile
from typing import Any, Final

TIMEOUT_S: Final = 120.0
_PLAY: Final = (
    "import base64, pickle, sys;"
    "scenario, arguments = pickle.loads(base64.b64decode(sys.argv[1]));"
    "scenario(*arguments)"
)


def play(scenario: Callable[..., object], *arguments: Any) -> None:
    """Run *scenario* in a fresh interpreter; its failure is this test's.

    Args:
        scenario: A function of a module that can be imported.
        arguments: What can be pickled.
    """
    script = base64.b64encode(pickle.dumps((scenario, arguments))).decode()
    # Not a pipe: children that a scenario leaves behind would hold it open.
    with TemporaryFile("w+") as output:
        process = subprocess.Popen(  # noqa: S603  # this interpreter, and what the test itself says
            [sys.executable, "-W", "error", "-c", _PLAY, script],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(TIMEOUT_S)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        said = output.read()
    if process.returncode != 0:
        raise AssertionError(f"{scenario.__name__} failed:\n{said}"[-6000:])
