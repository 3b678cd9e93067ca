"""``df.write.format("portcall")``: the rows of a DataFrame, delivered by the executors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from pyspark.sql import SparkSession
from pyspark.sql.datasource import (
    DataSource,
    DataSourceArrowWriter,
    DataSourceStreamWriter,
    WriterCommitMessage,
)

from portcall import NotDeliveredError, SettingsError
from portcall_spark.task import Task
from portcall_spark.undelivered import UndeliveredFiles, discard, publish
from portcall_spark.work import Work

_ONLY_APPENDS: Final = (
    "portcall can only append: .mode('append'); what was delivered is not taken back"
)
_STREAMS: Final = (
    "a stream is written with .foreachBatch(portcall_spark.for_each_batch(...)), which knows which batch it"
    " is, so that a batch which Spark repeats sends nothing twice"
)
_MOST_REASONS: Final = 5


def register(spark: SparkSession) -> None:
    """Make the format ``portcall`` known to a session."""
    spark.dataSource.register(PortcallDataSource)


class PortcallDataSource(DataSource):
    """The format ``portcall``; its options are the arguments of `Work`."""

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return "portcall"

    def writer(self, schema: Any, overwrite: bool) -> Writer:  # noqa: ARG002  # Spark's
        """Return what the driver and the tasks write with; the options are checked here.

        Raises:
            PortcallError: An option, the connection or the action cannot be used.
        """
        if overwrite:
            raise SettingsError(_ONLY_APPENDS)
        work = Work.of(self.options)
        with work.opened() as (connection, action):
            connection.deliver(
                action, [], mapping=work.mapping, subscribe=work.subscribe, preset=work.preset,
                sync_mode=work.sync_mode, workers=work.workers,
            ).close()  # fmt: skip
        return Writer(work)

    def streamWriter(self, schema: Any, overwrite: bool) -> DataSourceStreamWriter:  # noqa: N802, ARG002  # Spark's
        """Streams go another way.

        Raises:
            SettingsError: Always; names the way.
        """
        raise SettingsError(_STREAMS)


@dataclass
class Written(WriterCommitMessage):
    """What one task tells the driver.

    Args:
        counts: How many rows had which outcome.
        files: Names of the files with events that were not delivered.
        reasons: The first reasons of events that were not delivered.
    """

    counts: Mapping[str, int]
    files: Sequence[str]
    reasons: Sequence[str]


class Writer(DataSourceArrowWriter):
    """Delivers in the tasks; the driver commits or aborts.

    Args:
        work: What is delivered.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    def write(self, iterator: Iterator[Any]) -> Written:
        """Deliver the rows of one partition.

        Raises:
            PortcallError: The connection, the commit log or the folder cannot be used.
        """
        task, work = Task(self._work), self._work
        if work.undelivered is None:
            return _without_files(task, iterator)
        with UndeliveredFiles(work, task.part, task.attempt) as files:
            for row in task.rows(iterator):
                files.add(row)
        return Written(dict(task.counts), files.names, ())

    def commit(self, messages: list[WriterCommitMessage | None]) -> None:
        """Give the files of the tasks their names; fail if events without a place were not delivered.

        Raises:
            NotDeliveredError: Events were not delivered, and there is no option ``undelivered``.
        """
        written = [each for each in messages if isinstance(each, Written)]
        if self._work.undelivered is not None:
            publish(self._work.undelivered, (name for each in written for name in each.files))
            return
        counts: Counter[str] = Counter()
        for each in written:
            counts.update(each.counts)
        if set(counts) - {"delivered", "skipped"}:
            _fail(counts, [reason for each in written for reason in each.reasons], self._work.run)

    def abort(self, messages: list[WriterCommitMessage | None]) -> None:
        """Remove the files of the tasks; what was delivered stays in the commit log."""
        if self._work.undelivered is not None:
            written = [each for each in messages if isinstance(each, Written)]
            discard(self._work.undelivered, (name for each in written for name in each.files))


def _without_files(task: Task, batches: Iterator[Any]) -> Written:
    reasons: list[str] = []
    for row in task.rows(batches):
        outcome = row.outcome
        if len(reasons) < _MOST_REASONS and outcome.kind not in {"delivered", "skipped"}:
            reasons.append(f"{outcome.kind}: {outcome.reason}")
    return Written(dict(task.counts), (), reasons)


def _fail(counts: Mapping[str, int], reasons: Sequence[str], run: str) -> NoReturn:
    said = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))
    first = "; ".join(dict.fromkeys(reasons[:_MOST_REASONS]))
    raise NotDeliveredError(
        f"{said}; {first}. Name a folder for these events with .option('undelivered', ...), and give"
        f" .option('run', {run!r}): what was delivered is not sent again",
        "rejected",
    )
