"""What ``send`` and ``run`` have in common once they know what is to be done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import attrs
import click

from portcall.cli.exits import Exit
from portcall.cli.explaining import explain, explain_text
from portcall.cli.failures import OPERATOR
from portcall.cli.output import quiet, write, write_json
from portcall.cli.pipelines import Planned
from portcall.cli.reading import open_input
from portcall.cli.rehearsing import Rehearsal
from portcall.cli.running.report import Report
from portcall.cli.running.run import Run, Task
from portcall.cli.state import State
from portcall.connection import Connection
from portcall.delivery import Delivery, Journal, deliver
from portcall.errors import SettingsError


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
        """Do what the options ask for; give the exit code.

        Raises:
            SettingsError: It cannot begin; nothing was sent.
        """
        if task.options.explain:
            return self._explain(task)
        report = self._rehearse(task) if task.options.dry_run else self._run(task)
        self._say(report)
        report.close()
        error = report.ending.error
        if self.state.debug and error is not None and not isinstance(error, OPERATOR):
            raise error
        return report.code

    def _run(self, task: Task) -> Report:
        link = self.connection.link()

        def begin(planned: Planned, events: Iterator[Any], journal: Journal) -> Delivery:
            return deliver(task.options.to_order(planned.order), link, events, journal)

        with quiet():
            report = Run(task, begin, self.state.line)(_tell)
        self.state.remember(self.connection.auth)
        return report

    def _rehearse(self, task: Task) -> Report:
        shows = {
            each.name: Rehearsal(self.connection, self.state, as_json=self.as_json)
            for each in task.planned
        }

        def begin(planned: Planned, events: Iterator[Any], _: Journal) -> Delivery:
            return shows[planned.name].outcomes(planned, events)

        with quiet():
            report = Run(task, begin, self.state.line)()
        for show in shows.values():
            show.finish()
        return report

    def _explain(self, task: Task) -> int:
        with open_input(task.source, format=task.options.format) as source:
            wanted = (e for e in source if task.options.line in {None, e.number})
            entry = next(wanted, None)
        if entry is None:
            raise SettingsError(f"{task.source} has no such event")
        if entry.event is None:
            raise SettingsError(f"{task.source}, {source.unit} {entry.number}: {entry.reason}")
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


def _tell(before: int) -> None:
    click.echo(f"Going on after {before:,} of an earlier run; --restart begins anew.", err=True)
