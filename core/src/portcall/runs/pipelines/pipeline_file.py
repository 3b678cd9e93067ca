"""From a pipeline file to a `Pipeline`, or to everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from portcall.delivery.plan import MOST_WORKERS
from portcall.errors import SettingsError
from portcall.model import EMPTY
from portcall.runs.inputs import FORMATS, STDIN
from portcall.runs.pipelines.bounded_files import read_json, read_toml
from portcall.runs.pipelines.faults import Entries, Faults, shown
from portcall.runs.pipelines.pipeline import Pipeline, PipelineSubscription
from portcall.runs.pipelines.segment_export import is_export
from portcall.runs.pipelines.subscription_tables import read_subscriptions

_ENTRIES: Final = (
    "connection", "input", "format", "workers", "rate", "settings", "subscriptions",
)  # fmt: skip


def read_pipeline(path: str | os.PathLike[str]) -> Pipeline:
    """Read a pipeline file and all the files that it names, but not its input.

    Args:
        path: JSON if its name ends in ``.json``, else TOML; at most 1 MiB, as are the others. They are
            looked for beside it.

    Raises:
        SettingsError: Lists every fault, each with its place: ``subscriptions[1].mapping``.
    """
    path = Path(path)
    held = (read_json if path.suffix.lower() == ".json" else read_toml)(path)
    if is_export(held) and not (isinstance(held, dict) and "connection" in held):
        raise SettingsError(
            f"{path} holds subscriptions and no pipeline: write a pipeline with "
            f'connection = "NAME" and subscriptions = {path.name!r}'
        )
    if not isinstance(held, dict):
        raise SettingsError(f"{path} must hold an object with a connection; it is {shown(held)}")
    return _pipeline(path, held)


def _pipeline(path: Path, held: dict[str, Any]) -> Pipeline:
    faults = Faults()
    entries = Entries(held, "", faults, EMPTY)
    entries.refuse_unknown(_ENTRIES)
    pipeline = Pipeline(
        path=path,
        connection=entries.text("connection", needed=True) or "",
        subscriptions=_subscriptions(path.parent, entries, faults),
        input=_input(path.parent, entries, faults),
        format=entries.one_of("format", FORMATS),
        workers=entries.integer("workers", 1, MOST_WORKERS),
        rate=entries.positive("rate"),
        settings=_settings(entries.any("settings"), faults),
    )
    faults.raise_if_any(path)
    return pipeline


def _subscriptions(
    folder: Path, entries: Entries, faults: Faults
) -> tuple[PipelineSubscription, ...]:
    held, before = entries.any("subscriptions"), len(faults.problems)
    found = read_subscriptions(folder, held, faults)
    if not found and len(faults.problems) == before:
        faults.add("subscriptions", "there is none: write a table [[subscriptions]] with an action")
    return found


def _input(folder: Path, entries: Entries, faults: Faults) -> str | None:
    name = entries.text("input")
    if name == "":
        faults.add("input", "it must not be empty")
    return str(folder / name) if name and name != STDIN else name


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
