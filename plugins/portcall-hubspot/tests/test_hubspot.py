"""Every claim as HubSpot sees it: a peer that checks tokens and trades refresh tokens."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import attrs
import pytest

from portcall import (
    AuthenticationError,
    ReauthorizationError,
    RefreshError,
    ResponseError,
    SettingsError,
)
from portcall.testing import OAuth2StandIn, Reply, conformance

TOKEN = "/oauth/2026-03/token"
DETAILS = "/account-info/2026-03/details"
UPSERT = "/crm/objects/2026-03/contacts/batch/upsert"
SEND = "/events/2026-03/send"
ACCOUNT = {"portalId": 12345678, "uiDomain": "app-eu1.hubspot.com", "accountType": "STANDARD"}
EXPIRED = {
    "status": "error",
    "message": "The OAuth token used to make this call expired 5 minute(s) ago.",
    "category": "EXPIRED_AUTHENTICATION",
}
IDENTIFY = {
    "type": "identify",
    "traits": {
        "email": "ada@example.com",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "company": {"name": "Analytical Engines"},
    },
}
TRACK = {
    "type": "track",
    "event": "pe12345678_order_completed",
    "messageId": "ajs-next-1700000000",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {"email": "ada@example.com", "total": 41.5, "gift": True, "note": None},
}


@pytest.fixture
def hubspot(host, peer):
    """HubSpot's authorization server, whose refresh tokens stay, and its API behind it."""
    host.stand_in("api.hubapi.com", peer)
    server = OAuth2StandIn(
        peer,
        path="/oauth/2026-03",
        client_id="app-1",
        client_secret="app-secret-c0ffee",
        client_authentication="client_secret_post",
        lifetime_s=1800,
        rotates=False,
        refusal=Reply(401, json=EXPIRED),
    )
    peer.route("GET", DETAILS, server.guarded(Reply(json=ACCOUNT)))
    done = Reply(json={"status": "COMPLETE", "results": []})
    peer.route("POST", UPSERT, server.guarded(done))
    peer.route("POST", SEND, server.guarded(Reply(204)))
    return server


@pytest.fixture
def connect(host, hubspot):
    def connect(*, is_ended=False, has_refresh=True, **options):
        auth = hubspot.auth()
        if is_ended:
            hubspot.advance(1800)
        if not has_refresh:
            auth = attrs.evolve(auth, refresh_token=None)
        return host.destination("hubspot").connect({}, auth, **options)

    return connect


def perform(connection, action, event):
    return connection.perform(connection.destination.actions[action], event)


test_conformance = conformance("hubspot")


def test_there_is_nothing_to_fill_in_that_could_lead_elsewhere(host):
    destination = host.destination("hubspot")
    assert (destination.scheme, destination.fields) == ("oauth2", ())
    with pytest.raises(SettingsError, match="`endpoint` is not a field"):
        destination.connect({"endpoint": "https://proxy.example"})


def test_identity_is_the_account(connect):
    assert connect().test() == "HubSpot account 12345678 (app-eu1.hubspot.com)"


def test_contact_is_found_by_email_and_gets_its_properties(connect, peer):
    perform(connect(), "upsert_contact", IDENTIFY)
    [request] = peer.received(UPSERT, "POST")
    [record] = request.json()["inputs"]
    assert record == {
        "id": "ada@example.com",
        "idProperty": "email",
        "properties": {
            "email": "ada@example.com",
            "firstname": "Ada",
            "lastname": "Lovelace",
            "company": "Analytical Engines",
        },
    }


def test_event_arrives_with_texts_and_an_id_against_repeats(connect, peer):
    connection = connect()
    perform(connection, "send_event", TRACK)
    perform(connection, "send_event", TRACK)
    first, second = (request.json() for request in peer.received(SEND))
    assert first == second
    UUID(first.pop("uuid"))
    assert first == {
        "eventName": "pe12345678_order_completed",
        "email": "ada@example.com",
        "occurredAt": "2026-05-01T12:00:00+00:00",
        "properties": {"email": "ada@example.com", "total": "41.5", "gift": "true"},
    }


def test_message_id_that_is_a_uuid_stays(connect, peer):
    uuid = "022bb90c-bbac-11e4-8dfc-aa07a5b093db"
    perform(connect(), "send_event", {**TRACK, "messageId": uuid})
    assert peer.received(SEND)[0].json()["uuid"] == uuid


@pytest.mark.parametrize(
    ("action", "event", "said"),
    [
        ("upsert_contact", {**IDENTIFY, "traits": {"firstName": "Ada"}}, "Email is missing"),
        (
            "upsert_contact",
            {**IDENTIFY, "traits": {"email": "ada"}},
            "Email must be an email address",
        ),
        ("send_event", {**TRACK, "properties": {}}, "Email is missing"),
        ("send_event", {**TRACK, "event": None}, "Event name is missing"),
    ],
)
def test_event_that_cannot_be_used_is_refused_before_it_is_sent(connect, peer, action, event, said):
    with pytest.raises(SettingsError, match=said):
        perform(connect(), action, event)
    assert peer.requests == ()


