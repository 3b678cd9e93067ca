"""Where keys come from: the environment, a command, a file, or the program itself."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Final, Protocol

from portcall.secret import Secret, reveal
from portcall.store.errors import StoreKeyError
from portcall.store.keyring import Key, Keyring, parse_key, parse_keys
from portcall.store.locks import FileLocks
from portcall.store.places import home, is_private, private_folder, unusable, write_private

KEY_FILE: Final = "key"
_LOCK_S: Final = 10.0


class Keys(Protocol):
    """A source of keys."""

    def read(self, *, again: bool = False) -> Keyring:
        """Return the keys as they are now; *again* asks even where asking is expensive.

        Raises:
            StoreKeyError: The keys cannot be read; never an empty keyring instead.
        """

    def adopt(self, new_key: str | Secret | None, used: str) -> Keyring:
        """Return a keyring whose first key every record shall be encrypted with; the others stay.

        Args:
            new_key: That key; None lets the source choose.
            used: Id of the key that the store uses so far; empty if none.

        Raises:
            StoreKeyError: The source cannot put *new_key* first.
        """

    def retire(self, ring: Keyring) -> None:
        """Every record is encrypted with the first key of *ring*: forget the others, if possible."""


class GivenKeys:
    """Keys that the program hands over, as text; several are separated by commas.

    Args:
        keys: The first encrypts once it is the store's (see ``rotate``), all decrypt.
    """

    def __init__(self, keys: str | Secret) -> None:
        self._ring: Final = parse_keys(reveal(keys), "the program")

    def read(self, *, again: bool = False) -> Keyring:  # noqa: ARG002  # the protocol's
        """Return them."""
        return self._ring

    def adopt(self, new_key: str | Secret | None, used: str) -> Keyring:  # noqa: ARG002
        """Refuse a *new_key* that is not the first."""
        return _first(self._ring, new_key)

    def retire(self, ring: Keyring) -> None:
        """Nothing: only the program can forget them."""


class EnvironmentKeys:
    """Keys from ``PORTCALL_KEY``, else from what ``PORTCALL_KEY_COMMAND`` prints, else none.

    The command runs without a shell, once, and again when a key is missing.
    """

    def __init__(self) -> None:
        self._printed: tuple[str, Keyring] | None = None

    def read(self, *, again: bool = False) -> Keyring:
        """Look at the environment; run the command if it is new, or *again*."""
        text = os.environ.get("PORTCALL_KEY")
        if text is not None:
            return parse_keys(text, "PORTCALL_KEY")
        command = os.environ.get("PORTCALL_KEY_COMMAND")
        if command is None:
            return Keyring()
        if again or self._printed is None or self._printed[0] != command:
            from portcall.store.command import output_of  # noqa: PLC0415  # few have one

            self._printed = (command, parse_keys(output_of(command), "PORTCALL_KEY_COMMAND"))
        return self._printed[1]

    def adopt(self, new_key: str | Secret | None, used: str) -> Keyring:  # noqa: ARG002
        """Refuse a *new_key* that is not the first: this process cannot set a variable for others."""
        return _first(self.read(again=True), new_key)

    def retire(self, ring: Keyring) -> None:
        """Nothing: only the operator can take a key out of the environment."""


class HomeKeys(EnvironmentKeys):
    """Keys from the environment, else from the file ``key`` in *folder*, else none.

    Args:
        folder: Where the key file is; the user's data folder by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self._file: Final = (folder or home()) / KEY_FILE

    def read(self, *, again: bool = False) -> Keyring:
        """Read the file each time: another process may just have changed it."""
        given = super().read(again=again)
        return given if given.origin else _read_file(self._file)

    def adopt(self, new_key: str | Secret | None, used: str) -> Keyring:
        """Write a new key, or *new_key*, before those in the file; finish what was begun first."""
        held = self.read(again=True)
        if held.origin != str(self._file):
            return super().adopt(new_key, used)
        begun = len(held.keys) > 1 or held.keys[0].id != used
        if new_key is None and begun:
            return held
        first = parse_key(reveal(new_key or _new_key()), "the new key")
        return self._write((first, *(key for key in held.keys if key != first)))

    def retire(self, ring: Keyring) -> None:
        """Leave only the first key in the file."""
        if ring.origin == str(self._file):
            self._write(ring.keys[:1])

    def _write(self, keys: tuple[Key, ...]) -> Keyring:
        with FileLocks(self._file.parent).held("key file", _LOCK_S):
            write_private(self._file, "".join(f"{key.text}\n" for key in keys))
        return Keyring(str(self._file), keys)


def create_key(folder: Path | None = None) -> Path:
    """Make a key file in *folder*, for this user only; records are encrypted from now on.

    What is stored already stays readable until the next ``rotate``.

    Returns:
        The file's path; without the file the connections cannot be read.

    Raises:
        StoreKeyError: A key file is there; it is left alone.
        StoreUnavailableError: The folder cannot be used.
    """
    folder = folder or home()
    private_folder(folder)
    file = folder / KEY_FILE
    with FileLocks(folder).held("key file", _LOCK_S):
        if file.exists():
            raise StoreKeyError(f"{file} already exists: change it with: portcall key rotate")
        write_private(file, f"{_new_key()}\n")
    return file


def _new_key() -> Secret:
    return Secret(urlsafe_b64encode(os.urandom(32)).decode())


def _read_file(file: Path) -> Keyring:
    try:
        if not is_private(file):
            raise StoreKeyError(
                f"{file} can be read by other users, or belongs to one: chmod 600 {file}, and if it "
                "may have been read, change it with: portcall key rotate"
            )
        return parse_keys(file.read_text(encoding="utf-8", errors="replace"), str(file))
    except FileNotFoundError:
        return Keyring()
    except OSError as exc:
        raise unusable(file, exc) from exc


def _first(ring: Keyring, new_key: str | Secret | None) -> Keyring:
    if not ring.keys:
        raise StoreKeyError("there is no key to encrypt with: make one with: portcall key init")
    if new_key is not None and parse_key(reveal(new_key), "the new key") != ring.keys[0]:
        raise StoreKeyError(
            f"the new key is not the first in {ring.origin}: put it before the old one, separated by "
            "a comma, for every process that uses the store; then rotate"
        )
    return ring
