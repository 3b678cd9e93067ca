"""What ``portcall run`` does: the events of an input through the subscriptions of a pipeline."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import click

from portcall.cli.connections.open_connection import reopenable
from portcall.cli.flags.connection_flags import Options
from portcall.cli.flags.run_flags import RunFlags
from portcall.cli.project.current_project import project_of
from portcall.cli.project.settled_options import refuse_secrets, said_of
from portcall.cli.runs.run_command import RunCommand
from portcall.cli.state import State
from portcall.cli.terminal.output import quiet
from portcall.destination import Destination
from portcall.runs.inputs import STDIN
from portcall.runs.inputs.input_options import InputOptions
from portcall.runs.pipelines.pipeline import Pipeline
from portcall.runs.pipelines.planning import PlannedSubscription, plan
from portcall.runs.run_spec import RunSpec, about_connection


def run_pipeline(
    state: State,
    pipeline: str,
    file: str | None,
    options: Options,
    running: RunFlags,
    *,
    as_json: bool,
) -> int:
    """Deliver, rehearse or explain; return the exit code.

    Args:
        state: For redaction.
        pipeline: A file, or the name of a pipeline of the project.
        file: Where the events are; None if the pipeline says it.
        options: How to connect.
        running: How the run goes.
        as_json: Print for a program.
    """
    project = project_of(state)
    own = project.pipelines.get(pipeline) if project else None
    read = project.pipeline(pipeline) if project and own else Pipeline.read(pipeline)
    running = _with_defaults(running, read)
    source = file or read.input
    if source is None:
        raise click.UsageError(f"no events: name a FILE, or write input = ... into {pipeline}")
    options = attrs.evolve(options, sets=tuple(_sets(read, options)))
    planned: list[PlannedSubscription] = []

    def look(destination: Destination) -> None:
        if project and isinstance(own, Pipeline):
            where = project.where("pipelines", pipeline, "settings")
            refuse_secrets(destination, read.settings, where)
        with quiet():
            planned.extend(plan(read, destination))

    interactive = source != STDIN
    with reopenable(state, read.connection, options, interactive=interactive, look=look) as opened:
        connection, reopening = opened
        spec = RunSpec(
            name=read.path.stem,
            source=source,
            connection=read.connection,
            about=about_connection(read.connection, connection),
            planned=planned,
            is_pipeline=True,
            options=running.options,
        )
        about = {"destination": connection.destination.slug, "pipeline": pipeline}
        return RunCommand(connection, state, about, as_json, reopening).execute(spec, running)


def _with_defaults(running: RunFlags, pipeline: Pipeline) -> RunFlags:
    """Return the flags, unset ones as the pipeline has them, else as the project has them."""
    said = said_of(pipeline.connection)
    names = (*(each.name for each in attrs.fields(InputOptions)), "workers", "rate")
    return running.under(workers=said.workers, rate=said.rate).under(
        **{name: getattr(pipeline, name) for name in names}
    )


def _sets(pipeline: Pipeline, options: Options) -> Iterator[str]:
    """Return what the pipeline fills in where the command line does not, and what that does."""
    given = {text.partition("=")[0] for text in (*options.sets, *options.set_files)}
    for name, value in pipeline.settings.items():
        if name not in given:
            yield f"{name}={value}"
    yield from options.sets
