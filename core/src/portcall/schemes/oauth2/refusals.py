"""What it means that a token endpoint returned no token (RFC 6749 §5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from portcall.errors import (
    AuthenticationError,
    ClientRefusedError,
    ReauthorizationError,
    RefreshError,
    SignInNotFoundError,
)
from portcall.model.http_response import Response
from portcall.redaction.text import Redactor, secrets_in
from portcall.requests.retry_after import retry_after
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints

_LONGEST_WORD: Final = 60
_LONGEST_TEXT: Final = 240
_GONE: Final = {"invalid_grant", "interaction_required", "login_required", "consent_required"}
_CLIENT: Final = {"invalid_client", "unauthorized_client"}
_PASSING: Final = {"server_error", "temporarily_unavailable", "slow_down"}
_BUSY: Final = {408, 425, 429}
_NOWHERE: Final = {404, 405, 410}
_TEXTS: Final = ("error_description", "message", "error_message", "detail")
_WORDS: Final = ("type", "status", "code")


def word_of(said: Mapping[str, Any]) -> tuple[str, str]:
    """Return the ``error`` word of an answer and what it says of it, both raw; empty if there is none.

    Some vendors answer 200 with an ``error``, and some put an object there.
    """
    error = said.get("error")
    if isinstance(error, Mapping):
        return _first(error, _WORDS) or "error", _first(error, _TEXTS)
    word = str(error) if error else ""
    return word, _first(said, _TEXTS)


def refusal(
    response: Response,
    said: Mapping[str, Any] | None,
    *,
    now: datetime,
    endpoints: OAuth2Endpoints | None = None,
    hidden: Iterable[object] = (),
) -> AuthenticationError:
    """Build the error for an answer that holds no token.

    Args:
        response: The answer.
        said: Its members, or None if it could not be read.
        now: Aware instant.
        endpoints: What the destination declared: its words for ``invalid_grant``, whose client it is.
        hidden: What was sent: the answer may quote the secrets in it.

    Returns:
        `RefreshError` for what may pass: 5xx, 429, another answer with ``Retry-After``, a page with status
        200; `ReauthorizationError` for a grant that is gone; `SignInNotFoundError` for a URL without a
        token endpoint; `ClientRefusedError` for a client that is refused by name; `AuthenticationError` for
        the rest.
    """
    word, text = word_of(said or {})
    message = _message(response, word, text, Redactor(secrets_in(*hidden) + _tokens(said or {})))
    if word in _PASSING or response.status in _BUSY or response.status >= 500:
        return RefreshError(message, retry_after(response, now), response)
    if not word:
        return _without_a_word(response, message, retry_after(response, now), endpoints)
    if word in {*_GONE, *(endpoints.gone_errors if endpoints else ())}:
        again = "a person has to authorize the connection again"
        return ReauthorizationError(f"{message}; {again}", response=response)
    if word in _CLIENT:
        fields = endpoints.client_fields if endpoints else ()
        return ClientRefusedError(f"{message}; check {_client(endpoints)}", fields, response)
    return AuthenticationError(message, response)


def _without_a_word(
    response: Response, message: str, retry_at: datetime | None, endpoints: OAuth2Endpoints | None
) -> AuthenticationError:
    """Read the status alone: this speaks no OAuth."""
    if response.status in _NOWHERE:
        return SignInNotFoundError(f"{message}; the URL of the token endpoint is wrong", response)
    if response.status < 300 or retry_at is not None:
        return RefreshError(message, retry_at, response)
    if response.status < 400:
        return AuthenticationError(
            f"{message}; the URL of the token endpoint may be wrong", response
        )
    # Many a server refuses a client, or a spent token, with a bare status.
    client = _client(endpoints)
    return AuthenticationError(f"{message}; it may be {client}, or the grant is gone", response)


def _client(endpoints: OAuth2Endpoints | None) -> str:
    """Name what a client proves itself with here, and where it comes from."""
    way = endpoints.client_authentication if endpoints else ""
    proof = {"none": "", "private_key_jwt": " and private key"}.get(way, " and client secret")
    own = endpoints is not None and endpoints.client_id is not None
    if endpoints is None or not own:
        return f"the client id{proof} that this host has for the destination"
    named = ", ".join(f"`{name}`" for name in endpoints.client_fields)
    return f"the client id{proof} in the settings{f': {named}' * bool(named)}"


def _message(response: Response, word: str, text: str, hide: Redactor) -> str:
    what = f"{response.url} answered {response.status}"
    if not (word or text):
        return f"{what} with {_kind(response)} where a token or an OAuth error was expected"
    said = (clean(word, _LONGEST_WORD, hide), clean(text, _LONGEST_TEXT, hide))
    return ": ".join((f"{what} {said[0]}".rstrip(), *filter(None, said[1:])))


def clean(text: str, longest: int, hide: Redactor) -> str:
    """Make *text* of a stranger fit for a message: one line, no secret, not long."""
    line = "".join(sign if sign.isprintable() else " " for sign in hide.start(text, longest))
    return " ".join(line.split())


def _kind(response: Response) -> str:
    if response.unreadable is not None:
        return "a body that cannot be read"
    if not response.body:
        return "an empty body"
    kind = ascii(response.media_type[:_LONGEST_WORD])[1:-1] or "a body of no type"
    return f"{kind}, {len(response.body)} bytes,"


def _tokens(said: Mapping[str, Any]) -> list[str]:
    """Return what looks like credentials in an answer that is an error all the same."""
    return [
        value for name, value in said.items() if name.endswith("token") and isinstance(value, str)
    ]


def _first(said: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return the first of *names* that has text."""
    for name in names:
        value = said.get(name)
        if isinstance(value, str) and value:
            return value
    return ""
