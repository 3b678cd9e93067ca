"""``/metrics``, for Prometheus on this machine, or with a token."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from portcall import PortcallError, Secret

TOKEN_VARIABLE: Final = "PORTCALL_METRICS_TOKEN"  # noqa: S105  # the name of a variable
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


def metrics_routes(
    registry: CollectorRegistry, token: Callable[[], Secret | None]
) -> list[BaseRoute]:
    """Return the route ``/metrics``.

    Args:
        registry: What is told.
        token: Returns the token that other machines need; None to answer this machine alone.
    """

    def metrics(request: Request) -> Response:
        if not is_allowed(request, token()):
            said = f"metrics are for this machine, or for a bearer token: set {TOKEN_VARIABLE}\n"
            return PlainTextResponse(said, 401, {"WWW-Authenticate": "Bearer"})
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        try:
            return Response(encode(registry), media_type=media_type)
        except PortcallError as exc:
            return PlainTextResponse(f"{exc}\n", 503)

    return [Route("/metrics", metrics)]


def is_allowed(request: Request, token: Secret | None) -> bool:
    """Return whether a request may see numbers: it has the token, or comes from this machine itself.

    What a proxy on this machine hands on is not from this machine.
    """
    given = request.headers.get("authorization")
    if given is not None:
        expected = f"Bearer {token.reveal()}" if token else ""
        return bool(token) and hmac.compare_digest(given.encode(), expected.encode())
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
