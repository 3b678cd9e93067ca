"""The ways in which an action can be run, and payloads that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from portcall.actions.action import Action
from portcall.actions.callee import Callee
from portcall.checks.probing.invented import event_of, mapping_of, payload_of


@attrs.frozen
class Mode:
    """One way to run an action: event by event, or in batches.

    Args:
        action: The action.
        batched: Its batch function is called.
        sync_mode: One of the action's; None for its first.
        leaves: Users leave an audience, rather than enter it.
    """

    action: Action
    batched: bool
    sync_mode: str | None = None
    leaves: bool = False

    def __str__(self) -> str:
        name = f"action {self.action.name!r}"
        name = f"the batch of {name}" if self.batched else name
        if self.sync_mode is not None:
            name = f"{name} in sync mode {self.sync_mode!r}"
        return f"{name} for users who leave" if self.leaves else name

    @property
    def callee(self) -> Callee:
        """The author's function."""
        batching = self.action.batching
        return batching.callee if self.batched and batching is not None else self.action.callee

    @property
    def kind(self) -> str:
        """The type of the events that it is for."""
        return "delete" if 'type = "delete"' in self.action.subscribe else "track"

    @property
    def count(self) -> int:
        """How many events it is tried with."""
        batching = self.action.batching
        return min(3, batching.size) if self.batched and batching is not None else 1


def modes_of(action: Action) -> Iterator[Mode]:
    """Return every way in which an action can be run."""
    for batched in (False, True) if action.batching is not None else (False,):
        usual = Mode(action, batched)
        yield usual
        for sync_mode in action.sync_modes[1:]:
            yield attrs.evolve(usual, sync_mode=sync_mode)
        if "membership" in usual.callee.names:
            yield attrs.evolve(usual, leaves=True)


def payloads_for(action: Action) -> list[dict[str, Any]]:
    """Return three payloads that an action takes; none if no made-up ones pass."""
    read = action.reader(mapping_of(action))
    for full in (True, False):
        payloads = [payload_of(action, number, full=full) for number in range(3)]
        try:
            for number, payload in enumerate(payloads):
                read(event_of(payload, number))
        except Exception:  # noqa: BLE001, S112  # code of the payload's class may raise anything
            continue
        return payloads
    return []
