"""Every claim as EventBridge sees it."""

import json
from pathlib import Path

import pytest

from portcall import (
    AuthenticationError,
    PolicyError,
    RequestError,
    ResponseError,
    SettingsError,
    ThrottledError,
    UnavailableError,
)
from portcall.testing import Reply, conformance

KEYS = {
    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "region": "us-east-1",
}
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "m-1",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {"total": 41.5, "currency": "€"},
}
TYPE = {"Content-Type": "application/x-amz-json-1.1"}


def answer(*results):
    failed = sum("ErrorCode" in each for each in results)
    body = json.dumps({"FailedEntryCount": failed, "Entries": list(results)}).encode()
    return Reply(200, body=body, headers=TYPE)


TAKEN = {"EventId": "17793124-05d4-b198-2fde-7ededc63b103"}


def failed(code, message="no"):
    return {"ErrorCode": code, "ErrorMessage": message}


@pytest.fixture
def connection(peer, host):
    peer.route("POST", "/", answer(TAKEN))
    return host.destination("eventbridge").connect({**KEYS, "endpoint": peer.url})


def perform(connection, event, action="put_event"):
    return connection.perform(connection.destination.actions[action], event)


test_conformance = conformance("eventbridge")


@pytest.mark.parametrize(
    ("region", "host_"),
    [
        ("eu-central-1", "events.eu-central-1.amazonaws.com"),
        ("cn-north-1", "events.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_it_talks_to_the_endpoint_of_its_region_only(host, region, host_):
    destination = host.destination("eventbridge")
    connection = destination.connect({**KEYS, "region": region})
    assert list(destination.stack.allowed_hosts(connection.settings)) == [host_]
    with pytest.raises(PolicyError, match=host_):
        connection.client.get("https://events.us-west-2.amazonaws.com/")


def test_event_arrives_as_one_signed_entry(connection, peer):
    perform(connection, EVENT)
    [request] = peer.requests
    assert request.headers["x-amz-target"] == "AWSEvents.PutEvents"
    assert request.headers["content-type"] == "application/x-amz-json-1.1"
    assert "/us-east-1/events/aws4_request" in request.headers["authorization"]
    [entry] = request.json()["Entries"]
    assert json.loads(entry.pop("Detail")) == EVENT
    assert entry == {
        "EventBusName": "default",
        "Source": "portcall",
        "DetailType": "Order Completed",
        "Time": 1777636800.0,
    }


def test_batch_arrives_in_order(connection, peer):
    peer.route("POST", "/", answer(*[TAKEN] * 10))
    events = [{"type": "track", "event": f"E{n}", "timestamp": "x"} for n in range(9)]
    perform(connection, {"batch": [*events, {"type": "page"}]}, "put_events")
    entries = peer.requests[0].json()["Entries"]
    assert [entry["DetailType"] for entry in entries] == [*(f"E{n}" for n in range(9)), "page"]
    assert json.loads(entries[3]["Detail"]) == events[3]
    assert "Time" not in entries[3]


@pytest.mark.parametrize("count", [0, 11])
def test_batch_that_one_request_does_not_take_is_refused(connection, peer, count):
    with pytest.raises(RequestError, match="1 to 10"):
        perform(connection, {"batch": [{}] * count}, "put_events")
    assert peer.requests == ()


def test_refused_entries_of_a_200_are_named(connection, peer):
    peer.route("POST", "/", answer(TAKEN, failed("InternalFailure"), failed("MalformedDetail")))
    with pytest.raises(ResponseError) as caught:
        perform(connection, {"batch": [{}] * 3}, "put_events")
    assert "2 of 3 entries failed" in str(caught.value)
    assert "entry 2: InternalFailure: no; entry 3: MalformedDetail: no" in str(caught.value)
    assert not isinstance(caught.value, ThrottledError)


@pytest.mark.parametrize(
    ("codes", "error"),
    [
        (["ThrottlingException"] * 2, ThrottledError),
        (["ThrottlingException", "InternalException"], UnavailableError),
        (["ThrottlingException", "NotAuthorizedForSourceException"], ResponseError),
    ],
)
def test_all_may_be_sent_again_only_if_none_was_taken(connection, peer, codes, error):
    peer.route("POST", "/", answer(*map(failed, codes)))
    with pytest.raises(ResponseError) as caught:
        perform(connection, {"batch": [{}] * 2}, "put_events")
    assert type(caught.value) is error


def test_refused_key_is_an_authentication_error(connection, peer):
    body = b'{"__type":"UnrecognizedClientException","message":"The security token is invalid"}'
    peer.route("POST", "/", Reply(400, body=body, headers=TYPE))
    with pytest.raises(AuthenticationError, match="UnrecognizedClientException"):
        perform(connection, EVENT)


def test_event_without_a_name_is_refused(connection, peer):
    with pytest.raises(SettingsError, match="Detail type is missing"):
        perform(connection, {"type": "track"})
    assert peer.requests == ()


def test_identity_is_the_arn_of_the_bus(connection, peer):
    arn = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    peer.route("POST", "/", Reply(200, body=json.dumps({"Arn": arn}).encode(), headers=TYPE))
    assert connection.test() == f"event bus {arn}"
    assert peer.requests[0].json() == {"Name": "default"}


def test_example_of_the_readme_is_true(peer):
    peer.route("POST", "/", answer(TAKEN))
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    code = readme.split("```python\n")[1].split("```")[0]
    local = code.replace("Host()", "Host(allow_private=['127.0.0.1'])")
    exec(local.replace("https://events.us-east-1.amazonaws.com", peer.url), {})
    assert len(peer.requests) == 1


def test_a_server_that_checks_signatures_takes_events(aws, host):
    connection = host.destination("eventbridge").connect(aws.settings())
    assert connection.test() == "event bus arn:aws:events:us-east-1:123456789012:event-bus/default"
    queues = aws.client("sqs")
    queue = queues.create_queue(QueueName="seen")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:seen"
    rules = aws.client("events")
    rules.put_rule(Name="all", EventPattern='{"source": ["portcall"]}')
    rules.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
    perform(connection, EVENT)
    [message] = queues.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["detail"] == EVENT


def test_a_server_that_checks_signatures_refuses_another_secret(aws, host):
    settings = aws.settings(secret_access_key="wrong")
    with pytest.raises(AuthenticationError):
        perform(host.destination("eventbridge").connect(settings), EVENT)
