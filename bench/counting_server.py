"""A loopback server of a process of its own that counts how often each event arrived."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from contextlib import AbstractContextManager
from typing import Final
from urllib.request import urlopen

from serving import serving

_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
_ID: Final = re.compile(rb'"messageId":\s*"m-(\d+)"')
_PART: Final = re.compile(rb"/(\d+)-(\d+) ")


class Counter(asyncio.Protocol):
    """Counts the events of each POST; a GET tells of them, or of those from one number to another.

    Args:
        counts: How often each event arrived, by its number; at most 255.
        delay_s: So long after the end of a POST it is answered.
    """

    def __init__(self, counts: bytearray, delay_s: float) -> None:
        self._counts = counts
        self._delay_s = delay_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport
        self._seen = bytearray()

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._seen += data
        while (end := self._seen.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._seen[:end]).lower()
            at = head.find(b"content-length:")
            size = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._seen) < end + 4 + size:
                return
            is_get = head.startswith(b"get")
            said = self._tell(head) if is_get else self._count(end + 4, size)
            del self._seen[: end + 4 + size]
            self._answer(said, 0.0 if is_get else self._delay_s)

    def _answer(self, said: bytes, delay_s: float) -> None:
        write = self._transport.write  # type: ignore[attr-defined]
        answer = _HEAD % (len(said), said)
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, write, answer)
        else:
            write(answer)

    def _count(self, begin: int, size: int) -> bytes:
        for number in _ID.findall(self._seen, begin, begin + size):
            self._counts[int(number)] = min(self._counts[int(number)] + 1, 255)
        return b'{"success":true}'

    def _tell(self, head: bytes) -> bytes:
        part = _PART.search(head)
        counts = self._counts[int(part[1]) : int(part[2])] if part else self._counts
        never = counts.count(0)
        said = {"arrived": len(counts) - never, "more_than_once": 0, "never": never}
        said["more_than_once"] = said["arrived"] - counts.count(1)
        return json.dumps(said).encode()


def running(events: int, delay_s: float = 0.0) -> AbstractContextManager[str]:
    """Start the server for so many events; return its URL; stop it."""
    return serving(__file__, events, delay_s)


def told(url: str, first: int | None = None, after: int | None = None) -> dict[str, int]:
    """Return what a server has seen, of all events or of those from one number up to another."""
    part = "" if first is None else f"{first}-{after}"
    with urlopen(f"{url}/{part}", timeout=10) as response:
        seen: dict[str, int] = json.load(response)
    return seen


async def _serve(events: int, delay_s: float) -> None:
    counts = bytearray(events)
    server = await asyncio.get_running_loop().create_server(
        lambda: Counter(counts, delay_s), "127.0.0.1", 0, backlog=512
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
