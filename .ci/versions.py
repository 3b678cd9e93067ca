#!/usr/bin/env python3
"""Run the unit and wire tests with other versions of Python and of the runtime packages.

The lowest versions that are allowed run on the oldest Python of the machine, the newest versions on every
later one. The tools of the tests keep the versions of pyproject.toml.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
NOT_FOR_TESTS = {"furo", "import-linter", "myst-parser", "ruff", "sphinx", "towncrier"}
OF_AN_EXTRA = {"orjson"}  # its version is one of those to try
LEFT_OUT = {"pyspark"}  # an extra of half a gigabyte, which none of these tests needs
# Random properties are of the code and not of a version; the run of all tests has them.
TESTS = ["-m", "not hypothesis", "tests/unit", "tests/wire"]
AT_ONCE = 1
INSTALLING = Lock()  # builds of one distribution at the same time get in each other's way
UV = [sys.executable, "-m", "uv"]


def pythons() -> list[tuple[str, str]]:
    """Return version and path of the latest patch of each supported Python that is installed."""
    listed = subprocess.run(
        [*UV, "python", "list", "--only-installed", "--output-format", "json"],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    uv = re.findall(r'"path":\s*"([^"]+)"', listed.stdout)
    # pyenv's shims answer for the version in use only.
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found: dict[tuple[int, ...], tuple[tuple[int, ...], str]] = {}
    for path in [*uv, *map(str, root.glob("versions/3.*/bin/python"))]:
        ask = "import sys; print(sys.implementation.name, *sys.version_info[:4])"
        said = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
        match said.stdout.split():
            case ["cpython", major, minor, patch, "final"]:
                version = int(major), int(minor), int(patch)
                if version[:2] >= OLDEST:
                    found[version[:2]] = max(
                        found.get(version[:2], (version, path)), (version, path)
                    )
    return [(".".join(map(str, version)), path) for _, (version, path) in sorted(found.items())]


def distributions() -> list[str]:
    """Return every distribution of the repository, editable, with its extras."""
    folders = sorted(each.parent for each in ROOT.glob("*/*/pyproject.toml"))
    words = []
    for folder in [ROOT / "core", *folders]:
        extras = tomllib.loads((folder / "pyproject.toml").read_text())["project"].get(
            "optional-dependencies", {}
        )
        wanted = ",".join(sorted(extras.keys() - LEFT_OUT))
        words += ["-e", f"{folder}[{wanted}]" if wanted else str(folder)]
    return words


def name_of(requirement: str) -> str:
    """Return the name of a distribution without extras and version."""
    return re.split(r"[\[=<>]", requirement)[0]


def tools() -> list[str]:
    """Return the requirements of the tests, as pinned for development."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins = {name_of(each): each for each in settings["tool"]["uv"]["constraint-dependencies"]}
    wanted = settings["dependency-groups"]["dev"]
    needed = [each for each in wanted if name_of(each) not in NOT_FOR_TESTS | OF_AN_EXTRA]
    return [each + pins.get(name_of(each), "").removeprefix(name_of(each)) for each in needed]


def said(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command at the root of the repository, and return what it printed."""
    out = subprocess.PIPE
    return subprocess.run(
        command, cwd=ROOT, check=False, stdout=out, stderr=subprocess.STDOUT, text=True
    )


def run(version: str, python: str, resolution: str) -> bool:
    """Run the tests in a new environment, print what they said, and return whether all passed."""
    with tempfile.TemporaryDirectory(prefix="portcall-versions-") as folder:
        own = str(Path(folder) / "bin" / "python")
        # --no-config: the pins of pyproject.toml are for development.
        install = [*UV, "pip", "install", "--no-config", "--python", own]
        steps = [
            [*UV, "venv", "--clear", "--python", python, folder],
            [*install, "--resolution", resolution, *distributions()],
            [*install, *tools()],
        ]
        with INSTALLING:
            done = next((done for step in steps if (done := said(step)).returncode), None)
        if done is None:
            tests = [own, "-m", "pytest", "-q", "-o", f"cache_dir={folder}/cache", *TESTS]
            done = said([*tests, "--numprocesses", "auto"])
            if done.returncode:  # a deadline that a busy machine missed is no fault of a version
                print(done.stdout, flush=True)
                done = said([*tests, "--last-failed", "--last-failed-no-failures", "none"])
    # One call, so that the output of two runs is not mixed.
    verdict = "failed" if done.returncode else "passed"
    print(f"{done.stdout}versions: {resolution} on Python {version}: {verdict}", flush=True)
    return done.returncode == 0


def main() -> int:
    """Run the tests once for each Python, and twice if the machine has one only; return the exit code."""
    available = pythons()
    chosen = [(*available[0], "lowest-direct")]
    chosen += [(*each, "highest") for each in available[1:] or available]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        passed = list(pool.map(lambda each: run(*each), chosen))
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
