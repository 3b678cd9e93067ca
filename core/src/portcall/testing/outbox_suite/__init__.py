"""What every outbox has to hold, as pytest classes for authors of outboxes.

Give them an ``outbox_factory``: something picklable that opens the same `portcall.outbox.OutboxStorage` each
time it is called, empty for each test, and takes ``bounds=``. A test file is then as short as this::

    from functools import partial

    import pytest
    from portcall.testing.outbox_suite import OutboxCrashSuite, OutboxSuite
    from portcall_acme import AcmeOutbox


    @pytest.fixture
    def outbox_factory(tmp_path):
        return partial(AcmeOutbox, tmp_path / "acme")


    class TestAcmeOutbox(OutboxSuite): ...


    class TestAcmeOutboxInCrashes(OutboxCrashSuite): ...

`OutboxCrashSuite` starts processes and kills them at random; it needs a system with ``fork``.
"""

from portcall.testing.outbox_suite.outbox_crashes import OutboxCrashSuite
from portcall.testing.outbox_suite.outbox_rules import OutboxSuite

__all__ = ["OutboxCrashSuite", "OutboxSuite"]
