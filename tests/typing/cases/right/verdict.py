"""A classifier."""

from __future__ import annotations

from portcall import Kind, Response, Verdict, hookimpl


@hookimpl.classify_response
def classify_response(response: Response) -> Verdict | None:
    return Verdict(Kind.CHALLENGED) if response.status == 400 else None
