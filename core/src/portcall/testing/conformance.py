"""One call that holds a destination against everything portcall expects of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from portcall.checks.samples import TOKENS, sample, secrets_of
from portcall.connection import Connection
from portcall.errors import PolicyError, PortcallError, SettingsError
from portcall.host import Host
from portcall.model import Auth, Request
from portcall.raised import text_of
from portcall.testing.declarations import about_actions, about_fields
from portcall.testing.distribution import about_distribution, about_import

_UNINSTALLED: Final = "under-test"


def check_destination(
    destination: str | object,
    *,
    settings: Mapping[str, object] | None = None,
    auth: Auth | None = None,
) -> None:
    """Fail with everything that keeps a destination from being ready for its users.

    Loads the plugin alone; reads its fields, hosts, actions, default mappings and subscriptions;
    composes a request with sample settings; looks for secrets wherever they could show; reads the
    README. Nothing is sent.

    Args:
        destination: The slug of an installed plugin, or a module or object with hookimpls, whose
            distribution is then not looked at.
        settings: Values that the plugin accepts; made up after the fields if left out.
        auth: Credentials to compose with; made up if left out.

    Raises:
        AssertionError: Lists every finding, each with what to do.

    Example::

        def test_destination_is_ready():
            check_destination("acme", settings={"subdomain": "acme", "api_key": "k-123456"})
    """
    found = findings(destination, settings=settings, auth=auth)
    if found:
        name = destination if isinstance(destination, str) else "the destination"
        raise AssertionError("\n  - ".join([f"{name} is not ready:", *found]))


def findings(
    destination: str | object,
    *,
    settings: Mapping[str, object] | None = None,
    auth: Auth | None = None,
) -> list[str]:
    """Return what `check_destination` would fail with, one text each; empty if all is well."""
    installed = isinstance(destination, str)
    slug = destination if isinstance(destination, str) else _UNINSTALLED
    plugins = {} if installed else {slug: destination}
    with Host(allow_private=["127.0.0.1", "localhost"], plugins=plugins) as host:
        try:
            loaded = host.destination(slug)
            fields = list(about_fields(loaded))
            actions = list(about_actions(loaded))
        except Exception as error:  # noqa: BLE001  # a plugin may raise anything
            return [_raised("cannot be loaded", error)]
        try:
            connection = loaded.connect(
                sample(loaded) if settings is None else settings, auth or TOKENS
            )
        except Exception as error:  # noqa: BLE001
            return [*fields, *actions, _unconnected(error, made_up=settings is None)]
        found = [*fields, *actions, *_about_request(connection), *_about_secrets(connection)]
        if installed:
            hosts = loaded.stack.allowed_hosts(connection.settings)
            found += [*about_import(loaded.info), *about_distribution(loaded, hosts)]
        return found


def _unconnected(error: Exception, *, made_up: bool) -> str:
    if not isinstance(error, SettingsError):
        return _raised("cannot be connected", error)
    which = "made-up settings" if made_up else "these settings"
    return f"{which} were refused; give check_destination(settings=...) that pass: {error}"


def _about_request(connection: Connection) -> Iterator[str]:
    try:
        shown = repr(connection.preview(Request(method="GET", url="/")))
    except PolicyError as error:
        if "has no base_url" not in text_of(error):
            yield f"extend_request leads where allowed_hosts does not: {error}"
        return
    except Exception as error:  # noqa: BLE001  # a plugin may raise anything
        yield _raised("cannot compose a request outside an action (payload is None there)", error)
        return
    yield from _shows(connection, "the repr of a composed request", shown)


def _about_secrets(connection: Connection) -> Iterator[str]:
    yield from _shows(connection, "the repr of its settings", repr(connection.settings))
    yield from _shows(connection, "the text of its settings", str(connection.settings))
    values = attrs.asdict(connection.settings, recurse=False)
    yield from _shows(connection, "the repr of a field's value", repr(values))


def _shows(connection: Connection, where: str, text: str) -> Iterator[str]:
    secrets = [*secrets_of(connection.settings), *secrets_of(connection.auth)]
    if any(secret.reveal() in text for secret in secrets):
        yield (
            f"{where} shows a secret: leave repr to attrs and values of secret fields a Secret, "
            "and build texts from them only in the hooks"
        )


def _raised(what: str, error: Exception) -> str:
    notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
    kind = "" if isinstance(error, PortcallError) else f"{type(error).__name__}: "
    return f"{what}: {kind}{text_of(error)}{notes}"
