"""Find the store that a URL asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from portcall.plugins.catalog import survey
from portcall.secret import Secret, reveal
from portcall.store.protocol import Store
from portcall.store.sqlite import SQLiteStore


def open_store(url: str | Secret = "") -> Store:
    """Open this user's own store, or the server that *url* names.

    Args:
        url: Empty, or such as ``postgres://user@server/database``. What stands before the colon is
            looked up in the entry-point group ``portcall.stores``, and called with the URL.

    Raises:
        UnknownPluginError: No installed distribution brings such a store.
        PluginLoadError: It cannot be imported.
    """
    if not reveal(url):
        return SQLiteStore()
    scheme = reveal(url).partition(":")[0]
    load = cast("Callable[[str | Secret], Store]", survey("stores")["stores"][scheme].load())
    return load(url)
