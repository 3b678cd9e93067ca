"""What every store has to hold, as pytest classes for authors of stores.

Give them a ``store_factory``: something picklable that opens the same storage each time it is
called, empty for each test. A test file of a store is then as short as this::

    from functools import partial

    import pytest
    from portcall.testing.store_suite import CrashSuite, KeySuite, StoreSuite
    from portcall_acme import AcmeStore


    @pytest.fixture
    def store_factory(tmp_path):
        return partial(AcmeStore, tmp_path / "acme")


    class TestAcmeStore(StoreSuite): ...


    class TestAcmeStoreInCrashes(CrashSuite): ...


    class TestAcmeStoreWithKeys(KeySuite): ...

`CrashSuite` starts processes, has eight of them write at once, and kills them at random; it needs a
system with ``fork``. `KeySuite` is for stores whose factory takes ``keys=``, as those made from
`portcall.store.SqlStore` do. ``PORTCALL_KEY`` and its like are not seen by any of these tests.
"""

from portcall.testing.store_suite.crashes import CrashSuite
from portcall.testing.store_suite.keys import KeySuite
from portcall.testing.store_suite.suite import StoreSuite

__all__ = ["CrashSuite", "KeySuite", "StoreSuite"]
