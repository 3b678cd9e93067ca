"""The call that fetches fresh credentials: tried twice, and what its failure means for later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from portcall.credentials.clock import Clock
from portcall.errors import (
    AuthenticationError,
    ClientRefusedError,
    DeadlineError,
    MalformedResponseError,
    PluginError,
    PolicyError,
    PortcallError,
    ReauthorizationError,
    RefreshError,
    RequestError,
    ResponseError,
    Sent,
    SettingsError,
    SignInNotFoundError,
    ThrottledError,
    TransportError,
)
from portcall.model.auth import Auth
from portcall.model.http_response import Response

_T = TypeVar("_T")

Answer = Callable[[], Auth | None]
Refresh = Callable[[Auth], Auth | None]

CALL_S: Final = 30.0
"""Seconds within which a second try may begin."""
SECOND_TRY_S: Final = 0.2
_TRANSIENT: Final = (TransportError, ThrottledError, RefreshError)
_PASSING: Final = frozenset({408, 425})
_CLIENT: Final = ("invalid_client", "unauthorized_client")
NOWHERE: Final = frozenset({404, 405, 410})


def fetch(refresh: Refresh, stale: Auth, clock: Clock) -> Auth | None:
    """Make the call; after a temporary failure, make it once more.

    Raises:
        AuthenticationError: No fresh credentials, whatever error of portcall the hook let through.
    """
    ends = clock.monotonic() + CALL_S
    try:
        return refresh(stale)
    except _TRANSIENT as exc:
        wait_s = _wait_s(exc, clock.now())
        if clock.monotonic() + wait_s >= ends:
            raise
    clock.sleep(wait_s)
    return refresh(stale)


def as_failure(exc: Exception, places: str = "") -> AuthenticationError:
    """Return what a failed refresh means for later: never a verdict on the event that waited for it.

    Args:
        exc: What came out of the hook.
        places: Names of the settings that lead to the URL.
    """
    check = f"; check {places}" if places else ""
    if isinstance(exc, SignInNotFoundError) and check:
        return SignInNotFoundError(f"{exc}{check}", exc.response)
    if isinstance(exc, AuthenticationError):
        return exc
    if isinstance(exc, ResponseError) and not isinstance(exc, ThrottledError):
        return _of_answer(exc, check or "; correct the URL")
    if isinstance(exc, PolicyError | RequestError | SettingsError):
        return AuthenticationError(f"no fresh credentials: {exc}")
    # The text of an error that is not ours may hold anything, the new token included.
    said = f": {exc}" if isinstance(exc, PortcallError) else ""
    retry_at = getattr(exc, "retry_at", None)
    return RefreshError(
        f"the refresh failed ({type(exc).__name__}){said}", retry_at, getattr(exc, "response", None)
    )


def _of_answer(exc: ResponseError, check: str) -> AuthenticationError:
    """Read a refusal that a hook let through: ``client.post`` without ``raise_for_status=False``."""
    response = exc.response
    word = _word(response)
    if word == "invalid_grant":  # RFC 6749 §5.2
        again = "a person has to authorize the connection again"
        return ReauthorizationError(f"{exc}; {again}", response=response)
    if word in _CLIENT:
        said = (
            f"{exc}; check the client id and client secret that this host has for the destination"
        )
        return ClientRefusedError(f"no fresh credentials: {said}", response=response)
    if response.status in _PASSING:
        return RefreshError(str(exc), response=response)
    if response.status in NOWHERE:
        return SignInNotFoundError(f"{exc}; credentials are not issued there{check}", response)
    return AuthenticationError(f"no fresh credentials: {exc}", response)


def _word(response: Response) -> object:
    try:
        said = response.json()
    except MalformedResponseError:
        return None
    return said.get("error") if isinstance(said, dict) else None


def _wait_s(failure: Exception, now: datetime) -> float:
    asked = getattr(failure, "retry_at", None)
    return max(SECOND_TRY_S, (asked - now).total_seconds() if asked else 0.0)


def without_verdict(ask: Callable[[], _T]) -> _T:
    """Ask for fresh credentials; what keeps them from being had is no verdict on the request that waits.

    Raises:
        AuthenticationError, DeadlineError: No fresh credentials.
    """
    try:
        return ask()
    except (AuthenticationError, PluginError):
        raise
    except DeadlineError as exc:
        if exc.sent is Sent.NO:  # the caller left; the renewal goes on
            raise
        raise as_failure(exc) from exc
    except PortcallError as exc:
        raise as_failure(exc) from exc
