"""Host patterns: ``"api.example.com"``, ``"*.example.com"``, either with a port."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import attrs

from portcall.errors import HookError, PolicyError
from portcall.urls import host_of

_PATTERN: Final = re.compile(
    r"(\*\.)?(\[[0-9A-Fa-f:.]+\]|[^:\[\]*/?#@\\\s]+)(?::([1-9][0-9]{0,4}))?"
)
_REGISTRY: Final = re.compile(
    r"[^.]*|(?:ac|co|com|edu|gov|govt|gob|go|ne|net|or|org)\.[a-z]{2}", re.IGNORECASE
)
"""Suffixes under which names are sold to the public, as far as their form shows it."""


@attrs.frozen
class Pattern:
    """One host, or every host below a suffix.

    Args:
        host: Lower-case ASCII name or address; the suffix itself where ``below`` is set.
        below: Whether hosts with one or more labels before ``host`` are meant, and not ``host``.
        port: The only port meant; None leaves it to the reader.
        scheme: The only scheme meant; None leaves it to the reader.
    """

    host: str
    below: bool = False
    port: int | None = None
    scheme: str | None = None

    @staticmethod
    @lru_cache(maxsize=4096)
    def read(text: str, *, registries: bool = False) -> Pattern:
        """Read a pattern.

        Args:
            text: As a plugin or operator wrote it.
            registries: Take suffixes under which names are sold to the public, such as ``"*.com"``.

        Raises:
            HookError: It is not a host, or a suffix of at least two labels, with an optional port.
        """
        match = _PATTERN.fullmatch(text)
        try:
            if match and (not match[1] or registries or not _REGISTRY.fullmatch(match[2])):
                return Pattern(host_of(match[2]), bool(match[1]), _port(match[3]))
        except PolicyError:
            pass
        raise HookError(
            f"host pattern {shown_pattern(text)!r}: write 'api.example.com', '*.example.com' (a "
            "suffix of at least two labels) or '{setting}'; ':port' after a host that is not on 443"
        )

    def covers(self, host: str, port: int) -> bool:
        """Return whether *host* is meant; and *port*, where the pattern has one."""
        if self.port is not None and self.port != port:
            return False
        if self.below:
            return host.endswith(self.host) and host[-len(self.host) - 1 : -len(self.host)] == "."
        return host == self.host

    def __str__(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        scheme = f"{self.scheme}://" if self.scheme else ""
        port = f":{self.port}" if self.port else ""
        return f"{scheme}{'*.' if self.below else ''}{name}{port}"


def shown_pattern(text: str) -> str:
    """Return the start of a pattern for a message, up to the first character that no host has."""
    start = re.match(r"[\w.:*{}\[\]-]{0,80}", text, re.ASCII)
    return text if start and start[0] == text else f"{start[0] if start else ''}..."


def _port(text: str | None) -> int | None:
    port = int(text) if text else None
    if port is not None and port > 65_535:
        raise PolicyError("a port is at most 65535")
    return port
