"""Batches of 1,000 events: beside their filter, mapping, checks and JSON alone, and beside Segment's package.

    uv run python bench/batches.py [--quick]
    uv run python bench/batches.py --where [--standard]

Portcall with orjson and with the standard library, and ``@segment/actions-core`` where Node and npm are
there, in turns; the server is a process of its own on loopback, and the same for all. What a delivery takes
of filter, mapping, checks and JSON alone is measured in turns within one process: it is the median of the
ratios of neighbours, so that a machine whose speed changes does not change it.

``--where`` prints what the parts of a batch take: instructions of the program in user mode where `perf` is
there, else nanoseconds of CPU time, each as the difference between two lengths. ``--standard`` writes JSON
with the standard library although orjson is there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from statistics import median
from threading import Event
from time import process_time
from typing import Any, Final

if "--standard" in sys.argv:
    sys.modules["orjson"] = None  # type: ignore[assignment]  # before anything looks for it

import attrs
import draining_server
from deliver import SIZE, Cost, best, connected, costing, ours, say, send_many, theirs
from transform import EVENT

from portcall import Outcome
from portcall.delivery.alike import Alike
from portcall.delivery.event_reader import MOST, EventReader
from portcall.delivery.plan import Plan

QUICK: Final = "--quick" in sys.argv
EVENTS: Final = 20_000
PAIRS: Final = 5 if QUICK else 9
ROUNDS: Final = 1 if QUICK else 3
MEASURED: Final = 40 * SIZE
"""The shorter one of the two lengths whose difference is taken; the other is four times as long."""


@attrs.frozen
class Sides:
    """What one process has measured.

    Args:
        mine: The delivery, by its best round.
        alone: Filter, mapping, checks and JSON, one event at a time, and nothing sent.
        ratio: How much CPU the delivery takes of that, as the median of rounds.
    """

    mine: Cost
    alone: Cost
    ratio: float


def alone() -> Cost:
    """Return the cost of filter, mapping, checks and JSON, one event at a time, and nothing sent."""
    plan, found = Plan.of(send_many), list[Cost]()
    matches, pack = plan.matches, plan.pack
    if matches is None or pack is None:
        raise RuntimeError("the action has a filter and writes JSON")
    with costing(EVENTS, found):
        for _ in range(EVENTS):
            if matches(EVENT):
                pack(EVENT)
    return found[0]


def sides(url: str) -> Sides:
    """Measure both in turns, after a round of each that is not counted."""
    with connected(url) as connection:
        pairs = [(ours(connection, send_many, EVENTS, 1), alone()) for _ in range(PAIRS + 1)][1:]
    ratio = median(mine.cpu_us / floor.cpu_us for mine, floor in pairs)
    mine, floor = ([pair[n] for pair in pairs] for n in (0, 1))
    return Sides(_best(mine), _best(floor), ratio)


def _best(found: Sequence[Cost]) -> Cost:
    return Cost(max(each.rate for each in found), min(each.cpu_us for each in found))


def measured(url: str, *options: str) -> Sides:
    """Measure both in a process of its own, as an encoder is chosen once for each."""
    words = [sys.executable, __file__, "--sides", url, *options, *(["--quick"] * QUICK)]
    mine, floor, ratio = json.loads(subprocess.check_output(words, text=True))
    return Sides(Cost(*mine), Cost(*floor), ratio)


def compare() -> None:
    """Measure and print."""
    print(f"{'':34} {'events':>12} {'CPU each':>11}  times as fast, wall and CPU")
    by_name: dict[str, list[Sides]] = {"orjson": [], "standard library": []}

    def encoder(name: str, *options: str) -> Cost:
        by_name[name].append(measured(url, *options))
        return by_name[name][-1].mine

    with draining_server.running() as url:
        segment: list[Cost] = []

        def package() -> Cost:
            found = theirs(url, 2 * EVENTS, 1, SIZE)
            segment.extend([found] if found else [])
            return found or Cost(0, 0)

        fast, standard, _ = best(
            lambda: encoder("orjson"),
            lambda: encoder("standard library", "--standard"),
            package,
            rounds=ROUNDS,
        )
    node = _best(segment) if segment else None
    for name, cost in (("orjson", fast), ("standard library", standard)):
        say(f"batches of {SIZE}, {name}", cost, actions_core=node)
    if node:
        print(f"{'@segment/actions-core':34} {node.rate:>10,.0f}/s {node.cpu_us:>8.2f} us")
    for name, found in by_name.items():
        floor = min(each.alone.cpu_us for each in found)
        ratios = ", ".join(f"{each.ratio:.2f}" for each in found)
        print(f"    with {name}: transform and JSON alone {floor:.2f} us; of it, {ratios}")
    print("goals: actions_core 4.5 with orjson, 2.5 without; 1.3 of transform and JSON alone")


def _made_events(count: int) -> None:
    for _ in (EVENT for _ in range(count)):
        pass


def _read(count: int) -> None:
    reader = EventReader((EVENT for _ in range(count)), Event(), [])
    while not reader.is_over:
        reader.read(MOST)


def _packed(event: dict[str, Any]) -> Callable[[int], None]:
    plan, events = Plan.of(send_many), [event] * MOST

    def work(count: int) -> None:
        for _ in range(count // MOST):
            plan.pack_many(events)

    return work


def _as_they_are(count: int) -> None:
    # Here, as a checkout that is compared may have none.
    from portcall.actions.payloads.together import as_they_are

    texts = [data.decode() for data in Plan.of(send_many).pack_many([EVENT] * MOST).datas]
    quotes = "".join(texts).count('"')
    for _ in range(count // MOST):
        as_they_are(texts, quotes)


def _outcomes(count: int) -> None:
    delivered = Outcome.delivered()
    for first in range(0, count, SIZE):
        sum(each.kind == "delivered" for each in Alike(delivered, range(first, first + SIZE)))


PARTS: Final[dict[str, Callable[[int], None]]] = {
    "events": _made_events,
    "read": _read,
    "unwanted": _packed({**EVENT, "type": "page"}),
    "packed": _packed(EVENT),
    "bytes": _as_they_are,
    "outcomes": _outcomes,
}


def part(name: str, count: int, url: str) -> None:
    """Do one part of the work for so many events, and print the CPU nanoseconds that it took."""
    used = process_time()
    if name == "all":
        with connected(url) as connection:
            ours(connection, send_many, count, 1)
    else:
        PARTS[name](count)
    print((process_time() - used) * 1e9)


def taken(name: str, count: int, url: str) -> float:
    """Return the instructions, or the nanoseconds, of one part for so many events."""
    words = [sys.executable, __file__, "--part", name, str(count), url]
    words += ["--standard"] * ("--standard" in sys.argv)
    if not has_perf():
        return float(subprocess.check_output(words, text=True))
    counting = ["perf", "stat", "-x,", "-e", "instructions:u", "--", *words]
    said = subprocess.run(counting, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return float(said.stderr.decode().strip().splitlines()[-1].split(",")[0])


def has_perf() -> bool:
    """Return whether instructions can be counted here."""
    if shutil.which("perf") is None:
        return False
    words = ["perf", "stat", "-x,", "-e", "instructions:u", "--", "true"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    return done.returncode == 0 and done.stderr[:1].isdigit()


def where() -> None:
    """Print what the parts of a batch take."""
    with draining_server.running() as url:
        used = {
            name: (taken(name, 4 * MEASURED, url) - taken(name, MEASURED, url)) / (3 * MEASURED)
            for name in (*PARTS, "all")
        }
    rows = {
        "the program makes the events": used["events"],
        "they are read, up to 64 at once": used["read"] - used["events"],
        "filter": used["unwanted"],
        "mapping, checks, and the text of the JSON": used["packed"]
        - used["unwanted"]
        - used["bytes"],
        "the characters of the text are looked at; its bytes": used["bytes"],
        "an outcome for each event, and the program looks at it": used["outcomes"],
    }
    rows["batches, the request, its sending and its answer"] = used["all"] - sum(rows.values())
    print(
        f"{'an event in batches of 1,000':56} {'instructions' if has_perf() else 'ns of CPU':>14}"
    )
    for name, count in (*rows.items(), ("all", used["all"])):
        print(f"{name:56} {count:>14,.0f}")


def main(words: Sequence[str]) -> None:
    """Measure what the command line asks for."""
    match words:
        case ["--sides", url, *_]:
            print(json.dumps(attrs.astuple(sides(url))))
        case ["--part", name, count, url, *_]:
            part(name, int(count), url)
        case _ if "--where" in words:
            where()
        case _:
            compare()


if __name__ == "__main__":
    main(sys.argv[1:])
