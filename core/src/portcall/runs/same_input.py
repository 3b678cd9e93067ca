"""Compares an input with the one that an earlier run has read, by the checksums in the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from portcall.errors import SettingsError
from portcall.runs.checkpoint import Checkpoint
from portcall.runs.inputs import Input
from portcall.runs.journal_file import JournalFile


@attrs.frozen
class Earlier:
    """What an earlier run has done of an input.

    Args:
        through: The last entry that it knows; 0 if this run starts over.
        is_all: It came to its end, and the input has nothing more.
    """

    through: int = 0
    is_all: bool = False


def resume_followed(
    journal: JournalFile, names: Sequence[str], opened: Callable[[], Input]
) -> Earlier:
    """Find out how far an earlier run came with a file that is followed now.

    Args:
        journal: As it was read; if that run did not follow the file, it forgets what is not true of that any
            more.
        names: Of the subscriptions.
        opened: Opens the file as an input with an end.

    Raises:
        SettingsError: The earlier run did not finish, and something that it has read has changed.
        InputError: It cannot be read.
    """
    seen = max(journal.of(name).seen for name in names)
    if seen and not journal.place:
        seen = compare_input(journal, names, opened).through
    return Earlier(seen)


def compare_input(
    journal: JournalFile, names: Sequence[str], opened: Callable[[], Input]
) -> Earlier:
    """Check that the input is the one that the journal knows, as far as an earlier run has read it.

    After a run that came to its end, the input may be another one: then everything is sent. If it has more at
    its end, that is sent.

    Args:
        journal: As it was read; forgets what is not true of the input any more.
        names: Of the subscriptions.
        opened: Opens the input.

    Raises:
        SettingsError: The earlier run did not finish, and something that it has read has changed.
    """
    known = [journal.of(name) for name in names]
    with opened() as source:
        sums = _sums(source, (number for each in known for number in (*each.points, each.tail)))
        if journal.ended_at is None:
            _refuse_change(known, sums, source)
            return Earlier(max(each.seen for each in known))
        for each in known:
            each.go_back(sums)
        through = max(each.seen for each in known)
        if next(iter(source), None) is None and all(each.through for each in known):
            return Earlier(through, is_all=True)
    # Dead letters of the ended run may have been corrected and sent: no others join those files.
    journal.begin_another()
    return Earlier(through)


def _sums(source: Input, numbers: Iterable[int]) -> dict[int, int | None]:
    """Return the checksum of the input up to each of some entries; None where it has fewer."""
    return {number: source.skip(number) for number in sorted({*numbers} - {0})}


def _refuse_change(known: Sequence[Checkpoint], sums: dict[int, int | None], source: Input) -> None:
    for number, found in sums.items():
        if any(each.points.get(number, found) != found for each in known):
            raise SettingsError(
                f"{source.name} has changed: an earlier run came to its {source.unit} {number}, "
                "and something up to there has changed; restart=True starts over, and sends everything"
            )
