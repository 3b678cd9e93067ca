"""Outcomes as JSON values, to pass them between processes without pickle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain, groupby
from typing import Any, Final

from portcall.actions.outcomes import Outcome
from portcall.delivery.alike import Alike, settled
from portcall.runs.processes.error_values import from_error, to_error
from portcall.runs.processes.event_places import Places, from_spans

_PLAIN: Final = {"delivered": Outcome.delivered(), "skipped": Outcome.skipped()}


def to_groups(outcomes: Sequence[Outcome], places: Places) -> list[Any]:
    """Return outcomes as JSON values; equal outcomes in a row are one value."""
    if isinstance(outcomes, Alike):
        return [[_told(outcomes.outcome), places.spans(outcomes.indexes)]]
    groups = groupby(outcomes, key=_about)
    return [
        [_told(alike[0]), places.spans([each.index for each in alike])]
        for alike in (list(group) for _, group in groups)
    ]


def from_groups(groups: Sequence[Any]) -> Sequence[Outcome]:
    """Return the outcomes that `to_groups` made JSON of, with their places in the whole run."""
    made = [settled(_outcome(told), from_spans(spans)) for told, spans in groups]
    return made[0] if len(made) == 1 else list(chain.from_iterable(made))


def _about(outcome: Outcome) -> tuple[object, ...]:
    each = outcome
    return (each.kind, each.reason, each.field, each.at, each.status, id(each.fault))


def _told(outcome: Outcome) -> Any:
    if outcome.kind in _PLAIN and not outcome.reason:
        return outcome.kind
    fault = None if outcome.fault is None else to_error(outcome.fault)
    at = to_instant(outcome.at)
    return [outcome.kind, outcome.reason, outcome.field, at, outcome.status, fault]


def _outcome(told: Any) -> Outcome:
    if isinstance(told, str):
        return _PLAIN[told]
    kind, reason, field, at, status, fault = told
    return Outcome(
        kind,
        reason=reason,
        field=field,
        at=from_instant(at),
        status=status,
        fault=None if fault is None else from_error(fault),
    )


def to_instant(at: datetime | None) -> str | None:
    """Return an instant as text."""
    return None if at is None else at.isoformat()


def from_instant(text: str | None) -> datetime | None:
    """Return the instant that `to_instant` made text of."""
    return None if text is None else datetime.fromisoformat(text)
