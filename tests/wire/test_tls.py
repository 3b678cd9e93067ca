"""TLS: verification cannot be turned off, and the environment is not asked."""

from __future__ import annotations

import ssl
import warnings
from datetime import UTC, datetime

import pytest
import trustme

from portcall.errors import DisconnectedError, Sent, SettingsError, TLSError
from portcall.model.http_request import ClientCertificate


def server_context(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def secure(serve, authority, peers):
    def start(*names, handler=None, **more):
        certificate = authority.issue_cert(*(names or ("localhost",)), **more)
        return serve(handler or peers.answering(peers.OK), server_context(certificate))

    return start


def refused(caller, url):
    with pytest.raises(TLSError) as caught:
        caller.send(url)
    assert caught.value.sent is Sent.NO
    return str(caught.value)


def test_a_trusted_certificate_of_the_right_name(secure, callers, ca_file):
    caller, peer = callers(ca_file=ca_file), secure()
    assert [caller.send(peer.url(host="localhost")).body for _ in range(3)] == [b"ok"] * 3
    assert peer.accepted == 1


def bundle(tmp_path, data):
    path = tmp_path / "bundle.pem"
    path.write_bytes(data)
    return str(path)


@pytest.mark.parametrize("trusted", ["root", "intermediate", "leaf"])
def test_any_certificate_of_the_chain_can_be_the_one_to_trust(
    trusted, serve, callers, peers, authority, tmp_path
):
    below = authority.create_child_ca()
    certificate = below.issue_cert("localhost")
    leaf, *_ = certificate.cert_chain_pems
    pem = {"root": authority.cert_pem, "intermediate": below.cert_pem, "leaf": leaf}[trusted]
    peer = serve(peers.answering(peers.OK), server_context(certificate))
    caller = callers(ca_file=bundle(tmp_path, pem.bytes()))
    assert caller.send(peer.url(host="localhost")).body == b"ok"
    assert "not trusted" in refused(caller, peer.url())  # by its address, which it does not name


@pytest.mark.parametrize("trusted", ["sibling", "leaf of another", "intermediate of another"])
def test_no_other_certificate_is_trusted(trusted, serve, callers, peers, authority, tmp_path):
    below, other = authority.create_child_ca(), trustme.CA().create_child_ca()
    pem = {
        "sibling": below.issue_cert("localhost").cert_chain_pems[0],
        "leaf of another": other.issue_cert("localhost").cert_chain_pems[0],
        "intermediate of another": other.cert_pem,
    }[trusted]
    peer = serve(peers.answering(peers.OK), server_context(below.issue_cert("localhost")))
    caller = callers(ca_file=bundle(tmp_path, pem.bytes()))
    assert "ca_file" in refused(caller, peer.url(host="localhost"))


@pytest.mark.parametrize(
    "write",
    [
        lambda pem: "# Zoë's authority\r\n".encode() + pem.replace(b"\n", b"\r\n"),
        lambda pem: b"subject=/CN=root\n" + pem + b"\n\n" + pem,
        lambda pem: b"\xef\xbb\xbf" + pem,
        lambda pem: "\ufeff".encode() + b"# from a Windows editor\r\n" + pem,
    ],
    ids=["comment and CR LF", "twice", "byte order mark", "byte order mark and comment"],
)
def test_a_file_of_authorities_as_people_have_it(write, secure, callers, authority, tmp_path):
    caller = callers(ca_file=bundle(tmp_path, write(authority.cert_pem.bytes())))
    assert caller.send(secure().url(host="localhost")).body == b"ok"


def test_a_trusted_certificate_of_an_address(secure, callers, ca_file):
    assert callers(ca_file=ca_file).send(secure("127.0.0.1").url()).body == b"ok"


def test_an_authority_nobody_trusts(secure, caller):
    reason = refused(caller, secure().url(host="localhost"))
    assert "not trusted" in reason
    assert "ca_file" in reason


def test_self_signed(serve, caller, peers):
    alone = trustme.CA().issue_cert("localhost")
    reason = refused(
        caller, serve(peers.answering(peers.OK), server_context(alone)).url(host="localhost")
    )
    assert "not trusted" in reason


def test_expired(secure, callers, ca_file):
    peer = secure("localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    caller = callers(ca_file=ca_file)
    assert "expired" in refused(caller, peer.url(host="localhost"))
    assert caller.send(secure().url(host="localhost")).body == b"ok"


@pytest.mark.parametrize("name", ["example.com", "*.localhost", "localhost.example.com"])
def test_wrong_host(name, secure, callers, ca_file):
    assert "not valid for 'localhost'" in refused(
        callers(ca_file=ca_file), secure(name).url(host="localhost")
    )


def test_a_name_only_in_the_common_name(secure, callers, ca_file):
    peer = secure("example.com", common_name="localhost")
    refused(callers(ca_file=ca_file), peer.url(host="localhost"))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions(version, serve, callers, authority, ca_file, peers):
    context = server_context(authority.issue_cert("localhost"))
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    peer = serve(peers.answering(peers.OK), context)
    assert "no TLS session" in refused(callers(ca_file=ca_file), peer.url(host="localhost"))


def test_a_port_that_does_not_speak_tls(serve, caller):
    def handle(connection):
        connection.sock.recv(1000)
        connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    refused(caller, serve(handle).url(host="localhost").replace("http:", "https:"))


def test_a_peer_that_ends_the_handshake(serve, caller):
    def handle(connection):
        connection.sock.recv(1000)

    refused(caller, serve(handle).url(host="localhost").replace("http:", "https:"))


def test_the_environment_is_not_asked(secure, callers, ca_file, monkeypatch, tmp_path):
    keys = tmp_path / "keys"
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, ca_file)
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    peer = secure()
    refused(callers(), peer.url(host="localhost"))
    callers(ca_file=ca_file).send(peer.url(host="localhost"))
    assert not keys.exists()


def test_the_environment_is_asked_when_opted_in(secure, callers, ca_file, monkeypatch, tmp_path):
    keys = tmp_path / "keys"
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    assert callers(trust_env=True).send(secure().url(host="localhost")).body == b"ok"
    assert keys.stat().st_size > 0


def test_a_body_cut_off_without_close_notify_is_not_whole(secure, callers, ca_file):
    def handle(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")

    with pytest.raises(DisconnectedError):
        callers(ca_file=ca_file).read(secure(handler=handle).url(host="localhost"))


def test_a_body_that_ends_with_close_notify_is_whole(secure, callers, ca_file):
    def handle(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\n\r\nwhole")
        connection.sock.unwrap()

    peer = secure(handler=handle)
    assert callers(ca_file=ca_file).send(peer.url(host="localhost")).body == b"whole"


def test_a_large_body_goes_both_ways(secure, callers, ca_file):
    def handle(connection):
        body = connection.request().partition(b"\r\n\r\n")[2]
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    body = bytes(range(256)) * 10_000
    url = secure(handler=handle).url(host="localhost")
    assert callers(ca_file=ca_file).send(url, "POST", body=body).body == body


@pytest.fixture
def clients(authority):
    """Client certificates by name."""

    def issue(name):
        issued = authority.issue_cert(name)
        chain = "".join(pem.bytes().decode() for pem in issued.cert_chain_pems)
        return ClientCertificate(
            certificate=chain, private_key=issued.private_key_pem.bytes().decode()
        )

    return issue


@pytest.fixture
def asking(serve, authority):
    """A peer that demands a client certificate and answers with the name in it."""
    context = server_context(authority.issue_cert("localhost"))
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)

    def handle(connection):
        name = connection.sock.getpeercert()["subjectAltName"][0][1].encode()
        while connection.request():
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(name) + name)

    return serve(handle, context)


def test_each_client_certificate_has_connections_of_its_own(asking, callers, clients, ca_file):
    caller, url = callers(ca_file=ca_file), asking.url(host="localhost")
    alice, bob = clients("alice.example.com"), clients("bob.example.com")
    for _ in range(2):
        assert caller.send(url, client_certificate=alice).body == b"alice.example.com"
        assert caller.send(url, client_certificate=bob).body == b"bob.example.com"
    assert asking.accepted == 2


def test_no_client_certificate_where_one_is_demanded(asking, callers, clients, ca_file):
    caller, url = callers(ca_file=ca_file), asking.url(host="localhost")
    caller.send(url, client_certificate=clients("alice.example.com"))
    with pytest.raises(DisconnectedError, match=r"(?i)certificate required|broke"):
        caller.send(url)


@pytest.mark.parametrize("broken", ["certificate", "private_key"])
def test_a_client_certificate_that_cannot_be_read(broken, asking, callers, clients, ca_file):
    good = clients("alice.example.com")
    parts = {"certificate": good.certificate, "private_key": good.private_key, broken: "MIIsecret"}
    with pytest.raises(SettingsError, match="client certificate") as caught:
        callers(ca_file=ca_file).send(
            asking.url(host="localhost"), client_certificate=ClientCertificate(**parts)
        )
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_ca_file_that_cannot_be_read(content, secure, callers, tmp_path):
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match="ca_file"):
        callers(ca_file=str(file)).send(secure().url(host="localhost"))
