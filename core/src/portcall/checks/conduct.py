"""PC330 to PC349: what an action does besides sending: waiting, repeating, printing, changing."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing import scenarios
from portcall.checks.probing.invented import event_of, payload_of, texts_in
from portcall.checks.probing.modes import Mode
from portcall.checks.probing.observing import Trial, later
from portcall.checks.probing.played import Answer, Seen, response_of
from portcall.checks.probing.renewals import renewal
from portcall.checks.probing.stage import Stage, reasons, stage_of
from portcall.checks.reply import Reply
from portcall.checks.subject import Subject
from portcall.delivery import Retry
from portcall.requests.composing import TIMEOUT_S

_CONNECTION: Final = Needs.CONNECTION
_LONGEST_S: Final = 300.0
_MOST_REPEATS: Final = 2
_TWICE: Final = Retry(attempts=2, random=lambda: 0.0, sleep=lambda _: None)
_OF_ATTEMPTS: Final = frozenset({"authorization", "date", "x-amz-date", "content-length"})
"""Headers that a signature makes anew for each attempt."""


@as_check("PC330", "own-pauses", Severity.ERROR, "A plugin does not sleep.", needs=_CONNECTION)
def sleeps(subject: Subject) -> Iterator[Finding]:
    """A pause inside an action holds a worker beyond every deadline.

    A pause inside an action holds a worker, and all events behind this one, beyond every deadline. portcall
    waits between attempts, as long as the destination asks for; a rate limit is an extra's or the host's.
    """
    stage = stage_of(subject)
    for mode, trial in _each(stage):
        if trial.slept_s:
            text = f"{mode} sleeps by itself"
            advice = "let the error pass: portcall waits and sends again"
            yield sleeps.finding(text, advice, stage.place_of(mode))


@as_check(
    "PC331",
    "own-repeats",
    Severity.ERROR,
    "An action leaves sending again to portcall.",
    needs=_CONNECTION,
)
def repeats(subject: Subject) -> Iterator[Finding]:
    """It is portcall that sends again what may be sent again, with a growing pause and an end.

    An action with a loop of its own multiplies the two: it hits a destination that is down, and repeats
    what must not be done twice.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        for scenario in (scenarios.UNAVAILABLE, scenarios.RESET):
            trial = stage.trial(mode, scenario)
            same = max(
                map([_same(each) for each in trial.seen].count, map(_same, trial.seen)), default=0
            )
            if same > _MOST_REPEATS or (trial.is_endless and not trial.slept_s):
                text = f"{mode} sends one request {same} times in one attempt"
                advice = "let the error pass: portcall sends again what may be sent again"
                yield repeats.finding(text, advice, stage.place_of(mode))
                break


@as_check(
    "PC332",
    "long-deadlines",
    Severity.BEFORE_PUBLISHING,
    "A request has at most five minutes.",
    needs=_CONNECTION,
)
def patient(subject: Subject) -> Iterator[Finding]:
    """A request waits for 30 seconds unless its plugin says otherwise.

    One that waits for longer than five minutes holds a worker and its events while the destination hangs.
    """
    stage = stage_of(subject)
    for mode in stage.modes:
        longest = max(
            (each.limits.timeout_s or TIMEOUT_S for each in _good(stage, mode).seen), default=0
        )
        if longest > _LONGEST_S:
            text = f"{mode} lets a request take {longest:.0f} seconds"
            advice = f"set timeout_s to {_LONGEST_S:.0f} or less"
            yield patient.finding(text, advice, stage.place_of(mode))


