"""Load every plugin where it can do no harm, and say what is wrong with the broken ones."""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from portcall.cli.destinations.check_cache import BROKEN, COLUMNS
from portcall.errors import speaks_for_itself
from portcall.plugins.catalog import Catalog
from portcall.plugins.info import PluginInfo
from portcall.raised import text_of

if TYPE_CHECKING:
    from portcall.host import Host

PATIENCE_S: Final = 10.0
"""How long one plugin may take to load."""

SELDOM: Final = 100_000
"""How many objects a child makes before it looks for garbage."""

Load: TypeAlias = Callable[[str], str]
"""Loads the destination of that slug and returns its scheme."""


@attrs.frozen
class Finding:
    """What loading one destination came to.

    Args:
        scheme: Its scheme; empty if it did not load.
        reason: Why it did not; empty if it did.
    """

    scheme: str = ""
    reason: str = ""


def load_each(
    catalog: Catalog, files: Sequence[str], known: Mapping[str, Finding]
) -> dict[str, Finding]:
    """Load each destination that one distribution offers, except those whose state is *known*.

    Args:
        catalog: What is installed.
        files: Paths of the plugins that are files.
        known: Findings by slug.
    """
    slugs = [slug for slug in catalog if len(catalog.claims(slug)) == 1 and slug not in known]
    with ExitStack() as stack:

        @cache
        def host() -> Host:
            # Only where plugins are loaded: a child's modules are never torn down.
            from portcall.host import Host  # noqa: PLC0415

            return stack.enter_context(Host(plugins=files))

        return {**known, **check(lambda slug: host().destination(slug).scheme, slugs)}


def listed(catalog: Catalog, findings: Mapping[str, Finding]) -> list[dict[str, str]]:
    """Return a row for each destination that a distribution offers, by the names in `COLUMNS`."""
    return [
        _row(info, finding, status)
        for slug in catalog
        for info, finding, status in _statuses(catalog.claims(slug), findings.get(slug))
    ]


def _statuses(
    claims: Sequence[PluginInfo], finding: Finding | None
) -> Iterator[tuple[PluginInfo, Finding, str]]:
    if len(claims) > 1:
        rivals = " and ".join(sorted(claim.source for claim in claims))
        several = Finding(reason=f"{rivals} both offer it: uninstall all but one")
        yield from ((info, several, "ambiguous") for info in claims)
    else:
        status = "unchecked" if finding is None else BROKEN if finding.reason else "ok"
        yield claims[0], finding or Finding(), status


def _row(info: PluginInfo, finding: Finding, status: str) -> dict[str, str]:
    cells = (info.slug, finding.scheme, info.distribution, info.version, status, finding.reason)
    return dict(zip(COLUMNS, cells, strict=True))


def check(load: Load, slugs: Iterable[str], patience_s: float = PATIENCE_S) -> dict[str, Finding]:
    """Load each of *slugs*, in a process of its own where there is ``fork``.

    A plugin that hangs, crashes the interpreter or ends the process costs only itself: the others
    are loaded in a new child.
    """
    found: dict[str, Finding] = {}
    waiting = list(slugs)
    # A fork of a process with threads may hang in the child (os.fork's own warning).
    if not hasattr(os, "fork") or threading.active_count() > 1:
        with (
            Path(os.devnull).open("w") as nowhere,
            redirect_stdout(nowhere),
            redirect_stderr(nowhere),
        ):
            return {slug: _finding(load, slug) for slug in waiting}
    while waiting:
        done, end = _in_child(load, waiting, patience_s)
        found.update(zip(waiting, done, strict=False))
        waiting = waiting[len(done) :]
        if waiting:
            found[waiting.pop(0)] = Finding(reason=end)
    return found


def _finding(load: Load, slug: str) -> Finding:
    try:
        return Finding(load(slug))
    except KeyboardInterrupt:
        raise
    except BaseException as exc:  # noqa: BLE001  # a plugin may raise anything
        kind = "" if speaks_for_itself(exc) else f"{type(exc).__name__}: "
        return Finding(reason=f"{kind}{text_of(exc)}")


def _in_child(load: Load, slugs: Sequence[str], patience_s: float) -> tuple[list[Finding], str]:
    """Return what a child found until it ended, and how it ended."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _report(load, slugs, writing)
    os.close(writing)
    done: list[Finding] = []
    end = "ends the process that loads it"
    try:
        # Not one list at the end: what was told before it hung counts.
        for line in _lines(reading, patience_s):
            done += [Finding(*json.loads(line))]
    except TimeoutError:
        end = f"takes longer than {patience_s:g} s to load"
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)  # it has told everything, or never will
        os.waitpid(child, 0)
    return done, end


def _report(load: Load, slugs: Sequence[str], writing: int) -> None:
    """Be the child: load, tell, and never come back."""
    # Imports make many objects and little garbage: looking for it often finds nothing.
    gc.set_threshold(SELDOM)
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nowhere, number)
        # Where a program has put streams of its own into their place, they lead elsewhere.
        sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        for slug in slugs:
            finding = _finding(load, slug)
            os.write(writing, json.dumps([finding.scheme, finding.reason[:1000]]).encode() + b"\n")
    finally:
        os._exit(0)


def _lines(reading: int, patience_s: float) -> Iterator[bytes]:
    """Return what comes, line by line.

    Raises:
        TimeoutError: None came for too long.
    """
    rest, ends = b"", monotonic() + patience_s
    while True:
        if not select.select([reading], [], [], max(ends - monotonic(), 0.0))[0]:
            raise TimeoutError
        chunk = os.read(reading, 65_536)
        if not chunk:
            return
        *whole, rest = (rest + chunk).split(b"\n")
        if whole:
            yield from whole
            ends = monotonic() + patience_s
