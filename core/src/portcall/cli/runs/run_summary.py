"""What is printed at the end of a run, and what the process exits with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from portcall.cli.exit_codes import Exit
from portcall.cli.terminal.error_messages import code_of, message_of, names_a_client
from portcall.cli.terminal.tables import table
from portcall.model.rfc3339 import rfc3339
from portcall.runs.counts import Counts
from portcall.runs.report import Report
from portcall.runs.stop_signal import (
    AUTHENTICATION,
    BROKEN,
    INTERRUPTED,
    NETWORK,
    REJECTED,
    THROTTLED,
)

HEADS: Final = ("delivered", "skipped", "rejected", "uncertain", "to be sent again")
_AGAIN: Final = "run the same command again (--restart starts over)"
_FILES: Final = {
    "rejected": "Rejected, with the reasons; correct them and send the file",
    "uncertain": "Maybe delivered; look there before you send the file",
    "retry": "Not delivered; send the file",
}
_CODES: Final = {
    INTERRUPTED: Exit.INTERRUPTED,
    AUTHENTICATION: Exit.AUTHENTICATION,
    NETWORK: Exit.NETWORK,
    THROTTLED: Exit.NETWORK,
    REJECTED: Exit.REFUSED,
}


def summary_json(report: Report) -> dict[str, Any]:
    """Return the report for programs, its error in the words of the command line."""
    return {**report.to_json(), "stopped_for": _stopped_for(report) or None}


def summary_lines(report: Report, clean: Callable[[str], str]) -> Iterator[str]:
    """Return the report for people: what was done, and why not all of it.

    Args:
        report: What came of the run.
        clean: Makes a text safe for a terminal.
    """
    whole = report.counts
    if report.done_at is not None:
        yield _nothing(report, report.done_at)
    else:
        yield f"{_counts(report)} in {whole.took_s:.1f} s ({whole.rate:,.0f}/s)"
    if len(report.subscriptions) > 1:
        rows = [_row(clean(name), counts) for name, counts in report.subscriptions.items()]
        yield from table(rows, ("", *HEADS))
    yield from map(clean, reason_lines(whole, report.unit))
    if report.recovered:
        yield f"{report.recovered:,} of them an earlier run had read, and not delivered"
    if report.repeated:
        yield (
            f"{report.repeated:,} were sent before, by this run or earlier ones, and were not sent again "
            "(--again sends everything)"
        )
    if report.resent:
        yield (
            f"{report.resent:,} may have been delivered by an earlier run, and were sent again once: "
            "the action says that repeats are harmless"
        )
    for kind, path in report.dead_letters.items():
        yield clean(f"{_FILES[kind]}: {path}")


def end_lines(report: Report, again: str) -> Iterator[str]:
    """Return why the run ended before its input did, and how to resume it.

    Args:
        report: What came of the run.
        again: The command that authorizes the connection again; empty if it is no stored one.
    """
    if report.stopped == INTERRUPTED:
        yield "Interrupted."
    elif report.stopped == AUTHENTICATION:
        hint = f"; run: {again}" if again and not names_a_client(report.stopped_for) else ""
        yield f"Stopped, as the credentials were refused: {_stopped_for(report)}{hint}"
    elif report.stopped == NETWORK:
        yield f"Stopped, as the destination cannot serve now: {_stopped_for(report)}"
    elif report.stopped == THROTTLED:
        yield f"Stopped, as the destination accepts no more for now: {_stopped_for(report)}"
    elif report.stopped == REJECTED:
        yield "Stopped, as the limit of rejected events was reached."
    elif report.stopped:
        yield f"Stopped: {_stopped_for(report)}"
    if report.retry_at is not None and not report.is_complete:
        yield (
            f"It wants to be asked again at {rfc3339(report.retry_at)}; --wait-until lets a run "
            "wait for that."
        )
    yield from (f"Not found: {notice}" for notice in report.notices)
    if report.can_resume:
        what = "the rest" if report.stopped else f"{report.waiting:,} of them"
        yield f"To send {what}, {_AGAIN}."
    elif report.stopped and not report.dry_run:
        yield f"{report.unit.capitalize()} {report.last:,} was the last that was read."


def exit_code(report: Report) -> Exit:
    """Return what the process exits with."""
    if report.stopped in _CODES:
        return _CODES[report.stopped]
    if report.stopped == BROKEN and report.error is not None:
        return code_of(report.error)
    # The files hold events of an earlier part of the run, too; a dry run has no files.
    refused = report.rejected or report.uncertain
    if refused or report.dead_letters.keys() & {"rejected", "uncertain"}:
        return Exit.REFUSED
    return Exit.NETWORK if report.to_retry else Exit.DONE


def reason_lines(counts: Counts, unit: str) -> Iterator[str]:
    """Return one line for each reason, the most frequent first; reasons are redacted already."""
    for reason, group in counts.by_count():
        more = ", ..." if group.count > len(group.numbers) else ""
        where = f"{unit}{'s'[: group.count != 1]} {', '.join(map(str, group.numbers))}{more}"
        yield f"{group.count:>7}  {reason} ({where})"


def _stopped_for(report: Report) -> str:
    return report.stopped_for if report.error is None else message_of(report.error)


def _counts(report: Report) -> str:
    counts = {
        "would be delivered" if report.dry_run else "delivered": report.delivered,
        "skipped": report.skipped,
        "rejected": report.rejected,
        "uncertain": report.uncertain,
        "to be sent again": report.to_retry,
    }
    said = [f"{count:,} {word}" for word, count in counts.items() if count]
    return ", ".join(said or [f"0 {next(iter(counts))}"])


def _nothing(report: Report, done_at: datetime) -> str:
    many = report.resumed_after
    return (
        f"Nothing to send: an earlier run, which ended {rfc3339(done_at)}, has seen to "
        f"{'all ' * (many > 1)}{many:,} {report.unit}{'s' * (many > 1)} (--again sends everything again)."
    )


def _row(name: str, counts: Counts) -> tuple[str, ...]:
    columns = (
        counts.delivered,
        counts.skipped,
        counts.rejected,
        counts.uncertain,
        counts.to_retry,
    )
    return name, *(f"{count:,}" for count in columns)
