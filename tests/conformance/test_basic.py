"""Basic against the example that RFC 7617 prints."""

from types import SimpleNamespace

from portcall import Host, RequestOptions, hookimpl
from portcall.testing import Reply


def test_a_password_in_utf_8_is_sent_as_rfc_7617_prints_it(peer):
    peer.route("GET", "/", Reply(200, json={}))
    acme = SimpleNamespace(
        auth_scheme=hookimpl(lambda: "basic"),
        allowed_hosts=hookimpl(lambda: [peer.url.removeprefix("http://")]),
        extend_request=hookimpl(lambda: RequestOptions(base_url=peer.url)),
    )
    with Host(allow_private=["127.0.0.1"], plugins={"acme": acme}) as host:
        host.destination("acme").connect({"username": "test", "password": "123\u00a3"}).client.get(
            "/"
        )
    # RFC 7617 §2.1.
    assert peer.requests[0].headers["authorization"] == "Basic dGVzdDoxMjPCow=="
