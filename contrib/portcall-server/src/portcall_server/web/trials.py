"""What was typed on the page of an action: read from its form, planned, explained and sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import attrs

from portcall import Action, Connection, Field, Outcome, PortcallError, Retry, SettingsError
from portcall.previews.authors import (
    KnownSecrets,
    PlannedSubscription,
    answer_as_json,
    explain,
    plain,
    plan_action,
    request_as_json,
    text_of,
)
from portcall_server.web.entries import entry_of
from portcall_server.web.forms import Form
from portcall_server.web.sample_events import fitting_name, sample_event
from portcall_server.web.sessions import Trial
from portcall_server.web.wire_recorder import Exchanged, recording

ENTRY: Final = "m."
_ONCE: Final = Retry(attempts=1)


def first_trial(action: Action) -> Trial:
    """Return what the page of an action begins with."""
    return Trial(event=sample_event(fitting_name(action.subscribe)))


def read_trial(form: Form, action: Action, before: Trial) -> Trial:
    """Read what was typed.

    Args:
        form: From the page.
        action: Of the page.
        before: What the page was made of: what it did not show, because it is secret, stays.
    """
    entries = form.below(ENTRY)
    for field in action.fields:
        kept = before.entries.get(field.name, "")
        if hides(field, kept) and not entries.get(field.name):
            entries[field.name] = kept
    event = form.text("event")
    subscribe = form.text("subscribe").strip()
    preset = form.text("preset")
    return Trial(
        event=before.event if event == before.shown else event,
        subscribe=None if subscribe == start_of(action, preset) else subscribe,
        preset=preset if preset in {each.name for each in action.presets} else "",
        sync_mode=form.text("sync_mode"),
        entries={name: text for name, text in entries.items() if text.strip()},
        shown=before.shown,
    )


def hides(field: Field, entry: str) -> bool:
    """Return whether what was typed for a field is not a path or template, but maybe the secret itself."""
    return field.secret and bool(entry) and not entry.strip().startswith("$.") and "{{" not in entry


def start_of(action: Action, preset: str) -> str:
    """Return the filter that an action, or one of its presets, begins with."""
    return next((p.subscribe for p in action.presets if p.name == preset), action.subscribe)


def starting_mapping(action: Action, preset: str) -> dict[str, Any]:
    """Return the entries that an action, or one of its presets, begins with."""
    own = {f.name: f.default_mapping for f in action.fields if f.default_mapping is not None}
    whole = {**own, **next((p.mapping for p in action.presets if p.name == preset), {})}
    return {name: plain(entry) for name, entry in whole.items()}


def changes_of(trial: Trial) -> dict[str, Any]:
    """Return the entries that were typed."""
    return {name: entry_of(text) for name, text in trial.entries.items()}


def planned(action: Action, trial: Trial) -> PlannedSubscription:
    """Plan what was typed.

    Raises:
        SettingsError: Lists every fault.
    """
    changes = changes_of(trial)
    return plan_action(
        action,
        subscribe=trial.subscribe,
        preset=trial.preset or None,
        mapping={**starting_mapping(action, trial.preset), **changes} if changes else None,
        sync_mode=trial.sync_mode or None,
    )


def event_of(text: str) -> Mapping[str, Any]:
    """Read an event.

    Raises:
        SettingsError: It is not a JSON object; says where it ends to be one.
    """
    try:
        event = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as exc:
        raise SettingsError(
            f"the event is not JSON: {exc.msg} in line {exc.lineno}, column {exc.colno}"
        ) from None
    except (ValueError, RecursionError):
        raise SettingsError(
            "the event is not JSON: it has an unusable number or is nested too deeply"
        ) from None
    if not isinstance(event, dict):
        raise SettingsError("the event must be a JSON object: {...}")
    return event


@attrs.frozen(kw_only=True)
class Preview:
    """What would become of the event, as a page shows it.

    Args:
        fault: What keeps it from being known; empty if nothing does.
        subscription: From `explain`.
    """

    fault: str = ""
    subscription: Mapping[str, Any] | None = None


def preview(connection: Connection, action: Action, trial: Trial, known: KnownSecrets) -> Preview:
    """Explain what would become of the event; nothing is sent."""
    try:
        explained = explain(connection, [planned(action, trial)], event_of(trial.event), known)
    except PortcallError as exc:
        return Preview(fault=known.clean(text_of(exc)))
    [subscription] = explained["subscriptions"]
    return Preview(subscription=subscription)


@attrs.frozen(kw_only=True)
class Sent:
    """What became of the event.

    Args:
        outcome: Its outcome.
        calls: Each request, its answer, and how long that took.
    """

    outcome: Outcome
    calls: list[dict[str, Any]]


def send(connection: Connection, action: Action, trial: Trial, known: KnownSecrets) -> Sent:
    """Deliver the event, once.

    Raises:
        SettingsError: It cannot be planned; nothing was sent.
    """
    plan, event = planned(action, trial), event_of(trial.event)
    with recording() as calls:
        [outcome] = connection.deliver(
            action,
            [event],
            mapping=plan.mapping,
            subscribe=plan.subscribe,
            sync_mode=trial.sync_mode or None,
            workers=1,
            retry=_ONCE,
        )
    known.remember(connection.auth)
    return Sent(outcome=outcome, calls=[_shown(each, known) for each in calls])


def _shown(each: Exchanged, known: KnownSecrets) -> dict[str, Any]:
    request = request_as_json(each.request, known)
    return {
        "request": request,
        "answer": answer_as_json(each.response, known) if each.response is not None else None,
        "raised": known.clean(text_of(each.raised)) if each.raised is not None else "",
        "took_ms": round(each.took_s * 1000),
    }


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
