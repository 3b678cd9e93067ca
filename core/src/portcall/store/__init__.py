"""Connections and their credentials at rest."""

from portcall.store.errors import (
    ConflictError,
    ConnectionExistsError,
    ConnectionNameError,
    MissingKeyError,
    RecordError,
    StoreBusyError,
    StoreError,
    StoreKeyError,
    StoreUnavailableError,
    StoreVersionError,
    UnknownConnectionError,
)
from portcall.store.finding import fetch
from portcall.store.forks import OwnFile, no_fork
from portcall.store.keys import EnvironmentKeys, GivenKeys, HomeKeys, Keys, create_key
from portcall.store.locks import one_thread
from portcall.store.opening import open_store, store_url
from portcall.store.places import home
from portcall.store.protocol import LOCK_TIMEOUT_S, SharingStore, Store
from portcall.store.record import Record, Row, StoreStatus
from portcall.store.rows import Rows
from portcall.store.schema import STEPS, Steps, check_version, migrate
from portcall.store.sqlite import SQLiteStore
from portcall.store.sqlstore import SqlStore

__all__ = [
    "LOCK_TIMEOUT_S",
    "STEPS",
    "ConflictError",
    "ConnectionExistsError",
    "ConnectionNameError",
    "EnvironmentKeys",
    "GivenKeys",
    "HomeKeys",
    "Keys",
    "MissingKeyError",
    "OwnFile",
    "Record",
    "RecordError",
    "Row",
    "Rows",
    "SQLiteStore",
    "SharingStore",
    "SqlStore",
    "Steps",
    "Store",
    "StoreBusyError",
    "StoreError",
    "StoreKeyError",
    "StoreStatus",
    "StoreUnavailableError",
    "StoreVersionError",
    "UnknownConnectionError",
    "check_version",
    "create_key",
    "fetch",
    "home",
    "migrate",
    "no_fork",
    "one_thread",
    "open_store",
    "store_url",
]
