"""Events that runs have not delivered, in their files: found by outcome, reason and field."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

import attrs

from portcall.errors import SettingsError
from portcall.runs.dead_letters import FILE_MODE, KINDS, OWN
from portcall.runs.inputs import NOTE
from portcall.runs.reasons import common

_LONGEST_BYTES: Final = 64 << 20


@attrs.frozen
class KeptEvent:
    """One event that was not delivered.

    Args:
        path: The file that it is in.
        place: Its line there, counted from 1.
        note: What the run wrote beside it: ``outcome``, ``reason``, ``field``, ``line``, ``subscription``.
        line: The line itself, with its end.
    """

    path: Path
    place: int
    note: Mapping[str, Any]
    line: bytes = attrs.field(repr=False)

    def text(self, name: str) -> str:
        """Return one entry of the note as text; empty if there is none."""
        value = self.note.get(name)
        return value if isinstance(value, str) else ""


@attrs.frozen
class Wanted:
    """Which events are meant; those that fit all that is not empty.

    Args:
        outcome: ``rejected``, ``uncertain`` or ``retry``.
        reason: What the reason holds, whatever its case.
        field: The field that the reason is about.
        subscription: The subscription that the event is for.
    """

    outcome: str = ""
    reason: str = ""
    field: str = ""
    subscription: str = ""

    def __call__(self, event: KeptEvent) -> bool:
        """Return whether an event is meant."""
        return (
            self.reason.casefold() in event.text("reason").casefold()
            and self.outcome in {"", event.text("outcome")}
            and self.field in {"", event.text("field")}
            and self.subscription in {"", event.text("subscription")}
        )

    @property
    def is_all(self) -> bool:
        """Every event is meant."""
        return self == Wanted()


def dead_letter_files(places: Iterable[Path]) -> list[Path]:
    """Return the files of runs in some places.

    Args:
        places: Files, and folders whose files of runs are meant.

    Raises:
        SettingsError: There is no such place, or a file that is none of a run's.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            found += sorted(path for path in place.iterdir() if OWN.search(path.name))
        elif not place.exists():
            raise SettingsError(f"there is no {place}")
        elif not OWN.search(place.name):
            kinds = ", ".join(f"….{kind}.ndjson" for kind in KINDS)
            raise SettingsError(f"{place} is not a file of dead letters: those are named {kinds}")
        else:
            found.append(place)
    return list(dict.fromkeys(found))


def kept_events(
    paths: Iterable[Path], wanted: Callable[[KeptEvent], bool] = Wanted()
) -> Iterator[KeptEvent]:
    """Return the events of files, one file after the other.

    Raises:
        SettingsError: A file cannot be read.
    """
    for path in paths:
        try:
            with path.open("rb") as file:
                for place, line in enumerate(iter(lambda: file.readline(_LONGEST_BYTES), b""), 1):
                    if line.strip():
                        event = KeptEvent(path, place, _note(line), line.rstrip(b"\n") + b"\n")
                        if wanted(event):
                            yield event
        except OSError as exc:
            raise SettingsError(f"{path} cannot be read: {exc.strerror}") from None


@attrs.define
class Group:
    """Events with one outcome, reason and field.

    Args:
        outcome: Of all of them.
        reason: Of the first; what differs from event to event is ``…`` where there are more.
        field: What the reason is about; may be empty.
        count: How many there are.
        places: File and line of the first few.
    """

    outcome: str
    reason: str
    field: str
    count: int = 0
    places: list[tuple[Path, int]] = attrs.field(factory=list)


def grouped(events: Iterable[KeptEvent], most: int = 3) -> list[Group]:
    """Return events by outcome, reason and field, the most frequent first.

    Args:
        events: From `kept_events`.
        most: The most places that are named of each group.
    """
    groups: dict[tuple[str, str, str], Group] = {}
    for event in events:
        outcome, reason, field = map(event.text, ("outcome", "reason", "field"))
        key = (outcome, common(reason), field)
        group = groups.setdefault(key, Group(outcome, reason, field))
        if reason != group.reason:
            group.reason = key[1]
        group.count += 1
        if len(group.places) < most:
            group.places.append((event.path, event.place))
    return sorted(groups.values(), key=lambda group: -group.count)


def drop(path: Path, wanted: Callable[[KeptEvent], bool]) -> int:
    """Remove events from a file, and the file if none is left; return how many.

    Raises:
        SettingsError: The file cannot be read or written.
    """
    gone, rest = _parted(path, wanted)
    if gone:
        _write(path, rest)
    return len(gone)


def take_out(path: Path, wanted: Callable[[KeptEvent], bool]) -> Path | None:
    """Move events into a file of their own beside the first one, ready to be sent.

    Returns:
        That file: the first one itself if all of its events are wanted; None if none is.

    Raises:
        SettingsError: The files cannot be read or written.
    """
    gone, rest = _parted(path, wanted)
    if not gone or not rest:
        return path if gone else None
    found = OWN.search(path.name)
    kind, stem = (found[1], path.name[: found.start()]) if found else ("retry", path.name)
    for number in count(2):
        place = path.with_name(f"{stem}.{kind}-{number}.ndjson")
        try:
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        except FileExistsError:
            continue
        except OSError as exc:
            raise SettingsError(f"{place} cannot be written: {exc.strerror}") from None
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(event.line for event in gone)
            file.flush()
            os.fsync(file.fileno())
        _write(path, rest)
        return place
    raise AssertionError


def _parted(
    path: Path, wanted: Callable[[KeptEvent], bool]
) -> tuple[list[KeptEvent], list[KeptEvent]]:
    gone: list[KeptEvent] = []
    rest: list[KeptEvent] = []
    for event in kept_events([path]):
        (gone if wanted(event) else rest).append(event)
    return gone, rest


def _write(path: Path, events: Sequence[KeptEvent]) -> None:
    """Replace a file as a whole, or remove it where nothing is left."""
    fresh = path.with_name(f"{path.name}.new")
    try:
        if not events:
            path.unlink()
            return
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(event.line for event in events)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as exc:
        raise SettingsError(f"{path} cannot be written: {exc.strerror}") from None


def _note(line: bytes) -> Mapping[str, Any]:
    try:
        note = json.loads(line)[NOTE]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return note if isinstance(note, dict) else {}
