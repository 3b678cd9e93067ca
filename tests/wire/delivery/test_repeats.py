"""When an event is sent again: the table of docs/delivery.md, seen at the destination."""

from datetime import timedelta

import pytest

from portcall import Kind, Outcome, Verdict, action, throttled
from portcall.testing import Reply

SENT_AGAIN = [408, 423, 425, 429, 503, 521, 523, 525, 526]
UNCLEAR = [500, 502, 504, 507, 520, 522, 524, 599]
REFUSED = [400, 403, 404, 409, 422, 501, 505]


def keyed(acme):
    """An action that carries an idempotency key."""

    @action(title="Post")
    def post(client, payload: acme.Message, idempotency_key):
        client.post("/messages", headers={"Idempotency-Key": idempotency_key})

    return post


def put(acme):
    """An action that does what may be done twice by HTTP's own word."""

    @action(title="Put")
    def put(client, payload: acme.Message):
        client.put("/messages")

    return put


MAY_REPEAT = {
    "idempotent": lambda acme: acme.poster(idempotent=True),
    "with a key": keyed,
    "PUT": put,
}


def deliver(connection, post, acme, **options):
    [outcome] = connection.deliver(post, [acme.event()], **options)
    return outcome


@pytest.mark.parametrize("status", SENT_AGAIN)
def test_what_was_not_applied_is_sent_again(connect, peer, clock, acme, status):
    peer.route("POST", "/messages", Reply(status), Reply(status), Reply(200))
    post = acme.poster()
    outcome = deliver(connect(post), post, acme, retry=clock.retry())
    assert (outcome.kind, len(peer.requests)) == ("delivered", 3)
    assert clock.slept == ([1.25, 1.5] if status == 429 else [0.25, 0.5])


@pytest.mark.parametrize("status", UNCLEAR)
def test_what_may_have_been_applied_is_uncertain_and_sent_once(connect, peer, clock, acme, status):
    peer.route("POST", "/messages", Reply(status), Reply(200))
    post = acme.poster()
    outcome = deliver(connect(post), post, acme, retry=clock.retry())
    assert (outcome.kind, len(peer.requests)) == ("uncertain", 1)
    assert str(status) in outcome.reason
    assert "may have been applied" in outcome.reason


@pytest.mark.parametrize("make", MAY_REPEAT.values(), ids=MAY_REPEAT)
@pytest.mark.parametrize("fault", [*UNCLEAR, "hang up"])
def test_what_may_be_done_twice_is_sent_again(connect, peer, clock, acme, fault, make):
    first = Reply(hang_up=True) if fault == "hang up" else Reply(fault)
    for method in ("POST", "PUT"):
        peer.route(method, "/messages", first, Reply(200))
    post = make(acme)
    outcome = deliver(connect(post), post, acme, retry=clock.retry())
    assert (outcome.kind, len(peer.requests)) == ("delivered", 2)


def test_a_post_without_an_answer_is_uncertain(connect, peer, clock, acme):
    peer.route("POST", "/messages", Reply(hang_up=True), Reply(200))
    post = acme.poster()
    outcome = deliver(connect(post), post, acme, retry=clock.retry())
    assert (outcome.kind, len(peer.requests)) == ("uncertain", 1)


@pytest.mark.parametrize("status", REFUSED)
def test_what_was_refused_is_rejected_without_a_secret(connect, peer, clock, acme, status):
    peer.route("POST", "/messages", Reply(status, json={"error": "no key-7f3a9b here"}))
    post = acme.poster()
    outcome = deliver(connect(post), post, acme, retry=clock.retry())
    assert (outcome.kind, len(peer.requests)) == ("rejected", 1)
    assert str(status) in outcome.reason
    assert "key-7f3a9b" not in outcome.reason


@pytest.mark.parametrize("fault", [500, 502, 504, "hang up"])
def test_an_operator_may_have_the_unclear_sent_again(connect, peer, clock, acme, fault):
    first = Reply(hang_up=True) if fault == "hang up" else Reply(fault)
    peer.route("POST", "/messages", first, Reply(200))
    post = acme.poster()
    outcome = deliver(connect(post), post, acme, retry=clock.retry(unclear=True))
    assert (outcome.kind, len(peer.requests)) == ("delivered", 2)


def test_an_author_may_say_that_a_status_is_never_applied(connect, peer, clock, acme):
    def classify(response):
        if response.status == 500:
            return Verdict(Kind.UNAVAILABLE, reason="no worker is free", not_applied=True)
        return None

    peer.route("POST", "/messages", Reply(500), Reply(200))
    post = acme.poster()
    connection = connect(post, classify_response=classify)
    outcome = deliver(connection, post, acme, retry=clock.retry())
    assert (outcome.kind, len(peer.requests)) == ("delivered", 2)


