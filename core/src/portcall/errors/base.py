"""What all errors have in common, and what they are made of."""

from __future__ import annotations

from enum import Enum
from typing import Any

import attrs


@attrs.frozen
class Problem:
    """One thing wrong with one input.

    Args:
        path: Where, as a dotted path or JSON pointer: ``"address.zip"``; empty for the whole.
        message: What is wrong and what to do, as a sentence; never a secret's value.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return self.message


class Sent(Enum):
    """What the other side may have seen of a request that got no usable answer."""

    NO = "not sent"
    """Not one byte of the request left; sending again is always safe."""

    MAYBE = "maybe applied"
    """Bytes left; only an idempotent request may be sent again."""


class PortcallError(Exception):
    """Base of every error portcall raises on purpose; what comes out of a pickle has no ``response``."""

    def __reduce__(self) -> tuple[Any, ...]:
        # A response may hold credentials, and is nothing for another process.
        state = {name: None if name == "response" else v for name, v in vars(self).items()}
        return _remade, (type(self), self.args, state)


def _remade(kind: type[PortcallError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    """Build what a pickled error comes back as."""
    made = kind.__new__(kind, *args)
    made.args = args
    vars(made).update(state)
    return made


def speaks_for_itself(exc: BaseException) -> bool:
    """Return whether an exception is one of this package's, whose text needs no class name before it."""
    return type(exc).__module__.rpartition(".")[0] == __package__
