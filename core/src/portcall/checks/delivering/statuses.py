"""PC305 to PC319: what an action makes of each answer that a destination may give."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from portcall.checks.check import Check, Needs, as_check
from portcall.checks.delivering.first_deliveries import hides, is_misplaced
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing import scenarios
from portcall.checks.probing.observing import Trial
from portcall.checks.probing.renewals import renewal, renews
from portcall.checks.probing.scenarios import Scenario
from portcall.checks.probing.stage import Stage, said, stage_of
from portcall.checks.subject import Subject

_CONNECTION: Final = Needs.CONNECTION
_ERROR: Final = Severity.ERROR
_LEAVE: Final = "leave the error of the client alone, or return the Outcome that the answer means"


def _row(
    code: str,
    name: str,
    title: str,
    about: str,
    rows: Iterable[Scenario],
    allowed: Collection[str],
    advice: str = _LEAVE,
) -> Check:
    """Make the check that an action's outcome is one of those that some answers allow.

    Args:
        code: As of any check.
        name: As of any check.
        title: As of any check.
        about: The paragraph about it.
        rows: The answers.
        allowed: Kinds of outcomes.
        advice: What to do.
    """

    def run(subject: Subject) -> Iterator[Finding]:
        stage = stage_of(subject)
        for mode in stage.working:
            if hides(stage, mode):
                continue
            for scenario in rows:
                trial = stage.trial(mode, scenario)
                wrong = _wrong(trial, allowed)
                if wrong and not (trial.is_endless or _is_of_renewal(stage, scenario)):
                    text = f"{mode}, answered with {scenario.what}, {wrong}"
                    yield made.finding(text, advice, stage.place_of(mode))
                    break

    run.__doc__ = about
    made = as_check(code, name, _ERROR, title, needs=_CONNECTION)(run)
    return made


def _is_of_renewal(stage: Stage, scenario: Scenario) -> bool:
    """Return whether a 401 leads to a renewal that is at fault itself."""
    return scenario is scenarios.REFUSED and renews(stage) and renewal(stage).error is not None


def _wrong(trial: Trial, allowed: Collection[str]) -> str:
    if is_misplaced(trial):
        return ""  # another check's, and the places of a made-up answer are none
    if trial.raised is not None:
        return f"fails: {said(trial)}"
    odd = [outcome.kind for outcome in trial.outcomes if outcome.kind not in allowed]
    return f"says that an event is {odd[0]}" if odd else ""


_ANY: Final = frozenset({"delivered", "skipped", "rejected", "uncertain", "retry"})

empty = _row(
    "PC305",
    "empty-success",
    "An action handles a success without a body.",
    "Many APIs sometimes answer 204, or 200 and no body: behind a proxy, or after a new version. "
    "``json()`` then raises an error that portcall understands; the rest of the action must not fail.",
    scenarios.EMPTY,
    _ANY,
    "read the body with response.json(), whose error portcall understands, or look first",
)
page = _row(
    "PC306",
    "page-of-html",
    "An action handles a page of HTML behind a 200.",
    "Proxies, sign-in pages and maintenance pages answer 200 with HTML. ``response.json()`` raises an "
    "error that portcall understands, and the event is uncertain; other ways to read the body must not "
    "end the run.",
    (scenarios.PAGE,),
    _ANY,
    "read the body with response.json(), whose error portcall understands",
)
partly = _row(
    "PC307",
    "multi-status",
    "An action handles a 207.",
    "APIs that take several records answer 207 with the result of each (RFC 4918 §13). A body that the "
    "action does not expect must not end the run.",
    (scenarios.PARTLY,),
    _ANY,
    "look for each name before it is read, and leave out of Outcomes what the answer does not mention",
)
malformed = _row(
    "PC308",
    "refused-events",
    "An event answered 400, 413 or 422 is rejected.",
    "The destination refuses this event: to send it again is useless, and a person has to see the reason. "
    "As ``retry`` the event would be sent for days, and as ``delivered`` it would be lost.",
    scenarios.MALFORMED,
    {"rejected"},
)
absent = _row(
    "PC309",
    "absent-and-conflicting",
    "An event answered 404, 409 or 410 is settled.",
    "The answer settles an event whose record is missing, or exists already: rejected, or delivered where "
    "that was the aim (to delete a person who is not there). Only a 409 may be tried again.",
    scenarios.ABSENT,
    {"rejected", "delivered", "skipped"},
)
conflicting = _row(
    "PC310",
    "conflict",
    "An action handles a 409.",
    "A 409 is about the state of a record: it exists already, or another request is changing it. The event "
    "is delivered, rejected or tried again, as the API documents it.",
    (scenarios.CONFLICT,),
    {"rejected", "delivered", "skipped", "retry"},
)
refused = _row(
    "PC311",
    "refused-credentials",
    "A 401 asks for authorization.",
    "A 401 is about the credentials and never about the event. As ``rejected``, an expired token would "
    "cost every event of the run; portcall renews the credentials and tries once more, if the action "
    "lets the error pass.",
    (scenarios.REFUSED,),
    {"reauthorize", "retry"},
)
forbidden = _row(
    "PC312",
    "forbidden",
    "An event answered 403 is not delivered.",
    "A 403 refuses this request, or says that the credentials do not allow it; it is never a success.",
    (scenarios.FORBIDDEN,),
    {"rejected", "reauthorize", "retry"},
)
throttled = _row(
    "PC313",
    "throttled",
    "An event answered 429 is sent again.",
    "A 429 says nothing about the event (RFC 6585 §4): the event was not applied, and is sent again. As "
    "``rejected``, the events of a busy hour would be lost.",
    (scenarios.THROTTLED, scenarios.THROTTLED_UNTIL, scenarios.THROTTLED_BY_DATE),
    {"retry"},
)
broken = _row(
    "PC315",
    "server-errors",
    "An event answered 500, 502 or 504 is neither delivered nor rejected.",
    "The destination failed, and may or may not have applied the event: it is sent again where that does "
    "no harm, and uncertain otherwise.",
    scenarios.BROKEN,
    {"retry", "uncertain"},
)
unavailable = _row(
    "PC316",
    "unavailable",
    "An event answered 503 is sent again.",
    "A 503 says that the event was not applied (RFC 9110 §15.6.4), and can be sent again.",
    (scenarios.UNAVAILABLE,),
    {"retry"},
)
silent = _row(
    "PC317",
    "silence",
    "An event without an answer is neither delivered nor rejected.",
    "A connection that breaks, or an answer that does not come in time, says nothing about the event. "
    "portcall sends it again where that does no harm.",
    (scenarios.LATE, scenarios.RESET),
    {"retry", "uncertain"},
)
cut_off = _row(
    "PC318",
    "body-that-ends-early",
    "An action handles a success whose body ends early.",
    "The status arrived and the rest did not: the event is delivered if the action needs no body, and "
    "uncertain otherwise. It is not rejected, since it was most likely applied.",
    (scenarios.CUT_OFF,),
    {"delivered", "skipped", "uncertain", "retry"},
)
redirected = _row(
    "PC319",
    "redirects",
    "An event answered with a redirect is not delivered.",
    "portcall does not follow a redirect of a request that changes something, so nothing was applied.",
    scenarios.REDIRECTS,
    {"rejected", "retry", "uncertain", "reauthorize"},
)


@as_check(
    "PC314",
    "retry-after",
    _ERROR,
    "An event is not sent again before the instant that Retry-After names.",
    needs=_CONNECTION,
)
def waits(subject: Subject) -> Iterator[Finding]:
    """A destination that names an instant wants no requests until then.

    Some destinations block a client that comes earlier. The client's own error carries the instant; an
    action that returns ``Outcome.retry`` itself passes it as ``at``: `portcall.retry_after` reads it.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        trial = stage.trial(mode, scenarios.THROTTLED_UNTIL)
        earliest = datetime.now(UTC) + scenarios.RETRY_AFTER - timedelta(minutes=5)
        for outcome in trial.outcomes:
            at = outcome.at
            if outcome.kind != "retry" or outcome.fault is not None or at is None:
                continue
            if (at if at.tzinfo else at.replace(tzinfo=UTC)) < earliest:
                text = f"{mode} would be sent again before the instant that Retry-After names"
                advice = "let ThrottledError pass, or return Outcome.retry(reason, at=retry_after(response))"
                yield waits.finding(text, advice, stage.place_of(mode))
                break


STATUSES: Final = (
    empty, page, partly, malformed, absent, conflicting, refused,
    forbidden, throttled, waits, broken, unavailable, silent, cut_off, redirected,
)  # fmt: skip
