"""PC334 to PC338 and PC341: what an action sends, and sends again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing.invented import event_of, payload_of, texts_in
from portcall.checks.probing.modes import Mode
from portcall.checks.probing.observing import Trial, later
from portcall.checks.probing.played import Answer, Seen, response_of
from portcall.checks.probing.renewals import renewal
from portcall.checks.probing.stage import Stage, reasons, stage_of
from portcall.checks.reply import Reply
from portcall.checks.subject import Subject
from portcall.delivery.retry import Retry

_CONNECTION: Final = Needs.CONNECTION
_LONGEST_S: Final = 300.0
_MOST_REPEATS: Final = 2
_TWICE: Final = Retry(attempts=2, random=lambda: 0.0, sleep=lambda _: None)


@as_check(
    "PC334",
    "same-request-again",
    Severity.ERROR,
    "An event that is sent again makes the same request.",
    needs=_CONNECTION,
)
def steady(subject: Subject) -> Iterator[Finding]:
    """The destination has to recognise a repeated event as the same one.

    An action that may be done twice (``idempotent=True``, or ``idempotency_key``) is repeated after an
    answer that leaves open whether the event was applied. A random number, the present time or a new id
    in the body makes the repeat a different event to the destination.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        if not mode.action.repeatable:
            continue
        first, *others = _repeated(stage, mode)
        if any(other != first for other in others):
            text = f"{mode} makes another request when the same event is sent again"
            advice = "make ids and times out of the event, or send the idempotency_key"
            yield steady.finding(text, advice, stage.place_of(mode))


@as_check(
    "PC335",
    "idempotency-key",
    Severity.ERROR,
    "An action sends the idempotency key that it asks for.",
    needs=_CONNECTION,
)
def keyed(subject: Subject) -> Iterator[Finding]:
    """Asking for ``idempotency_key`` says that the request carries it, and that it may be sent twice.

    If the request does not carry it, the destination applies a repeated event twice.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        if "idempotency_key" not in mode.callee.names:
            continue
        # Subscriptions differ in their keys: what is sent for two of them must differ.
        # An action may prefer the event's own id: then it sends the key where there is none.
        if all(_ignores_key(stage, mode, full=full) for full in (True, False)):
            text = f"{mode} asks for idempotency_key and does not send it"
            advice = "send it as the API documents: headers={'Idempotency-Key': idempotency_key}"
            yield keyed.finding(text, advice, stage.place_of(mode))


@as_check(
    "PC336",
    "content-type",
    Severity.ERROR,
    "A body is what its Content-Type says.",
    needs=_CONNECTION,
)
def typed(subject: Subject) -> Iterator[Finding]:
    """``json=`` and ``form=`` set the Content-Type.

    A body that is passed as ``body=`` goes out with the Content-Type that the action passes; without the
    right one, many servers refuse the body or ignore it.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        for seen in stage.good(mode).seen:
            fault = _mistyped(seen)
            if fault:
                advice = "use json= or form=, or give the Content-Type with body="
                yield typed.finding(f"{mode} sends {fault}", advice, stage.place_of(mode))
                break


