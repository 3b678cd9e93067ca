"""Session advisory locks: PostgreSQL lets go of one when the session that holds it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Final

from portcall_postgres.dialing import Session

LOCK: Final = "SELECT pg_advisory_lock(%s)"
_UNLOCK: Final = "SELECT pg_advisory_unlock(%s)"


@contextmanager
def schema_lock(session: Session, label: str) -> Iterator[None]:
    """Hold it for a migration; after an error it ends with the session."""
    number = (lock_number(label),)
    session.execute(LOCK, number)
    yield
    session.execute(_UNLOCK, number)


def lock_number(label: str) -> int:
    """Return the number of a lock: advisory locks go by 64-bit numbers."""
    return int.from_bytes(sha256(f"portcall {label}".encode()).digest()[:8], signed=True)
