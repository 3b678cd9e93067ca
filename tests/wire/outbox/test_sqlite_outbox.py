"""The outbox in a file holds what every outbox has to."""

from functools import partial

import pytest

from portcall.outbox import SQLiteOutbox
from portcall.testing.outbox_suite import OutboxCrashSuite, OutboxSuite


@pytest.fixture
def outbox_factory(tmp_path):
    return partial(SQLiteOutbox, tmp_path / "outbox.sqlite3")


class TestSQLiteOutbox(OutboxSuite): ...


class TestSQLiteOutboxInCrashes(OutboxCrashSuite): ...
