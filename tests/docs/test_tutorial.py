"""Whoever follows the tutorial gets what it says: a destination that is found, tested and sends."""

import re
import subprocess
import sys

import pytest

from .pages import ROOT, blocks_of, write_files
from .transcripts import environment, install

TUTORIAL = blocks_of(ROOT / "docs" / "tutorial.md")
MODULE = "portcall_acme.py"


def first(name):
    return next(block for block in TUTORIAL if block.file == name)


@pytest.fixture
def run(tmp_path):
    """Run Python in the tutorial's folder."""

    def run(*words):
        return subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def test_first_destination_has_20_lines():
    lines = [line for line in first(MODULE).text.splitlines() if line.strip()]
    assert len(lines) == 20


def test_readme_shows_the_same_destination():
    shown = next(b for b in blocks_of(ROOT / "README.md") if b.file == MODULE)
    assert shown.text == first(MODULE).text


def test_what_is_missing_is_said_in_these_words(tmp_path, run):
    files = [block for block in TUTORIAL if block.file != "README.md"]
    write_files([*files, first("README.md")], tmp_path)
    install(tmp_path)
    ran = run("-c", "from portcall.testing import check_destination as c; c('acme')")
    [said] = [block.text for block in TUTORIAL if "is not ready" in block.text]
    assert ran.stderr.endswith(said)


def test_tests_of_the_tutorial_pass(tmp_path, run):
    write_files(TUTORIAL, tmp_path)
    install(tmp_path)
    ran = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_acme.py")
    assert re.search(r"^4 passed", ran.stdout, re.MULTILINE), ran.stdout + ran.stderr
