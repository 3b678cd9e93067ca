"""What an operator allows one connection beyond the rule, and how long its requests may take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

import attrs

_LISTS: Final = ("allow_private", "allow_http")


@attrs.frozen(kw_only=True)
class Reach:
    """Where a connection may go and how long it may take; None is "no opinion".

    Args:
        allow_private: Hosts, addresses or networks that need not be public.
        allow_http: Public hosts that requests may go to over plain http.
        ca_file: Absolute path of the only certificate authorities to trust.
        timeout_s: Seconds for each request.
    """

    allow_private: tuple[str, ...] | None = None
    allow_http: tuple[str, ...] | None = None
    ca_file: str | None = None
    timeout_s: float | None = None

    def over(self, weaker: Reach) -> Self:
        """Return the same, with what *weaker* says where this says nothing."""
        said = self.said()
        return attrs.evolve(self, **{n: v for n, v in weaker.said().items() if n not in said})

    def said(self) -> dict[str, Any]:
        """Return what is said, by name."""
        return {name: value for name, value in _items(self) if value is not None}

    def to_json(self) -> dict[str, Any]:
        """Return what is said as plain JSON."""
        return {n: list(v) if isinstance(v, tuple) else v for n, v in self.said().items()}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; what a newer version wrote beside it is passed over."""
        known = {name: document[name] for name, _ in _items(cls()) if name in document}
        values: dict[str, Any] = {n: tuple(v) if n in _LISTS else v for n, v in known.items()}
        return cls(**values)


def _items(reach: Reach) -> list[tuple[str, Any]]:
    return [(each.name, getattr(reach, each.name)) for each in attrs.fields(Reach)]
