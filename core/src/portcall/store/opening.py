"""Find the store that a URL asks for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Final, cast

from portcall.errors import SettingsError, UnknownPluginError
from portcall.plugins.catalog import survey
from portcall.secret import Secret, reveal
from portcall.store.protocol import Store
from portcall.store.sqlite import SQLiteStore

VARIABLE: Final = "PORTCALL_STORE"
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)://")


def store_url() -> Secret:
    """Return the URL in ``PORTCALL_STORE``; empty for this user's own store."""
    return Secret(os.environ.get(VARIABLE, ""))


def open_store(url: str | Secret = "") -> Store:
    """Open the store that *url* names.

    Args:
        url: Such as ``postgres://user@server/database``; if empty, the URL in ``PORTCALL_STORE``; this
            user's own store if there is none. What stands before the colon is looked up in the
            entry-point group ``portcall.stores``, and called with the URL.

    Raises:
        SettingsError: It is not a URL.
        UnknownPluginError: No installed distribution brings such a store.
        PluginLoadError: It cannot be imported.
    """
    url = Secret(url or store_url())
    if not url:
        return SQLiteStore()
    scheme = _SCHEME.match(reveal(url))
    if scheme is None:  # and not a word of it: there may be a password in it
        raise SettingsError(
            f"the store, which {VARIABLE} may name, is a URL such as "
            "postgres://user@server/database; without one it is a file of this user"
        )
    return _opener(scheme[1])(url)


def _opener(scheme: str) -> Callable[[Secret], Store]:
    try:
        found = survey("stores")["stores"][scheme]
    except UnknownPluginError as exc:
        reason = str(exc)
    else:
        return cast("Callable[[Secret], Store]", found.load())
    hint = "; pip install portcall-postgres" if scheme in {"postgres", "postgresql"} else ""
    raise UnknownPluginError(f"a store at {scheme}://: {reason}{hint}")
