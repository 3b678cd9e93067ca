"""What a store does in one process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import attrs

from portcall.model.auth import Auth
from portcall.store import (
    ConflictError,
    ConnectionExistsError,
    ConnectionNameError,
    Record,
    RecordError,
    Store,
    StoreBusyError,
    UnknownConnectionError,
    fetch,
)
from portcall.testing.store_suite.checking import (
    Factory,
    WithoutKeys,
    count_of,
    counted,
    increment,
    refused,
    same,
    sample,
    true,
)


class StoreSuite(WithoutKeys):
    """Records come back as they went in, and an unread change is never overwritten."""

    def test_a_new_store_is_empty(self, store_factory: Factory) -> None:
        store = store_factory()
        same(list(store.names()), [], "names")
        same(list(store.list()), [], "list")
        same(store.get("acme"), None, "get")
        same(store.status().records, 0, "the number of records")
        store.close()

    def test_a_record_comes_back_whole(self, store_factory: Factory) -> None:
        before = datetime.now(UTC)
        made = store_factory().create(attrs.evolve(sample(), generation=77))
        found = store_factory().get("acme")
        same(found, made, "the record")
        same(attrs.evolve(found, created_at=before, updated_at=before), _at(sample(), before))
        same(found.generation, 1, "the first generation")
        true(before <= found.created_at == found.updated_at <= datetime.now(UTC), "born just now")
        true(found.created_at.tzinfo and found.updated_at.tzinfo, "instants are aware")

    def test_what_lives_in_the_process_is_not_kept(self, store_factory: Factory) -> None:
        store = store_factory()
        store.create(attrs.evolve(sample(), auth=Auth(live=object())))
        same(fetch(store, "acme").auth.live, None, "auth.live")

    def test_an_expiry_keeps_its_instant(self, store_factory: Factory) -> None:
        store = store_factory()
        for name, hours in (("east", 9), ("west", -7)):
            noon = datetime(2031, 1, 1, 12, tzinfo=timezone(timedelta(hours=hours)))
            store.create(attrs.evolve(sample(name), auth=Auth(expires_at=noon)))
            same(fetch(store, name).auth.expires_at, noon, "expires_at")

    def test_names_and_list_are_sorted(self, store_factory: Factory) -> None:
        store = store_factory()
        for name in ("b", "a.c", "a-b", "10", "a"):
            store.create(sample(name))
        want = sorted(("b", "a.c", "a-b", "10", "a"))
        same(list(store.names()), want, "names")
        same([record.name for record in store.list()], want, "list")

    def test_a_name_is_given_once(self, store_factory: Factory) -> None:
        store = store_factory()
        made = store.create(sample())
        with refused(ConnectionExistsError):
            store.create(counted(sample(), 5))
        same(store.get("acme"), made, "the first one")

    def test_replace_counts(self, store_factory: Factory) -> None:
        store = store_factory()
        made = store.create(sample())
        after = store.replace(counted(made, 1), generation=1)
        same(store.get("acme"), after, "the record")
        same((after.generation, count_of(after)), (2, 1), "generation and count")
        same(after.created_at, made.created_at, "created_at")
        true(after.updated_at >= made.updated_at, "updated_at moves on")

    def test_who_read_an_old_generation_is_refused(self, store_factory: Factory) -> None:
        store = store_factory()
        made = store.create(sample())
        after = store.replace(counted(made, 1), generation=1)
        for wrong in (0, 1, 3):
            with refused(ConflictError) as conflict:
                store.replace(counted(made, 9), generation=wrong)
            same(conflict.error.generation, 2, "the generation that the error carries")
        same(store.get("acme"), after, "the record")

    def test_what_was_deleted_does_not_come_back(self, store_factory: Factory) -> None:
        store = store_factory()
        made = store.create(sample())
        store.delete("acme")
        with refused(UnknownConnectionError):
            store.replace(counted(made, 1), generation=1)
        same(list(store.names()), [], "names")

    def test_another_of_the_same_name_is_another(self, store_factory: Factory) -> None:
        store = store_factory()
        made = store.create(sample())
        store.delete("acme")
        other = store.create(counted(sample(), 3))
        with refused(ConflictError):
            store.replace(counted(made, 1), generation=1)
        same(store.get("acme"), other, "the new one")

    def test_rename_keeps_everything_else(self, store_factory: Factory) -> None:
        store = store_factory()
        made = store.create(sample())
        moved = store.rename("acme", "acme-eu")
        same(store.get("acme"), None, "the old name")
        same(store.get("acme-eu"), moved, "the new name")
        want = {"name": "acme-eu", "generation": 2, "updated_at": moved.updated_at}
        same(moved, attrs.evolve(made, **want), "the record")
        with refused(UnknownConnectionError):
            store.replace(counted(made, 1), generation=1)

    def test_rename_takes_no_name_from_another(self, store_factory: Factory) -> None:
        store = store_factory()
        records = [store.create(sample(name)) for name in ("acme", "beta")]
        for new_name in ("beta", "acme"):
            with refused(ConnectionExistsError):
                store.rename("acme", new_name)
        with refused(ConnectionNameError):
            store.rename("acme", "../acme")
        same(list(store.list()), records, "the records")

    def test_an_unknown_name_gets_a_suggestion(self, store_factory: Factory) -> None:
        store = store_factory()
        store.create(sample())
        with refused(UnknownConnectionError) as deleted:
            store.delete("acmee")
        with refused(UnknownConnectionError) as renamed:
            store.rename("acmee", "other")
        with refused(UnknownConnectionError) as fetched:
            fetch(store, "acmee")
        for caught in (deleted, renamed, fetched):
            true("did you mean 'acme'?" in str(caught.error), f"no suggestion in: {caught.error}")

    def test_names_play_no_tricks(self, store_factory: Factory) -> None:
        store = store_factory()
        bad = ("", "A", "a b", "../a", "a/b", "-a", "a-", "a--b", "a\n", "a\x00", "é", "a" * 65)
        for name in (*bad, "\ud800", "%", "a'; --"):
            with refused(ConnectionNameError):
                store.create(sample(name))
            with refused(ConnectionNameError), store.lock(name):
                pass
            with refused(UnknownConnectionError):
                store.delete(name)
            same(store.get(name), None, f"get {name!r}")
        same(list(store.names()), [], "names")

    def test_what_is_not_json_is_refused(self, store_factory: Factory) -> None:
        store = store_factory()
        made = store.create(sample())
        for value in (object(), float("nan"), b"", {1: 2}, {"a"}, 10**5000, "x" * (1 << 20)):
            bad = attrs.evolve(made, settings={"since": {"deep": [value]}})
            with refused(RecordError):
                store.replace(bad, generation=1)
            with refused(RecordError):
                store.create(attrs.evolve(bad, name="other"))
        same(list(store.list()), [made], "the records")

    def test_threads_lose_no_increment(self, store_factory: Factory) -> None:
        store = store_factory()
        store.create(counted(sample(), 0))
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(increment, store, "acme") for _ in range(48)]:
                done.result()
        found = fetch(store, "acme")
        same((count_of(found), found.generation), (48, 49), "count and generation")

    def test_a_lock_lets_one_thread_in(self, store_factory: Factory) -> None:
        stores = [store_factory(), store_factory()]
        stores[0].create(counted(sample(), 0))

        def add(number: int) -> None:
            store = stores[number % 2]
            with store.lock("acme"):
                record = fetch(store, "acme")
                store.replace(counted(record, count_of(record) + 1), generation=record.generation)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(24)))
        same(count_of(fetch(stores[0], "acme")), 24, "the count")

    def test_waiting_for_a_lock_ends(self, store_factory: Factory) -> None:
        store = store_factory()
        with store.lock("acme"), store.lock("beta"), ThreadPoolExecutor(1) as pool:
            elsewhere = pool.submit(_try_lock, store_factory(), "acme")
            same(elsewhere.result(), "busy", "the lock for another thread")
        same(_try_lock(store, "acme"), "held", "the lock when it is free again")

    def test_rename_waits_for_the_lock(self, store_factory: Factory) -> None:
        store = store_factory()
        store.create(sample())
        with ThreadPoolExecutor(1) as pool:
            with store.lock("acme"):
                moved = pool.submit(store.rename, "acme", "acme-eu")
                store.create(sample("beta"))
                same(list(store.names()), ["acme", "beta"], "names")
            moved.result()
        same(list(store.names()), ["acme-eu", "beta"], "names")

    def test_status_says_what_is_not_encrypted(self, store_factory: Factory) -> None:
        store = store_factory()
        store.create(sample())
        status = store.status()
        same((status.records, status.readable), (1, 1), "records, and readable ones")
        same(status.encryption, "not encrypted", "the status")
        true(status.kind and status.place and status.schema_version >= 1, "kind, place, version")


def _at(record: Record, instant: datetime) -> Record:
    return attrs.evolve(record, created_at=instant, updated_at=instant)


def _try_lock(store: Store, name: str) -> str:
    try:
        with store.lock(name, 0.05):
            return "held"
    except StoreBusyError:
        return "busy"
