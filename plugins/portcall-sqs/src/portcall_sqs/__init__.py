"""Amazon SQS: SendMessage and SendMessageBatch in the JSON protocol, signed with Signature Version 4.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from portcall import (
    Action,
    Client,
    RequestError,
    RequestOptions,
    Response,
    Verdict,
    action,
    field,
    hookimpl,
)
from portcall_sigv4 import SigningScope, read_json
from portcall_sqs.messages import Batch, Message, message_of, message_of_event
from portcall_sqs.results import verdict_on

MAX_MESSAGES: Final = 10
_JSON: Final = {"content-type": "application/x-amz-json-1.0"}


@attrs.frozen
class Settings:
    """One queue; the access key and the region come from the scheme."""

    queue_url: str = field(
        label="Queue URL",
        description="SQS > Queues > your queue > Details.",
        format="uri",
        placeholder="https://sqs.eu-central-1.amazonaws.com/123456789012/events",
    )
    endpoint: str | None = field(
        label="Endpoint",
        description="Only where requests go elsewhere than the queue URL says: a VPC endpoint, say.",
        format="uri",
        default=None,
        category="Advanced",
    )


@hookimpl
def auth_scheme() -> str:
    return "sigv4"


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def signing_scope(settings: Any) -> SigningScope:
    return SigningScope(service="sqs", region=settings.region)


@hookimpl
def allowed_hosts(settings: Any) -> list[str]:
    return ["{endpoint}"] if settings.endpoint else ["{queue_url}"]


@hookimpl
def extend_request(settings: Any) -> RequestOptions:
    """Requests go to the root of the queue's host; the queue is named in the body."""
    scheme, _, rest = (settings.endpoint or settings.queue_url).partition("://")
    return RequestOptions(base_url=f"{scheme}://{rest.partition('/')[0]}")


@hookimpl
def classify_response(response: Response) -> Verdict | None:
    return verdict_on(response)


@hookimpl
def test_authentication(client: Client, settings: Any) -> str:
    arguments = {"QueueUrl": settings.queue_url, "AttributeNames": ["QueueArn"]}
    answer = _call(client, "GetQueueAttributes", arguments, idempotent=True)
    return f"queue {answer['Attributes']['QueueArn']}"


@action(title="Send a message", subscribe='type = "track"')
def send_message(client: Client, payload: Message, settings: Any) -> None:
    """Send one event to the queue as JSON; a FIFO queue drops repeats by the event's messageId."""
    fifo = _is_fifo(settings)
    arguments = {"QueueUrl": settings.queue_url, **message_of(payload, fifo=fifo)}
    _call(client, "SendMessage", arguments, idempotent=fifo)


@action(title="Send a batch of messages")
def send_messages(client: Client, payload: Batch, settings: Any) -> None:
    """Send up to ten events to the queue with one request.

    Raises:
        RequestError: There are more; nothing was sent.
        ResponseError: SQS refused some of them; names the messages, counted from 1.
    """
    if not 1 <= len(payload.events) <= MAX_MESSAGES:
        raise RequestError(
            f"the batch has {len(payload.events)} events; one request takes 1 to {MAX_MESSAGES}"
        )
    fifo = _is_fifo(settings)
    entries = [
        {"Id": f"{number}", **message_of_event(event, fifo=fifo)}
        for number, event in enumerate(payload.events, 1)
    ]
    arguments = {"QueueUrl": settings.queue_url, "Entries": entries}
    _call(client, "SendMessageBatch", arguments, idempotent=fifo)


@hookimpl
def actions() -> list[Action]:
    return [send_message, send_messages]


def _call(
    client: Client, operation: str, arguments: dict[str, Any], *, idempotent: bool
) -> dict[str, Any]:
    headers = {**_JSON, "x-amz-target": f"AmazonSQS.{operation}"}
    return read_json(client.post("/", json=arguments, headers=headers, idempotent=idempotent))


def _is_fifo(settings: Any) -> bool:
    return bool(settings.queue_url.endswith(".fifo"))
