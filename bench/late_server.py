"""A loopback server of a process of its own that takes a while to answer, to any number at once."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AbstractContextManager

from serving import serving

_ANSWER = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'
)


class Answerer(asyncio.Protocol):
    """Answers each request some time after its end; a request comes in one piece."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer later."""
        del data
        write = self._transport.write  # type: ignore[attr-defined]
        asyncio.get_running_loop().call_later(self._delay_s, write, _ANSWER)


def running(delay_s: float) -> AbstractContextManager[str]:
    """Start the server; return its URL; stop it."""
    return serving(__file__, delay_s)


async def _serve(delay_s: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answerer(delay_s), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
