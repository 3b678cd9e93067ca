"""The other side of the wire: an HTTP server on loopback that records what arrives."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Final, Self

from portcall.checks.reply import Reply
from portcall.model.http_response import Headers
from portcall.testing.messages import Answer, Received

LOOPBACK: Final = "127.0.0.1"
_IDLE_S: Final = 30.0


class Peer:
    """An HTTP/1.1 server on loopback, in threads of its own; a context manager.

    A request without a route gets 404 with the routes in its body.

    Example::

        def test_event_arrives(peer, host):
            peer.route("POST", "/events", Reply(204))
            ...
            assert peer.requests[0].json() == {"type": "track"}
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._log: list[Received] = []
        self._routes: dict[tuple[str, str], list[Answer]] = {}
        self._failures: list[BaseException] = []
        self._rest: Answer = self._none
        self._server = _Server(self._answer)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end: ``http://127.0.0.1:49152``."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def requests(self) -> tuple[Received, ...]:
        """Everything that arrived so far, in order."""
        with self._lock:
            return tuple(self._log)

    def received(self, path: str, method: str | None = None) -> tuple[Received, ...]:
        """Return what arrived at one path, in order; with *method*, only those."""
        return tuple(
            each for each in self.requests if each.path == path and method in {None, each.method}
        )

    def route(self, method: str, path: str, *answers: Answer) -> None:
        """Set the answers to a method and path; they replace what was set before.

        Args:
            method: Upper case.
            path: Exact, without query.
            answers: One for each request, in order; the last one stays. None of them: an empty 200.
        """
        with self._lock:
            self._routes[method, path] = [*answers] or [Reply()]

    def otherwise(self, answer: Answer) -> None:
        """Set the answer to every request without a route."""
        with self._lock:
            self._rest = answer

    def speak_tls(self, context: ssl.SSLContext) -> None:
        """Answer in TLS to clients that begin it, and in plain HTTP to all others."""
        self._server.context = context

    def close(self) -> None:
        """Stop, and raise what an answering function raised, if one did."""
        self._stop()
        if self._failures:
            raise self._failures[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:  # what failed inside says more
            self._stop()

    def __repr__(self) -> str:
        return f"<Peer {self.url}>"

    def _stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, request: Received) -> Reply:
        with self._lock:
            self._log.append(request)
            answers = self._routes.get((request.method, request.path), [])
            answer = answers.pop(0) if len(answers) > 1 else answers[0] if answers else self._rest
        try:
            return answer(request) if callable(answer) else answer
        except BaseException as error:  # noqa: BLE001  # a failed assertion belongs to the test
            self._failures.append(error)
            return Reply(500, json={"error": f"the test's own answer raised {error!r}"})

    def _none(self, request: Received) -> Reply:
        routes = [f"{method} {path}" for method, path in self._routes]
        return Reply(404, json={"error": f"no route for {request.method} {request.path}; {routes}"})


class _Server(ThreadingHTTPServer):
    """Keeps its connections, so that closing it ends them and their threads."""

    daemon_threads = False
    request_queue_size = 256

    def __init__(self, answer: Callable[[Received], Reply]) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.answer = answer
        self.numbers = count(1)
        self.context: ssl.SSLContext | None = None
        self._open: set[socket.socket] = set()

    def keep(self, connection: socket.socket) -> None:
        """Remember a connection until it is shut down."""
        self._open.add(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.keep(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""

    def server_close(self) -> None:
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = _IDLE_S
    server: _Server
    headers: Message[str, str]

    def setup(self) -> None:
        if self.server.context is not None:
            self.request = self._secured(self.request, self.server.context)
            self.server.keep(self.request)
        super().setup()
        self.number = next(self.server.numbers)

    def finish(self) -> None:
        super().finish()
        if isinstance(self.request, ssl.SSLSocket):  # the server knows only what it accepted
            self.server.shutdown_request(self.request)

    @staticmethod
    def _secured(connection: socket.socket, context: ssl.SSLContext) -> socket.socket:
        """Return the connection, in TLS if the other side begins that (RFC 8446 §5.1)."""
        connection.settimeout(_IDLE_S)
        if connection.recv(1, socket.MSG_PEEK) != b"\x16":
            return connection
        return context.wrap_socket(connection, server_side=True)

    def handle_request(self) -> None:
        if self.headers.get("transfer-encoding"):
            self.close_connection = True
            self._write(Reply(411, json={"error": "this peer reads bodies with a Content-Length"}))
            return
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        received = Received(
            method=self.command,
            target=self.path,
            headers=Headers(self.headers.items()),
            body=body,
            connection=self.number,
        )
        self._write(self.server.answer(received))

    def __getattr__(self, name: str) -> Any:
        """Return one answer to every method: the base class asks for ``do_<method>``."""
        if name.startswith("do_"):
            return self.handle_request
        raise AttributeError(name)

    def _write(self, reply: Reply) -> None:
        if reply.hang_up:
            self.close_connection = True
            return
        body = reply.body if reply.json is None else json.dumps(reply.json).encode()
        headers = {} if reply.json is None else {"Content-Type": "application/json"}
        self.send_response(reply.status)
        for name, value in {**headers, **reply.headers}.items():
            self.send_header(name, value)
        if reply.status not in {204, 304}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and reply.status not in {204, 304}:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The log is `Peer.requests`."""
