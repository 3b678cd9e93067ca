"""The socket that is listened on, and uvicorn on it in a thread of its own."""

from __future__ import annotations

import errno
import socket
from threading import Thread
from typing import Final, Self

import uvicorn
from starlette.types import ASGIApp

from portcall import SettingsError

BACKLOG: Final = 512
GRACE_S: Final = 10.0
_ADVICE: Final = {
    errno.EADDRINUSE: "; another program listens there: end it, or give another --port (0: any)",
    errno.EACCES: "; a port below 1024 is for the system: give another --port",
    errno.EADDRNOTAVAIL: "; this machine has no such address: give another --host",
}


def open_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Args:
        host: An address or a name of this machine.
        port: 0 for any that is free.

    Raises:
        SettingsError: The address cannot be listened on; says why.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as exc:
        advice = _ADVICE.get(exc.errno or 0, "")
        raise SettingsError(
            f"{host} port {port} cannot be listened on: {exc.strerror}{advice}"
        ) from None
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Listening:
    """An application that is served while this context manager is open.

    uvicorn runs in a thread, so that the main thread can wait for signals.

    Args:
        app: What answers.
        listener: A listening socket; closed at the end.
        grace_s: Seconds that requests under way have at the end.
    """

    def __init__(self, app: ASGIApp, listener: socket.socket, grace_s: float = GRACE_S) -> None:
        self.url: Final = url_of(listener)
        self._listener = listener
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=max(1, round(grace_s)),
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(
            target=self._server.run, args=([listener],), name="portcall-http", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()
