"""What a project says of one connection."""

from __future__ import annotations

import attrs

from portcall.model.limits import NO_LIMITS, Limits
from portcall.store.reach import Reach


@attrs.frozen(kw_only=True)
class ProjectConnection(Reach):
    """What a project says of one connection, in addition to what `Reach` has; None means "no opinion".

    Args:
        destination: The slug, where no connection of this name is kept.
        limits: Further limits of every request.
        workers: How many calls may be in flight at once.
        rate: Events a second at most.
    """

    destination: str | None = None
    limits: Limits = NO_LIMITS
    workers: int | None = None
    rate: float | None = None
