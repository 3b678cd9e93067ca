"""What the values of the model have in common: the empty mapping, and no way out for what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NoReturn, SupportsIndex, TypeVar

_T = TypeVar("_T")

EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


def opaque(cls: type[_T]) -> type[_T]:
    """Keep what instances of an attrs class hold out of ``asdict`` and pickles.

    Headers, URLs and bodies carry credentials as plain text, so that only a repr would be too little.
    """

    def refuse(_self: object, _protocol: SupportsIndex) -> NoReturn:
        raise TypeError(f"a {cls.__name__} cannot be pickled: it may hold credentials")

    namespace: Any = cls
    namespace.__attrs_attrs__ = ()
    namespace.__reduce_ex__ = refuse
    namespace.__copy__ = lambda self: self
    namespace.__deepcopy__ = lambda self, _memo: self
    return cls
