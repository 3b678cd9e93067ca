"""How cost grows with work: CPU time of some sizes, and the exponent between the least and the largest.

    uv run python bench/growth.py [--quick | --full] [WORD...]

``--full`` has the largest sizes, and takes twenty minutes; words choose the works whose names have one of
them. 1.00 is linear. Above 1.05 stands what `docs/performance.md` has to name.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from math import log
from pathlib import Path
from time import process_time
from typing import Any, Final

import attrs
import late_server
import server
from deliver import LATE_S, Acme, connected, send, send_many
from host import environment
from measured import note
from transform import EVENT

from portcall import Connection, Host, action, field, path
from portcall.actions.fql import Subscription
from portcall.delivery.plan import Plan

ROUNDS: Final = 3
LONG_S: Final = 20.0
"""What takes longer is measured once."""

MOST: Final = 1.05
UNDER_WAY: Final = [16, 64, 256, 1024]
LARGEST: Final = {"--quick": 2, "--full": 5}
USUAL: Final = 3
"""How many of its sizes are measured of a work, at most."""

Work = Callable[[], object]


def cost_s(make: Callable[[int], Work], size: int) -> float:
    """Return the least CPU seconds of a work of some size; making it ready does not count."""
    best = float("inf")
    for _ in range(ROUNDS):
        work = make(size)
        gc.collect()
        started = process_time()
        work()
        best = min(best, process_time() - started)
        if best > LONG_S:
            break
    return best


def calls(connection: Connection, count: int) -> Work:
    """So many calls under way at a time, four times over; up to 256, on connections that are open."""

    def work() -> None:
        events = (EVENT for _ in range(count * 4))
        sum(1 for _ in connection.deliver(send, events, workers=count))

    return work


def fields(count: int) -> Work:
    """Payloads of so many fields, packed for a batch."""
    members: dict[str, Any] = {
        f"f{n}": field(label=str(n), default=path(f"$.properties.f{n}")) for n in range(count)
    }
    annotations = dict.fromkeys(members, str)
    order = attrs.frozen(type("Order", (), {"__annotations__": annotations, **members}))

    def send_nothing(payload: object) -> None:
        """Nothing is sent here."""

    send_nothing.__annotations__["payload"] = order
    read = action(title="Send")(send_nothing).read
    event = {"properties": {f"f{n}": f"value {n}" for n in range(count)}}
    return lambda: [read(event) for _ in range(300)]


def event_size(size: int) -> Work:
    """One event with a text of so many bytes."""
    read = Plan.of(send_many).pack
    event = {**EVENT, "properties": {**EVENT["properties"], "currency": "E" * size}}
    return lambda: [read and read(event) for _ in range(20)]


def filter_of(count: int) -> str:
    """Return a filter of so many terms, short ones, as it may have 100,000 characters."""
    return " or ".join(f"name<{n % 10}" for n in range(count))


def terms(count: int) -> Work:
    """A filter of so many terms, none of which holds."""
    matches = Subscription.parse(filter_of(count)).matches
    return lambda: [matches(EVENT) for _ in range(20)]


def parsing(count: int) -> Work:
    """The parsing of a filter of so many terms."""
    text = filter_of(count)
    return lambda: Subscription.parse(text)


def connections(count: int) -> Work:
    """So many connections in one host."""

    def work() -> None:
        with Host(plugins={"acme": Acme()}, allow_private=["127.0.0.1"]) as host:
            acme = host.destination("acme")
            held = [acme.connect({"endpoint": "http://127.0.0.1:1"}) for _ in range(count)]
            del held

    return work


def waiting(folder: Path) -> Callable[[int], Work]:
    """Claims of an outbox in which so many events wait."""
    from outbox import filled  # another checkout may have none

    made: dict[int, Any] = {}

    def make(count: int) -> Work:
        if count not in made:
            made[count] = filled(folder / f"{count}", count).storage
        storage = made[count]

        def work() -> None:
            for _ in range(100):
                [lane] = storage.ready()
                claim = storage.claim(lane.id, 10, 1 << 20, 60.0)
                if claim is not None:
                    storage.end(claim)

        return work

    return make


@contextmanager
def installed(count: int) -> Iterator[None]:
    """Have so many more distributions on the import path."""
    with tempfile.TemporaryDirectory() as folder:
        environment(Path(folder), count)
        sys.path.insert(0, folder)
        try:
            yield
        finally:
            sys.path.remove(folder)


def finding_s(count: int) -> float:
    """Return the CPU seconds in which a host finds so many installed plugins."""

    def work() -> None:
        with Host() as host:
            len(host.destinations)

    with installed(count):
        return cost_s(lambda _: work, count)


def say(name: str, sizes: list[int], costs_s: list[float]) -> None:
    """Print one work: its cost at each size, and the exponent from the least to the largest one."""
    exponent = log(costs_s[-1] / costs_s[0]) / log(sizes[-1] / sizes[0])
    mark = "  grows faster" if exponent > MOST else ""
    steps = ", ".join(
        f"{log(after / before) / log(more / less):.2f}"
        for (before, after), (less, more) in zip(pairwise(costs_s), pairwise(sizes), strict=True)
    )
    print(
        f"{name:26} {sizes[0]:>8,} {sizes[-1]:>11,} {costs_s[0]:>9.4f} {costs_s[-1]:>9.4f} {exponent:>9.2f}"
        f"{mark}   ({steps})",
        flush=True,
    )
    note(f"{name}: {sizes[-1]:,}", costs_s[-1] * 1e6)


def main(largest: int, words: list[str]) -> None:
    """Measure and print.

    Args:
        largest: How many of its sizes are measured of a work, at most.
        words: Chooses works; none for all.
    """

    def is_wanted(name: str) -> bool:
        return not words or any(word in name for word in words)

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        connection = stack.enter_context(connected(stack.enter_context(server.running())))
        late = stack.enter_context(connected(stack.enter_context(late_server.running(LATE_S))))
        url = stack.enter_context(late_server.running(LATE_S, folder))
        secured = stack.enter_context(connected(url, str(folder / late_server.AUTHORITY)))

        def events(count: int) -> Work:
            return lambda: sum(
                1 for _ in connection.deliver(send_many, (EVENT for _ in range(count)))
            )

        works: dict[str, tuple[Callable[[int], Work], list[int]]] = {
            "events of a delivery": (events, [10**3, 10**4, 10**5, 10**6, 10**7]),
            "calls under way": (partial(calls, late), UNDER_WAY),
            "calls under way, by TLS": (partial(calls, secured), UNDER_WAY),
            "fields of a payload": (fields, [5, 50, 500]),
            "bytes of an event": (event_size, [10**3, 10**4, 10**5, 10**6, 10**7]),
            "connections of a host": (connections, [10, 10**2, 10**3, 10**4, 10**5]),
            "terms of a filter, asked": (terms, [10, 10**2, 10**3, 10**4]),
            "terms of a filter, parsed": (parsing, [10, 10**2, 10**3, 10**4]),
        }
        if find_spec("portcall.outbox"):
            works["events that wait, claimed"] = (waiting(folder), [10**3, 10**4, 10**5, 10**6])
        print(
            f"{'':26} {'from':>8} {'to':>11} {'CPU s':>9} {'CPU s':>9} {'exponent':>9}   (of each step)"
        )
        for name, (make, all_sizes) in works.items():
            if is_wanted(name):
                sizes = all_sizes[:largest]
                say(name, sizes, [cost_s(make, size) for size in sizes])
    if is_wanted("plugins installed"):
        sizes = [10, 100, 1000, 5000][:largest]
        say("plugins installed", sizes, [finding_s(count) for count in sizes])


if __name__ == "__main__":
    main(
        next((LARGEST[word] for word in sys.argv if word in LARGEST), USUAL),
        [word for word in sys.argv[1:] if word not in LARGEST],
    )
