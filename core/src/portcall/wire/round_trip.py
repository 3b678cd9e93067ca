"""One request and its answer on one connection."""

from __future__ import annotations

import socket
import ssl
from typing import Final

from portcall.errors import DeadlineError, DisconnectedError, Sent, TransportError
from portcall.model import Headers, Response
from portcall.wire.body import read_body
from portcall.wire.call import Call
from portcall.wire.head import Head, read_head
from portcall.wire.keep_alive import read_keep_alive
from portcall.wire.limits import left
from portcall.wire.outgoing import Outgoing
from portcall.wire.pool import Wire
from portcall.wire.reader import Reader

_TLS_RECORD: Final = 16_384
_PIECE: Final = 1_048_576


class StaleError(DisconnectedError):
    """A connection that had been idle was dead: not a byte of an answer came."""


def exchange(wire: Wire, call: Call) -> tuple[Response, bool]:
    """Send a request and read the answer.

    A head that was read is an answer: what keeps its body from being read goes into
    ``Response.unreadable``, as the destination has decided.

    Args:
        wire: An open connection.
        call: The request, the caps on its answer, and until when.

    Returns:
        The answer, and whether the connection can carry another request.

    Raises:
        StaleError: The connection was reused, and had been closed meanwhile.
        TransportError: Anything else that kept a head from being read; carries the status where the
            status line was.
    """
    sending = _Sending(wire.sock, call.outgoing)
    reader = Reader(wire.sock, call.url, call.ends_at)
    try:
        sending.send(call.ends_at)
        head = read_head(reader, call.caps)
    except (TransportError, OSError) as error:
        failure = _failure(error, reader, sending.sent)
    else:
        response, keep = _response(reader, head, call)
        hint = head.fields.get("keep-alive")
        if hint or wire.requests is not None:
            keep &= wire.note(read_keep_alive(",".join(hint or ())))
        return response, keep and sending.whole
    if wire.reused and not reader.started and isinstance(failure, DisconnectedError):
        failure = StaleError(str(failure), sending.sent)
    raise failure


def _response(reader: Reader, head: Head, call: Call) -> tuple[Response, bool]:
    unreadable, body, keep = None, b"", False
    try:
        body, keep = read_body(reader, head, call.method, call.caps)
    except (TransportError, OSError) as error:
        # Its frames hold bytes of the answer, and it outlives them.
        unreadable = _failure(error, reader, Sent.MAYBE).with_traceback(None)
    url = reader.url
    response = Response(
        status=head.status,
        headers=Headers((name, value) for name, values in head.fields.items() for value in values),
        body=body,
        url=f"{url.scheme}://{url.authority}{url.target.partition('?')[0]}",
        unreadable=unreadable,
    )
    return response, keep and head.keeps and not reader.leftover


def _failure(error: TransportError | OSError, reader: Reader, sent: Sent) -> TransportError:
    """Build the error of our tree for what went wrong; an answer that has begun was asked for."""
    sent = Sent.MAYBE if reader.status else sent
    if isinstance(error, TransportError):
        error.sent, error.status = Sent.MAYBE, reader.status
        return error
    place = reader.url.place
    if isinstance(error, TimeoutError):
        message = f"{place}: no whole answer in the time allowed"
        return DeadlineError(message, sent, reader.status)
    return DisconnectedError(f"{place}: the connection broke{_why(error)}", sent, reader.status)


class _Sending:
    """Sends piece by piece, so that the deadline holds for the whole.

    Args:
        sock: Where to.
        outgoing: What; under TLS one record at a time, as a larger write takes the time it takes.
    """

    __slots__ = ("_outgoing", "_sock", "sent", "whole")

    def __init__(self, sock: socket.socket, outgoing: Outgoing) -> None:
        self._sock = sock
        self._outgoing = outgoing
        self.sent = Sent.NO
        self.whole = False

    def send(self, ends_at: float) -> None:
        """Send all; an answer that came before the end (413, say) stands though sending broke."""
        try:
            self._send(ends_at)
            self.whole = True
        except TimeoutError:
            raise
        except OSError:
            if self.sent is Sent.NO:
                raise

    def _send(self, ends_at: float) -> None:
        piece = _TLS_RECORD if isinstance(self._sock, ssl.SSLSocket) else _PIECE
        rest = memoryview(self._outgoing.data)
        while rest:
            self._sock.settimeout(left(ends_at))
            rest = rest[self._sock.send(rest[:piece]) :]
            self.sent = Sent.MAYBE


def _why(error: OSError) -> str:
    reason = error.reason if isinstance(error, ssl.SSLError) else error.strerror
    return f": {reason}" if reason else ""
