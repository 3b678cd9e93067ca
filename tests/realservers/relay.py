"""A relay between a client and a server that holds the server's answers back, or drops one of them."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

_MOST: Final = 65_536


class Relay:
    """Passes connections on to *url*; while ``held`` is set, requests pass and answers do not.

    Args:
        url: Of the server.

    Attributes:
        url: Of this relay.
        arrived: Set once the server has answered something that is held back.
    """

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._server: Final = (target.hostname or "", target.port or 80)
        self._listener: Final = socket.create_server(("127.0.0.1", 0))
        self.url: Final = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._passing: Final = Event()
        self._passing.set()
        self.arrived: Final = Event()
        self._open: Final[list[socket.socket]] = []
        self._drops = b""
        self._dropped: Final[set[socket.socket]] = set()
        Thread(target=self._accept, daemon=True).start()

    def hold(self) -> None:
        """Hold answers back from now on."""
        self.arrived.clear()
        self._passing.clear()

    def let_go(self) -> None:
        """Pass on what was held back, and what comes."""
        self._passing.set()

    def drop_answer(self, request: bytes) -> None:
        """Cut the next connection whose request has these bytes, once the server has answered."""
        self.arrived.clear()
        self._drops = request

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cut all connections, and take no more."""
        self.let_go()
        for sock in (self._listener, *self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._server)
                self._open += (near, far)
                Thread(target=self._pass, args=(near, far, False), daemon=True).start()
                Thread(target=self._pass, args=(far, near, True), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, held: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_MOST):
                if not held and self._drops and self._drops in data:
                    self._drops = b""
                    self._dropped.add(sink)
                if source in self._dropped:
                    self.arrived.set()
                    break
                if held and not self._passing.is_set():
                    self.arrived.set()
                    self._passing.wait()
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
