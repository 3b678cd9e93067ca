"""``portcall run``: deliver the events of an input as a pipeline file says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import click

from portcall.cli.command import Command, Options, connecting, json_option
from portcall.cli.opening import connected
from portcall.cli.output import quiet
from portcall.cli.running.carrying import Carrier
from portcall.cli.running.options import RunOptions, running
from portcall.cli.running.task import Task, for_whom
from portcall.cli.state import State
from portcall.destination import Destination
from portcall.runs.inputs import STDIN
from portcall.runs.pipelines import Pipeline, Planned, plan, read_pipeline


@click.command("run", cls=Command)
@click.argument("pipeline", type=click.Path(exists=True, dir_okay=False))
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@running
@connecting
@json_option
@click.pass_obj
def command(
    state: State,
    pipeline: str,
    file: str | None,
    options: Options,
    running: RunOptions,
    *,
    as_json: bool,
) -> int:
    """Deliver the events in FILE (- for stdin) as PIPELINE says.

    PIPELINE is a TOML file: a connection, and subscriptions, each with an action, a filter and a mapping.
    FILE may be left out if PIPELINE names an input.

    Every event gets one outcome for each subscription. All else is as with: portcall send.
    """
    read = read_pipeline(pipeline)
    source = file or read.input
    if source is None:
        raise click.UsageError(f"no events: name a FILE, or write input = ... into {pipeline}")
    options = attrs.evolve(options, sets=tuple(_sets(read, options)))
    planned: list[Planned] = []

    def look(destination: Destination) -> None:
        with quiet():
            planned.extend(plan(read, destination))

    interactive = source != STDIN
    with connected(
        state, read.connection, options, interactive=interactive, look=look
    ) as connection:
        task = Task(
            what=Path(pipeline).stem,
            source=source,
            about=for_whom(read.connection, connection),
            planned=planned,
            is_pipeline=True,
            options=attrs.evolve(
                running, format=running.format or read.format, rate=running.rate or read.rate
            ),
        )
        about = {"destination": connection.destination.slug, "pipeline": pipeline}
        return Carrier(connection, state, about, as_json).carry_out(task)


def _sets(pipeline: Pipeline, options: Options) -> Iterator[str]:
    """Return what the pipeline fills in where the command line does not, and what that does."""
    given = {text.partition("=")[0] for text in (*options.sets, *options.set_files)}
    for name, value in pipeline.settings.items():
        if name not in given:
            yield f"{name}={value}"
    yield from options.sets
