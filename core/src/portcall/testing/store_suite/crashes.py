"""What a store does among processes that are killed."""

from __future__ import annotations

from portcall.testing.store_suite import scenarios
from portcall.testing.store_suite.checking import Factory, WithoutKeys
from portcall.testing.store_suite.running import play


class CrashSuite(WithoutKeys):
    """Nothing is lost, nothing is half-written, and no lock outlives its holder."""

    def test_eight_processes_lose_no_increment(self, store_factory: Factory) -> None:
        play(scenarios.writers_add_up, store_factory)

    def test_eight_processes_use_a_new_store_at_once(self, store_factory: Factory) -> None:
        play(scenarios.first_use_at_once, store_factory)

    def test_eight_processes_queue_for_one_lock(self, store_factory: Factory) -> None:
        play(scenarios.lock_excludes, store_factory)

    def test_eight_writers_are_killed_at_random(self, store_factory: Factory) -> None:
        play(scenarios.writers_are_killed, store_factory)

    def test_a_writer_is_killed_anywhere(self, store_factory: Factory) -> None:
        play(scenarios.writer_is_killed_anywhere, store_factory)

    def test_a_lock_ends_with_its_holder(self, store_factory: Factory) -> None:
        play(scenarios.lock_ends_with_its_holder, store_factory)

    def test_a_lock_does_not_live_on_in_a_child(self, store_factory: Factory) -> None:
        play(scenarios.lock_is_not_inherited, store_factory)

    def test_a_child_of_a_busy_process_uses_the_store(self, store_factory: Factory) -> None:
        play(scenarios.children_of_busy_threads, store_factory)
