"""A kind is no verdict."""

from __future__ import annotations

from portcall import Kind, Response, hookimpl


@hookimpl.classify_response  # wrong: a kind is no verdict
def classify_response(response: Response) -> Kind | None:
    return Kind.OK if response.status == 204 else None
