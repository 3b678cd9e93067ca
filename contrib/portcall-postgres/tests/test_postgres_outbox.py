"""The outbox on PostgreSQL holds what every outbox has to, on a real server."""

from __future__ import annotations

from functools import partial

import pytest

from portcall.testing.outbox_suite import OutboxCrashSuite, OutboxSuite
from portcall_postgres.outbox import PostgresOutbox


@pytest.fixture
def outbox_factory(url):
    """What the outbox suite asks for."""
    return partial(PostgresOutbox, url)


class TestPostgresOutbox(OutboxSuite): ...


class TestPostgresOutboxInCrashes(OutboxCrashSuite): ...
