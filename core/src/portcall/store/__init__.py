"""Connections and their credentials at rest."""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.store.errors import (
        ConflictError as ConflictError,
        ConnectionExistsError as ConnectionExistsError,
        ConnectionNameError as ConnectionNameError,
        MissingKeyError as MissingKeyError,
        RecordError as RecordError,
        StoreBusyError as StoreBusyError,
        StoreError as StoreError,
        StoreKeyError as StoreKeyError,
        StoreUnavailableError as StoreUnavailableError,
        StoreVersionError as StoreVersionError,
        UnknownConnectionError as UnknownConnectionError,
    )
    from portcall.store.finding import (
        fetch as fetch,
    )
    from portcall.store.forks import (
        OwnFile as OwnFile,
        no_fork as no_fork,
    )
    from portcall.store.keys import (
        EnvironmentKeys as EnvironmentKeys,
        GivenKeys as GivenKeys,
        HomeKeys as HomeKeys,
        Keys as Keys,
        create_key as create_key,
    )
    from portcall.store.locks import (
        one_thread as one_thread,
    )
    from portcall.store.opening import (
        open_store as open_store,
        store_url as store_url,
    )
    from portcall.store.places import (
        home as home,
    )
    from portcall.store.protocol import (
        LOCK_TIMEOUT_S as LOCK_TIMEOUT_S,
        SharingStore as SharingStore,
        Store as Store,
    )
    from portcall.store.record import (
        Record as Record,
        Row as Row,
        StoreStatus as StoreStatus,
    )
    from portcall.store.rows import (
        Rows as Rows,
    )
    from portcall.store.schema import (
        STEPS as STEPS,
        Steps as Steps,
        check_version as check_version,
        migrate as migrate,
    )
    from portcall.store.sqlite import (
        SQLiteStore as SQLiteStore,
    )
    from portcall.store.sqlstore import (
        SqlStore as SqlStore,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.store.errors": (
                "ConflictError",
                "ConnectionExistsError",
                "ConnectionNameError",
                "MissingKeyError",
                "RecordError",
                "StoreBusyError",
                "StoreError",
                "StoreKeyError",
                "StoreUnavailableError",
                "StoreVersionError",
                "UnknownConnectionError",
            ),
            "portcall.store.finding": ("fetch",),
            "portcall.store.forks": (
                "OwnFile",
                "no_fork",
            ),
            "portcall.store.keys": (
                "EnvironmentKeys",
                "GivenKeys",
                "HomeKeys",
                "Keys",
                "create_key",
            ),
            "portcall.store.locks": ("one_thread",),
            "portcall.store.opening": (
                "open_store",
                "store_url",
            ),
            "portcall.store.places": ("home",),
            "portcall.store.protocol": (
                "LOCK_TIMEOUT_S",
                "SharingStore",
                "Store",
            ),
            "portcall.store.record": (
                "Record",
                "Row",
                "StoreStatus",
            ),
            "portcall.store.rows": ("Rows",),
            "portcall.store.schema": (
                "STEPS",
                "Steps",
                "check_version",
                "migrate",
            ),
            "portcall.store.sqlite": ("SQLiteStore",),
            "portcall.store.sqlstore": ("SqlStore",),
        },
    )
