"""Begin a run from a program: find its connection and its subscriptions, open its files, and go."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any, Final, Unpack

import attrs

from portcall.actions.near_names import match, near, shortened
from portcall.connection import Connection
from portcall.delivery.channel import Channel
from portcall.delivery.delivery import Delivery
from portcall.delivery.engine import deliver
from portcall.delivery.journal import Journal
from portcall.errors import SettingsError
from portcall.host import Host
from portcall.model.opaque import EMPTY
from portcall.runs.circuit import Circuit, watched
from portcall.runs.opened_connection import open_connection
from portcall.runs.pipelines.pipeline import Pipeline
from portcall.runs.pipelines.planning import PlannedSubscription, plan, plan_action
from portcall.runs.processes.count import count_of
from portcall.runs.processes.fleet import Fleet
from portcall.runs.processes.reopening import Reopening
from portcall.runs.run import Run
from portcall.runs.run_files import made_folder
from portcall.runs.run_options import RETRY_S, WINDOW_S, RunOptions
from portcall.runs.run_spec import Begin, RunSpec, about_connection
from portcall.runs.start_options import StartOptions
from portcall.runs.stop_signal import StopSignal

_OF_ACTION: Final = ("mapping", "subscribe", "preset", "sync_mode", "saved")


def start(
    pipeline: Pipeline | None = None,
    *,
    connection: Connection | str | None = None,
    action: str | None = None,
    input: str | os.PathLike[str] | None = None,  # noqa: A002  # the word of a pipeline file
    folder: str | os.PathLike[str] | None = None,
    host: Host | None = None,
    settings: Mapping[str, object] = EMPTY,
    name: str | None = None,
    **options: Unpack[StartOptions],
) -> Run:
    """Start a run: deliver all events of an input, and write down how far that came.

    Either a pipeline says what is done with the events, or an action does. The run goes on in threads of
    its own; iterate over it, or call `Run.wait`. Killed and started again with the same arguments, it goes
    on where it was, and sends nothing twice.

    Args:
        pipeline: From `Pipeline.read`.
        connection: An open connection; or the name of one that is kept, or the slug of a destination. May be
            left out if the pipeline names one.
        action: The name of one action, in place of a pipeline.
        input: The path of the events, or ``-`` for standard input; the pipeline's if None.
        folder: Folder of the run's files, made if it is missing; that of the input if None.
        host: Opens the connection. If None, the run makes a host of its own and closes it at the end.
        settings: Values of the connection's fields, for this run; these go before the pipeline's.
        name: With the input's name, it names the run's files; by default the pipeline's file name, or
            connection and action.
        **options: As `StartOptions` lists them: ``mapping=``, ``workers=``, ``resume=``.

    Returns:
        The run, under way.

    Raises:
        SettingsError: The run cannot begin; lists everything that is wrong. Nothing was sent.
        InputError: The input cannot be read.
        PluginError, StoreError: The connection cannot be opened.
    """
    wanted = _Wanted(pipeline, action, connection, options)
    source, run_options = wanted.source(input), wanted.run_options(folder)
    with ExitStack() as stack:
        host = host or stack.enter_context(Host())
        opened = wanted.opened(host, settings)
        reopening = wanted.reopening(host, settings)
        spec = wanted.spec(opened, source, name, run_options)
        return prepare(spec, opened, reopening=reopening).start(stack.pop_all().close)


def prepare(
    spec: RunSpec,
    connection: Connection,
    show: Callable[[str], str] | None = None,
    reopening: Reopening | None = None,
) -> Run:
    """Make a run that delivers through a connection; `Run.start` starts it.

    Args:
        spec: What is to be run.
        connection: Whose events they are.
        show: Takes secrets out of a text and puts it on one line; the connection's secrets if None.
        reopening: What other processes open the connection with; None if they cannot.

    Raises:
        SettingsError: More than one process is asked for, and that cannot be.
    """
    stop, channel = StopSignal(), connection.channel()

    def on_one_line(text: str) -> str:
        return " ".join(channel.clean(text).split())

    count = count_of(spec, connection, reopening)
    if reopening is None or count == 1:
        spec = attrs.evolve(spec, options=attrs.evolve(spec.options, processes=1))
        return Run(spec, _delivering(spec, channel, stop), stop, show or on_one_line)
    spec = attrs.evolve(spec, options=attrs.evolve(spec.options, processes=count))
    fleet = Fleet(spec, connection, reopening, count, stop)
    return Run(spec, fleet.begin, stop, show or on_one_line, fleet.close, fleet.warm_up)


def _delivering(spec: RunSpec, channel: Channel, stop: StopSignal) -> Begin:
    def begin(
        planned: PlannedSubscription, events: Iterator[Any], journal: Journal, circuit: Circuit
    ) -> Delivery:
        plan = spec.options.to_plan(
            planned.plan, circuit.until, is_live=spec.is_live, waits_until=circuit.waits_until
        )
        return deliver(plan, watched(channel, circuit, stop), events, journal)

    return begin


@attrs.frozen
class _Wanted:
    """What `start` was asked for: a pipeline, or one action of a connection."""

    pipeline: Pipeline | None
    action: str | None
    given: Connection | str | None
    options: StartOptions

    def __attrs_post_init__(self) -> None:
        if unknown := sorted(self.options.keys() - StartOptions.__annotations__.keys()):
            raise TypeError(f"start() got an unexpected keyword argument {unknown[0]!r}")
        if (self.pipeline is None) == (self.action is None):
            raise SettingsError("give either a pipeline or the name of an action")
        if self.pipeline is None and self.given is None:
            raise SettingsError(f"give the connection that the action {self.action!r} is for")

    @property
    def connection(self) -> str:
        """What the connection is called; empty if only an open one was given."""
        if isinstance(self.given, str):
            return self.given
        return self.pipeline.connection if self.pipeline else ""

    def source(self, given: str | os.PathLike[str] | None) -> str:
        """Return where the events are."""
        if given is None:
            given = self.pipeline.input if self.pipeline else None
        if given is None:
            raise SettingsError("there are no events: give the path of an input")
        return os.fspath(given)

    def run_options(self, folder: str | os.PathLike[str] | None) -> RunOptions:
        """Return how the run goes; makes the folder of its files."""
        options, pipeline = self.options, self.pipeline
        found = RunOptions(
            format=options.get("format"),
            encoding=options.get("encoding"),
            decimal=options.get("decimal"),
            sheet=options.get("sheet"),
            query=options.get("query"),
            query_key=options.get("query_key"),
            workers=options.get("workers"),
            processes=options.get("processes", 1),
            rate=options.get("rate") or (pipeline.rate if pipeline else None),
            retry_s=options.get("retry_for_s", RETRY_S),
            retry_unclear=options.get("retry_unclear", False),
            max_rejected=options.get("max_rejected"),
            max_age_s=options.get("max_age_s"),
            folder=made_folder(folder),
            state=made_folder(options.get("state")),
            key=options.get("key"),
            window_s=options.get("window_s", WINDOW_S),
            wait_s=options.get("wait_s", 0.0),
            resend_uncertain=options.get("resend_uncertain", False),
            follow=options.get("follow", False),
            until_end=options.get("until_end", False),
            resume=options.get("resume", False),
            restart=options.get("restart", False),
        )
        return found.read_as(pipeline) if pipeline else found

    def opened(self, host: Host, settings: Mapping[str, object]) -> Connection:
        """Return the connection, opened if need be."""
        if isinstance(self.given, Connection):
            return self.given
        return open_connection(host, self.connection, self._all(settings))

    def reopening(self, host: Host, settings: Mapping[str, object]) -> Reopening | None:
        """Return what other processes open the connection with; None if it was handed over open."""
        if isinstance(self.given, Connection) or self.options.get("processes", 1) == 1:
            return None
        return Reopening.of(host, self.connection, self._all(settings))

    def _all(self, settings: Mapping[str, object]) -> Mapping[str, object]:
        return {**(self.pipeline.settings if self.pipeline else {}), **settings}

    def spec(
        self, connection: Connection, source: str, name: str | None, options: RunOptions
    ) -> RunSpec:
        """Return what is to be run."""
        word = self.connection or connection.destination.slug
        usual = self.pipeline.path.stem if self.pipeline else f"{word}-{self.action}"
        return RunSpec(
            name=name or usual,
            source=source,
            connection=word,
            about=about_connection(word, connection),
            planned=self._planned(connection),
            options=options,
            is_pipeline=self.pipeline is not None,
        )

    def _planned(self, connection: Connection) -> tuple[PlannedSubscription, ...]:
        """Return the subscriptions, each ready to be delivered."""
        how = {name: self.options.get(name) for name in _OF_ACTION}
        if self.pipeline is None:
            workers = self.options.get("workers")
            return (_planned_action(connection, self.action or "", workers, how),)
        if given := [name for name, value in how.items() if value is not None]:
            raise SettingsError(f"{given[0]}= is for an action: write it into the pipeline")
        return plan(self.pipeline, connection.destination)


def _planned_action(
    connection: Connection, action: str, workers: int | None, how: Mapping[str, Any]
) -> PlannedSubscription:
    destination = connection.destination
    found = match(action, destination.actions)
    if found is None:
        hint = near(action, list(destination.actions))
        raise SettingsError(f"{destination.slug} has no action {shortened(action)}; {hint}")
    with destination.naming("actions"):
        return plan_action(destination.actions[found], workers=workers, **how)
