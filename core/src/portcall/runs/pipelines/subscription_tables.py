"""Read the subscriptions of a pipeline: its own tables, or a JSON file that Segment exported."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from portcall.errors import SettingsError
from portcall.model.opaque import EMPTY
from portcall.runs.pipelines.bounded_files import read_json
from portcall.runs.pipelines.faults import Entries, Faults, shown
from portcall.runs.pipelines.pipeline_subscription import PipelineSubscription
from portcall.runs.pipelines.segment_export import spelling_of, unwrap

MOST: Final = 1000
_ENTRIES: Final = (
    "name", "action", "subscribe", "preset", "mapping", "merge", "sync_mode", "saved", "enabled",
)  # fmt: skip


def read_subscriptions(folder: Path, held: Any, faults: Faults) -> tuple[PipelineSubscription, ...]:
    """Read all subscriptions of a pipeline.

    Args:
        folder: Of the files that the pipeline names.
        held: The entry ``subscriptions``: a list of tables, or the path of a JSON file.
        faults: Notes each fault.

    Returns:
        The subscriptions that could be read, each with a unique name.
    """
    if held is None:
        return ()
    if isinstance(held, list):
        tables = [(f"subscriptions[{index}]", each) for index, each in enumerate(held)]
    else:
        tables = _from_file(folder, held, faults)
    if len(tables) > MOST:
        faults.add("subscriptions", f"there are {len(tables)}; at most {MOST} are taken")
    reader = _Reader(folder, faults)
    return _named(
        [each for each in (reader.read(*table) for table in tables[:MOST]) if each], faults
    )


def _from_file(folder: Path, held: Any, faults: Faults) -> list[tuple[str, Any]]:
    if not isinstance(held, str):
        wanted = "it must be a list of tables, or the path of a JSON file"
        faults.add("subscriptions", f"{wanted}; it is {shown(held)}")
        return []
    found = _json(folder, held, "subscriptions", faults)
    return [] if found is None else unwrap(found, held, faults)


def _json(folder: Path, name: str, place: str, faults: Faults) -> Any:
    try:
        return read_json(folder / name)
    except SettingsError as exc:
        faults.add_error(place, exc)
        return None


@attrs.frozen
class _Reader:
    """Reads one subscription after another."""

    folder: Path
    faults: Faults

    def read(self, place: str, table: Any) -> PipelineSubscription | None:
        """Return a subscription; None if its faults leave nothing to return."""
        if not isinstance(table, dict):
            self.faults.add(place, f"it must be a table; it is {shown(table)}")
            return None
        spelling = spelling_of(table)
        entries = Entries(table, place, self.faults, spelling or EMPTY)
        action = entries.text("action", needed=True)
        if spelling is not None:
            return self._segment(place, action or "", entries, spelling)
        entries.refuse_unknown(_ENTRIES)
        return self._own(place, action or "", entries)

    def _own(self, place: str, action: str, entries: Entries) -> PipelineSubscription:
        preset = entries.text("preset")
        return PipelineSubscription(
            name=entries.text("name") or "",
            action=action,
            place=place,
            subscribe=entries.text("subscribe"),
            preset=preset,
            mapping=self._mapping(entries),
            # A mapping beside a preset changes the preset's; one without a preset is complete.
            merge=entries.boolean("merge", default=preset is not None),
            sync_mode=entries.text("sync_mode"),
            saved=self._saved(entries),
            enabled=entries.boolean("enabled", default=True),
        )

    def _segment(
        self, place: str, action: str, entries: Entries, spelling: Mapping[str, str]
    ) -> PipelineSubscription:
        subscribe = entries.text("subscribe")
        if subscribe is not None and not subscribe.strip():
            # At Segment an empty filter selects no event; here it would select all.
            self.faults.add(entries.at("subscribe"), "it must not be empty")
        return PipelineSubscription(
            name=entries.text("name") or "",
            action=action,
            place=place,
            subscribe=subscribe,
            mapping=self._mapping(entries),
            enabled=entries.boolean("enabled", default=True),
            spelling=spelling,
        )

    def _saved(self, entries: Entries) -> Any:
        saved = entries.any("saved")
        try:
            json.dumps(saved, allow_nan=False)
        except (TypeError, ValueError):
            wanted = "it must be JSON, without dates and infinite numbers"
            self.faults.add(entries.at("saved"), wanted)
        return saved

    def _mapping(self, entries: Entries) -> dict[str, Any] | None:
        held, place = entries.any("mapping"), entries.at("mapping")
        if isinstance(held, str):
            held = _json(self.folder, held, place, self.faults)
        if held is None or isinstance(held, dict):
            return held
        self.faults.add(
            place, f"it must be a table, or the path of a JSON file; it is {shown(held)}"
        )
        return None


def _named(
    found: Sequence[PipelineSubscription], faults: Faults
) -> tuple[PipelineSubscription, ...]:
    """Return the subscriptions with unique names, as exports from Segment may repeat a name."""
    taken: set[str] = set()
    for each in found:
        if each.name and not each.spelling and each.name in taken:
            faults.add(each.at("name"), f"there is another subscription called {each.name!r}")
        taken.add(each.name)
    used: set[str] = set()
    named = []
    for each in found:
        name = each.name if each.name and each.name not in used else ""
        name = name or _free(each.name or each.action, taken | used)
        used.add(name)
        named.append(attrs.evolve(each, name=name))
    return tuple(named)


def _free(name: str, taken: set[str]) -> str:
    numbers = range(2, len(taken) + 3)
    return next(each for each in (name, *(f"{name} {n}" for n in numbers)) if each not in taken)
