"""The road of one event through a warm ``portcall send``: Python calls, files and stack depth.

    uv run python bench/frames.py [--list]

The command runs in this process with one worker, on a file of events that differ, against a server of a
process of its own; each event is one POST by the webhook destination. One event is what happens
between two entries of the transport, so that reading, journal, sending and reporting are all counted.
Events that do what most do are told apart from those that, say, flush the journal by the median.
With ``--list``, every call of one event is printed, indented by its depth.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import median
from threading import get_ident
from types import CodeType, FrameType
from typing import Any, Final

import attrs
import server

import portcall
from portcall.cli.app import run

EVENTS: Final = 200
WARM: Final = 100
"""So many events go by before any is counted: caches are full then, and modules imported."""

CORE: Final = str(Path(portcall.__file__).parent)
BORDER: Final = ("wire/transport.py", "send_request")


@attrs.frozen
class Called:
    """One call of a Python function.

    Args:
        code: Of the function.
        depth: Frames of portcall on the stack, this one counted.
        depth_of_all: Frames of any package on the stack.
    """

    code: CodeType
    depth: int
    depth_of_all: int

    @property
    def file(self) -> str:
        """The file, from the package's folder on."""
        return self.code.co_filename.removeprefix(CORE).lstrip("/")

    @property
    def is_core(self) -> bool:
        """It is a function of portcall's own."""
        return self.code.co_filename.startswith(CORE)


class Tracer:
    """Collects the calls of each event, from one entry of the transport to the next in that thread."""

    def __init__(self) -> None:
        self._by_thread: defaultdict[int, list[list[Called]]] = defaultdict(lambda: [[]])

    @property
    def events(self) -> list[list[Called]]:
        """The calls of each event, in the thread that sends them."""
        return max(self._by_thread.values(), key=len)

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """Take what `sys.setprofile` says; a generator that goes on enters its frame again."""
        if event != "call":
            return
        depth = depth_of_all = 1
        outer = frame.f_back
        while outer is not None:
            depth += outer.f_code.co_filename.startswith(CORE)
            depth_of_all += 1
            outer = outer.f_back
        events = self._by_thread[get_ident()]
        called = Called(frame.f_code, depth, depth_of_all)
        if called.code.co_name == BORDER[1] and called.file == BORDER[0]:
            events.append([])
        events[-1].append(called)


@contextmanager
def tracing() -> Iterator[Tracer]:
    """Trace this thread, and those that it starts."""
    tracer = Tracer()
    threading.setprofile(tracer)
    sys.setprofile(tracer)
    try:
        yield tracer
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def trace(url: str) -> list[list[Called]]:
    """Send events with the command; return the calls of each warm one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "events.ndjson")
        events = [
            {"type": "track", "event": f"Order {n}", "messageId": f"m{n}"} for n in range(EVENTS)
        ]
        path.write_text("".join(json.dumps(each) + "\n" for each in events), encoding="ascii")
        words = ["send", "webhook", "send", str(path), "--workers", "1", "--json"]
        words += ["--set", f"url={url}", "--allow-private", "127.0.0.1"]
        with redirect_stdout(StringIO()) as out, tracing() as tracer:
            code = run(words)
    said: dict[str, Any] = json.loads(out.getvalue())
    if code or said["delivered"] != EVENTS:
        raise RuntimeError(f"exit code {code}: {said}")
    return tracer.events[WARM:-1]


def main() -> None:
    """Measure and print."""
    with server.running() as url:
        events = trace(url)
    ours = [[called for called in calls if called.is_core] for calls in events]
    usual = int(median(map(len, ours)))
    one = next(calls for calls, own in zip(events, ours, strict=True) if len(own) == usual)
    own = [called for called in one if called.is_core]
    if "--list" in sys.argv:
        for called in one:
            print(f"{'  ' * (called.depth - 1)}{called.code.co_qualname}  {called.file}")
    print(_said("portcall", own, max(called.depth for called in own)))
    print(_said("with other packages", one, max(called.depth_of_all for called in one)))
    print("goals of portcall: frames 90, files 25, depth 28")


def _said(what: str, calls: Sequence[Called], depth: int) -> str:
    return f"{what}: frames {len(calls)}, files {len({each.file for each in calls})}, depth {depth}"


if __name__ == "__main__":
    main()
