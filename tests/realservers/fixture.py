"""One fixture for every test that needs a server of a third party."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest


@pytest.fixture(scope="session")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Return a function that starts a server by its name: ``real_server("httpbin").url``.

    Each server starts once and runs until the tests end. A test is skipped if the server's packages
    cannot be installed; if they can and the server does not start, the test fails.
    """
    # Not before a test asks: a run of one distribution's tests may have none of these packages.
    from tests.realservers.installing import NotInstallableError
    from tests.realservers.servers import SERVERS

    running: dict[str, Any] = {}
    refused: dict[str, str] = {}
    with ExitStack() as stack:

        def start(name: str) -> Any:
            if name not in running and name not in refused:
                folder = tmp_path_factory.mktemp(name)
                try:
                    running[name] = stack.enter_context(SERVERS[name](folder))
                except NotInstallableError as error:
                    refused[name] = f"{name} cannot be installed: {error}"
            if name in refused:
                pytest.skip(refused[name])
            return running[name]

        yield start
