"""Running one piece of a plugin, and keeping everything that it does meanwhile."""

from __future__ import annotations

import io
import logging
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta, tzinfo
from types import ModuleType
from typing import Any, Final

import attrs

from portcall.actions.outcomes import Outcome
from portcall.checks.probing.played import EndlessError, Played, Script, Seen

_MOST_SLEEPS: Final = 30
_SLEEP: Final = time.sleep
_TIME: Final = time.time


@attrs.frozen(kw_only=True)
class Trial:
    """What came of one run.

    Args:
        returned: What it returned; the outcomes, of a delivery.
        error: What it raised.
        seen: The requests.
        printed: What it wrote to standard output and standard error.
        logged: What it logged, as text.
        warned: Its warnings.
        slept_s: How long it slept, in its own thread.
        threads: Names of the threads that it left running.
        dialled: Where it opened sockets to, which were refused.
    """

    returned: Any = None
    error: BaseException | None = None
    seen: tuple[Seen, ...] = ()
    printed: str = ""
    logged: str = ""
    warned: tuple[str, ...] = ()
    slept_s: float = 0.0
    threads: tuple[str, ...] = ()
    dialled: tuple[str, ...] = ()

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of the events of a delivery."""
        return self.returned if isinstance(self.returned, tuple) else ()

    @property
    def raised(self) -> BaseException | None:
        """What it raised, or the fault that an outcome carries."""
        if self.error is not None:
            return self.error
        return next((each.fault for each in self.outcomes if each.fault is not None), None)

    @property
    def is_endless(self) -> bool:
        """Whether it was stopped, as it made requests without end."""
        return isinstance(self.error, EndlessError)


def observe(
    work: Callable[[], Any], played: Played, script: Script, modules: tuple[ModuleType, ...] = ()
) -> Trial:
    """Run *work*, its requests answered by *script*.

    Args:
        work: Runs the plugin.
        played: Answers its requests.
        script: What is answered.
        modules: The plugin's own, which may hold names of `time.sleep`.
    """
    played.script, played.seen = script, []
    printed, logged = io.StringIO(), _Lines()
    before = set(threading.enumerate())
    returned: Any = None
    error: BaseException | None = None
    with (
        warnings.catch_warnings(record=True) as warned,
        redirect_stdout(printed),
        redirect_stderr(printed),
        _listening(logged),
        _without_sleep(modules) as slept,
        _without_sockets() as dialled,
    ):
        warnings.simplefilter("always")
        try:
            returned = work()
        except KeyboardInterrupt:
            raise
        except BaseException as exc:  # noqa: BLE001  # a plugin may raise anything
            error = exc
    left = [t for t in threading.enumerate() if t not in before and "portcall" not in t.name]
    return Trial(
        returned=returned,
        error=error,
        seen=tuple(played.seen),
        printed=printed.getvalue(),
        logged="\n".join(logged.lines),
        warned=tuple(f"{each.category.__name__}: {each.message}" for each in warned),
        slept_s=sum(slept),
        dialled=tuple(dialled),
        threads=tuple(each.name for each in left if each.is_alive()),
    )


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.lines.append(record.getMessage())
        except (TypeError, ValueError):
            self.lines.append(f"{record.msg} {record.args}")


@contextmanager
def _listening(handler: logging.Handler) -> Iterator[None]:
    """Hear every logger, whatever level the program set."""
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


@contextmanager
def later(modules: tuple[ModuleType, ...], clock: list[float]) -> Iterator[None]:
    """Let a plugin's modules see a later time, by the seconds in *clock*, which may change meanwhile.

    Args:
        modules: The plugin's own: what they call ``datetime`` and ``time`` is replaced in them alone.
        clock: One number.
    """

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=clock[0])

        @classmethod
        def utcnow(cls) -> datetime:  # type: ignore[override]
            return datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=clock[0])

    def now() -> float:
        return _TIME() + clock[0]

    own = threading.get_ident()
    for_all: list[tuple[Any, str, Any]] = [
        (time, "time", lambda: now() if threading.get_ident() == own else _TIME())
    ]
    held = [
        (module, name, Later if value is datetime else now)
        for module in modules
        for name, value in vars(module).items()
        if value is datetime or value is _TIME
    ]
    before = [(module, name, getattr(module, name)) for module, name, _ in (*for_all, *held)]
    try:
        for module, name, value in (*for_all, *held):
            setattr(module, name, value)
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


@contextmanager
def _without_sockets() -> Iterator[list[str]]:
    """Refuse every connection and lookup of this thread, and of threads that it begins; note where to."""
    dialled: list[str] = []
    others = {each.ident for each in threading.enumerate()} - {threading.get_ident()}
    places: list[tuple[Any, str]] = [
        (socket, "getaddrinfo"),
        (socket.socket, "connect"),
        (socket.socket, "connect_ex"),
    ]

    def refusing(usual: Any, place: int) -> Any:
        def dial(*arguments: Any, **options: Any) -> Any:
            if threading.get_ident() in others:
                return usual(*arguments, **options)
            dialled.append(f"{arguments[place]}")
            raise OSError("no connection is opened while a plugin is checked")

        return dial

    before = [(owner, name, getattr(owner, name)) for owner, name in places]
    try:
        for owner, name, usual in before:
            setattr(owner, name, refusing(usual, 0 if owner is socket else 1))
        yield dialled
    finally:
        for owner, name, usual in before:
            if owner is socket:
                setattr(owner, name, usual)
            else:
                delattr(owner, name)  # the class inherits its own


@contextmanager
def _without_sleep(modules: tuple[ModuleType, ...]) -> Iterator[list[float]]:
    """Let this thread go on at once where it would sleep, and note for how long."""
    slept: list[float] = []
    own = threading.get_ident()

    def note(seconds: float) -> None:
        if threading.get_ident() != own:
            _SLEEP(seconds)
            return
        slept.append(seconds)
        if len(slept) > _MOST_SLEEPS:
            raise EndlessError(f"more than {_MOST_SLEEPS} pauses")

    held: list[tuple[Any, str]] = [
        (module, name)
        for module in modules
        for name, value in vars(module).items()
        if value is _SLEEP
    ]
    places = [(time, "sleep"), *held]
    for module, name in places:
        setattr(module, name, note)
    try:
        yield slept
    finally:
        for module, name in places:
            setattr(module, name, _SLEEP)


def modules_of(package: str, plugin: object) -> tuple[ModuleType, ...]:
    """Return the modules of a plugin that are loaded."""
    found = [
        module
        for name, module in list(sys.modules.items())
        if package and (name == package or name.startswith(f"{package}.")) and module is not None
    ]
    if isinstance(plugin, ModuleType) and plugin not in found:
        found.append(plugin)
    return tuple(found)
