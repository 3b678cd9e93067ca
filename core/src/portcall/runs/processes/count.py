"""Choose how many processes a run uses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from portcall.errors import SettingsError

if TYPE_CHECKING:
    from portcall.connection import Connection
    from portcall.runs.pipelines.planning import PlannedSubscription
    from portcall.runs.processes.reopening import Reopening
    from portcall.runs.run_spec import RunSpec

MOST_PROCESSES: Final = 64

WORTH_BYTES: Final = 8 << 20
"""A smaller input has been read before more processes are ready."""


def count_of(spec: RunSpec, connection: Connection, reopening: Reopening | None) -> int:
    """Return how many processes make and send the requests of a run.

    Args:
        spec: Of the run. If it leaves the number open, there is one process for each core, provided that
            the input is large enough and other processes can open the connection.
        connection: The open connection.
        reopening: Opens the connection in other processes; None if that is impossible.

    Raises:
        SettingsError: More than one process was asked for, and that is impossible.
    """
    wanted, workers = spec.options.processes, least_workers(spec)
    if wanted == 1 or spec.options.dry_run:
        return 1
    if wanted is None:
        return min(usable_cores(), workers or MOST_PROCESSES, _worth(spec, connection, reopening))
    if not 1 <= wanted <= MOST_PROCESSES:
        raise SettingsError(f"processes must be between 1 and {MOST_PROCESSES}; it is {wanted}")
    if workers is not None and workers < wanted:
        raise SettingsError(
            f"workers={workers} lets fewer calls be under way at once than there are processes: "
            f"give processes={workers}, or more workers"
        )
    if reopening is None:
        raise SettingsError(
            "several processes need a connection that each of them can open: give its name, or the "
            "slug of its destination and settings=, in place of an open connection"
        )
    if os.name != "posix":
        raise SettingsError("several processes work on Linux and macOS only: give processes=1")
    return wanted


def _worth(spec: RunSpec, connection: Connection, reopening: Reopening | None) -> int:
    if reopening is None or os.name != "posix" or spec.is_live:
        return 1
    try:
        reopening.refuse_alone(connection.destination)
        reopening.to_json(connection.destination.slug)
        is_large = Path(spec.source).stat().st_size >= WORTH_BYTES
    except (SettingsError, OSError):
        return 1
    return MOST_PROCESSES if is_large else 1


def least_workers(spec: RunSpec) -> int | None:
    """Return the smallest limit of calls in flight among the subscriptions; None if there is no limit."""
    found = [each for one in spec.planned if (each := workers_of(spec, one))]
    return min(found, default=None)


def workers_of(spec: RunSpec, planned: PlannedSubscription) -> int | None:
    """Return how many calls of one subscription may be in flight at once; None if there is no limit."""
    return spec.options.workers or planned.plan.workers


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
