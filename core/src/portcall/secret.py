"""A value that can be used and cannot be shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hmac import compare_digest
from typing import Final, Self, TypeAlias

from portcall.errors import SettingsError

MASK: Final = "***"


class Secret:
    """A secret string: formats as itself, shows as ``***``.

    ``f"Bearer {secret}"`` and ``"Bearer " + secret`` use the value; ``repr``, ``str``, ``%s``,
    containers and JSON never do, nor does a tool that prints every attribute it finds. A pickle
    holds no value: what comes back from one is a secret that refuses to be used.

    Args:
        value: The text to keep; of another `Secret`, its value.
    """

    __slots__ = ("__read", "__weakref__")

    def __init__(self, value: str | Secret) -> None:
        if not isinstance(value, str | Secret):
            raise TypeError(f"a secret is text, not {type(value).__name__}")
        # The text of a subclass, not what the subclass makes of itself (an enum's member name).
        text = value.reveal() if isinstance(value, Secret) else str.__str__(value)
        # Behind a function, because inspect, object.__getstate__ and pretty printers read slots.
        self.__read: Callable[[], str | None] = lambda: text

    def reveal(self) -> str:
        """Return the value, for code that computes with it (a hash, a signature).

        Raises:
            SettingsError: The secret came out of a pickle, which holds no value.
        """
        value = self.__read()
        if value is None:
            raise SettingsError(
                "this secret was pickled, and a pickle holds no secret: read it from the store again"
            )
        return value

    def __format__(self, spec: str) -> str:
        return format(self.reveal(), spec)

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.__read())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str | Secret):
            return NotImplemented
        mine, theirs = self.__read(), other if isinstance(other, str) else other.__read()
        if mine is None or theirs is None:
            return mine is theirs
        # Any text: an error about a lone surrogate would carry the value.
        return compare_digest(
            mine.encode("utf-8", "surrogatepass"), theirs.encode("utf-8", "surrogatepass")
        )

    def __hash__(self) -> int:
        return hash(self.__read())  # that of the text, which it is equal to

    def __add__(self, other: str | Secret) -> Secret:
        return Secret(self.reveal() + reveal(other))

    def __radd__(self, other: str) -> Secret:
        return Secret(other + self.reveal())

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return _without_value, ()


def reveal(value: str | Secret) -> str:
    """Return the text of *value*, secret or not."""
    return value.reveal() if isinstance(value, Secret) else value


def _without_value() -> Secret:
    """Build what a pickled secret comes back as."""
    lost = Secret("")
    object.__setattr__(lost, "_Secret__read", lambda: None)
    return lost


Text: TypeAlias = str | Secret
"""A header value: plain, or a secret that is written out only on the wire."""

Query: TypeAlias = Text | int | float | Sequence[Text | int | float]
"""A query or form value: text, a number, a truth value, or several under one name."""
