"""Begin a run from a program: find its connection and its subscriptions, open its files, and go."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import attrs

from portcall.actions.near_names import match, near, shortened
from portcall.connection import Connection
from portcall.delivery import Channel, Delivery, Journal, deliver
from portcall.errors import SettingsError
from portcall.host import Host
from portcall.model import EMPTY
from portcall.runs.circuit import Circuit, watched
from portcall.runs.opened_connection import open_connection
from portcall.runs.pipelines import Pipeline, PlannedSubscription, plan, plan_action
from portcall.runs.run import Run
from portcall.runs.run_options import RunOptions
from portcall.runs.run_spec import Begin, RunSpec, about_connection
from portcall.runs.stop_signal import StopSignal


def start(
    pipeline: Pipeline | None = None,
    *,
    connection: Connection | str | None = None,
    action: str | None = None,
    mapping: Mapping[str, Any] | None = None,
    subscribe: str | None = None,
    preset: str | None = None,
    sync_mode: str | None = None,
    saved: Any = None,
    input: str | os.PathLike[str] | None = None,  # noqa: A002  # the word of a pipeline file
    folder: str | os.PathLike[str] | None = None,
    host: Host | None = None,
    settings: Mapping[str, object] = EMPTY,
    name: str | None = None,
    format: str | None = None,  # noqa: A002  # likewise
    encoding: str | None = None,
    decimal: str | None = None,
    workers: int | None = None,
    rate: float | None = None,
    retry_for_s: float = 60.0,
    retry_unclear: bool = False,
    max_rejected: int | None = None,
    max_age_s: float | None = None,
    resume: bool = False,
    restart: bool = False,
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
        mapping: For the action: from field names to values, in place of the fields' own defaults; over the
            preset's, field by field, if there is one.
        subscribe: For the action: which events, in FQL; None for the preset's or the action's own filter.
        preset: For the action: the name of one of its presets to start from.
        sync_mode: For the action: one of its sync modes.
        saved: For the action: what its ``on_save`` gave.
        input: The path of the events, or ``-`` for standard input; the pipeline's if None.
        folder: Folder of the run's files, made if it is missing; that of the input if None.
        host: Opens the connection. If None, the run makes a host of its own and closes it at the end.
        settings: Values of the connection's fields, for this run; these go before the pipeline's.
        name: With the input's name, it names the run's files; by default the pipeline's file name, or
            connection and action.
        format: ``ndjson`` or ``jsonl``, ``json``, ``csv``, ``tsv``; None to find out.
        encoding: Of the text, by Python's name; None for what a byte order mark says, or UTF-8. With
            ``utf-8``, lines that are not UTF-8 are rejected one by one, in place of the whole input.
        decimal: ``.`` or ``,``: what stands before the fraction in columns of numbers; None to find out.
        workers: Calls under way at once; None for as many as the latency of the answers is worth.
        rate: Events a second at most; None for no limit.
        retry_for_s: Seconds for which an event is tried again.
        retry_unclear: Also try again what may have been applied already, with 500, 502, 504 or no answer.
        max_rejected: The number of rejected events that ends the run; None for no limit.
        max_age_s: Seconds for which an event waits for others of its batch at most. If None: what the
            action's author set; else 1 s of a pipe, and no bound of a file.
        resume: Resume an earlier run, also with another filter or mapping; fail if there is none.
        restart: Forget an earlier run, and send everything.

    Returns:
        The run, under way.

    Raises:
        SettingsError: The run cannot begin; lists everything that is wrong. Nothing was sent.
        InputError: The input cannot be read.
        PluginError, StoreError: The connection cannot be opened.
    """
    wanted = _Wanted(pipeline, action, connection)
    options = RunOptions(
        format=format,
        encoding=encoding,
        decimal=decimal,
        workers=workers,
        rate=rate or (pipeline.rate if pipeline else None),
        retry_s=retry_for_s,
        retry_unclear=retry_unclear,
        max_rejected=max_rejected,
        max_age_s=max_age_s,
        folder=_folder(folder),
        resume=resume,
        restart=restart,
    )
    if pipeline:
        options = options.read_as(pipeline)
    source = input if input is not None else (pipeline.input if pipeline else None)
    if source is None:
        raise SettingsError("there are no events: give the path of an input")
    with ExitStack() as stack:
        own = host or stack.enter_context(Host())
        given = {**(pipeline.settings if pipeline else {}), **settings}
        opened = (
            connection
            if isinstance(connection, Connection)
            else open_connection(own, wanted.connection, given)
        )
        how = {
            "mapping": mapping,
            "subscribe": subscribe,
            "preset": preset,
            "sync_mode": sync_mode,
            "saved": saved,
        }
        word = wanted.connection or opened.destination.slug
        spec = RunSpec(
            name=name or wanted.name(word),
            source=os.fspath(source),
            about=about_connection(word, opened),
            planned=wanted.planned(opened, workers, how),
            options=options,
            is_pipeline=pipeline is not None,
        )
        return prepare(spec, opened).start(stack.pop_all().close)


def prepare(spec: RunSpec, connection: Connection, show: Callable[[str], str] | None = None) -> Run:
    """Make a run that delivers through a connection; `Run.start` starts it.

    Args:
        spec: What is to be run.
        connection: Whose events they are.
        show: Takes secrets out of a text and puts it on one line; the connection's secrets if None.
    """
    stop, channel = StopSignal(), connection.channel()

    def on_one_line(text: str) -> str:
        return " ".join(channel.clean(text).split())

    return Run(spec, _delivering(spec, channel, stop), stop, show or on_one_line)


def _delivering(spec: RunSpec, channel: Channel, stop: StopSignal) -> Begin:
    def begin(
        planned: PlannedSubscription, events: Iterator[Any], journal: Journal, circuit: Circuit
    ) -> Delivery:
        plan = spec.options.to_plan(planned.plan, circuit.until, is_live=spec.is_live)
        return deliver(plan, watched(channel, circuit, stop), events, journal)

    return begin


@attrs.frozen
class _Wanted:
    """What `start` was asked for: a pipeline, or one action of a connection."""

    pipeline: Pipeline | None
    action: str | None
    given: Connection | str | None

    def __attrs_post_init__(self) -> None:
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

    def name(self, word: str) -> str:
        """Return the name of the run, as the commands name it."""
        return self.pipeline.path.stem if self.pipeline else f"{word}-{self.action}"

    def planned(
        self, connection: Connection, workers: int | None, how: Mapping[str, Any]
    ) -> tuple[PlannedSubscription, ...]:
        """Return the subscriptions, each ready to be delivered."""
        if self.pipeline is None:
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


def _folder(folder: str | os.PathLike[str] | None) -> str | None:
    if folder is None:
        return None
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise SettingsError(
            f"the folder {os.fspath(folder)} cannot be made: {exc.strerror}"
        ) from None
    return os.fspath(folder)
