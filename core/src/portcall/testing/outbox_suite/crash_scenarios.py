"""Producers and workers of an outbox that are killed; each scenario has an interpreter of its own."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from portcall.outbox import (
    Lane,
    LeaseLostError,
    OutboxStorage,
    Settlement,
    SQLiteOutbox,
    Wanted,
)
from portcall.outbox.moving import move_events
from portcall.outbox.records import most_of
from portcall.testing.outbox_suite.suite_events import OutboxFactory, event, names, take
from portcall.testing.store_suite.checking import same, true
from portcall.testing.store_suite.children import fork, kill, killed_at, lines_of, seeded

ONCE: Final = Lane(connection="shop", action="once")
AGAIN: Final = Lane(connection="shop", action="again")
LEASE_S: Final = 0.3
_MOST: Final = 5
_PATIENCE_S: Final = 60.0


class _Lines:
    """A file to which any process adds whole lines: what a destination has received, say."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path

    def add(self, name: str) -> None:
        fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(fd, f"{name}\n".encode())
        os.close(fd)

    def counts(self) -> Counter[str]:
        return Counter(self.path.read_text().split() if self.path.exists() else ())


def _put(outbox: OutboxStorage, promised: _Lines, name: str) -> None:
    lane = ONCE if name.startswith("once") else AGAIN
    outbox.add(
        lane, [event(name, message_id=name)]
    )  # one that was put and not yet promised is put again
    promised.add(name)


def _work(outbox: OutboxStorage, received: _Lines) -> None:
    """Send what is due, as workers do: what must not be sent twice is noted before."""
    outbox.recover()
    for ready in outbox.ready():
        most = most_of(ready.lost, _MOST)
        claim = outbox.claim(ready.id, most, 1 << 20, LEASE_S, ready.lost)
        if claim is None:
            continue
        pending: list[Settlement] = []
        for event_id, each in zip(claim.ids, json.loads(claim.data), strict=True):
            try:
                if claim.lane == ONCE:
                    outbox.note(claim, pending, [event_id])
                    pending = []
            except LeaseLostError:
                break
            received.add(each["event"])
            pending.append(Settlement(ids=[event_id], state="delivered"))
        outbox.end(claim, pending)


def _produce(factory: OutboxFactory, promised: _Lines, names: list[str]) -> None:
    outbox = factory()
    for name in names:
        _put(outbox, promised, name)


def _work_on(factory: OutboxFactory, received: _Lines) -> None:
    outbox = factory()
    while True:
        _work(outbox, received)
        sleep(0.002)


def _drain(outbox: OutboxStorage, received: _Lines) -> None:
    ends = monotonic() + _PATIENCE_S
    while outbox.status().counts["waiting"] + outbox.status().counts["under_way"]:
        _work(outbox, received)
        true(monotonic() < ends, "the outbox is empty in the end")


def _check(outbox: OutboxStorage, promised: _Lines, received: _Lines, kills: int) -> dict[str, Any]:
    """Expect every promise kept, and every event that was sent twice to be one that may be."""
    got, names = received.counts(), promised.counts()
    counts = outbox.status().counts
    sent_twice = {name: count for name, count in got.items() if count > 1}
    lost = [name for name in names if not got[name] and name.startswith("again")]
    same(lost, [], "events that were lost")
    same(
        [name for name in sent_twice if name.startswith("once")], [], "sent twice against the rule"
    )
    missing = [name for name in names if not got[name]]
    true(len(missing) <= counts["uncertain"], "each event that did not arrive is named uncertain")
    true(counts["uncertain"] <= kills, "no more are uncertain than were being sent at a kill")
    true(sum(sent_twice.values()) <= kills * _MOST * 2, "no more arrive twice than were claimed")
    same(counts["rejected"] + counts["dead"] + counts["skipped"], 0, "other outcomes")
    return {"put": len(names), "twice": len(sent_twice), "uncertain": counts["uncertain"]}


def killed_at_random(
    factory: OutboxFactory, folder: Path, events: int, kills: int
) -> dict[str, Any]:
    """Kill two producers and two workers at random until all events are put, then deliver the rest."""
    chance = seeded(7)
    promised, received = _Lines(folder / "promised"), _Lines(folder / "received")
    factory().status()  # made before the first fork
    wanted = [f"{'once' if number % 2 else 'again'}-{number}" for number in range(events)]
    shares = [wanted[0::2], wanted[1::2]]

    def producer(share: list[str]) -> Callable[[], object]:
        done = promised.counts()
        return partial(_produce, factory, promised, [name for name in share if not done[name]])

    jobs = [*(partial(producer, share) for share in shares)]
    pids = [fork(job()) for job in jobs] + [
        fork(partial(_work_on, factory, received)) for _ in "ab"
    ]
    for _ in range(kills):
        sleep(chance.uniform(0.0, 0.08))
        place = chance.randrange(4)
        try:
            kill(pids[place])
        except AssertionError:
            true(place < len(jobs), "only a producer comes to an end")  # all of its events are put
        job = jobs[place]() if place < len(jobs) else partial(_work_on, factory, received)
        pids[place] = fork(job)
    for place, job in enumerate(jobs):
        os.waitpid(pids[place], 0)
        same(os.waitstatus_to_exitcode(os.waitpid(fork(job()), 0)[1]), 0, "how a producer ended")
    for pid in pids[2:]:
        kill(pid)
    outbox = factory()
    _drain(outbox, received)
    same(set(promised.counts()), set(wanted), "what was promised")
    return _check(outbox, promised, received, kills + 2)


def killed_while_moving(factory: OutboxFactory, folder: Path, places: int) -> None:
    """Kill moves to another outbox at places spread over all lines that one runs, then let one end."""
    put: list[str] = []
    factory().status()

    def job(number: int) -> None:
        move_events(factory(), SQLiteOutbox(folder / f"target-{number}"))

    def fill(number: int) -> None:
        source = factory()
        for each in range(3):
            name = f"{number}-{each}"
            source.add(ONCE, [event(name, message_id=name if each else None, ordering_key="k")])
            put.append(name)

    def drop_all() -> None:
        source = factory()
        source.drop([entry.id for entry in source.entries(Wanted(limit=1000))])

    fill(0)
    most = lines_of(partial(job, 0))
    for number in range(1, places + 1):
        drop_all()
        put.clear()
        fill(number)
        killed_at(max(1, most * number // places), partial(job, number))
        source, target = factory(), SQLiteOutbox(folder / f"target-{number}")
        left = source.status().counts["waiting"]
        moved = move_events(source, target)
        same((moved.moved, moved.under_way), (left, 0), "what the move after it has moved")
        arrived = [entry.event["event"] for entry in target.entries(Wanted())][::-1]
        same(arrived, put, "what waits in the other outbox, in its order")
        same(source.status().counts["waiting"], 0, "what is left")
        same(dict(source.parked()), {}, "what is still parked")
        same(names(take(target)), put[:1], "the first of an order, and no other")


def killed_anywhere(factory: OutboxFactory, folder: Path, places: int) -> dict[str, Any]:
    """Kill a process that puts and delivers at places spread over all lines that it runs."""
    promised, received = _Lines(folder / "promised"), _Lines(folder / "received")
    factory().status()

    def job(number: int) -> None:
        outbox = factory()
        _put(outbox, promised, f"once-{number}")
        _put(outbox, promised, f"again-{number}")
        _work(outbox, received)

    most = lines_of(partial(job, 0))
    for number in range(1, places + 1):
        killed_at(max(1, most * number // places), partial(job, number))
    outbox = factory()
    _drain(outbox, received)
    return _check(outbox, promised, received, places)
