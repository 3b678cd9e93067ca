"""Secrets that were met on the way, and texts without them."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, Final

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class KnownSecrets:
    """Takes every secret that it was told of out of any text; safe to use from any thread."""

    __slots__ = ("_kept", "_redactor")

    def __init__(self) -> None:
        self._kept: list[object] = []
        self._redactor: Any = None

    def remember(self, *objects: object) -> None:
        """Never show the secrets that are in *objects*: settings, credentials, what was typed."""
        self._kept += objects
        self._redactor = None

    @property
    def redactor(self) -> Any:
        """Takes every secret that was remembered out of any text."""
        redactor = self._redactor  # another thread may remember something meanwhile
        if redactor is None:
            # Not at the top: `portcall --help` has no secrets and should not wait for this.
            text = import_module("portcall.redaction.text")
            redactor = self._redactor = text.Redactor(text.secrets_in(*self._kept))
        return redactor

    def redact(self, text: str) -> str:
        """Return *text* with ``***`` in place of secrets."""
        return str(self.redactor(text)) if self._kept else text

    def clean(self, text: str) -> str:
        """Return *text* without secrets and without characters that steer a terminal."""
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", self.redact(text))

    def line(self, text: str) -> str:
        """Return *text* clean and on one line."""
        return " ".join(self.clean(text).split())
