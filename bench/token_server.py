"""An OAuth 2.0 server in a process of its own: rotating refresh tokens, reuse kills the family."""

from __future__ import annotations

import json
import secrets
import sys
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from time import monotonic, sleep
from urllib.parse import parse_qs

from serving import serving


class State:
    """What the server knows; every change under one lock."""

    def __init__(self, life_s: float, delay_s: float) -> None:
        self.lock = Lock()
        self.life_s, self.delay_s = life_s, delay_s
        self.refresh, self.access, self.ends = "r0", "a0", monotonic()
        self.calls = self.reuse = self.served = self.refused = 0

    def token(self, presented: str) -> tuple[int, dict[str, object]]:
        """Rotate, or kill the family if the refresh token was used before."""
        with self.lock:
            self.calls += 1
            if presented != self.refresh:
                self.reuse += 1
                self.refresh = self.access = "dead"
                return 400, {"error": "invalid_grant"}
            self.refresh, self.access = secrets.token_hex(16), secrets.token_hex(16)
            self.ends = monotonic() + self.life_s
            answer = {"access_token": self.access, "refresh_token": self.refresh}
        sleep(self.delay_s)
        with self.lock:
            self.ends = monotonic() + self.life_s
        return 200, {**answer, "token_type": "bearer", "expires_in": self.life_s}

    def api(self, presented: str) -> tuple[int, dict[str, object]]:
        """Serve whoever has the current token."""
        with self.lock:
            good = presented == f"Bearer {self.access}" and monotonic() < self.ends
            self.served += good
            self.refused += not good
        return (200, {}) if good else (401, {"error": "invalid_token"})


class Handler(BaseHTTPRequestHandler):
    """``POST /token``, ``GET /api``, ``GET /state``."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    state: State

    def do_POST(self) -> None:
        """Answer the token endpoint."""
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self._answer(*self.state.token(parse_qs(body)["refresh_token"][0]))

    def do_GET(self) -> None:
        """Answer the API, or say what was counted."""
        if self.path == "/state":
            names = ("calls", "reuse", "served", "refused")
            self._answer(200, {name: getattr(self.state, name) for name in names})
        else:
            self._answer(*self.state.api(self.headers.get("authorization", "")))

    def _answer(self, status: int, document: dict[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Takes many connections at once."""

    request_queue_size = 1024
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no news."""


def running(life_s: float, delay_s: float = 0.0) -> AbstractContextManager[str]:
    """Start the server; return its URL; stop it."""
    return serving(__file__, life_s, delay_s)


if __name__ == "__main__":
    Handler.state = State(float(sys.argv[1]), float(sys.argv[2]))
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
