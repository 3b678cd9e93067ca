"""A destination after loading: its layers composed, ready to connect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import attrs

from portcall.credentials.refresher import Refresher
from portcall.credentials.storage import CredentialStorage, InMemoryCredentials
from portcall.errors import HookError, PluginLoadError
from portcall.fields import compose, fields_of, validate
from portcall.hosts.policy import Policy
from portcall.model.auth import Auth
from portcall.model.http_request import Request
from portcall.model.limits import Limits
from portcall.plugins.info import PluginInfo
from portcall.plugins.stack import Stack
from portcall.raised import text_of
from portcall.redaction.exceptions import forget_frames, redact_exception
from portcall.redaction.text import Redactor

if TYPE_CHECKING:
    from portcall.connection import Connection
    from portcall.credentials.refused_fields import Advice

_NO_AUTH: Final = Auth()


class Destination:
    """A destination after loading: composed once, ready to connect. Made by `Host.destination`.

    Args:
        info: Where it comes from.
        scheme: Name of its authentication scheme.
        stack: Its layers.
        policy: Makes the policy of one connection out of its declared hosts and settings.
        limits: What holds where neither a caller nor a layer says otherwise.
        registration: The host's own client id and secret there.

    Attributes:
        slug: What people type.
        fields: What the customer fills in, the scheme's fields first.
        settings_class: The attrs class of its settings.

    Raises:
        HookError: ``auth_fields`` or ``allowed_hosts`` did not answer with what it must.
        PluginLoadError: The plugin does not declare its hosts.
    """

    def __init__(
        self,
        info: PluginInfo,
        scheme: str,
        stack: Stack,
        policy: Callable[..., Policy],
        limits: Limits,
        registration: Auth,
    ) -> None:
        self.info: Final = info
        self.slug: Final = info.slug
        self.scheme: Final = scheme
        self.stack: Final = stack
        self.limits: Final = limits
        self._registration: Final = registration
        self._policy: Final = policy
        with self.naming("auth_fields"):
            classes = stack.auth_fields()
            self.settings_class: Final = compose(tuple(reversed(classes)))
            self.fields: Final = fields_of(self.settings_class)
        of_others = classes[1:] if stack.answers("auth_fields", stack.layers[-1]) else classes
        self._scheme_fields: Final = {name for cls in of_others for name in attrs.fields_dict(cls)}
        if not stack.implements("allowed_hosts"):
            raise PluginLoadError(
                f"{info.slug!r} from {info.source} does not declare its hosts: "
                "it needs a hookimpl of allowed_hosts"
            )

    @cached_property
    def actions(self) -> Mapping[str, Any]:
        """What it can do with an event, by name."""
        return {action.name: action for action in self.stack.actions()}

    def connect(
        self,
        settings: Mapping[str, object] | object,
        auth: Auth | None = None,
        *,
        save: Callable[[Auth], None] | None = None,
    ) -> Connection:
        """Open a connection; nothing is sent until it is used.

        Args:
            settings: Values by field name, as a form, a file or the environment delivers them.
            auth: Credentials to start with: tokens, the host's ``client_id`` and ``client_secret``.
            save: Stores fresh credentials durably; called before they are used.

        Raises:
            SettingsError: Lists every field that cannot be used, and why.
            HookError: The plugin's ``allowed_hosts`` did not answer with patterns.
        """
        start, own = _NO_AUTH, self._registration
        if auth is not None:
            start = attrs.evolve(auth, client_id=None, client_secret=None)
            own = Auth(
                client_id=auth.client_id or own.client_id,
                client_secret=auth.client_secret or own.client_secret,
            )
        return self._open(settings, InMemoryCredentials(start, save), own)

    def attach(
        self,
        settings: Mapping[str, object] | object,
        storage: CredentialStorage,
        *,
        name: str | None = None,
    ) -> Connection:
        """Open a connection whose credentials are kept elsewhere: in a store, say.

        Args:
            settings: Values by field name.
            storage: Keeps the credentials, for every process that uses the connection.
            name: What the connection is called wherever it is opened, for state that extras keep for all
                processes; a name of this process alone if None.

        Raises:
            SettingsError, HookError: As `connect`.
        """
        return self._open(settings, storage, self._registration, name)

    def _open(
        self,
        settings: Mapping[str, object] | object,
        storage: CredentialStorage,
        own: Auth,
        name: str | None = None,
    ) -> Connection:
        valid = validate(self.settings_class, settings, what=self.slug)
        with self.naming("allowed_hosts", valid):
            policy = self._policy(self.stack.allowed_hosts(valid), valid)
        from portcall.connection import Connection  # noqa: PLC0415  # listing needs none
        from portcall.exchange import Exchange  # noqa: PLC0415

        refresher = Refresher(storage, renews=self.stack.implements("refresh_access_token"))
        return Connection(
            self,
            Exchange(self.stack, valid, policy, refresher, own, self.limits, self._advice, name),
        )

    @cached_property
    def _advice(self) -> Advice:
        """What names the inputs that a refusal is about, for every connection."""
        from portcall.credentials.refused_fields import Advice  # noqa: PLC0415

        return Advice(self._to_check, self._places)

    def _places(self, settings: Any, url: str) -> str:
        """Return which settings may lead to *url*."""
        from portcall.credentials.refused_fields import leading_to  # noqa: PLC0415  # as below

        return leading_to(self.fields, settings, url)

    def _to_check(self, settings: Any, auth: Auth, sent: Request) -> str:
        """Return what to check after *sent* was refused with *auth*."""
        from portcall.credentials.refused_fields import to_check  # noqa: PLC0415  # few are refused

        stack = self.stack
        return to_check(
            self.fields,
            self._scheme_fields,
            settings,
            auth,
            sent,
            signs=stack.signs,
            authorizes=self.scheme == "oauth2" or stack.implements("begin_authorization"),
        )

    @contextmanager
    def naming(self, hook: str, settings: object = None) -> Iterator[None]:
        """Let an error about what a hook answered say whose hook it is, and show no secret."""
        try:
            yield
        except Exception as exc:
            redact_exception(exc, Redactor.of(settings))
            forget_frames(exc)
            if not isinstance(exc, HookError) or self.info.source in text_of(exc):
                raise
            message = f"{self.slug}: {hook} of {self.info.source}: {text_of(exc)}"
        else:
            return
        raise HookError(message)

    def __repr__(self) -> str:
        return f"<Destination {self.slug} ({self.info.source})>"
