"""Events that are prepared many at once have the outcomes and the bytes that each has alone."""

from collections import UserDict
from itertools import chain, pairwise
from threading import Event

import attrs
import pytest
from hypothesis import given, settings, strategies as st

from portcall import Outcome, Outcomes, action, field, path, template
from portcall.actions.fql import Subscription, compile_condition
from portcall.actions.fql.writing import written_condition
from portcall.actions.payloads import all_odd
from portcall.delivery.alike import Alike
from portcall.delivery.batch import Batch
from portcall.delivery.event_reader import MOST, EventReader
from portcall.delivery.grouping import Grouping
from portcall.delivery.idle import IDLE
from portcall.delivery.plan import Plan
from portcall.delivery.preparing import preparer
from portcall.delivery.reorder_buffer import ReorderBuffer


@attrs.frozen
class Order:
    user: str = field(label="User", default=path("$.userId"))
    total: float = field(label="Total", default=path("$.total"))
    note: str | None = field(label="Note", default=path("$.properties.note"))
    lines: str | None = field(label="Lines", format="text", default=path("$.properties.note"))
    count: int | None = field(label="Count", default=path("$.count"))
    is_paid: bool | None = field(label="Paid", default=path("$.paid"))
    title: str = field(label="Title", default=template("{{userId}}: {{total}}"))


@attrs.frozen
class Nested:
    user: str = field(label="User", default=path("$.userId"))
    more: dict | None = field(label="More", default=path("$.properties"))


EVENTS = st.lists(
    st.one_of(
        st.just({"type": "track", "userId": "u-1", "total": 1, "properties": {"note": "n"}}),
        st.fixed_dictionaries(
            {"type": st.sampled_from(["track", "page"])},
            optional={
                "userId": st.sampled_from(
                    ["u", "", None, 7, True, "\ud800", "é\n", ["x"], "Zoë", 'a "b', "c\\", "d\x7f"]
                ),
                "total": st.sampled_from(
                    [
                        1,
                        2.5,
                        -0.0,
                        1e22,
                        "3",
                        "x",
                        None,
                        float("nan"),
                        float("-inf"),
                        10**30,
                        10**400,
                    ]
                ),
                "properties": st.sampled_from(
                    [
                        None,
                        {},
                        {"note": "n" * 30},
                        {"note": {"a": 1}},
                        [],
                        "t",
                        {"note": 'one\n"two"'},
                    ]
                ),
                "count": st.sampled_from([0, -7, True, "8", 1.5, 2**70]),
                "paid": st.sampled_from([True, False, "yes", 1]),
            },
        ),
        st.sampled_from([None, [], "text", UserDict({"type": "track", "userId": "u", "total": 2})]),
    ),
    max_size=200,
)


def _plan(cls, asked, *, subscribe='type = "track"', **how):
    @action(title="Track", subscribe=subscribe)
    def track(client, payload: cls):
        """Send one."""

    functions = {
        "items": lambda client, items: Outcomes.delivered(items),
        "payloads": lambda client, payloads: Outcomes.delivered(payloads),
        "both": lambda client, payloads, items: Outcomes.delivered(items),
        "events": lambda client, items, events: Outcomes.delivered(items),
    }
    track.batch(**how)(functions[asked])
    return Plan.of(track)


def _refused(index, exc):
    return Outcome("rejected", index, f"{type(exc).__name__}: {exc}")


def _made(plan, events):
    """Return the rows of each batch, and what is not sent."""
    reader = EventReader(events, Event(), [])
    batches, outcomes = [], []
    for each in Grouping(plan, preparer(plan, _refused)).batches(reader):
        if isinstance(each, Batch):
            batches.append((each.indexes, each.datas, repr(each.payloads), each.events))
        else:
            outcomes += each
    return batches, outcomes


@pytest.mark.parametrize("cls", [Order, Nested])
@pytest.mark.parametrize("asked", ["items", "payloads", "both", "events"])
@pytest.mark.parametrize(
    "how", [{"size": 7}, {"size": 50, "size_bytes": 300}, {"size": 9, "item_bytes": 40}]
)
@settings(max_examples=15)
@given(events=EVENTS)
def test_many_at_once_are_as_each_alone(cls, asked, how, events):
    plan = _plan(cls, asked, **how)
    assert plan.pack_many is not all_odd
    assert _made(plan, events) == _made(attrs.evolve(plan, pack_many=all_odd), events)


