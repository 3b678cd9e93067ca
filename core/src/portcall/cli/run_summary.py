"""What came of a run, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from portcall.cli.exits import Exit
from portcall.cli.failures import code_of, message_of
from portcall.cli.output import table
from portcall.runs.counts import Counts, together
from portcall.runs.stop_signal import (
    AUTHENTICATION,
    BROKEN,
    INTERRUPTED,
    NETWORK,
    REJECTED,
    StopSignal,
)

HEADS: Final = ("delivered", "skipped", "rejected", "uncertain", "to be sent again")
_AGAIN: Final = "run the same command again (--restart begins anew)"
_FILES: Final = {
    "rejected": "Rejected, with the reasons; correct them and send the file",
    "uncertain": "Maybe delivered; look there before you send the file",
    "retry": "Not delivered; send the file",
}


@attrs.frozen(kw_only=True)
class Report:
    """What came of it.

    Args:
        tallies: By subscription.
        stop: Why it ended before its time, if it did.
        unit: What the input consists of: lines, items or records.
        last: The last one that was read.
        files: Events that were not delivered, by kind of outcome.
        waiting: How many events are to be sent again.
        journal: Where it stands how to go on; None if there is no way.
        dry: Nothing was sent.
    """

    tallies: Mapping[str, Counts]
    stop: StopSignal
    unit: str = "line"
    last: int = 0
    files: Mapping[str, Path] = attrs.field(factory=dict)
    waiting: int = 0
    journal: Path | None = None
    dry: bool = False

    @property
    def is_open(self) -> bool:
        """There is something left to do, and the journal says what."""
        return self.journal is not None and bool(self.waiting or self.stop)

    @property
    def whole(self) -> Counts:
        """All subscriptions together."""
        return together(self.tallies.values())

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        said = {
            "dry_run": self.dry,
            **self.whole.to_json(),
            "stopped": self.stop.why or None,
            "stopped_for": self._stopped_for or None,
            "last": self.last,
            "waiting": self.waiting,
            "files": {kind: str(path) for kind, path in self.files.items()},
            "journal": str(self.journal) if self.is_open else None,
        }
        if len(self.tallies) > 1:
            said["subscriptions"] = {name: each.to_json() for name, each in self.tallies.items()}
        return said

    def lines(self, clean: Callable[[str], str]) -> Iterator[str]:
        """Return it for people: what was done, and why not all of it.

        Args:
            clean: Makes a text safe for a terminal.
        """
        whole = self.whole
        yield f"{self._counts(whole)} in {whole.took_s:.1f} s ({whole.rate:,.0f}/s)"
        if len(self.tallies) > 1:
            rows = [_row(clean(name), tally) for name, tally in self.tallies.items()]
            yield from table(rows, ("", *HEADS))
        yield from map(clean, reason_lines(whole, self.unit))
        for kind, path in self.files.items():
            yield clean(f"{_FILES[kind]}: {path}")

    def end_lines(self, again: str) -> Iterator[str]:
        """Say why it ended before its time, and how to go on.

        Args:
            again: The command that authorizes the connection again; empty if it is no stored one.
        """
        stop = self.stop
        if stop.why == INTERRUPTED:
            yield "Interrupted."
        elif stop.why == AUTHENTICATION:
            hint = f"; run: {again}" if again else ""
            yield f"Stopped, as the credentials were refused: {self._stopped_for}{hint}"
        elif stop.why == NETWORK:
            yield f"Stopped, as the destination cannot serve now: {self._stopped_for}"
        elif stop.why == REJECTED:
            yield "Stopped, as so many events were rejected."
        elif stop:
            yield f"Stopped: {self._stopped_for}"
        if self.is_open:
            what = "the rest" if stop else f"{self.waiting:,} of them"
            yield f"To send {what}, {_AGAIN}."
        elif stop and not self.dry:
            yield f"{self.unit.capitalize()} {self.last:,} was the last that was read."

    @property
    def code(self) -> Exit:
        """What the process exits with."""
        counts, stop = self.whole.counts, self.stop
        if stop.why in _CODES:
            return _CODES[stop.why]
        if stop.why == BROKEN and stop.error is not None:
            return code_of(stop.error)
        # The files tell of an earlier part of the run, too; a dry one has none.
        if (
            counts["rejected"]
            or counts["uncertain"]
            or self.files.keys() & {"rejected", "uncertain"}
        ):
            return Exit.REFUSED
        return Exit.NETWORK if counts["retry"] else Exit.DONE

    @property
    def _stopped_for(self) -> str:
        error = self.stop.error
        return self.stop.reason if error is None else message_of(error)

    def _counts(self, tally: Counts) -> str:
        again = tally.counts["retry"] + tally.counts["reauthorize"]
        counts = {
            "would be delivered" if self.dry else "delivered": tally.counts["delivered"],
            **{kind: tally.counts[kind] for kind in ("skipped", "rejected", "uncertain")},
            "to be sent again": again,
        }
        said = [f"{count:,} {word}" for word, count in counts.items() if count]
        return ", ".join(said or [f"0 {next(iter(counts))}"])


_CODES: Final = {
    INTERRUPTED: Exit.INTERRUPTED,
    AUTHENTICATION: Exit.AUTHENTICATION,
    NETWORK: Exit.NETWORK,
    REJECTED: Exit.REFUSED,
}


def reason_lines(tally: Counts, unit: str) -> Iterator[str]:
    """Return one line for each reason, the most frequent first; reasons are redacted already."""
    for reason, group in tally.by_count():
        more = ", ..." if group.count > len(group.numbers) else ""
        where = f"{unit}{'s'[: group.count != 1]} {', '.join(map(str, group.numbers))}{more}"
        yield f"{group.count:>7}  {reason} ({where})"


def _row(name: str, tally: Counts) -> tuple[str, ...]:
    again = tally.counts["retry"] + tally.counts["reauthorize"]
    counts = (tally.counts[kind] for kind in ("delivered", "skipped", "rejected", "uncertain"))
    return name, *(f"{count:,}" for count in (*counts, again))
