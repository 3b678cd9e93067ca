"""A pipeline as TOML, alone or inside of a project's file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.items import AoT, InlineTable, Table

from portcall import SettingsError

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_MOST_BYTES: Final = 1 << 20


def pipeline_toml(name: str, table: Mapping[str, Any]) -> str:
    """Return a pipeline as it stands in ``portcall.toml``.

    Args:
        name: Of the pipeline.
        table: Its entries; ``subscriptions`` is a list of tables.

    Raises:
        SettingsError: No pipeline may have that name, or TOML has nothing for one of the values.
    """
    _check(name)
    document = tomlkit.document()
    pipelines = tomlkit.table(is_super_table=True)
    pipelines.add(name, _table(table))
    document.add("pipelines", pipelines)
    return tomlkit.dumps(document)


def save_pipeline(path: Path, name: str, table: Mapping[str, Any]) -> None:
    """Add a pipeline to a project's file, or replace the one of that name; comments stay.

    The file is written beside itself and put in its place, so that it is whole whatever happens.

    Raises:
        SettingsError: The file cannot be written, or no pipeline may have that name.
    """
    _check(name)
    try:
        text = path.read_text(encoding="utf-8")
        document = tomlkit.parse(text)
        pipelines = document.get("pipelines")
        if pipelines is None:
            pipelines = tomlkit.table(is_super_table=True)
            document["pipelines"] = pipelines
        if isinstance(pipelines.get(name), str):
            raise SettingsError(
                f"the pipeline {name!r} is in a file of its own: choose another name"
            )
        pipelines[name] = _table(table)
        content = tomlkit.dumps(document).encode()
        if len(content) > _MOST_BYTES:
            raise SettingsError(f"{path} would be larger than {_MOST_BYTES} bytes")
        _replace(path, content)
    except OSError as exc:
        raise SettingsError(f"{path} cannot be written: {exc.strerror}") from None


def _replace(path: Path, content: bytes) -> None:
    path = path.resolve()  # a link stays one
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("xb") as file:
            os.fchmod(file.fileno(), path.stat().st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _table(entries: Mapping[str, Any]) -> Table:
    made = tomlkit.table()
    for key, value in entries.items():
        if key == "subscriptions":
            several: AoT = tomlkit.aot()
            for each in value:
                several.append(_table(each))
            made.add(key, several)
        elif isinstance(value, Mapping):
            inner = tomlkit.table()
            for name, entry in value.items():
                inner.add(name, _value(entry))
            made.add(key, inner)
        else:
            made.add(key, _value(value))
    return made


def _value(value: Any) -> Any:
    if value is None:
        raise SettingsError("TOML has no null: leave the field out of the mapping")
    if isinstance(value, Mapping):
        inline: InlineTable = tomlkit.inline_table()
        for key, each in value.items():
            inline.append(key, _value(each))
        return inline
    if isinstance(value, list):
        return [_value(each) for each in value]
    return value


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise SettingsError(
            "a pipeline's name is made of letters, digits, '_', '-' and '.', 64 at most"
        )
