"""A subscription that a destination suggests, ready to be switched on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from portcall.model import EMPTY


@attrs.frozen
class Preset:
    """A subscription to start from.

    Args:
        name: For people: ``"Orders"``.
        subscribe: Which events, in FQL.
        mapping: What differs from the fields' own defaults, by field name.
    """

    name: str
    subscribe: str
    mapping: Mapping[str, Any] = EMPTY
