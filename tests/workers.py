"""What differs where several workers share a run (``pytest -n``): the order of files, and a deadline."""

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


def pytest_configure(config: pytest.Config) -> None:
    """Set no deadline for a random example, as Hypothesis does where CI is set: others are at work, too."""
    if hasattr(config, "workerinput"):
        from hypothesis import settings

        settings.register_profile("beside others", settings.default, deadline=None)
        settings.load_profile("beside others")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put these files first on a worker; each worker of pytest-xdist must list the same order."""
    if hasattr(config, "workerinput"):
        places = {file: place for place, file in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))
