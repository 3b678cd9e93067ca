"""The error that ends an input before its end."""

from __future__ import annotations

from portcall.errors import PortcallError


class InputError(PortcallError):
    """The input cannot be opened, or not be read any further; entries before it were given."""
