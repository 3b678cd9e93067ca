"""The command line, of the extra ``portcall[cli]``; each command is imported when it runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

EXTRA = frozenset({"click", "rich"})
MISSING = "portcall: the command line is an extra; install it with: pip install 'portcall[cli]'\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments without the program's name; those of the process if None.

    Returns:
        What the process exits with; see `portcall.cli.exit_codes.Exit`.
    """
    try:
        import_module("click")
    except ModuleNotFoundError as exc:
        if exc.name not in EXTRA:
            raise
        sys.stderr.write(MISSING)
        return 2
    code: int = import_module("portcall.cli.app").run(argv)
    return code
