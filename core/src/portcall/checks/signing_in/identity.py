"""PC501 to PC509: a test of the credentials that asks the destination, and believes its answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing import scenarios
from portcall.checks.probing.stage import Stage, said, stage_of
from portcall.checks.subject import Subject
from portcall.errors import PortcallError

_CONNECTION: Final = Needs.CONNECTION
_HOOK: Final = "test_authentication"
_CHANGES: Final = frozenset({"PUT", "PATCH", "DELETE"})


@as_check(
    "PC501",
    "test-that-asks",
    Severity.ERROR,
    "test_authentication asks the destination.",
    needs=_CONNECTION,
)
def asks(subject: Subject) -> Iterator[Finding]:
    """A person who connects an account is told whose credentials these are.

    A test that sends nothing accepts any credentials, and the first event fails.
    """
    stage = _tested(subject)
    if stage is not None and stage.test().error is None and not stage.test().seen:
        text = f"{_HOOK} sends no request"
        advice = "ask for the account that the credentials belong to, or leave the hook out"
        yield asks.finding(text, advice, stage.place_of_hook(_HOOK))


@as_check(
    "PC502",
    "test-that-believes",
    Severity.ERROR,
    "test_authentication fails if the destination refuses.",
    needs=_CONNECTION,
)
def believes(subject: Subject) -> Iterator[Finding]:
    """A test that hides errors accepts credentials that the destination refuses.

    Such a test catches the client's errors, or does not look at the status.
    """
    stage = _tested(subject)
    if stage is None or not stage.test().seen or stage.test().error is not None:
        return
    for row in (scenarios.REFUSED, scenarios.FORBIDDEN, scenarios.BROKEN[0], scenarios.RESET):
        trial = stage.test(row)
        if trial.error is None:
            text = f"{_HOOK} says that all is well, although it is answered with {row.what}"
            advice = "let the error of the client pass"
            yield believes.finding(text, advice, stage.place_of_hook(_HOOK))
            return


@as_check(
    "PC503",
    "identity-named",
    Severity.BEFORE_PUBLISHING,
    "An identity is a name that people know.",
    needs=_CONNECTION,
)
def names(subject: Subject) -> Iterator[Finding]:
    """``portcall connect`` shows the identity, so that a person can confirm the account.

    Return None if the destination has no name to give, and never an empty text.
    """
    stage = _tested(subject)
    returned = stage.test().returned if stage is not None else None
    if stage is not None and isinstance(returned, str) and not returned.strip():
        text = f"{_HOOK} returns an empty identity"
        advice = "return the account's name, or None if there is none"
        yield names.finding(text, advice, stage.place_of_hook(_HOOK))


@as_check(
    "PC504",
    "test-that-stands",
    Severity.ERROR,
    "test_authentication handles any answer.",
    needs=_CONNECTION,
)
def stands(subject: Subject) -> Iterator[Finding]:
    """An exception that is not the client's own is reported as a bug of the plugin.

    "The destination answered with a page" would tell the person that the URL is wrong.
    """
    stage = _tested(subject)
    if stage is None:
        return
    good = stage.test()
    if good.error is not None:
        if not isinstance(good.error, PortcallError) and not good.is_endless:
            text = f"{_HOOK} fails although it is answered with success: {said(good)}"
            yield stands.finding(text, "fix what the error names", stage.place_of_hook(_HOOK))
        return
    for row in (*scenarios.EMPTY, scenarios.PAGE, scenarios.MALFORMED[0], scenarios.BROKEN[2]):
        trial = stage.test(row)
        if trial.error is not None and not isinstance(trial.error, PortcallError):
            text = f"{_HOOK}, answered with {row.what}, fails: {said(trial)}"
            advice = "read the body with response.json(), whose error portcall understands"
            yield stands.finding(text, advice, stage.place_of_hook(_HOOK))
            return


@as_check(
    "PC505",
    "test-that-only-reads",
    Severity.BEFORE_PUBLISHING,
    "test_authentication changes nothing.",
    needs=_CONNECTION,
)
def only_reads(subject: Subject) -> Iterator[Finding]:
    """People test a connection as often as they like, and monitoring does so every minute.

    A test must leave nothing behind at the destination.
    """
    stage = _tested(subject)
    methods = {seen.method for seen in stage.test().seen} if stage is not None else set()
    if stage is not None and methods & _CHANGES:
        text = f"{_HOOK} sends a {min(methods & _CHANGES)}"
        advice = "ask with a request that only reads"
        yield only_reads.finding(text, advice, stage.place_of_hook(_HOOK))


def _tested(subject: Subject) -> Stage | None:
    stage = stage_of(subject)
    return stage if stage.implements(_HOOK) else None


IDENTITY: Final = (asks, believes, names, stands, only_reads)
