"""A declared host that is led to a peer: TLS and the policy stay as they are."""

import pytest

from portcall import PolicyError, RequestOptions, TLSError, hookimpl
from portcall.testing import Peer, Reply, StandInHost


class Acme:
    @hookimpl
    def allowed_hosts(self):
        return ["*.acme.example", "api.acme.test:8443"]

    @hookimpl
    def extend_request(self):
        return RequestOptions(base_url="https://eu.shop.acme.example/v1")


@pytest.fixture
def host():
    with StandInHost(plugins={"acme": Acme()}) as opened:
        yield opened


@pytest.fixture
def client(host):
    return host.destination("acme").connect({}).client


def test_a_declared_host_is_led_to_the_peer_in_tls(host, client, peer):
    host.stand_in("*.acme.example", peer)
    peer.route("GET", "/v1/me", Reply(json={"name": "Ada"}))
    assert client.get("/me").json() == {"name": "Ada"}
    assert peer.requests[0].headers["Host"] == "eu.shop.acme.example"


def test_a_host_on_a_port_is_led_to_the_peer(host, client, peer):
    host.stand_in("api.acme.test:8443", peer)
    peer.route("GET", "/me", Reply(json={}))
    assert client.get("https://api.acme.test:8443/me").status == 200


def test_a_host_that_is_not_declared_is_still_refused(host, client, peer):
    host.stand_in("*.other.example", peer)
    with pytest.raises(PolicyError):
        client.get("https://api.other.example/me")
    assert peer.requests == ()


def test_the_certificate_is_verified_against_the_authority_of_that_host_alone(host, client, peer):
    host.stand_in("*.acme.example", peer)
    with StandInHost(plugins={"acme": Acme()}) as other:
        with Peer() as another:
            other.stand_in("*.acme.example", another)
        other._stand_ins[0] = (other._stand_ins[0][0], peer)
        with pytest.raises(TLSError):
            other.destination("acme").connect({}).client.get("/me")


def test_one_peer_answers_in_tls_and_in_plain_http(host, peer):
    host.stand_in("*.acme.example", peer)
    peer.route("GET", "/plain", Reply(json={}))

    class Plain(Acme):
        @hookimpl
        def allowed_hosts(self):
            return ["127.0.0.1:" + str(peer.port)]

    with StandInHost(plugins={"plain": Plain()}) as plain:
        client = plain.destination("plain").connect({}).client
        assert client.get(f"{peer.url}/plain").status == 200
