"""What the operator filled in: from options, files, the environment and, on a terminal, by hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import attrs
import click

from portcall.cli.flags.connection_flags import Options
from portcall.cli.flags.did_you_mean import did_you_mean
from portcall.destination import Destination
from portcall.errors import Problem, SettingsError
from portcall.fields import Field
from portcall.model.auth import Auth
from portcall.secret import Secret, Text

AUTH_NAMES: Final = {
    "access_token": "Access token",
    "refresh_token": "Refresh token",
    "client_id": "Client ID",
    "client_secret": "Client secret",
}
"""What an oauth2 destination is given beside its settings, and what people call it."""

MAX_FILE_BYTES: Final = 1 << 20


@attrs.define
class Given:
    """What was filled in, every secret of it a `Secret` already.

    Args:
        settings: Values by field name.
        auth: Tokens, client id and client secret by name.
    """

    settings: dict[str, object] = attrs.field(factory=dict, repr=False)
    auth: dict[str, Text] = attrs.field(factory=dict, repr=False)

    def to_auth(self) -> Auth:
        """Return the credentials to connect with."""
        named: dict[str, Any] = dict(self.auth)
        return Auth(**named)


def env_name(slug: str, name: str) -> str:
    """Name the environment variable of one field: ``PORTCALL_ACME_API_KEY``."""
    return f"PORTCALL_{slug}_{name}".upper().replace("-", "_")


def auth_names(destination: Destination) -> tuple[str, ...]:
    """Name what goes into the credentials, where the destination has no field of that name."""
    if destination.scheme != "oauth2":
        return ()
    own = {field.name for field in destination.fields}
    return tuple(name for name in AUTH_NAMES if name not in own)


def collect(destination: Destination, options: Options, environ: Mapping[str, str]) -> Given:
    """Read everything that was filled in; options go before the environment.

    Raises:
        UsageError: An option is not ``name=value``, or one field is given twice.
        SettingsError: A file cannot be read.
    """
    typed = _typed(options, destination)
    given = Given()
    for name in auth_names(destination):
        text = typed.pop(name, None) or environ.get(env_name(destination.slug, name))
        if isinstance(text, str) and text:
            given.auth[name] = text if name == "client_id" else Secret(text)
    for field in destination.fields:
        value = typed.pop(field.name, None)
        if value is None:
            value = environ.get(env_name(destination.slug, field.name))
        if value is not None:
            given.settings[field.name] = _guarded(field, value)
    known = [*(field.name for field in destination.fields), *auth_names(destination)]
    if typed:
        raise SettingsError(
            f"{destination.slug} cannot be used:", [_unknown(name, known) for name in typed]
        )
    return given


def ask(given: Given, destination: Destination) -> None:
    """Ask on the terminal for what is required and missing; secrets are not echoed."""
    for field in destination.fields:
        if field.required and field.depends_on is None and field.name not in given.settings:
            given.settings[field.name] = _guarded(field, _prompt(field))


def ask_token() -> Secret:
    """Ask on the terminal for an access token, without echoing it."""
    return Secret(click.prompt(AUTH_NAMES["access_token"], hide_input=True, err=True))


def secrets_of(given: Given) -> Iterator[object]:
    """Return what must never be shown, also of values that turn out not to be valid."""
    yield given.auth
    for value in given.settings.values():
        yield value
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Secret):
                yield from _leaves(each)


def _prompt(field: Field) -> str:
    kind: Any = None
    if isinstance(field.choices, tuple):
        kind = click.Choice([str(value) for value, _ in field.choices])
    label = f"{field.label} ({field.placeholder})" if field.placeholder else field.label
    answer: str = click.prompt(label, hide_input=field.secret, err=True, type=kind)
    return answer


def _typed(options: Options, destination: Destination) -> dict[str, str | list[str]]:
    """Read ``--set`` and ``--set-file``; a field that takes several values may come repeatedly."""
    several = {field.name for field in destination.fields if field.multiple}
    typed: dict[str, str | list[str]] = {}
    for name, value in [*_pairs(options.sets, "--set"), *_files(options.set_files)]:
        earlier = typed.get(name)
        if earlier is None:
            typed[name] = value
        elif name in several:
            typed[name] = [*([earlier] if isinstance(earlier, str) else earlier), value]
        else:
            raise click.UsageError(f"the field {name!r} is given twice")
    return typed


def _pairs(texts: Sequence[str], option: str) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():  # not repeated here: it may be a secret
            raise click.UsageError(f"{option} takes FIELD=VALUE, such as {option} region=eu")
        yield name, value


def _files(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name, path in _pairs(texts, "--set-file"):
        try:
            with Path(path).open(encoding="utf-8") as file:
                value = file.read(MAX_FILE_BYTES + 1)
        except (OSError, ValueError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
            raise SettingsError(f"--set-file {name}: {path} cannot be read: {reason}") from None
        if len(value) > MAX_FILE_BYTES:
            raise SettingsError(f"--set-file {name}: {path} is larger than {MAX_FILE_BYTES} bytes")
        yield name, value.rstrip("\r\n")


def _guarded(field: Field, value: str | list[str]) -> object:
    """Make a secret of what belongs to a secret field, before anything looks at it."""
    if not field.secret:
        return value
    return Secret(value) if isinstance(value, str) else [Secret(each) for each in value]


def _unknown(name: str, known: Sequence[str]) -> Problem:
    hint = did_you_mean(name, known, f"it has {', '.join(known) or 'no fields'}")
    return Problem(name, f"{name!r} is not one of its fields; {hint}")


def _leaves(value: Secret) -> Iterator[Secret]:
    """Return the texts inside a secret that is written as JSON: a mapping of header values."""
    with suppress(ValueError, RecursionError):
        queue = [json.loads(value.reveal())]
        for each in queue:
            if isinstance(each, dict | list):
                queue += each.values() if isinstance(each, dict) else each
            elif isinstance(each, str) and each:
                yield Secret(each)


def on_terminal() -> bool:
    """Return whether there is a person to ask."""
    return sys.stdin is not None and sys.stdin.isatty()
