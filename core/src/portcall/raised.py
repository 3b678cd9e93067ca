"""What came out of the code of others: its text, and whether it was meant to end the program."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import CodeType
from typing import Any


def text_of(exc: BaseException) -> str:
    """Return the text of *exc*; of one whose ``__str__`` fails, a text that says so."""
    try:
        return str(exc)
    except Exception as failure:  # noqa: BLE001  # an exception's own code may do anything
        return f"(its text is not available: __str__ raised {type(failure).__name__})"


def ends_program(exc: BaseException) -> bool:
    """Return True if *exc* would end the program on the word of the code that was called.

    True for `SystemExit` and `GeneratorExit`, except a `SystemExit` out of a signal handler: there the
    program itself wants to end, whatever it was calling just then.
    """
    if not isinstance(exc, SystemExit | GeneratorExit):
        return False
    frames = list(_codes(exc))
    return not any(code in frames for code in _handlers())


def _codes(exc: BaseException) -> Iterator[CodeType]:
    trace = exc.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code
        trace = trace.tb_next


def _handlers() -> Iterator[CodeType]:
    """Yield the code of each Python function that handles a signal."""
    for number in signal.valid_signals():
        handler: Any = signal.getsignal(number)
        handler = getattr(handler, "func", handler)  # functools.partial
        code = getattr(handler, "__code__", None)
        if code is None and not isinstance(handler, int | signal.Handlers):
            code = getattr(type(handler).__call__, "__code__", None)
        if isinstance(code, CodeType):
            yield code
