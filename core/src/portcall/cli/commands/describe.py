"""``portcall describe``: what a destination asks for, where it talks and what it can do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from portcall.cli.command import Command, Options, json_option, target_argument
from portcall.cli.given import AUTH_NAMES, auth_names, env_name
from portcall.cli.opening import load, open_host
from portcall.cli.output import quiet, write, write_json
from portcall.cli.state import State
from portcall.cli.targets import resolve
from portcall.destination import Destination
from portcall.fields.describing import plain

DEPENDS: Final = "depends on settings"


@click.command("describe", cls=Command)
@target_argument
@json_option
@click.pass_obj
def command(state: State, slug: str, *, as_json: bool) -> None:
    """Show scheme, fields, hosts and actions of SLUG: a destination, or that of a connection."""
    with open_host(Options()) as host:
        destination = load(host, resolve(slug, host.destinations, state).slug)
        with quiet():
            described = describe(destination)
    if as_json:
        write_json(described, state)
        return
    for line in _text(described):
        write(state.clean(line))


def describe(destination: Destination) -> dict[str, Any]:
    """Give everything that is known of a destination before it has settings, as JSON."""
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
        "actions": [_action(action) for action in destination.actions.values()],
    }


def hosts_of(destination: Destination, settings: Any = None) -> list[str]:
    """Give the declared hosts; of some plugins they cannot be known without settings."""
    try:
        return list(destination.stack.allowed_hosts(settings))
    except Exception:  # a plugin that looks into its settings
        if settings is not None:
            raise
        return [DEPENDS]


def _action(action: Any) -> dict[str, Any]:
    about = {name: getattr(action, name) for name in ("name", "title", "description", "subscribe")}
    return {
        **{name: value for name, value in about.items() if value},
        "fields": [field.to_json() for field in action.fields],
        "mapping": {
            field.name: plain(field.default_mapping)
            for field in action.fields
            if field.default_mapping is not None
        },
    }


def _text(described: dict[str, Any]) -> Iterator[str]:
    source = f"{described['distribution']} {described['version']}".rstrip()
    yield f"{described['slug']} ({source}), scheme {described['scheme']}"
    yield "\nFields"
    yield from _fields(described["fields"]) if described["fields"] else ["  none"]
    if described["credentials"]:
        yield "\nCredentials"
    for each in described["credentials"]:
        yield f"  {each['name']}: {each['label']}\n      {each['env']}"
    yield "\nHosts"
    yield from (f"  {_host(pattern)}" for pattern in described["hosts"])
    yield "\nActions"
    for action in described["actions"]:
        subscribe = f" [{action['subscribe']}]" if "subscribe" in action else ""
        yield f"  {action['name']}: {action['title']}{subscribe}"
        if "description" in action:
            yield f"      {action['description']}"
        yield from _fields(action["fields"], "    ")
    if not described["actions"]:
        yield "  none"


def _host(pattern: str) -> str:
    if pattern.startswith("{"):
        return f"the origin of the field {pattern.strip('{}')!r}"
    return pattern


def _fields(fields: Sequence[dict[str, Any]], indent: str = "  ") -> Iterator[str]:
    for field in fields:
        facts = [field["kind"], "required" if field["required"] else "optional"]
        facts += [f"{word} {_value(field[key])}" for key, word in _FACTS if key in field]
        yield f"{indent}{field['name']}: {field['label']} ({', '.join(facts)})"
        for key in ("description", "env"):
            if key in field:
                yield f"{indent}    {field[key]}"
        yield from _fields(field.get("fields", ()), f"{indent}    ")


_FACTS: Final = (
    ("format", "format"),
    ("default", "default"),
    ("minimum", "at least"),
    ("maximum", "at most"),
    ("choices", "one of"),
    ("default_mapping", "from"),
)


def _value(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(v, dict) and "value" in v for v in value):
        return " | ".join(str(each["value"]) for each in value)
    if isinstance(value, dict) and value.keys() == {"@path"}:
        return str(value["@path"])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
