"""A loopback server of a process of its own that counts how often each event arrived."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from contextlib import AbstractContextManager
from typing import Final

from serving import serving

_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
_ID: Final = re.compile(rb'"messageId":\s*"m-(\d+)"')


class Counter(asyncio.Protocol):
    """Counts the events of each POST; a GET tells of them.

    Args:
        counts: How often each event arrived, by its number; at most 255.
    """

    def __init__(self, counts: bytearray) -> None:
        self._counts = counts

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
            said = self._tell() if head.startswith(b"get") else self._count(end + 4, size)
            del self._seen[: end + 4 + size]
            self._transport.write(_HEAD % (len(said), said))  # type: ignore[attr-defined]

    def _count(self, begin: int, size: int) -> bytes:
        for number in _ID.findall(self._seen, begin, begin + size):
            self._counts[int(number)] += 1
        return b'{"success":true}'

    def _tell(self) -> bytes:
        never = self._counts.count(0)
        said = {"arrived": len(self._counts) - never, "more_than_once": 0, "never": never}
        said["more_than_once"] = said["arrived"] - self._counts.count(1)
        return json.dumps(said).encode()


def running(events: int) -> AbstractContextManager[str]:
    """Start the server for so many events; return its URL; stop it."""
    return serving(__file__, events)


async def _serve(events: int) -> None:
    counts = bytearray(events)
    server = await asyncio.get_running_loop().create_server(lambda: Counter(counts), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
