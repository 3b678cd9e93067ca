"""One request and its answer on one connection."""

from __future__ import annotations

import socket
import ssl
from typing import Final

from portcall.errors import DeadlineError, DisconnectedError, Sent, TransportError
from portcall.model import Headers, Response
from portcall.wire.body import read_body
from portcall.wire.call import Call
from portcall.wire.head import read_head
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

    Args:
        wire: An open connection.
        call: The request, the caps on its answer, and until when.

    Returns:
        The answer, and whether the connection can carry another request.

    Raises:
        StaleError: The connection was reused, and had been closed meanwhile.
        TransportError: Anything else that kept a usable answer from coming.
    """
    sending = _Sending(wire.sock, call.outgoing)
    reader = Reader(wire.sock, call.url, call.ends_at)
    place = call.url.place
    failure: TransportError
    try:
        sending.send(call.ends_at)
        response, keep = _read(reader, call)
    except TimeoutError:
        failure = DeadlineError(f"{place}: no whole answer in the time allowed", sending.sent)
    except TransportError as error:
        failure = error
    except OSError as error:
        failure = DisconnectedError(f"{place}: the connection broke{_why(error)}", sending.sent)
    else:
        return response, keep and sending.whole
    if wire.reused and not reader.started and isinstance(failure, DisconnectedError):
        failure = StaleError(str(failure), sending.sent)
    failure.status = reader.status
    if failure.status is not None:
        failure.sent = Sent.MAYBE
    raise failure


def _read(reader: Reader, call: Call) -> tuple[Response, bool]:
    head = read_head(reader, call.caps)
    body, marked = read_body(reader, head, call.method, call.caps)
    url = reader.url
    response = Response(
        status=head.status,
        headers=Headers((name, value) for name, values in head.fields.items() for value in values),
        body=body,
        url=f"{url.scheme}://{url.authority}{url.target.partition('?')[0]}",
    )
    return response, marked and head.keeps and not reader.leftover


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