def test_expired_token_is_refreshed_once_and_the_event_delivered(connect, peer, hubspot):
    saved = []
    connection = connect(is_ended=True, save=saved.append)
    perform(connection, "upsert_contact", IDENTIFY)
    assert [request.path for request in peer.requests] == [UPSERT, TOKEN, UPSERT]
    assert hubspot.refreshes == 1
    assert saved == [connection.auth]
    assert connection.auth.access_token.reveal() == "access-token-2"
    assert connection.auth.refresh_token.reveal() == "refresh-token-1"
    left = connection.auth.expires_at - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)


def test_refresh_token_that_comes_with_an_answer_is_kept(connect, peer, hubspot):
    connection = connect(is_ended=True)
    token = hubspot.auth().access_token.reveal()
    answer = {"access_token": token, "refresh_token": "refresh-new", "expires_in": 1800}
    peer.route("POST", TOKEN, Reply(json=answer))
    connection.test()
    assert connection.auth.refresh_token.reveal() == "refresh-new"


def test_eight_threads_share_one_refresh(connect, hubspot):
    connection = connect(is_ended=True)
    with ThreadPoolExecutor(8) as pool:
        events = [{**TRACK, "messageId": f"m-{n}"} for n in range(64)]
        list(pool.map(lambda event: perform(connection, "send_event", event), events))
    assert hubspot.refreshes == 1


@pytest.mark.parametrize(
    "refusal",
    [
        {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"},
        {"error": "invalid_grant", "error_description": "refresh token is invalid"},
    ],
)
def test_refresh_token_that_is_gone_asks_for_a_person(connect, peer, refusal):
    peer.route("POST", TOKEN, Reply(400, json=refusal))
    connection = connect(is_ended=True)
    for _ in range(2):
        with pytest.raises(ReauthorizationError, match="authorize the connection again") as caught:
            connection.test()
        assert "refresh-token-1" not in repr(caught.value)
    assert len(peer.received(TOKEN)) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_token_endpoint_in_trouble_says_when_to_come_again(connect, peer, status):
    peer.route("POST", TOKEN, Reply(status, headers={"Retry-After": "30"}))
    with pytest.raises(RefreshError) as caught:
        connect(is_ended=True).test()
    assert caught.value.retry_at > datetime.now(UTC)


@pytest.mark.parametrize(
    "answer", [Reply(hang_up=True), Reply(json={}), Reply(json=[]), Reply(body=b"<html>")]
)
def test_no_token_in_the_answer_is_worth_another_try(connect, peer, answer):
    peer.route("POST", TOKEN, answer)
    with pytest.raises(RefreshError):
        connect(is_ended=True).test()


@pytest.mark.parametrize(
    "refusal",
    [Reply(401, json={"error": "invalid_client"}), Reply(400, json={"status": "BAD_CLIENT_ID"})],
)
def test_app_that_is_refused_is_told_so_without_its_secret(connect, peer, refusal):
    peer.route("POST", TOKEN, refusal)
    with pytest.raises(AuthenticationError) as caught:
        connect(is_ended=True).test()
    assert not isinstance(caught.value, RefreshError | ReauthorizationError)
    assert "c0ffee" not in str(caught.value)


def test_without_a_refresh_token_the_refusal_stands(connect, peer):
    with pytest.raises(AuthenticationError, match="401"):
        connect(is_ended=True, has_refresh=False).test()
    assert peer.received(TOKEN) == ()


def test_missing_scope_is_a_refusal_and_no_reason_to_refresh(connect, peer):
    refusal = {"category": "MISSING_SCOPES", "message": "This app hasn't been granted all scopes"}
    peer.route("POST", SEND, Reply(403, json=refusal))
    with pytest.raises(ResponseError, match="granted all scopes"):
        perform(connect(), "send_event", TRACK)
    assert peer.received(TOKEN) == ()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Reply(207, json={"errors": [{"message": "Property x is unknown"}]}), "Property x"),
        (Reply(207, json={"errors": "?"}), "cannot be read"),
        (Reply(207, body=b"?"), "cannot be read"),
    ],
)
def test_207_with_errors_is_no_success(connect, peer, answer, said):
    peer.route("POST", UPSERT, answer)
    with pytest.raises(ResponseError, match=said):
        perform(connect(), "upsert_contact", IDENTIFY)


def test_example_of_the_readme_is_true(host, hubspot, peer, capsys):
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    code = readme.split("```python\n")[1].split("```")[0]
    auth = hubspot.auth()
    local = code.replace("Host()", "host").replace("access-1-9b2d", auth.access_token.reveal())
    exec(local, {"host": host})
    assert capsys.readouterr().out == "HubSpot account 12345678 (app-eu1.hubspot.com)\n"
    assert len(peer.received(UPSERT)) == 1


