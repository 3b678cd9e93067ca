"""Where ``CI`` is set, a run fails on a skip that ``skips.txt`` does not list with its reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

LIST = Path(__file__).with_name("skips.txt")
_UNLISTED: pytest.StashKey[list[str]] = pytest.StashKey()


def listed() -> dict[str, str]:
    """Return the reason for each test that may be skipped, by node id without parameters."""
    lines = LIST.read_text("utf-8").splitlines()
    pairs = (line.partition("  ") for line in lines if line and not line.startswith("#"))
    return {test: reason.strip() for test, _, reason in pairs}


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let the run fail if a skip is not listed."""
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("CI") or terminal is None:
        return
    allowed = listed()
    skipped = {report.nodeid.partition("[")[0] for report in terminal.stats.get("skipped", ())}
    unlisted = sorted(skipped - allowed.keys())
    session.config.stash[_UNLISTED] = unlisted
    if unlisted and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the skips that are not listed."""
    for test in terminalreporter.config.stash.get(_UNLISTED, []):
        terminalreporter.write_line(
            f"{test} was skipped, and {LIST.name} has no reason for it", red=True
        )
