"""Find the outbox that a path or a URL asks for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

from portcall.errors import UnknownPluginError
from portcall.outbox.sqlite.sqlite_outbox import SQLiteOutbox
from portcall.outbox.storage import OutboxStorage
from portcall.plugins.catalog import survey
from portcall.secret import Secret, reveal

VARIABLE: Final = "PORTCALL_OUTBOX"
GROUP: Final = "outboxes"
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]+)://")


def open_outbox(place: str | Path | Secret | None = None) -> OutboxStorage:
    """Open the outbox at *place*; nothing is read or made before it is used.

    Args:
        place: The path of a file, or a URL such as ``postgres://user@server/database``; what
            ``PORTCALL_OUTBOX`` names if None, and a file in this user's data folder if it names none. What
            stands before the colon of a URL is looked up in the entry-point group ``portcall.outboxes``, and
            called with the URL.

    Raises:
        UnknownPluginError: No installed distribution brings such an outbox.
        PluginLoadError: It cannot be imported.
    """
    if place is None:
        place = os.environ.get(VARIABLE) or None
    if place is None or isinstance(place, Path):
        return SQLiteOutbox(place)
    scheme = _SCHEME.match(reveal(place))
    if scheme is None:
        return SQLiteOutbox(Path(reveal(place)).expanduser())
    return _opener(scheme[1])(Secret(place))


def _opener(scheme: str) -> Callable[[Secret], OutboxStorage]:
    try:
        found = survey(GROUP)[GROUP][scheme]
    except UnknownPluginError as exc:
        reason = str(exc)
    else:
        return cast("Callable[[Secret], OutboxStorage]", found.load())
    hint = "; pip install portcall-postgres" if scheme in {"postgres", "postgresql"} else ""
    raise UnknownPluginError(f"an outbox at {scheme}://: {reason}{hint}")
