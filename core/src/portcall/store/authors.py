"""The door for authors of stores: what a distribution of the group ``portcall.stores`` is made of.

A store on an SQL database is a subclass of `SqlStore`, which does everything except the database: compare and
set, encryption, rotation of keys. Any other store is a class with the methods of `portcall.Store`. Either
runs `portcall.testing.store_suite` among its own tests.
"""

from portcall.store.errors import (
    ConnectionExistsError,
    StoreBusyError,
    StoreUnavailableError,
    StoreVersionError,
)
from portcall.store.forks import OwnFile, no_fork
from portcall.store.keys import EnvironmentKeys, GivenKeys, Keys
from portcall.store.locks import one_thread
from portcall.store.protocol import SharingStore
from portcall.store.rows import Rows
from portcall.store.schema import STEPS, Steps, check_version, migrate
from portcall.store.sqlstore import SqlStore

__all__ = [
    "STEPS",
    "ConnectionExistsError",
    "EnvironmentKeys",
    "GivenKeys",
    "Keys",
    "OwnFile",
    "Rows",
    "SharingStore",
    "SqlStore",
    "Steps",
    "StoreBusyError",
    "StoreUnavailableError",
    "StoreVersionError",
    "check_version",
    "migrate",
    "no_fork",
    "one_thread",
]
