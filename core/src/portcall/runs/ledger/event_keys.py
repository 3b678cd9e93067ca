"""The key that an event is remembered by: its ``messageId``, or what stands at another path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from struct import unpack
from typing import Any, Final

from portcall.actions.mapping.paths import follow, parse_path
from portcall.errors import SettingsError

_BYTES: Final = 8
USUAL: Final = "$.messageId"


class EventKeys:
    """Reads keys of events, and makes of each the number that stands for it.

    Args:
        path: Where the key stands, such as ``$.properties.order_id``.

    Raises:
        SettingsError: It is not a path.
    """

    def __init__(self, path: str = USUAL) -> None:
        try:
            self._keys: Final = parse_path(path)
        except ValueError as exc:
            raise SettingsError(f"--key: {path!r} is not a path: {exc}") from None
        self._is_usual: Final = path == USUAL

    def of(self, event: Mapping[str, Any]) -> str:
        """Return the key of an event; empty if it has none that is a text or a whole number."""
        found = event.get("messageId") if self._is_usual else follow(event, self._keys)
        if found.__class__ is str:
            return found
        return str(found) if isinstance(found, int) and not isinstance(found, bool) else ""


def numbers_of(scope: int, keys: Sequence[str]) -> Sequence[int]:
    """Return what `number_of` returns for each of some keys."""
    prefix = b"%d\n" % scope
    digests = [
        blake2b(prefix + key.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
        for key in keys
    ]
    return unpack(f">{len(digests)}q", b"".join(digests))


def number_of(scope: int, key: str) -> int:
    """Return the number that stands for a key: 64 bits, signed as SQLite keeps them.

    Among ten million keys, a chance of 1 in 10**12 that another one has the same.

    Args:
        scope: Of the connection and the subscription: the same key is remembered for each of them.
        key: The text itself, which is not kept: it may be a person's address.
    """
    return numbers_of(scope, [key])[0]
