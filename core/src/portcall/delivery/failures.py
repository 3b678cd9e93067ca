"""What an exception out of an action means for its events."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from portcall.actions.outcomes import TRANSIENT, Outcome
from portcall.delivery.attempt import Attempt
from portcall.delivery.channel import Channel
from portcall.errors import (
    AuthenticationError,
    MappingError,
    PortcallError,
    Problem,
    RefreshError,
    RefusedAddressError,
    RequestError,
    ResponseError,
    Sent,
    SettingsError,
    ThrottledError,
    TransportError,
)
from portcall.requests.verdicts import retry_after

_OF_ONE: Final = frozenset({400, 413, 422})
"""What a destination says to a batch when it does not like one of its items, or how many there are."""


def outcome_of(exc: BaseException, attempt: Attempt, channel: Channel, now: datetime) -> Outcome:
    """Say what became of the events of a call that raised.

    Args:
        exc: What it raised.
        attempt: The call.
        channel: The connection.
        now: An aware instant.
    """
    found = _of_error(exc, attempt, channel.reason(exc), now)
    own = not isinstance(exc, PortcallError)
    if attempt.final and (own or found.kind in {"retry", "reauthorize"}):
        return Outcome.uncertain(f"{found.reason}; what was sent before may have been applied")
    return found


def _of_error(exc: BaseException, attempt: Attempt, reason: str, now: datetime) -> Outcome:
    if isinstance(exc, RefreshError):
        return Outcome.retry(reason, exc.retry_at)
    if isinstance(exc, AuthenticationError):
        return Outcome.reauthorize(reason)
    if isinstance(exc, ResponseError):
        return _of_answer(exc, reason, now)
    if isinstance(exc, TransportError) and not isinstance(exc, RefusedAddressError):
        return _of_silence(exc, attempt, reason)
    problems = exc.problems if isinstance(exc, SettingsError | MappingError) else ()
    return Outcome.rejected(reason, field_of(problems))


def _of_answer(exc: ResponseError, reason: str, now: datetime) -> Outcome:
    status = exc.response.status
    if isinstance(exc, ThrottledError):
        # 501 and 505 say that it will never be served (RFC 9110 §15.6.2, §15.6.6).
        if status in {501, 505}:
            return Outcome.rejected(reason)
        return Outcome.retry(reason, exc.retry_at)
    if status in TRANSIENT and status < 429:
        return Outcome.retry(reason, retry_after(exc.response, now))
    return Outcome.rejected(reason)


def _of_silence(exc: TransportError, attempt: Attempt, reason: str) -> Outcome:
    if exc.sent is Sent.NO or not attempt.final:
        return Outcome.retry(reason)
    return Outcome.uncertain(reason)


def splits(exc: BaseException, attempt: Attempt) -> bool:
    """Return whether one item may be what a whole batch was refused for, and nothing was applied."""
    if isinstance(exc, ResponseError):
        return not isinstance(exc, ThrottledError) and exc.response.status in _OF_ONE
    own = not isinstance(exc, PortcallError) or isinstance(exc, RequestError | SettingsError)
    return own and not attempt.final


def unread(exc: BaseException) -> bool:
    """Return whether a batch was answered in part, by an answer that its action did not take apart."""
    if isinstance(exc, ThrottledError):
        return False  # a plugin that says so has read the answer
    return isinstance(exc, ResponseError) and exc.response.status < 300


def rejection(channel: Channel, index: int, exc: Exception) -> Outcome:
    """Say why no payload can be made of an event."""
    problems = exc.problems if isinstance(exc, SettingsError | MappingError) else ()
    reason = "; ".join(problem.message for problem in problems[:10]) or channel.reason(exc)
    return Outcome("rejected", index, reason, field_of(problems))


def field_of(problems: tuple[Problem, ...]) -> str:
    """Return the field that is at fault: the first, as errors list them in the order of the form."""
    return next((problem.path for problem in problems if problem.path), "")