@pytest.mark.parametrize("cls", [Order, Nested])
@pytest.mark.parametrize("asked", ["items", "payloads", "both"])
def test_no_usual_event_is_prepared_by_itself(cls, asked):
    usual = {"type": "track", "userId": "u", "total": 2.5, "count": 7, "paid": True}
    events = [usual, usual | {"total": 3, "properties": {"note": "n"}}, {"type": "page"}]
    columns = _plan(cls, asked, size=100).pack_many(events)
    assert (columns.odd, columns.skipped) == ([], [2])


@pytest.mark.parametrize("character", [*map(chr, range(0x21)), *'"\\\x7f\x80é€\u2028\ud800😀'])
def test_a_character_in_one_of_many_texts_is_written_or_refused_as_in_a_single_one(character):
    plan = _plan(Order, "items", size=100)
    usual = {"type": "track", "userId": "u", "total": 1}
    odd = [usual | {"userId": f"u{character}"}, usual | {"properties": {"note": f"{character}n"}}]
    events = [usual, odd[0], usual, {"type": "page"}, odd[1], usual | {"total": 2.5}]
    assert _made(plan, events) == _made(attrs.evolve(plan, pack_many=all_odd), events)


def test_no_batch_is_over_its_bounds_and_no_event_is_lost():
    plan = _plan(Order, "items", size=9, size_bytes=200)
    events = [{"type": "track", "userId": "u" * (n % 40 + 1), "total": n} for n in range(500)]
    batches, outcomes = _made(plan, events)
    assert list(chain.from_iterable(indexes for indexes, *_ in batches)) == list(range(500))
    assert outcomes == []
    for (_, datas, *_), (_, after, *_) in pairwise(batches):
        assert len(b",".join(datas)) <= 200
        assert len(datas) == 9 or len(b",".join([*datas, after[0]])) > 200


def test_events_before_one_that_cannot_be_read_are_kept():
    def events():
        yield from range(MOST * 3)
        raise OSError("gone")

    broken = []
    reader, read = EventReader(events(), Event(), broken), []
    while not reader.is_over:
        some, is_idle = reader.read(1000)
        assert len(some) <= MOST
        assert not is_idle
        read += some
    assert read == list(range(MOST * 3))
    assert [str(exc) for exc in broken] == ["gone"]


def test_none_is_read_after_a_stop_and_a_pause_is_told():
    stop = Event()

    def events():
        yield 0
        yield IDLE
        yield 1
        stop.set()
        yield 2
        raise AssertionError("read after the stop")

    reader = EventReader(events(), stop, [])
    assert reader.read(10) == ([0], False)
    assert reader.read(10) == ([], True)
    assert reader.read(10) == ([1], False)
    assert reader.read(10) == ([2], False)
    assert reader.is_over


@pytest.mark.parametrize(
    "text",
    [
        'type = "track"',
        'type != "track" or not (userId = "u" and properties.note = null)',
        'properties.note > 1 and type in ["track", "page"] or contains(userId, "u")',
        " and ".join(f'(userId != "{n}" or type = "track")' for n in range(30)),
        "not (" * 40 + 'type = "page"' + ")" * 40,
    ],
)
@settings(max_examples=20)
@given(events=EVENTS)
def test_a_written_condition_says_what_the_compiled_one_says(text, events):
    condition, names = Subscription.parse(text).condition, {}

    def name(value):
        names[f"c{len(names)}"] = value
        return f"c{len(names) - 1}"

    says = eval(f"lambda event: {written_condition(condition, name)}", names)
    for event in (each for each in events if type(each) is dict):
        assert bool(says(event)) is compile_condition(condition)(event)


def test_outcomes_that_are_alike_come_in_the_order_of_their_events():
    buffer, done = ReorderBuffer(), Outcome.delivered()
    assert list(buffer.put(Alike(done, range(4, 6)))) == []
    assert list(buffer.put(Alike(Outcome.skipped(), [1, 3]))) == []
    assert buffer.held == 4
    assert [each.index for each in chain.from_iterable(buffer.put(Alike(done, [0])))] == [0, 1]
    found = list(chain.from_iterable(buffer.put([Outcome("rejected", 2, "no")])))
    assert found == [
        Outcome("rejected", 2, "no"), Outcome("skipped", 3), Outcome("delivered", 4), Outcome("delivered", 5),
    ]  # fmt: skip
    assert buffer.held == 0


def test_all_alike_is_a_mapping_like_any_other():
    every = Outcomes.delivered("abc")
    assert every == Outcomes(dict.fromkeys(range(3), Outcome.delivered()))
    assert every.with_rejected({1: "no"})[1] == Outcome.rejected("no")
    assert [every[0], every[3].kind] == [Outcome.delivered(), "uncertain"]
