"""The format of a destination file: one attrs class for each table, which is its schema, too."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import attrs

from portcall.declarative.call_documents import (
    AnswerTable,
    BatchTable,
    CallTable,
    IdentityTable,
    RequestTable,
)
from portcall.fields import field

Kind: TypeAlias = Literal[
    "string", "secret", "integer", "number", "boolean", "datetime", "date", "object", "list", "any"
]
METHOD: Final = "method"
"""Name of the setting that says which of several methods a customer signs in with."""


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
