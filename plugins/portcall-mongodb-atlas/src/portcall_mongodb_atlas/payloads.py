"""What Atlas takes about alerts and access lists, and how it is read from an event."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from portcall import field, path


@attrs.frozen
class Acknowledgement:
    """Who looks after which alert until when."""

    alert_id: str = field(
        label="Alert ID",
        description="24 hexadecimal digits.",
        default=path("$.properties.alert_id"),
    )
    until: datetime = field(
        label="Until",
        description="From then on Atlas notifies again.",
        default=path("$.properties.until"),
    )
    comment: str | None = field(label="Comment", default=path("$.properties.comment"))

    def to_json(self) -> dict[str, Any]:
        """Return the body of the request."""
        return _given(acknowledgedUntil=self.until, acknowledgementComment=self.comment)


@attrs.frozen
class Access:
    """One entry of a project's access list."""

    address: str = field(
        label="Address",
        description="An IP address, or a range: `192.0.2.0/24`.",
        default=path("$.properties.address"),
    )
    comment: str | None = field(label="Comment", default=path("$.properties.comment"))
    until: datetime | None = field(
        label="Until",
        description="Atlas removes the entry then; at most seven days ahead.",
        default=path("$.properties.until"),
    )

    def to_json(self) -> dict[str, Any]:
        """Return the entry as the body of the request has it."""
        name = "cidrBlock" if "/" in self.address else "ipAddress"
        entry = _given(comment=self.comment, deleteAfterDate=self.until)
        return {name: self.address, **entry}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
