import pytest

from portcall import SettingsError
from portcall.runs.pipelines.planning import plan_action

ONE = 'connection = "a"\n[[subscriptions]]\naction = "track_event"\n'
EVENT = {
    "type": "track", "event": "Order Completed", "userId": "u-7", "properties": {"total": 3}
}  # fmt: skip


def test_without_more_the_action_says_everything(planned):
    [found] = planned(ONE)
    assert found.subscribe == 'type = "track"'
    assert found.mapping["user_id"] == {"@path": "$.userId"}
    assert "channel" not in found.mapping
    assert found.origins == dict.fromkeys(("user_id", "text", "total", "pin"), "default")
    assert found.plan.matches({"type": "track"})
    assert not found.plan.matches({"type": "page"})
    assert found.plan.read(EVENT).text == "Order Completed: 3"
    assert (found.plan.workers, found.plan.sync_mode) == (None, "upsert")


def test_a_preset_is_laid_over_the_defaults_and_the_pipeline_over_both(planned):
    [found] = planned(f'{ONE}preset = "orders"\nmapping = {{ text = "Hello" }}')
    assert found.subscribe == 'type = "track" and event = "Order Completed"'
    assert found.origins["user_id"] == "default"
    assert found.origins["channel"] == "preset"
    assert found.origins["text"] == "pipeline"
    payload = found.plan.read(EVENT)
    assert (payload.user_id, payload.channel, payload.text) == ("u-7", "orders", "Hello")


def test_a_mapping_is_in_place_of_all_defaults_unless_it_is_to_be_merged(planned):
    own = 'mapping = { user_id = "u", text = "t" }'
    [whole] = planned(f"{ONE}{own}")
    [merged] = planned(f"{ONE}merge = true\n{own}")
    assert set(whole.mapping) == {"user_id", "text"}
    assert whole.plan.read(EVENT).total is None
    assert merged.plan.read(EVENT).total == 3.0
    [alone] = planned(f'{ONE}preset = "Orders"\nmerge = false\n{own}')
    assert set(alone.mapping) == {"user_id", "text"}


def test_what_is_given_reaches_the_order(planned):
    text = f'{ONE}subscribe = ""\nsync_mode = "delete"\nsaved = {{ id = 7 }}'
    [found] = planned(text.replace('"a"', '"a"\nworkers = 9', 1))
    assert (found.subscribe, found.plan.matches) == ("", None)
    assert (found.plan.sync_mode, found.plan.saved, found.plan.workers) == (
        "delete", {"id": 7}, 9
    )  # fmt: skip


def test_those_that_are_off_are_left_out_and_one_has_to_be_left(planned, plan_problems):
    assert [each.name for each in planned(f"{ONE}enabled = false\n{_table('add_member')}")] == [
        "add_member"
    ]
    [(place, message)] = plan_problems(f"{ONE}enabled = false")
    assert (place, message) == ("subscriptions", "subscriptions: none is enabled")


def test_every_fault_of_every_subscription_is_listed(plan_problems):
    text = (
        f"{_table('track_evnt')}"
        f"{_table('TrackEvent')}subscribe = 'type is track'\npreset = 'Order'\nsync_mode = 'add'\n"
        "mapping = { usr_id = 1, text = { '@pth' = '$.x' }, total = { '@if' = {} } }\n"
        f"{_table('add_member')}mapping = {{ email = {{ '@path' = 7 }} }}\n"
    )
    found = plan_problems(f'connection = "a"\n{text}')
    places = [place.removeprefix("subscriptions") for place, _ in found]
    assert places == [
        "[0].action", "[1].preset", "[1].mapping", "[1].mapping", "[1].mapping",
        "[1].subscribe", "[1].sync_mode", "[2].mapping",
    ]  # fmt: skip
    said = "\n".join(message for _, message in found)
    for hint in ("'track_event'?", "'Orders'?", "'user_id'?", "did you mean @path?", "upsert"):
        assert hint in said


def test_the_caret_of_a_filter_stands_under_its_place(planned):
    with pytest.raises(SettingsError) as caught:
        planned(f"{ONE}subscribe = 'type = \"track\" and event is x'")
    lines = str(caught.value).splitlines()
    at = next(index for index, line in enumerate(lines) if line.strip() == "^")
    assert lines[at - 1][lines[at].index("^") :].startswith("is x")
    assert "shop.toml cannot be used:" in lines[0]


def test_a_directive_that_works_on_all_fields_stands_alone(planned):
    [found] = planned(
        f"""{ONE}
        [subscriptions.mapping]
        __segment_internal_directive = {{ "@transform" = {{ apply = {{ "@path" = "$" }} }} }}
        user_id = {{ "@path" = "$.userId" }}
        text = "t"
        """
    )
    assert list(found.mapping) == ["@transform"]
    assert found.plan.read(EVENT).user_id == "u-7"


def test_one_action_is_planned_without_a_file(destination):
    action = destination.actions["track_event"]
    found = plan_action(action, subscribe="", mapping={"text": "x", "user_id": "u"}, workers=2)
    assert (found.name, found.subscribe, found.plan.workers) == ("track_event", "", 2)
    assert found.origins == {"text": "given", "user_id": "given"}
    with pytest.raises(SettingsError) as caught:
        plan_action(action, subscribe="type", mapping={"txt": 1}, sync_mode="add")
    assert [each.path for each in caught.value.problems] == ["mapping", "subscribe", "sync_mode"]


def _table(action):
    return f'[[subscriptions]]\naction = "{action}"\n'
