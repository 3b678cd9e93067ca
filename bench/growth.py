"""How cost grows with work: CPU time of some sizes, and the exponent between the least and the largest.

    uv run python bench/growth.py [--quick]

1.00 is linear. Above 1.05 stands what `docs/performance.md` has to name.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, Final

import attrs
import server
from deliver import Acme, connected, send_many
from outbox import filled
from transform import EVENT

from portcall import Host, action, field, path
from portcall.actions.fql import Subscription
from portcall.delivery.plan import Plan
from portcall.outbox import SQLiteOutbox

ROUNDS: Final = 3
MOST: Final = 1.05

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
    return best


def fields(count: int) -> Work:
    """Payloads of so many fields, packed for a batch."""
    members: dict[str, Any] = {
        f"f{n}": field(label=str(n), default=path(f"$.properties.f{n}")) for n in range(count)
    }
    annotations = dict.fromkeys(members, str)
    order = attrs.frozen(type("Order", (), {"__annotations__": annotations, **members}))

    def send(payload: object) -> None:
        """Nothing is sent here."""

    send.__annotations__["payload"] = order
    read = action(title="Send")(send).read
    event = {"properties": {f"f{n}": f"value {n}" for n in range(count)}}
    return lambda: [read(event) for _ in range(300)]


def event_size(size: int) -> Work:
    """One event with a text of so many bytes."""
    read = Plan.of(send_many).pack
    event = {**EVENT, "properties": {**EVENT["properties"], "currency": "E" * size}}
    return lambda: [read and read(event) for _ in range(20)]


def terms(count: int) -> Work:
    """A filter of so many terms, none of which holds."""
    text = " or ".join(f'properties.f{n} = "{n}"' for n in range(count))
    matches = Subscription.parse(text).matches
    return lambda: [matches(EVENT) for _ in range(20)]


def parsing(count: int) -> Work:
    """The parsing of a filter of so many terms."""
    text = " or ".join(f'properties.f{n} = "{n}"' for n in range(count))
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
    made: dict[int, SQLiteOutbox] = {}

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


def main(*, quick: bool) -> None:
    """Measure and print."""
    last = 1 if quick else 0
    with (
        server.running() as url,
        connected(url) as connection,
        TemporaryDirectory() as folder,
    ):

        def events(count: int) -> Work:
            return lambda: sum(
                1 for _ in connection.deliver(send_many, (EVENT for _ in range(count)))
            )

        works: dict[str, tuple[Callable[[int], Work], list[int]]] = {
            "events of a delivery": (events, [10**4, 10**5, 10**6]),
            "fields of a payload": (fields, [5, 50, 500]),
            "bytes of an event": (event_size, [10**4, 10**5, 10**6, 10**7]),
            "connections of a host": (connections, [10**2, 10**3, 10**4]),
            "events that wait, claimed": (waiting(Path(folder)), [10**3, 10**4, 10**5, 10**6]),
            "terms of a filter, asked": (terms, [10**2, 10**3, 10**4]),
            "terms of a filter, parsed": (parsing, [10**2, 10**3, 10**4]),
        }
        print(f"{'':28} {'from':>9} {'to':>10} {'CPU s':>9} {'CPU s':>9} {'exponent':>9}")
        for name, (make, all_sizes) in works.items():
            sizes = all_sizes[: len(all_sizes) - last]
            first, largest = cost_s(make, sizes[0]), cost_s(make, sizes[-1])
            exponent = log(largest / first) / log(sizes[-1] / sizes[0])
            mark = "  grows faster" if exponent > MOST else ""
            print(
                f"{name:28} {sizes[0]:>9,} {sizes[-1]:>10,} {first:>9.4f} {largest:>9.4f} "
                f"{exponent:>9.2f}{mark}",
                flush=True,
            )


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
