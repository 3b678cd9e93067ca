"""What an answer means where no plugin says so, and the error for one that is not a success."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from portcall.errors import (
    AuthenticationError,
    PortcallError,
    ResponseError,
    ThrottledError,
    UnavailableError,
)
from portcall.model.http_request import Request
from portcall.model.http_response import Kind, Response, Verdict
from portcall.redaction.bodies import redact_body
from portcall.redaction.html_text import is_page
from portcall.redaction.text import Redactor
from portcall.requests.repeats import is_unclear
from portcall.requests.retry_after import retry_after

_OK: Final = Verdict(Kind.OK)
_CHALLENGED: Final = Verdict(Kind.CHALLENGED)
_REJECTED: Final = Verdict(Kind.REJECTED)


def classify(response: Response) -> Verdict:
    """Return core's own verdict on *response* (RFC 9110 §15)."""
    status = response.status
    if status < 300:
        return _OK
    if status == 401:
        return _CHALLENGED
    if status == 429:
        return Verdict(Kind.THROTTLED, retry_after(response))
    if status >= 500:
        return Verdict(Kind.UNAVAILABLE, retry_after(response))
    return _REJECTED


def failure(
    request: Request,
    response: Response,
    verdict: Verdict,
    redactor: Redactor,
    advice: Callable[[], str] = str,
) -> PortcallError:
    """Build the error for an answer that is not a success, with the start of its body, redacted.

    Args:
        request: As it was sent.
        response: What came back.
        verdict: What it means.
        redactor: Takes the connection's secrets out of what the answer says.
        advice: Returns what to check if the credentials were refused; empty for nothing.
    """
    if response.unreadable is None:
        body = response.body
        said = redact_body(body, redactor)
    else:
        body = b""
        said = redactor(str(response.unreadable))
    what = (
        f"{request.method} {redactor(response.url)} answered {response.status} {_phrase(response)}"
    )
    if verdict.kind is Kind.CHALLENGED and is_page(body[:2_000].decode("latin-1")):
        # What a person is to check is not to stand behind the text of a page.
        to_check, advice = advice(), str
        what = f"{what.rstrip()}; check {to_check}" if to_check else what
    message = ": ".join(part for part in (what.rstrip(), verdict.reason, said) if part)
    if verdict.kind is Kind.CHALLENGED:
        to_check = advice()
        return AuthenticationError(
            f"{message}; check {to_check}" if to_check else message, response
        )
    if verdict.kind is Kind.THROTTLED:
        return ThrottledError(message, response, verdict.retry_at)
    if verdict.kind is Kind.UNAVAILABLE:
        known = verdict.not_applied or not is_unclear(response.status)
        return UnavailableError(message, response, verdict.retry_at, not_applied=known)
    return ResponseError(message, response)


def _phrase(response: Response) -> str:
    try:
        return HTTPStatus(response.status).phrase
    except ValueError:
        return ""
