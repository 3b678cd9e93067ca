"""PC601 to PC619: what the import of a plugin does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from portcall.checks.check import Check, Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.subject import Subject

MOST_S: Final = 0.1
_CLIENTS: Final = {"aiohttp", "httpx", "requests"}


@as_check(
    "PC601",
    "imports-alone",
    Severity.ERROR,
    "The plugin can be imported by itself.",
    needs=Needs.PLUGIN,
)
def imports_alone(subject: Subject) -> Iterator[Finding]:
    """A program may import any plugin first, so none may rely on another's import."""
    probe = subject.probe
    if probe.get("failed") and not [
        w for w in probe.get("works", ()) if w[0] in {"network", "process"}
    ]:
        yield imports_alone.finding(
            f"its import fails in a process of its own: {probe['failed']}",
            "import what it needs itself, and do no work while it is imported",
            subject.start,
        )


@as_check(
    "PC602",
    "import-time",
    Severity.BEFORE_PUBLISHING,
    "The import takes less than 100 ms.",
    needs=Needs.PLUGIN,
)
def import_time(subject: Subject) -> Iterator[Finding]:
    """Every command waits for the import. Its processor time counts, without portcall's own imports."""
    cpu_s = min((subject.probe.get("cpu_s", 0.0), *_again(subject)))
    if cpu_s > MOST_S:
        yield import_time.finding(
            f"its import takes {cpu_s * 1000:.0f} ms",
            "import heavy modules inside the functions that use them",
            subject.start,
        )


@as_check(
    "PC603", "import-network", Severity.ERROR, "The import opens no connection.", needs=Needs.PLUGIN
)
def import_network(subject: Subject) -> Iterator[Finding]:
    """A program that lists its plugins, or that runs offline, must not open connections."""
    yield from _works(
        subject, import_network, "network", "talk to the destination in hooks and actions alone"
    )


@as_check(
    "PC604", "import-processes", Severity.ERROR, "The import starts no process.", needs=Needs.PLUGIN
)
def import_processes(subject: Subject) -> Iterator[Finding]:
    """A process for each import slows every command down, and many environments forbid it."""
    yield from _works(subject, import_processes, "process", "do without")


@as_check(
    "PC605",
    "import-files",
    Severity.ERROR,
    "The import touches no files but code.",
    needs=Needs.PLUGIN,
)
def import_files(subject: Subject) -> Iterator[Finding]:
    """A file on this machine may be missing, or not writable, on the next.

    Data of the package is read when it is needed, with ``importlib.resources``.
    """
    yield from _works(subject, import_files, "file", "read it in the function that needs it")


@as_check(
    "PC606",
    "import-environment",
    Severity.ERROR,
    "The import reads no environment.",
    needs=Needs.PLUGIN,
)
def import_environment(subject: Subject) -> Iterator[Finding]:
    """A value that is read during import holds for every customer, until the program ends."""
    for name, file, line in subject.probe.get("reads", ()):
        yield import_environment.finding(
            f"its import reads {name} from the environment",
            "declare a field, and read it from settings", (file, line),
        )  # fmt: skip


@as_check(
    "PC607", "import-threads", Severity.ERROR, "The import starts no thread.", needs=Needs.PLUGIN
)
def import_threads(subject: Subject) -> Iterator[Finding]:
    """A thread that an import starts is lost in a fork, and can keep a program from ending."""
    for name in subject.probe.get("threads", ()):
        yield import_threads.finding(
            f"its import starts the thread {name!r}", "start none", subject.start
        )


@as_check(
    "PC608", "import-output", Severity.ERROR, "The import prints nothing.", needs=Needs.PLUGIN
)
def import_output(subject: Subject) -> Iterator[Finding]:
    """What an import prints appears in the output of every command."""
    printed = subject.probe.get("printed", "").strip()
    if printed:
        yield import_output.finding(
            f"its import prints {printed[:60]!r}", "remove it", subject.start
        )


@as_check(
    "PC609",
    "import-clients",
    Severity.ERROR,
    "The import brings no other HTTP client.",
    needs=Needs.PLUGIN,
)
def import_clients(subject: Subject) -> Iterator[Finding]:
    """An SDK with its own client sends past the declared hosts and past the protection of secrets."""
    own = {name for s in subject.sources for name in _CLIENTS if f"import {name}" in s.text}
    for name in sorted(_CLIENTS.intersection(subject.probe.get("modules", ())) - own):
        yield import_clients.finding(
            f"its import brings {name}", "send with client, without the SDK", subject.start
        )


@as_check(
    "PC610",
    "import-changes",
    Severity.ERROR,
    "The import changes nothing of the program's.",
    needs=Needs.PLUGIN,
)
def import_changes(subject: Subject) -> Iterator[Finding]:
    """Logging, warnings, signals and ``sys.path`` belong to the program that uses the plugin."""
    for name in subject.probe.get("changed", ()):
        yield import_changes.finding(
            f"its import changes {name}", "leave it as it is", subject.start
        )


IMPORTING: Final = (
    imports_alone, import_time, import_network, import_processes, import_files, import_environment,
    import_threads, import_output, import_clients, import_changes,
)  # fmt: skip


def _again(subject: Subject) -> Iterator[float]:
    """Measure again where the first import, which may have compiled the files, took long."""
    if subject.probe.get("cpu_s", 0.0) > MOST_S:
        yield subject.probed().get("cpu_s", 0.0)


def _works(subject: Subject, check: Check, kind: str, advice: str) -> Iterator[Finding]:
    works: list[Any] = subject.probe.get("works", [])
    for each, event, file, line in works:
        if each == kind:
            yield check.finding(f"its import does {event}", advice, (file, line))
