"""The format of a destination file: one attrs class for each table, which is its schema, too."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import attrs

from portcall.fields import field

Kind: TypeAlias = Literal[
    "string", "secret", "integer", "number", "boolean", "datetime", "date", "object", "list", "any"
]
Meaning: TypeAlias = Literal["ok", "challenged", "throttled", "rejected", "unavailable"]
METHOD: Final = "method"
"""Name of the setting that says which of several methods a customer signs in with."""
METHODS: Final = ("get", "post", "put", "patch", "delete")


@attrs.frozen
class MemberTable:
    """One member of an object: what a field has, but for members of its own."""

    label: str = field(label="Label", description="Name of the field, as people see it.")
    type: Kind = field(label="Type", default="string")
    items: Kind = field(label="Type of the items", description="For lists only.", default="any")
    description: str = field(label="Description", default="")
    default: Any = field(
        label="Default",
        description='A value, or a mapping directive: `{ "@path" = "$.properties.email" }`.',
        default=None,
    )
    choices: Any = field(
        label="Choices",
        description="A list of values, a table of values and their labels, or `dynamic`.",
        default=None,
    )
    format: str | None = field(
        label="Format", description="Such as `hostname-label`.", default=None
    )
    placeholder: str = field(label="Placeholder", default="")
    depends_on: dict[str, Any] | None = field(
        label="Depends on",
        description="Other fields, and their values with which this field applies.",
        default=None,
    )
    required: Any = field(
        label="Required",
        description="True, false, or other fields and their values with which this field is required.",
        default=None,
    )
    minimum: float | None = field(label="Minimum", default=None)
    maximum: float | None = field(label="Maximum", default=None)
    category: str = field(label="Category", default="")


@attrs.frozen
class FieldTable(MemberTable):
    """One input: a setting, or a field of an action's payload."""

    fields: dict[str, MemberTable] = field(
        label="Members",
        description="For an object, or for each item of a list of objects.",
        default={},
    )


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


@attrs.frozen
class ChoicesTable(CallTable):
    """How the values for a field with dynamic choices are listed."""

    items: str = field(label="Items", description="Path of the list: `$.channels[*]`.")
    value: str = field(label="Value", default="$")
    label: str | None = field(label="Label", default=None)
    next_page: str | None = field(
        label="Next page", description="Path of the value that requests it.", default=None
    )
    next_url: str | None = field(
        label="Next URL", description="Path of the whole URL of the next page.", default=None
    )
    page_query: str | None = field(label="Query parameter of the page", default=None)
    search_query: str | None = field(label="Query parameter of the search", default=None)


@attrs.frozen
class CaseTable(CallTable):
    """The request in place of the action's own, for one method, one sync mode or one membership."""

    method: str | None = field(
        label="Method", description="How the connection signs in.", default=None
    )
    sync_mode: str | None = field(label="Sync mode", default=None)
    membership: bool | None = field(
        label="Membership", description="True to add to an audience, false to remove.", default=None
    )


@attrs.frozen
class OnSaveTable(CallTable):
    """What is asked when a mapping is saved; templates of the action then see the result as `saved`."""

    fields: dict[str, FieldTable] = field(label="Fields", default={})
    saved: dict[str, str] = field(
        label="Saved", description="Names, and paths of the answer: `$.id`.", default={}
    )


@attrs.frozen
class AudienceTable(CallTable):
    """How an audience is made, or looked up."""

    id: str = field(label="Id", description="Path of its id in the answer: `$.id`.")


@attrs.frozen
class PresetTable:
    """A subscription to start from."""

    name: str = field(label="Name")
    subscribe: str = field(label="Filter")
    mapping: dict[str, Any] = field(label="Mapping", default={})


@attrs.frozen
class ActionTable(CallTable):
    """One thing that the destination can do with an event."""

    title: str = field(label="Title")
    description: str = field(label="Description", default="")
    subscribe: str = field(label="Filter", default="")
    idempotent: bool = field(label="Idempotent", default=False)
    idempotency_header: str | None = field(label="Header of the idempotency key", default=None)
    sync_modes: list[str] = field(label="Sync modes", default=[])
    full_sync: bool = field(label="Every sync holds all members", default=False)
    cases: list[CaseTable] = field(label="Cases", default=[])
    on_save: OnSaveTable | None = field(label="On save", default=None)
    create_audience: AudienceTable | None = field(label="Creating an audience", default=None)
    get_audience: AudienceTable | None = field(label="Looking up an audience", default=None)
    fields: dict[str, FieldTable] = field(label="Fields", default={})
    batch: BatchTable | None = field(label="Batch", default=None)
    choices: dict[str, ChoicesTable] = field(label="Choices", default={})
    presets: list[PresetTable] = field(label="Presets", default=[])


@attrs.frozen
class MethodTable:
    """One way to sign in, of several that a customer chooses from."""

    label: str = field(label="Label")
    fields: dict[str, FieldTable] = field(label="Fields", default={})
    request: RequestTable = field(label="Request", default=RequestTable())
    identity: IdentityTable | None = field(
        label="Identity", description="Instead of the destination's own.", default=None
    )
    scheme: Literal["custom"] | None = field(
        label="Scheme",
        description="`custom` where this method does without what the destination declares to its scheme.",
        default=None,
    )


@attrs.frozen
class DestinationTable:
    """A whole destination."""

    slug: str = field(label="Slug", description="What people type.")
    name: str | None = field(label="Name", default=None)
    description: str = field(label="Description", default="", format="text")
    documentation: list[str] = field(
        label="Documentation", description="URLs of the API's pages.", default=[]
    )
    scheme: str = field(label="Scheme", default="custom")
    hosts: list[str] = field(
        label="Hosts", description="Hosts that the destination may send requests to."
    )
    fields: dict[str, FieldTable] = field(label="Fields", default={})
    methods: dict[str, MethodTable] = field(label="Methods", default={})
    request: RequestTable = field(label="Request", default=RequestTable())
    identity: IdentityTable | None = field(label="Identity", default=None)
    answers: list[AnswerTable] = field(label="Answers", default=[])
    actions: dict[str, ActionTable] = field(label="Actions", default={})
    on_delete: CallTable | None = field(label="Deletion", default=None)
