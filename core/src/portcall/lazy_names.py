"""The names of a package, each imported from its module when it is first used (PEP 562).

A command that needs one module of a package then waits for that module alone.
"""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # the import of `typing` would take longer than all that is below
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def lazy_names(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package.

    The package imports the same names for type checkers, under ``TYPE_CHECKING``. None of them may be called
    as one of its modules: once that module is imported, the name is the module.

    Args:
        package: Its name.
        homes: Its public names, by the full name of the module that each is imported from.
    """
    home_of = {name: module for module, names in homes.items() for name in names}

    def find(name: str) -> object:
        home = home_of.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(home), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*home_of, *vars(sys.modules[package])})

    return find, names, sorted(home_of)
