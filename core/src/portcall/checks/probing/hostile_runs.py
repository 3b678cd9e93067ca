"""Runs with hostile text in one field of a payload, in an event, or in one setting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from portcall.checks.probing.invented import event_of, with_text
from portcall.checks.probing.modes import Mode
from portcall.checks.probing.observing import Trial
from portcall.checks.probing.stage import Stage
from portcall.checks.probing.text_places import (
    FOREIGN,
    PLAIN,
    Tried,
    arrives_everywhere,
    is_raw,
    path_fault,
    query_fault,
)
from portcall.errors import SettingsError
from portcall.fields import Field

_TEXTS: Final = (
    "a?role=admin&x=1",
    "a&role=admin",
    "a#b",
    "a/b",
    "a%2fb",
    "../../admin",
    "a\r\nX-Injected: 1",
    "a\0b",
    'a"b',
    "a'b\\c",
    '","role":"admin',
    "</a><b>c",
    FOREIGN,
    "x" * 10_000,
)
_OF_BATCHES: Final = ("a?role=admin&x=1", "a/b", "a%2fb", 'a"b')
"""What tells whether a batch pastes text, which its action does not."""
_OF_EVENT: Final = ("userId", "anonymousId", "messageId", "event")
"""What an action may read of the event itself."""


def tried_texts(stage: Stage) -> list[Tried]:
    """Return a run of each action with each text in each place that takes it, remembered."""
    return stage.memo("hostile texts", lambda: [*_tried(stage)])


def _tried(stage: Stage) -> Iterator[Tried]:
    for mode in stage.working:
        payload = (stage.payloads(mode) or [{}])[0]
        places = [f.name for f in mode.action.fields if f.name in payload]
        if {"event", "events"} & {*mode.callee.names}:
            places += [f"event.{name}" for name in _OF_EVENT]
        free = [place for place in places if _event(stage, mode, [place], PLAIN) is not None]
        if free:
            yield from _of_mode(stage, mode, free)


def _of_mode(stage: Stage, mode: Mode, places: Sequence[str]) -> Iterator[Tried]:
    plain = {place: _run(stage, mode, [place], PLAIN) for place in places}
    whole = _run(stage, mode, places, PLAIN)
    for text in _OF_BATCHES if mode.batched else _TEXTS:
        together = _run(stage, mode, places, text)
        # A text in all places at once that does no harm does none in one place.
        if len(places) > 1 and _is_harmless(Tried(mode, "", text, whole, together)):
            continue
        for place in places:
            hostile = together if len(places) == 1 else _run(stage, mode, [place], text)
            yield Tried(mode, place, text, plain[place], hostile)


def _is_harmless(tried: Tried) -> bool:
    if tried.hostile.raised is not None or not tried.hostile.seen or is_raw(tried):
        return False
    return tried.text != FOREIGN or arrives_everywhere(tried)


def _run(stage: Stage, mode: Mode, places: Sequence[str], text: str) -> Trial:
    """Deliver events, *text* in some places of the first; an empty trial where none takes it."""
    event = _event(stage, mode, places, text)
    if event is None:
        return Trial()
    # As many as the answer has results for; the others stay as they are.
    events = [event, *stage.events(mode)[1:]]
    return stage.observe(partial(stage.deliver, mode, events), stage.script(mode))


def _event(stage: Stage, mode: Mode, places: Sequence[str], text: str) -> dict[str, Any] | None:
    payload = dict((stage.payloads(mode) or [{}])[0])
    fields = {field.name: field for field in mode.action.fields}
    changed = False
    for place in places:
        if place in fields:
            before = payload[place]
            payload[place] = with_text(fields[place], before, text)
            changed |= bool(payload[place] != before)
    event = event_of(payload, 0, kind=mode.kind)
    for place in places:
        if place.startswith("event."):
            event[place.partition(".")[2]] = text
            changed = True
    return event if changed else None


def setting_fault(stage: Stage, mode: Mode, field: Field, text: str) -> str:
    """Return what a text in a setting does to the URLs of an action; empty if it is one value."""
    plain = with_setting(stage, mode, field, PLAIN)
    hostile = with_setting(stage, mode, field, text)
    if plain is None or hostile is None:
        return ""
    tried = Tried(mode, field.name, text, plain, hostile)
    faults = (path_fault, query_fault)
    return next(filter(None, (f(tried, *pair) for pair in tried.pairs for f in faults)), "")


def with_setting(stage: Stage, mode: Mode, field: Field, text: str) -> Trial | None:
    """Run an action with *text* in one setting; None if the setting does not take it."""
    if field.kind not in {"string", "secret"} or isinstance(field.choices, tuple):
        return None
    settings = {**stage.subject.settings, field.name: text}

    def work() -> Any:
        try:
            connection = stage.connect(settings)
        except SettingsError:
            return None
        return stage.deliver(mode, stage.events(mode), connection)

    return stage.memo(
        f"{field.name}={text} {mode}", lambda: stage.observe(work, stage.script(mode))
    )
