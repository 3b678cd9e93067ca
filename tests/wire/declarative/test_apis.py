"""APIs of many kinds, each as one file, against servers that verify credentials and envelopes."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from portcall import Auth, AuthenticationError
from portcall.testing import Reply

TRACK = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "messageId": "m-1",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {
        "from": "shop@example.com",
        "to": "ada@example.com",
        "text": "Thank you",
        "number": "n-1",
        "time": 1777636800,
    },
}
IDENTIFY = {
    "type": "identify",
    "userId": "u-7",
    "traits": {"name": "Ada", "email": "ada@example.com", "lastName": "Lovelace"},
}


def deliver(connection, name, *events):
    actions = connection.destination.actions
    return list(connection.deliver(actions[name], events, subscribe=""))


def kinds(outcomes):
    return [outcome.kind for outcome in outcomes]


def perform(connection, name, event):
    return connection.perform(connection.destination.actions[name], event)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def only(header, value, reply):
    """Answer to those who show a header's value; 401 to all others."""
    return lambda request: reply if request.headers.get(header) == value else Reply(401)


def test_pipedrive_signs_in_with_its_own_header_and_a_false_success_is_a_refusal(api, internet):
    token = ("x-api-token", "token-1a2b3c")
    internet.route("GET", "/api/v1/users/me", only(*token, Reply(json={"data": {"name": "Ada"}})))
    refusal = Reply(200, json={"success": False, "error": "Name is taken"})
    internet.route(
        "POST", "/api/v1/persons", only(*token, Reply(201, json={"success": True})), refusal
    )
    connection = api("pipedrive", {"company": "acme", "api_token": "token-1a2b3c"})
    assert connection.test() == "Ada"
    first, second = deliver(connection, "add_person", IDENTIFY, IDENTIFY)
    assert (first.kind, second.kind) == ("delivered", "rejected")
    assert "Name is taken" in second.reason
    assert internet.received("/api/v1/persons")[0].json() == {
        "name": "Ada",
        "email": ["ada@example.com"],
    }


def test_customerio_assigns_the_errors_of_a_207_by_their_index(api, internet):
    errors = {"errors": [{"batch_index": 1, "message": "no such person"}]}
    expected = basic("site-1", "key-1a2b3c")
    internet.route(
        "POST", "/api/v2/batch", only("Authorization", expected, Reply(207, json=errors))
    )
    connection = api(
        "customerio", {"site_id": "site-1", "api_key": "key-1a2b3c", "region": "track-eu"}
    )
    outcomes = deliver(connection, "track", TRACK, TRACK, TRACK)
    assert kinds(outcomes) == ["delivered", "rejected", "delivered"]
    [request] = internet.requests
    assert request.headers["Host"].startswith("track-eu.customer.io")
    assert request.json()["batch"][0]["identifiers"] == {"id": "u-7"}


def test_customerio_splits_batches_by_their_bytes(api, internet):
    internet.route("POST", "/api/v2/batch", Reply(200, json={}))
    connection = api("customerio", {"site_id": "site-1", "api_key": "key-1a2b3c"})
    large = {**TRACK, "properties": {"text": "x" * 30_000}}
    assert set(kinds(deliver(connection, "track", *[large] * 40))) == {"delivered"}
    sizes = [len(request.body) for request in internet.requests]
    assert len(sizes) > 1
    assert max(sizes) <= 500_100
    too_large = {**TRACK, "properties": {"text": "x" * 32_001}}
    assert kinds(deliver(connection, "track", too_large)) == ["rejected"]


def test_customerio_forgets_a_person(api, internet):
    internet.route("POST", "/api/v2/entity", Reply(200))
    connection = api("customerio", {"site_id": "site-1", "api_key": "key-1a2b3c"})
    assert kinds(deliver(connection, "delete", {"type": "delete", "userId": "u-7"})) == [
        "delivered"
    ]
    assert internet.requests[0].json()["action"] == "delete"


def test_letters_send_a_form_to_the_path_of_its_domain(api, internet):
    expected = basic("api", "key-1a2b3c")
    internet.route(
        "POST", "/v3/mg.example.com/messages", only("Authorization", expected, Reply(200, json={}))
    )
    settings = {"domain": "mg.example.com", "api_key": "key-1a2b3c", "region": "api.eu"}
    assert kinds(deliver(api("letters", settings), "send", TRACK)) == ["delivered"]
    [request] = internet.requests
    assert request.headers["Host"].startswith("api.eu.letters.example.com")
    assert request.form["subject"] == ["Order Completed"]
    assert request.form["to"] == ["ada@example.com"]


