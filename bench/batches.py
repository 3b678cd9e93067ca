"""Batches of 1,000 events: beside their filter, mapping, checks and JSON alone, and beside Segment's package.

    uv run python bench/batches.py [--quick]

Portcall with orjson and with the standard library, and ``@segment/actions-core`` where Node and npm are
there, in turns; the server is a process of its own on loopback, and the same for all. What a delivery takes
of filter, mapping, checks and JSON alone is measured in turns within one process: it is the median of the
ratios of neighbours, so that a machine whose speed changes does not change it. `batch_parts.py` prints where
the time of a batch goes. ``--standard`` writes JSON with the standard library although orjson is there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from statistics import median
from typing import Final

if "--standard" in sys.argv:
    sys.modules["orjson"] = None  # type: ignore[assignment]  # before anything looks for it

import attrs
import draining_server
from deliver import SIZE, Cost, best, connected, costing, ours, say, send_many, theirs
from transform import EVENT

from portcall.delivery.plan import Plan

QUICK: Final = "--quick" in sys.argv
EVENTS: Final = 20_000
PAIRS: Final = 5 if QUICK else 9
ROUNDS: Final = 1 if QUICK else 3


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


def main(words: Sequence[str]) -> None:
    """Compare, or measure the two sides of one process."""
    match words:
        case ["--sides", url, *_]:
            print(json.dumps(attrs.astuple(sides(url))))
        case _:
            compare()


if __name__ == "__main__":
    main(sys.argv[1:])
