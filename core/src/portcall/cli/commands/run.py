"""``portcall run``: deliver the events of an input as a pipeline file says."""

from __future__ import annotations

import click

from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.flags.connection_flags import Options, connecting
from portcall.cli.flags.run_flags import INPUT, RunFlags, running
from portcall.cli.project.pipeline_names import PIPELINE
from portcall.cli.state import State


@click.command("run", cls=Command)
@click.argument("pipeline", type=PIPELINE)
@click.argument("file", required=False, type=INPUT)
@running
@connecting
@json_option
@click.pass_obj
def command(
    state: State,
    pipeline: str,
    file: str | None,
    options: Options,
    running: RunFlags,
    *,
    as_json: bool,
) -> int:
    """Deliver the events in FILE (- for stdin) by PIPELINE.

    PIPELINE is a TOML file: a connection, and subscriptions, each with an action, a filter and a mapping; or
    the name of a pipeline of the project.
    FILE may be left out if PIPELINE names an input.

    Every event gets one outcome for each subscription. Everything else is as with portcall send.
    """
    from portcall.cli.runs.run_pipeline import run_pipeline  # noqa: PLC0415  # not for --help

    return run_pipeline(state, pipeline, file, options, running, as_json=as_json)
