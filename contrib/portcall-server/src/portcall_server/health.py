"""What a supervisor or a load balancer asks: whether the process runs, and whether it can take events."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route


def health_routes(not_ready: Callable[[], str]) -> list[BaseRoute]:
    """Return the routes ``/healthz`` and ``/readyz``.

    Args:
        not_ready: Returns why no event can be taken now; empty if events are taken.
    """

    def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    def readyz(_: Request) -> Response:
        reason = not_ready()
        if reason:
            return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)
        return JSONResponse({"status": "ready"})

    return [Route("/healthz", healthz), Route("/readyz", readyz)]
