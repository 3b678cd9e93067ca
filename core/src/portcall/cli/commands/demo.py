"""``portcall demo``: see it work, on this machine alone."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import Final

import click

from portcall.cli.demo.demonstration import EVENTS, Demo, Part
from portcall.cli.exit_codes import Exit
from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.runs.run_summary import reason_lines
from portcall.cli.state import State
from portcall.cli.terminal.output import write, write_json
from portcall.cli.terminal.tables import mark, table

HEADS: Final = ("destination", "delivered", "rejected", "refreshed", "the receiver says")


@click.command("demo", cls=Command)
@json_option
@click.pass_obj
def command(state: State, *, as_json: bool) -> int:
    """Show portcall at work: two destinations on loopback, 1,000 events, one token refresh.

    Both receivers check credentials with code of their own. Three of the events are invalid and are
    rejected.
    """
    start = perf_counter()

    def note(word: str, text: str) -> None:
        if not as_json:
            write(f"  {mark(word, 6)}  {state.clean(text)}")

    if not as_json:
        write("Two destinations on this machine, each with a receiver that checks credentials:")
    with Demo(state, note) as demo:
        demo.test()
        note("...", f"delivering {EVENTS:,} events of a shop to each")
        demo.deliver()
        parts = demo.parts
    took_s = round(perf_counter() - start, 2)
    if as_json:
        write_json({"took_s": took_s, "parts": [part.to_json() for part in parts]}, state)
    else:
        for line in _text(parts):
            write(line)
        write(f"\nDone in {took_s:.1f} s. Next: portcall destinations")
    return _code(parts)


def _text(parts: tuple[Part, ...]) -> Iterator[str]:
    yield ""
    yield from table([_row(part) for part in parts], HEADS)
    for part in parts:
        if part.counts is not None and part.counts.reasons:
            yield f"\nRejected by {part.slug}:"
            yield from reason_lines(part.counts, "line")


def _row(part: Part) -> tuple[str, ...]:
    said = part.to_json()
    counted = f"{part.receiver.accepted} events taken"
    if part.grants:
        counted += f", {part.grants} refresh granted after the token ended midway"
    done = part.counts is not None
    numbers = (str(said[n]) if done else "-" for n in ("delivered", "rejected", "refreshed"))
    return part.slug, *numbers, counted


def _code(parts: tuple[Part, ...]) -> Exit:
    """Rejected events are part of the demo; anything else that goes wrong is not."""
    return Exit.DONE if all(part.is_honest() for part in parts) else Exit.REFUSED
