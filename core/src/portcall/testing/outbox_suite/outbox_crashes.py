"""What an outbox does among processes that are killed."""

from __future__ import annotations

from pathlib import Path

from portcall.testing.outbox_suite import crash_scenarios
from portcall.testing.outbox_suite.suite_events import OutboxFactory
from portcall.testing.store_suite.running import play


class OutboxCrashSuite:
    """No event is lost; what may have been sent twice is known."""

    def test_producers_and_workers_are_killed_at_random(
        self, outbox_factory: OutboxFactory, tmp_path: Path
    ) -> None:
        play(crash_scenarios.killed_at_random, outbox_factory, tmp_path, 240, 10)

    def test_a_move_to_another_outbox_is_killed_and_run_again(
        self, outbox_factory: OutboxFactory, tmp_path: Path
    ) -> None:
        play(crash_scenarios.killed_while_moving, outbox_factory, tmp_path, 8)

    def test_a_process_is_killed_at_each_write(
        self, outbox_factory: OutboxFactory, tmp_path: Path
    ) -> None:
        play(crash_scenarios.killed_anywhere, outbox_factory, tmp_path, 8)
