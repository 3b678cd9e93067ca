"""Type checkers as authors run them: one process of each for everything that is to be checked."""

import json
import os
import re
import subprocess
import sys

import pytest

STRICT = {"typeCheckingMode": "strict", "reportMissingModuleSource": False}


def run(folder, *command, **environment):
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def mypy(folder, *more, path=""):
    """Return every error that ``mypy --strict`` has in *folder*: file, line and text."""
    words = ("--strict", "--no-error-summary", "--hide-error-context", "--no-pretty", *more)
    cache = ("--cache-dir", str(folder / ".mypy_cache"))
    done = run(folder, "mypy", *words, *cache, ".", MYPYPATH=str(path))
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    found = re.findall(r"^(.+?):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    return [(file, int(line), text) for file, line, text in found]


def pyright(folder):
    """Return every error that pyright has in *folder* in its strict mode: file, line and text."""
    config = {**STRICT, "pythonVersion": "3.11"}
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    done = run(folder, "pyright", "--outputjson", "--pythonpath", sys.executable)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return [
        (
            str(each["file"]).removeprefix(f"{folder.resolve()}/"),
            each["range"]["start"]["line"] + 1,
            each["message"],
        )
        for each in json.loads(done.stdout)["generalDiagnostics"]
        if each["severity"] == "error"
    ]


CHECKERS = {"mypy": mypy, "pyright": pyright}


@pytest.fixture(params=CHECKERS, scope="module")
def checker(request):
    return CHECKERS[request.param]
