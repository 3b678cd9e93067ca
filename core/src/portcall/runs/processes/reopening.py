"""Open the same connection in another process; what that takes goes over a pipe, and never to disk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

import attrs

from portcall.connection import Connection
from portcall.delivery.plan import Plan
from portcall.destination import Destination
from portcall.errors import SettingsError
from portcall.host import Host
from portcall.model.auth import Auth
from portcall.model.limits import Limits
from portcall.model.opaque import EMPTY
from portcall.runs.opened_connection import kept_names, open_connection
from portcall.runs.pipelines.planning import PlannedSubscription
from portcall.runs.run_options import RunOptions
from portcall.secret import Secret

_RENEWING: tuple[str, ...] = ("refresh_access_token", "answer_challenge")
_CLIENT: tuple[str, ...] = ("client_id", "client_secret")


@attrs.frozen(kw_only=True)
class Reopening:
    """Everything that another process needs to open the same connection.

    Args:
        host: The host that opened the connection in this process.
        word: The name of a connection that is kept, or the slug of a destination.
        settings: Values by field name; of a stored connection, they replace single settings.
        is_kept: The connection is stored, so that all processes share its renewed credentials.
        client: The host's own client id and secret that were given for this run.
    """

    host: Host
    word: str
    settings: Mapping[str, object] = attrs.field(default=EMPTY, repr=False)
    is_kept: bool = False
    client: Auth = attrs.field(factory=Auth, repr=False)

    @classmethod
    def of(cls, host: Host, word: str, settings: Mapping[str, object]) -> Self:
        """Return the arguments of `open_connection`."""
        is_kept = word in kept_names(host.connections.store)
        return cls(host=host, word=word, settings=settings, is_kept=is_kept)

    def refuse_alone(self, destination: Destination) -> None:
        """Refuse a connection whose credentials only this process could renew.

        Raises:
            SettingsError: It is not kept, and its scheme or its destination renews credentials.
        """
        renews = any(map(destination.stack.implements, _RENEWING))
        if renews and not self.is_kept:
            raise SettingsError(
                f"several processes need a stored connection: {destination.slug} renews its "
                "credentials, and each process would do that by itself and end those of the others. Keep it "
                f"(portcall connect {destination.slug}) and give its name, or give processes=1"
            )

    def to_json(self, slug: str) -> dict[str, Any]:
        """Return JSON values with secrets in clear text, for a pipe to a process of this run only.

        Args:
            slug: Of the destination.

        Raises:
            SettingsError: The host has an object of this program, which no other process can have.
        """
        client = {n: _clear(v) for n in _CLIENT if (v := getattr(self.client, n)) is not None}
        return {
            "host": _host_json(self.host, slug, client),
            "word": self.word,
            "is_kept": self.is_kept,
            "settings": {name: _clear(value) for name, value in self.settings.items()},
        }


def reopened(said: Mapping[str, Any]) -> tuple[Host, Connection]:
    """Open a connection from `Reopening.to_json`; the caller closes the host.

    Raises:
        SettingsError, PluginError, StoreError: It cannot be opened.
    """
    given = dict(said["host"])
    limits = Limits(**given.pop("limits"))
    clients = {slug: Auth(**each) for slug, each in given.pop("clients").items()}
    host = Host(**given, limits=limits, clients=clients)
    word, settings = said["word"], said["settings"]
    if said["is_kept"]:
        return host, open_connection(host, word, settings)
    return host, host.destination(word).connect(settings)


def _host_json(host: Host, slug: str, client: Mapping[str, str]) -> dict[str, Any]:
    if type(host) is not Host:
        raise SettingsError(
            f"several processes need a plain Host; a {type(host).__name__} exists in this process only: "
            "give processes=1"
        )
    given = dict(host.arguments)
    for name in ("extras", "plugins", "store"):
        if not _is_plain(given[name]):
            raise SettingsError(
                f"several processes need a host whose {name} can be named; this one has an object of "
                "this program: give processes=1"
            )
    given.pop("store")
    clients = {s: _auth_json(auth) for s, auth in (given["clients"] or {}).items()}
    clients[slug] = {**clients.get(slug, {}), **client}
    return {
        **given,
        "extras": list(given["extras"]),
        "plugins": [str(each) for each in given["plugins"] or ()],
        "limits": attrs.asdict(given["limits"] or Limits()),
        "clients": {s: each for s, each in clients.items() if each},
    }


def _is_plain(value: object) -> bool:
    from pathlib import Path  # noqa: PLC0415

    if isinstance(value, Mapping):
        return not value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return all(isinstance(each, str | Path) for each in value)
    return value is None


def _auth_json(auth: Auth) -> dict[str, str]:
    return {n: _clear(v) for n in _CLIENT if (v := getattr(auth, n)) is not None}


def _clear(value: object) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, list | tuple):
        return [_clear(each) for each in value]
    return value


def plan_json(planned: PlannedSubscription) -> dict[str, Any]:
    """Return JSON values of which another process makes the same plan.

    Raises:
        SettingsError: The mapping or the saved value cannot be written as JSON.
    """
    said = {"action": planned.action.name, "salt": planned.plan.salt.hex(), **planned.given}
    with suppress(TypeError, ValueError):
        return dict(json.loads(json.dumps(said)))
    raise SettingsError(
        f"{planned.name}: mapping and saved must be JSON for more than one process: give processes=1"
    )


def planned_again(said: Mapping[str, Any], destination: Destination) -> Plan:
    """Make the plan that `plan_json` describes.

    Raises:
        SettingsError: The plugin differs from that of the process that called `plan_json`.
    """
    given = dict(said)
    action, salt = destination.actions.get(given.pop("action")), given.pop("salt")
    with destination.naming("actions"):
        plan = None if action is None else Plan.of(action, **given)
    if plan is None or plan.salt.hex() != salt:
        raise SettingsError(
            f"{destination.info.source} has changed while the run was being started: start it again"
        )
    return plan


def options_json(options: RunOptions) -> dict[str, Any]:
    """Return the options of the run that its processes need."""
    names = ("retry_s", "retry_unclear", "max_age_s")
    return {name: getattr(options, name) for name in names}
