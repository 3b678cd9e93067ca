"""A loopback server of a process of its own that takes a while to answer, to any number at once."""

from __future__ import annotations

import socket
import ssl
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from typing import Any

from serving import serving

AUTHORITY = "authority.pem"
_OWN = "own.pem"

_ANSWER = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'
)


class Server:
    """Answers each request some time after it came; a request comes in one piece.

    All answers take the same time, so that the request that came first is answered first. A queue is enough
    for that, and takes half of the CPU of an event loop, which the process that is measured would lack.
    """

    def __init__(self, delay_s: float, context: ssl.SSLContext | None) -> None:
        self._delay_s = delay_s
        self._context = context
        self._door = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self._door.settimeout(0)
        self._sockets = DefaultSelector()
        self._sockets.register(self._door, EVENT_READ)
        self._due: deque[tuple[float, socket.socket]] = deque()

    def serve(self) -> None:
        """Print the port, and serve until the process is killed."""
        print(self._door.getsockname()[1], flush=True)
        while True:
            wait_s = max(self._due[0][0] - monotonic(), 0.0) if self._due else None
            for key, _ in self._sockets.select(wait_s):
                with suppress(BlockingIOError, ssl.SSLWantReadError):
                    self._accept() if key.fileobj is self._door else self._receive(key.fileobj)
            self._answer()

    def _accept(self) -> None:
        while True:
            sock, _ = self._door.accept()
            sock.settimeout(0)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:  # the first that is received makes the handshake
                sock = self._context.wrap_socket(
                    sock, server_side=True, do_handshake_on_connect=False
                )
            self._sockets.register(sock, EVENT_READ)

    def _receive(self, sock: Any) -> None:
        data = b""
        with suppress(ConnectionError, ssl.SSLEOFError):
            data = sock.recv(65536)
        if data:
            self._due.append((monotonic() + self._delay_s, sock))
        else:
            self._sockets.unregister(sock)
            sock.close()

    def _answer(self) -> None:
        now = monotonic()
        while self._due and self._due[0][0] <= now:
            with suppress(OSError):  # it is closed, and was taken out
                self._due.popleft()[1].send(_ANSWER)


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


def _serve(delay_s: float, certificate: str | None = None) -> None:
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    Server(delay_s, context).serve()


if __name__ == "__main__":
    _serve(float(sys.argv[1]), *sys.argv[2:])
