"""PC101 to PC109: a plugin can be imported and composed, and its hooks are those that there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from portcall.checks.check import NOWHERE, Check, Needs, Place, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.subject import Subject
from portcall.raised import text_of


@as_check("PC101", "loads", Severity.ERROR, "The plugin can be loaded.", needs=Needs.NOTHING)
def loads(subject: Subject) -> Iterator[Finding]:
    """A plugin that cannot be imported or composed is of no use to anybody; the error says why.

    Where another check knows the reason, that check reports it and this one does not.
    """
    error = subject.load_error
    if error is not None and not any(list(each.run(subject)) for each in REASONS):
        notes = "; ".join(getattr(error, "__notes__", ()))
        text = f"the plugin cannot be loaded: {text_of(error)}"
        place = _raised_in(subject, error)
        yield loads.finding(f"{text}{'; ' if notes else ''}{notes}", "mend what it names", place)


REASONS: Final[tuple[Check, ...]] = ()
"""Checks that know why a plugin cannot be loaded."""
LOADING: Final = (loads, *REASONS)


def _raised_in(subject: Subject, error: BaseException) -> Place:
    """Return the last line of the plugin's own that *error*, or its cause, came through."""
    place, package = NOWHERE, subject.package
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SyntaxError) and cause.filename:
            return cause.filename, cause.lineno
        trace = cause.__traceback__
        while trace is not None:
            file = Path(trace.tb_frame.f_code.co_filename)
            if package is not None and (file == package or file.is_relative_to(package)):
                place = f"{file}", trace.tb_lineno
            trace = trace.tb_next
        cause = cause.__cause__
    return place
