"""What a project says of the service: the tables ``[serve]`` and ``[[source]]``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from portcall.actions.near_names import near, shortened
from portcall.project.entry_kinds import Items, Number, Report, Text
from portcall.project.secret_names import is_secret, refuse_password
from portcall.project.table_kinds import Entry, Table
from portcall.store.names import is_name

HIGHEST_PORT: Final = 65_535
MOST_WORKERS: Final = 256
LONGEST_GRACE_S: Final = 3600.0
ANY_ORIGIN: Final = "*"


@attrs.frozen(kw_only=True)
class ProjectService:
    """What a project says of ``portcall serve`` and ``portcall work``; None means "no opinion".

    Args:
        host: The address to listen on.
        port: The port.
        workers: Claims of the outbox under way at once; 0 for a process that delivers nothing.
        grace_s: Seconds that calls in flight may take when the service stops.
        outbox: The path of a file, or a URL without a password.
    """

    host: str | None = None
    port: int | None = None
    workers: int | None = None
    grace_s: float | None = None
    outbox: str | None = None


@attrs.frozen(kw_only=True)
class ProjectSource:
    """Events that come in with one write key, and the pipelines that they go through.

    Args:
        name: Of the source; its write key is in ``PORTCALL_SOURCE_<NAME>_WRITE_KEY``.
        pipelines: Names of pipelines of the project.
        origins: Origins of pages that may send from a browser; ``*`` for any.
    """

    name: str
    pipelines: tuple[str, ...]
    origins: tuple[str, ...] = (ANY_ORIGIN,)

    @property
    def variable(self) -> str:
        """The environment variable of the write key."""
        return variable_of(self.name)


def variable_of(source: str) -> str:
    """Return the environment variable of a source's write key."""
    return f"PORTCALL_SOURCE_{source.upper().replace('-', '_')}_WRITE_KEY"


def _refuse_source(name: str) -> str:
    said = "a name is lower-case letters and digits with single '-' or '_' between them"
    return "" if is_name(name) and "." not in name else said


def _refuse_origin(text: str) -> str:
    if text == ANY_ORIGIN:
        return ""
    try:
        parts = urlsplit(text)
        is_origin = parts.scheme in {"http", "https"} and text == f"{parts.scheme}://{parts.netloc}"
        is_origin = is_origin and bool(parts.hostname) and "@" not in parts.netloc
        is_origin = is_origin and text == text.lower()
    except ValueError:
        is_origin = False
    return "" if is_origin else "it must be an origin such as https://shop.example, or *"


def _explain_secret(name: str) -> str:
    if not is_secret(name):
        return ""
    return (
        "a project file holds no secrets: set the environment variable "
        "PORTCALL_SOURCE_<NAME>_WRITE_KEY"
    )


SERVE: Final = Table(
    {
        "host": Entry(Text(), "The address to listen on."),
        "port": Entry(Number(whole=True, least=0, most=HIGHEST_PORT), "The port; 0 for any."),
        "workers": Entry(
            Number(whole=True, least=0, most=MOST_WORKERS),
            "Claims of the outbox under way at once; 0 to deliver nothing in this process.",
        ),
        "grace": Entry(
            Number(least=0, most=LONGEST_GRACE_S),
            "Seconds that calls in flight may take when the service stops.",
        ),
        "outbox": Entry(
            Text(partial(refuse_password, variable="PORTCALL_OUTBOX")),
            "Where events wait: a file, or a URL without a password.",
        ),
    },
    _explain_secret,
)
SOURCES: Final = Items(
    Table(
        {
            "name": Entry(
                Text(_refuse_source, r"^[a-z0-9]+([-_][a-z0-9]+)*$"),
                "What the source is called; names the variable of its write key.",
                needed=True,
            ),
            "pipelines": Entry(
                Items(Text()), "The pipelines that its events go through.", needed=True
            ),
            "origins": Entry(
                Items(Text(_refuse_origin)), "Origins of pages that may send from a browser."
            ),
        },
        _explain_secret,
    )
)


def check_sources(data: Mapping[str, Any], report: Report) -> None:
    """Report the faults of sources that only the whole project shows.

    Args:
        data: The whole file; parts of it may be of the wrong type, which is reported elsewhere.
        report: Takes each fault with its place.
    """
    held, tables = data.get("source"), data.get("pipelines")
    pipelines = list(tables) if isinstance(tables, dict) else []
    names: dict[str, str] = {}
    for number, source in enumerate(held if isinstance(held, list) else ()):
        if not isinstance(source, dict):
            continue
        at = ("source", str(number))
        for index, message in _wrong_pipelines(source.get("pipelines"), pipelines):
            report((*at, "pipelines", *index), message)
        name = source.get("name")
        if isinstance(name, str):
            if message := _taken(names.get(variable_of(name)), name):
                report((*at, "name"), message)
            names.setdefault(variable_of(name), name)


def _wrong_pipelines(wanted: object, known: Sequence[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    if not isinstance(wanted, list):
        return
    if not wanted:
        yield (), "it names no pipeline: its events would go nowhere"
    for index, each in enumerate(wanted):
        if isinstance(each, str) and each not in known:
            yield (
                (f"{index}",),
                f"the project has no pipeline {shortened(each)}; {near(each, known)}",
            )
        elif each in wanted[:index]:
            yield (f"{index}",), f"{shortened(f'{each}')} is given twice"


def _taken(other: str | None, name: str) -> str:
    if other is None:
        return ""
    if other == name:
        return f"two sources are called {shortened(name)}"
    return f"its write key would be in the same variable as that of {other!r}"


def service_of(data: Mapping[str, Any], place: Callable[[str], str]) -> ProjectService:
    """Return what a checked file says in ``[serve]``.

    Args:
        data: The whole file.
        place: Returns a path from the file's folder.
    """
    table = data.get("serve", {})
    outbox = table.get("outbox")
    return ProjectService(
        host=table.get("host"),
        port=table.get("port"),
        workers=table.get("workers"),
        grace_s=table.get("grace"),
        outbox=outbox if outbox is None or "://" in outbox else place(outbox),
    )


def sources_of(data: Mapping[str, Any]) -> tuple[ProjectSource, ...]:
    """Return the sources of a checked file."""
    return tuple(
        ProjectSource(
            name=each["name"],
            pipelines=tuple(each["pipelines"]),
            origins=tuple(each.get("origins", (ANY_ORIGIN,))),
        )
        for each in data.get("source", ())
    )
