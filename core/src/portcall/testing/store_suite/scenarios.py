"""What happens to a store among processes; each is played in an interpreter of its own."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import Final

from portcall.store import ConnectionExistsError, Store, StoreBusyError, fetch
from portcall.testing.store_suite.checking import (
    Factory,
    count_of,
    counted,
    increment,
    refused,
    same,
    sample,
    true,
)
from portcall.testing.store_suite.children import (
    KILLED,
    Pipe,
    all_well,
    ended,
    fork,
    kill,
    killed_at,
    lines_of,
    seeded,
)

PROCESSES: Final = 8
_SHARED: Final = 99


def writers_add_up(factory: Factory) -> None:
    """Eight processes add to one record, 25 times each."""
    store = with_count(factory)

    def write() -> None:
        own = factory()
        for _ in range(25):
            increment(own, "shared")

    all_well([fork(write) for _ in range(PROCESSES)])
    found = fetch(store, "shared")
    same((count_of(found), found.generation), (200, 201), "count and generation")


def first_use_at_once(factory: Factory) -> None:
    """Eight processes meet a store that is not there yet, and want the same name."""
    gate, made = Pipe(), Pipe()

    def create() -> None:
        gate.hear(1)
        with suppress(ConnectionExistsError):
            factory().create(sample())
            made.tell()

    children = [fork(create) for _ in range(PROCESSES)]
    for _ in children:
        gate.tell()
    all_well(children)
    same(len(made.rest()), 1, "how many made the connection")
    same(list(factory().names()), ["acme"], "names")


def lock_excludes(factory: Factory) -> None:
    """Eight processes with two threads each read and write under the lock, in turn."""
    store = with_count(factory)

    def add() -> None:
        own = factory()
        for _ in range(4):
            with own.lock("shared"):
                record = fetch(own, "shared")
                own.replace(counted(record, count_of(record) + 1), generation=record.generation)

    def threads() -> None:
        both = [Thread(target=add) for _ in range(2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()

    all_well([fork(threads) for _ in range(PROCESSES)])
    same(count_of(fetch(store, "shared")), PROCESSES * 2 * 4, "the count")


def writers_are_killed(factory: Factory) -> None:
    """Eight processes write their own record and a shared one; 50 are killed on the way."""
    store, done, random = with_count(factory), Pipe(), seeded(20260101)
    for number in range(PROCESSES):
        store.create(counted(sample(f"own-{number}"), 0))

    def write(number: int) -> None:
        own = factory()
        done.only_tell()
        while True:
            increment(own, f"own-{number}")
            done.tell(number)
            increment(own, "shared")
            done.tell(_SHARED)

    children = [fork(partial(write, number)) for number in range(PROCESSES)]
    told: Counter[int] = Counter()
    kills: Counter[int] = Counter()
    for _ in range(50):
        for _ in range(random.randint(1, 6)):
            told.update(done.hear())
        victim = random.randrange(PROCESSES)
        kill(children[victim])
        kills[victim] += 1
        children[victim] = fork(partial(write, victim))
    for number, child in enumerate(children):
        kill(child)
        kills[number] += 1
    told.update(done.rest())
    for number in range(PROCESSES):
        _between(store, f"own-{number}", told[number], kills[number])
    _between(store, "shared", told[_SHARED], kills.total())


def writer_is_killed_anywhere(factory: Factory) -> None:
    """A process dies at 40 places of one change; the record is the old one or the new one."""
    store = with_count(factory)

    def change() -> None:
        increment(factory(), "shared")

    lines = lines_of(change)
    for line in range(1, lines, max(lines // 40, 1)):
        before = fetch(store, "shared")
        status = killed_at(line, change)
        after = fetch(store, "shared")
        step = count_of(after) - count_of(before)
        true(status == KILLED or step == 1, "a change that was not cut off is there")
        true(step in {0, 1} and after.generation == before.generation + step, "one step or none")


def lock_ends_with_its_holder(factory: Factory) -> None:
    """A holder is killed; the next one has the lock within a second."""
    store, held, life = with_count(factory), Pipe(), Pipe()

    def hold() -> None:
        with factory().lock("shared"):
            held.tell()
            life.rest()

    for _ in range(5):
        holder = fork(hold)
        held.hear()
        with refused(StoreBusyError), store.lock("shared", 0.02):
            pass
        kill(holder)
        start = monotonic()
        with store.lock("shared", 5):
            true(monotonic() - start < 1, "the lock was free within a second")


def lock_is_not_inherited(factory: Factory) -> None:
    """A holder leaves a child behind that lives on; the lock ends with the holder all the same."""
    store, held, life = with_count(factory), Pipe(), Pipe()

    def live_on() -> None:
        held.tell()
        life.rest()

    def hold() -> None:
        with factory().lock("shared"):
            fork(live_on)
            life.rest()

    holder = fork(hold)
    held.hear()
    with refused(StoreBusyError), store.lock("shared", 0.02):
        pass
    kill(holder)
    with store.lock("shared", 5):
        pass


def children_of_busy_threads(factory: Factory) -> None:
    """A process forks while its threads are at work; parent and children all get on."""
    store, over = with_count(factory), Event()
    _three_more(store)  # A fork in the middle of a first import is the interpreter's affair.

    def work() -> None:
        while not over.is_set():
            with store.lock("shared"):
                increment(store, "shared")

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            same(ended(fork(lambda: _three_more(store))), 0, "how a child ended")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    count_of(fetch(store, "shared"))


def _three_more(store: Store) -> None:
    for _ in range(3):
        with store.lock("shared"):
            increment(store, "shared")


def with_count(factory: Factory) -> Store:
    """Open the store under test, with one record to count in."""
    store: Store = factory()
    store.create(counted(sample("shared"), 0))
    return store


def _between(store: Store, name: str, told: int, kills: int) -> None:
    """Who was killed may have changed the record and not have told; nothing else may differ."""
    found = fetch(store, name)
    count = count_of(found)
    same(found.generation, count + 1, f"the generation of {name}")
    true(told <= count <= told + kills, f"{name}: {told} told, {count} kept, {kills} killed")
