"""An internet of one machine: every declared host is a TLS server that verifies what it gets."""

import socket
import ssl
from pathlib import Path

import pytest
import trustme

from portcall import Host
from portcall.testing import Peer

APIS = Path(__file__).parent / "apis"
NAMES = (
    "*.pipedrive.com", "*.customer.io", "*.letters.example.com", "api.eu.letters.example.com",
    "api.parcels.example.com", "*.zendesk.com",
    "*.fra-01.braze.eu", "a.klaviyo.com", "forum.example.com", "chat.example.com", "graph.facebook.com",
    "*.my.salesforce.com", "api.texts.example.com", "api.airtable.com",
)  # fmt: skip


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture
def internet(monkeypatch, tmp_path, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*NAMES).configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    real = socket.getaddrinfo
    with Peer() as peer:
        peer._server.socket = context.wrap_socket(
            peer._server.socket, server_side=True, do_handshake_on_connect=False
        )

        def getaddrinfo(host, port, *rest, **more):
            if host[:1].isdigit():
                return real(host, port, *rest, **more)
            place = ("127.0.0.1", peer.port)
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield peer


@pytest.fixture
def api(internet, tmp_path):
    """Connects to one of the files in ``apis``."""
    trusted = ["127.0.0.0/8"]
    with Host(allow_private=trusted, ca_file=str(tmp_path / "ca.pem"), plugins=[APIS]) as host:
        yield lambda slug, settings, auth=None: host.destination(slug).connect(settings, auth)
