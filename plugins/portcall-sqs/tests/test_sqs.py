"""Every claim as SQS sees it."""

import json
from pathlib import Path

import pytest

from portcall import (
    AuthenticationError,
    PolicyError,
    RequestError,
    ResponseError,
    ThrottledError,
    UnavailableError,
)
from portcall.testing import Reply, conformance

QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/events"
KEYS = {
    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "region": "us-east-1",
    "queue_url": QUEUE,
}
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "m-1",
    "userId": "u-7",
    "properties": {"total": 41.5, "currency": "€"},
}
TYPE = {"Content-Type": "application/x-amz-json-1.0"}


def answer(**said):
    return Reply(200, body=json.dumps(said).encode(), headers=TYPE)


@pytest.fixture
def connect(peer, host):
    peer.route("POST", "/", answer(MessageId="1"))

    def connect(queue="events"):
        settings = {**KEYS, "queue_url": f"{peer.url}/123456789012/{queue}"}
        return host.destination("sqs").connect(settings)

    return connect


def perform(connection, event=EVENT, action="send_message"):
    return connection.perform(connection.destination.actions[action], event)


test_conformance = conformance("sqs")


def test_event_arrives_as_one_signed_message(connect, peer):
    connection = connect()
    perform(connection)
    [request] = peer.requests
    assert request.headers["x-amz-target"] == "AmazonSQS.SendMessage"
    assert request.headers["content-type"] == "application/x-amz-json-1.0"
    assert "/us-east-1/sqs/aws4_request" in request.headers["authorization"]
    message = request.json()
    assert json.loads(message.pop("MessageBody")) == EVENT
    assert message == {"QueueUrl": connection.settings.queue_url}


def test_fifo_queue_keeps_the_order_of_a_user_and_drops_repeats(connect, peer):
    connection = connect("events.fifo")
    for event in (EVENT, {"type": "track"}, {**EVENT, "messageId": "é x", "userId": "a" * 129}):
        perform(connection, event)
    first, without, odd = (request.json() for request in peer.requests)
    assert (first["MessageGroupId"], first["MessageDeduplicationId"]) == ("u-7", "m-1")
    assert without["MessageGroupId"] == "portcall"
    assert len(without["MessageDeduplicationId"]) == 64
    assert len(odd["MessageGroupId"]) == len(odd["MessageDeduplicationId"]) == 64


def test_delay_counts_for_standard_queues_only(connect, peer):
    for queue in ("events", "events.fifo"):
        connection = connect(queue)
        send = connection.destination.actions["send_message"]
        payload = send.payload_class(body={}, delay_s=30, group_id=None, deduplication_id=None)
        send(connection.client, payload, connection.settings)
    standard, fifo = (request.json() for request in peer.requests)
    assert standard["DelaySeconds"] == 30
    assert "DelaySeconds" not in fifo


def test_batch_arrives_in_order(connect, peer):
    peer.route("POST", "/", answer(Successful=[{"Id": "1"}, {"Id": "2"}], Failed=[]))
    perform(connect("q.fifo"), {"batch": [EVENT, {"n": 2}]}, "send_messages")
    first, second = peer.requests[0].json()["Entries"]
    assert (first["Id"], first["MessageDeduplicationId"]) == ("1", "m-1")
    assert (second["Id"], json.loads(second["MessageBody"])) == ("2", {"n": 2})


@pytest.mark.parametrize("count", [0, 11])
def test_batch_that_one_request_does_not_take_is_refused(connect, peer, count):
    with pytest.raises(RequestError, match="1 to 10"):
        perform(connect(), {"batch": [{}] * count}, "send_messages")
    assert peer.requests == ()


BUSY = {"Id": "2", "Code": "InternalError", "Message": "busy", "SenderFault": False}
FAULT = {"Id": "2", "Code": "InvalidMessageContents", "Message": "no", "SenderFault": True}


@pytest.mark.parametrize(
    ("taken", "refused", "error"),
    [
        ([{"Id": "1"}], BUSY, ResponseError),
        ([], BUSY, UnavailableError),
        ([], FAULT, ResponseError),
    ],
)
def test_refused_messages_of_a_200_are_named(connect, peer, taken, refused, error):
    peer.route("POST", "/", answer(Successful=taken, Failed=[refused]))
    with pytest.raises(ResponseError, match=f"message 2: {refused['Code']}") as caught:
        perform(connect(), {"batch": [{}] * 2}, "send_messages")
    assert type(caught.value) is error


def test_throttling_with_status_400_is_throttling(connect, peer):
    body = b'{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow down"}'
    peer.route("POST", "/", Reply(400, body=body, headers=TYPE))
    with pytest.raises(ThrottledError):
        perform(connect())


def test_no_other_host_is_talked_to(connect, peer):
    with pytest.raises(PolicyError, match="not a host that this plugin declared"):
        connect().client.get("https://sqs.us-west-2.amazonaws.com/")
    assert peer.requests == ()


def test_endpoint_takes_requests_for_a_queue_elsewhere(peer, host):
    peer.route("POST", "/", answer(MessageId="1"))
    perform(host.destination("sqs").connect({**KEYS, "endpoint": peer.url}))
    assert peer.requests[0].json()["QueueUrl"] == QUEUE


def test_identity_is_the_arn_of_the_queue(connect, peer):
    arn = "arn:aws:sqs:us-east-1:123456789012:events"
    peer.route("POST", "/", answer(Attributes={"QueueArn": arn}))
    assert connect().test() == f"queue {arn}"


def test_example_of_the_readme_is_true(peer):
    peer.route("POST", "/", answer(MessageId="1"))
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    code = readme.split("```python\n")[1].split("```")[0]
    local = code.replace("Host()", "Host(allow_private=['127.0.0.1'])")
    exec(local.replace("https://sqs.us-east-1.amazonaws.com", peer.url), {})
    assert peer.requests[0].json()["MessageDeduplicationId"] == "m-1"


@pytest.mark.parametrize("name", ["events", "events.fifo"])
def test_a_server_that_checks_signatures_takes_messages(aws, host, name):
    queues = aws.client("sqs")
    attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    url = queues.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    connection = host.destination("sqs").connect(aws.settings(queue_url=url))
    assert connection.test() == f"queue arn:aws:sqs:us-east-1:123456789012:{name}"
    perform(connection)
    perform(connection, {"batch": [{"messageId": "m-2"}]}, "send_messages")
    if attributes:
        perform(connection)  # the same messageId again
    received = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert sorted(json.loads(each["Body"])["messageId"] for each in received) == ["m-1", "m-2"]


def test_a_server_that_checks_signatures_refuses_another_secret(aws, host):
    url = aws.client("sqs").create_queue(QueueName="mine")["QueueUrl"]
    settings = aws.settings(secret_access_key="wrong", queue_url=url)
    with pytest.raises(AuthenticationError):
        perform(host.destination("sqs").connect(settings))
