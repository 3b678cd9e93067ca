"""The PostgreSQL store holds what every store holds, on a real server."""

from __future__ import annotations

from portcall.testing.store_suite import CrashSuite, KeySuite, StoreSuite


class TestPostgresStore(StoreSuite): ...


class TestPostgresStoreInCrashes(CrashSuite): ...


class TestPostgresStoreWithKeys(KeySuite): ...
