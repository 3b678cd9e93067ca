"""An answer is more than its status."""

from __future__ import annotations

from portcall import Kind, Verdict, hookimpl


@hookimpl.classify_response  # wrong: an answer is more than its status
def classify_response(response: int) -> Verdict | None:
    return Verdict(Kind.OK) if response == 204 else None
