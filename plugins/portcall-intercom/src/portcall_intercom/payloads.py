"""What the actions read from an event, and what they write."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import attrs

from portcall import dynamic, field, path

MOST_METADATA: Final = 10
_RICH: Final = ({"url", "value"}, {"amount", "currency"})
"""The objects that an event may have: a link with its text, and an amount of money."""


@attrs.frozen
class Event:
    """An event of a contact that exists."""

    event_name: str = field(
        label="Event name",
        description="Intercom advises a verb in the past and a noun: placed-order.",
        default=path("$.event"),
    )
    user_id: str | None = field(
        label="External ID",
        description="Finds the contact; needed where there is no email.",
        default=path("$.userId"),
        required={"email": None},
    )
    email: str | None = field(label="Email", default=path("$.context.traits.email"))
    created_at: datetime = field(
        label="Time",
        description="Intercom keeps one event of a contact, a name and a second.",
        default=path("$.timestamp"),
    )
    metadata: dict[str, Any] | None = field(
        label="Metadata",
        description="The first 10 texts, numbers and booleans, links ({url, value}) and amounts "
        "({amount, currency}); other objects and lists are left out.",
        default=path("$.properties"),
    )

    def to_json(self) -> dict[str, Any]:
        """Return the body of the request; what is None is left out."""
        kept = {n: v for n, v in (self.metadata or {}).items() if _is_taken(v)}
        return _given(
            event_name=self.event_name,
            user_id=self.user_id,
            email=self.email,
            created_at=_seconds(self.created_at),
            metadata=dict(list(kept.items())[:MOST_METADATA]) or None,
        )


@attrs.frozen
class Contact:
    """A user, whom external ID or email identify."""

    user_id: str | None = field(
        label="External ID",
        description="Needed where there is no email.",
        default=path("$.userId"),
        required={"email": None},
    )
    email: str | None = field(label="Email", default=path("$.traits.email"))
    name: str | None = field(label="Name", default=path("$.traits.name"))
    phone: str | None = field(label="Phone", default=path("$.traits.phone"))
    avatar: str | None = field(
        label="Avatar", description="URL of an image.", default=path("$.traits.avatar")
    )
    signed_up_at: datetime | None = field(label="Signed up", default=path("$.traits.createdAt"))
    last_seen_at: datetime | None = field(label="Last seen", default=path("$.timestamp"))
    owner_id: int | None = field(label="Owner", description="ID of a teammate.", default=None)
    unsubscribed_from_emails: bool | None = field(label="Unsubscribed from emails", default=None)
    custom_attributes: dict[str, Any] | None = field(
        label="Custom attributes", description="By names that exist in Intercom.", default=None
    )

    def to_json(self) -> dict[str, Any]:
        """Return the body of the request; what is None is left out."""
        return _given(
            role="user",
            external_id=self.user_id,
            email=self.email,
            name=self.name,
            phone=self.phone,
            avatar=self.avatar,
            signed_up_at=_seconds(self.signed_up_at),
            last_seen_at=_seconds(self.last_seen_at),
            owner_id=self.owner_id,
            unsubscribed_from_emails=self.unsubscribed_from_emails,
            custom_attributes=self.custom_attributes,
        )


@attrs.frozen
class Company:
    """A company, and a contact of it."""

    company_id: str = field(
        label="Company ID", description="It can never be changed.", default=path("$.groupId")
    )
    name: str | None = field(label="Name", default=path("$.traits.name"))
    plan: str | None = field(label="Plan", default=path("$.traits.plan"))
    size: int | None = field(label="Number of employees", default=path("$.traits.employees"))
    website: str | None = field(label="Website", default=path("$.traits.website"))
    industry: str | None = field(label="Industry", default=path("$.traits.industry"))
    monthly_spend: int | None = field(label="Monthly spend", default=None)
    custom_attributes: dict[str, Any] | None = field(
        label="Custom attributes", description="By names that exist in Intercom.", default=None
    )
    user_id: str | None = field(
        label="External ID of a contact",
        description="Who is added to the company; without contacts, Intercom does not show it.",
        default=path("$.userId"),
    )

    def to_json(self) -> dict[str, Any]:
        """Return the body of the request; what is None is left out."""
        return _given(
            company_id=self.company_id,
            name=self.name,
            plan=self.plan,
            size=self.size,
            website=self.website,
            industry=self.industry,
            monthly_spend=self.monthly_spend,
            custom_attributes=self.custom_attributes,
        )


@attrs.frozen
class Tagging:
    """A tag for a contact."""

    user_id: str = field(label="External ID", default=path("$.userId"))
    tag: str = field(label="Tag", description="Its ID.", choices=dynamic)


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _is_taken(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) in _RICH
    return isinstance(value, str | int | float | bool)
