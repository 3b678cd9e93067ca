"""Keys, and what they do to a record's secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import attrs

from portcall.secret import Secret
from portcall.store.errors import MissingKeyError, StoreKeyError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

MOST_KEYS: Final = 32
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{43}=")


@attrs.frozen
class Key:
    """One Fernet key.

    Args:
        text: 32 random bytes in URL-safe base64.
        id: Tells keys apart and says nothing about them.
    """

    text: Secret
    id: str


@attrs.frozen
class Keyring:
    """The keys that are configured right now; none at all is a keyring too.

    Args:
        origin: Where they come from, for messages; empty without keys.
        keys: The first encrypts once it is the store's, all decrypt.
    """

    origin: str = ""
    keys: tuple[Key, ...] = ()

    def has(self, key_id: str) -> bool:
        """Return whether *key_id* is one of them."""
        return any(key.id == key_id for key in self.keys)

    def seal(self, text: str, key_id: str) -> str:
        """Encrypt *text* with the key called *key_id*, which must be here."""
        ordered = sorted(self.keys, key=lambda key: key.id != key_id)
        return _fernet(ordered, self.origin).encrypt(text.encode()).decode()

    def open(self, sealed: str, key_id: str, what: str) -> str:
        """Decrypt what `seal` made.

        Raises:
            MissingKeyError: Its key is not here.
            StoreKeyError: Its key is here, but this text was not made with it.
        """
        if not key_id:
            return sealed
        self.require(key_id, what)
        fernet = _fernet(self.keys, self.origin)
        from cryptography.fernet import InvalidToken  # noqa: PLC0415  # only where a key is used

        try:
            return fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise StoreKeyError(
                f"{what} was altered in the store: its key {key_id} is in {self.origin} and does not "
                "fit; remove it and connect again, or restore a backup"
            ) from None

    def require(self, key_id: str, what: str) -> None:
        """Refuse to go on without the key called *key_id*.

        Raises:
            MissingKeyError: Says what needs it, what is here, and what to do.
        """
        if self.has(key_id):
            return
        held = f"{self.origin} holds {', '.join(key.id for key in self.keys)}"
        raise MissingKeyError(
            f"{what} is encrypted with key {key_id}, "
            f"{f'but {held}' if self.keys else 'and no key is configured'}: "
            "set PORTCALL_KEY to that key, or put it after the new one, separated by a comma; if it is lost, "
            "forget what it encrypted with: portcall key reset"
        )


def parse_key(text: str, origin: str) -> Key:
    """Read one key.

    Raises:
        StoreKeyError: It is not 32 bytes in URL-safe base64.
    """
    if not _KEY.fullmatch(text):
        raise StoreKeyError(
            f"{origin} contains something that is not a key (32 bytes in URL-safe base64, 44 "
            "characters): make one with: portcall key init"
        )
    # A key is 256 random bits: its hash gives nothing away.
    return Key(Secret(text), sha256(b"portcall key " + text.encode()).hexdigest()[:16])


def parse_keys(text: str, origin: str) -> Keyring:
    """Read keys that are separated by commas or white space.

    Raises:
        StoreKeyError: There is none, there are too many, or one is malformed.
    """
    words = dict.fromkeys(re.split(r"[,\s]+", text.strip(", \t\r\n")))
    if list(words) == [""]:
        raise StoreKeyError(f"{origin} exists and contains no key: set a key, or remove it")
    if len(words) > MOST_KEYS:
        raise StoreKeyError(f"{origin} has more than {MOST_KEYS} keys: keep those in use")
    return Keyring(origin, tuple(parse_key(word, origin) for word in words))


def _fernet(keys: Iterable[Key], origin: str) -> MultiFernet:
    try:
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415  # an extra brings it
    except ImportError:
        raise StoreKeyError(
            f"{origin} has a key, and encryption needs a package that is not installed: "
            "pip install 'portcall[cli]'"
        ) from None
    return MultiFernet([Fernet(key.text.reveal()) for key in keys])
