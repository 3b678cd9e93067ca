"""The door for programs: discover, compose, connect."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from importlib import invalidate_caches
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Self

from portcall.credentials.client_credentials import from_environment
from portcall.destination import Destination
from portcall.errors import UnknownPluginError
from portcall.hosts.policy import Policy
from portcall.model.auth import Auth
from portcall.model.limits import Limits
from portcall.plugins.catalog import survey
from portcall.plugins.info import PluginInfo, is_gone
from portcall.plugins.layers import Layer
from portcall.plugins.stack import Stack
from portcall.wire.transport import Transport

if TYPE_CHECKING:
    from portcall.connection import Connection
    from portcall.outbox import Outbox, OutboxStorage
    from portcall.store import Store
    from portcall.store.connections import Connections

_logger: Final = logging.getLogger("portcall.plugins")


class Host:
    """One door for a program: finds plugins, composes destinations, opens connections.

    Args:
        extras: Extras that see every request, outermost first: names of installed plugins, or plugin
            objects. An installed extra that is not named here sees nothing.
        allow_private: Hosts, addresses or networks (``"localhost"``, ``"10.1.2.3"``, ``"10.0.0.0/8"``)
            that may be talked to although they are not public; plain http is allowed to them too.
        allow_http: Public hosts that requests may go to over plain http.
        limits: Deadline and caps of every request that does not say otherwise.
        ca_file: Path of a PEM file with the certificate authorities to trust instead of the system's.
        trust_env: Honour the proxies, ``SSL_CERT_FILE`` and ``SSLKEYLOGFILE`` of the environment.
        plugins: Destinations that go before installed ones: plugin objects by slug, or paths of plugins
            that are files (``acme.py``, ``acme.toml``) and of folders of such files.
        clients: The host's own ``client_id`` and ``client_secret`` by slug; where there is none, the
            variables ``PORTCALL_<SLUG>_CLIENT_ID`` and ``PORTCALL_<SLUG>_CLIENT_SECRET`` count, and
            with ``_FILE`` after their names the files that they name.
        store: Where named connections are kept; if None, what ``PORTCALL_STORE`` names, or else this
            user's own.
        outbox: Where `outbox` keeps its events: a path, a URL, or an outbox; if None, what
            ``PORTCALL_OUTBOX`` names, or else a file in this user's data folder.

    Raises:
        UnknownPluginError: No installed extra has that name.
    """

    def __init__(
        self,
        extras: Sequence[str | object] = (),
        *,
        allow_private: Sequence[str] = (),
        allow_http: Sequence[str] = (),
        limits: Limits | None = None,
        ca_file: str | None = None,
        trust_env: bool = False,
        plugins: Mapping[str, object] | Iterable[str | Path] | None = None,
        clients: Mapping[str, Auth] | None = None,
        store: Store | None = None,
        outbox: str | Path | Outbox | OutboxStorage | None = None,
    ) -> None:
        given = plugins if isinstance(plugins, Mapping) else tuple(plugins or ())
        self._arguments: Final[dict[str, Any]] = {
            "extras": tuple(extras),
            "allow_private": tuple(allow_private),
            "allow_http": tuple(allow_http),
            "limits": limits,
            "ca_file": ca_file,
            "trust_env": trust_env,
            "plugins": given,
            "clients": dict(clients or {}),
            "store": store,
        }
        self._policy: Final = partial(
            Policy, allow_private=tuple(allow_private), allow_http=tuple(allow_http)
        )
        self._limits: Final = limits or Limits()
        self._transport: Final = self._make_transport(
            allow_private=tuple(allow_private),
            limits=self._limits,
            ca_file=ca_file,
            trust_env=trust_env,
        )
        self._plugins: Final = tuple(_handed_over(given))
        self._clients: Final = dict(clients or {})
        self._store: Final = store
        self._outbox: Final = outbox
        self._extras: Final = tuple(extras)
        self._loaded: dict[str, Destination] = {}
        self._loading: Final[dict[str, RLock]] = {}
        self.refresh()

    @property
    def destinations(self) -> Mapping[str, PluginInfo]:
        """What is installed, by slug: metadata only. A slug that cannot be used raises when looked up."""
        return self._destinations

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What it was made with, by name, but for its outbox: another process makes the same of it."""
        return self._arguments

    @cached_property
    def connections(self) -> Connections:
        """The named connections of the store, which is opened on first use."""
        from portcall.store import open_store  # noqa: PLC0415
        from portcall.store.connections import Connections  # noqa: PLC0415  # most programs have no store

        return Connections(self.destination, self._store or open_store())

    @cached_property
    def outbox(self) -> Outbox:
        """The outbox, which is opened on first use; `portcall.outbox.Workers` deliver what is in it."""
        from portcall.outbox import Outbox  # noqa: PLC0415  # most programs have none

        given = self._outbox
        return Outbox(given.storage if isinstance(given, Outbox) else given, self)

    def open(self, name: str) -> Connection:
        """Open the stored connection called *name*; see `Connections.open`."""
        return self.connections.open(name)

    def refresh(self) -> None:
        """Look at the environment again: plugins that were installed while the process runs."""
        invalidate_caches()
        found = survey("destinations", "schemes", "extras")
        for name in self._extras:
            if isinstance(name, str):
                found["extras"][name]
        self._destinations = found["destinations"].under(self._plugins)
        self._schemes, self._installed_extras = found["schemes"], found["extras"]
        for slug, loaded in tuple(self._loaded.items()):
            if self._destinations.claims(slug) != (loaded.info,):
                del self._loaded[slug]

    def destination(self, slug: str) -> Destination:
        """Load and compose *slug* on first use; afterwards a dict lookup.

        Raises:
            UnknownPluginError: Nothing installed has that name; says what is near.
            AmbiguousPluginError: More than one distribution has it.
            PluginLoadError: The plugin cannot be imported or registered.
            HookError: Its ``auth_scheme`` or ``auth_fields`` answered with something else.
        """
        loaded = self._loaded.get(slug)
        if loaded is None:
            info = self._destinations[slug]
            # One lock for each plugin: an import that hangs delays no other plugin.
            with self._loading.setdefault(slug, RLock()):
                loaded = self._loaded.get(slug) or self._load(self._fresh(info))
                self._loaded[slug] = loaded
        return loaded

    def close(self) -> None:
        """Close every idle connection to a destination; a host that is closed may be used again."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fresh(self, info: PluginInfo) -> PluginInfo:
        """Return *info*, or what took its place since it was found (an upgrade)."""
        if not is_gone(info):
            return info
        self.refresh()
        return self._destinations[info.slug]

    def _make_transport(self, **options: Any) -> Transport:
        return Transport(**options)

    def _load(self, info: PluginInfo) -> Destination:
        own = self._destination_layer(info)
        if info.version != info.installed_version:
            _logger.warning("%s: this program runs %s", info.slug, info.source)
        scheme = Stack(info.slug, [own], strict=False).auth_scheme()
        layers = [Layer("core", "core", "portcall", self._transport)]
        layers += [self._extra(extra) for extra in reversed(self._extras)]
        layers += [_layer("scheme", self._scheme(info, scheme)), own]
        return Destination(
            info,
            scheme,
            Stack(info.slug, layers),
            self._policy,
            self._limits,
            self._clients.get(info.slug) or from_environment(info.slug),
        )

    def _destination_layer(self, info: PluginInfo) -> Layer:
        plugin = info.load()
        if isinstance(plugin, Path) or hasattr(plugin, "__path__"):
            from portcall.declarative.packaged import loaded  # noqa: PLC0415  # few are files

            plugin = loaded(plugin, lambda name: self._schemes[name].load())
        return Layer("destination", info.slug, info.source, plugin)

    def _scheme(self, info: PluginInfo, scheme: str) -> PluginInfo:
        try:
            return self._schemes[scheme]
        except UnknownPluginError as exc:
            raise UnknownPluginError(
                f"{info.slug!r} from {info.source} needs a scheme: {exc}"
            ) from exc

    def _extra(self, extra: str | object) -> Layer:
        if isinstance(extra, str):
            return _layer("extra", self._installed_extras[extra])
        return Layer("extra", f"{type(extra).__name__} {id(extra):x}", "this program", extra)


def _layer(kind: str, info: PluginInfo) -> Layer:
    plugin = info.load()  # from here on it is known which version runs
    return Layer(kind, info.slug, info.source, plugin)


def _handed_over(plugins: Mapping[str, object] | Iterable[str | Path]) -> Iterator[PluginInfo]:
    if isinstance(plugins, Mapping):
        for slug, plugin in plugins.items():
            yield PluginInfo(slug, "portcall.destinations", "", plugin=plugin)
    elif plugins:
        from portcall.declarative.packaged import plugins_at  # noqa: PLC0415  # few are files

        yield from plugins_at(plugins)
