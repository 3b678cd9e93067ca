"""What an operator reads when something fails, and what the process then exits with."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from typing import Any, Final

import click

from portcall.cli import EXTRA, MISSING
from portcall.cli.exit_codes import Exit
from portcall.cli.state import State
from portcall.errors import (
    AuthenticationError,
    ClientRefusedError,
    DeadlineError,
    HookError,
    PortcallError,
    ReauthorizationError,
    RefreshError,
    RefusedAddressError,
    RequestError,
    ResponseError,
    SignInNotFoundError,
    ThrottledError,
    TransportError,
)
from portcall.model.rfc3339 import rfc3339
from portcall.raised import text_of

CODES: Final[tuple[tuple[type[BaseException], Exit], ...]] = (
    (SignInNotFoundError, Exit.REFUSED),
    (AuthenticationError, Exit.AUTHENTICATION),
    (RequestError, Exit.USAGE),
    (TransportError, Exit.NETWORK),
    (ThrottledError, Exit.NETWORK),
    (ResponseError, Exit.REFUSED),
)
"""First match wins; everything else is usage, settings or a plugin."""

OPERATOR: Final = (KeyboardInterrupt, click.Abort, click.ClickException)
"""What the person at the keyboard did; never a plugin's fault."""

CLIENT: Final = (
    "give the right values with --set client_id=... --set client_secret=..., or in the environment"
)
_VARIABLE: Final = re.compile(r"\bPORTCALL_\w+_CLIENT_(ID|SECRET)")
_OPTION: Final = re.compile(r"(allow_\w+)=\[['\"]([^'\"]*)['\"]\]")
_SWITCH: Final = re.compile(
    r"\b(?:(restart|resume|follow)=True|(folder|encoding|decimal|format|query|query_key|follow)=(?=[ ,;]|$))"
)
_INSTALL: Final = re.compile(
    r"\bpip install( --upgrade)? (?:(portcall[\w-]*)|'(portcall[\w-]*\[[\w,]+\])')"
)
_VALUE: Final = re.compile(r"\b(encoding|decimal)='([^']*)'")
_ADVICE: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (ReauthorizationError, "authorize the connection again and give its new tokens"),
    (HookError, "this is a fault of that plugin: report it to its author"),
    (DeadlineError, "give it more time with --timeout SECONDS"),
)


def report(exc: BaseException, state: State) -> Exit:
    """Report on stderr what *exc* means and what to do; a traceback only where it was asked for.

    Returns:
        What the process exits with.
    """
    if state.as_json and not isinstance(exc, BrokenPipeError):
        return _report_json(exc, state)
    if isinstance(exc, click.ClickException):
        exc.show()
        return Exit.USAGE
    if isinstance(exc, KeyboardInterrupt | click.Abort):
        click.echo("\nInterrupted.", err=True)
        return Exit.INTERRUPTED
    if isinstance(exc, BrokenPipeError) and not _notes(exc):
        _discard_output()
        return Exit.BROKEN_PIPE
    if isinstance(exc, ModuleNotFoundError) and exc.name in EXTRA:
        click.echo(MISSING, err=True, nl=False)
        return Exit.USAGE
    click.echo(
        click.style("Error: ", fg="red") + state.clean(message_of(exc, state.again)), err=True
    )
    if state.debug:
        click.echo(_traceback(exc, state), err=True)
    return code_of(exc)


def _report_json(exc: BaseException, state: State) -> Exit:
    """Write ``{"error": {...}}`` on one line of stderr: kind, message, problems, retry_at, exit code."""
    if isinstance(exc, click.ClickException):
        code, kind, message = Exit.USAGE, "UsageError", exc.format_message()
    elif isinstance(exc, KeyboardInterrupt | click.Abort):
        code, kind, message = Exit.INTERRUPTED, "Interrupted", "interrupted"
    else:
        code, kind, message = code_of(exc), type(exc).__name__, message_of(exc, state.again)
    error: dict[str, Any] = {"kind": kind, "message": state.clean(message), "exit_code": int(code)}
    problems = getattr(exc, "problems", ())
    if problems:
        error["problems"] = [
            {"path": state.clean(each.path), "message": state.clean(each.message)}
            for each in problems
        ]
    retry_at = getattr(exc, "retry_at", None)
    if retry_at is not None:
        error["retry_at"] = rfc3339(retry_at)
    if state.debug:
        error["traceback"] = _traceback(exc, state)
    click.echo(json.dumps({"error": error}, ensure_ascii=False), err=True)
    return code


