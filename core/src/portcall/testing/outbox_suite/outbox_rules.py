"""What an outbox does in one process."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any, TypeAlias

from portcall.errors import OutboxFullError
from portcall.outbox import (
    MOST_LOST,
    Bounds,
    Claim,
    Finding,
    Lane,
    LeaseLostError,
    NewEvent,
    OutboxStorage,
    Settlement,
    Wanted,
)
from portcall.testing.store_suite.checking import same, true

OutboxFactory: TypeAlias = Callable[..., Any]
"""Opens the outbox under test."""

LANE = Lane(connection="shop", action="track")
_MOST_BYTES = 1 << 20


def event(name: str, **more: Any) -> NewEvent:
    """Return an event to put."""
    return NewEvent(data=json.dumps({"event": name}), **more)


def take(outbox: OutboxStorage, most: int = 100, lease_s: float = 60.0) -> Claim:
    """Claim from the lane that has waited longest."""
    ready = outbox.ready()[0]
    claim = outbox.claim(ready.id, most, _MOST_BYTES, lease_s, ready.lost)
    if claim is None:
        raise AssertionError("a lane is ready, and nothing of it can be claimed")
    return claim


def names(claim: Claim) -> list[str]:
    """Return the names of the events of a claim."""
    return [each["event"] for each in json.loads(claim.data)]


def deliver(outbox: OutboxStorage, claim: Claim) -> None:
    """End a claim whose events were all delivered."""
    outbox.end(claim, [Settlement(ids=claim.ids, state="delivered")])


class OutboxSuite:
    """Events come out as they went in, each to one worker, until it has one outcome."""

    def test_events_come_out_in_the_order_of_their_due_times(
        self, outbox_factory: OutboxFactory
    ) -> None:
        outbox = outbox_factory()
        now_us = outbox.clock.now_us()
        later = [event("c", due_us=now_us - 1), event("a", due_us=now_us - 3)]
        ids = outbox.add(LANE, [*later, event("b", due_us=now_us - 2)])
        same(len(set(ids)), 3, "ids")
        claim = take(outbox)
        same(names(claim), ["a", "b", "c"], "the events")
        same(list(claim.ids), [ids[1], ids[2], ids[0]], "their ids")
        same((list(claim.attempts), claim.lane), ([0, 0, 0], LANE), "attempts and lane")

    def test_an_event_is_one_workers_at_a_time(self, outbox_factory: OutboxFactory) -> None:
        one, other = outbox_factory(), outbox_factory()
        ids = one.add(LANE, [event(f"e{number}") for number in range(60)])

        def work(outbox: OutboxStorage) -> list[int]:
            taken: list[int] = []
            for _ in range(60):
                for lane in outbox.ready():
                    claim = outbox.claim(lane.id, 3, _MOST_BYTES, 60.0)
                    if claim is not None:
                        taken += claim.ids
                        deliver(outbox, claim)
            return taken

        with ThreadPoolExecutor(4) as threads:
            taken = list(threads.map(work, [one, other, one, other]))
        same(sorted(chain.from_iterable(taken)), sorted(ids), "what all workers took")
        same(one.status().counts["delivered"], 60, "the number delivered")

    def test_many_claims_of_one_lane_share_no_event(self, outbox_factory: OutboxFactory) -> None:
        outbox, other = outbox_factory(), Lane(connection="shop", action="other")
        ids: list[int] = []
        for number in range(12):
            ids += outbox.add(LANE, [event(f"a{number}"), event(f"b{number}")])
            outbox.add(other, [event(f"c{number}")])
        lane_id = next(each.id for each in outbox.ready() if each.lane == LANE)
        claims = [outbox.claim(lane_id, 1 + place % 3, _MOST_BYTES, 60.0) for place in range(14)]
        taken = [event_id for claim in claims if claim is not None for event_id in claim.ids]
        same(taken, ids, "what all claims have together, in order")

    def test_nothing_is_claimed_before_it_is_due(self, outbox_factory: OutboxFactory) -> None:
        outbox = outbox_factory()
        due_us = outbox.clock.now_us() + 3_600_000_000
        outbox.add(LANE, [event("later", due_us=due_us)])
        same(list(outbox.ready()), [], "the lanes that are ready")
        same(outbox.next_due_us(), due_us, "the next instant")

    def test_a_claim_holds_as_many_bytes_as_it_may(self, outbox_factory: OutboxFactory) -> None:
        outbox = outbox_factory()
        outbox.add(LANE, [event("x" * 1000), event("y" * 1000), event("z" * 1000)])
        lane_id = outbox.ready()[0].id
        for most_bytes, want in ((2100, 2), (10, 1)):
            claim = outbox.claim(lane_id, 100, most_bytes, 60.0)
            same(len(claim.ids), want, f"events of {most_bytes} bytes")

    def test_a_message_id_is_kept_once(self, outbox_factory: OutboxFactory) -> None:
        outbox = outbox_factory()
        first, again, other = outbox.add(
            LANE, [event("a", message_id="m"), event("b", message_id="m"), event("c")]
        )
        same((first, again == first, other == first), (first, True, False), "the ids")
        same(list(outbox.add(LANE, [event("d", message_id="m")])), [first], "the id of another put")
        deliver(outbox, take(outbox))
        same(list(outbox.add(LANE, [event("d", message_id="m")])), [first], "after the delivery")
        elsewhere = outbox.add(
            Lane(connection="shop", action="other"), [event("e", message_id="m")]
        )
        true(elsewhere != [first], "another action's event is another")
        same(outbox.entry(first).message_id, "m", "the message id")

    def test_events_with_one_key_are_claimed_one_by_one(
        self, outbox_factory: OutboxFactory
    ) -> None:
        outbox = outbox_factory()
        for name in ("a1", "b1", "a2", "a3"):
            outbox.add(LANE, [event(name, ordering_key=name[0])])
        first = take(outbox)
        same(names(first), ["a1", "b1"], "the first of each key")
        same(list(outbox.ready()), [], "the lanes that are ready")
        retried = Settlement(ids=first.ids[:1], state="waiting", outcome="retry", due_us=1)
        outbox.end(first, [retried, Settlement(ids=first.ids[1:], state="delivered")])
        again = take(outbox)
        same(
            (names(again), list(again.attempts)),
            (["a1"], [1]),
            "the first, which was not delivered",
        )
        outbox.end(again, [Settlement(ids=again.ids, state="rejected", reason="no")])
        same(names(take(outbox)), ["a2"], "the second, as the first has its outcome")

    def test_what_has_no_outcome_waits_again(self, outbox_factory: OutboxFactory) -> None:
        outbox = outbox_factory()
        outbox.add(LANE, [event("a"), event("b")])
        claim = take(outbox)
        same(outbox.status().counts["under_way"], 2, "events under way")
        same(outbox.next_due_us(), None, "the next instant, as all are under way")
        same(outbox.entry(claim.ids[0]).state, "under_way", "the state")
        outbox.note(claim, [Settlement(ids=claim.ids[:1], state="skipped")])
        outbox.end(claim)
        same(names(take(outbox)), ["b"], "what waits")

    def test_an_outcome_is_that_of_its_events_alone(self, outbox_factory: OutboxFactory) -> None:
        outbox = outbox_factory()
        ids = outbox.add(LANE, [event(name) for name in "abcde"])
        claim = take(outbox)
        outbox.note(claim, [Settlement(ids=[ids[4], ids[0], ids[0]], state="delivered")])
        outbox.note(claim, [Settlement(ids=[ids[3], ids[2]], state="rejected", reason="no")])
        outbox.end(claim, [Settlement(ids=[], state="delivered")])
        states = [outbox.entry(event_id).state for event_id in ids]
        same(states, ["delivered", "waiting", "rejected", "rejected", "delivered"], "the states")
        same(
            (outbox.status().held_events, names(take(outbox))),
            (3, ["b"]),
            "what is held, and waits",
        )

    def test_a_lease_that_ends_leaves_in_doubt_what_was_being_sent(
        self, outbox_factory: OutboxFactory
    ) -> None:
        outbox = outbox_factory()
        outbox.add(LANE, [event("sent"), event("waiting")])
        lost = take(outbox, lease_s=0.0)
        outbox.note(lost, [], lost.ids[:1])
        same(outbox.recover(), 2, "events of the claim")
        same(outbox.entry(lost.ids[0]).state, "uncertain", "what was being sent")
        same(names(take(outbox)), ["waiting"], "what was not")
        try:
            outbox.note(lost, [], lost.ids[1:])
        except LeaseLostError:
            pass
        else:
            raise AssertionError("a claim that was lost may still send")
        outbox.end(lost, [Settlement(ids=lost.ids[:1], state="delivered")])
        same(outbox.entry(lost.ids[0]).state, "delivered", "after its answer came")

    def test_events_of_a_claim_that_was_lost_are_claimed_apart_until_they_are_dead(
        self, outbox_factory: OutboxFactory
    ) -> None:
        outbox = outbox_factory()
        ids = outbox.add(LANE, [event(name, ordering_key=name) for name in "abc"])
        ids += outbox.add(LANE, [event("after c", ordering_key="c")])
        lost = take(outbox, lease_s=0.0)
        outbox.note(lost, [Settlement(ids=ids[:1], state="delivered")])
        outbox.recover()
        outbox.add(LANE, [event("d")])
        same(sorted(each.lost for each in outbox.ready()), [0, 1], "how often each was lost")
        lane_id = outbox.ready()[0].id
        same(names(outbox.claim(lane_id, 9, _MOST_BYTES, 60.0)), ["d"], "what was never lost")
        given_back = outbox.claim(lane_id, 9, _MOST_BYTES, 60.0, lost=1)
        same(names(given_back), ["b", "c"], "what was lost once")
        outbox.end(given_back)  # a worker that ended in good order
        first = outbox.claim(lane_id, 1, _MOST_BYTES, 60.0, lost=1)
        outbox.end(first, [Settlement(ids=first.ids, state="delivered")])
        for times in range(1, MOST_LOST):
            same([each.lost for each in outbox.ready()], [times], "how often the other one was")
            again = outbox.claim(lane_id, 9, _MOST_BYTES, 0.0, lost=times)
            same(names(again), ["c"], "the event that ends its workers")
            same(outbox.recover(), 1, "events taken back")
        dead = outbox.entry(ids[2])
        same((dead.state, f"{MOST_LOST} workers ended" in dead.reason), ("dead", True), "its end")
        after = take(outbox)
        same(names(after), ["after c"], "what has waited for it")
        deliver(outbox, after)
        same((outbox.purge(), outbox.retry(ids[2:3])), (0, 1), "what is sent again")
        same([each.lost for each in outbox.ready()], [0], "how often it was lost since")
        same(names(take(outbox)), ["c"], "what an operator has sent again")

    def test_a_lease_that_is_renewed_goes_on(self, outbox_factory: OutboxFactory) -> None:
        outbox = outbox_factory()
        outbox.add(LANE, [event("a")])
        claim = take(outbox, lease_s=0.0)
        outbox.renew([claim.id], 60.0)
        same(outbox.recover(), 0, "events taken back")

    def test_a_connection_is_held_and_let_go(self, outbox_factory: OutboxFactory) -> None:
        outbox = outbox_factory()
        outbox.add(LANE, [event("a")])
        outbox.add(Lane(connection="other", action="track"), [event("b")])
        in_a_minute = outbox.clock.now_us() + 60_000_000
        claim = outbox.claim(_lane(outbox, "shop"), 1, _MOST_BYTES, 60.0)
        outbox.end(claim, finding=Finding(kind="fails", reason="down", opens_us=in_a_minute))
        same([each.lane.connection for each in outbox.ready()], ["other"], "what is ready")
        true(outbox.release("shop"), "it was held")
        outbox.park("shop", "no more", 7)
        same(dict(outbox.parked()), {"shop": 7}, "what is parked")
        same([each.lane.connection for each in outbox.ready()], ["other"], "what is ready")
        outbox.release("shop")
        true(
            {each.lane.connection for each in outbox.ready()} == {"shop", "other"}, "both are ready"
        )

    def test_a_bound_takes_all_of_a_put_or_none(self, outbox_factory: OutboxFactory) -> None:
        outbox = outbox_factory(bounds=Bounds(events=3))
        outbox.add(LANE, [event("a"), event("b")])
        try:
            outbox.add(LANE, [event("c"), event("d")])
        except OutboxFullError:
            pass
        else:
            raise AssertionError("four events were kept, and three may be")
        same(outbox.status().held_events, 2, "events held")
        deliver(outbox, take(outbox))
        same(outbox.status().held_events, 0, "events held after the delivery")
        outbox.add(LANE, [event("c"), event("d"), event("e")])

    def test_events_of_several_lanes_are_kept_together_or_not_at_all(
        self, outbox_factory: OutboxFactory
    ) -> None:
        outbox = outbox_factory(bounds=Bounds(events=3))
        other = Lane(connection="other", action="identify")
        try:
            outbox.add_several(
                [(LANE, [event("a"), event("b")]), (other, [event("c"), event("d")])]
            )
        except OutboxFullError:
            pass
        else:
            raise AssertionError("four events were kept, and three may be")
        same(list(outbox.entries(Wanted())), [], "events kept of a put that was refused")
        ids = outbox.add_several([(other, [event("c")]), (LANE, [event("a"), event("b")])])
        found = [[outbox.entry(each).event["event"] for each in several] for several in ids]
        same(found, [["c"], ["a", "b"]], "the events by their ids")
        same(outbox.entry(ids[0][0]).connection, "other", "the connection of the first")
        same(outbox.status().held_events, 3, "events held")

    def test_dead_letters_are_corrected_retried_and_dropped(
        self, outbox_factory: OutboxFactory
    ) -> None:
        outbox = outbox_factory()
        ids = outbox.add(LANE, [event("a"), event("b"), event("c")])
        claim = take(outbox)
        outbox.end(claim, [Settlement(ids=ids, state="rejected", reason="no such user")])
        found = outbox.entries(Wanted(states=("rejected",), reason="user", connection="shop"))
        same([each.id for each in found], sorted(ids, reverse=True), "the dead letters")
        true(outbox.replace(ids[0], json.dumps({"event": "A"})), "it was corrected")
        same(outbox.retry(ids[:1]), 1, "events sent again")
        same(outbox.drop(ids[1:2]), 1, "events dropped")
        same(names(take(outbox)), ["A"], "what is sent again")
        same(outbox.status().held_events, 2, "events held")
        same(outbox.drop(ids[:1]), 0, "events under way that were dropped")

    def test_the_last_request_of_a_dead_letter_is_kept_until_it_is_retried_or_dropped(
        self, outbox_factory: OutboxFactory
    ) -> None:
        outbox = outbox_factory()
        ids = outbox.add(LANE, [event("a"), event("b"), event("c")])
        said = {"request": {"method": "POST"}, "answer": {"status": 422}}
        refused = Settlement(ids=ids[:2], state="rejected", exchange=json.dumps(said))
        outbox.end(take(outbox), [refused, Settlement(ids=ids[2:], state="dead")])
        same([outbox.entry(each).exchange for each in ids], [said, said, None], "one by one")
        wanted = Wanted(states=("rejected",), exchanges=True)
        same([each.exchange for each in outbox.entries(wanted)], [said, said], "in a list")
        same(outbox.entries(Wanted(limit=3))[1].exchange, None, "where it was not asked for")
        outbox.retry(ids[:1])
        same(outbox.entry(ids[0]).exchange, None, "after the event was retried")
        outbox.drop(ids[1:2])
        outbox.end(take(outbox), [Settlement(ids=ids[:1], state="uncertain", exchange="{}")])
        same(outbox.entry(ids[0]).exchange, {}, "after another attempt")

    def test_last_requests_count_as_bytes_and_are_kept_while_half_of_the_room_is_free(
        self, outbox_factory: OutboxFactory
    ) -> None:
        outbox = outbox_factory(bounds=Bounds(size_bytes=20_000))
        ids = outbox.add(LANE, [event(name) for name in "abcd"])
        before = outbox.status().held_bytes
        said = json.dumps({"body": "x" * 4_000})
        outbox.end(take(outbox), [Settlement(ids=ids, state="rejected", exchange=said)])
        kept = [each for each in ids if outbox.entry(each).exchange]
        same(len(kept), 2, "dead letters with their last request")
        same(outbox.status().held_bytes, before + 2 * len(said), "bytes held")
        outbox.drop(kept[:1])
        outbox.retry(kept[1:])
        same(outbox.status().held_bytes, before * 3 // 4, "bytes held after these have gone")

    def test_outcomes_are_counted_by_time(self, outbox_factory: OutboxFactory) -> None:
        outbox = outbox_factory()
        ids = outbox.add(LANE, [event(name) for name in "abcd"])
        minute_us = 60_000_000
        start_us = outbox.clock.now_us() // minute_us * minute_us
        delivered = Settlement(ids=ids[:2], state="delivered")
        rejected = Settlement(ids=ids[2:3], state="rejected", reason="no")
        outbox.end(take(outbox), [delivered, rejected])
        found = sorted(outbox.ended(start_us, 2 * minute_us, 1))  # the minute may end meanwhile
        same(found, [("delivered", 0, 2), ("rejected", 0, 1)], "in these minutes")
        found = outbox.ended(start_us - 3 * minute_us, 3 * minute_us, 2)
        same([each[1] for each in found], [1, 1], "the number of the span")
        same(list(outbox.ended(start_us - 2 * minute_us, minute_us, 2)), [], "before that")
        outbox.retry(ids[2:3])
        same(len(outbox.ended(start_us, 2 * minute_us, 1)), 2, "what has happened")


def _lane(outbox: OutboxStorage, connection: str) -> int:
    [found] = [each.id for each in outbox.ready() if each.lane.connection == connection]
    return found
