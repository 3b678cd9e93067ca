"""One subscription, as a pipeline file has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from portcall.model import EMPTY


@attrs.frozen
class PipelineSubscription:
    """One subscription, as its file has it; what it names is not looked up yet.

    Args:
        name: For people; no other of the pipeline has it.
        action: As it was written.
        place: Where it stands: ``"subscriptions[1]"``; empty if it is in no file.
        subscribe: Which events, in FQL; None for the preset's or the action's own filter.
        preset: The name of a preset to start from.
        mapping: From field names to values: JSON with directives.
        merge: The mapping is laid over what it starts from, field by field; if not, it is in place of
            all of it.
        sync_mode: One of the action's.
        saved: What ``on_save`` returned.
        enabled: It counts.
        spelling: What its file calls an entry, where that is not our name: Segment's ``trigger``.
    """

    name: str
    action: str
    place: str
    subscribe: str | None = None
    preset: str | None = None
    mapping: Mapping[str, Any] | None = None
    merge: bool = False
    sync_mode: str | None = None
    saved: Any = None
    enabled: bool = True
    spelling: Mapping[str, str] = EMPTY

    def at(self, entry: str) -> str:
        """Return where one of its entries stands: ``"subscriptions[1].mapping"``."""
        spelt = self.spelling.get(entry, entry)
        return f"{self.place}.{spelt}" if self.place else spelt
