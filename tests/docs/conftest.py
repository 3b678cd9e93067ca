"""An internet of one machine: every name leads to a server that answers as the pages say."""

import socket
import ssl

import pytest
import trustme

import portcall
from portcall.testing import Peer, Reply

NAMES = ("example.com", "*.example.com", "api.segment.io", "api.hubapi.com")
TOKENS = {"access_token": "access-2-9b2d", "token_type": "bearer", "expires_in": 1800}
ACCOUNT = {"portalId": 12345678, "uiDomain": "app-eu1.hubspot.com"}
ROUTES = {
    ("GET", "/api/accounts/me.json"): Reply(json={"name": "Ada's Acme"}),
    ("GET", "/accounts/me.json"): Reply(json={"name": "Ada's Acme"}),
    ("GET", "/v1/me"): Reply(json={"name": "Ada's Acme"}),
    ("GET", "/me"): Reply(json={"name": "Ada's Acme"}),
    ("GET", "/x"): Reply(json={}),
    ("POST", "/x"): Reply(json={}),
    ("POST", "/api/messages"): Reply(204),
    ("POST", "/events"): Reply(204),
    ("POST", "/login"): Reply(json={"session": "session-1"}),
    ("POST", "/oauth/token"): Reply(json=TOKENS),
    ("POST", "/oauth/2026-03/token"): Reply(json=TOKENS),
    ("GET", "/account-info/2026-03/details"): Reply(json=ACCOUNT),
    ("POST", "/crm/objects/2026-03/contacts/batch/upsert"): Reply(json={"status": "COMPLETE"}),
    ("POST", "/v1/track"): Reply(json={"success": True}),
    ("POST", "/v1/page"): Reply(json={"success": True}),
    ("POST", "/v1/batch"): Reply(json={"success": True}),
}


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture
def internet(monkeypatch, tmp_path, authority):
    """Every name is a TLS server on loopback, and hosts trust it; all else is as it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*NAMES).configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    real, opened = socket.getaddrinfo, []

    class OnThisMachine(portcall.Host):
        def __init__(self, extras=(), *, allow_private=(), ca_file=None, **more):
            trusted = [*allow_private, "127.0.0.0/8"]
            super().__init__(
                extras, allow_private=trusted, ca_file=str(tmp_path / "ca.pem"), **more
            )
            opened.append(self)

    with Peer() as peer:
        # The handshake is the business of the thread that answers, not of the one that accepts.
        peer._server.socket = context.wrap_socket(
            peer._server.socket, server_side=True, do_handshake_on_connect=False
        )
        for (method, path), reply in ROUTES.items():
            peer.route(method, path, reply)

        def getaddrinfo(host, port, *rest, **more):
            if host[:1].isdigit():
                return real(host, port, *rest, **more)
            place = ("127.0.0.1", peer.port)
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place)]

        monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(portcall, "Host", OnThisMachine)
        yield peer
        for host in opened:
            host.close()
