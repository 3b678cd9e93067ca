"""PC301 to PC304 and PC320: whether an action delivers, and tells the truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing import scenarios
from portcall.checks.probing.modes import Mode
from portcall.checks.probing.observing import Trial
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
    """The checks of behaviour need payloads and answers that the action accepts.

    Payloads are made up from the fields, and answers as JSON with the names that the action looks for.
    Where the class refuses such payloads, or the action such answers, these checks prove nothing: give
    the field a format or a placeholder that passes, or pass the checks a real answer.
    """
    stage = stage_of(subject)
    for mode in stage.modes:
        if stage.payloads(mode) is None:
            text = f"{mode} accepts no payload that is generated from its fields"
            advice = "give its fields the format, the choices or a placeholder that passes"
        elif (
            stage.works(mode) or (stage.good(mode).raised is not None) or not stage.good(mode).seen
        ):
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
    """An event counts as delivered when its action returns.

    An action that returns before it has sent anything loses every event, without a trace.
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


@as_check("PC303", "success", _ERROR, "An action handles a successful answer.", needs=_CONNECTION)
def succeeds(subject: Subject) -> Iterator[Finding]:
    """A bug in an action ends a run: its events stay to be sent, and the message names file and line.

    Every name that the action looks for in the JSON of an answer was offered to it, as text, number, object
    and list.
    """
    stage = stage_of(subject)
    for mode in stage.modes:
        trial = stage.good(mode) if stage.payloads(mode) is not None else Trial()
        if trial.raised is not None and not (trial.is_endless or is_misplaced(trial)):
            text = f"{mode} fails although it is answered with success: {said(trial)}"
            yield succeeds.finding(text, "fix what the error names", stage.place_of(mode))


@as_check(
    "PC304", "errors-reach-portcall", _ERROR, "An action hides no failure.", needs=_CONNECTION
)
def honest(subject: Subject) -> Iterator[Finding]:
    """An action that hides errors loses the events of an outage.

    An action that catches every error, or passes ``raise_for_status=False`` and ignores the status,
    reports each event as delivered, and no error shows that the credentials have expired.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        if hides(stage, mode):
            text = f"{mode} says that an event was delivered, although it is answered 400 and 500"
            yield honest.finding(text, _LEAVE, stage.place_of(mode))


def hides(stage: Stage, mode: Mode) -> bool:
    """Return whether an action says "delivered" to a refusal and to an outage alike."""
    rows = (scenarios.MALFORMED[0], scenarios.BROKEN[0])
    outcomes = [o for row in rows for o in stage.trial(mode, row).outcomes]
    return bool(outcomes) and all(o.kind in {"delivered", "skipped"} for o in outcomes)


def is_misplaced(trial: Trial) -> bool:
    """Return whether a batch returned something else than Outcomes with places that there are."""
    return any("its batch " in text for text in reasons(trial))


@as_check(
    "PC320",
    "given-answers",
    _ERROR,
    "An action reads the answers that its author gave.",
    needs=_CONNECTION,
)
def reads(subject: Subject) -> Iterator[Finding]:
    """The action has to understand what its destination really answers.

    The replies of ``answers=`` are the destination's own. The action accepts each of them, delivers
    something with a success, and does not take a reply with failures of single items for a success of
    all.
    """
    stage = stage_of(subject)
    for mode in stage.modes:
        if stage.payloads(mode) is None:
            continue
        for number, reply in enumerate(subject.answers.get(mode.action.name, ()), 1):
            trial = stage.replied(mode, number, reply)
            kinds = {outcome.kind for outcome in trial.outcomes}
            if trial.raised is not None:
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


DELIVERIES: Final = (deliverable, sends, succeeds, honest, reads)
