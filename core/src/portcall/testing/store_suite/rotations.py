"""Rotations that are killed; each is played in an interpreter of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from portcall.store import HomeKeys, SqlStore, create_key, fetch
from portcall.testing.store_suite.checking import (
    Factory,
    count_of,
    counted,
    increment,
    same,
    sample,
    true,
)
from portcall.testing.store_suite.children import (
    KILLED,
    Pipe,
    all_well,
    fork,
    kill,
    killed_at,
    lines_of,
    seeded,
)


def killed_anywhere(factory: Factory, folder: Path) -> None:
    """A rotation dies at 25 places; every record stays readable, and the next one finishes it."""
    store = _keyed(factory, folder, records=2)
    lines = lines_of(store.rotate)
    for line in range(1, lines, max(lines // 25, 1)):
        killed_at(line, lambda: _open(factory, folder).rotate())
        for name in store.names():
            same(count_of(fetch(store, name)), 0, "the count")
        store.rotate()
        _settled(factory, folder)


def killed_under_load(factory: Factory, folder: Path) -> None:
    """Eight processes write while rotations die; every record stays readable."""
    store, done, random = _keyed(factory, folder, records=8), Pipe(), seeded(20260102)

    def write(number: int) -> None:
        own = _open(factory, folder)
        done.only_tell()
        while True:
            increment(own, f"own-{number}")
            done.tell(number)

    writers = [fork(partial(write, number)) for number in range(8)]
    told, died, lines = b"", 0, lines_of(store.rotate)
    while died < 8:
        told += done.hear()
        rotation = killed_at(random.randint(1, lines), lambda: _open(factory, folder).rotate())
        true(rotation in {0, KILLED}, "a rotation ends well, or by a kill")
        died += rotation == KILLED
    all_well([fork(store.rotate)])
    for writer in writers:
        kill(writer)
    told += done.rest()
    for number in range(8):
        count = count_of(fetch(_open(factory, folder), f"own-{number}"))
        true(told.count(number) <= count <= told.count(number) + 1, "no change was lost")
    _settled(factory, folder)


def _keyed(factory: Factory, folder: Path, records: int) -> SqlStore:
    create_key(folder)
    store = _open(factory, folder)
    for number in range(records):
        store.create(counted(sample(f"own-{number}"), 0))
    return store


def _open(factory: Factory, folder: Path) -> SqlStore:
    store: SqlStore = factory(keys=HomeKeys(folder))
    return store


def _settled(factory: Factory, folder: Path) -> None:
    """One key is left, and it reads everything."""
    store = _open(factory, folder)
    same(len(HomeKeys(folder).read().keys), 1, "the number of keys")
    same(store.status().encryption, "encrypted", "the status")
    true(all(record.slug == "acme" for record in store.list()), "every record is readable")
