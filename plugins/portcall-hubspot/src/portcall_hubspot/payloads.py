"""What HubSpot's contacts and custom events take, and how it is read from an event."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import attrs

from portcall import dynamic, encode_json, field, path


@attrs.frozen
class Contact:
    """A contact; what is not given stays as HubSpot has it."""

    email: str = field(
        label="Email",
        description="Finds the contact.",
        format="email",
        default=path("$.traits.email"),
    )
    first_name: str | None = field(label="First name", default=path("$.traits.firstName"))
    last_name: str | None = field(label="Last name", default=path("$.traits.lastName"))
    phone: str | None = field(label="Phone", default=path("$.traits.phone"))
    company: str | None = field(label="Company name", default=path("$.traits.company.name"))
    job_title: str | None = field(label="Job title", default=path("$.traits.title"))
    website: str | None = field(label="Website", default=path("$.traits.website"))
    properties: dict[str, Any] = field(
        label="Other properties",
        description="By their internal names: `lifecyclestage`; an empty text clears one.",
        default={},
    )

    def to_properties(self) -> dict[str, str]:
        """Return the contact's properties by HubSpot's internal names."""
        named = {
            "email": self.email,
            "firstname": self.first_name,
            "lastname": self.last_name,
            "phone": self.phone,
            "company": self.company,
            "jobtitle": self.job_title,
            "website": self.website,
        }
        return _texts({**named, **self.properties})


@attrs.frozen
class BehaviouralEvent:
    """One occurrence of a custom event that is defined in the account."""

    event_name: str = field(
        label="Event name",
        description="As the account defines it: `pe12345678_order_completed`.",
        default=path("$.event"),
        choices=dynamic,
    )
    email: str | None = field(
        label="Email",
        description="Finds the contact; needed where neither object ID nor user token is given.",
        default=path("$.properties.email"),
        required={"object_id": None, "user_token": None},
    )
    object_id: str | None = field(label="Object ID", description="The record's ID in HubSpot.")
    user_token: str | None = field(
        label="User token", description="The visitor's `hubspotutk` cookie."
    )
    occurred_at: datetime | None = field(label="Time", default=path("$.timestamp"))
    properties: dict[str, Any] = field(
        label="Properties",
        description="Those that the event's definition has.",
        default=path("$.properties"),
    )
    message_id: str | None = field(
        label="Message ID",
        description="HubSpot takes one event of each ID and refuses repeats.",
        default=path("$.messageId"),
    )

    def to_json(self) -> dict[str, Any]:
        """Return the body of the request; what is None is left out."""
        body = {
            "eventName": self.event_name,
            "email": self.email,
            "objectId": self.object_id,
            "utk": self.user_token,
            "occurredAt": self.occurred_at,
            "properties": _texts(self.properties),
            "uuid": _uuid(self.message_id),
        }
        return {name: value for name, value in body.items() if value is not None}


def _texts(values: dict[str, Any]) -> dict[str, str]:
    """Write property values as the text that HubSpot takes; None is left out."""
    return {
        name: value if isinstance(value, str) else encode_json(value).decode()
        for name, value in values.items()
        if value is not None
    }


def _uuid(message_id: str | None) -> str | None:
    """Return a message id as a UUID, the same for the same id."""
    if message_id is None:
        return None
    try:
        return str(UUID(message_id))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"portcall:{message_id}"))
