"""The rows of one partition to outcomes, in one attempt of a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any, Final

import attrs

from portcall import Action, Connection, Outcome
from portcall.runs.inputs import Entry
from portcall_spark.commit_log import Begun, PartitionLog
from portcall_spark.work import Work

_MOST_ROWS: Final = 10_000
_MOST_BYTES: Final = 32 << 20
_ANY: Final = ("utf-8", "surrogatepass")
_CUT_OFF: Final = Outcome.uncertain(
    "a task was about to send it when the task ended, and the action must not be done twice: look there"
)


@attrs.frozen
class Row:
    """One row, and what became of it.

    Args:
        entry: The row's event, with the number of the row in its partition, from 1.
        outcome: What became of it.
        message_id: The event's own, or the one that it was sent with.
    """

    entry: Entry
    outcome: Outcome
    message_id: str


class PartitionDelivery:
    """Delivers the rows of one partition; those that an earlier attempt has seen to are not sent again.

    Args:
        work: What is delivered.
        connection: The account.
        action: One of its destination's.
        log: What earlier attempts have sent, and where this one writes.
        part: Number of the partition.
    """

    def __init__(
        self, work: Work, connection: Connection, action: Action, log: PartitionLog, part: int
    ) -> None:
        self._work: Final = work
        self._connection: Final = connection
        self._action: Final = action
        self._log: Final = log
        self._part: Final = part
        self._seen: Final[Counter[int]] = Counter()
        self.counts: Final[Counter[str]] = Counter()

    def rows(self, entries: Iterator[Entry]) -> Iterator[Row]:
        """Return every row with its outcome, in order.

        Raises:
            CommitLogError: The log cannot be written, or a later attempt sends these rows.
            PortcallError: The connection cannot be used.
        """
        while block := _block(entries):
            for row in self._delivered(block):
                self.counts[row.outcome.kind] += 1
                yield row
        self._log.done(self.counts)

    def _delivered(self, block: Sequence[Entry]) -> Iterator[Row]:
        keys = [self._key(entry) for entry in block]
        known = self._log.known([*dict.fromkeys(keys)])
        judged = {key: self._judged(outcome) for key, outcome in known.items()}
        sent = {
            key: _identified(entry.event, key)
            for entry, key in zip(block, keys, strict=True)
            if entry.event is not None and judged.get(key) is None
        }
        delivered = zip(sent, self._sent([*sent.values()], [*sent]), strict=True)
        outcomes = {**judged, **dict(delivered)}
        for entry, key in zip(block, keys, strict=True):
            outcome = outcomes.get(key) or Outcome.rejected(entry.reason)
            yield Row(entry, outcome, _message_id(entry.event) or key.hex())

    def _sent(self, events: list[Any], keys: list[bytes]) -> Iterator[Outcome]:
        work = self._work
        return self._connection.deliver(
            self._action,
            events,
            mapping=work.mapping,
            subscribe=work.subscribe,
            preset=work.preset,
            sync_mode=work.sync_mode,
            workers=work.workers,
            journal=_Journal(self._log, keys),
        )

    def _judged(self, outcome: Outcome | Begun) -> Outcome | None:
        """Return the outcome of an event that an earlier attempt has seen to; None if it is to be sent."""
        if isinstance(outcome, Begun):
            return None if self._may_be_repeated() else _CUT_OFF
        return outcome

    def _may_be_repeated(self) -> bool:
        """Return whether the same event, sent in another attempt, is known to the destination as a repeat.

        The key of a batch is made of all its events, and the batches of two attempts differ.
        """
        action = self._action
        return action.idempotent or (action.batching is None and action.repeatable)

    def _key(self, entry: Entry) -> bytes:
        """Return what names an event in all attempts: its ``messageId``, or its place among those alike.

        An event with a ``messageId`` is the same one in whichever partition it comes.
        """
        message_id = _message_id(entry.event)
        if message_id:
            return blake2b(f"id\n{message_id}".encode(*_ANY), digest_size=16).digest()
        content = int.from_bytes(blake2b(entry.raw, digest_size=8).digest())
        self._seen[content] += 1
        said = f"{self._part}\n{content:x}\n{self._seen[content]}"
        return blake2b(said.encode(), key=self._work.run.encode()[:64], digest_size=16).digest()


class _Journal:
    """Writes to the log what a delivery tells.

    Args:
        log: Where it is written.
        keys: Those of the events of the delivery, by their index.
    """

    def __init__(self, log: PartitionLog, keys: Sequence[bytes]) -> None:
        self._log: Final = log
        self._keys: Final = keys

    def begun(self, indexes: Sequence[int]) -> None:
        """These events are sent now."""
        self._log.begun([self._keys[index] for index in indexes])

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """This became of them."""
        self._log.ended([self._keys[each.index] for each in outcomes], outcomes)


def _identified(event: dict[str, Any], key: bytes) -> dict[str, Any]:
    """Return the event with a ``messageId``, which is the same in every attempt."""
    return event if _message_id(event) else {**event, "messageId": key.hex()}


def _message_id(event: Mapping[str, Any] | None) -> str:
    """Return the event's own ``messageId``; empty if it has none."""
    found = event.get("messageId") if event is not None else None
    return found if isinstance(found, str) else ""


def _block(entries: Iterator[Entry]) -> list[Entry]:
    """Return the next rows: so many, or of so many bytes, that they may be held."""
    block, size = [], 0
    for entry in islice(entries, _MOST_ROWS):
        block.append(entry)
        size += len(entry.raw)
        if size >= _MOST_BYTES:
            break
    return block
