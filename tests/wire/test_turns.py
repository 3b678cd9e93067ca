"""Threads that take turns all get their answers, in time, also beside one that is stuck."""

import select
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Barrier, Event, Thread, current_thread, enumerate as threads
from time import monotonic

import pytest

from portcall import Outcome
from portcall.delivery.batch import Batch
from portcall.delivery.worker_pool import WorkerPool
from portcall.turns import Turns, away, takes_turns, until_readable
from portcall.watched_sockets import WatchedSockets

FAR_S = 30.0


def _until_readable(sock, ends_at):
    """Wait as the transport does."""
    until_readable(sock, ends_at, lambda wait_s: select.select([sock], [], [], max(wait_s, 0)))


@pytest.fixture(params=["what the system has", "a selector"])
def turns(request, monkeypatch):
    by_selector = request.param == "a selector"
    if by_selector:
        monkeypatch.setattr(
            "portcall.turns.WatchedSockets", partial(WatchedSockets, by_selector=True)
        )
    return Turns(lambda: None)


def _in_threads(turns, works):
    """Run each work in a thread that takes part; return what they return."""

    def join(work):
        with turns.joined():
            return work()

    with ThreadPoolExecutor(len(works)) as pool:
        found = list(pool.map(join, works))
    turns.wait()
    return found


def test_each_of_many_threads_gets_what_comes_for_it_and_one_runs_at_a_time(turns):
    pairs = [socket.socketpair() for _ in range(50)]
    running, most = [], []

    def work(own, number):
        got = []
        for _ in range(20):
            _until_readable(own, monotonic() + FAR_S)
            running.append(number)
            most.append(len(running))
            got.append(own.recv(1))
            running.remove(number)
        return b"".join(got)

    def write():
        for letter in b"abcdefghijklmnopqrst":
            for _, other in pairs:
                other.send(bytes([letter]))

    writer = Thread(target=write)
    writer.start()
    found = _in_threads(turns, [partial(work, own, n) for n, (own, _) in enumerate(pairs)])
    writer.join()
    for each in (sock for pair in pairs for sock in pair):
        each.close()
    assert found == [b"abcdefghijklmnopqrst"] * 50
    # Where the machine has no time for the one with the turn, another one may run, too.
    assert most.count(1) > len(most) / 2


def test_a_wait_ends_at_its_instant_also_while_another_thread_watches(turns):
    one, two = socket.socketpair(), socket.socketpair()
    first_waits = Event()

    def long():
        first_waits.set()
        _until_readable(one[0], monotonic() + FAR_S)
        return one[0].recv(1)

    def short():
        with away():
            first_waits.wait(FAR_S)
        begun = monotonic()
        _until_readable(two[0], begun + 0.05)
        one[1].send(b"x")
        return monotonic() - begun

    found = _in_threads(turns, [long, short])
    for each in (*one, *two):
        each.close()
    assert found[0] == b"x"
    assert 0.05 <= found[1] < 5


def test_threads_that_wait_for_each_other_are_not_held_up_by_their_turns(turns):
    barrier = Barrier(8)
    assert len(set(_in_threads(turns, [lambda: barrier.wait(FAR_S)] * 8))) == 8


def test_threads_that_wait_for_something_else_do_so_together_beside_one_that_moves_on(turns):
    barrier, over = Barrier(8), Event()

    def moves_on():
        while not over.is_set():
            with away():
                pass

    def waits():
        barrier.wait(FAR_S)
        over.set()

    _in_threads(turns, [moves_on, *[waits] * 8])


def test_both_threads_that_wait_for_one_number_of_a_socket_go_on(turns):
    own, other = socket.socketpair()
    waiting = SimpleQueue()

    def waits():
        waiting.put(None)
        _until_readable(own, monotonic() + FAR_S)
        return own.recv(1)

    def writes():
        with away():
            for _ in range(2):
                waiting.get(timeout=FAR_S)
            other.send(b"ab")
        return b""

    with own, other:
        assert sorted(_in_threads(turns, [waits, waits, writes])) == [b"", b"a", b"b"]


