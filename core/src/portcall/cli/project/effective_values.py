"""Every value that a command would go by here, and where it is from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import attrs
import click
from click.core import ParameterSource

from portcall.cli.flags.connection_flags import Options
from portcall.cli.flags.project_defaults import ProjectDefaults, place_in_project
from portcall.cli.project.current_project import current_project
from portcall.cli.project.flag_tables import COMMANDS, command_called, options_of
from portcall.cli.project.settled_options import REACHING, key_of, said_of, settled
from portcall.cli.state import State
from portcall.project.find_project import shown_path
from portcall.store import home, store_url
from portcall.wire.limits import Caps

if TYPE_CHECKING:
    from portcall.project.project_file import Project

DEFAULT: Final = "default"
OPTION: Final = "option"


@attrs.frozen
class Value:
    """One value.

    Args:
        name: As a project file calls it: ``send.workers``.
        value: Plain JSON; None for none.
        origin: A place in the project's file, the name of a variable, ``stored``, ``option`` or ``default``.
    """

    name: str
    value: Any
    origin: str


def values_of_project(state: State) -> Iterator[Value]:
    """Yield what is true of every command, then the options of ``send`` and ``run``."""
    project = current_project()
    yield _store(state, project)
    yield _state_folder(project)
    yield _plugins(state, project)
    if project is not None:
        for name, settings in project.extras.items():
            yield Value(f"extras.{name}", dict(settings), project.where("extras", name))
        for name in project.connections:
            yield from (
                attrs.evolve(each, name=f"connections.{name}.{each.name}")
                for each in values_of_connection(name)
                if each.origin != DEFAULT
            )
        for name, held in project.pipelines.items():
            shown = getattr(held, "connection", None) or f"{held}"
            yield Value(f"pipelines.{name}", shown, project.where("pipelines", name))
        yield from _service(project)
    for command in COMMANDS:
        yield from _options(state, command)


def values_of_connection(name: str) -> Iterator[Value]:
    """Yield where a connection may go, how long its requests may take, and its limits."""
    options, project, said = settled(name, Options()), current_project(), said_of(name)
    usual: dict[str, Any] = {"allow_private": (), "allow_http": (), "timeout_s": Caps().timeout_s}
    if project is not None and said.destination:
        place = project.where("connections", name, "destination")
        yield Value("destination", said.destination, place)
    for each in REACHING:
        origin = options.origins.get(each, DEFAULT)
        value = usual.get(each) if origin == DEFAULT else getattr(options, each)
        yield Value(key_of(each), list(value) if isinstance(value, tuple) else value, origin)
    if project is None:
        return
    for key, value in attrs.asdict(said.limits).items():
        if value is not None:
            place = project.where("connections", name, "limits", key)
            yield Value(f"limits.{key}", value, place)
    for key in ("workers", "rate"):
        if getattr(said, key) is not None:
            yield Value(key, getattr(said, key), project.where("connections", name, key))


def _service(project: Project) -> Iterator[Value]:
    """Yield what the project says of the service, and where the write key of each source comes from."""
    for name, value in attrs.asdict(project.service).items():
        key = {"grace_s": "grace"}.get(name, name)
        if value is not None:
            yield Value(f"serve.{key}", value, project.where("serve", key))
    for number, source in enumerate(project.sources):
        at, name = ("source", str(number)), f"source.{source.name}"
        yield Value(f"{name}.pipelines", list(source.pipelines), project.where(*at, "pipelines"))
        yield Value(f"{name}.origins", list(source.origins), project.where(*at, "origins"))


def _store(state: State, project: Project | None) -> Value:
    for variable in ("PORTCALL_STORE", "PORTCALL_HOME"):
        if project is not None and variable in state.variables:
            return Value("store", project.store, project.where("store"))
        if os.environ.get(variable):
            return Value("store", _shown_store(), variable)
    return Value("store", f"{home()}", DEFAULT)


def _shown_store() -> str:
    """Return the store's place; a URL may hold a password, and is not shown."""
    return "***" if store_url() else f"{home()}"


def _state_folder(project: Project | None) -> Value:
    if folder := os.environ.get("PORTCALL_STATE"):
        return Value("state", folder, "PORTCALL_STATE")
    if project is not None and project.state is not None:
        return Value("state", f"{project.state}", project.where("state"))
    return Value("state", None, DEFAULT)


def _plugins(state: State, project: Project | None) -> Value:
    if state.plugins:
        source = click.get_current_context().find_root().get_parameter_source("plugins")
        is_variable = source is ParameterSource.ENVIRONMENT
        return Value("plugins", list(state.plugins), "PORTCALL_PLUGINS" if is_variable else OPTION)
    if project is not None and project.plugins:
        return Value("plugins", [f"{each}" for each in project.plugins], project.where("plugins"))
    return Value("plugins", [], DEFAULT)


def _options(state: State, name: str) -> Iterator[Value]:
    command = command_called(name)
    with click.Context(command, info_name=name, obj=state) as ctx:
        ctx.default_map = ProjectDefaults(command, ctx)
        for key, option in options_of(command).items():
            found, source = option.consume_value(ctx, {})
            ctx.set_parameter_source(option.name or key, source)
            yield Value(f"{name}.{key}", _plain(found, option), _origin(ctx, option, source))


def _origin(ctx: click.Context, option: click.Option, source: ParameterSource) -> str:
    if source is ParameterSource.ENVIRONMENT:
        return f"{option.envvar}"
    if source is ParameterSource.DEFAULT_MAP:
        return place_in_project(ctx, option.name or "")
    return DEFAULT


def _plain(value: Any, option: click.Option) -> Any:
    """Return a value as plain JSON; None for what click has in place of none."""
    if isinstance(value, tuple | list):
        return list(value)
    if isinstance(value, str | int | float | bool):
        return value
    return [] if option.multiple else None


def shown_value(value: Any) -> str:
    """Return a value as people read it; ``-`` for none."""
    if isinstance(value, list):
        return ", ".join(shown_path(f"{each}") for each in value) or "-"
    return (
        "-"
        if value is None
        else (shown_path(value) if isinstance(value, str) else json.dumps(value))
    )
