"""Core's answer to ``send_request``: moves the bytes of one finished request."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Final
from weakref import finalize

from portcall.errors import DeadlineError, DisconnectedError, PolicyError, Sent, TransportError
from portcall.hosts.addresses import allow
from portcall.model.http_request import Request
from portcall.model.http_response import Headers, Response
from portcall.model.limits import Limits
from portcall.model.quick_init import maker
from portcall.plugins.hookimpls import hookimpl
from portcall.turns import away
from portcall.wire.body import read_body
from portcall.wire.dial import Route, open_socket
from portcall.wire.happy_eyeballs import Unreachable
from portcall.wire.head import Head, read_head
from portcall.wire.keep_alive import read_keep_alive
from portcall.wire.limits import Caps, left
from portcall.wire.outgoing import Call, LastHead
from portcall.wire.pool import Pool, Wire
from portcall.wire.proxy import proxy_for
from portcall.wire.reader import Reader
from portcall.wire.resolver import Resolve, resolve
from portcall.wire.tls import Contexts

_answer: Final = maker(Response)


class StaleError(DisconnectedError):
    """A connection that had been idle was dead: not a byte of an answer came."""


class Transport:
    """HTTP/1.1 with kept connections, one absolute deadline, caps on everything, no redirects.

    One for each host program; all threads share it.

    Args:
        allow_private: Hosts and networks that need not have public addresses: ``"localhost"``,
            ``"erp.internal:8443"``, ``"*.internal"``, ``"10.0.0.0/8"``.
        limits: What holds where a request has no opinion.
        ca_file: PEM file of the only authorities to trust; None for those of the system.
        trust_env: Honour ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``, ``NO_PROXY``,
            ``SSL_CERT_FILE``, ``SSL_CERT_DIR`` and ``SSLKEYLOGFILE``. A proxy looks names up
            itself: behind one the address guard sees addresses in URLs only. A proxy is asked for
            ``https`` with CONNECT, and for ``http`` with the absolute URL.
        look_up: Turns names into addresses; a test leads names to servers of its own.

    Raises:
        SettingsError: An entry of ``allow_private`` is neither a host nor a network, or a limit is not
            a number.
    """

    def __init__(
        self,
        *,
        allow_private: Sequence[str] = (),
        limits: Limits = Limits(),  # noqa: B008
        ca_file: str | None = None,
        trust_env: bool = False,
        look_up: Resolve = resolve,
    ) -> None:
        self._allowed = allow(allow_private)
        self._limits = limits
        self._caps = Caps().over(limits)
        self._contexts = Contexts(ca_file, trust_env=trust_env)
        self._trust_env = trust_env
        self._look_up = look_up
        self._unreachable = Unreachable()
        self._pool = Pool()
        self._last_head = LastHead()
        # A host that is dropped without close() must not leave sockets behind.
        finalize(self, self._pool.close)

    @hookimpl
    def send_request(self, request: Request) -> Response:
        if request.target is None:
            raise PolicyError("nothing was sent: no policy has allowed this request")
        proxy = proxy_for(request.target) if self._trust_env else None
        is_usual = request.limits is self._limits
        caps = self._caps if is_usual else self._caps.over(request.limits)
        call = Call(request, request.target, caps, proxy, self._last_head)
        try:
            response = self._over_kept(call)
            if response is None:
                response = self._exchange(self._open(call), call)
        except TransportError as error:
            failure = error
        else:
            request.answers.append(response)
            return response
        # The frames below hold the bytes of request and answer; a traceback must not.
        failure.__context__ = failure.__cause__ = None
        raise failure.with_traceback(None)

    def close(self) -> None:
        """Close every idle connection; one in use is closed when its request ends."""
        self._pool.close()

    def _over_kept(self, call: Call) -> Response | None:
        """Return the answer over a kept connection; None if there is none that is still open."""
        if call.by_proxy is not None and not call.repeatable:
            # Proxies end connections whose answer said that they stay, and a POST would be lost.
            return None
        wire = self._pool.take(call.key, repeatable=call.repeatable)
        if wire is None:
            return None
        try:
            return self._exchange(wire, call)
        except StaleError as error:
            if not (call.repeatable or error.sent is Sent.NO):
                raise DisconnectedError(str(error), error.sent) from None
        return None

    def _exchange(self, wire: Wire, call: Call) -> Response:
        keep = False
        try:
            response, keep = exchange(wire, call)
        finally:
            if not keep:
                wire.close()
        if keep:
            self._pool.put(call.key, wire)
        if response.status == 407 and call.by_proxy is not None:
            raise call.by_proxy.refusal(call.url, 407)
        return response

    def _open(self, call: Call) -> Wire:
        context = self._contexts.get(call.key[3]) if call.url.scheme == "https" else None
        route = Route(
            call.url, self._allowed, self._unreachable, context, call.proxy, self._look_up
        )
        with away():
            return Wire(open_socket(route, call.connect_ends_at))


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
    reader = Reader(wire.sock, call.url, call.ends_at, wire.until_readable)
    try:
        whole = _send(wire, call)
        head = read_head(reader, call.caps)
    except (TransportError, OSError) as error:
        failure = _failure(error, reader, wire.sent)
    else:
        response, keep = _response(reader, head, call)
        hint = head.fields.get("keep-alive")
        if hint or wire.requests is not None:
            keep &= wire.note(read_keep_alive(",".join(hint or ())))
        return response, keep and whole
    if wire.reused and not reader.started and isinstance(failure, DisconnectedError):
        failure = StaleError(str(failure), wire.sent)
    raise failure


def _response(reader: Reader, head: Head, call: Call) -> tuple[Response, bool]:
    unreadable, body, keep = None, b"", False
    try:
        body, keep = read_body(reader, head, call.method, call.caps)
    except (TransportError, OSError) as error:
        # Its frames hold bytes of the answer, and it outlives them.
        unreadable = _failure(error, reader, Sent.MAYBE).with_traceback(None)
    response = _answer(
        status=head.status,
        headers=Headers.by_name(head.fields),
        body=body,
        url=f"{call.origin}{call.url.target.partition('?')[0]}",
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
        message = f"{place}: no complete answer in the time allowed"
        return DeadlineError(message, sent, reader.status)
    return DisconnectedError(f"{place}: the connection broke{_why(error)}", sent, reader.status)


def _send(wire: Wire, call: Call) -> bool:
    """Send a request piece by piece, so that the deadline holds for the whole.

    Returns:
        Whether all of it was taken; an answer that came before the end (413, say) stands without that.
    """
    data = call.data
    wire.sent = Sent.NO
    try:
        left(call.ends_at)
        sent = _sent_at_once(wire, data)
        if sent < len(data):
            with away():
                _send_rest(wire, memoryview(data)[sent:], call.ends_at)
    except TimeoutError:
        raise
    except OSError:
        if wire.sent is Sent.NO:
            raise
        return False
    return True


def _sent_at_once(wire: Wire, data: bytes) -> int:
    """Send what can be sent without a wait, and return how much that was, so that a thread keeps its turn."""
    send, piece, sent = wire.sock.send, wire.piece, 0
    with_rest = len(data) > piece
    try:
        while sent < len(data):
            sent += send(memoryview(data)[sent : sent + piece] if with_rest or sent else data)
            wire.sent = Sent.MAYBE
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        pass
    return sent


def _send_rest(wire: Wire, rest: memoryview, ends_at: float) -> None:
    sock = wire.sock
    try:
        while rest:
            sock.settimeout(left(ends_at))
            rest = rest[sock.send(rest[: wire.piece]) :]
            wire.sent = Sent.MAYBE
    finally:
        sock.settimeout(0)


def _why(error: OSError) -> str:
    reason = error.reason if isinstance(error, ssl.SSLError) else error.strerror
    return f": {reason}" if reason else ""
