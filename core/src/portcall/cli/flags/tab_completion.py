"""What a shell is offered after Tab: slugs, actions, names of fields."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from portcall.destination import Destination

_AUTH_NAMES: Final = ("access_token", "refresh_token", "client_id", "client_secret")


def complete_slug(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Offer what is installed; imports no plugin."""
    return _beginning(installed_slugs(), incomplete)


def installed_slugs() -> list[str]:
    """Return the slugs of what is installed: as they are remembered, or from metadata."""
    from portcall.cli.destinations.check_cache import CheckCache  # noqa: PLC0415  # only a shell asks

    rows = CheckCache().read()
    if rows:
        return list(dict.fromkeys(row["slug"] for row in rows))
    from portcall.plugins.catalog import survey  # noqa: PLC0415

    return list(survey("destinations")["destinations"])


def complete_name(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Offer the connections of the store and of the project; needs no key and imports no plugin."""
    from portcall.cli.connections.targets import kept_names  # noqa: PLC0415  # only a shell asks
    from portcall.cli.flags.project_names import project_names  # noqa: PLC0415

    return _beginning(dict.fromkeys((*kept_names(), *project_names("connections"))), incomplete)


def complete_target(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Offer the stored connections, then what is installed."""
    found = (complete_name(ctx, parameter, incomplete), complete_slug(ctx, parameter, incomplete))
    return list(dict.fromkeys((*found[0], *found[1])))


def complete_retried(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Offer the word for the outbox's dead letters, then what `complete_target` offers."""
    return [
        *_beginning(["outbox"], incomplete),
        *complete_target(ctx, parameter, incomplete),
    ]


def complete_letters(
    _: click.Context, __: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the word for the outbox; the shell itself offers files and folders."""
    word = [CompletionItem("outbox")] if "outbox".startswith(incomplete) and incomplete else []
    return word or [CompletionItem(incomplete, type="file")]


def complete_action(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Offer the actions of the destination that was typed before."""
    return _beginning(_asked(ctx, _actions), incomplete)


def complete_field(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Offer the fields of the destination that was typed before, as ``name=``."""
    return _beginning(_asked(ctx, _fields), incomplete)


def complete_choices(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Offer the fields of the action that was typed before whose values the destination lists."""
    return _beginning(_asked(ctx, lambda word: _listed(word, _typed_action(ctx))), incomplete)


def complete_preset(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Offer the presets of the action that was typed before."""
    return _beginning(_asked(ctx, lambda word: _presets(word, _typed_action(ctx))), incomplete)


def complete_payload(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Offer all fields of the action that was typed before, as ``name=``."""
    return _beginning(_asked(ctx, lambda word: _taken(word, _typed_action(ctx))), incomplete)


def _beginning(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def _asked(ctx: click.Context, ask: Callable[[str], list[str]]) -> list[str]:
    """Ask the plugin, whatever it does: a shell's line is no place for its output."""
    from pathlib import Path  # noqa: PLC0415  # every command imports this module

    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            # An option without its value ends the parsing: then the arguments are still unread.
            with ctx.scope(cleanup=False):
                return ask(ctx.params.get("slug") or ctx.args[0])
        except BaseException:  # noqa: BLE001  # a broken plugin offers nothing
            return []


def _actions(word: str) -> list[str]:
    return list(_meant(word).actions)


def _typed_action(ctx: click.Context) -> str:
    return str(ctx.params.get("action") or ctx.args[1])


def _listed(word: str, action: str) -> list[str]:
    from portcall.actions.offered_choices import offered_names  # noqa: PLC0415  # only a shell asks

    return offered_names(_meant(word).actions[action])


def _presets(word: str, action: str) -> list[str]:
    return [preset.name for preset in _meant(word).actions[action].presets]


def _taken(word: str, action: str) -> list[str]:
    return [f"{field.name}=" for field in _meant(word).actions[action].fields]


def _meant(word: str) -> Destination:
    from portcall.cli.connections.targets import resolve  # noqa: PLC0415
    from portcall.cli.destinations.plugin_files import plugin_files  # noqa: PLC0415  # only a shell asks
    from portcall.cli.state import State  # noqa: PLC0415
    from portcall.host import Host  # noqa: PLC0415

    host = Host(plugins=plugin_files())
    return host.destination(resolve(word, host.destinations, State()).slug)


def _fields(word: str) -> list[str]:
    destination = _meant(word)
    names = [field.name for field in destination.fields]
    if destination.scheme == "oauth2":
        names += [name for name in _AUTH_NAMES if name not in names]
    return [f"{name}=" for name in names]
