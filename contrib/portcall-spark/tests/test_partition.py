"""One partition, attempt after attempt, without Spark: what is sent, and what is not sent again."""

from __future__ import annotations

import json

import pytest

from portcall import SettingsError
from portcall.runs.inputs import Entry
from portcall.testing import Reply
from portcall_spark import SupersededError, open_commit_log
from portcall_spark.partition import PartitionDelivery

ADA = {"name": "Ada", "messageId": "m-1"}
BOB = {"name": "Bob", "messageId": "m-2"}


@pytest.fixture(params=["sqlite", "postgres"])
def log(request, tmp_path):
    """Each kind of commit log, one after the other."""
    place = f"{tmp_path / 'commits.db'}"
    if request.param == "postgres":
        place = request.getfixturevalue("real_server")("postgres").new_database()
    with open_commit_log(place) as opened:
        yield opened


def entries(*events):
    """Return entries as a table's rows are read; None for one that is not an event."""
    return iter(
        Entry(number, event, "" if event else "is not JSON", json.dumps(event).encode())
        for number, event in enumerate(events, 1)
    )


def delivered(work, log, events, part=0, attempt="a-1"):
    """Run one attempt to its end; return kind and reason of each outcome."""
    with work.opened() as (connection, action):
        taken = log.take(work.run, part, attempt)
        delivery = PartitionDelivery(work, connection, action, taken, part)
        return [(row.outcome.kind, row.outcome.reason) for row in delivery.rows(entries(*events))]


def cut_off(work, log, events, sent):
    """Begin an attempt as if its process had been killed while these events were under way."""
    with work.opened() as (connection, action):
        delivery = PartitionDelivery(work, connection, action, log.take(work.run, 0, "a-0"), 0)
        keys = [delivery._key(entry) for entry in entries(*events)]
        log.take(work.run, 0, "a-0").begun([keys[place] for place in sent])


def sent(peer):
    return [request.json() for request in peer.received("/events")]


def test_a_row_that_was_delivered_is_not_sent_by_a_second_attempt(work, log, peer):
    first = delivered(work(), log, [ADA, BOB])
    assert delivered(work(), log, [ADA, BOB], attempt="a-2") == first == [("delivered", "")] * 2
    assert [each["id"] for each in sent(peer)] == ["m-1", "m-2"]


def test_a_row_is_known_by_its_message_id_in_another_partition(work, log, peer):
    delivered(work(), log, [ADA], part=0)
    assert delivered(work(), log, [BOB, {**ADA, "name": "Ada B."}], part=7)[1][0] == "delivered"
    assert [each["id"] for each in sent(peer)] == ["m-1", "m-2"]


def test_rows_that_are_alike_are_each_sent_once(work, log, peer):
    rows = [{"name": "Ada"}, {"name": "Ada"}]
    assert delivered(work(), log, rows) == delivered(work(), log, rows, attempt="a-2")
    first, second = sent(peer)
    assert first["name"] == second["name"] == "Ada"
    assert first["id"] != second["id"]


def test_a_row_that_was_under_way_is_uncertain_where_it_must_not_be_sent_twice(work, log, peer):
    cut_off(work(), log, [ADA, BOB], sent=[0])
    (kind, reason), other = delivered(work(), log, [ADA, BOB])
    assert (kind, other) == ("uncertain", ("delivered", ""))
    assert "look there" in reason
    assert [each["id"] for each in sent(peer)] == ["m-2"]


def test_a_row_that_was_under_way_is_sent_again_where_that_does_no_harm(work, log, peer):
    named = work(action="name")
    cut_off(named, log, [{"name": "Ada"}], sent=[0])
    assert delivered(named, log, [{"name": "Ada"}]) == [("delivered", "")]
    delivered(work(action="name", run="r-2"), log, [{"name": "Ada"}])
    assert sent(peer)[0]["name"] == "Ada"


def test_an_attempt_stops_where_a_later_one_has_begun(work, log, peer):
    with work().opened() as (connection, action):
        early = log.take("r-1", 0, "a-1")
        log.take("r-1", 0, "a-2")
        delivery = PartitionDelivery(work(), connection, action, early, 0)
        with pytest.raises(SupersededError, match="later attempt"):
            list(delivery.rows(entries(ADA)))
    assert sent(peer) == []


def test_what_was_not_applied_is_sent_again_by_the_next_attempt(work, log, peer):
    peer.route("POST", "/events", Reply(429, headers={"Retry-After": "3600"}), Reply(200))
    assert delivered(work(), log, [ADA])[0][0] == "retry"
    assert delivered(work(), log, [ADA], attempt="a-2") == [("delivered", "")]


def test_a_row_that_is_no_event_is_rejected_and_takes_no_other_with_it(work, log, peer):
    assert delivered(work(), log, [None, ADA]) == [("rejected", "is not JSON"), ("delivered", "")]
    assert len(sent(peer)) == 1


def test_the_counts_of_a_run_are_those_of_its_partitions(work, log):
    delivered(work(), log, [ADA, {"messageId": "m-3"}], part=0)
    delivered(work(), log, [BOB], part=1)
    assert log.counts("r-1") == {"delivered": 2, "rejected": 1}
    log.forget("r-1")
    assert log.counts("r-1") == {}


def test_a_password_is_refused_in_the_place_of_the_log():
    with pytest.raises(SettingsError, match="PGPASSWORD") as caught:
        open_commit_log("postgresql://ada:canary-77@127.0.0.1/x")
    assert "canary-77" not in str(caught.value)
