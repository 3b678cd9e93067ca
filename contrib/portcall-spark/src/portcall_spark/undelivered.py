"""Files with the events that tasks have not delivered, in the form of portcall's dead letters."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from portcall.runs.inputs import to_line
from portcall_spark.partition import Row
from portcall_spark.work import Work

_KINDS: Final = {
    "rejected": "rejected",
    "uncertain": "uncertain",
    "retry": "retry",
    "reauthorize": "retry",
}
"""The file that an outcome belongs in; what waits for a person is sent again like what waits for a moment."""

_MODE: Final = 0o600


class UndeliveredFiles:
    """The files of one attempt of a task: one for each kind, made when there is a first event for it.

    They have names of their own until the job is committed, so that an attempt which fails leaves nothing
    that looks like a result.

    Args:
        work: With the folder.
        part: Number of the partition.
        attempt: Names the attempt.
    """

    def __init__(self, work: Work, part: int, attempt: str) -> None:
        self._folder: Final = Path(work.undelivered or "")
        self._stem: Final = f"{work.connection}-{work.action}.{work.run}-{part:05}"
        self._attempt: Final = attempt
        self._files: Final[dict[str, BinaryIO]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
            file.close()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files that were made, in the folder."""
        return tuple(self._name(kind) for kind in self._files)

    def add(self, row: Row) -> None:
        """Write one event with its reason, unless it was delivered or not wanted."""
        kind = _KINDS.get(row.outcome.kind)
        if kind is not None:
            file = self._files.get(kind) or self._made(kind)
            file.write(to_line(row.entry, _note(row)))

    def _made(self, kind: str) -> BinaryIO:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / self._name(kind)
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb")
        self._files[kind] = file
        return file

    def _name(self, kind: str) -> str:
        return f".{self._attempt}.{self._stem}.{kind}.ndjson"


def publish(folder: str, names: Iterable[str]) -> None:
    """Give the files of the attempts that count their own names."""
    for name in names:
        Path(folder, name).replace(Path(folder, _final(name)))


def discard(folder: str, names: Iterable[str]) -> None:
    """Remove the files of attempts of a job that failed."""
    for name in names:
        Path(folder, name).unlink(missing_ok=True)


def _final(name: str) -> str:
    return name.split(".", 2)[2]


def _note(row: Row) -> dict[str, Any]:
    outcome = row.outcome
    said = {"line": row.entry.number, "outcome": outcome.kind, "reason": outcome.reason}
    return {**said, "field": outcome.field} if outcome.field else said
