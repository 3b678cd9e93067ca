"""Every test of the repository has the fixtures that plugin authors have, and a folder of its own."""

from pathlib import Path

import pytest

pytest_plugins = [
    "portcall.testing.pytest_plugin",
    "tests.realservers.fixture",
    "tests.skips",
    "tests.workers",
]


@pytest.fixture(autouse=True)
def _working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in its own folder, because commands write files where they are called."""
    monkeypatch.chdir(tmp_path)
