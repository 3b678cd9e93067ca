"""Where a command looks for dead letters: files of runs, and the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from portcall.cli.outbox.outbox_letters import ids_of, in_pages, outbox_letters
from portcall.cli.outbox.outbox_there import WORD, needed_outbox, outbox_there
from portcall.runs.kept_events import (
    Group,
    KeptEvent,
    dead_letter_files,
    drop,
    grouped,
    kept_events,
)

if TYPE_CHECKING:
    from portcall.outbox import Outbox


class LettersPlaces:
    """Files of dead letters, and an outbox.

    Args:
        files: Of runs.
        outbox: None if it is not meant, or if there is none.
    """

    def __init__(self, files: Sequence[Path], outbox: Outbox | None) -> None:
        self._files: Final = files
        self._outbox: Final = outbox

    @classmethod
    def of(cls, places: Sequence[str], outbox_place: str | None) -> Self:
        """Return what is named; if nothing is, the current folder and the outbox that is there.

        Args:
            places: Files, folders, and the word ``outbox``.
            outbox_place: Of the outbox; None for this user's own.

        Raises:
            SettingsError: There is no such file or folder, or no outbox.
        """
        if not places:
            return cls(dead_letter_files([Path()]), outbox_there(outbox_place))
        files = dead_letter_files(Path(each) for each in places if each != WORD)
        return cls(files, needed_outbox(outbox_place) if WORD in places else None)

    def letters(self, wanted: Callable[[KeptEvent], bool]) -> Iterator[KeptEvent]:
        """Return the events of the files, then those of the outbox with their last requests."""
        yield from kept_events(self._files, wanted)
        if self._outbox is not None:
            yield from outbox_letters(self._outbox, wanted, exchanges=True)

    def groups(self, wanted: Callable[[KeptEvent], bool]) -> list[Group]:
        """Return the events by outcome, reason and field, those of the outbox apart, most frequent first."""
        of_files = grouped(kept_events(self._files, wanted))
        outbox = self._outbox
        of_outbox = [] if outbox is None else grouped(outbox_letters(outbox, wanted))
        return sorted([*of_files, *of_outbox], key=lambda group: -group.count)

    def kind(self, path: Path) -> Literal["file", "outbox"]:
        """Return where an event of `letters` is."""
        return "file" if path in self._files else "outbox"

    def drop(self, wanted: Callable[[KeptEvent], bool]) -> int:
        """Remove events; return how many."""
        dropped = sum(drop(path, wanted) for path in self._files)
        if self._outbox is None:
            return dropped
        ids = ids_of(outbox_letters(self._outbox, wanted))
        return dropped + in_pages(self._outbox.drop, ids)

    def retry(self, wanted: Callable[[KeptEvent], bool]) -> int:
        """Let events of the outbox be sent again; return how many."""
        if self._outbox is None:
            return 0
        return in_pages(self._outbox.retry, ids_of(outbox_letters(self._outbox, wanted)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._outbox is not None:
            self._outbox.close()
