"""Read a pipeline from its file, or list all faults of the file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from portcall.delivery.worker_bound import MOST_WORKERS
from portcall.errors import SettingsError
from portcall.model.opaque import EMPTY
from portcall.runs.inputs import FORMATS, STDIN, InputError, is_url
from portcall.runs.pipelines.bounded_files import read_json, read_toml
from portcall.runs.pipelines.faults import Entries, Faults, shown
from portcall.runs.pipelines.pipeline_subscription import PipelineSubscription
from portcall.runs.pipelines.segment_export import is_export
from portcall.runs.pipelines.subscription_tables import read_subscriptions

ENTRIES: Final = (
    "connection", "input", "format", "encoding", "decimal", "sheet", "query", "query_key",
    "workers", "rate",
    "settings", "subscriptions",
)  # fmt: skip


@attrs.frozen
class Pipeline:
    """A pipeline: which connection, which events, and what is done with them.

    Names of actions and fields, filters and mappings are not checked yet, as that needs the destination.

    Args:
        path: The file that it was read from; its name without the ending names the run's files.
        connection: The name of a connection that is kept, or the slug of a destination.
        subscriptions: One or more, including those that are disabled.
        input: The path of the events, from the current folder; ``-`` for standard input; None if the file
            does not name one.
        format: ``ndjson`` or ``jsonl``, ``json``, ``csv``, ``tsv``; None to find out.
        encoding: Of the input's text; None to find out.
        decimal: ``.`` or ``,``, in columns of numbers; None to find out.
        sheet: The sheet of an Excel workbook; None for the first.
        query: Of a database: one SELECT, whose rows are the events.
        query_key: Column that the rows are in the order of.
        workers: How many calls are under way at once; None for as many as the latency is worth.
        rate: Events a second at most; None for no limit.
        settings: Values of the connection's fields, as text; may hold secrets.
    """

    path: Path
    connection: str
    subscriptions: tuple[PipelineSubscription, ...]
    input: str | None = None
    format: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    sheet: str | None = None
    query: str | None = None
    query_key: str | None = None
    workers: int | None = None
    rate: float | None = None
    settings: Mapping[str, str] = attrs.field(default=EMPTY, repr=False)

    @staticmethod
    def read(path: str | os.PathLike[str]) -> Pipeline:
        """Read a pipeline file and the files that it names, but not its input.

        Args:
            path: JSON if its name ends in ``.json``, else TOML. Files that it names are looked for beside
                it; each file has at most 1 MiB.

        Raises:
            SettingsError: Lists every fault, each with its place: ``subscriptions[1].mapping``.
        """
        path = Path(path)
        faults = Faults()
        pipeline = pipeline_of(path, _table(path), faults)
        faults.raise_if_any(path)
        return pipeline


def pipeline_of(path: Path, table: Mapping[str, Any], faults: Faults) -> Pipeline:
    """Make a pipeline from a table; faulty entries are noted and left out.

    Args:
        path: Files that the table names are looked for beside it; its name is the pipeline's.
        table: As a pipeline file has it.
        faults: Notes every fault, with its place in the table.
    """
    entries = Entries(table, "", faults, EMPTY)
    entries.refuse_unknown(ENTRIES)
    return Pipeline(
        path=path,
        connection=entries.text("connection", needed=True) or "",
        subscriptions=_subscriptions(path.parent, entries, faults),
        input=_input(path.parent, entries, faults),
        format=entries.one_of("format", FORMATS),
        encoding=_encoding(entries, faults),
        decimal=entries.one_of("decimal", (".", ",")),
        sheet=entries.text("sheet"),
        query=entries.text("query"),
        query_key=entries.text("query_key"),
        workers=entries.integer("workers", 1, MOST_WORKERS),
        rate=entries.positive("rate"),
        settings=_settings(entries.any("settings"), faults),
    )


def _table(path: Path) -> dict[str, Any]:
    held = (read_json if path.suffix.lower() == ".json" else read_toml)(path)
    if is_export(held) and not (isinstance(held, dict) and "connection" in held):
        raise SettingsError(
            f"{path} holds subscriptions and no pipeline: write a pipeline with "
            f'connection = "NAME" and subscriptions = {path.name!r}'
        )
    if not isinstance(held, dict):
        raise SettingsError(f"{path} must hold an object with a connection; it is {shown(held)}")
    return held


def _subscriptions(
    folder: Path, entries: Entries, faults: Faults
) -> tuple[PipelineSubscription, ...]:
    held, before = entries.any("subscriptions"), len(faults.problems)
    found = read_subscriptions(folder, held, faults)
    if not found and len(faults.problems) == before:
        faults.add("subscriptions", "there is none: write an array of tables, each with an action")
    return found


def _input(folder: Path, entries: Entries, faults: Faults) -> str | None:
    name = entries.text("input")
    if name == "":
        faults.add("input", "it must not be empty")
    is_path = name and name != STDIN and not is_url(name)
    return str(folder / name) if name and is_path else name


def _encoding(entries: Entries, faults: Faults) -> str | None:
    name = entries.text("encoding")
    if name is None:
        return None
    from portcall.runs.inputs.encodings import known_encoding  # noqa: PLC0415  # few name one

    try:
        return known_encoding(name)
    except InputError as exc:
        faults.add("encoding", str(exc))
        return None


def _settings(held: object, faults: Faults) -> Mapping[str, str]:
    if held is None:
        return EMPTY
    if not isinstance(held, dict):
        faults.add("settings", f"it must be a table; it is {shown(held)}")
        return EMPTY
    wrong = [name for name, value in held.items() if not isinstance(value, str | int | float)]
    for name in wrong:
        wanted = "it must be text, a number, true or false"
        faults.add(f"settings.{name}", f"{wanted}; it is {shown(held[name])}")
    return {name: _as_text(value) for name, value in held.items() if name not in wrong}


def _as_text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
