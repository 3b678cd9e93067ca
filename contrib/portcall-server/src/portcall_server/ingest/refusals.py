"""Why a call is not taken: a status, a code for programs and a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from portcall_server.ingest.limits import MOST_CALL_BYTES

AGAIN_AFTER_S: Final = 30
"""What ``Retry-After`` says where the outbox is full or cannot be written."""


@attrs.define(eq=False, slots=False)
class RefusedCallError(Exception):
    """A call is not taken, and nothing of it is kept.

    Args:
        status: HTTP status of the answer.
        code: For programs: ``invalid_json``.
        message: What is wrong and what to do; never a secret, nor a value from the call.
        headers: Further fields of the answer.
    """

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = attrs.field(factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the body of the answer."""
        return {"success": False, "error": {"code": self.code, "message": self.message}}


def unauthorized(*, is_browser: bool) -> RefusedCallError:
    """Return what is said without a known write key (RFC 9110 §15.5.2).

    Args:
        is_browser: A page sends; a browser would ask its reader for a password if the challenge were Basic.
    """
    return RefusedCallError(
        401,
        "unknown_write_key",
        "no source has this write key: give it as the user name of HTTP Basic with an empty password, or as "
        "writeKey in the body",
        {"WWW-Authenticate": "WriteKey" if is_browser else 'Basic realm="write key"'},
    )


def too_large(most: int = MOST_CALL_BYTES) -> RefusedCallError:
    """Return what is said of a call that is too large."""
    return RefusedCallError(
        413, "call_too_large", f"a call may have {most:,} bytes, compressed and uncompressed"
    )


def again_later(status: int, code: str, message: str) -> RefusedCallError:
    """Return what is said where the call may succeed later."""
    return RefusedCallError(status, code, message, {"Retry-After": f"{AGAIN_AFTER_S}"})


def forbidden_origin() -> RefusedCallError:
    """Return what is said to a page whose origin may not send."""
    return RefusedCallError(
        403, "origin_not_allowed", "pages of this origin may not send: see origins of the source"
    )
