"""What a pipeline file says: which connection, which events, and what is done with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
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
        saved: What ``on_save`` gave.
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
        """Say where one of its entries stands: ``"subscriptions[1].mapping"``."""
        spelt = self.spelling.get(entry, entry)
        return f"{self.place}.{spelt}" if self.place else spelt


@attrs.frozen
class Pipeline:
    """A pipeline file that was read and checked, but for what only its destination knows.

    Args:
        path: The file.
        connection: The name of a connection that is kept, or the slug of a destination.
        subscriptions: One or more, those that are not enabled included.
        input: The path of the events, from where the command runs; ``-`` for standard input; None if
            the file does not say.
        format: ``ndjson`` or ``jsonl``, ``json``, ``csv``.
        workers: How many calls are under way at once.
        rate: The most events a second.
        settings: Text by field name, as ``--set`` takes it; maybe with secrets.
    """

    path: Path
    connection: str
    subscriptions: tuple[PipelineSubscription, ...]
    input: str | None = None
    format: str | None = None
    workers: int | None = None
    rate: float | None = None
    settings: Mapping[str, str] = attrs.field(default=EMPTY, repr=False)
