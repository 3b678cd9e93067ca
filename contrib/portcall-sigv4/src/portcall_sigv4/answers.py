"""What AWS means by an error: its code says more than its status."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from portcall import Kind, MalformedResponseError, Response, Sent, Verdict

REFUSED: Final = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
THROTTLED: Final = frozenset(
    {
        "BandwidthLimitExceeded",
        "KmsThrottled",
        "OverLimit",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_XML_CODE: Final = re.compile(rb"<Code>([A-Za-z0-9.]{1,100})</Code>")


def verdict_on(response: Response) -> Verdict | None:
    """Return a verdict on refusals and throttling by AWS's own code; None leaves it to the status."""
    if response.status < 400:
        return None
    code = error_code(response)
    if code in REFUSED:
        return Verdict(Kind.CHALLENGED, reason=code)
    if code in THROTTLED:
        return Verdict(Kind.THROTTLED, reason=code)
    return None


def error_code(response: Response) -> str:
    """Read the code of an error: header, JSON or XML; empty if there is none.

    ``com.amazon.coral.service#ThrottlingException`` and ``ThrottlingException:http://...`` are both
    ``ThrottlingException``.
    """
    said = response.headers.get("x-amzn-errortype", "") or _in_json(response) or _in_xml(response)
    return said.partition(":")[0].rpartition("#")[2].strip()


def read_json(response: Response) -> dict[str, Any]:
    """Read an answer in AWS's JSON protocol, whose media type is ``application/x-amz-json-1.0``.

    Raises:
        MalformedResponseError: The body is not a JSON object.
    """
    try:
        said = json.loads(response.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise MalformedResponseError(
            f"{response.url}: answered {response.status} without a JSON object", Sent.MAYBE
        )
    return said


def _in_json(response: Response) -> str:
    if response.body[:1] != b"{":
        return ""
    try:
        said = read_json(response)
    except MalformedResponseError:
        return ""
    code = said.get("__type") or said.get("code")
    return code if isinstance(code, str) else ""


def _in_xml(response: Response) -> str:
    found = _XML_CODE.search(response.body[:10_000])
    return found[1].decode() if found else ""
