"""What came back from the person's browser, taken apart strictly (RFC 6749 §4.1.2, RFC 9207)."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import Final
from urllib.parse import parse_qsl

from portcall.errors import AuthenticationError
from portcall.redaction.text import Redactor
from portcall.schemes.oauth2.refusals import clean
from portcall.secret import Secret

_LONGEST: Final = 65_536
_MOST_PARAMETERS: Final = 50
_LONGEST_TEXT: Final = 240
_AGAIN: Final = "start again, and use one browser for all of the authorization"
_READABLE: Final = {
    "access_denied": "the person or the destination declined",
    "invalid_request": "the destination does not understand what it was asked",
    "invalid_scope": "the destination does not know or does not grant one of the scopes",
    "server_error": "the destination failed; try again",
    "temporarily_unavailable": "the destination is temporarily unavailable; try again later",
    "unauthorized_client": "this client may not sign in this way; check how it is registered there",
    "unsupported_response_type": "the destination does not offer this way of signing in",
}


def code_of(redirected_url: str, *, state: str, issuer: str | None) -> Secret:
    """Return the authorization code out of a redirect that is surely the answer to ours.

    Nothing in it is believed, not even that it is a refusal, before ``state`` and, where the
    destination declared an issuer, ``iss`` are what they must be; both are compared in constant time.

    Args:
        redirected_url: The whole URL, as the browser was sent to it or as a person pasted it.
        state: What the authorization request carried (RFC 6749 §10.12).
        issuer: What ``iss`` must be (RFC 9207 §2.4); None if the destination does not send it.

    Raises:
        AuthenticationError: The answer is not ours, was tampered with, or is a refusal; says which.
    """
    answer = _parameters(redirected_url)
    _check_state(answer, state)
    if issuer is not None and not _same(answer.get("iss", ""), issuer):
        raise AuthenticationError(
            "the answer does not come from the authorization server that was asked (iss): nothing was "
            f"connected; {_AGAIN}"
        )
    if "error" in answer:
        raise AuthenticationError(_refusal(answer))
    if not answer.get("code"):
        raise AuthenticationError(f"the answer holds no code: {_AGAIN}")
    return Secret(answer["code"])


def _parameters(redirected_url: str) -> Mapping[str, str]:
    """Read the query; no parameter may come twice (RFC 6749 §3.1)."""
    query = redirected_url.strip().partition("#")[0].partition("?")[2]
    pairs: list[tuple[str, str]] = []
    if query and len(query) <= _LONGEST:
        pairs = _pairs(query)
    if not pairs:
        raise AuthenticationError(
            "this URL holds no answer: give the whole address that the browser was sent to, with all "
            "that follows the '?'"
        )
    if len(dict(pairs)) != len(pairs):
        raise AuthenticationError(f"the answer has a parameter twice (RFC 6749 §3.1): {_AGAIN}")
    return dict(pairs)


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        return []


def _check_state(answer: Mapping[str, str], state: str) -> None:
    if _same(answer.get("state", ""), state):
        return
    # Some refuse without the state; what they say is then a stranger's word, but a useful one.
    hint = "" if "state" in answer else _READABLE.get(answer.get("error", ""), "")
    raise AuthenticationError(
        "the answer does not belong to this authorization (state): nothing was connected; "
        + (f"it says that {hint}; " if hint else "")
        + _AGAIN
    )


def _same(given: str, expected: str) -> bool:
    """Compare in constant time; nothing equals nothing."""
    both = (given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))
    return compare_digest(*both) and bool(expected)


def _refusal(answer: Mapping[str, str]) -> str:
    nothing_to_hide = Redactor()
    word = clean(answer["error"], _LONGEST_TEXT, nothing_to_hide)
    said = clean(answer.get("error_description", ""), _LONGEST_TEXT, nothing_to_hide)
    text = _READABLE.get(answer["error"], "the destination refused")
    return f"{text} ({word or 'no reason given'})" + (f": {said}" if said else "")
