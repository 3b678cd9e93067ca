"""Rules of claims: order, leases, outcomes, and connections that are held back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from portcall.outbox import (
    MOST_LOST,
    Finding,
    Lane,
    LeaseLostError,
    OutboxStorage,
    Settlement,
)
from portcall.testing.outbox_suite.suite_events import (
    LANE,
    MOST_BYTES,
    OutboxFactory,
    deliver,
    event,
    names,
    take,
)
from portcall.testing.store_suite.checking import same, true


class ClaimRules:
    """Each event is one worker's at a time, until it has one outcome."""

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
                    claim = outbox.claim(lane.id, 3, MOST_BYTES, 60.0)
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
        claims = [outbox.claim(lane_id, 1 + place % 3, MOST_BYTES, 60.0) for place in range(14)]
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
        same(names(outbox.claim(lane_id, 9, MOST_BYTES, 60.0)), ["d"], "what was never lost")
        given_back = outbox.claim(lane_id, 9, MOST_BYTES, 60.0, lost=1)
        same(names(given_back), ["b", "c"], "what was lost once")
        outbox.end(given_back)  # a worker that ended in good order
        first = outbox.claim(lane_id, 1, MOST_BYTES, 60.0, lost=1)
        outbox.end(first, [Settlement(ids=first.ids, state="delivered")])
        for times in range(1, MOST_LOST):
            same([each.lost for each in outbox.ready()], [times], "how often the other one was")
            again = outbox.claim(lane_id, 9, MOST_BYTES, 0.0, lost=times)
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
        claim = outbox.claim(_lane(outbox, "shop"), 1, MOST_BYTES, 60.0)
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


def _lane(outbox: OutboxStorage, connection: str) -> int:
    [found] = [each.id for each in outbox.ready() if each.lane.connection == connection]
    return found
