"""PC510 to PC518: renewing credentials without losing them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing.observing import Trial
from portcall.checks.probing.played import (
    TOKEN_ANSWER,
)
from portcall.checks.probing.renewals import (
    renewal,
    renewal_with,
    renewed,
    returned_auth,
)
from portcall.checks.probing.stage import said
from portcall.checks.reply import Reply
from portcall.checks.subject import Subject
from portcall.credentials.token_calls import as_failure
from portcall.errors import PortcallError, ReauthorizationError, RefreshError
from portcall.model.auth import Auth
from portcall.secret import Secret

_CONNECTION: Final = Needs.CONNECTION
_HOOK: Final = "refresh_access_token"
_MOST_CALLS: Final = 3
_ROTATED: Final = {
    "refresh_token": "rotated-refresh-token-6e11",
    "refreshToken": "rotated-refresh-token-6e11",
}
_GONE: Final = Reply(400, json={"error": "invalid_grant", "error_description": "revoked"})
_READ: Final = "turn the answer into credentials with token_response(response, auth)"


@as_check(
    "PC510",
    "refresh-succeeds",
    Severity.ERROR,
    "A refresh handles an answer with a token.",
    needs=_CONNECTION,
)
def succeeds(subject: Subject) -> Iterator[Finding]:
    """A bug in ``refresh_access_token`` stops every connection when its first token ends."""
    stage = renewed(subject)
    if stage is None:
        return
    trial = renewal(stage)
    if trial.error is not None and not trial.is_endless:
        if isinstance(trial.error, PortcallError) and "declared" in said(trial):
            return  # undeclared hosts are another check's
        text = f"{_HOOK} fails although it is answered with a token: {said(trial)}"
        yield succeeds.finding(text, _READ, stage.place_of_hook(_HOOK))


@as_check(
    "PC511",
    "fresh-token-used",
    Severity.ERROR,
    "A refresh returns the new token.",
    needs=_CONNECTION,
)
def fresh(subject: Subject) -> Iterator[Finding]:
    """A refresh that returns the credentials that it was passed renews nothing.

    It costs a call each time, and the destination refuses the next request as it refused the last.
    """
    stage = renewed(subject)
    auth = returned_auth(stage) if stage is not None else None
    if (
        stage is not None
        and auth is not None
        and auth.access_token == stage.subject.auth.access_token
    ):
        text = f"{_HOOK} returns the access token that was refused"
        yield fresh.finding(text, _READ, stage.place_of_hook(_HOOK))


@as_check(
    "PC512",
    "refresh-token-kept",
    Severity.ERROR,
    "A refresh keeps the refresh token.",
    needs=_CONNECTION,
)
def kept(subject: Subject) -> Iterator[Finding]:
    """Many answers bring an access token only: the refresh token stays good (RFC 6749 §6).

    A plugin that replaces it with nothing has its customers authorize again when the token ends.
    """
    stage = renewed(subject)
    auth = returned_auth(stage) if stage is not None else None
    before = stage.subject.auth.refresh_token if stage is not None else None
    if stage is not None and auth is not None and before and auth.refresh_token != before:
        text = f"{_HOOK} drops the refresh token where the answer does not mention it"
        advice = "leave refresh_token out of Auth(...), or use token_response(response, auth)"
        yield kept.finding(text, advice, stage.place_of_hook(_HOOK))


@as_check(
    "PC513",
    "rotated-token-taken",
    Severity.ERROR,
    "A refresh takes a new refresh token.",
    needs=_CONNECTION,
)
def rotated(subject: Subject) -> Iterator[Finding]:
    """Many servers issue a new refresh token with each access token, and end the old one.

    An old refresh token, used again, ends the whole grant (RFC 9700 §4.14.2).
    """
    stage = renewed(subject)
    if stage is None or returned_auth(stage) is None:
        return
    auth = renewal(stage, {**TOKEN_ANSWER, **_ROTATED}).returned
    if isinstance(auth, Auth) and auth.refresh_token != Secret(_ROTATED["refresh_token"]):
        text = f"{_HOOK} does not take the new refresh token that the answer brings"
        yield rotated.finding(text, _READ, stage.place_of_hook(_HOOK))


@as_check(
    "PC514",
    "lifetime-read",
    Severity.BEFORE_PUBLISHING,
    "A refresh reads how long the token lives.",
    needs=_CONNECTION,
)
def timed(subject: Subject) -> Iterator[Finding]:
    """With ``expires_at``, portcall renews a token before it expires.

    Without it, each token ends with a refused request, and everything waits for the renewal.
    """
    stage = renewed(subject)
    auth = returned_auth(stage) if stage is not None else None
    if stage is not None and auth is not None and auth.expires_at is None:
        text = f"{_HOOK} does not read expires_in"
        advice = "set expires_at, or use token_response(response, auth)"
        yield timed.finding(text, advice, stage.place_of_hook(_HOOK))


@as_check(
    "PC515",
    "ended-grants",
    Severity.ERROR,
    "invalid_grant asks for authorization.",
    needs=_CONNECTION,
)
def ended(subject: Subject) -> Iterator[Finding]:
    """A grant that was revoked never comes back: a person has to authorize again.

    The sooner they are told, the better. ``portcall.ReauthorizationError`` says so; after any other
    error the refresh is tried again and again.
    """
    stage = renewed(subject)
    if stage is None or returned_auth(stage) is None:
        return
    trial = renewal_with(stage, _GONE)
    if not isinstance(_failure(trial), ReauthorizationError):
        text = f"{_HOOK}, answered with invalid_grant, ends in {_came_to(trial)}"
        advice = "let the error of the client pass, or use token_response(response, auth)"
        yield ended.finding(text, advice, stage.place_of_hook(_HOOK))


@as_check(
    "PC516",
    "outage-of-the-token-endpoint",
    Severity.ERROR,
    "An outage of the token endpoint passes.",
    needs=_CONNECTION,
)
def passing(subject: Subject) -> Iterator[Finding]:
    """An outage of the token endpoint says nothing about the grant.

    After 503, 429 or a page of HTML the refresh is tried again later, and no person is asked to
    authorize.
    """
    stage = renewed(subject)
    if stage is None or returned_auth(stage) is None:
        return
    page = Reply(200, body=b"<html>maintenance</html>", headers={"Content-Type": "text/html"})
    for what, reply in (("a 503", Reply(503)), ("a 429", Reply(429)), ("a page of HTML", page)):
        trial = renewal_with(stage, reply)
        if not isinstance(_failure(trial), RefreshError) or _is_bug(trial):
            text = f"{_HOOK}, answered with {what}, ends in {_came_to(trial)}"
            advice = "let the error of the client pass, or raise RefreshError"
            yield passing.finding(text, advice, stage.place_of_hook(_HOOK))
            return


@as_check(
    "PC517",
    "few-token-calls",
    Severity.ERROR,
    "A refresh makes one call, or a few.",
    needs=_CONNECTION,
)
def few(subject: Subject) -> Iterator[Finding]:
    """The host repeats a refresh if the failure may pass, and backs off after that.

    A loop in the hook uses a refresh token many times, which ends the grant at servers that detect
    reuse.
    """
    stage = renewed(subject)
    if stage is None:
        return
    for trial in (renewal(stage), renewal_with(stage, Reply(503))):
        if len(trial.seen) > _MOST_CALLS or trial.is_endless:
            text = f"{_HOOK} makes {len(trial.seen)} requests for one renewal"
            yield few.finding(text, "make one: portcall tries again", stage.place_of_hook(_HOOK))
            return


@as_check(
    "PC518",
    "tokens-out-of-urls",
    Severity.ERROR,
    "A refresh token travels in the body.",
    needs=_CONNECTION,
)
def unaddressed(subject: Subject) -> Iterator[Finding]:
    """Proxies and servers log URLs.

    A refresh token or client secret belongs in the form (RFC 6749 §2.3.1 forbids it in the URL).
    """
    stage = renewed(subject)
    if stage is None:
        return
    refresh = stage.subject.auth.refresh_token
    hidden = [refresh.reveal() if refresh else "", "sample-client-secret-90f3"]
    for seen in renewal(stage).seen:
        if any(secret and secret in seen.target for secret in hidden):
            text = f"{_HOOK} sends a refresh token or client secret in the URL"
            yield unaddressed.finding(text, "send it with form=", stage.place_of_hook(_HOOK))
            return


def _failure(trial: Trial) -> Exception | None:
    """Return what portcall makes of what a refresh raised."""
    return as_failure(trial.error) if isinstance(trial.error, Exception) else None


def _is_bug(trial: Trial) -> bool:
    return not isinstance(trial.error, PortcallError)


def _came_to(trial: Trial) -> str:
    if trial.error is None:
        return "nothing to renew with" if trial.returned is None else "fresh credentials"
    return said(trial)


RENEWAL: Final = (
    succeeds, fresh, kept, rotated, timed, ended, passing, few, unaddressed,
)  # fmt: skip
