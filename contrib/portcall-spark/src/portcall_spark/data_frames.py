"""DataFrames to outcomes: for jobs that go on with them, and for streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import attrs
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from portcall import NotDeliveredError
from portcall.runs.inputs import to_line
from portcall_spark.partition import Row
from portcall_spark.task import Task
from portcall_spark.work import Work

OUTCOMES: Final = "outcome string, reason string, field string, message_id string, event string"
"""Columns of what `deliver` returns; ``event`` is JSON."""

_ARROW: Final = pa.schema([(name.split()[0], pa.string()) for name in OUTCOMES.split(", ")])
_ROWS: Final = 10_000


def deliver(df: DataFrame, connection: str, action: str, **options: Any) -> DataFrame:
    """Return the outcome of every row; computing it is what delivers.

    It may be computed any number of times: the run has one name, so that rows which were delivered are not
    sent again, and have the same outcome.

    Args:
        df: Rows, one event each.
        connection: Name of a stored connection.
        action: Name of one of its destination's actions.
        **options: The other arguments of `Work`; ``undelivered`` has no meaning here.

    Returns:
        A DataFrame with the columns ``outcome``, ``reason``, ``field``, ``message_id`` and ``event``.

    Raises:
        PortcallError: The connection or the action cannot be used; told before any task begins.

    Example::

        outcomes = deliver(orders, "shop", "track")
        outcomes.where("outcome <> 'delivered'").write.saveAsTable("orders_undelivered")
    """
    work = Work(connection=connection, action=action, **options)
    with work.opened():
        return df.mapInArrow(partition_function(work), OUTCOMES)


def partition_function(work: Work) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """Return the function that `deliver` gives to ``DataFrame.mapInArrow``: record batches to outcomes.

    Args:
        work: What is delivered.
    """

    def delivered(batches: Iterable[Any]) -> Iterator[Any]:
        columns: list[tuple[str, ...]] = []
        for row in Task(work).rows(batches):
            columns.append(_told(row))
            if len(columns) >= _ROWS:
                yield _batch(columns)
                columns = []
        yield _batch(columns)

    return delivered


def for_each_batch(
    connection: str, action: str, *, name: str, undelivered: str | None = None, **options: Any
) -> Callable[[DataFrame, int], None]:
    """Return the function for ``writeStream.foreachBatch``.

    A micro-batch that Spark repeats, after a failure or a restart, is the same run: its rows are not sent
    again where they were delivered.

    Args:
        connection: Name of a stored connection.
        action: Name of one of its destination's actions.
        name: Of the stream; with the number of a micro-batch it names a run. Two streams never share one.
        undelivered: Path that Spark can write to, for the rows that were not delivered, with their reasons:
            JSON, a folder ``batch=N`` for each micro-batch that has some. None to fail the stream there.
        **options: The other arguments of `Work`, but ``run``.

    Raises:
        PortcallError: The connection or the action cannot be used.
    """
    work = Work(connection=connection, action=action, **options)
    with work.opened():
        pass

    def deliver_batch(df: DataFrame, batch_id: int) -> None:
        batch = attrs.evolve(work, run=f"{name}-{batch_id}")
        outcomes = df.mapInArrow(partition_function(batch), OUTCOMES).persist()
        try:
            counts = _counts(outcomes)
            if set(counts) - {"delivered", "skipped"}:
                _keep(
                    outcomes, counts, batch.run, undelivered and f"{undelivered}/batch={batch_id}"
                )
        finally:
            outcomes.unpersist()

    return deliver_batch


def _counts(outcomes: DataFrame) -> dict[str, int]:
    return {row["outcome"]: row["count"] for row in outcomes.groupBy("outcome").count().collect()}


def _keep(outcomes: DataFrame, counts: Mapping[str, int], run: str, path: str | None) -> None:
    if path is None:
        said = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))
        raise NotDeliveredError(
            f"run {run}: {said}; give undelivered= a path for rows that are not delivered",
            "rejected",
        )
    missing = outcomes.where(~col("outcome").isin("delivered", "skipped"))
    missing.write.mode("overwrite").json(path)


def _told(row: Row) -> tuple[str, ...]:
    outcome = row.outcome
    event = row.entry.raw if row.entry.event is not None else to_line(row.entry, {})
    return (
        outcome.kind, outcome.reason, outcome.field, row.message_id, event.decode(errors="replace"),
    )  # fmt: skip


def _batch(rows: list[tuple[str, ...]]) -> Any:
    columns = list(zip(*rows, strict=True)) or [()] * len(_ARROW)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, pa.string()) for column in columns], schema=_ARROW
    )
