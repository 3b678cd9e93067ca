"""Dead letters of an outbox, as those of files are shown: with outcome, reason, field and subscription."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from portcall.runs.inputs import NOTE
from portcall.runs.kept_events import KeptEvent

if TYPE_CHECKING:
    from portcall.outbox import Entry, Outbox

PAGE: Final = 1000


def outbox_letters(
    outbox: Outbox, wanted: Callable[[KeptEvent], bool], *, exchanges: bool = False
) -> Iterator[KeptEvent]:
    """Return the dead letters of an outbox, the latest first; ``place`` is the event's id there.

    Args:
        outbox: Open.
        wanted: Returns whether one is wanted.
        exchanges: With the last request of each and its answer, as ``exchange`` in the note.

    Raises:
        OutboxError: It cannot be read.
    """
    from portcall.outbox import DEAD_LETTERS  # noqa: PLC0415  # only where there is an outbox

    path = Path(outbox.storage.place)
    before: int | None = None
    while page := outbox.entries(
        state=DEAD_LETTERS, before=before, limit=PAGE, exchanges=exchanges
    ):
        for entry in page:
            letter = _letter(entry, path)
            if wanted(letter):
                yield letter
        before = page[-1].id


def ids_of(letters: Iterator[KeptEvent]) -> Sequence[int]:
    """Return the ids of dead letters of an outbox."""
    return [letter.place for letter in letters]


def in_pages(work: Callable[[Sequence[int]], int], ids: Sequence[int]) -> int:
    """Return what *work* returns for some ids after the others, summed up."""
    return sum(work(ids[start : start + PAGE]) for start in range(0, len(ids), PAGE))


def _letter(entry: Entry, path: Path) -> KeptEvent:
    note = _note(entry)
    event = entry.event if isinstance(entry.event, dict) else {"event": entry.event}
    line = json.dumps({**event, NOTE: note}, ensure_ascii=False).encode("utf-8", "replace")
    return KeptEvent(path, entry.id, note, line)


def _note(entry: Entry) -> Mapping[str, Any]:
    note = {
        "outcome": entry.state,
        "reason": entry.reason,
        "field": entry.field,
        "subscription": entry.action,
        "connection": entry.connection,
        "pipeline": entry.pipeline,
        "attempts": entry.attempts,
        "exchange": entry.exchange,
    }
    return {name: value for name, value in note.items() if value}
