"""A loopback server of a process of its own that throws bodies away, and says 200.

It takes next to nothing of the cores, so that what a sender takes shows: one call waits for a body as a
whole, and on Linux the system throws it away without a copy (``MSG_TRUNC``, tcp(7)).
"""

from __future__ import annotations

import socket
import sys
from contextlib import AbstractContextManager
from threading import Thread
from typing import Final

from serving import serving

_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
    b'{"success":true}'
)
_END: Final = b"\r\n\r\n"
_HEAD_BYTES: Final = 4096
_BUFFER_BYTES: Final = 1 << 20
_WHOLE: Final = socket.MSG_WAITALL | (socket.MSG_TRUNC if sys.platform == "linux" else 0)


def answer(connection: socket.socket) -> None:
    """Answer each request with a Content-Length when all of its body has come, until the sender hangs up."""
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer, head = bytearray(_BUFFER_BYTES), b""
        while True:
            while (end := head.find(_END)) < 0:
                came = connection.recv(_HEAD_BYTES)
                if not came:
                    return
                head += came
            fields = head[:end].lower()
            place = fields.find(b"content-length:")
            size = int(fields[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            left = size - (len(head) - end - len(_END))
            head = head[end + len(_END) + size :]
            while left > 0:
                came_bytes = connection.recv_into(buffer, min(left, _BUFFER_BYTES), _WHOLE)
                if not came_bytes:
                    return
                left -= came_bytes
            connection.sendall(_ANSWER)


def running() -> AbstractContextManager[str]:
    """Start the server; return its URL; stop it."""
    return serving(__file__)


def _serve() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            connection, _ = listening.accept()
            Thread(target=answer, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    _serve()
