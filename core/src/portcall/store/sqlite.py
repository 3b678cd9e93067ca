"""The store that is always there: one SQLite file under the user's data folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import ClassVar, Final

import attrs

from portcall.store.errors import StoreUnavailableError, StoreVersionError
from portcall.store.forks import no_fork
from portcall.store.keys import HomeKeys, Keys
from portcall.store.locks import FileLocks, busy
from portcall.store.places import (
    FILE,
    create_private,
    home,
    private_folder,
    sync_folder,
    tighten,
    unusable,
)
from portcall.store.rows import Rows
from portcall.store.schema import STEPS, Steps, check_version, migrate
from portcall.store.sqlstore import SqlStore

_BESIDE: Final = ("-wal", "-shm")
_LOCAL: Final = "set PORTCALL_HOME to a folder on a local disk"
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


@attrs.frozen
class _Handle:
    """The open file.

    Args:
        db: Used by one thread at a time.
        identity: Of the file that was opened; the name may lead to another one later.
    """

    db: sqlite3.Connection
    identity: tuple[int, int]


class SQLiteStore(SqlStore):
    """Connections in one SQLite file, for every thread and process of this user.

    Each call opens the file and closes it again, but within a `session`: nothing is inherited by a
    forked child. The file is made on first use.

    Args:
        folder: Where the file is; the user's data folder by default, see ``PORTCALL_HOME``.
        keys: Where keys come from; by default the environment, else the file ``key`` in *folder*.
        busy_timeout_s: Seconds to wait for others that write.
    """

    kind: ClassVar[str] = "sqlite"
    steps: ClassVar[Steps] = STEPS

    def __init__(
        self,
        folder: Path | None = None,
        *,
        keys: Keys | None = None,
        busy_timeout_s: float = 15.0,
    ) -> None:
        self._folder: Final = Path(folder).absolute() if folder else home()
        super().__init__(keys or HomeKeys(self._folder))
        self._file: Final = self._folder / FILE
        self._busy_timeout_s: Final = busy_timeout_s
        self._locks: Final = FileLocks(self._folder)
        self._idle: Final[list[_Handle]] = []

    @property
    def place(self) -> str:
        """The file."""
        return str(self._file)

    def exclusive(self, label: str, timeout_s: float) -> AbstractContextManager[None]:
        """Hold a file lock."""
        private_folder(self._folder)
        return self._locks.held(label, timeout_s)

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[Rows]:
        """Open the file, migrate it if it is old, and commit at the end."""
        with self._begin(write=write) as db:
            yield Rows(db.execute)

    def let_go(self) -> None:
        """Close the file that a session kept open."""
        super().let_go()
        while self._idle:
            self._idle.pop().db.close()

    def close(self) -> None:
        """Close what a session kept open; else nothing is open between two calls."""
        self.let_go()

    def purge(self) -> None:
        """Empty the write-ahead log, where old rows live on until it is written over."""
        with no_fork(), self._faults(), closing(self._connect(self._file)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _begin(self, *, write: bool) -> Iterator[sqlite3.Connection]:
        with ExitStack() as stack:
            begun = self._try(stack) if write else None
            if begun is None:
                # Writers queue up for their turn; SQLite's own way of waiting is by chance.
                if write:
                    stack.enter_context(self.exclusive("writing", self._busy_timeout_s))
                begun = self._open(stack)
                stack.enter_context(_transaction(begun, "BEGIN IMMEDIATE" if write else "BEGIN"))
            self._version(begun)
            yield begun

    def _try(self, stack: ExitStack) -> sqlite3.Connection | None:
        """Begin to write if no other process is writing; most of the time none is."""
        with ExitStack() as trial:
            db = self._open(trial)
            db.execute("PRAGMA busy_timeout = 0")
            try:
                trial.enter_context(_transaction(db, "BEGIN IMMEDIATE"))
            except sqlite3.OperationalError as exc:
                if not _is_busy(exc):
                    raise
                return None
            finally:
                db.execute(f"PRAGMA busy_timeout = {self._busy_timeout_s * 1000:.0f}")
            stack.push(trial.pop_all())
            return db

    def _open(self, stack: ExitStack) -> sqlite3.Connection:
        """Have the file open until *stack* ends, or longer, where a session shares it."""
        stack.enter_context(no_fork())
        self._prepare()
        stack.enter_context(self._faults())
        handle = self._take() or self._handle()
        stack.callback(self._give_back, handle)
        return handle.db

    def _handle(self) -> _Handle:
        handle = _Handle(self._connect(self._file), _identity(self._file))
        try:
            self._update(handle.db)
        except BaseException:
            handle.db.close()
            raise
        return handle

    def _take(self) -> _Handle | None:
        """Return what a session kept open, if it is still the file of that name."""
        while self._idle:
            handle = self._idle.pop()
            if handle.identity == _identity(self._file):
                return handle
            handle.db.close()
        return None

    def _give_back(self, handle: _Handle) -> None:
        if self._idle or not self._sessions.are_open:
            handle.db.close()
            return
        self._idle.append(handle)
        if not self._sessions.are_open:  # the last one ended just now
            self.let_go()

    def _prepare(self) -> None:
        """See that the file is there and that it is ours alone."""
        private_folder(self._folder)
        if not self._file.exists():
            with self._locks.held("store file", self._busy_timeout_s):
                if not self._file.exists():
                    self._make()
        for file in (self._file, *self._beside(self._file)):
            tighten(file)

    def _make(self) -> None:
        """Make the whole store under another name first, so that half of it is never seen."""
        fresh = self._file.with_name(f"{FILE}.new")
        try:
            for left in (fresh, *self._beside(fresh)):  # by a process that was killed right here
                left.unlink(missing_ok=True)
            create_private(fresh)
            with self._faults(), closing(self._connect(fresh)) as db:
                self._update(db)
            fresh.rename(self._file)
            sync_folder(self._folder)
        except OSError as exc:
            raise unusable(self._folder, exc) from exc

    def _beside(self, file: Path) -> list[Path]:
        return [file.with_name(file.name + ending) for ending in _BESIDE]

    def _connect(self, file: Path) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{file.as_uri()}?mode=rw",  # never makes a file, which would have any mode
            uri=True,
            timeout=self._busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,  # a session lends it to one thread after the other
        )

    def _update(self, db: sqlite3.Connection) -> None:
        """Settle how *db* works and bring its tables up to date."""
        version = self._version(db)
        if db.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
            raise StoreUnavailableError(f"{self._folder} cannot share memory: {_LOCAL}")
        for pragma in ("synchronous = FULL", "fullfsync = ON", "secure_delete = ON"):
            db.execute(f"PRAGMA {pragma}")
        if version < len(self.steps):
            with _transaction(db, "BEGIN IMMEDIATE"):
                version = self._version(db)
                migrate(version, self.steps, db.execute)
                db.execute(f"PRAGMA user_version = {len(self.steps)}")

    def _version(self, db: sqlite3.Connection) -> int:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        check_version(version, self.steps, self.place)
        if version == 0 and db.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
            raise StoreVersionError(f"{self._file} is a database of another program: move it away")
        return int(version)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn what SQLite raises into errors of our tree."""
        try:
            yield
        except sqlite3.Error as exc:
            if _is_busy(exc):
                raise busy(self.place, self._busy_timeout_s) from exc
            raise StoreUnavailableError(f"{self.place} cannot be used: {exc}") from exc


@contextmanager
def _transaction(db: sqlite3.Connection, begin: str) -> Iterator[None]:
    db.execute(begin)
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _identity(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_dev, found.st_ino


def _is_busy(exc: sqlite3.Error) -> bool:
    return getattr(exc, "sqlite_errorcode", 0) & 0xFF in _BUSY