def test_an_author_who_reads_the_body_of_a_200_may_call_it_unavailable(connect, peer, clock, acme):
    def classify(response):
        busy = response.json().get("error") == "busy"
        return Verdict(Kind.UNAVAILABLE, reason="busy") if busy else None

    peer.route("POST", "/messages", Reply(json={"error": "busy"}), Reply(json={}))
    post = acme.poster()
    connection = connect(post, classify_response=classify)
    assert deliver(connection, post, acme, retry=clock.retry()).kind == "delivered"


@pytest.mark.parametrize(
    ("options", "retry", "kind"),
    [
        ({}, {}, "uncertain"),
        ({"idempotent": True}, {}, "delivered"),
        ({}, {"unclear": True}, "delivered"),
    ],
)
@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_item_of_a_batch_is_held_to_the_same_table(
    connect, peer, clock, acme, options, retry, kind, status
):
    first = {
        "items": [{"n": 0, "status": 200}, {"n": 1, "status": status}, {"n": 2, "status": 503}]
    }
    again = {"items": [{"n": n, "status": 200} for n in range(2 - (kind == "uncertain"))]}
    peer.route("POST", "/batch", Reply(207, json=first), Reply(207, json=again))
    post = acme.batched(acme.statuses, **options)
    events = [acme.event(f"{n}") for n in range(3)]
    outcomes = list(connect(post).deliver(post, events, retry=clock.retry(**retry)))
    assert acme.kinds(outcomes) == ["delivered", kind, "delivered"]
    sent = [request.json() for request in peer.requests]
    assert sent == [["0", "1", "2"], ["2"] if kind == "uncertain" else ["1", "2"]]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_whole_batch_that_may_have_been_applied_is_uncertain(connect, peer, clock, acme, status):
    peer.route("POST", "/batch", Reply(status), Reply(200))
    post = acme.batched()
    outcomes = connect(post).deliver(post, [acme.event(), acme.event()], retry=clock.retry())
    assert acme.kinds(outcomes) == ["uncertain"] * 2
    assert len(peer.requests) == 1


def test_after_an_accepted_request_an_unclear_second_one_is_not_sent_again(
    connect, peer, clock, acme
):
    @action(title="Post")
    def post(client, payload: acme.Message):
        client.post("/messages")
        client.post("/more")

    peer.route("POST", "/messages")
    peer.route("POST", "/more", Reply(503))
    outcome = deliver(connect(post), post, acme, retry=clock.retry(unclear=True))
    assert (outcome.kind, len(peer.requests)) == ("uncertain", 2)


WAITS = {
    "2, 3": 3,
    "1.5": 1.5,
    "2.0": 2,
    " 4 ": 4,
    "5s": 5,
    "2500ms": 2.5,
    '"6"': 6,
    "0": 0,
    "7,": 7,
    "nonsense, 8": 8,
}


@pytest.mark.parametrize("value", WAITS)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept_in_every_form(connect, peer, clock, acme, value, status):
    peer.route("POST", "/messages", Reply(status, headers={"Retry-After": value}), Reply(200))
    post = acme.poster()
    assert deliver(connect(post), post, acme, retry=clock.retry()).kind == "delivered"
    assert WAITS[value] <= clock.slept[0] <= WAITS[value] + 2


@pytest.mark.parametrize("value", ["soon", "-5", "1e3", "5 minutes", "", "9" * 20])
def test_a_429_without_a_value_that_can_be_read_waits_a_second_at_least(
    connect, peer, clock, acme, value
):
    peer.route("POST", "/messages", Reply(429, headers={"Retry-After": value}), Reply(200))
    post = acme.poster()
    assert deliver(connect(post), post, acme, retry=clock.retry()).kind == "delivered"
    assert 1 <= clock.slept[0] <= 2


