"""PC350 to PC359: what actions do besides delivering: choices, deletion, saving a mapping, audiences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from portcall.actions.action import Action
from portcall.actions.choices import Choices
from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Place, Severity
from portcall.checks.probing import scenarios
from portcall.checks.probing.invented import event_of
from portcall.checks.probing.observing import Trial
from portcall.checks.probing.scenarios import Scenario
from portcall.checks.probing.stage import Stage, said, stage_of
from portcall.checks.subject import Subject
from portcall.errors import PortcallError

_CONNECTION: Final = Needs.CONNECTION
_MOST_PAGES: Final = 20


@as_check(
    "PC350",
    "choices-listed",
    Severity.ERROR,
    "Choices are listed, a page at a time.",
    needs=_CONNECTION,
)
def listed(subject: Subject) -> Iterator[Finding]:
    """A form asks for the values of a field with ``choices=dynamic`` while a person waits.

    The function makes one request, or a few, and passes on ``next_page``. One that reads all pages takes
    minutes for a large customer.
    """
    stage = stage_of(subject)
    for action, field, place in _choices(stage):
        trial = _asked(stage, action, field, scenarios.GOOD)
        what = f"the choices for {field!r} of action {action.name!r}"
        if trial.is_endless or len(trial.seen) > _MOST_PAGES:
            text = f"{what} read pages without end"
            advice = "read one page, and return Choices(items, next_page=...)"
            yield listed.finding(text, advice, place)
        elif trial.error is not None or not isinstance(trial.returned, Choices):
            text = f"{what} cannot be listed: {said(trial)}"
            yield listed.finding(text, "fix what the error names, and return Choices", place)


@as_check(
    "PC351",
    "choices-refused",
    Severity.ERROR,
    "A failure to list choices is reported.",
    needs=_CONNECTION,
)
def told(subject: Subject) -> Iterator[Finding]:
    """An empty list says that there is nothing to choose.

    If the credentials were refused, or the destination is down, that is wrong. Let the client's error
    pass: it says what happened and what to do.
    """
    stage = stage_of(subject)
    for action, field, place in _choices(stage):
        if _asked(stage, action, field, scenarios.GOOD).error is not None:
            continue
        for scenario in (scenarios.FORBIDDEN, scenarios.UNAVAILABLE):
            trial = _asked(stage, action, field, scenario)
            what = f"the choices for {field!r} of action {action.name!r}, answered with {scenario.what},"
            if trial.error is None:
                text = f"{what} are a list"
            elif not isinstance(trial.error, PortcallError) and not trial.is_endless:
                text = f"{what} fail: {said(trial)}"
            else:
                continue
            yield told.finding(text, "let the error of the client pass", place)
            break


@as_check(
    "PC352",
    "deletion-by-either-id",
    Severity.ERROR,
    "A person is forgotten by either id.",
    needs=_CONNECTION,
)
def forgotten(subject: Subject) -> Iterator[Finding]:
    """A deletion has a user id, or an anonymous id, or both.

    One that cannot be looked up is skipped or rejected with a reason, and never goes out as
    ``/people/None``.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        if mode.batched or "anonymous_id" not in {f.name for f in mode.action.fields}:
            continue
        for gone in ("user_id", "anonymous_id"):
            payload = {**(stage.payloads(mode) or [{}])[0]}
            if payload.pop(gone, None) is None:
                continue
            events = [event_of(payload, 0, kind="delete")]
            trial = stage.observe(partial(stage.deliver, mode, events), stage.script(mode))
            sent = "".join(each.target for each in trial.seen)
            if trial.raised is not None or "None" in sent:
                how = (
                    said(trial) if trial.raised is not None else f"it sends {trial.seen[0].target}"
                )
                text = f"{mode} cannot forget a person without {gone}: {how}"
                advice = "use the id that is present, or return Outcome.rejected(reason)"
                yield forgotten.finding(text, advice, stage.place_of(mode))
                break


@as_check(
    "PC353",
    "asides-answered",
    Severity.ERROR,
    "Audiences and saved mappings handle a successful answer.",
    needs=_CONNECTION,
)
def answered(subject: Subject) -> Iterator[Finding]:
    """These functions run while a person sets up a subscription.

    A bug in ``on_save``, ``create_audience`` or ``get_audience`` keeps that person from using the action
    at all.
    """
    stage = stage_of(subject)
    given = {"create_audience": {"name": "Sample"}, "get_audience": {"audience_id": "1"}}
    for action in stage.destination.stack.actions():
        for name, arguments in given.items():
            callee = action.aside(name)
            if callee is None:
                continue
            key = f"{name} of {action.name}"
            work = partial(_set_up, stage, action, name, arguments)
            trial = stage.ask(key, work, scenarios.GOOD)
            if trial.error is not None and not isinstance(trial.error, PortcallError):
                text = f"{name} of action {action.name!r} fails: {said(trial)}"
                place = subject.place_of(callee.function)
                yield answered.finding(text, "fix what the error names", place)


def _set_up(stage: Stage, action: Action, name: str, arguments: Mapping[str, str]) -> Any:
    return stage.connect().ask(action, name, **arguments)


def _choices(stage: Stage) -> Iterator[tuple[Action, str, Place]]:
    for action in stage.destination.stack.actions():
        for field in action.fields:
            callee = action.aside(f"choices {field.name}")
            if callee is not None:
                yield action, field.name, stage.subject.place_of(callee.function)


def _asked(stage: Stage, action: Action, field: str, scenario: Scenario) -> Trial:
    key = f"choices for {field} of {action.name}"
    return stage.ask(key, partial(_list, stage, action, field), scenario)


def _list(stage: Stage, action: Action, field: str) -> Choices:
    return stage.connect().choices(action, field)


ASIDES: Final = (listed, told, forgotten, answered)
