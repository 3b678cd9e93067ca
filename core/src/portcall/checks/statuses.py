"""PC301 to PC319: what an action makes of each answer that a destination may give."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from portcall.checks.check import Check, Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing import scenarios
from portcall.checks.probing.modes import Mode
from portcall.checks.probing.observing import Trial
from portcall.checks.probing.renewals import renewal, renews
from portcall.checks.probing.scenarios import Scenario
from portcall.checks.probing.stage import Stage, reasons, said, stage_of
from portcall.checks.subject import Subject

_CONNECTION: Final = Needs.CONNECTION
_ERROR: Final = Severity.ERROR
_LEAVE: Final = "leave the error of the client alone, or return the Outcome that the answer means"


@as_check(
    "PC301",
    "made-up-events",
    Severity.SUGGESTION,
    "An action delivers made-up events.",
    needs=_CONNECTION,
)
def deliverable(subject: Subject) -> Iterator[Finding]:
    """Checks of behaviour need payloads that the action takes.

    What an action makes of answers is found out with payloads made up after its fields, and with JSON that
    has the names that it looks for. Where its class refuses such payloads, or the action such answers, the
    checks of its behaviour say nothing: give a field a format or a placeholder that passes, or the checks a
    real answer.
    """
    stage = stage_of(subject)
    for mode in stage.modes:
        if stage.payloads(mode) is None:
            text = f"{mode} takes no payload that is made up after its fields"
            advice = "give its fields the format, the choices or a placeholder that passes"
        elif stage.works(mode) or _fails(stage.good(mode)) or not stage.good(mode).seen:
            continue
        else:
            text = (
                f"{mode} does not deliver what is answered with success: {said(stage.good(mode))}"
            )
            advice = f"give the checks an answer: answers={{{mode.action.name!r}: [Reply(...)]}}"
        yield deliverable.finding(text, advice, stage.place_of(mode))


@as_check(
    "PC302",
    "something-is-sent",
    _ERROR,
    "An action sends what it says is delivered.",
    needs=_CONNECTION,
)
def sends(subject: Subject) -> Iterator[Finding]:
    """An event counts as delivered if its action returns.

    One that returns before it has sent anything loses every event, without a trace.
    """
    stage = stage_of(subject)
    for mode in stage.modes:
        if stage.payloads(mode) is None:
            continue
        trial = stage.good(mode)
        kinds = {outcome.kind for outcome in trial.outcomes}
        if not trial.seen and "delivered" in kinds:
            text = f"{mode} says that an event was delivered, and sent nothing"
            advice = "send it with the client, or return Outcome.skipped(reason)"
            yield sends.finding(text, advice, stage.place_of(mode))


@as_check("PC303", "success", _ERROR, "An action stands an answer of success.", needs=_CONNECTION)
def succeeds(subject: Subject) -> Iterator[Finding]:
    """A bug in an action ends a run: its events stay to be sent, and the message names file and line.

    Every name that the action looks for in the JSON of an answer was offered to it, as text, number, object
    and list.
    """
    stage = stage_of(subject)
    for mode in stage.modes:
        trial = stage.good(mode) if stage.payloads(mode) is not None else Trial()
        if _fails(trial) and not (trial.is_endless or is_misplaced(trial)):
            text = f"{mode} fails although it is answered with success: {said(trial)}"
            yield succeeds.finding(text, "mend what it names", stage.place_of(mode))


@as_check(
    "PC304", "errors-reach-portcall", _ERROR, "An action hides no failure.", needs=_CONNECTION
)
def honest(subject: Subject) -> Iterator[Finding]:
    """An action that hides errors loses the events of an outage.

    An action that catches every error, or asks with ``raise_for_status=False`` and does not look, says that
    each event was delivered: the events of an outage are lost, and nobody is told that the credentials are
    over.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        if hides(stage, mode):
            text = f"{mode} says that an event was delivered, although it is answered 400 and 500"
            yield honest.finding(text, _LEAVE, stage.place_of(mode))


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
    if _fails(trial):
        return f"fails: {said(trial)}"
    odd = [outcome.kind for outcome in trial.outcomes if outcome.kind not in allowed]
    return f"says that an event is {odd[0]}" if odd else ""


def hides(stage: Stage, mode: Mode) -> bool:
    """Return whether an action says "delivered" to a refusal and to an outage alike."""
    rows = (scenarios.MALFORMED[0], scenarios.BROKEN[0])
    outcomes = [o for row in rows for o in stage.trial(mode, row).outcomes]
    return bool(outcomes) and all(o.kind in {"delivered", "skipped"} for o in outcomes)


def is_misplaced(trial: Trial) -> bool:
    """Return whether a batch returned something else than Outcomes with places that there are."""
    return any("its batch " in text for text in reasons(trial))


def _fails(trial: Trial) -> bool:
    return trial.raised is not None


_ANY: Final = frozenset({"delivered", "skipped", "rejected", "uncertain", "retry"})

