"""Rules of what an outbox keeps: messages once, within its bounds, dead letters, and counts of outcomes."""

from __future__ import annotations

import json

from portcall.errors import OutboxFullError
from portcall.outbox import (
    Bounds,
    Lane,
    Settlement,
    Wanted,
)
from portcall.testing.outbox_suite.suite_events import (
    LANE,
    OutboxFactory,
    deliver,
    event,
    names,
    take,
)
from portcall.testing.store_suite.checking import same, true


class KeepingRules:
    """A put is kept once, whole or not at all; what was not delivered is kept for an operator."""

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
