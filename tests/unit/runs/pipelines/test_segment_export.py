import pytest

from portcall.runs.pipelines.pipeline import Pipeline

PIPELINE = 'connection = "a"\nsubscriptions = "segment.json"\n'
MAPPING = {"user_id": {"@path": "$.userId"}}
OF_API = {
    "id": "eoeXaMeAYcB2XvEApJDrQs",
    "name": "Orders",
    "actionId": "uD9jEQ4DxJZzhzVqppM7UD",
    "actionSlug": "trackEvent",
    "destinationId": "fP7qoQw2HTWt9WdMr718gn",
    "modelId": "",
    "enabled": True,
    "trigger": 'type = "track"',
    "settings": MAPPING,
}
OF_CODE = {
    "name": "Orders",
    "partnerAction": "trackEvent",
    "subscribe": 'type = "track"',
    "mapping": MAPPING,
    "enabled": True,
    "type": "automatic",
}


@pytest.mark.parametrize(
    "held",
    [
        {"data": {"subscriptions": [OF_API], "pagination": {"current": "MA==", "totalEntries": 1}}},
        {"data": {"subscription": OF_API}},
        {"subscriptions": [OF_API]},
        [OF_API],
        OF_API,
        [OF_CODE],
        OF_CODE,
    ],
)
def test_segments_own_subscriptions_are_taken_as_they_are(write, planned, held):
    write("segment.json", held)
    [found] = planned(PIPELINE)
    assert (found.name, found.action.name) == ("Orders", "track_event")
    assert found.subscribe == 'type = "track"'
    assert found.mapping == MAPPING


def test_what_segment_keeps_for_itself_in_a_mapping_is_passed_over(write, planned):
    own = {"enable_batching": True, "batch_size": 500, "userId": {"@path": "$.anonymousId"}}
    write("segment.json", [{**OF_API, "settings": own}])
    [found] = planned(PIPELINE)
    assert found.mapping == {"user_id": {"@path": "$.anonymousId"}}


def test_two_of_one_name_are_told_apart_and_those_that_are_off_are_left_out(write, planned):
    off = {**OF_API, "enabled": False}
    write("segment.json", [OF_API, off, OF_API, {**OF_API, "name": None}])
    assert [each.name for each in planned(PIPELINE)] == ["Orders", "Orders 3", "trackEvent"]


def test_a_subscription_without_a_mapping_has_that_of_the_fields(write, planned):
    write("segment.json", [{**OF_API, "settings": None}])
    [found] = planned(PIPELINE)
    assert set(found.origins.values()) == {"default"}


def test_faults_are_named_as_the_file_spells_them(write, plan_problems):
    broken = {"actionSlug": "trackEvnt", "trigger": "type ="}
    worse = {**OF_API, "settings": {"usr_id": 1}, "trigger": "type is x"}
    write("segment.json", {"data": {"subscriptions": [broken, worse]}})
    found = dict(plan_problems(PIPELINE))
    place = "segment.json: data.subscriptions"
    assert "did you mean 'track_event'?" in found[f"{place}[0].actionSlug"]
    assert "did you mean 'user_id'?" in found[f"{place}[1].settings"]
    assert f"{place}[1].trigger" in found


def test_an_empty_trigger_takes_no_event_there_and_is_refused_here(write, problems):
    write("segment.json", [{**OF_API, "trigger": ""}])
    assert problems(PIPELINE) == {
        "segment.json[0].trigger": "segment.json[0].trigger: it must not be empty"
    }


def test_the_first_page_of_several_is_not_taken_for_all(write, problems):
    page = {"subscriptions": [OF_API], "pagination": {"current": "MA==", "next": "MQ=="}}
    write("segment.json", {"data": page})
    assert "one page of several" in str(problems(PIPELINE))


@pytest.mark.parametrize("held", ["[7]", "7", '[{"trigger": "x"}]', "{}", "[]", "{"])
def test_what_is_no_list_of_subscriptions_is_refused(write, problems, held):
    write("segment.json", held)
    assert problems(PIPELINE)


def test_portcalls_own_subscriptions_may_lie_in_a_file_too(write):
    write("segment.json", [{"action": "track", "preset": "Orders"}])
    [found] = Pipeline.read(write("shop.toml", PIPELINE)).subscriptions
    assert (found.preset, found.merge) == ("Orders", True)
