"""The command line, of the extra ``portcall[cli]``; each command is imported when it runs."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

EXTRA = frozenset({"click", "rich"})
MISSING = "portcall: the command line is an extra; install it with: pip install 'portcall[cli]'\n"
COMPLETE_VARIABLE = "_PORTCALL_COMPLETE"
"""Set by a shell that wants to know how a line can go on."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments without the program's name; those of the process if None.

    Returns:
        What the process exits with; see `portcall.cli.exit_codes.Exit`.
    """
    from importlib import import_module  # noqa: PLC0415  # beside the imports that it makes

    if None in (sys.stdin, sys.stdout, sys.stderr):
        from portcall.cli.process.closed_streams import open_closed_streams  # noqa: PLC0415

        open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name in letters that a terminal lacks
            stream.reconfigure(errors="backslashreplace")
    text = _at_once(list(sys.argv[1:] if argv is None else argv))
    if text:
        return _print(text)
    try:
        import_module("click")
    except ModuleNotFoundError as exc:
        if exc.name not in EXTRA:
            raise
        sys.stderr.write(MISSING)
        return 2
    code: int = import_module("portcall.cli.app").run(argv)
    return code


def _at_once(words: list[str]) -> str:
    """Return the answer to a question that needs no command; empty if it needs one."""
    if asked := os.environ.get(COMPLETE_VARIABLE):
        from portcall.cli.flags.quick_completion import quick_completion  # noqa: PLC0415

        return quick_completion(asked, os.environ) or ""
    if words in (["--help"], ["-h"]):
        from portcall.cli.flags.help_page import help_page  # noqa: PLC0415  # seldom asked for

        return help_page()
    if words == ["--version"]:
        from portcall._version import __version__  # noqa: PLC0415

        return f"portcall {__version__}"
    if words == ["destinations"]:
        from portcall.cli.destinations.remembered_list import remembered_list  # noqa: PLC0415

        return remembered_list() or ""
    return ""


def _print(text: str) -> int:
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError as exc:
        from portcall.cli.state import State  # noqa: PLC0415
        from portcall.cli.terminal.error_messages import report  # noqa: PLC0415

        return report(exc, State())
    return 0
