"""What the tables ``[send]`` and ``[run]`` may hold, made of the commands' own options."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from portcall.project.entry_kinds import (
    Choice,
    Items,
    Kind,
    Number,
    Path as Keys,
    Report,
    Schema,
    Switch,
    Text,
)
from portcall.project.secret_names import is_secret, refuse_pair, where_it_belongs
from portcall.project.table_kinds import Entry, Table

COMMANDS: Final = ("send", "run")
NOT_KEPT: Final = ("project", "no_project")
"""Options that say which project file is read."""


def flag_tables(folder: Path) -> Mapping[str, Table]:
    """Return what the tables of both commands may hold.

    Args:
        folder: Where paths in them begin.
    """
    return {name: _table(command_called(name), folder) for name in COMMANDS}


def command_called(name: str) -> click.Command:
    """Return one of the commands."""
    command: click.Command = import_module(f"portcall.cli.commands.{name}").command
    return command


def options_of(command: click.Command) -> dict[str, click.Option]:
    """Return the options that a project may have defaults for, by their names in its file."""
    return {
        name_of(each): each
        for each in command.params
        if isinstance(each, click.Option) and each.name not in NOT_KEPT
    }


def name_of(option: click.Option) -> str:
    """Return what a project file calls an option: ``retry_for`` of ``--retry-for``."""
    long = next(each for each in option.opts if each.startswith("--"))
    return long.removeprefix("--").replace("-", "_")


def default_of(option: click.Option, value: Any, folder: Path) -> Any:
    """Return a value of a file as the option takes it: paths begin at the file's folder."""
    if isinstance(value, list):
        return tuple(_placed(option, each, folder) for each in value)
    return _placed(option, value, folder)


def _table(command: click.Command, folder: Path) -> Table:
    entries = {
        name: Entry(_Default(option, _kind(option), folder), option.help or "")
        for name, option in options_of(command).items()
    }

    def explain(name: str) -> str:
        spelt = name.replace("-", "_")
        if spelt in entries:
            return f"there is no such entry; did you mean {spelt!r}?"
        return where_it_belongs(name) if is_secret(name) else ""

    return Table(entries, explain)


class _Default:
    """The default of one option: of the type that a file has for it, and nothing that the option refuses."""

    def __init__(self, option: click.Option, kind: Kind, folder: Path) -> None:
        self._option = option
        self._kind = kind
        self._folder = folder

    def check(self, value: object, path: Keys, report: Report) -> None:
        """Report what the option would refuse."""
        wrong: list[tuple[Keys, str]] = []
        self._kind.check(value, path, lambda at, message: wrong.append((at, message)))
        for at, message in wrong:
            report(at, message)
        if wrong:
            return
        option = self._option
        with click.Context(click.Command("portcall")) as ctx:
            try:
                option.type_cast_value(ctx, default_of(option, value, self._folder))
            except click.BadParameter as exc:
                said = exc.message.rstrip(".")
                report(path, said[:1].lower() + said[1:])

    def schema(self) -> Schema:
        """Return the schema of the type."""
        return self._kind.schema()


def _kind(option: click.Option) -> Kind:
    kind = _single(option)
    return Items(kind) if option.multiple else kind


def _single(option: click.Option) -> Kind:
    kind = option.type
    if option.is_flag:
        return Switch()
    if isinstance(kind, click.IntRange | click.FloatRange):
        whole = isinstance(kind, click.IntRange)
        return Number(whole=whole, least=kind.min, most=kind.max, above=kind.min_open)
    if isinstance(kind, click.Choice):
        return Choice(tuple(kind.choices))
    if kind is click.INT or kind is click.FLOAT:
        return Number(whole=kind is click.INT)
    return Text(refuse_pair) if option.metavar == "FIELD=VALUE" else Text()


def _placed(option: click.Option, value: Any, folder: Path) -> Any:
    if option.metavar == "FIELD=PATH":
        name, equals, path = value.partition("=")
        return f"{name}{equals}{folder / Path(path).expanduser()}"
    if isinstance(option.type, click.Path):
        return f"{folder / Path(value).expanduser()}"
    return value
