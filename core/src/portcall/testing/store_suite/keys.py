"""What a store does with keys."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from pathlib import Path

from portcall.store import GivenKeys, MissingKeyError, StoreKeyError, fetch
from portcall.testing.store_suite import rotations
from portcall.testing.store_suite.checking import (
    Factory,
    WithoutKeys,
    counted,
    refused,
    same,
    sample,
    true,
)
from portcall.testing.store_suite.running import play


class KeySuite(WithoutKeys):
    """With a key, secrets are encrypted; a wrong one overwrites nothing; a new one loses nothing."""

    def test_a_key_encrypts(self, store_factory: Factory) -> None:
        store = store_factory(keys=GivenKeys(_key()))
        same(store.status().encryption, "encrypted", "an empty store with a key")
        made = store.create(sample())
        same(store.get("acme"), made, "the record")
        status = store.status()
        same((status.encryption, status.readable), ("encrypted", 0), "the status")
        true(status.key_id and status.key_origin, "which key, and where from")

    def test_a_wrong_key_overwrites_nothing(self, store_factory: Factory) -> None:
        right = GivenKeys(_key())
        made = store_factory(keys=right).create(sample())
        for wrong in (store_factory(), store_factory(keys=GivenKeys(_key()))):
            with refused(MissingKeyError) as read:
                wrong.get("acme")
            true("'acme'" in str(read.error), f"names the record: {read.error}")
            true("PORTCALL_KEY" in str(read.error), f"says what to do: {read.error}")
            for attempt in (
                wrong.list,
                lambda store=wrong: store.create(sample("other")),
                lambda store=wrong: store.replace(counted(made, 1), generation=1),
                lambda store=wrong: store.rename("acme", "other"),
                wrong.rotate,
            ):
                with refused(StoreKeyError):
                    attempt()
            same(list(wrong.names()), ["acme"], "names need no key")
        same(store_factory(keys=right).get("acme"), made, "the record")

    def test_what_is_readable_stays_so_until_it_is_written(self, store_factory: Factory) -> None:
        old = [store_factory().create(sample(name)) for name in ("a", "b")]
        store = store_factory(keys=GivenKeys(_key()))
        same(list(store.list()), old, "records from before there was a key")
        same(store.status().encryption, "not encrypted", "the status")
        store.replace(old[0], generation=1)
        same(store.status().encryption, "partly encrypted", "the status")
        same(store.rotate(), 1, "how many a rotation has to encrypt")
        same(store.status().encryption, "encrypted", "the status")
        same(fetch(store, "b"), old[1], "the record, its generation included")

    def test_a_process_without_the_key_cannot_go_on(self, store_factory: Factory) -> None:
        without = store_factory()
        made = without.create(sample())
        store_factory(keys=GivenKeys(_key())).create(sample("other"))
        with refused(MissingKeyError):
            without.replace(made, generation=1)
        same(without.get("acme"), made, "what is readable")

    def test_rotation_by_hand(self, store_factory: Factory) -> None:
        old, new = _key(), _key()
        made = [store_factory(keys=GivenKeys(old)).create(sample(name)) for name in ("a", "b")]
        ahead = store_factory(keys=GivenKeys(f"{old},{new}"))
        both = store_factory(keys=GivenKeys(f"{new},{old}"))
        both.create(sample("c"))
        same(fetch(store_factory(keys=GivenKeys(old)), "c").slug, "acme", "still the old key")
        same(both.rotate(new), 3, "how many were encrypted anew")
        same(both.rotate(), 0, "a second time")
        ahead.create(sample("d"))
        with refused(MissingKeyError):
            store_factory(keys=GivenKeys(old)).create(sample("e"))
        only = store_factory(keys=GivenKeys(new))
        same(list(only.names()), ["a", "b", "c", "d"], "names")
        same(list(only.list())[:2], made, "the records")

    def test_a_key_has_to_come_first(self, store_factory: Factory) -> None:
        store = store_factory(keys=GivenKeys(_key()))
        made = store.create(sample())
        for new in (_key(), "", "short", "x" * 44):
            with refused(StoreKeyError):
                store.rotate(new)
        same(store.get("acme"), made, "the record")

    def test_a_rotation_is_killed_anywhere(self, store_factory: Factory, tmp_path: Path) -> None:
        play(rotations.killed_anywhere, store_factory, tmp_path / "keys")

    def test_rotations_are_killed_under_load(self, store_factory: Factory, tmp_path: Path) -> None:
        play(rotations.killed_under_load, store_factory, tmp_path / "keys")


def _key() -> str:
    return urlsafe_b64encode(os.urandom(32)).decode()