def test_parcels_read_the_codes_of_a_batch_in_their_order(api, internet):
    said = [{"ErrorCode": 0}, {"ErrorCode": 406, "Message": "inactive recipient"}, {"ErrorCode": 0}]
    token = ("X-Parcels-Server-Token", "token-1a2b3c")
    internet.route("POST", "/email/batch", only(*token, Reply(200, json=said)))
    connection = api("parcels", {"server_token": "token-1a2b3c"})
    outcomes = deliver(connection, "send", TRACK, TRACK, TRACK)
    assert kinds(outcomes) == ["delivered", "rejected", "delivered"]
    assert outcomes[1].reason == "inactive recipient"
    assert [each["To"] for each in internet.requests[0].json()] == ["ada@example.com"] * 3


def test_results_of_parcels_that_are_too_many_leave_every_item_uncertain(api, internet):
    internet.route("POST", "/email/batch", Reply(200, json={"Message": "no list"}))
    connection = api("parcels", {"server_token": "token-1a2b3c"})
    assert kinds(deliver(connection, "send", TRACK, TRACK)) == ["uncertain", "uncertain"]


def test_zendesk_takes_an_answer_to_a_stranger_for_a_refusal(api, internet):
    expected = basic("ada@example.com/token", "key-1a2b3c")
    stranger = Reply(200, json={"user": {"id": None, "email": "invalid@example.com"}})
    known = Reply(200, json={"user": {"id": 7, "email": "ada@example.com"}})

    def me(request):
        return known if request.headers["Authorization"] == expected else stranger

    internet.route("GET", "/api/v2/users/me.json", me)
    settings = {"subdomain": "acme", "email": "ada@example.com"}
    assert api("zendesk", {**settings, "api_token": "key-1a2b3c"}).test() == "ada@example.com"
    with pytest.raises(AuthenticationError, match="without credentials"):
        api("zendesk", {**settings, "api_token": "key-wrong"}).test()


def test_zendesk_carries_one_key_through_a_throttled_repeat(api, internet):
    throttled = Reply(429, headers={"Retry-After": "0"})
    internet.route("POST", "/api/v2/tickets.json", throttled, Reply(201, json={}))
    settings = {"subdomain": "acme", "email": "ada@example.com", "api_token": "key-1a2b3c"}
    assert kinds(deliver(api("zendesk", settings), "create_ticket", TRACK)) == ["delivered"]
    first, second = internet.requests
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] != ""
    assert second.json()["ticket"]["tags"] == ["portcall", "event"]


def test_braze_sends_75_events_a_call_and_reads_partial_errors(api, internet):
    errors = {"errors": [{"index": 0, "input_array": "events", "type": "'time' is invalid"}]}
    internet.route("POST", "/users/track", Reply(201, json=errors), Reply(201, json={}))
    connection = api("braze", {"cluster": "fra-01.braze.eu", "api_key": "key-1a2b3c"})
    outcomes = deliver(connection, "track", *[TRACK] * 76)
    assert kinds(outcomes) == ["rejected", *["delivered"] * 75]
    assert [len(r.json()["events"]) for r in internet.requests] == [75, 1]
    assert {r.headers["Host"] for r in internet.requests} == {"rest.fra-01.braze.eu"}


def test_klaviyo_finds_the_profile_that_a_pointer_names(api, internet):
    said = {
        "errors": [{"source": {"pointer": "/data/attributes/profiles/2"}, "detail": "bad email"}]
    }
    path = "/api/profile-bulk-import-jobs"
    expected = ("Authorization", "Klaviyo-API-Key key-1a2b3c")
    internet.route("POST", path, only(*expected, Reply(202, json=said)))
    outcomes = deliver(api("klaviyo", {"api_key": "key-1a2b3c"}), "import_profile", *[IDENTIFY] * 3)
    assert kinds(outcomes) == ["delivered", "delivered", "rejected"]
    [request] = internet.requests
    assert request.headers["revision"] == "2026-10-15"
    profiles = request.json()["data"]["attributes"]["profiles"]["data"]
    assert profiles[0]["attributes"] == {"email": "ada@example.com", "external_id": "u-7"}


