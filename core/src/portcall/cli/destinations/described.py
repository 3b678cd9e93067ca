"""What is known of a destination and of an action before there are settings, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from portcall.actions.offered_choices import offered_names
from portcall.cli.connections.given_settings import AUTH_NAMES, auth_names, env_name
from portcall.cli.connections.open_host import load, open_host
from portcall.cli.connections.targets import resolve
from portcall.cli.destinations.declared_hosts import hosts_of
from portcall.cli.destinations.description import action_lines, destination_lines
from portcall.cli.destinations.find_action import find_action
from portcall.cli.destinations.readme_markdown import describe_markdown, write_into
from portcall.cli.flags.connection_flags import Options
from portcall.cli.state import State
from portcall.cli.terminal.output import quiet, write, write_json
from portcall.destination import Destination
from portcall.fields import fields_of
from portcall.fields.describing import plain

if TYPE_CHECKING:
    from portcall.actions.action import Action
    from portcall.actions.presets import Preset

_AUDIENCE: Final = ("create_audience", "get_audience")


def show_described(
    state: State,
    word: str,
    action: str | None,
    *,
    as_markdown: bool,
    into: Path | None,
    as_json: bool,
) -> None:
    """Print what ``portcall describe`` prints.

    Args:
        state: For redaction.
        word: A destination, or the name of a connection.
        action: The name of the only action to show.
        as_markdown: Print it in the form of a README.
        into: The README to write it into.
        as_json: Print for a program.
    """
    with open_host(Options()) as host:
        destination = load(host, resolve(word, host.destinations, state).slug)
        with quiet():
            described = describe(destination) if action is None else _one(destination, action)
    if as_json:
        write_json(described, state)
        return
    if as_markdown:
        if action is not None:
            raise click.UsageError("--markdown describes the whole destination: leave ACTION out")
        text = state.clean(describe_markdown(described))
        if into is None:
            write(text)
        else:
            write_into(into, described["slug"], text)
            write(f"Written into {into}.")
        return
    lines = destination_lines(described) if action is None else _alone(destination, described)
    for line in lines:
        write(state.clean(line))


def describe(destination: Destination) -> dict[str, Any]:
    """Return everything that is known of a destination before it has settings, as JSON."""
    slug = destination.slug
    return {
        "slug": slug,
        "distribution": destination.info.distribution,
        "version": destination.info.version,
        "scheme": destination.scheme,
        "fields": [
            {**field.to_json(), "env": env_name(slug, field.name)} for field in destination.fields
        ],
        "credentials": [
            {"name": name, "label": AUTH_NAMES[name], "env": env_name(slug, name)}
            for name in auth_names(destination)
        ],
        "hosts": hosts_of(destination),
        "actions": [describe_action(action) for action in destination.actions.values()],
    }


def describe_action(action: Action) -> dict[str, Any]:
    """Return everything that is known of an action, as JSON; entries that say nothing are left out.

    Returns:
        ``name``, ``title``, ``repeats`` (``idempotent``, ``key`` or ``unsafe``), ``fields`` and
        ``mapping``, and what else its author declared.
    """
    about = {name: getattr(action, name) for name in ("name", "title", "description", "subscribe")}
    return {
        **{name: value for name, value in about.items() if value},
        "repeats": _repeats(action),
        **dict(_more(action)),
        "fields": list(_fields(action)),
        "mapping": {
            field.name: plain(field.default_mapping)
            for field in action.fields
            if field.default_mapping is not None
        },
    }


def _fields(action: Action) -> Iterator[dict[str, Any]]:
    """Describe the fields; only those whose values `portcall choices` lists have dynamic choices."""
    listed = offered_names(action)
    for field in action.fields:
        said = field.to_json()
        if field.name not in listed:
            _drop_dynamic(said)
        for inner in said.get("fields", ()):
            _drop_dynamic(inner)
        yield said


def _drop_dynamic(said: dict[str, Any]) -> None:
    if said.get("choices") == "dynamic":
        del said["choices"]
    for inner in (*said.get("fields", ()), *([said["items"]] if "items" in said else ())):
        _drop_dynamic(inner)


def _one(destination: Destination, name: str) -> dict[str, Any]:
    return describe_action(find_action(destination, name))


def _alone(destination: Destination, described: dict[str, Any]) -> Iterator[str]:
    lines = list(action_lines(destination.slug, described))
    return (line.removeprefix("  ") for line in lines)


def _repeats(action: Action) -> str:
    if action.idempotent:
        return "idempotent"
    return "key" if action.repeatable else "unsafe"


def _more(action: Action) -> Iterator[tuple[str, Any]]:
    """Return what only some actions have."""
    if action.batching is not None:
        names = ("size", "size_bytes", "item_bytes", "keys")
        limits = {name: plain(getattr(action.batching, name)) for name in names}
        yield "batch", {name: value for name, value in limits.items() if value}
    if action.sync_modes:
        yield "sync_modes", list(action.sync_modes)
    if action.presets:
        yield "presets", [_preset(preset) for preset in action.presets]
    audience = [name for name in _AUDIENCE if action.aside(name)]
    if "membership" in (action.batching or action).callee.names:
        audience.append("membership")
    if action.full_sync:
        audience.append("full_sync")
    if audience:
        yield "audience", audience
    on_save = action.aside("on_save")
    if on_save is not None:
        cls = on_save.annotation("payload", "on_save") if "payload" in on_save.names else None
        yield "on_save", [field.to_json() for field in fields_of(cls)] if cls else []


def _preset(preset: Preset) -> dict[str, Any]:
    return {
        "name": preset.name,
        "subscribe": preset.subscribe,
        **({"mapping": plain(preset.mapping)} if preset.mapping else {}),
    }
