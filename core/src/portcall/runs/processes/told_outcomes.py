"""Outcomes and errors as one process tells them to another: JSON, and no pickle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, groupby
from typing import Any, Final, TypeAlias

from portcall import errors, store
from portcall.actions import Outcome
from portcall.delivery import Alike
from portcall.delivery.alike import settled
from portcall.errors import PluginError, PortcallError
from portcall.raised import text_of

Span: TypeAlias = list[int]
"""The first and the last place of events without a gap."""

_IN: Final = "portcall: in "
"""How a note begins that says where a plugin has raised."""

_PLAIN: Final = {"delivered": Outcome.delivered(), "skipped": Outcome.skipped()}


class Places:
    """Where the events of one process's delivery stand in the delivery of the whole run.

    The thread that reads adds and forgets; those that send ask.
    """

    def __init__(self) -> None:
        # Replaced whole, so that no thread sees half of a change: first and last here, and how far moved.
        self._parts: tuple[tuple[int, int, int], ...] = ()
        self._count = 0

    def add(self, first: int, count: int) -> None:
        """Take the next *count* events, which stand from *first* on in the whole run."""
        part = (self._count, self._count + count - 1, first - self._count)
        self._parts = (*self._parts, part)
        self._count += count

    def spans(self, indexes: Sequence[int]) -> list[Span]:
        """Return where events stand in the whole run.

        Args:
            indexes: Their places here, ascending.
        """
        found: list[Span] = []
        for first, last in gapless(indexes):
            found += self._moved(first, last)
        return found

    def rest(self, taken: int) -> list[Span]:
        """Return where the events stand that were added, but for the first *taken* of them."""
        return list(self._moved(taken, self._count - 1))

    def forget(self, before: int) -> None:
        """Forget the places before one: they are asked for no more."""
        if self._parts and self._parts[0][1] < before:
            self._parts = tuple(part for part in self._parts if part[1] >= before)

    def _moved(self, first: int, last: int) -> Iterator[Span]:
        for begin, end, moved in self._parts:
            low, high = max(first, begin), min(last, end)
            if low <= high:
                yield [low + moved, high + moved]


def gapless(indexes: Sequence[int]) -> Iterator[Span]:
    """Return the first and the last of those that follow each other without a gap."""
    if not indexes:
        return
    first = last = indexes[0]
    if indexes[-1] - first + 1 == len(indexes):
        yield [first, indexes[-1]]
        return
    for index in indexes[1:]:
        if index != last + 1:
            yield [first, last]
            first = index
        last = index
    yield [first, last]


def from_spans(spans: Iterable[Span]) -> Sequence[int]:
    """Return the places in spans, one by one."""
    ranges = [range(first, last + 1) for first, last in spans]
    return ranges[0] if len(ranges) == 1 else list(chain.from_iterable(ranges))


def to_groups(outcomes: Sequence[Outcome], places: Places) -> list[Any]:
    """Return outcomes as JSON values: what became of events, with all that follow each other alike."""
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


def gapless_parts(
    outcomes: Sequence[Outcome], groups: Sequence[Any]
) -> Iterator[Sequence[Outcome]]:
    """Return outcomes in parts whose places follow each other, as a reorder buffer takes them as they are.

    Args:
        outcomes: From `from_groups`.
        groups: What they were made of.
    """
    if not isinstance(outcomes, Alike) or len(groups[0][1]) == 1:
        yield outcomes
        return
    for span in groups[0][1]:
        yield settled(outcomes.outcome, from_spans([span]))


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


def to_error(exc: BaseException) -> list[Any]:
    """Return an exception as JSON values: its kind, its text and its notes."""
    return [type(exc).__name__, text_of(exc), [f"{each}" for each in getattr(exc, "__notes__", ())]]


def from_error(told: Sequence[Any]) -> Exception:
    """Return the error that another process has told of: one of portcall's own tree.

    What a plugin raised, and is none of that tree, becomes a `PluginError` that names it.
    """
    kind, text, notes = told
    places = [note.removeprefix(_IN) for note in notes if note.startswith(_IN)]
    cls = getattr(errors, kind, None) or getattr(store, kind, None)
    try:
        made = cls(text) if isinstance(cls, type) and issubclass(cls, PortcallError) else None
    except TypeError:  # one that takes more than a text
        made = None
    if made is None:
        where = f"a fault of the plugin, in {places[-1]}: " if places else ""
        made = PluginError(f"{where}{kind}: {text}")
    for note in notes:
        made.add_note(note)
    return made
