"""What an outbox keeps of the attempt that a dead letter failed at: short, and without secrets."""

import base64

import pytest

from portcall.outbox import Outbox
from portcall.testing import Reply

KEY = "zq9-planted-k3y-zq9"
ISSUED = "t0ken-of-an-answer-1"


def event(name):
    return {"type": "track", "event": name}


@pytest.fixture
def shop(host, peer, sent):
    host.connections.create("shop", "shop", {"endpoint": peer.url, "key": KEY})
    return "shop"


def test_request_and_answer_of_the_failed_attempt_are_kept(outbox, workers, sent):
    sent.answer = lambda _: Reply(422, json={"error": "no such book"})
    event_id = outbox.put("shop", "one", event("a"))
    workers().drain()
    entry = outbox.entry(event_id)
    assert entry.state == "rejected"
    assert entry.exchange["request"] == {"method": "POST", "url": "/track", "body": '["a"]'}
    answer = entry.exchange["answer"]
    assert (answer["status"], answer["content_type"]) == (422, "application/json")
    assert "no such book" in answer["body"]


def test_each_way_to_become_a_dead_letter_keeps_its_last_exchange(outbox, workers, sent, peer):
    sent.answer = lambda name: Reply(503 if name == "dead" else 500, body=b"broken")
    dead = outbox.put("shop", "put", event("dead"))
    workers(attempts=1).drain()
    outbox.release("shop")
    uncertain = outbox.put("shop", "one", event("uncertain"))
    workers().drain()
    found = [outbox.entry(each) for each in (dead, uncertain)]
    assert [each.state for each in found] == ["dead", "uncertain"]
    assert [each.exchange["answer"]["status"] for each in found] == [503, 500]
    outbox.release("shop")
    peer.close()
    silent = outbox.put("shop", "put", event("silent"))
    workers(attempts=1).drain()
    entry = outbox.entry(silent)
    assert (entry.state, entry.exchange["answer"]) == ("dead", None)
    assert "refused" in entry.exchange["error"]


def test_the_events_of_a_refused_batch_have_its_exchange(outbox, workers, sent):
    sent.answer = lambda name: Reply(404 if name == "a" else 204)
    ids = outbox.put_many("shop", "track", [event("a"), event("b")])
    workers().drain()
    bodies = [outbox.entry(each).exchange["request"]["body"] for each in ids]
    assert bodies == ['["a","b"]', '["a","b"]']


def test_a_secret_in_request_or_answer_is_in_no_file_of_the_outbox(
    outbox, workers, sent, storage, tmp_path
):
    coded = base64.b64encode(f"x{KEY}".encode()).decode()
    echo = {"you_sent": KEY, "coded": coded, "access_token": ISSUED, "long": "y" * 5_000}
    sent.answer = lambda _: Reply(400, json=echo, headers={"x-echo": KEY})
    event_id = outbox.put("shop", "one", event("a"))
    workers().drain()
    exchange = outbox.entry(event_id).exchange
    assert "***" in exchange["answer"]["body"]
    assert len(str(exchange)) < 4_096
    files = [each for each in tmp_path.iterdir() if each.name.startswith("outbox.sqlite3")]
    held = b"".join(each.read_bytes() for each in files)
    assert b"you_sent" in held
    for secret in (KEY, coded, ISSUED):
        assert secret.encode() not in held
    storage.close()


def test_what_was_delivered_and_what_never_was_sent_have_none(outbox: Outbox, workers, sent):
    delivered = outbox.put("shop", "one", event("a"))
    unsent = outbox.put("shop", "one", {"type": "track"})
    workers().drain()
    assert [outbox.entry(each).state for each in (delivered, unsent)] == ["delivered", "rejected"]
    assert [outbox.entry(each).exchange for each in (delivered, unsent)] == [None, None]
