"""What can go wrong with stored connections.

StoreError
├── ConnectionNameError         a name that no connection may have
├── UnknownConnectionError      no connection has that name; says what is near
├── ConnectionExistsError       another connection has that name
├── ConflictError               the record changed since it was read; ``generation``
├── RecordError                 a record cannot be written as JSON, or what is stored is damaged
├── StoreKeyError               a key is missing, malformed or wrong; nothing was overwritten
│   └── MissingKeyError         a record needs a key that is not there
├── StoreBusyError              others held the store or a lock for longer than the time allowed
├── StoreVersionError           the store was written by a newer portcall, or by something else
└── StoreUnavailableError       its folder, file or server cannot be used at the moment
"""

from __future__ import annotations

from portcall.errors import PortcallError


class StoreError(PortcallError):
    """Base of everything that a store raises."""


class ConnectionNameError(StoreError):
    """No connection may have this name; says what a name looks like."""


class UnknownConnectionError(StoreError):
    """No connection has this name."""


class ConnectionExistsError(StoreError):
    """Another connection has this name."""


class ConflictError(StoreError):
    """Another process replaced the record first; read it again, decide again.

    Args:
        message: Which record, and what to do.
        generation: The record's generation now.
    """

    def __init__(self, message: str, generation: int) -> None:
        super().__init__(message)
        self.generation = generation


class RecordError(StoreError):
    """A record cannot be kept, or what is kept cannot be read as a record; names the place."""


class StoreKeyError(StoreError):
    """A key cannot be used; what is stored stays as it is."""


class MissingKeyError(StoreKeyError):
    """A record or the store is encrypted with a key that is not among the configured ones."""


class StoreBusyError(StoreError):
    """Others held the store, or this connection's lock, for longer than the time allowed."""


class StoreVersionError(StoreError):
    """The store is of a shape that this portcall does not know; nothing was touched."""


class StoreUnavailableError(StoreError):
    """The store's folder, file or server cannot be used; says why."""