def test_a_forum_hides_the_url_that_is_its_secret_and_waits_as_the_body_says(api, internet):
    throttled = Reply(429, json={"message": "slow down", "retry_after": 0.05})
    internet.route("POST", "/api/webhooks/1/secret-9f8e7d", throttled, Reply(204))
    url = "https://forum.example.com/api/webhooks/1/secret-9f8e7d"
    connection = api("forum", {"webhook_url": url})
    assert kinds(deliver(connection, "post_message", TRACK)) == ["delivered"]
    assert internet.requests[1].json() == {"content": "Order Completed by u-7"}
    internet.route("GET", "/api/webhooks/1/secret-9f8e7d", Reply(404, json={"message": url}))
    with pytest.raises(Exception, match="404") as caught:
        connection.test()
    assert "9f8e7d" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("invalid_auth", "reauthorize"),
        ("token_expired", "reauthorize"),
        ("ratelimited", "retry"),
        ("channel_not_found", "rejected"),
    ],
)
def test_a_chat_says_four_things_with_a_200(api, internet, error, kind):
    headers = {"Retry-After": "3600"} if error == "ratelimited" else {}
    internet.route(
        "POST",
        "/api/chat.postMessage",
        Reply(200, json={"ok": False, "error": error}, headers=headers),
    )
    connection = api("chat", {"bot_token": "xoxb-1a2b3c"})
    event = {**TRACK, "channel": "C1"}
    action = connection.destination.actions["post_message"]
    mapping = {"channel": "C1", "text": {"@path": "$.event"}}
    [outcome] = connection.deliver(action, [event], mapping=mapping)
    assert outcome.kind == kind
    assert internet.requests[0].json() == {"channel": "C1", "text": "Order Completed"}


def test_a_chat_lists_channels_page_by_page(api, internet):
    channels = {"ok": True, "channels": [{"id": "C1", "name": "all"}]}
    more = {**channels, "response_metadata": {"next_cursor": "p2"}}
    last = {**channels, "response_metadata": {"next_cursor": ""}}
    internet.route("GET", "/api/conversations.list", Reply(json=more), Reply(json=last))
    connection = api("chat", {"bot_token": "xoxb-1a2b3c"})
    action = connection.destination.actions["post_message"]
    first = connection.choices(action, "channel")
    assert first.next_page == "p2"
    assert connection.choices(action, "channel", page="p2").next_page is None
    assert internet.requests[1].query["cursor"] == ["p2"]


def test_meta_carries_the_token_in_the_body_and_tells_its_end_from_throttling(api, internet):
    path = "/v24.0/p-1/events"
    ended = Reply(400, json={"error": {"code": 190, "message": "Error validating access token"}})
    throttled = Reply(
        400, json={"error": {"code": 4, "message": "limit"}}, headers={"Retry-After": "3600"}
    )
    internet.route("POST", path, Reply(200, json={"events_received": 2}), throttled, ended)
    connection = api("meta-conversions", {"pixel_id": "p-1", "access_token": "EAAB-1a2b3c"})
    assert kinds(deliver(connection, "send_event", TRACK, TRACK)) == ["delivered", "delivered"]
    assert internet.requests[0].json()["access_token"] == "EAAB-1a2b3c"
    assert len(internet.requests[0].json()["data"]) == 2
    assert kinds(deliver(connection, "send_event", TRACK)) == ["retry"]
    assert kinds(deliver(connection, "send_event", TRACK)) == ["reauthorize"]


def test_salesforce_goes_to_the_instance_of_the_token_and_renews_an_ended_session(api, internet):
    ended = Reply(401, json=[{"errorCode": "INVALID_SESSION_ID", "message": "Session expired"}])
    said = [{"success": True, "errors": []}, {"success": False, "errors": [{"message": "no name"}]}]

    def create(request):
        return (
            Reply(200, json=said) if request.headers["Authorization"] == "Bearer new-1" else ended
        )

    token = {"access_token": "new-1", "instance_url": "https://eu7.my.salesforce.com"}
    internet.route(
        "POST", "/services/oauth2/token", Reply(200, json={**token, "token_type": "Bearer"})
    )
    internet.route("POST", "/services/data/v64.0/composite/sobjects", create)
    auth = Auth(
        access_token="old-1",
        refresh_token="refresh-1",
        client_id="app",
        client_secret="app-secret",
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        state={"instance_url": "https://acme.my.salesforce.com"},
    )
    connection = api("salesforce", {"domain": "acme"}, auth)
    outcomes = deliver(connection, "create_contact", IDENTIFY, IDENTIFY)
    assert kinds(outcomes) == ["delivered", "rejected"]
    assert outcomes[1].reason == "no name"
    hosts = [r.headers["Host"].partition(":")[0] for r in internet.requests]
    assert hosts == ["acme.my.salesforce.com"] * 2 + ["eu7.my.salesforce.com"]
    assert connection.auth.refresh_token == "refresh-1"


def test_texts_put_the_account_into_the_path_and_the_code_into_the_reason(api, internet):
    path = "/2010-04-01/Accounts/AC1/Messages.json"
    refusal = Reply(400, json={"code": 21211, "message": "Invalid 'To' Phone Number"})
    internet.route("POST", path, only("Authorization", basic("AC1", "token-1a2b"), refusal))
    [outcome] = deliver(
        api("texts", {"account_sid": "AC1", "auth_token": "token-1a2b"}), "send_message", TRACK
    )
    assert outcome.kind == "rejected"
    assert "21211" in outcome.reason


