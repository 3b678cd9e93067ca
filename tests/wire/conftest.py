"""A server on raw sockets that does what a test tells it to, and a caller with every guard on."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from threading import Lock, Thread
from typing import Any, TypeAlias

import pytest
import trustme

from portcall.model.http_request import Request
from portcall.model.http_response import Response
from portcall.model.limits import Limits
from portcall.model.opaque import EMPTY
from portcall.secret import Text
from portcall.urls import parse
from portcall.wire.transport import Transport

LOOPBACK = ("127.0.0.0/8", "::1", "localhost")


class Connection:
    """One accepted connection, as a handler sees it."""

    def __init__(self, sock: socket.socket, number: int) -> None:
        self.sock = sock
        self.number = number
        self.send = sock.sendall
        self._buffer = b""

    def request(self) -> bytes:
        """Read one request, head and body; empty at the end of the connection."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                return b""
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(rest) < length and self._more():
            rest = self._buffer.partition(b"\r\n\r\n")[2]
        self._buffer = rest[length:]
        return head + b"\r\n\r\n" + rest[:length]

    def reset(self) -> None:
        """Break the connection so that the other side sees a reset and no end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.sock.close()

    def wait_until_gone(self) -> None:
        """Read until the other side closes."""
        with suppress(OSError):
            while self.sock.recv(65_536):
                pass

    def _more(self) -> bool:
        data = self.sock.recv(65_536)
        self._buffer += data
        return bool(data)


Handler: TypeAlias = Callable[[Connection], None]


class Peer:
    """Listens on loopback; every connection runs *handler* in a thread of its own."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None = None) -> None:
        self._handler, self._context = handler, context
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self.listener.getsockname()[1]
        self.accepted = 0
        self.requests: list[bytes] = []
        self._lock = Lock()
        self._open: dict[socket.socket, Thread] = {}
        self._acceptor = Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{'https' if self._context else 'http'}://{host}:{self.port}{path}"

    def wait_until_idle(self) -> None:
        """Wait until every handler has returned and its connection is closed."""
        with self._lock:
            still = list(self._open.values())
        for thread in still:
            thread.join()

    def close(self) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._acceptor.join()
        with self._lock:
            still = dict(self._open)
        for sock in still:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in still.values():
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self.listener.accept()
                self.accepted += 1
                thread = Thread(target=self._serve, args=(sock, self.accepted), daemon=True)
                with self._lock:
                    self._open[sock] = thread
                thread.start()

    def _serve(self, raw: socket.socket, number: int) -> None:
        sock = raw
        with suppress(OSError):
            if self._context:
                sock = self._context.wrap_socket(raw.dup(), server_side=True)
            connection = Connection(sock, number)
            read = connection.request
            connection.request = lambda: self._noted(read())  # type: ignore[method-assign]
            self._handler(connection)
        sock.close()
        with self._lock:
            self._open.pop(raw, None)
        raw.close()

    def _noted(self, request: bytes) -> bytes:
        if request:
            self.requests.append(request)
        return request


class Caller:
    """Sends through one transport, as a connection does after its policy."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def send(
        self,
        url: str,
        method: str = "GET",
        headers: Mapping[str, Text] = EMPTY,
        body: bytes | None = None,
        **more: Any,
    ) -> Response:
        limits = {k: more.pop(k) for k in list(more) if k.startswith("max_") or k.endswith("_s")}
        return self.transport.send_request(
            Request(
                method=method,
                url=url,
                headers=headers,
                body=body,
                limits=Limits(**limits),
                target=parse(url),
                **more,
            )
        )

    def read(self, *request: Any, **more: Any) -> bytes:
        """Send, and read the body of the answer, which may be what cannot be read."""
        return self.send(*request, **more).body


def answering(*answers: bytes, then_close: bool = False) -> Handler:
    """Answer the requests of each connection in turn, the last for ever."""

    def handle(connection: Connection) -> None:
        turn = 0
        while connection.request():
            connection.send(answers[min(turn, len(answers) - 1)])
            turn += 1
            if then_close:
                return

    return handle


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def serve() -> Iterator[Callable[..., Peer]]:
    """Start peers; they are gone at the end of the test."""
    with ExitStack() as stack:

        def start(handler: Handler, context: ssl.SSLContext | None = None) -> Peer:
            peer = Peer(handler, context)
            stack.callback(peer.close)
            return peer

        yield start


@pytest.fixture
def callers() -> Iterator[Callable[..., Caller]]:
    """Make callers with transports of their own."""
    with ExitStack() as stack:

        def make(**options: Any) -> Caller:
            options.setdefault("allow_private", LOOPBACK)
            transport = Transport(**options)
            stack.callback(transport.close)
            return Caller(transport)

        yield make


@pytest.fixture
def caller(callers: Callable[..., Caller]) -> Caller:
    """A caller that may talk to loopback, with half a second for each request."""
    return callers(limits=Limits(timeout_s=2.0))


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A private certificate authority."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Any) -> str:
    """The authority's certificate in a file."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


@pytest.fixture
def peers(serve: Callable[..., Peer]) -> type:
    """What tests build handlers and answers with."""
    return type("peers", (), {"OK": OK, "answering": staticmethod(answering)})


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """Name to addresses, each lookup taking the next; what is not in here does not exist."""
    table: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[Any]:
        answers = table.get(host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            found for address in addresses for found in real(address, port, type=socket.SOCK_STREAM)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return table
