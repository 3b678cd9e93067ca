"""Leading the hosts that a destination declares to a peer on this machine, TLS and policy included."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from importlib import import_module
from ipaddress import IPv4Address
from pathlib import Path
from socket import AF_INET
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Final

from portcall.errors import SettingsError
from portcall.host import Host
from portcall.hosts.patterns import Pattern
from portcall.testing.peer import LOOPBACK, Peer
from portcall.wire.resolver import Endpoint, resolve
from portcall.wire.transport import Transport


class StandInHost(Host):
    """A host for tests: it may talk to this machine, and declared hosts can be led to a `Peer`.

    Args:
        options: As those of `Host`, except ``allow_private`` and ``ca_file``.

    Example::

        def test_identity(host, peer):
            host.stand_in("*.acme.example", peer)
            peer.route("GET", "/me", Reply(json={"name": "Ada"}))
            acme = host.destination("acme").connect({"subdomain": "shop", "api_key": "k-1a2b"})
            assert acme.test() == "Ada"
    """

    def __init__(self, **options: Any) -> None:
        self._stand_ins: Final[list[tuple[Pattern, Peer]]] = []
        self._authority: Final = _Authority()
        self._own: Final = ExitStack()
        super().__init__(
            allow_private=[LOOPBACK], ca_file=str(self._authority.certificate), **options
        )

    def stand_in(self, pattern: str, peer: Peer | None = None) -> Peer:
        """Lead hosts to *peer* from now on; the policy, the address guard and TLS stay as they are.

        Only the lookup of names is replaced: whatever is not declared is still refused, and the peer
        shows a certificate for each name, of an authority that only this host trusts.

        Args:
            pattern: As in ``allowed_hosts``: ``"api.acme.example"``, ``"*.acme.example"``.
            peer: Answers in place of the hosts, on any port; one that this host starts, and closes with
                itself, if None.

        Returns:
            The peer.

        Raises:
            SettingsError: The package trustme, which makes the certificates, is not installed.
            HookError: *pattern* is none.
        """
        if peer is None:
            peer = self._own.enter_context(Peer())
        self._authority.serve(peer)
        self._stand_ins.insert(0, (Pattern.read(pattern), peer))
        return peer

    def close(self) -> None:
        """Close every idle connection and every peer of its own, and forget the authority."""
        super().close()
        self._authority.close()
        self._own.close()

    def _make_transport(self, **options: Any) -> Transport:
        return Transport(look_up=self._look_up, **options)

    def _look_up(self, host: str, port: int, ends_at: float) -> Sequence[Endpoint]:
        for pattern, peer in self._stand_ins:
            if pattern.covers(host, pattern.port or port):
                return [Endpoint(AF_INET, IPv4Address(LOOPBACK), (LOOPBACK, peer.port))]
        return resolve(host, port, ends_at)


class _Authority:
    """A certificate authority of one host, made when it is needed first."""

    def __init__(self) -> None:
        self._folder: Final = TemporaryDirectory(prefix="portcall-testing-")
        self.certificate: Final = Path(self._folder.name) / "authority.pem"
        self._lock: Final = Lock()
        self._contexts: Final[dict[str, ssl.SSLContext]] = {}
        self._made: Any = None

    def serve(self, peer: Peer) -> None:
        """Let *peer* speak TLS to clients that begin it, with a certificate for the name they want."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = self._choose
        self._issue("localhost").configure_cert(context)
        peer.speak_tls(context)

    def close(self) -> None:
        self._folder.cleanup()

    def _choose(self, connection: Any, name: str | None, _: ssl.SSLContext) -> None:
        if name is None:
            return
        with self._lock:
            if name not in self._contexts:
                self._contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._issue(name).configure_cert(self._contexts[name])
        connection.context = self._contexts[name]

    def _issue(self, name: str) -> Any:
        if self._made is None:
            try:
                self._made = import_module("trustme").CA()
            except ImportError:
                raise SettingsError(
                    "stand_in needs the package trustme: pip install 'portcall[testing]'"
                ) from None
            self._made.cert_pem.write_to_path(self.certificate)
        return self._made.issue_cert(name)
