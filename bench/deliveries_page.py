"""The page of deliveries with a million events in the outbox: how long a person waits for it.

    uv run python bench/deliveries_page.py [EVENTS]

The events go through the outbox itself: of each thousand, one is refused and three wait for another attempt.
The server of the pages runs in a thread of this process, and the page is asked for over a socket, as a
browser does, each time after another event was put. The first page is told apart: it opens the file and
reads templates.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

import urllib3

from portcall import SQLiteStore
from portcall.outbox import Lane, NewEvent, Outbox, Settlement, SQLiteOutbox
from portcall_server.process.listening import Listening, open_socket
from portcall_server.web.access import Access
from portcall_server.web.app import web_app
from portcall_server.web.site import Site

EVENTS: Final = 1_000_000
SIZE: Final = 4_000
TIMES: Final = 20
GRACE_S: Final = 1.0
LANE: Final = Lane(connection="shop", action="track")
EXCHANGE: Final = json.dumps(
    {"request": {"method": "POST", "body": "x" * 400}, "answer": {"status": 422}}
)


def fill(storage: SQLiteOutbox, events: int) -> None:
    """Put events, and give each its outcome."""
    for start in range(0, events, SIZE):
        made = [
            NewEvent(
                data=json.dumps({"type": "track", "event": f"e{number}"}), message_id=f"m-{number}"
            )
            for number in range(start, min(start + SIZE, events))
        ]
        storage.add(LANE, made)
        claim = storage.claim(storage.ready()[0].id, SIZE, 8 << 20, 60.0)
        if claim is None:
            raise SystemExit("what was put cannot be claimed")
        refused, later = claim.ids[::1000], [each for each in claim.ids if each % 1000 in {1, 2, 3}]
        rest = [each for each in claim.ids if each not in {*refused, *later}]
        in_an_hour = storage.clock.now_us() + 3_600_000_000
        storage.end(
            claim,
            [
                Settlement(ids=rest, state="delivered"),
                Settlement(ids=refused, state="rejected", reason="no such user", exchange=EXCHANGE),
                Settlement(
                    ids=later, state="waiting", outcome="retry", reason="busy", due_us=in_an_hour
                ),
            ],
        )


def ask(url: str, cookie: str) -> tuple[float, float]:
    """Return the milliseconds of one page by the wall and by CPU, that of the client included."""
    began, cpu = time.perf_counter(), time.process_time()
    answer = urllib3.request("GET", f"{url}/deliveries", headers={"cookie": cookie})
    if answer.status != 200:
        raise SystemExit(f"the page answered {answer.status}")
    return (time.perf_counter() - began) * 1e3, (time.process_time() - cpu) * 1e3


def main() -> None:
    """Measure, and print one line."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory() as folder:
        storage = SQLiteOutbox(Path(folder) / "outbox.sqlite3")
        fill(storage, events)
        outbox = Outbox(storage)
        site = Site(store=SQLiteStore(Path(folder) / "store"), outbox=outbox)
        listener = open_socket("127.0.0.1", 0)
        access = Access.at("127.0.0.1", listener.getsockname()[1])
        with Listening(web_app(site, access), listener, grace_s=GRACE_S) as listening:
            token = access.token.value if access.token else ""
            first = urllib3.request("GET", f"{listening.url}/?token={token}", redirect=False)
            cookie = first.headers["set-cookie"].partition(";")[0]
            pages = []
            for number in range(TIMES):
                storage.add(LANE, [NewEvent(data=json.dumps({"event": f"later {number}"}))])
                pages.append(ask(listening.url, cookie))
        site.close()
        wall, cpu = (median(each) for each in zip(*pages[1:], strict=True))
        slowest = max(each[0] for each in pages[1:])
        print(
            f"{events:,} events: the page takes {wall:.0f} ms by the wall (slowest of {TIMES - 1}: "
            f"{slowest:.0f}; the first: {pages[0][0]:.0f}), {cpu:.0f} ms of CPU; "
            f"load {os.getloadavg()[0]:.1f}"
        )


if __name__ == "__main__":
    main()