@as_check(
    "PC333",
    "changed-arguments",
    Severity.ERROR,
    "An action does not change what it is given.",
    needs=_CONNECTION,
)
def intact(subject: Subject) -> Iterator[Finding]:
    """Events and payloads are read again after an action had them.

    Events and payloads are read again for a second attempt, for another subscription and for the dead
    letters: a list or dict that an action changes in place is another event there.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        events = stage.events(mode)
        before = copy.deepcopy(events)
        stage.observe(partial(stage.deliver, mode, events), stage.script(mode))
        if events != before:
            text = f"{mode} changes the event, or a list or dict of the payload, in place"
            advice = 'make a new one: {**payload.properties, "key": value}'
            yield intact.finding(text, advice, stage.place_of(mode))


@as_check(
    "PC334",
    "same-request-again",
    Severity.ERROR,
    "An event that is sent again makes the same request.",
    needs=_CONNECTION,
)
def steady(subject: Subject) -> Iterator[Finding]:
    """A repeated event has to be known to the destination as the same one.

    An action that says that it may be done twice (``idempotent=True``, or ``idempotency_key``) is repeated
    after an answer that leaves open whether the event was applied. With a random number or the present time
    in the body, or a fresh id, the destination takes the repeat for another event.
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

    A body that is given as ``body=`` goes out with the one that the action gives; many servers refuse it,
    or read nothing, without the right one.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        for seen in _good(stage, mode).seen:
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
    """A batch function that sends some of its events loses the others.

    A batch function that sends some of its events and says that all were delivered loses the others: those
    after the first page, or with an equal key.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        single = Mode(mode.action, batched=False)
        if not mode.batched or mode.count < 2:
            continue
        trial = _good(stage, mode)
        kinds = [outcome.kind for outcome in trial.outcomes]
        sent = "".join(each.text for each in trial.seen)
        events = stage.events(mode)
        marks = [_marks(event, events) for event in events]
        alone = "".join(each.text for each in _good(stage, single).seen)
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
    "A batch returns Outcomes with places that there are.",
    needs=_CONNECTION,
)
def placed(subject: Subject) -> Iterator[Finding]:
    """What became of each item of a batch is told by its place.

    A batch function returns `portcall.Outcomes`, which says what became of each item by its place, counted
    from 0. Where it returns something else, or counts from 1, no place can be believed, and the whole batch
    is uncertain.
    """
    stage = stage_of(subject)
    for mode in stage.modes:
        if not mode.batched or stage.payloads(mode) is None:
            continue
        trial = _good(stage, mode)
        fault = next((text for text in reasons(trial) if "its batch " in text), "")
        if fault:
            advice = (
                "return Outcomes.delivered(payloads), or Outcomes({place: outcome}) counted from 0"
            )
            text = f"{mode}: {fault.partition('its batch ')[2]}"
            yield placed.finding(f"{text} is what its batch returns", advice, stage.place_of(mode))


@as_check(
    "PC339",
    "stray-output",
    Severity.BEFORE_PUBLISHING,
    "A plugin prints nothing and warns of nothing.",
    needs=_CONNECTION,
)
def quiet(subject: Subject) -> Iterator[Finding]:
    """What a plugin prints lands in the output of a command that others read by program.

    The logger of the plugin's own name is for remarks, and warnings of a library that it uses are for its
    author to heed.
    """
    stage = stage_of(subject)
    for mode, trial in _each(stage):
        said = trial.printed.strip() or next(iter(trial.warned), "")
        if said:
            what = "prints" if trial.printed.strip() else "warns"
            text = f"{mode} {what} while it runs"
            advice = "use logging.getLogger(__name__), and heed the warning"
            yield quiet.finding(text, advice, stage.place_of(mode))


@as_check(
    "PC340",
    "threads-left",
    Severity.ERROR,
    "A plugin leaves no thread behind.",
    needs=_CONNECTION,
)
def alone(subject: Subject) -> Iterator[Finding]:
    """What a thread of a plugin's own does is held to no deadline.

    What a thread of a plugin's own does is not held to the deadline of its event, and what it raises
    reaches nobody. portcall runs actions side by side: ``workers=``.
    """
    stage = stage_of(subject)
    for mode, trial in _each(stage):
        if trial.threads:
            text = f"{mode} leaves a thread running: {trial.threads[0]}"
            yield alone.finding(text, "send in the action itself", stage.place_of(mode))


@as_check(
    "PC341",
    "undeclared-hosts",
    Severity.ERROR,
    "Requests go to declared hosts only.",
    needs=_CONNECTION,
)
def declared(subject: Subject) -> Iterator[Finding]:
    """``allowed_hosts`` says where a plugin may talk.

    A request elsewhere, or in plain http, is refused before it is sent, so that no customer's credentials
    reach a host that nobody declared.
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


def _each(stage: Stage) -> Iterator[tuple[Mode, Trial]]:
    """Return one run of each action that shows how it goes on when all is well, and when it is not."""
    rows = (scenarios.GOOD, scenarios.MALFORMED[0], scenarios.THROTTLED, scenarios.UNAVAILABLE)
    for mode in stage.working:
        trials = [stage.trial(mode, row) for row in (*rows, scenarios.RESET)]
        odd = [t for t in trials if t.slept_s or t.printed.strip() or t.warned or t.threads]
        yield mode, next(iter(odd), trials[0])


def _good(stage: Stage, mode: Mode) -> Trial:
    return stage.good(mode) if stage.payloads(mode) is not None else Trial()


def _ignores_key(stage: Stage, mode: Mode, *, full: bool) -> bool:
    """Return whether the same is sent for two subscriptions, which have keys of their own."""
    payloads = [payload_of(mode.action, number, full=full) for number in range(mode.count)]
    events = [event_of(payload, number) for number, payload in enumerate(payloads)]
    sent = []
    for salt in (b"one", b"other"):
        work = partial(stage.deliver, mode, events, salt=salt)
        sent.append([*map(_same, stage.observe(work, stage.script(mode)).seen)])
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
    return [*map(_same, (*once.seen[:2], *again.seen[:1]))] or [()]


def _same(seen: Seen) -> tuple[object, ...]:
    """Return what tells one request from another, without what a signature makes anew."""
    headers = {
        name: value
        for name, value in seen.headers.items()
        if name not in _OF_ATTEMPTS and "signature" not in name and "timestamp" not in name
    }
    return seen.method, seen.host, seen.target, tuple(sorted(headers.items())), seen.body


def _mistyped(seen: Seen) -> str:
    kind = seen.media_type
    if not seen.body:
        return ""
    if not kind:
        return "a body without a Content-Type"
    if kind.endswith(("/json", "+json")) and not _is_json(seen.body):
        return f"a body as {kind} that is no JSON"
    if kind == "application/x-www-form-urlencoded" and not _is_form(seen.body):
        return f"a body as {kind} that is no form"
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


CONDUCT: Final = (
    sleeps, repeats, patient, intact, steady, keyed, typed, whole, placed, quiet, alone, declared,
)  # fmt: skip
