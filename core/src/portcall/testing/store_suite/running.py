"""Play a scenario in an interpreter of its own, where there are no threads and forking is safe."""

from __future__ import annotations

import base64
import pickle
import subprocess
import sys
from collections.abc import Callable
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
    done = subprocess.run(  # noqa: S603  # this interpreter, and what the test itself says
        [sys.executable, "-W", "error", "-c", _PLAY, script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"{scenario.__name__} failed:\n{done.stdout}{done.stderr}"[-6000:])
