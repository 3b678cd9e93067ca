"""Destination files that need no code behave well without a word from their authors."""

from pathlib import Path

import pytest

from portcall.checks import Severity, check

APIS = Path(__file__).parents[1] / "wire" / "declarative" / "apis"


@pytest.mark.parametrize("file", sorted(APIS.glob("*.toml")), ids=lambda file: file.stem)
def test_a_destination_file_stands_every_check_of_its_behaviour(file):
    report = check(file, only=["PC3", "PC4", "PC5"])
    found = [each for each in report.findings if each.severity is not Severity.SUGGESTION]
    assert [*map(str, found)] == []
