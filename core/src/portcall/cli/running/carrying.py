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
from portcall.cli.running.ending import Ending
from portcall.cli.running.report import Report
from portcall.cli.running.run import Run
from portcall.cli.running.task import Begin, Task
from portcall.cli.running.trouble import watched
from portcall.cli.state import State
from portcall.connection import Connection
from portcall.delivery import Delivery, Journal, deliver
from portcall.errors import SettingsError
from portcall.runs.inputs import open_input
from portcall.runs.pipelines import Planned


@attrs.frozen
class Carrier:
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

    def carry_out(self, task: Task) -> int:
        """Do what the options ask for; return the exit code.

        Raises:
            SettingsError: It cannot begin; nothing was sent.
        """
        if task.options.explain:
            return self._explain(task)
        ending, shows = Ending(), self._rehearsals(task)
        begin = _rehearsing(shows) if shows else self._delivering(task, ending)
        with quiet(), Run(task, begin, ending, self._shown).carried_out(_tell) as report:
            self.state.remember(self.connection.auth)
            for show in shows.values():
                show.finish()
            self._say(report)
        if self.state.debug and ending.error is not None:
            raise ending.error
        return report.code

    def _delivering(self, task: Task, ending: Ending) -> Begin:
        link = watched(self.connection.link(), ending, task.options.retry_s)

        def begin(planned: Planned, events: Iterator[Any], journal: Journal) -> Delivery:
            return deliver(task.options.to_order(planned.order), link, events, journal)

        return begin

    def _rehearsals(self, task: Task) -> dict[str, Rehearsal]:
        return {
            each.name: Rehearsal(self.connection, self.state, as_json=self.as_json)
            for each in task.planned
            if task.options.dry_run
        }

    def _shown(self, text: str) -> str:
        return self.state.line(with_options(text))

    def _explain(self, task: Task) -> int:
        with open_input(task.source, format=task.options.format) as source:
            wanted = (e for e in source if task.options.line in {None, e.number})
            entry = next(wanted, None)
        if entry is None:
            what = f"{source.unit} {task.options.line}" if task.options.line else "events"
            raise SettingsError(f"{source.name} has no {what}")
        if entry.event is None:
            raise SettingsError(f"{source.name}, {source.unit} {entry.number}: {entry.reason}")
        with quiet():
            explained = explain(self.connection, task.planned, entry.event, self.state)
        if self.as_json:
            write_json({source.unit: entry.number, **explained}, self.state)
        else:
            for line in explain_text(explained, self.state):
                write(line)
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
