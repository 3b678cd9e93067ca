"""One attempt of a task: Arrow record batches to rows with outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import uuid4

from pyspark import TaskContext

from portcall.runs.inputs import RecordBatches
from portcall_spark.commit_log import open_commit_log
from portcall_spark.partition import PartitionDelivery, Row
from portcall_spark.work import Work


class Task:
    """Delivers the partition that this process is at.

    Args:
        work: What is delivered.

    Attributes:
        part: Number of the partition.
        attempt: Names this attempt; no other has this name.
        counts: How many rows had which outcome, by now.
    """

    def __init__(self, work: Work) -> None:
        context = TaskContext.get()
        self.part: Final[int] = context.partitionId() if context is not None else 0
        self.attempt: Final = uuid4().hex
        self.counts: Counter[str] = Counter()
        self._work: Final = work

    def rows(self, batches: Iterable[Any]) -> Iterator[Row]:
        """Return every row with its outcome, in order.

        Args:
            batches: ``pyarrow.RecordBatch`` objects.

        Raises:
            CommitLogError: The log cannot be used, or a later attempt sends these rows.
            PortcallError: The connection cannot be used.
        """
        work = self._work
        entries = RecordBatches("the DataFrame", batches, work.event).entries
        with work.opened() as (connection, action), open_commit_log(work.commit_log) as log:
            taken = log.take(work.run, self.part, self.attempt)
            delivery = PartitionDelivery(work, connection, action, taken, self.part)
            self.counts = delivery.counts
            yield from delivery.rows(entries)
