"""A loopback server of a process of its own that reads bodies into one buffer, looks at none, and says 200.

It takes as little of the cores as a receiver can, so that what a sender takes shows.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager

from serving import serving

_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"success":true}'
_END = b"\r\n\r\n"
_BUFFER_BYTES = 1 << 20


class Drain(asyncio.BufferedProtocol):
    """Answers each request with a Content-Length when all of its body has come."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport
        self._buffer = bytearray(_BUFFER_BYTES)
        self._head = b""
        self._left = 0
        """Bytes of the body that are still to come; 0 within a head."""

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002  # asyncio's
        """Return where the next bytes go."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take bytes that have come."""
        at = 0
        while at < nbytes:
            if self._left:
                taken = min(self._left, nbytes - at)
                at, self._left = at + taken, self._left - taken
                if not self._left:
                    self._transport.write(_ANSWER)  # type: ignore[attr-defined]
                continue
            begun = len(self._head)
            self._head += self._buffer[at:nbytes]
            end = self._head.find(_END)
            if end < 0:
                return
            at += end + len(_END) - begun
            head, self._head = self._head[:end].lower(), b""
            place = head.find(b"content-length:")
            self._left = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            if not self._left:
                self._transport.write(_ANSWER)  # type: ignore[attr-defined]


def running() -> AbstractContextManager[str]:
    """Start the server; return its URL; stop it."""
    return serving(__file__)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Drain, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
