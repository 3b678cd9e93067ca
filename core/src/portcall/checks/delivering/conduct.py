"""PC330 to PC340: what an action does besides sending: waiting, repeating, printing, changing."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import partial
from typing import Final

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing import scenarios
from portcall.checks.probing.modes import Mode
from portcall.checks.probing.observing import Trial
from portcall.checks.probing.stage import Stage, stage_of
from portcall.checks.subject import Subject
from portcall.delivery.retry import Retry
from portcall.requests.composing import TIMEOUT_S

_CONNECTION: Final = Needs.CONNECTION
_LONGEST_S: Final = 300.0
_MOST_REPEATS: Final = 2
_TWICE: Final = Retry(attempts=2, random=lambda: 0.0, sleep=lambda _: None)


@as_check("PC330", "own-pauses", Severity.ERROR, "A plugin does not sleep.", needs=_CONNECTION)
def sleeps(subject: Subject) -> Iterator[Finding]:
    """A pause inside an action blocks a worker, and all events behind this one, beyond every deadline.

    portcall waits between attempts for as long as the destination asks; rate limits belong to an extra
    or the host.
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
    """The host repeats what may be repeated, with growing pauses and an end.

    A loop in the action multiplies these attempts: it burdens a destination that is down, and repeats
    what must not be done twice.
    """
    stage = stage_of(subject)
    for mode in stage.working:
        for scenario in (scenarios.UNAVAILABLE, scenarios.RESET):
            trial = stage.trial(mode, scenario)
            sent = [each.essence for each in trial.seen]
            same = max(map(sent.count, sent), default=0)
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
            (each.limits.timeout_s or TIMEOUT_S for each in stage.good(mode).seen), default=0
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
    """Events and payloads are used again after an action: for a retry, another subscription or a dead letter.

    A list or dict that an action changes in place is a different event there.
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
    "PC339",
    "stray-output",
    Severity.BEFORE_PUBLISHING,
    "A plugin prints nothing and warns of nothing.",
    needs=_CONNECTION,
)
def quiet(subject: Subject) -> Iterator[Finding]:
    """What a plugin prints ends up in the output of a command, which other programs read.

    Remarks belong to the logger with the plugin's own name. A warning of a library that the plugin uses
    is for its author to resolve.
    """
    stage = stage_of(subject)
    for mode, trial in _each(stage):
        said = trial.printed.strip() or next(iter(trial.warned), "")
        if said:
            what = "prints" if trial.printed.strip() else "warns"
            text = f"{mode} {what} while it runs"
            advice = "use logging.getLogger(__name__), and fix what the warning names"
            yield quiet.finding(text, advice, stage.place_of(mode))


@as_check(
    "PC340",
    "threads-left",
    Severity.ERROR,
    "A plugin leaves no thread behind.",
    needs=_CONNECTION,
)
def alone(subject: Subject) -> Iterator[Finding]:
    """A plugin's own thread is not held to the deadline of its event, and its exceptions are lost.

    portcall runs actions side by side: ``workers=``.
    """
    stage = stage_of(subject)
    for mode, trial in _each(stage):
        if trial.threads:
            text = f"{mode} leaves a thread running: {trial.threads[0]}"
            yield alone.finding(text, "send in the action itself", stage.place_of(mode))


def _each(stage: Stage) -> Iterator[tuple[Mode, Trial]]:
    """Return one run of each action that shows how it goes on when all is well, and when it is not."""
    rows = (scenarios.GOOD, scenarios.MALFORMED[0], scenarios.THROTTLED, scenarios.UNAVAILABLE)
    for mode in stage.working:
        trials = [stage.trial(mode, row) for row in (*rows, scenarios.RESET)]
        odd = [t for t in trials if t.slept_s or t.printed.strip() or t.warned or t.threads]
        yield mode, next(iter(odd), trials[0])


@as_check(
    "PC342",
    "own-connections",
    Severity.ERROR,
    "A plugin opens no connection of its own.",
    needs=_CONNECTION,
)
def undialled(subject: Subject) -> Iterator[Finding]:
    """Only what goes through the client is held to declared hosts and deadlines.

    Another HTTP client, or a socket, takes customers' data past the declared hosts, the deadline, the
    renewal of credentials and the masking of secrets. While a plugin is checked, such connections are
    blocked.
    """
    stage = stage_of(subject)
    for mode in stage.modes:
        dialled = stage.good(mode).dialled
        if dialled:
            text = f"{mode} opens a connection of its own, to {dialled[0][:80]}"
            yield undialled.finding(text, "send with the client", stage.place_of(mode))


CONDUCT: Final = (sleeps, repeats, patient, intact, quiet, alone, undialled)  # fmt: skip
