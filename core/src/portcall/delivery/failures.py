"""What an exception out of an action means for its events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from portcall.actions.outcomes import Outcome
from portcall.delivery.attempt import Attempt
from portcall.delivery.channel import Channel
from portcall.delivery.faults import describe_fault, is_fault
from portcall.delivery.plan import Plan
from portcall.errors import (
    AuthenticationError,
    MappingError,
    Problem,
    RefreshError,
    RefusedAddressError,
    RequestError,
    ResponseError,
    SettingsError,
    ThrottledError,
    TransportError,
)
from portcall.requests.repeats import NEVER_SERVED, NOT_APPLIED, is_unclear
from portcall.requests.retry_after import retry_after

AFTER_429: Final = timedelta(seconds=1)
"""The least wait after a 429 that names none, or none that can be read."""

_OF_ONE: Final = frozenset({200, 400, 413, 422})
"""What a destination says to a batch when it does not like one of its items, or how many there are.

A 200 is among them for APIs that refuse with a word of the body, which ``classify_response`` reads.
"""


def outcome_of(exc: BaseException, attempt: Attempt, now: datetime) -> Outcome:
    """Return what became of the events of a call that raised.

    Args:
        exc: What it raised.
        attempt: The call.
        now: An aware instant.
    """
    if is_fault(exc):
        return _of_fault(exc, attempt, now)
    found = _of_error(exc, attempt, attempt.channel.reason(exc), now)
    if attempt.is_final and found.kind in {"retry", "reauthorize"}:
        return Outcome.uncertain(f"{found.reason}; what was sent may have been applied")
    return found


def _of_fault(exc: BaseException, attempt: Attempt, now: datetime) -> Outcome:
    """An event is not to blame for a bug of the plugin: it stays to be sent."""
    reason = attempt.channel.clean(describe_fault(exc, attempt.where))
    attempt.channel.clean_exception(exc)
    if attempt.is_final or attempt.is_accepted:
        reason = f"{reason}; what was sent before may have been applied"
        return Outcome("uncertain", reason=reason, fault=exc)
    return Outcome("retry", reason=reason, at=now, fault=exc)


def _of_error(exc: BaseException, attempt: Attempt, reason: str, now: datetime) -> Outcome:
    if isinstance(exc, RefreshError):
        return Outcome.retry(reason, exc.retry_at)
    if isinstance(exc, AuthenticationError):
        return Outcome.reauthorize(reason)
    if isinstance(exc, ResponseError):
        at = exc.retry_at if isinstance(exc, ThrottledError) else retry_after(exc.response, now)
        return _of_answer(exc, reason, at, now)
    if isinstance(exc, TransportError) and not isinstance(exc, RefusedAddressError):
        return _of_silence(exc, attempt, reason, now)
    problems = exc.problems if isinstance(exc, SettingsError | MappingError) else ()
    return Outcome.rejected(reason, field_of(problems))


def _of_answer(exc: ResponseError, reason: str, at: datetime | None, now: datetime) -> Outcome:
    status = exc.response.status
    if status in NEVER_SERVED or not (isinstance(exc, ThrottledError) or status in NOT_APPLIED):
        return Outcome.rejected(reason)
    if at is None and status == 429:
        at = now + AFTER_429
    return Outcome.retry(reason, at)


def _of_silence(exc: TransportError, attempt: Attempt, reason: str, now: datetime) -> Outcome:
    """No usable answer; a status that came before the rest broke off is the destination's word."""
    status = exc.status
    if status is not None and status < 300 and attempt.is_accepted:
        return Outcome.uncertain(reason)
    if status is None or status < 300 or is_unclear(status):
        return Outcome.retry(reason)
    if status in NOT_APPLIED:
        return Outcome.retry(reason, now + AFTER_429 if status == 429 else None)
    return Outcome.rejected(reason)


def splits(exc: BaseException, attempt: Attempt) -> bool:
    """Return whether one item may be what a whole batch failed for, and nothing was applied."""
    if isinstance(exc, ResponseError):
        return not isinstance(exc, ThrottledError) and exc.response.status in _OF_ONE
    own = is_fault(exc) or isinstance(exc, RequestError | SettingsError)
    return own and not (attempt.is_final or attempt.is_accepted)


def unread(exc: BaseException) -> bool:
    """Return whether a batch was answered in part, by an answer that its action did not take apart."""
    if isinstance(exc, ThrottledError):
        return False  # a plugin that says so has read the answer
    return isinstance(exc, ResponseError) and exc.response.status < 300


def rejection(plan: Plan, channel: Channel, index: int, exc: Exception) -> Outcome:
    """Return why no payload can be made of an event."""
    if is_fault(exc):
        where = f"the payload of action {plan.action.name!r} of {channel.plugin()}"
        reason = channel.clean(describe_fault(exc, where))
        channel.clean_exception(exc)
        return Outcome("retry", index, reason, at=plan.retry.now(), fault=exc)
    problems = exc.problems if isinstance(exc, SettingsError | MappingError) else ()
    reason = "; ".join(problem.message for problem in problems[:10]) or channel.reason(exc)
    return Outcome("rejected", index, reason, field_of(problems))


def field_of(problems: tuple[Problem, ...]) -> str:
    """Return the field that is at fault: the first, as errors list them in the order of the form."""
    return next((problem.path for problem in problems if problem.path), "")
