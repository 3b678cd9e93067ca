"""Tables of a destination file about requests, what their answers mean, and batches."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import attrs

from portcall.fields import field

Meaning: TypeAlias = Literal["ok", "challenged", "throttled", "rejected", "unavailable"]
METHODS: Final = ("get", "post", "put", "patch", "delete")


@attrs.frozen
class LimitsTable:
    """Deadline and caps of requests."""

    timeout_s: float | None = field(label="Timeout in seconds", minimum=0.1, default=None)
    connect_timeout_s: float | None = field(
        label="Connect timeout in seconds", minimum=0.1, default=None
    )
    max_body_bytes: int | None = field(label="Largest body of an answer", minimum=1, default=None)
    max_redirects: int | None = field(label="Redirects to follow", minimum=0, default=None)


@attrs.frozen
class RequestTable:
    """What every request of the destination has; values are templates."""

    base_url: str | None = field(label="Base URL", default=None)
    headers: dict[str, str] = field(label="Headers", default={})
    query: dict[str, Any] = field(label="Query", default={})
    username: str | None = field(label="User name", description="For HTTP Basic.", default=None)
    password: str | None = field(label="Password", description="For HTTP Basic.", default=None)
    limits: LimitsTable | None = field(label="Limits", default=None)


@attrs.frozen
class CallTable:
    """One request: a method with its URL, and at most one body; values are templates."""

    get: str | None = field(label="URL of a GET", default=None)
    post: str | None = field(label="URL of a POST", default=None)
    put: str | None = field(label="URL of a PUT", default=None)
    patch: str | None = field(label="URL of a PATCH", default=None)
    delete: str | None = field(label="URL of a DELETE", default=None)
    headers: dict[str, str] = field(label="Headers", default={})
    query: dict[str, Any] = field(label="Query", default={})
    username: str | None = field(
        label="User name", description="For HTTP Basic, in this request only.", default=None
    )
    password: str | None = field(
        label="Password", description="For HTTP Basic, in this request only.", default=None
    )
    json: Any = field(label="JSON body", default=None)
    form: dict[str, Any] | None = field(label="Form body", default=None)
    body: str | None = field(label="Body as text", format="text", default=None)


@attrs.frozen
class IdentityTable(CallTable):
    """The request that shows whose credentials these are."""

    name: str | None = field(
        label="Name", description="Path of the identity: `$.name`.", default=None
    )
    proof: str | None = field(
        label="Proof",
        description="Path of a value that only an answer to valid credentials has: `$.user.id`.",
        default=None,
    )


@attrs.frozen
class AnswerTable:
    """One rule about answers: what those of a status, with certain values in the body, mean."""

    means: Meaning = field(label="Meaning")
    status: Any = field(label="Status", description="A status code, or a list.", default=None)
    where: dict[str, Any] = field(
        label="Where",
        description="Paths of the body with the value, or a list of the values, that they have.",
        default={},
    )
    contains: Any = field(
        label="Contains",
        description="A text that the body contains, or a list of texts, one of which it contains.",
        default=None,
    )
    headers: dict[str, str] = field(
        label="Headers", description="Header fields of the answer with their values.", default={}
    )
    reason: str | None = field(
        label="Reason", description="Path of the destination's error message.", default=None
    )
    retry_after_s: str | None = field(
        label="Retry after",
        description="Path of the seconds to wait: `$.retry_after`.",
        default=None,
    )
    not_applied: bool = field(
        label="Not applied",
        description="With `unavailable`: such a request was not applied, and may be sent again.",
        default=False,
    )


@attrs.frozen
class ResultsTable:
    """Where the answer to a batch says what became of each item."""

    items: str = field(label="Items", description="Path of the results: `$.errors[*]`.")
    statuses: list[int] = field(
        label="Refusals with results",
        description="Status codes of refusals whose body says what became of each item: `[400]`.",
        default=[],
    )
    by: Literal["order", "index", "id"] = field(label="Assigned by", default="order")
    index: str | None = field(
        label="Index",
        description="Path inside a result: `$.index`, or `$.indexes[*]` where a result is of several items.",
        default=None,
    )
    index_from: int = field(label="First index", default=0, minimum=0, maximum=1)
    index_pattern: str | None = field(
        label="Pattern of the index",
        description="A regular expression with one group.",
        default=None,
    )
    id: str | None = field(label="Id", description="Path inside a result: `$.id`.", default=None)
    item_id: Any = field(
        label="Id of an item",
        description="A template: `{{payload.id}}`, or a list of them where an item has several ids.",
        default=None,
    )
    delivered: dict[str, Any] = field(
        label="Delivered where",
        description="Paths inside a result with the values that say: the item was taken.",
        default={},
    )
    retry: dict[str, Any] = field(
        label="Retry where",
        description="Paths inside a result with the values that say: send the item again.",
        default={},
    )
    status: str | None = field(
        label="Status", description="Path of an HTTP status of the item.", default=None
    )
    reason: str | None = field(
        label="Reason", description="Path inside a result: `$.message`.", default=None
    )
    means: Literal["rejected", "retry"] = field(
        label="Meaning",
        description="What a result says of its item where nothing else does: a list of refused places, say.",
        default="rejected",
    )
    retry_after_s: float | None = field(
        label="Seconds until an item is sent again", minimum=0, default=None
    )
    others: Literal["delivered", "retry", "uncertain"] = field(
        label="Items without a result",
        description="`retry`: the API took none of the batch; these are sent again without the others.",
        default="uncertain",
    )


@attrs.frozen
class BatchTable(CallTable):
    """How an action takes many events with one request."""

    size: int = field(label="Most items", minimum=1, maximum=100_000)
    size_bytes: int | None = field(label="Largest batch in bytes", minimum=1, default=None)
    item_bytes: int | None = field(label="Largest item in bytes", minimum=1, default=None)
    max_age_s: float | None = field(
        label="Longest wait of an item in seconds", minimum=0.001, default=None
    )
    keys: list[str] = field(label="Keys", description="Fields that all items share.", default=[])
    item: Any = field(
        label="Item",
        description="A template of one item; by default the payload's fields.",
        default=None,
    )
    lines: list[Any] | None = field(
        label="Lines",
        description="Templates of the lines of one item (newline-delimited JSON); one may be `{{item}}`.",
        default=None,
    )
    results: ResultsTable | None = field(label="Results", default=None)
    refusals: list[ResultsTable] = field(
        label="Refusals",
        description="What refusals of certain `statuses` say of each item, where results say it otherwise.",
        default=[],
    )
