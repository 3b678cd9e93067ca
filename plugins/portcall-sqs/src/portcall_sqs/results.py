"""A 200 to SendMessageBatch says for each message what became of it."""

from __future__ import annotations

from typing import Any

from portcall import Kind, MalformedResponseError, Response, Verdict
from portcall_sigv4 import read_json


def verdict_on(response: Response) -> Verdict | None:
    """Read which messages were refused; None if all were taken, or if it is another answer."""
    if response.status != 200 or b'"Failed"' not in response.body:
        return None
    try:
        said = read_json(response)
    except MalformedResponseError:
        return None
    failed = [each for each in _listed(said, "Failed") if isinstance(each, dict)]
    if not failed:
        return None
    taken = len(_listed(said, "Successful"))
    # Only if no message was taken, and none for a fault of its own, may all be sent again.
    again = not taken and not any(each.get("SenderFault") for each in failed)
    kind = Kind.UNAVAILABLE if again else Kind.REJECTED
    return Verdict(kind, reason=_said(failed, taken + len(failed)))


def _said(failed: list[dict[str, Any]], messages: int) -> str:
    each = [f"message {e.get('Id')}: {e.get('Code')}: {e.get('Message', '')}" for e in failed]
    return f"{len(failed)} of {messages} messages failed; {'; '.join(each)}"


def _listed(said: dict[str, Any], name: str) -> list[Any]:
    found = said.get(name)
    return found if isinstance(found, list) else []
