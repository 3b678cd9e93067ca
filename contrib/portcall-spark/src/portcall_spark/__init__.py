"""Spark for portcall: the rows of a DataFrame delivered by its executors, and none of them twice.

Each name is imported when it is first used, so that a program which only prepares options needs no Spark.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from portcall_spark.commit_log import (
        CommitLog as CommitLog,
        open_commit_log as open_commit_log,
    )
    from portcall_spark.commit_log_errors import (
        CommitLogError as CommitLogError,
        SupersededError as SupersededError,
    )
    from portcall_spark.data_frames import deliver as deliver, for_each_batch as for_each_batch
    from portcall_spark.data_source import register as register
    from portcall_spark.work import Work as Work

_PLACES: Final = {
    "CommitLog": "commit_log",
    "CommitLogError": "commit_log_errors",
    "SupersededError": "commit_log_errors",
    "Work": "work",
    "deliver": "data_frames",
    "for_each_batch": "data_frames",
    "open_commit_log": "commit_log",
    "register": "data_source",
}

__all__ = [
    "CommitLog",
    "CommitLogError",
    "SupersededError",
    "Work",
    "deliver",
    "for_each_batch",
    "open_commit_log",
    "register",
]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(f"portcall_spark.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