@as_check(
    "PC337",
    "whole-batches",
    Severity.ERROR,
    "A batch sends every event that it is given.",
    needs=_CONNECTION,
)
def whole(subject: Subject) -> Iterator[Finding]:
    """A batch function that sends some of its events, and reports all as delivered, loses the others.

    Often these are the events after the first page, or those whose key occurs twice.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        single = Mode(mode.action, batched=False)
        if not mode.batched or mode.count < 2:
            continue
        trial = stage.good(mode)
        kinds = [outcome.kind for outcome in trial.outcomes]
        sent = "".join(each.text for each in trial.seen)
        events = stage.events(mode)
        marks = [_marks(event, events) for event in events]
        alone = "".join(each.text for each in stage.good(single).seen)
        known = [mark for mark in marks[0] if mark in alone]
        place = [index for index, own in enumerate(marks) if not any(mark in sent for mark in own)]
        if known and place and all(kinds[index] == "delivered" for index in place):
            text = (
                f"{mode} says that event {place[0]} of the batch is delivered, and does not send it"
            )
            advice = "send every payload, or leave its place out of Outcomes"
            yield whole.finding(text, advice, stage.place_of(mode))


@as_check(
    "PC338",
    "places-of-a-batch",
    Severity.ERROR,
    "A batch returns Outcomes with places that exist.",
    needs=_CONNECTION,
)
def placed(subject: Subject) -> Iterator[Finding]:
    """The outcome of each item of a batch is found by its place.

    A batch function returns ``portcall.Outcomes``, with places counted from 0. If it returns
    something else, or counts from 1, no place can be trusted, and the whole batch is uncertain.
    """
    stage = stage_of(subject)
    for mode in stage.modes:
        if not mode.batched or stage.payloads(mode) is None:
            continue
        trial = stage.good(mode)
        fault = next((text for text in reasons(trial) if "its batch " in text), "")
        if fault:
            advice = (
                "return Outcomes.delivered(payloads), or Outcomes({place: outcome}) counted from 0"
            )
            text = f"{mode}: {fault.partition('its batch ')[2]}"
            yield placed.finding(f"{text} is what its batch returns", advice, stage.place_of(mode))


@as_check(
    "PC341",
    "undeclared-hosts",
    Severity.ERROR,
    "Requests go to declared hosts only.",
    needs=_CONNECTION,
)
def declared(subject: Subject) -> Iterator[Finding]:
    """``allowed_hosts`` lists where a plugin may send.

    A request to another host, or over plain HTTP, is refused before it is sent, so that no customer's
    credentials reach a host that was not declared.
    """
    stage = stage_of(subject)
    for mode in stage.modes:
        if stage.payloads(mode) is not None:
            refusal = refused_host(stage.good(mode))
            if refusal:
                advice = "add the host to allowed_hosts, or correct the URL"
                yield declared.finding(f"{mode}: {refusal}", advice, stage.place_of(mode))
    for hook, trial in _asked_hooks(stage):
        refusal = refused_host(trial)
        if refusal:
            advice = "add the host to allowed_hosts, or correct the URL"
            yield declared.finding(f"{hook}: {refusal}", advice, stage.place_of_hook(hook))


def _asked_hooks(stage: Stage) -> Iterator[tuple[str, Trial]]:
    """Return a run of each hook that sends requests, by its name."""
    if stage.destination.stack.implements("test_authentication"):
        yield "test_authentication", stage.test()
    if stage.destination.stack.implements("refresh_access_token"):
        yield "refresh_access_token", renewal(stage)


def refused_host(trial: Trial) -> str:
    """Return the policy's own words if it refused a request of a run; empty if it refused none."""
    return next((text for text in reasons(trial) if _is_refusal(text)), "")[:300]


def _is_refusal(text: str) -> bool:
    return "is not a host that this plugin declared" in text or "plain http would show" in text


def _ignores_key(stage: Stage, mode: Mode, *, full: bool) -> bool:
    """Return whether the same is sent for two subscriptions, which have keys of their own."""
    payloads = [payload_of(mode.action, number, full=full) for number in range(mode.count)]
    events = [event_of(payload, number) for number, payload in enumerate(payloads)]
    sent = []
    for salt in (b"one", b"other"):
        work = partial(stage.deliver, mode, events, salt=salt)
        sent.append([each.essence for each in stage.observe(work, stage.script(mode)).seen])
    return sent[0] == sent[1]


def _repeated(stage: Stage, mode: Mode) -> list[tuple[object, ...]]:
    """Return the first request of an event, and those of its repeats: an hour later, and in another run."""
    down, good = response_of(Reply(503)), stage.script(mode)
    events, clock = stage.events(mode), [0.0]

    def script(seen: Seen) -> Answer:
        if clock[0]:
            return good(seen)
        clock[0] = 3600.0
        return down

    with later(stage.modules, clock):
        once = stage.observe(partial(stage.deliver, mode, events, retry=_TWICE), script)
        again = stage.observe(partial(stage.deliver, mode, events), good)
    return [each.essence for each in (*once.seen[:2], *again.seen[:1])] or [()]


def _mistyped(seen: Seen) -> str:
    kind = seen.media_type
    if not seen.body:
        return ""
    if not kind:
        return "a body without a Content-Type"
    if kind.endswith(("/json", "+json")) and not _is_json(seen.body):
        return f"a body as {kind} that is not JSON"
    if kind == "application/x-www-form-urlencoded" and not _is_form(seen.body):
        return f"a body as {kind} that is not a form"
    return ""


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _is_form(body: bytes) -> bool:
    try:
        return bool(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
    except ValueError:
        return False


def _marks(event: dict[str, Any], events: list[dict[str, Any]]) -> list[str]:
    """Return the texts that are in this event alone."""
    others = {text for each in events if each is not event for text in texts_in(each)}
    own = dict.fromkeys(texts_in(event))
    # A text that another event's text holds, or that holds it, tells nothing.
    return [text for text in own if text not in others and len(text) > 4]


SENT: Final = (steady, keyed, typed, whole, placed, declared)
