"""A small HTTP server on loopback for the demo's receivers; knows nothing of portcall."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Final, Self, TypeAlias

Answer: TypeAlias = tuple[int, dict[str, Any]]

LOOPBACK: Final = "127.0.0.1"
MAX_BODY_BYTES: Final = 1 << 20


class Receiver:
    """A server in threads of its own; a context manager. Subclasses say what to answer."""

    def __init__(self) -> None:
        self.lock: Final = Lock()
        self.accepted = 0
        self.refused = 0
        self.unauthorized = 0
        self._server: Final = _Server((LOOPBACK, 0), _Handler)
        self._server.receiver = self
        self._thread: Final = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return status and JSON for one request."""
        raise NotImplementedError

    def take(self, event: Mapping[str, Any]) -> Answer:
        """Count one event of a sender with credentials, or refuse it for what it says."""
        fault = fault_of(event)
        if fault:
            self.refused += 1
            return 422, {"error": fault}
        self.accepted += 1
        return 202, {"received": self.accepted}

    def unauthorised(self, why: str) -> Answer:
        """Refuse the credentials of a request."""
        self.unauthorized += 1
        return 401, {"error": why}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def fault_of(event: Mapping[str, Any]) -> str:
    """Return what is wrong with an event, as a strict receiver does; empty if nothing is."""
    properties, traits = event.get("properties") or {}, event.get("traits") or {}
    if properties.get("total", 0) < 0:
        return "total must not be negative"
    if "email" in traits and "@" not in traits["email"]:
        return "email is not an address"
    return ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 30
    server: _Server

    def handle_request(self) -> None:
        length = min(int(self.headers.get("content-length", 0)), MAX_BODY_BYTES)
        body = self.rfile.read(length)
        status, said = self.server.receiver.answer(
            self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body
        )
        data = json.dumps(said).encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Bearer error="invalid_token"')
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = handle_request  # noqa: N815  # the base class looks for these names

    def log_message(self, *_: object) -> None:
        """The demo says itself what arrived."""
