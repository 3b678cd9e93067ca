"""A loopback server of a process of its own that takes a while to answer, to any number at once."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from serving import serving

AUTHORITY = "authority.pem"
_OWN = "own.pem"

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


@contextmanager
def running(delay_s: float, folder: Path | None = None) -> Iterator[str]:
    """Start the server; return its URL; stop it.

    Args:
        delay_s: How long it takes to answer.
        folder: For a certificate, and for that of its authority, `AUTHORITY`: the server speaks TLS then.
    """
    if folder is None:
        with serving(__file__, delay_s) as url:
            yield url
        return
    import trustme  # takes as long to import as all the rest

    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / AUTHORITY)
    own = authority.issue_cert("127.0.0.1")
    own.private_key_and_cert_chain_pem.write_to_path(folder / _OWN)
    with serving(__file__, delay_s, folder / _OWN) as url:
        yield url.replace("http:", "https:")


async def _serve(delay_s: float, certificate: str | None = None) -> None:
    loop, context = asyncio.get_running_loop(), None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    server = await loop.create_server(
        lambda: Answerer(delay_s), "127.0.0.1", 0, backlog=512, ssl=context
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]), *sys.argv[2:]))
