"""Start the files that take longest first where workers share a run, so that all workers end together."""

from __future__ import annotations

import pytest

LONGEST = (
    "tests/cli/test_killed.py",
    "tests/checks/test_clean.py",
    "tests/checks/test_planted.py",
    "tests/installs/test_installs.py",
    "tests/cli/scaffold/test_templates.py",
    "tests/cli/test_main.py",
    "contrib/portcall-celery/tests/test_fleet.py",
    "contrib/portcall-celery/tests/test_fleet_faults.py",
    "contrib/portcall-postgres/tests/test_postgres_store.py",
    "contrib/portcall-postgres/tests/test_command_line.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put these files first on a worker; each worker of pytest-xdist must list the same order."""
    if hasattr(config, "workerinput"):
        places = {file: place for place, file in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))
