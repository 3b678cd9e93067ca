"""Requests of an SDK, as they are kept in ``tests/sdk.json`` of a destination."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
OPAQUE = {"user-agent", "connection", "accept", "accept-encoding", "content-length", "host"} | {
    "x-stripe-client-user-agent",  # which names the machine
}


def record(peer, call, read=lambda request: request.json()):
    """Return the one request that a call sends."""
    before = len(peer.requests)
    with suppress(Exception):  # what the SDK makes of the answer is not compared
        call()
    request = peer.requests[before]
    return {
        "method": request.method,
        "path": request.path,
        "query": dict(request.query),
        "authorization": request.headers.get("Authorization"),
        "headers": {
            name.lower(): value
            for name, value in request.headers.items()
            if name.lower() not in OPAQUE
        },
        "data": read(request),
    }


def intercepted(call):
    """Return the one request that a call sends with requests, whichever host it is for."""
    import requests
    from requests.adapters import HTTPAdapter

    found = []

    def send(_, request, **__):
        found.append(request)
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 200, request.url, request
        answer._content, answer.headers["Content-Type"] = b"{}", "application/json"
        return answer

    kept, HTTPAdapter.send = HTTPAdapter.send, send
    try:
        call()
    finally:
        HTTPAdapter.send = kept
    [request] = found
    place = urlsplit(request.url)
    body = request.body.encode() if isinstance(request.body, str) else request.body
    kind = request.headers.get("Content-Type", "")
    read = (
        json.loads if kind.startswith("application/json") else lambda text: parse_qs(text.decode())
    )
    return {
        "method": request.method,
        "host": place.hostname,
        "path": place.path,
        "query": parse_qs(place.query),
        "authorization": request.headers.get("Authorization"),
        "data": None if body is None else read(body),
    }
