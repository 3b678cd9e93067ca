"""The routes of the Segment HTTP API: what comes over the socket, and what is answered."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portcall import OutboxEventError, OutboxFullError, PortcallError
from portcall_server.ingest.bodies import read_body
from portcall_server.ingest.calls import CALLS, events_of
from portcall_server.ingest.intake import Intake, Source
from portcall_server.ingest.limits import CALL_S, MOST_CALL_BYTES
from portcall_server.ingest.refusals import (
    RefusedCallError,
    again_later,
    forbidden_origin,
    too_large,
    unauthorized,
)
from portcall_server.ingest.write_keys import basic_user_name

_logger: Final = logging.getLogger("portcall.server")

THREADS: Final = 32
"""Calls that are put into the outbox at once; those that wait meanwhile share one sync of the disk."""

TAKEN: Final = b'{"success":true}'
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type, content-encoding",
    "Access-Control-Max-Age": "86400",
}


class IngestRoutes:
    """Takes calls for the sources of an intake, which may be replaced while calls come in.

    Args:
        intake: Returns the intake that counts now.
        count: Called for each call with the source (empty if unknown), the code of what became of it, and
            how many events it had.
        now: The time of this machine.
    """

    def __init__(
        self,
        intake: Callable[[], Intake],
        count: Callable[[str, str, int], None] = lambda *_: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._intake: Final = intake
        self._count: Final = count
        self._now: Final = now
        self._threads: Final = ThreadPoolExecutor(THREADS, "portcall-ingest")

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            *(
                Route(f"/v1/{path}", self._endpoint(call), methods=["POST", "OPTIONS"])
                for path, call in CALLS.items()
            ),
            # What analytics.js tells Segment of its own working is not for destinations.
            Route("/v1/m", self._passed_over, methods=["POST", "OPTIONS"]),
            Route("/v1/projects/{write_key}/settings", self._settings, methods=["GET", "OPTIONS"]),
        ]

    def close(self) -> None:
        """Wait for what is being put."""
        self._threads.shutdown()

    def _endpoint(self, call: str) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            if request.method == "OPTIONS":
                return self._preflight(request)
            return await self._taken(call, request)

        return endpoint

    def _preflight(self, request: Request) -> Response:
        origin = request.headers.get("origin", "")
        if not self._intake().admits(origin):
            return _answer(forbidden_origin(), "")
        return Response(status_code=204, headers={**_PREFLIGHT, **_cors(origin)})

    async def _taken(self, call: str, request: Request) -> Response:
        origin = request.headers.get("origin", "")
        try:
            self._refuse_early(request, origin)
            body = await _body(request)
        except RefusedCallError as exc:
            self._count("", exc.code, 0)
            return _answer(exc, origin)
        except ClientDisconnect:
            return Response(status_code=400)
        work = partial(self._put, call, request.headers, body, origin)
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except RefusedCallError as exc:
            return _answer(exc, origin)
        return Response(TAKEN, media_type="application/json", headers=_cors(origin))

    def _refuse_early(self, request: Request, origin: str) -> None:
        """Refuse what no body can make good, before any of it is read."""
        authorization = request.headers.get("authorization")
        if authorization is not None:
            key = basic_user_name(authorization)
            if key is None or self._intake().source_of(key) is None:
                raise unauthorized(is_browser=bool(origin))
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > MOST_CALL_BYTES:
            raise too_large()

    def _put(self, call: str, headers: Mapping[str, str], body: bytes, origin: str) -> None:
        """Read one call and put its events, in a thread: both take their time."""
        intake, name, events = self._intake(), "", []
        try:
            data, size_bytes = read_body(body, headers.get("content-encoding", ""))
            source = _source(intake, headers, data, origin)
            name = source.name
            events = events_of(call, data, size_bytes, self._now())
            self._keep(intake, source, events)
        except RefusedCallError as exc:
            self._count(name, exc.code, len(events))
            raise
        self._count(name, "taken", len(events))

    def _keep(self, intake: Intake, source: Source, events: list[dict[str, Any]]) -> None:
        try:
            intake.put(source, events)
        except OutboxFullError as exc:
            _logger.warning("%s: %s", source.name, exc)
            raise again_later(
                429,
                "outbox_full",
                "too many events wait for their destinations; send the call again",
            ) from None
        except OutboxEventError as exc:
            raise RefusedCallError(400, "invalid_event", f"{exc}") from None
        except PortcallError as exc:
            _logger.error("%s: %s", source.name, exc)  # noqa: TRY400  # a sentence, not a traceback
            raise again_later(
                503,
                "outbox_unavailable",
                "events cannot be stored at the moment; send the call again",
            ) from None

    async def _passed_over(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return self._preflight(request)
        try:
            await _body(request)
        except RefusedCallError as exc:
            return _answer(exc, request.headers.get("origin", ""))
        headers = _cors(request.headers.get("origin", ""))
        return Response(TAKEN, media_type="application/json", headers=headers)

    async def _settings(self, request: Request) -> Response:
        """Tell analytics.js where to send: here, by the name that it was loaded with."""
        origin = request.headers.get("origin", "")
        if request.method == "OPTIONS":
            return self._preflight(request)
        write_key = request.path_params["write_key"]
        source = self._intake().source_of(write_key)
        if source is None:
            return _answer(unauthorized(is_browser=True), origin)
        if origin and not source.admits(origin):
            return _answer(forbidden_origin(), "")
        integration = {
            "apiKey": write_key,
            "apiHost": f"{request.url.netloc}/v1",
            "protocol": request.url.scheme,
            "unbundledIntegrations": [],
            "addBundledMetadata": True,
        }
        said = {"integrations": {"Segment.io": integration}, "plan": {}, "edgeFunction": {}}
        return Response(json.dumps(said), media_type="application/json", headers=_cors(origin))


def _source(
    intake: Intake, headers: Mapping[str, str], body: Mapping[str, Any], origin: str
) -> Source:
    authorization = headers.get("authorization")
    key = basic_user_name(authorization) if authorization is not None else body.get("writeKey")
    source = intake.source_of(key) if isinstance(key, str) else None
    if source is None:
        raise unauthorized(is_browser=bool(origin))
    if origin and not source.admits(origin):
        raise forbidden_origin()
    return source


async def _body(request: Request) -> bytes:
    """Return the body as it was sent.

    Raises:
        RefusedCallError: It is too large, or took too long.
    """
    parts, size = [], 0
    try:
        async with asyncio.timeout(CALL_S):
            async for part in request.stream():
                size += len(part)
                if size > MOST_CALL_BYTES:
                    raise too_large()
                parts.append(part)
    except TimeoutError:
        said = f"the body did not arrive within {CALL_S:g} s"
        raise RefusedCallError(408, "too_slow", said) from None
    return b"".join(parts)


def _answer(refused: RefusedCallError, origin: str) -> Response:
    return Response(
        json.dumps(refused.to_json()),
        status_code=refused.status,
        media_type="application/json",
        headers={**refused.headers, **_cors(origin)},
    )


def _cors(origin: str) -> dict[str, str]:
    """Return what lets a page read the answer; a page that may not send is told why, too."""
    if not origin:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
