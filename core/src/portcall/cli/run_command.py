"""What ``send`` and ``run`` have in common once they know what is to be done."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import click

from portcall.cli.exits import Exit
from portcall.cli.explaining import explain, explain_text
from portcall.cli.failures import with_options
from portcall.cli.output import quiet, write, write_json
from portcall.cli.rehearsing import Rehearsal
from portcall.cli.run_flags import RunFlags
from portcall.cli.run_summary import Report
from portcall.cli.state import State
from portcall.cli.whole_run import Run
from portcall.connection import Connection
from portcall.delivery import Delivery, Journal, deliver
from portcall.errors import SettingsError
from portcall.runs.inputs import open_input
from portcall.runs.pipelines import Planned
from portcall.runs.run_spec import Begin, RunSpec
from portcall.runs.stop_signal import StopSignal
from portcall.runs.watched_channel import watched


@attrs.frozen
class RunCommand:
    """Carries tasks out, and says what came of them.

    Args:
        connection: Whose events they are.
        state: For redaction.
        about: What they are, for programs.
        as_json: Speak to a program.
    """

    connection: Connection
    state: State
    about: dict[str, Any]
    as_json: bool

    def carry_out(self, spec: RunSpec, flags: RunFlags) -> int:
        """Do what the options ask for; return the exit code.

        Raises:
            SettingsError: It cannot begin; nothing was sent.
        """
        if flags.explain:
            return self._explain(spec, flags.line)
        stop, shows = StopSignal(), self._rehearsals(spec)
        begin = _rehearsing(shows) if shows else self._delivering(spec, stop)
        with quiet(), Run(spec, begin, stop, self._shown).carried_out(_tell) as report:
            self.state.remember(self.connection.auth)
            for show in shows.values():
                show.finish()
            self._say(report)
        if self.state.debug and stop.error is not None:
            raise stop.error
        return report.code

    def _delivering(self, spec: RunSpec, stop: StopSignal) -> Begin:
        channel = watched(self.connection.channel(), stop, spec.options.retry_s)

        def begin(planned: Planned, events: Iterator[Any], journal: Journal) -> Delivery:
            return deliver(spec.options.to_plan(planned.plan), channel, events, journal)

        return begin

    def _rehearsals(self, spec: RunSpec) -> dict[str, Rehearsal]:
        return {
            each.name: Rehearsal(self.connection, self.state, as_json=self.as_json)
            for each in spec.planned
            if spec.options.dry_run
        }

    def _shown(self, text: str) -> str:
        return self.state.line(with_options(text))

    def _explain(self, spec: RunSpec, line: int | None) -> int:
        with open_input(spec.source, format=spec.options.format) as source:
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

    def _say(self, report: Report) -> None:
        if self.as_json:
            indent = None if report.dry else 2
            write_json({**self.about, **report.to_json()}, self.state, indent=indent)
        else:
            for line in report.lines(self.state.clean):
                write(line)
        for line in report.end_lines(self.state.again):
            click.echo(self.state.clean(line), err=True)
        sys.stdout.flush()


def _rehearsing(shows: Mapping[str, Rehearsal]) -> Begin:
    def begin(planned: Planned, events: Iterator[Any], _: Journal) -> Delivery:
        return shows[planned.name].outcomes(planned, events)

    return begin


def _tell(before: int) -> None:
    click.echo(f"Going on after {before:,} of an earlier run (--restart begins anew).", err=True)
