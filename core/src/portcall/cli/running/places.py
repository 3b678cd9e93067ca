"""Where the files of a run are: beside its input, or in the folder that somebody named."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

import attrs

from portcall.cli.running.journal import Journal
from portcall.cli.running.leftovers import Leftovers, Nowhere, stem_of
from portcall.cli.running.options import RunOptions
from portcall.errors import SettingsError


@attrs.frozen
class Places:
    """What the files of one run are called.

    Args:
        folder: Where they are.
        stem: How those for events begin that were not delivered.
        journal: None where the input cannot be read a second time: a pipe.
        options: What was asked for.
    """

    folder: Path
    stem: str
    journal: Path | None
    options: RunOptions

    @classmethod
    def of(cls, source: str, what: str, options: RunOptions) -> Places:
        """Find the places for one run.

        Args:
            source: The input's path; ``-`` for standard input.
            what: What the run is, in a word: the same input may go to several destinations.
            options: Where to write, and what of an earlier run is taken.
        """
        path = Path(source)
        if source == "-" or not _is_on_disk(path):
            return cls(Path(options.folder or "."), stem_of("", what), None, options)
        folder = Path(options.folder) if options.folder else path.parent
        journal = folder / f"{path.name}.{what}.journal"
        return cls(folder, stem_of(path.name, what), journal, options)

    def open_journal(self) -> Journal | None:
        """Read the journal of an earlier run that did not come to its end, or begin one.

        Raises:
            SettingsError: There is none to go on with, and that was asked for; or it cannot be read.
        """
        resume = self.options.resume
        if self.journal is None or self.options.dry_run:
            if resume:
                raise SettingsError("a run that reads a pipe cannot be gone on with: name a file")
            return None
        if self.journal.exists() and not self.options.restart:
            return Journal.read(self.journal)
        if resume:
            raise SettingsError(
                f"there is nothing to go on with: no journal {self.journal}; the last run came to its "
                "end, or there was none"
            )
        return Journal(self.journal, {})

    def open_leftovers(self, journal: Journal | None) -> Leftovers:
        """Go on with the files of an earlier run, or begin new ones."""
        if self.options.dry_run:
            return Nowhere(self.folder, self.stem)
        leftovers = Leftovers(self.folder, self.stem, journal.series if journal else None)
        if journal is not None:
            journal.series = leftovers.series
        return leftovers


def beginning(journal: Journal, names: Sequence[str]) -> int:
    """Give how many entries of the input nobody needs any more."""
    needed = []
    for name in names:
        known = journal.of(name)
        needed += [known.through + 1, *known.waiting, *known.begun, *known.failed]
    return min(needed) - 1


def _is_on_disk(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:  # opening it says what is wrong
        return True
