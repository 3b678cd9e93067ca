"""One subscription, as a pipeline file has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from portcall.model.opaque import EMPTY


@attrs.frozen
class PipelineSubscription:
    """One subscription, as its file has it; the names in it are not resolved yet.

    Args:
        name: For people; unique in the pipeline.
        action: As it was written.
        place: In the file: ``"subscriptions[1]"``; empty for a subscription without a file.
        subscribe: Which events, in FQL; None for the preset's or the action's own filter.
        preset: The name of a preset to start from.
        mapping: From field names to values: JSON with directives.
        merge: The mapping is laid over what it starts from, field by field; if not, it is in place of
            all of it.
        sync_mode: One of the action's.
        saved: What ``on_save`` returned.
        enabled: False for a subscription that the pipeline leaves out.
        spelling: The file's names of entries, where they differ from portcall's: Segment's ``trigger``.
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
        """Return the place of one of its entries: ``"subscriptions[1].mapping"``."""
        spelt = self.spelling.get(entry, entry)
        return f"{self.place}.{spelt}" if self.place else spelt
