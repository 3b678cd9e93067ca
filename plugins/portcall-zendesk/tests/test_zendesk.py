"""What arrives at Zendesk, seen by a stand-in that verifies the credentials."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from portcall import Auth, AuthenticationError
from portcall.testing import ApiStandIn, Reply, conformance

zendesk = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("zendesk")


def deliver(connection, name, *events, mapping=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [zendesk.events[name]]]
    return [each.kind for each in connection.deliver(action, given, mapping=mapping, subscribe="")]


def test_a_ticket_has_its_requester_and_a_key_against_repeats(host):
    peer = zendesk(host)
    assert deliver(zendesk.connect(host, "zendesk"), "create_ticket") == ["delivered"]
    [request] = peer.requests
    assert request.headers["Idempotency-Key"]
    assert request.json()["ticket"] == {
        "subject": "Help Requested",
        "comment": {"body": "Help Requested by u-7", "public": True},
        "requester": {"name": "Ada", "email": "ada@example.com"},
        "external_id": "m-1",
    }


def test_a_user_is_made_without_a_verification_mail(host):
    peer = zendesk(host)
    deliver(zendesk.connect(host, "zendesk"), "upsert_user")
    assert peer.requests[0].json()["user"] == {
        "external_id": "u-7",
        "name": "Ada",
        "email": "ada@example.com",
        "skip_verify_email": True,
    }


def test_a_stranger_is_told_though_zendesk_answers_200(host):
    zendesk(host)
    assert zendesk.connect(host, "zendesk").test() == "ada@example.com"
    with pytest.raises(AuthenticationError, match="without credentials"):
        zendesk.connect(host, "zendesk", api_token="key-wrong").test()


def test_a_person_is_deleted_by_external_id(host):
    peer = zendesk(host)
    assert deliver(
        zendesk.connect(host, "zendesk"), "delete", {"type": "delete", "userId": "u-7"}
    ) == ["delivered"]
    assert peer.requests[0].query == {"external_ids": ["u-7"]}


APP = {"client_id": "portcall", "client_secret": "app-secret-1a2b"}
BACK = "https://ours.example/back"


def signing_in(host):
    """Return Zendesk, which signs in by OAuth, and a connection that has not done so."""
    peer = zendesk(host)
    token = {"token_type": "bearer", "scope": "read write", "expires_in": 172800}
    granted = [
        Reply(json={"access_token": f"token-{n}", "refresh_token": f"next-{n}", **token})
        for n in (1, 2)
    ]
    peer.route("POST", "/oauth/tokens", *granted)

    def me(request):
        if (
            request.headers.get("Authorization")
            == f"Bearer token-{len(peer.received('/oauth/tokens'))}"
        ):
            return Reply(json={"user": {"id": 7, "email": "ada@example.com"}})
        return Reply(401, json={"error": "invalid_token", "error_description": "expired"})

    peer.route("GET", "/api/v2/users/me.json", me)
    settings = {"subdomain": "acme", "method": "oauth"}
    return peer, host.destination("zendesk").connect(settings, Auth(**APP))


def test_a_person_authorizes_and_the_code_becomes_a_token(host):
    peer, connection = signing_in(host)
    started = connection.begin_authorization(BACK)
    asked = parse_qs(urlsplit(f"{started.url}").query)
    assert f"{started.url}".startswith("https://acme.zendesk.com/oauth/authorizations/new?")
    assert (asked["scope"], asked["client_id"]) == (["read write"], ["portcall"])
    connection.finish_authorization(started.pending, f"{BACK}?code=c-1&state={asked['state'][0]}")
    assert connection.test() == "ada@example.com"
    body = peer.received("/oauth/tokens")[0].json()
    verifier = body.pop("code_verifier")
    assert len(verifier) >= 43
    assert body == {
        "grant_type": "authorization_code",
        "code": "c-1",
        "redirect_uri": BACK,
        **APP,
    }


def test_a_token_that_ended_is_renewed_with_the_refresh_token(host):
    peer, connection = signing_in(host)
    settings = {"subdomain": "acme", "method": "oauth"}
    ended = Auth(**APP, access_token="token-0", refresh_token="next-0")
    connection = host.destination("zendesk").connect(settings, ended)
    peer.route(
        "POST",
        "/api/v2/tickets.json",
        Reply(401, json={"error": "invalid_token"}),
        Reply(201, json={}),
    )
    assert deliver(connection, "create_ticket") == ["delivered"]
    [renewal] = peer.received("/oauth/tokens")
    assert renewal.json() == {"grant_type": "refresh_token", "refresh_token": "next-0", **APP}
    assert peer.requests[-1].headers["Authorization"] == "Bearer token-1"
    assert connection.auth.refresh_token.reveal() == "next-1"
