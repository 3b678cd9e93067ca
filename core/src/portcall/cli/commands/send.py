"""``portcall send``: deliver events from newline-delimited JSON."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from portcall.cli.command import (
    Command,
    Options,
    action_argument,
    connecting,
    json_option,
    target_argument,
)
from portcall.cli.delivery import Delivery
from portcall.cli.exits import Exit
from portcall.cli.failures import OPERATOR, code_of, message_of
from portcall.cli.lines import Line, read_lines
from portcall.cli.opening import connected
from portcall.cli.output import quiet, write, write_json
from portcall.cli.previewing import Previewer
from portcall.cli.progress import progress
from portcall.cli.state import State
from portcall.cli.tally import Tally
from portcall.destination import Destination

if TYPE_CHECKING:
    from portcall.actions import Action

MOST_WORKERS: Final = 64
STDIN: Final = "<stdin>"
_STOPPED: Final = {
    "authentication": "Stopped at line {line}: {error}; no line after it was tried.",
    "network": "Stopped at line {line} after so many failures in a row: {error}; "
    "no line after it was tried.",
    "interrupted": "Interrupted after line {line}; a line that was under way may have arrived.",
    "broken": "Stopped after line {line}: {error}",
}


@click.command("send", cls=Command)
@target_argument
@action_argument
@click.argument("file", type=click.File("rb", lazy=False))
@click.option("--dry-run", is_flag=True, help="Show the requests, secrets masked; send nothing.")
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    default=1,
    help="How many events are under way at once (1); with more, their order is not kept.",
)
@click.option(
    "--failed",
    "failed_path",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write the lines that failed here, to be sent again.",
)
@connecting
@json_option
@click.pass_obj
def command(
    state: State,
    slug: str,
    action: str,
    file: BinaryIO,
    options: Options,
    *,
    dry_run: bool,
    workers: int,
    failed_path: str | None,
    as_json: bool,
) -> int:
    """Deliver the events in FILE (- for stdin), one JSON object a line, with ACTION of SLUG.

    SLUG is a destination, or the name of a connection that is kept.

    A line that cannot be read or is refused is counted and never stops the others; refused
    credentials do, and so does a destination that cannot be reached ten times in a row.
    """
    interactive = getattr(file, "name", STDIN) != STDIN
    with ExitStack() as stack:
        connection = stack.enter_context(connected(state, slug, options, interactive=interactive))
        chosen = find_action(connection.destination, action)
        previewer = Previewer(connection, chosen, state, as_json=as_json)
        perform = previewer.perform if dry_run else partial(connection.perform, chosen)
        failed = stack.enter_context(_failed_lines(failed_path, file))
        delivery = Delivery(perform, state, failed=failed)
        total = _size(file)
        with progress(f"{slug} {action}", total, file.tell) as delivery.tick, quiet():
            delivery.run(read_lines(file), 1 if dry_run else workers)
        state.remember(connection.auth)
    if as_json:
        about = {"destination": connection.destination.slug, "action": action, "dry_run": dry_run}
        write_json({**about, **delivery.tally.to_json()}, state, indent=None if dry_run else 2)
    else:
        previewer.finish()
    say(delivery, state, dry_run=dry_run, reasons=not as_json)
    if state.debug and delivery.fatal is not None and not isinstance(delivery.fatal, OPERATOR):
        raise delivery.fatal
    return code_after(delivery)


def find_action(destination: Destination, name: str) -> Action:
    """Give one action of a destination.

    Raises:
        UsageError: It has none of that name; says what is near.
    """
    with quiet():
        actions = destination.actions
    if name in actions:
        chosen: Action = actions[name]
        return chosen
    near = get_close_matches(name, actions, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(actions) or 'none'}"
    raise click.UsageError(f"{destination.slug} has no action {name!r}; {hint}")


def say(delivery: Delivery, state: State, *, dry_run: bool = False, reasons: bool = True) -> None:
    """Say in the end what was done, and why not all of it."""
    tally = delivery.tally
    if reasons:
        counts = f"{tally.sent} {'would be sent' if dry_run else 'sent'}, {tally.failed} failed"
        write(f"{counts} in {tally.took_s:.1f} s ({tally.rate:.0f}/s)")
        for line in reason_lines(tally):
            write(line)
    if tally.stopped:
        error = message_of(delivery.fatal, state.again) if delivery.fatal else ""
        said = _STOPPED[tally.stopped].format(line=tally.last_line, error=error)
        click.echo(state.clean(said), err=True)


def reason_lines(tally: Tally) -> Iterator[str]:
    """Give one line for each reason, the most frequent first; reasons are redacted already."""
    for reason, group in tally.by_count():
        more = ", ..." if group.count > len(group.lines) else ""
        where = f"line{'s'[: group.count != 1]} {', '.join(map(str, group.lines))}{more}"
        yield f"{group.count:>7}  {reason} ({where})"


def code_after(delivery: Delivery) -> Exit:
    """Give the exit code for what became of the events."""
    tally = delivery.tally
    if tally.stopped == "interrupted":
        return Exit.INTERRUPTED
    if delivery.fatal is not None:
        return code_of(delivery.fatal)
    if tally.failed and tally.network == tally.failed and not tally.sent:
        return Exit.NETWORK
    return Exit.REFUSED if tally.failed else Exit.DONE


@contextmanager
def _failed_lines(path: str | None, source: BinaryIO) -> Iterator[Callable[[Line], None]]:
    """Write failed lines to *path* as they were read; never over the lines still to be read."""
    if path is None:
        yield lambda _: None
        return
    on_disk = Path(path).exists() and _size(source) is not None
    if on_disk and Path(path).samefile(source.name):
        raise click.UsageError("--failed would overwrite FILE itself: name another file")
    with Path(path).open("wb") as file:
        yield lambda line: file.writelines((line.raw, b"\n") if line.raw else ())


def _size(file: BinaryIO) -> int | None:
    """Give the size of a file on disk; None for a pipe."""
    try:
        status = os.fstat(file.fileno())
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
