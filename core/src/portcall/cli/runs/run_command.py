"""What ``send`` and ``run`` have in common once they know what is to be done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import click

from portcall.cli.exit_codes import Exit
from portcall.cli.flags.run_flags import RunFlags
from portcall.cli.process.interrupts import interruptible
from portcall.cli.rehearsing import Rehearsal, explain_text
from portcall.cli.runs.run_summary import end_lines, exit_code, summary_json, summary_lines
from portcall.cli.state import State
from portcall.cli.terminal.error_messages import with_options
from portcall.cli.terminal.output import quiet, write, write_json
from portcall.cli.terminal.progress_bar import progress_bar
from portcall.connection import Connection
from portcall.delivery.delivery import Delivery
from portcall.delivery.journal import Journal
from portcall.errors import SettingsError
from portcall.previews.explanation import explain
from portcall.runs.circuit import Circuit
from portcall.runs.inputs import open_input
from portcall.runs.pipelines.planning import PlannedSubscription
from portcall.runs.processes.reopening import Reopening
from portcall.runs.report import Report
from portcall.runs.run import Run
from portcall.runs.run_spec import RunSpec
from portcall.runs.starting import prepare
from portcall.runs.stop_signal import StopSignal


@attrs.frozen
class RunCommand:
    """Delivers, rehearses or explains what a command line asks for, and prints what came of it.

    Args:
        connection: Whose events they are.
        state: For redaction.
        about: What they are, for programs.
        as_json: Print for a program.
        reopening: What other processes open the connection with.
    """

    connection: Connection
    state: State
    about: dict[str, Any]
    as_json: bool
    reopening: Reopening | None = None

    def execute(self, spec: RunSpec, flags: RunFlags) -> int:
        """Do what the options ask for; return the exit code.

        Raises:
            SettingsError: It cannot begin; nothing was sent.
        """
        if flags.explain:
            return self._explain(spec, flags.line)
        shows = self._rehearsals(spec)
        run = _rehearsed(spec, shows, self._shown) if shows else self._prepared(spec)
        with quiet():
            report = _carried_out(run, spec.name)
            self.state.remember(self.connection.auth)
            for show in shows.values():
                show.finish()
            self._print(report)
        if self.state.debug and report.error is not None:
            raise report.error
        return exit_code(report)

    def _prepared(self, spec: RunSpec) -> Run:
        return prepare(spec, self.connection, self._shown, self.reopening)

    def _rehearsals(self, spec: RunSpec) -> dict[str, Rehearsal]:
        return {
            each.name: Rehearsal(self.connection, self.state, as_json=self.as_json)
            for each in spec.planned
            if spec.options.dry_run
        }

    def _shown(self, text: str) -> str:
        return self.state.line(with_options(text))

    def _explain(self, spec: RunSpec, line: int | None) -> int:
        with open_input(spec.source, spec.options.reading) as source:
            wanted = (e for e in source if line in {None, e.number})
            entry = next(wanted, None)
        if entry is None:
            what = f"{source.unit} {line}" if line else "events"
            raise SettingsError(f"{source.name} has no {what}")
        if entry.event is None:
            raise SettingsError(f"{source.name}, {source.unit} {entry.number}: {entry.reason}")
        with quiet():
            explained = explain(self.connection, spec.planned, entry.event, self.state)
        if self.as_json:
            write_json({source.unit: entry.number, **explained}, self.state)
        else:
            for text in explain_text(explained, self.state):
                write(text)
        return Exit.DONE

    def _print(self, report: Report) -> None:
        if self.as_json:
            indent = None if report.dry_run else 2
            write_json({**self.about, **summary_json(report)}, self.state, indent=indent)
        else:
            for line in summary_lines(report, self.state.clean):
                write(line)
        for line in end_lines(report, self.state.again):
            click.echo(self.state.clean(line), err=True)
        sys.stdout.flush()


def _carried_out(run: Run, name: str) -> Report:
    """Run until the end, which Ctrl-C may bring about, and show how far it is."""
    with interruptible(run):
        run.start()
        if run.resumed_after and not run.is_done:
            click.echo(
                f"Resuming after {_counted(run.resumed_after)} of an earlier run (--restart begins "
                "anew).",
                err=True,
            )
        with progress_bar(name, run.progress):
            return run.report


def _counted(events: int) -> str:
    return f"{events:,} event{'s'[: events != 1]}"


def _rehearsed(spec: RunSpec, shows: Mapping[str, Rehearsal], show: Callable[[str], str]) -> Run:
    def begin(
        planned: PlannedSubscription, events: Iterator[Any], _: Journal, __: Circuit
    ) -> Delivery:
        return shows[planned.name].outcomes(planned, events)

    return Run(spec, begin, StopSignal(), show)
