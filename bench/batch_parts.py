"""Where the time of a batch of 1,000 events goes.

    uv run python bench/batch_parts.py [--standard]

Prints what the parts take: instructions of the program in user mode where `perf` is there, else nanoseconds
of CPU time, each as the difference between two lengths. ``--standard`` writes JSON with the standard library
although orjson is there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from threading import Event
from time import process_time
from typing import Any, Final

if "--standard" in sys.argv:
    sys.modules["orjson"] = None  # type: ignore[assignment]  # before anything looks for it

import draining_server
from deliver import SIZE, connected, ours, send_many
from transform import EVENT

from portcall import Outcome
from portcall.actions.payloads.together import as_they_are
from portcall.delivery.alike import Alike
from portcall.delivery.event_reader import MOST, EventReader
from portcall.delivery.plan import Plan

MEASURED: Final = 40 * SIZE
"""The shorter one of the two lengths whose difference is taken; the other is four times as long."""


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
    """Print the table, or measure one part of it."""
    match words:
        case ["--part", name, count, url, *_]:
            part(name, int(count), url)
        case _:
            where()


if __name__ == "__main__":
    main(sys.argv[1:])
