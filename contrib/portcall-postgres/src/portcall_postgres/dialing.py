"""Sessions with a PostgreSQL server in which every wait has an end."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any, Final, TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict

from portcall import Secret
from portcall.store.authors import StoreUnavailableError

Session: TypeAlias = psycopg.Connection[tuple[Any, ...]]

GRACE_S: Final = 2.0
_IDLE_TIMEOUT: Final = 140000  # the first version that has one

_DEFAULTS: Final = {
    "application_name": "portcall",
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
# What the database or the role has set may be slower, or less durable, than a store can bear.
_SETTINGS: Final = """
    SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false),
    set_config('idle_in_transaction_session_timeout', '60000', false),
    set_config('tcp_keepalives_idle', '5', false),
    set_config('tcp_keepalives_interval', '2', false),
    set_config('tcp_keepalives_count', '3', false),
    set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'),
    false)"""
_STAY: Final = "SET idle_session_timeout = 0"


def parameters(url: Secret) -> dict[str, Any]:
    """Read a connection string; what it does not say is bounded.

    Raises:
        StoreUnavailableError: It is malformed; the message has nothing of it, there may be a password.
    """
    try:
        return {**_DEFAULTS, **conninfo_to_dict(url.reveal())}
    except psycopg.Error:
        raise StoreUnavailableError(
            "the store's URL cannot be read: write postgres://user@server:5432/database"
        ) from None


def place_of(params: dict[str, Any]) -> str:
    """Return the server and the database; no user, no password."""
    server = params.get("host") or params.get("hostaddr") or "local server"
    port = f":{params['port']}" if params.get("port") else ""
    return f"{server}{port}/{params.get('dbname') or params.get('user') or ''}".rstrip("/")


def dial(params: dict[str, Any], timeout_s: float) -> Session:
    """Open a session in which no statement, and no wait for a lock, outlasts *timeout_s*."""
    session: Session = psycopg.connect(**params, autocommit=True)
    try:
        session.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        with deadline(session, GRACE_S + timeout_s):
            milliseconds = str(max(int(timeout_s * 1000), 1))
            session.execute(_SETTINGS, (milliseconds, milliseconds))
            if session.info.server_version >= _IDLE_TIMEOUT:
                session.execute(_STAY)
    except BaseException:
        session.close()
        raise
    return session


@contextmanager
def deadline(session: Session, timeout_s: float) -> Iterator[None]:
    """Cut the line after *timeout_s*: a server that hangs keeps to no timeout of its own."""
    timer = Timer(timeout_s, _cut, (session.fileno(),))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _cut(fd: int) -> None:
    line = socket.socket(fileno=fd)
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is cut already
    finally:
        line.detach()