empty = _row(
    "PC305",
    "empty-success",
    "An action stands a success without a body.",
    "Many APIs answer 204, or 200 and no body, now and then: behind a proxy, or after a new version. "
    "``json()`` then raises an error that portcall understands; what the action does with other parts "
    "of the answer must stand it.",
    scenarios.EMPTY,
    _ANY,
    "read the body with response.json(), whose error portcall understands, or look first",
)
page = _row(
    "PC306",
    "page-of-html",
    "An action stands a page of HTML behind a 200.",
    "Proxies, sign-in pages and maintenance pages answer 200 with HTML. ``response.json()`` raises an "
    "error that portcall understands and the event is uncertain; reading the body with other means must "
    "not end the run.",
    (scenarios.PAGE,),
    _ANY,
    "read the body with response.json(), whose error portcall understands",
)
partly = _row(
    "PC307",
    "multi-status",
    "An action stands a 207.",
    "APIs that take several records answer 207 with what became of each (RFC 4918 §13). A body that is "
    "not what the action expects must not end the run.",
    (scenarios.PARTLY,),
    _ANY,
    "look for each name before it is read, and leave out of Outcomes what the answer does not mention",
)
malformed = _row(
    "PC308",
    "refused-events",
    "An event answered 400, 413 or 422 is rejected.",
    "The destination does not want this event: sending it again is no use, and a person has to see why. "
    "As ``retry`` it would be sent for days, and as ``delivered`` it is lost.",
    scenarios.MALFORMED,
    {"rejected"},
)
absent = _row(
    "PC309",
    "absent-and-conflicting",
    "An event answered 404, 409 or 410 is settled.",
    "What is not there, or is there already, is settled by the answer: rejected, or delivered where "
    "that was the aim (a person to forget who is not there). Only a 409 may be tried again.",
    scenarios.ABSENT,
    {"rejected", "delivered", "skipped"},
)
conflicting = _row(
    "PC310",
    "conflict",
    "An action stands a 409.",
    "A 409 says that the state of a record is in the way: it is there already, or someone changes it "
    "just now. The event is delivered, rejected or tried again, as the API documents it.",
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
    "A 403 is a verdict on this request, or says that the credentials may not do it: never that all is well.",
    (scenarios.FORBIDDEN,),
    {"rejected", "reauthorize", "retry"},
)
throttled = _row(
    "PC313",
    "throttled",
    "An event answered 429 is sent again.",
    "Too many requests is no verdict on the event (RFC 6585 §4): it was not applied, and is sent again. "
    "As ``rejected``, a busy hour would cost events.",
    (scenarios.THROTTLED, scenarios.THROTTLED_UNTIL, scenarios.THROTTLED_BY_DATE),
    {"retry"},
)
broken = _row(
    "PC315",
    "server-errors",
    "An event answered 500, 502 or 504 is neither delivered nor rejected.",
    "The destination failed, and may have applied the event or not: it is sent again where that does no "
    "harm, and uncertain otherwise.",
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
    "An action stands a success whose body ends early.",
    "The status was read, the rest did not come: the event is delivered if the action needs no body, "
    "and uncertain otherwise. It is not rejected, for it was most likely applied.",
    (scenarios.CUT_OFF,),
    {"delivered", "skipped", "uncertain", "retry"},
)
redirected = _row(
    "PC319",
    "redirects",
    "An event answered with a redirect is not delivered.",
    "portcall follows no redirect of a request that changes something: nothing was applied.",
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
    """A destination that names an instant wants to be left alone until then.

    A destination that names an instant wants to be left alone until then; some block a client that comes
    earlier. The client's own error carries the instant. An action that returns ``Outcome.retry`` itself
    hands it on as ``at``: `portcall.retry_after` reads it.
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
                text = f"{mode} is to be sent again before the instant that Retry-After names"
                advice = "let ThrottledError pass, or return Outcome.retry(reason, at=retry_after(response))"
                yield waits.finding(text, advice, stage.place_of(mode))
                break


@as_check(
    "PC320",
    "given-answers",
    _ERROR,
    "An action reads the answers that its author gave.",
    needs=_CONNECTION,
)
def reads(subject: Subject) -> Iterator[Finding]:
    """An action understands what its destination really answers.

    The replies of ``answers=`` are the destination's own: the action stands each, a success delivers
    something, and a reply that holds failures of single items is not taken for a success of all.
    """
    stage = stage_of(subject)
    for mode in stage.modes:
        if stage.payloads(mode) is None:
            continue
        for number, reply in enumerate(subject.answers.get(mode.action.name, ()), 1):
            trial = stage.replied(mode, number, reply)
            kinds = {outcome.kind for outcome in trial.outcomes}
            if _fails(trial):
                text = f"{mode} fails with answer {number} of those given: {said(trial)}"
            elif kinds == {"delivered"} and _names_failures(reply.json):
                text = f"{mode} says that all is delivered; answer {number} holds failures"
            else:
                continue
            yield reads.finding(
                text, "read what the answer says of each item", stage.place_of(mode)
            )


def _names_failures(body: object) -> bool:
    """Return whether an answer says of some item that it failed: by its status, or in a list of errors."""
    if isinstance(body, list):
        return any(map(_names_failures, body))
    if not isinstance(body, dict):
        return False
    for name, value in body.items():
        if name in {"errors", "failed", "failures"} and isinstance(value, list) and value:
            return True
        if name in {"status", "statusCode", "status_code", "code"} and isinstance(value, int):
            if 400 <= value < 600:
                return True
        elif _names_failures(value):
            return True
    return False


STATUSES: Final = (
    deliverable, sends, succeeds, honest, empty, page, partly, malformed, absent, conflicting, refused,
    forbidden, throttled, waits, broken, unavailable, silent, cut_off, redirected, reads,
)  # fmt: skip
