"""What a job delivers, and with what: checked by the driver, and carried to every task."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Self
from uuid import uuid4

import attrs

from portcall import Action, Connection, Host, Project, SettingsError
from portcall.actions.near_names import near

_JSON_OPTIONS: Final = frozenset({"mapping"})
_NUMBERS: Final = frozenset({"workers"})


@attrs.frozen(kw_only=True)
class Work:
    """One delivery of many rows. It holds no secret: a task opens the connection from the store.

    Args:
        connection: Name of a stored connection, which every executor finds in its store.
        action: Name of one of the destination's actions.
        mapping: From field names to values, in place of the fields' own defaults; None for these.
        subscribe: Which events, in FQL; None for the action's own filter.
        preset: Name of one of the action's presets; None to start from none.
        sync_mode: One of the action's; its first if None.
        workers: Calls under way at once in each task, 1 to 1,000.
        event: Column that holds the event: a struct, a map, or text with JSON; empty if the columns are
            the members of the event by their names.
        run: Name of this delivery in the commit log: a row that was delivered under this name is not sent
            again. A new name for each delivery if it is left out.
        undelivered: Folder, which the driver and all executors reach by this path, for the events that
            were not delivered; None to have the job fail if there are any.
        project: Path of a ``portcall.toml`` on every executor; None to go without.
        commit_log: Path of a SQLite file that all tasks reach, or URL of a PostgreSQL database without its
            password; None for the place that the store has. See `open_commit_log`.

    Raises:
        SettingsError: A value is not what its option takes; names the option.
    """

    connection: str
    action: str
    mapping: Mapping[str, Any] | None = None
    subscribe: str | None = None
    preset: str | None = None
    sync_mode: str | None = None
    workers: int = 1
    event: str = ""
    run: str = attrs.field(factory=lambda: uuid4().hex)
    undelivered: str | None = None
    project: str | None = None
    commit_log: str | None = None

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Self:
        """Read the options of a data source, all of them text.

        Args:
            options: By name, as the arguments of this class; ``mapping`` is JSON.

        Raises:
            SettingsError: An option is missing, unknown, or not what it should be; names it.
        """
        names = {field.name.lower(): field.name for field in attrs.fields(cls)}
        given: dict[str, Any] = {}
        for option, text in options.items():
            name = names.get(option.lower())
            if name is None:
                raise SettingsError(f"there is no option {option!r}; {near(option, list(names))}")
            given[name] = _value(name, text)
        for name in ("connection", "action"):
            if not given.get(name):
                raise SettingsError(f"the option {name!r} is missing: .option({name!r}, ...)")
        return cls(**given)

    @contextmanager
    def opened(self) -> Iterator[tuple[Connection, Action]]:
        """Open the connection; close the host behind it.

        Raises:
            UnknownConnectionError: The store has no connection of that name.
            SettingsError: The destination has no such action.
            PortcallError: The plugin cannot be used.
        """
        with self._host() as host:
            connection = host.open(self.connection)
            yield connection, _action(connection, self.action)

    def _host(self) -> Host:
        if self.project is None:
            return Host()
        return Project.read(self.project).host(self.connection)


def _value(name: str, text: str) -> Any:
    if name in _JSON_OPTIONS:
        try:
            return json.loads(text)
        except ValueError as exc:
            raise SettingsError(f"the option {name!r} is not JSON: {exc}") from None
    if name in _NUMBERS:
        if not text.isdecimal():
            raise SettingsError(f"the option {name!r} is a whole number; it is {text!r}")
        return int(text)
    return text


def _action(connection: Connection, name: str) -> Action:
    actions = connection.destination.actions
    if name not in actions:
        slug = connection.destination.info.slug
        raise SettingsError(f"{slug} has no action {name!r}; {near(name, list(actions))}")
    found: Action = actions[name]
    return found