FORMATS = {
    "IMF-fixdate": "%a, %d %b %Y %H:%M:%S GMT",
    "RFC 850": "%A, %d-%b-%y %H:%M:%S GMT",
    "asctime": "%a %b %d %H:%M:%S %Y",
    "ISO 8601": "%Y-%m-%dT%H:%M:%SZ",
    "ISO with an offset": "%Y-%m-%dT%H:%M:%S+00:00",
    "ISO with a blank": "%Y-%m-%d %H:%M:%S UTC",
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_date_is_kept_in_every_form(connect, peer, clock, acme, name):
    moment = clock.start + timedelta(seconds=20)
    text = moment.strftime(FORMATS[name])
    peer.route("POST", "/messages", Reply(503, headers={"Retry-After": text}), Reply(200))
    post = acme.poster()
    assert deliver(connect(post), post, acme, retry=clock.retry()).kind == "delivered"
    assert 18 <= clock.slept[0] <= 21


@pytest.mark.parametrize("name", ["RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"])
@pytest.mark.parametrize("form", ["seconds", "epoch", "milliseconds", "a date"])
def test_a_429_waits_for_the_end_of_a_rate_limit(connect, peer, clock, acme, name, form):
    ends = clock.start + timedelta(seconds=9)
    forms = {
        "seconds": "8",
        "epoch": f"{ends.timestamp():.0f}",
        "milliseconds": f"{ends.timestamp() * 1000:.0f}",
        "a date": ends.isoformat(timespec="seconds"),
    }
    peer.route("POST", "/messages", Reply(429, headers={name: forms[form]}), Reply(200))
    post = acme.poster()
    assert deliver(connect(post), post, acme, retry=clock.retry()).kind == "delivered"
    assert 7 <= clock.slept[0] <= 10


@pytest.mark.parametrize("value", ['"default";r=0;t=8', "limit=100, remaining=0, reset=8"])
def test_the_rate_limit_fields_of_both_drafts_are_read(connect, peer, clock, acme, value):
    name = "RateLimit"
    peer.route("POST", "/messages", Reply(429, headers={name: value}), Reply(200))
    post = acme.poster()
    assert deliver(connect(post), post, acme, retry=clock.retry()).kind == "delivered"
    assert 7 <= clock.slept[0] <= 10


def test_retry_after_goes_before_the_end_of_a_rate_limit(connect, peer, clock, acme):
    headers = {"Retry-After": "2", "X-RateLimit-Reset": "50"}
    peer.route("POST", "/messages", Reply(429, headers=headers), Reply(200))
    post = acme.poster()
    assert deliver(connect(post), post, acme, retry=clock.retry()).kind == "delivered"
    assert 2 <= clock.slept[0] < 10


def test_the_end_of_a_rate_limit_says_nothing_of_a_503(connect, peer, clock, acme):
    peer.route("POST", "/messages", Reply(503, headers={"X-RateLimit-Reset": "50"}), Reply(200))
    post = acme.poster()
    assert deliver(connect(post), post, acme, retry=clock.retry()).kind == "delivered"
    assert clock.slept[0] < 1


@pytest.mark.parametrize(
    ("headers", "kind", "wait_s"),
    [
        ({"Retry-After": "3"}, "delivered", 3),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4"}, "delivered", 4),
        ({"X-RateLimit-Remaining": "10", "X-RateLimit-Reset": "4"}, "rejected", None),
        ({}, "rejected", None),
    ],
)
def test_a_plugin_may_read_a_403_as_a_rate_limit(connect, peer, clock, acme, headers, kind, wait_s):
    def classify(response):
        return throttled(response) if response.status == 403 else None

    peer.route("POST", "/messages", Reply(403, headers=headers), Reply(200))
    post = acme.poster()
    connection = connect(post, classify_response=classify)
    assert deliver(connection, post, acme, retry=clock.retry()).kind == kind
    assert [wait_s <= slept <= wait_s + 1 for slept in clock.slept] == [True] * (
        kind == "delivered"
    )


def test_two_header_lines_are_one_list(connect, peer, clock, acme):
    post = acme.poster()
    lines = {"Retry-After": "3", "retry-after": "2"}
    peer.route("POST", "/messages", Reply(429, headers=lines), Reply(200))
    assert deliver(connect(post), post, acme, retry=clock.retry()).kind == "delivered"
    assert 3 <= clock.slept[0] <= 4


def test_a_time_without_zone_that_an_action_gives_is_taken_as_utc(connect, clock, acme):
    at = (clock.start + timedelta(seconds=5)).replace(tzinfo=None)
    said = [Outcome.retry("later", at), Outcome.delivered()]

    @action(title="Post")
    def post(payload: acme.Message):
        return said.pop(0)

    assert deliver(connect(post), post, acme, retry=clock.retry()).kind == "delivered"
    assert 4 <= clock.slept[0] <= 6


def test_a_time_without_zone_is_taken_as_utc_and_ends_no_delivery(connect, peer, clock, acme):
    at = (clock.start + timedelta(seconds=5)).replace(tzinfo=None)
    peer.route("POST", "/messages", Reply(429), Reply(200))
    post = acme.poster()
    connection = connect(
        post,
        classify_response=lambda response: (
            Verdict(Kind.THROTTLED, at) if response.status == 429 else None
        ),
    )
    assert deliver(connection, post, acme, retry=clock.retry()).kind == "delivered"
    assert 4 <= clock.slept[0] <= 6
