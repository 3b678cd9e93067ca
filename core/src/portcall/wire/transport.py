"""Core's answer to ``send_request``: moves the bytes of one finished request."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import finalize

from portcall.errors import DisconnectedError, PolicyError, Sent, TransportError
from portcall.hosts.addresses import allow
from portcall.model import Limits, Request, Response
from portcall.plugins.hookspecs import hookimpl
from portcall.wire.call import Call
from portcall.wire.dial import Route, open_socket
from portcall.wire.happy_eyeballs import Unreachable
from portcall.wire.limits import Caps
from portcall.wire.pool import Pool, Wire
from portcall.wire.proxy import proxy_for
from portcall.wire.resolver import Resolve, resolve
from portcall.wire.round_trip import StaleError, exchange
from portcall.wire.tls import Contexts


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
        SettingsError: An entry of ``allow_private`` is no host and no network, or a limit no number.
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
        self._caps = Caps().over(limits)
        self._contexts = Contexts(ca_file, trust_env=trust_env)
        self._trust_env = trust_env
        self._look_up = look_up
        self._unreachable = Unreachable()
        self._pool = Pool()
        # A host that is dropped without close() must not leave sockets behind.
        finalize(self, self._pool.close)

    @hookimpl
    def send_request(self, request: Request) -> Response:
        if request.target is None:
            raise PolicyError("nothing was sent: no policy has allowed this request")
        proxy = proxy_for(request.target) if self._trust_env else None
        call = Call(request, request.target, self._caps.over(request.limits), proxy)
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
        return Wire(open_socket(route, call.connect_ends_at))
