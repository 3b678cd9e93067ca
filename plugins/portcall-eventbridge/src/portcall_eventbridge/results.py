"""A 200 to PutEvents says for each entry what became of it."""

from __future__ import annotations

from typing import Any, Final

from portcall import Kind, MalformedResponseError, Response, Verdict
from portcall_sigv4 import read_json

_THROTTLED: Final = frozenset({"ThrottlingException"})
_TRANSIENT: Final = frozenset({"InternalException", "InternalFailure", "ServiceUnavailable"})


def verdict_on(response: Response) -> Verdict | None:
    """Read which entries were refused; None if all were taken, or if it is another answer."""
    if response.status != 200 or b"FailedEntryCount" not in response.body:
        return None
    try:
        results = read_json(response).get("Entries")
    except MalformedResponseError:
        return None
    entries = results if isinstance(results, list) else []
    failed = {
        number: entry
        for number, entry in enumerate(entries, 1)
        if isinstance(entry, dict) and entry.get("ErrorCode")
    }
    return (
        Verdict(_kind(failed, len(entries)), reason=_said(failed, len(entries))) if failed else None
    )


def _kind(failed: dict[int, dict[str, Any]], entries: int) -> Kind:
    """Only if no entry was taken may all be sent again."""
    codes = {entry["ErrorCode"] for entry in failed.values()}
    if len(failed) < entries or not codes <= _THROTTLED | _TRANSIENT:
        return Kind.REJECTED
    return Kind.THROTTLED if codes <= _THROTTLED else Kind.UNAVAILABLE


def _said(failed: dict[int, dict[str, Any]], entries: int) -> str:
    each = [
        f"entry {number}: {entry['ErrorCode']}: {entry.get('ErrorMessage', '')}"
        for number, entry in failed.items()
    ]
    return f"{len(failed)} of {entries} entries failed; {'; '.join(each)}"