def code_of(exc: BaseException) -> Exit:
    """Return the exit code that stands for *exc*."""
    return next((code for kind, code in CODES if isinstance(exc, kind)), Exit.USAGE)


def message_of(exc: BaseException, again: str = "") -> str:
    """Return what happened and what to do.

    Args:
        exc: What was raised.
        again: The command that authorizes the connection again, if it is a stored one.
    """
    if isinstance(exc, PortcallError):
        return with_options(text_of(exc)) + _advice(exc, again)
    if isinstance(exc, OSError) and not _notes(exc) and exc.strerror:
        return f"{exc.filename}: {exc.strerror}" if exc.filename else exc.strerror
    return _unexpected(exc)


def with_options(text: str) -> str:
    """Name what an operator can type instead of what a program would write."""
    text = _SWITCH.sub(lambda found: f"--{(found[1] or found[2]).replace('_', '-')}", text)
    text = _INSTALL.sub(_command_to_install, text)
    text = _VALUE.sub(lambda found: f"--{found[1]} {found[2]}", text)
    return _OPTION.sub(lambda found: f"--{found[1].replace('_', '-')} {found[2]}", text)


def _command_to_install(found: re.Match[str]) -> str:
    """Name the command that knows what portcall was installed with: pip may not be there."""
    from portcall.plugins.published import CATALOGUE  # noqa: PLC0415  # for some errors only

    slugs = {each["distribution"]: each["slug"] for each in CATALOGUE}
    what = f"'{found[3]}'" if found[3] else slugs.get(found[2], found[2])
    return f"portcall plugins install{found[1] or ''} {what}"


def _advice(exc: BaseException, again: str) -> str:
    hint = next((advice for kind, advice in _ADVICE if isinstance(exc, kind)), "")
    if isinstance(exc, AuthenticationError):
        hint = _of_refusal(exc, hint, again)
    if " --wait " in text_of(exc):  # it says already which time was too short
        hint = ""
    if isinstance(exc, RefreshError | ThrottledError) and exc.retry_at is not None:
        hint = f"try again after {rfc3339(exc.retry_at)}"
    if isinstance(exc, RefusedAddressError) and "--allow-private" not in with_options(text_of(exc)):
        hint = "allow it with --allow-private HOST if it is yours"
    return f"; {hint}" if hint else ""


def _of_refusal(exc: AuthenticationError, hint: str, again: str) -> str:
    """Return what to do about refused credentials: correct the settings, or authorize again."""
    if isinstance(exc, ClientRefusedError) and not exc.fields:
        return "" if names_a_client(text_of(exc)) else CLIENT
    fields = exc.fields if isinstance(exc, ReauthorizationError | ClientRefusedError) else ()
    sets = [f"--set {name}=..." for name in fields]
    if again and not isinstance(exc, RefreshError):
        return " ".join(("run:", again, *sets))
    return f"give the right values with {' '.join(sets)}, or in the environment" if sets else hint


def names_a_client(text: str) -> bool:
    """Return whether a refusal names the variables to correct: no new authorization would help."""
    return _VARIABLE.search(text) is not None


def _unexpected(exc: BaseException) -> str:
    """An unexpected exception: one line, and whose fault it is."""
    said = " ".join(text_of(exc).split())
    what = type(exc).__name__ + (f": {said}" if said else "")
    notes = _notes(exc)
    if not notes:
        return f"{what}; this is a fault of portcall or of the plugin; --debug shows where"
    where = notes[-1].removeprefix("portcall: ")
    return f"{what} ({where}); this is a fault of that plugin: report it to its author (--debug)"


def _notes(exc: BaseException) -> list[str]:
    notes = getattr(exc, "__notes__", ())
    return [note for note in notes if isinstance(note, str) and note.startswith("portcall: ")]


def _traceback(exc: BaseException, state: State) -> str:
    import traceback  # noqa: PLC0415  # only with --debug

    from portcall.redaction.exceptions import redact_exception  # noqa: PLC0415

    redact_exception(exc, state.redactor)
    return state.clean("".join(traceback.format_exception(exc)))


def _discard_output() -> None:
    """Let what is still buffered go nowhere, so that nothing complains when the process ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
