"""The SQLite store holds what every store holds."""

from __future__ import annotations

from functools import partial

import pytest

from portcall.store import SQLiteStore
from portcall.testing.store_suite import StoreSuite


@pytest.fixture
def store_factory(tmp_path):
    return partial(SQLiteStore, tmp_path / "home")


class TestSQLiteStore(StoreSuite): ...
