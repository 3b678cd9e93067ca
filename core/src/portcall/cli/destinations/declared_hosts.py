"""The hosts that a destination declares, as far as they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from portcall.destination import Destination

DEPENDS: Final = "depends on settings"


def hosts_of(destination: Destination, settings: Any = None) -> list[str]:
    """Return the declared hosts; of some plugins they cannot be known without settings."""
    try:
        return list(destination.stack.allowed_hosts(settings))
    except Exception:  # a plugin that looks into its settings
        if settings is not None:
            raise
        return [DEPENDS]
