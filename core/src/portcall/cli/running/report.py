"""What came of a run, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from portcall.cli.exits import Exit
from portcall.cli.failures import code_of, message_of
from portcall.cli.output import table
from portcall.cli.running.ending import AUTHENTICATION, BROKEN, INTERRUPTED, NETWORK, Ending
from portcall.cli.running.journal import Journal
from portcall.cli.running.tally import KINDS, Tally, together

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
        ending: Why it ended before its time, if it did.
        unit: What the input consists of: lines, items or records.
        before: How many of them an earlier run had seen to.
        files: Events that were not delivered, by kind of outcome.
        waiting: How many events are to be sent again.
        journal: Where it stands how to go on; None if there is no way.
        is_open: There is something left to do, and the journal says what.
        dry: Nothing was sent.
    """

    tallies: Mapping[str, Tally]
    ending: Ending
    unit: str = "line"
    before: int = 0
    files: Mapping[str, Path] = attrs.field(factory=dict)
    waiting: int = 0
    journal: Journal | None = None
    is_open: bool = False
    dry: bool = False

    @property
    def whole(self) -> Tally:
        """All subscriptions together."""
        return together(self.tallies.values())

    def to_json(self) -> dict[str, Any]:
        """Give it for programs."""
        said = {
            "dry_run": self.dry,
            **self.whole.to_json(),
            "stopped": self.ending.why or None,
            "before": self.before,
            "waiting": self.waiting,
            "files": {kind: str(path) for kind, path in self.files.items()},
            "journal": str(self.journal.path) if self.journal and self.is_open else None,
        }
        if len(self.tallies) > 1:
            said["subscriptions"] = {name: each.to_json() for name, each in self.tallies.items()}
        return said

    def lines(self, clean: Callable[[str], str]) -> Iterator[str]:
        """Give it for people: what was done, and why not all of it.

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
        ending = self.ending
        if ending.why == INTERRUPTED:
            yield "Interrupted."
        elif ending.why == AUTHENTICATION:
            hint = f"; run: {again}" if again else ""
            yield f"Stopped, as the credentials were refused: {ending.reason}{hint}"
        elif ending.why == NETWORK:
            yield f"Stopped, as the destination cannot serve now: {ending.reason}"
        elif ending.error is not None:
            yield f"Stopped: {message_of(ending.error, again)}"
        if self.is_open:
            what = "the rest" if ending else f"{self.waiting:,} of them"
            yield f"To send {what}, {_AGAIN}."

    def close(self) -> None:
        """Forget a run that came to its end, once that was said: who was not told would run it again."""
        if self.journal is not None and not self.is_open:
            self.journal.remove()

    @property
    def code(self) -> Exit:
        """What the process exits with."""
        counts, ending = self.whole.counts, self.ending
        if ending.why in _CODES:
            return _CODES[ending.why]
        if ending.why == BROKEN and ending.error is not None:
            return code_of(ending.error)
        # The files tell of an earlier part of the run, too; a dry one has none.
        if (
            counts["rejected"]
            or counts["uncertain"]
            or self.files.keys() & {"rejected", "uncertain"}
        ):
            return Exit.REFUSED
        return Exit.NETWORK if counts["retry"] else Exit.DONE

    def _counts(self, tally: Tally) -> str:
        words = {"retry": "to be sent again", "reauthorize": "to be sent again"}
        if self.dry:
            words["delivered"] = "would be delivered"
        counts = ((words.get(kind, kind), tally.counts[kind]) for kind in KINDS)
        return (
            ", ".join(f"{n:,} {word}" for word, n in counts if n)
            or f"0 {words.get('delivered', 'delivered')}"
        )


_CODES: Final = {
    INTERRUPTED: Exit.INTERRUPTED,
    AUTHENTICATION: Exit.AUTHENTICATION,
    NETWORK: Exit.NETWORK,
}


def reason_lines(tally: Tally, unit: str) -> Iterator[str]:
    """Give one line for each reason, the most frequent first; reasons are redacted already."""
    for reason, group in tally.by_count():
        more = ", ..." if group.count > len(group.numbers) else ""
        where = f"{unit}{'s'[: group.count != 1]} {', '.join(map(str, group.numbers))}{more}"
        yield f"{group.count:>7}  {reason} ({where})"


def _row(name: str, tally: Tally) -> tuple[str, ...]:
    again = tally.counts["retry"] + tally.counts["reauthorize"]
    counts = (tally.counts[kind] for kind in ("delivered", "skipped", "rejected", "uncertain"))
    return name, *(f"{count:,}" for count in (*counts, again))