def contact(email):
    return {"type": "identify", "traits": {"email": email, "firstName": "A"}}


def deliver(connection, action, events):
    return list(connection.deliver(connection.destination.actions[action], events))


def test_contacts_are_delivered_a_hundred_at_a_time(connect, peer):
    outcomes = deliver(connect(), "upsert_contact", [contact(f"a{n}@b.co") for n in range(250)])
    assert {outcome.kind for outcome in outcomes} == {"delivered"}
    requests = [request.json()["inputs"] for request in peer.received(UPSERT)]
    assert [len(inputs) for inputs in requests] == [100, 100, 50]
    assert requests[1][7]["objectWriteTraceId"] == "7"


def test_207_says_which_contacts_were_taken(connect, peer):
    said = {
        "results": [
            {"properties": {"email": "A0@b.co"}},
            {"objectWriteTraceId": "1", "properties": None},
        ],
        "errors": [
            {"message": "Property x is unknown", "context": {"objectWriteTraceId": ["2"]}},
            {"message": "No such address", "context": {"ids": ["a3@b.co"]}},
            {"message": "?", "context": "?"},
        ],
    }
    peer.route("POST", UPSERT, Reply(207, json=said))
    outcomes = deliver(connect(), "upsert_contact", [contact(f"a{n}@b.co") for n in range(5)])
    kinds = ["delivered", "delivered", "rejected", "rejected", "uncertain"]
    assert [outcome.kind for outcome in outcomes] == kinds
    assert outcomes[2].reason == "Property x is unknown"


def test_207_that_cannot_be_read_leaves_all_uncertain(connect, peer):
    peer.route("POST", UPSERT, Reply(207, json=[]))
    outcomes = deliver(connect(), "upsert_contact", [contact(f"a{n}@b.co") for n in range(2)])
    assert [outcome.kind for outcome in outcomes] == ["uncertain"] * 2


def test_events_are_delivered_together(connect, peer, hubspot):
    peer.route("POST", f"{SEND}/batch", hubspot.guarded(Reply(204)))
    outcomes = deliver(connect(is_ended=True), "send_event", [TRACK] * 3)
    assert [outcome.kind for outcome in outcomes] == ["delivered"] * 3
    refused, taken = peer.received(f"{SEND}/batch")
    assert refused.body == taken.body
    assert [each["eventName"] for each in taken.json()["inputs"]] == [TRACK["event"]] * 3


def test_names_of_events_come_from_the_account(connect, peer, hubspot):
    page = {
        "results": [
            {"fullyQualifiedName": "pe1_order", "labels": {"singular": "Order"}},
            {"fullyQualifiedName": "pe1_view"},
        ],
        "paging": {"next": {"after": "2"}},
    }
    peer.route("GET", "/events/2026-03/event-definitions", hubspot.guarded(Reply(json=page)))
    connection = connect()
    send_event = connection.destination.actions["send_event"]
    found = connection.choices(send_event, "event_name", "o")
    assert [(each.value, each.label) for each in found.items] == [
        ("pe1_order", "Order"),
        ("pe1_view", "pe1_view"),
    ]
    connection.choices(send_event, "event_name", page=found.next_page)
    asked = [request.query for request in peer.received("/events/2026-03/event-definitions")]
    assert asked == [{"limit": ["100"], "searchString": ["o"]}, {"limit": ["100"], "after": ["2"]}]


SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))
UUID_OF_THE_EVENT = "022bb90c-bbac-11e4-8dfc-aa07a5b093db"
LEAD = {"type": "identify", "traits": {"email": "ada@example.com", "firstName": "Ada"}}
ORDER = {
    "type": "track",
    "event": "pe12345678_order_completed",
    "messageId": UUID_OF_THE_EVENT,
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {"email": "ada@example.com", "total": 41.5},
}


@pytest.mark.parametrize(
    ("name", "event", "theirs"),
    [("upsert_contact", LEAD, "contacts"), ("send_event", ORDER, "event")],
)
def test_request_is_that_of_the_sdk_but_for_the_date_of_its_version(
    connect, peer, name, event, theirs
):
    perform(connect(), name, event)
    request, sdk = peer.requests[-1], SDK[theirs]
    assert request.method == sdk["method"]
    # /crm/v3/objects/contacts became /crm/objects/2026-03/contacts.
    ours = [part for part in request.path.split("/") if part != "2026-03"]
    assert ours == [part for part in sdk["path"].split("/") if part != "v3"]
    assert request.json() == sdk["data"]


def test_batch_of_events_is_that_of_the_sdk(connect, peer, hubspot):
    peer.route("POST", f"{SEND}/batch", hubspot.guarded(Reply(204)))
    deliver(connect(), "send_event", [ORDER])
    assert peer.requests[-1].json() == SDK["events"]["data"]
