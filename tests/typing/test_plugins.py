"""Right plugins have no error in mypy and pyright; wrong ones have an error on each line that is marked."""

import shutil
from pathlib import Path

import pytest

from .signatures import AGAIN, made

CASES = Path(__file__).parent / "cases"
MARK = "# wrong:"


@pytest.fixture(scope="module")
def found(checker, tmp_path_factory):
    """Return the errors by file and line."""
    folder = tmp_path_factory.mktemp("cases")
    shutil.copytree(CASES, folder, dirs_exist_ok=True)
    errors = {}
    for file, line, text in checker(folder):
        errors.setdefault(file, {})[line] = text
    return errors


def marked(kind):
    """Return the lines that a checker is to complain of, by file."""
    return {
        f"{kind}/{path.name}": [
            n for n, line in enumerate(path.read_text().splitlines(), 1) if MARK in line
        ]
        for path in sorted((CASES / kind).glob("*.py"))
    }


def test_right_plugins_have_no_error(found):
    right = marked("right")
    assert len(right) >= 30
    assert {file: errors for file, errors in found.items() if file in right} == {}


def test_wrong_plugins_have_an_error_on_each_marked_line_and_on_no_other(found):
    wrong = marked("wrong")
    assert len(wrong) >= 30
    assert {file: sorted(found.get(file, {})) for file in wrong} == wrong


def test_the_signatures_are_those_of_the_hookspecs_and_actions():
    old = [path.name for path, text in made().items() if path.read_text() != text]
    assert old == [], f"run {AGAIN}"