def test_airtable_encodes_the_table_and_never_mixes_two_in_a_call(api, internet):
    internet.route("POST", "/v0/app1/Order%20events", Reply(200, json={}))
    internet.route("POST", "/v0/app1/Refunds%2F2026", Reply(200, json={}))
    connection = api("airtable", {"base_id": "app1", "token": "pat-1a2b3c"})
    action = connection.destination.actions["create_record"]
    mapping = {"table": {"@path": "$.table"}, "values": {"@path": "$.properties"}}
    events = [{**TRACK, "table": ["Order events", "Refunds/2026"][n % 2]} for n in range(24)]
    outcomes = list(connection.deliver(action, events, mapping=mapping, subscribe=""))
    assert set(kinds(outcomes)) == {"delivered"}
    counts = [(request.path, len(request.json()["records"])) for request in internet.requests]
    assert sorted(counts) == [
        ("/v0/app1/Order%20events", 2),
        ("/v0/app1/Order%20events", 10),
        ("/v0/app1/Refunds%2F2026", 2),
        ("/v0/app1/Refunds%2F2026", 10),
    ]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"user": "elastic", "password": "pw-1a2b3c"}, basic("elastic", "pw-1a2b3c")),
        ({"method": "api_key", "api_key": "key-1a2b3c"}, "ApiKey key-1a2b3c"),
    ],
)
def test_elasticsearch_signs_in_in_either_way_and_reads_each_line(api, peer, settings, expected):
    items = [
        {"index": {"status": 201}},
        {"index": {"status": 429}},
        {"index": {"status": 400, "error": {"reason": "mapper"}}},
    ]
    again = [{"index": {"status": 201}}]
    known = ("Authorization", expected)
    peer.route(
        "POST",
        "/_bulk",
        only(*known, Reply(json={"errors": True, "items": items})),
        only(*known, Reply(json={"items": again})),
    )
    connection = api("elasticsearch", {"endpoint": peer.url, **settings})
    events = [{**TRACK, "messageId": f"m-{n}"} for n in range(3)]
    outcomes = deliver(connection, "index", *events)
    assert kinds(outcomes) == ["delivered", "delivered", "rejected"]
    assert "mapper" in outcomes[2].reason
    first, second = (request.body.decode().splitlines() for request in peer.requests)
    assert first[0] == '{"index":{"_index":"events","_id":"m-0"}}'
    assert len(first) == 6
    assert second[0] == '{"index":{"_index":"events","_id":"m-1"}}'


def test_a_shop_logs_in_again_when_its_session_is_over_and_not_at_any_other_403(api, peer):
    sessions = []

    def login(request):
        assert request.json() == {"name": "ada", "password": "pw-1a2b3c"}
        sessions.append(f"s{len(sessions)}")
        cookie = f"sid={sessions[-1]}; HttpOnly"
        return Reply(200, json={"csrf": f"csrf-{sessions[-1]}"}, headers={"Set-Cookie": cookie})

    def order(request):
        if f"sid={sessions[-1]}" not in request.headers.get("Cookie", ""):
            return Reply(403, json={"code": "session"})
        assert request.headers["X-Csrf-Token"] == f"csrf-{sessions[-1]}"
        return (
            Reply(403, json={"code": "limit"}) if request.json()["number"] == "n-9" else Reply(201)
        )

    peer.route("POST", "/login", login)
    peer.route("POST", "/orders", order)
    settings = {"endpoint": peer.url, "username": "ada", "password": "pw-1a2b3c"}
    connection = api("shop", settings)
    assert kinds(deliver(connection, "order", TRACK)) == ["delivered"]
    sessions.append("ended elsewhere")
    forbidden = {**TRACK, "properties": {"number": "n-9"}}
    assert kinds(deliver(connection, "order", TRACK, forbidden)) == ["delivered", "rejected"]
    assert len(peer.received("/login")) == 2


def test_a_bank_verifies_the_signature_and_a_repeat_counts_as_delivered(api, peer):
    def hook(request):
        stamp = request.headers["X-Timestamp"]
        text = f"{stamp}.POST.{request.path}.".encode() + request.body
        proof = hmac.new(b"key-1a2b3c", text, hashlib.sha256).hexdigest()
        assert request.headers["X-Signature"] == f"sha256={proof}"
        return Reply(409 if len(peer.requests) > 1 else 204)

    peer.route("POST", "/hooks", hook)
    connection = api("bank", {"endpoint": peer.url, "key": "key-1a2b3c"})
    assert kinds(deliver(connection, "notify", TRACK, TRACK)) == ["delivered", "delivered"]
    assert peer.requests[0].json() == {"id": "m-1"}
