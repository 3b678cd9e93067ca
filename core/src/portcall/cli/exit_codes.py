"""What the process exits with."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    DONE = 0
    """All of it."""

    REFUSED = 1
    """The destination refused the request, or some of the events."""

    USAGE = 2
    """The command line, the settings or a plugin cannot be used."""

    AUTHENTICATION = 3
    """The destination refused the credentials."""

    NETWORK = 4
    """No usable answer, or the destination is temporarily unavailable (429, 5xx)."""

    UNCHECKED = 5
    """A connection is kept, but the destination could not be asked whether it works."""

    INTERRUPTED = 130
    """Ctrl-C; what was done until then is said."""

    BROKEN_PIPE = 141
    """The reader of the output closed it."""