def test_an_answer_comes_although_the_thread_with_the_turn_is_stuck(turns):
    own, other = socket.socketpair()
    waits, over = Event(), Event()

    def stuck():
        return over.wait(FAR_S)

    def waiting():
        waits.set()
        _until_readable(own, monotonic() + FAR_S)
        over.set()
        return own.recv(1)

    def write():
        waits.wait(FAR_S)
        other.send(b"x")

    writer = Thread(target=write)
    writer.start()
    found = _in_threads(turns, [waiting, stuck])
    writer.join()
    own.close()
    other.close()
    assert found == [b"x", True]


def test_where_all_are_stuck_each_waits_for_its_socket_by_itself(turns):
    pairs, waited, pause = [socket.socketpair() for _ in range(4)], [], Event()

    def work(own, other):
        ends_at = monotonic() + FAR_S
        while not turns.is_wide and monotonic() < ends_at:
            pause.wait(0.005)
        Thread(target=other.send, args=(b"x",)).start()
        until_readable(
            own, monotonic() + FAR_S, lambda _: waited.append(select.select([own], [], []))
        )
        return own.recv(1)

    found = _in_threads(turns, [partial(work, *pair) for pair in pairs])
    for each in (sock for pair in pairs for sock in pair):
        each.close()
    assert found == [b"x"] * 4
    assert len(waited) == 4


def test_a_thread_of_its_own_takes_no_turns():
    assert not takes_turns()
    with away():
        assert not takes_turns()


def _open_files():
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


class Echoes:
    """Sockets, each for one worker at a time."""

    def __init__(self, count):
        self._pairs = [socket.socketpair() for _ in range(count)]
        self._free = SimpleQueue()
        for pair in self._pairs:
            self._free.put(pair)

    def wait_for_one(self):
        own, other = pair = self._free.get_nowait()
        other.send(b"x")
        _until_readable(own, monotonic() + FAR_S)
        assert own.recv(1) == b"x"
        self._free.put(pair)

    def close(self):
        for each in (sock for pair in self._pairs for sock in pair):
            each.close()


def _all_done(pool, count):
    done = []
    for index in range(count):
        pool.submit(Batch(index, {}, None, b""))
        while pool.is_full:
            done += pool.collect()
    while pool.under_way:
        done += pool.collect()
    pool.end(wait=True)
    return sorted(each.index for each in done)


@pytest.mark.parametrize("workers", [2, 40])
def test_a_pool_does_every_batch_and_leaves_nothing_open(workers):
    before = _open_files()
    with closing(Echoes(workers)) as echoes:

        def send(batch):
            echoes.wait_for_one()
            return [Outcome("delivered", batch.indexes[0])]

        assert _all_done(WorkerPool(send, workers, 1), 2000) == list(range(2000))
    assert not [each for each in threads() if each.name.startswith("portcall-")]
    assert _open_files() == before


def test_a_pool_whose_workers_wait_for_something_else_now_and_then_comes_to_its_end():
    with closing(Echoes(12)) as echoes:

        def send(batch):
            if batch.indexes[0] % 9 == 0:
                Event().wait(0.03)  # longer than a turn is left alone
            else:
                echoes.wait_for_one()
            return [Outcome("delivered", batch.indexes[0])]

        for _ in range(4):
            assert _all_done(WorkerPool(send, 12, 1), 120) == list(range(120))


def test_a_worker_that_has_nothing_to_do_any_more_ends_while_another_one_is_still_at_work():
    over, at_work = Event(), []

    def send(batch):
        if batch.indexes[0] == 0:
            at_work.append(current_thread())
            over.wait(FAR_S)
        return [Outcome("delivered", batch.indexes[0])]

    pool, done = WorkerPool(send, 8, 1), []
    for index in range(40):
        pool.submit(Batch(index, {}, None, b""))
        while pool.is_full:
            done += pool.collect()
    workers = [each for each in threads() if each.name == "portcall-delivery"]
    pool.close()
    while len(done) < 39:
        done += pool.collect()
    others = [each for each in workers if each not in at_work]
    for each in others:
        each.join(FAR_S)
    assert others
    assert not any(each.is_alive() for each in others)
    assert [each.is_alive() for each in at_work] == [True]
    over.set()
    done += pool.collect()
    pool.end(wait=True)
    assert sorted(each.index for each in done) == list(range(40))
