"""The SQLite store among processes that write at once, are killed, and change the key."""

from __future__ import annotations

from functools import partial

import pytest

from portcall.store import SQLiteStore
from portcall.testing.store_suite import CrashSuite, KeySuite


@pytest.fixture
def store_factory(tmp_path):
    return partial(SQLiteStore, tmp_path / "home")


class TestSQLiteStoreInCrashes(CrashSuite): ...


class TestSQLiteStoreWithKeys(KeySuite): ...
