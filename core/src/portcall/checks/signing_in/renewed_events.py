"""PC519 and PC520: what becomes of events whose credentials are renewed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.probing import scenarios
from portcall.checks.probing.modes import Mode
from portcall.checks.probing.played import (
    Answer,
    Script,
    Seen,
    response_of,
    with_tokens,
)
from portcall.checks.probing.renewals import (
    renewal_body,
    renewed,
    returned_auth,
)
from portcall.checks.probing.stage import Stage
from portcall.checks.reply import Reply
from portcall.checks.subject import Subject
from portcall.model.auth import Auth

_CONNECTION: Final = Needs.CONNECTION


@as_check(
    "PC519",
    "renewed-credentials-sent",
    Severity.ERROR,
    "An action goes on with renewed credentials.",
    needs=_CONNECTION,
)
def sent(subject: Subject) -> Iterator[Finding]:
    """After a 401, portcall renews the credentials and sends the event once more.

    A plugin that keeps the old token in a variable, or adds it to the request itself, sends the old
    token again, and every event is refused.
    """
    stage = renewed(subject, itself=False)
    if stage is None or not isinstance(returned_auth(stage), Auth):
        return
    old = stage.subject.auth.access_token
    for mode in stage.working:
        trial = stage.observe(
            partial(stage.deliver, mode, stage.events(mode)), _refusing_once(stage, mode)
        )
        first = [each for each in trial.seen if not each.asks_for_token][:1]
        again = [each for each in trial.seen if not each.asks_for_token][1:]
        carried = first and old is not None and old.reveal() in first[0].text
        if carried and any(old is not None and old.reveal() in each.text for each in again):
            text = f"{mode} sends the old access token after it was renewed"
            advice = "take the token from auth each time: it is an argument of every hook"
            yield sent.finding(text, advice, stage.place_of(mode))


@as_check(
    "PC520",
    "events-not-blamed",
    Severity.ERROR,
    "A failed renewal is no verdict on the event.",
    needs=_CONNECTION,
)
def blameless(subject: Subject) -> Iterator[Finding]:
    """An event that waits for a renewal is not the cause of its failure.

    The event is sent again, or waits for a person to authorize. It is never rejected or delivered.
    """
    stage = renewed(subject, itself=False)
    if stage is None:
        return
    refused = response_of(Reply(401))
    for mode in stage.working:
        for status in (400, 403):
            ended = response_of(Reply(status, json={"error": "invalid_grant"}))
            script = with_tokens(lambda _: refused, partial(_always, ended))
            trial = stage.observe(partial(stage.deliver, mode, stage.events(mode)), script)
            kinds = {outcome.kind for outcome in trial.outcomes}
            wrong = kinds - {"reauthorize", "retry"}
            if wrong and _refused_alone(stage, mode):
                text = f"{mode} says {min(wrong)} where its credentials could not be renewed"
                advice = "let AuthenticationError pass"
                yield blameless.finding(text, advice, stage.place_of(mode))
                break


def _always(answer: Answer, _: Seen) -> Answer:
    return answer


def _refusing_once(stage: Stage, mode: Mode) -> Script:
    """Return a script that refuses the first request, issues a token, and accepts every later request."""
    tokens, good = response_of(Reply(json=renewal_body(stage))), stage.good_answer(mode)
    refused: list[Seen] = []

    def script(seen: Seen) -> Answer:
        if seen.asks_for_token:
            return tokens
        refused.append(seen)
        return response_of(Reply(401)) if len(refused) == 1 else good

    return script


def _refused_alone(stage: Stage, mode: Mode) -> bool:
    """Return whether the action tells a refusal right where a renewal works."""
    trial = stage.trials.get((f"{mode}", scenarios.REFUSED.name))
    return trial is None or {o.kind for o in trial.outcomes} <= {"reauthorize", "retry"}


RENEWED: Final = (sent, blameless)
