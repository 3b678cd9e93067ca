"""Where things are kept on this machine, readable by this user alone."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Final

from portcall.store.errors import StoreUnavailableError

FILE: Final = "connections.sqlite3"
"""Where this user's connections are, in `home`."""

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
_OTHERS: Final = 0o077
_ELSEWHERE: Final = "or set PORTCALL_HOME to a folder of its own (it will be made)"


def home() -> Path:
    """Return the folder of this user's connections; ``PORTCALL_HOME`` overrides the system's place."""
    chosen = os.environ.get("PORTCALL_HOME")
    return Path(chosen).expanduser().absolute() if chosen else _data_folder() / "portcall"


def _data_folder() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    # A relative path is to be ignored (XDG Base Directory Specification).
    given = os.environ.get("XDG_DATA_HOME", "")
    return Path(given) if given.startswith("/") else Path.home() / ".local" / "share"


def private_folder(folder: Path) -> None:
    """Make *folder*, and what is missing above it, for this user only.

    A folder that is there already is never changed: it may be a home folder.

    Raises:
        StoreUnavailableError: It belongs to another user, or other users have access.
    """
    try:
        for missing in [f for f in (*reversed(folder.parents), folder) if not f.exists()]:
            missing.mkdir(FOLDER_MODE, exist_ok=True)
        found = folder.stat()
    except OSError as exc:
        raise unusable(folder, exc) from exc
    if not stat.S_ISDIR(found.st_mode):
        raise StoreUnavailableError(f"{folder} is not a folder: set PORTCALL_HOME to one")
    if _foreign(found):
        raise StoreUnavailableError(f"{folder} belongs to another user: run as them, {_ELSEWHERE}")
    if _open_to_others(found):
        raise StoreUnavailableError(
            f"{folder} is open to other users: chmod 700 {folder}, {_ELSEWHERE}"
        )


def tighten(file: Path) -> None:
    """Take the rights of others from *file*, if it is there and they have any.

    Works on the path: opening and closing a database file would drop this process's locks on it.

    Raises:
        StoreUnavailableError: It belongs to another user, or is not a file.
    """
    try:
        found = file.lstat()
        if not stat.S_ISREG(found.st_mode) or _foreign(found):
            raise StoreUnavailableError(f"{file} is not a file of this user: move it away")
        if _open_to_others(found):
            file.chmod(FILE_MODE)
    except FileNotFoundError:
        return
    except OSError as exc:
        raise unusable(file, exc) from exc


def is_private(file: Path) -> bool:
    """Return whether *file* belongs to this user and is readable by no other."""
    found = file.stat()
    return not _foreign(found) and not _open_to_others(found)


def write_private(file: Path, text: str) -> None:
    """Replace *file* whole: after a crash it has the old text or the new one. One writer at a time."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(_new_file(fresh), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    sync_folder(file.parent)


def create_private(file: Path) -> None:
    """Make an empty *file* for this user only, where there is none."""
    os.close(_new_file(file))


def sync_folder(folder: Path) -> None:
    """Make names that were made or replaced in *folder* last."""
    if sys.platform == "win32":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def unusable(place: Path, exc: OSError) -> StoreUnavailableError:
    """Make the error for a *place* that the system refused."""
    return StoreUnavailableError(f"{place} cannot be used: {exc.strerror or exc}")


def _new_file(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)


def _foreign(found: os.stat_result) -> bool:
    return sys.platform != "win32" and found.st_uid != os.geteuid()


def _open_to_others(found: os.stat_result) -> bool:
    return sys.platform != "win32" and bool(found.st_mode & _OTHERS)
