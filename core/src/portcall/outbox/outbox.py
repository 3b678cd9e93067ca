"""The outbox, as programs use it: put events, look at them, decide about those that were not delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

from portcall.errors import SettingsError
from portcall.outbox.intake import Intake, kept_id, new_event
from portcall.outbox.lane_plans import Opener
from portcall.outbox.opening import open_outbox
from portcall.outbox.put import OrderingKey, Put
from portcall.outbox.records import (
    OUTCOMES,
    STATES,
    Entry,
    OutboxStatus,
    State,
    Wanted,
)
from portcall.outbox.storage import OutboxStorage
from portcall.secret import Secret

MOST_STEPS: Final = 1_000


class Outbox:
    """Durable queue of single events, each delivered by `Workers` until it has one outcome.

    Safe to use from any number of threads and processes. `Host.outbox` is one.

    Args:
        storage: Where it is: a path, a URL such as ``postgres://user@server/database``, or what such a URL
            opens; the file that ``PORTCALL_OUTBOX`` names, or one in this user's data folder, if None.
        host: Checks, once for each connection and plan, that events can be delivered at all; None to take
            them as they are.
    """

    def __init__(
        self, storage: str | Path | Secret | OutboxStorage | None = None, host: Opener | None = None
    ) -> None:
        self.storage: Final[OutboxStorage] = (
            open_outbox(storage)
            if storage is None or isinstance(storage, str | Path | Secret)
            else storage
        )
        self._intake: Final = Intake(self.storage, host)
        self._listeners: list[Callable[[], object]] = []

    def put(
        self,
        name: str,
        /,
        action: str,
        event: Mapping[str, Any],
        *,
        mapping: object = None,
        subscribe: str | None = None,
        preset: str | None = None,
        sync_mode: str | None = None,
        saved: Any = None,
        pipeline: str = "",
        ordering_key: OrderingKey = None,
        due_at: datetime | None = None,
        connection: object = None,
    ) -> int:
        """Keep one event; it is durable when this returns.

        Args:
            name: Of a stored connection.
            action: The name of one of its destination's actions.
            event: A JSON object; dates become texts (ISO 8601).
            mapping: As in `Connection.deliver`.
            subscribe: As in `Connection.deliver`.
            preset: As in `Connection.deliver`.
            sync_mode: As in `Connection.deliver`.
            saved: As in `Connection.deliver`.
            pipeline: The name of the pipeline that the event came through, for people.
            ordering_key: Events of one connection with the same key are sent in the order of their puts, the
                next one when the one before has its outcome; or a function that returns the key of an event.
            due_at: Not to be sent before this instant; events that are due earlier go first.
            connection: An open connection to the database of the outbox: the event is kept when its
                transaction is committed. Only for an outbox that is in the program's own database.

        Returns:
            The event's id. An event with the ``messageId`` of another one of the same connection, action,
            plan and pipeline that was put within the window is not kept again: the id is that of the first.

        Raises:
            OutboxFullError: A bound is reached, or the disk is full.
            OutboxEventError: It is not a JSON object, or too large.
            StoreError: There is no such connection.
            SettingsError, MappingError, SubscriptionError, PluginError: It cannot be delivered.
            OutboxUnavailableError: The outbox cannot be used at the moment.
        """
        return self.put_many(
            name,
            action,
            (event,),
            mapping=mapping,
            subscribe=subscribe,
            preset=preset,
            sync_mode=sync_mode,
            saved=saved,
            pipeline=pipeline,
            ordering_key=ordering_key,
            due_at=due_at,
            connection=connection,
        )[0]

    def put_many(
        self,
        name: str,
        /,
        action: str,
        events: Iterable[Mapping[str, Any]],
        *,
        mapping: object = None,
        subscribe: str | None = None,
        preset: str | None = None,
        sync_mode: str | None = None,
        saved: Any = None,
        pipeline: str = "",
        ordering_key: OrderingKey = None,
        due_at: datetime | None = None,
        connection: object = None,
    ) -> Sequence[int]:
        """Keep several events, all or none; the arguments and errors are those of `put`.

        Returns:
            An id for each event.
        """
        put = Put(
            connection=name,
            action=action,
            events=events,
            mapping=mapping,
            subscribe=subscribe,
            preset=preset,
            sync_mode=sync_mode,
            saved=saved,
            pipeline=pipeline,
            ordering_key=ordering_key,
            due_at=due_at,
        )
        return self.put_several((put,), connection=connection)[0]

    def put_several(
        self, puts: Iterable[Put], *, connection: object = None
    ) -> Sequence[Sequence[int]]:
        """Keep events for several connections and actions in one transaction: all of them, or none.

        Args:
            puts: Each for one action of one connection.
            connection: As in `put`.

        Returns:
            For each of *puts*, an id for each of its events.

        Raises:
            OutboxError, StoreError, SettingsError, MappingError, SubscriptionError, PluginError: As `put`
                raises them.
        """
        wanted = [(self._intake.lane_of(put), self._intake.new_events(put)) for put in puts]
        rows = [(lane, new) for lane, new in wanted if new]
        ids = iter(self.storage.add_several(rows, connection) if rows else ())
        self.wake()
        return [next(ids) if new else [] for _, new in wanted]

    def status(self) -> OutboxStatus:
        """Return how many events there are, by state and by connection; cheap however many there are."""
        return self.storage.status()

    def ended(self, since: datetime, step: timedelta, steps: int) -> Mapping[State, Sequence[int]]:
        """Return how many events got their last outcome in each span of time, to the minute.

        Those that were retried or dropped since count, too. It costs the same however many events there are,
        and goes back as far as delivered events are remembered.

        Args:
            since: Where the first span begins; aware.
            step: How long each span is.
            steps: How many spans there are, 1,000 at most.

        Returns:
            For each state that ends an event, the number of events in each span.

        Raises:
            SettingsError: There is no span, there are too many, or they have no length.
        """
        if not 0 < steps <= MOST_STEPS or step < timedelta(minutes=1):
            raise SettingsError(f"ended takes 1 to {MOST_STEPS:,} steps of a minute or more")
        found: dict[State, list[int]] = {
            state: [0] * steps for state in STATES if state not in {"waiting", "under_way"}
        }
        since_us = self.storage.clock.of_wall(since)
        step_us = step // timedelta(microseconds=1)
        for state, at, events in self.storage.ended(since_us, step_us, steps):
            found[state][min(at, steps - 1)] += events
        return found

    def entries(
        self,
        *,
        connection: str | None = None,
        action: str | None = None,
        pipeline: str | None = None,
        state: State | Iterable[State] | None = None,
        outcome: str | None = None,
        reason: str | None = None,
        message_id: str | None = None,
        since: datetime | None = None,
        before: int | None = None,
        limit: int = 100,
        exchanges: bool = False,
    ) -> Sequence[Entry]:
        """Return events, the latest first.

        Args:
            connection: Of this connection alone.
            action: With this action alone.
            pipeline: Of this pipeline alone.
            state: In this state, or one of these: ``waiting``, ``under_way``, ``delivered``, ``skipped``,
                ``rejected``, ``uncertain``, ``dead``.
            outcome: With this last outcome: one of the states that end an event, or ``retry`` and
                ``reauthorize`` of events that wait again.
            reason: Whose reason holds this text.
            message_id: With this ``messageId``.
            since: Put, or with an outcome, since this instant.
            before: With a smaller id: the next page.
            limit: So many at most.
            exchanges: With `Entry.exchange` of dead letters.

        Raises:
            SettingsError: There is no such state or outcome.
        """
        states = (state,) if isinstance(state, str) else None if state is None else tuple(state)
        _check_known("state", states or (), STATES)
        _check_known("outcome", () if outcome is None else (outcome,), OUTCOMES)
        return self.storage.entries(
            Wanted(
                connection=connection,
                action=action,
                pipeline=pipeline,
                states=states,
                outcome=outcome,
                reason=reason,
                message_id=None if message_id is None else kept_id(message_id),
                since_us=None if since is None else self.storage.clock.of_wall(since),
                before=before,
                limit=limit,
                exchanges=exchanges,
            )
        )

    def entry(self, event_id: int) -> Entry | None:
        """Return one event; None if there is none of that id, or not any more."""
        return self.storage.entry(event_id)

    def retry(self, ids: Iterable[int]) -> int:
        """Send dead letters again, and those that wait for another attempt at once.

        Returns:
            How many that is; ids of other events are passed over.
        """
        changed = self.storage.retry(list(ids))
        self.wake()
        return changed

    def correct(self, event_id: int, event: Mapping[str, Any]) -> bool:
        """Replace an event that waits or is a dead letter.

        Returns:
            Whether that was possible; false for one that is under way or was delivered.

        Raises:
            OutboxEventError: It is not a JSON object, or too large.
        """
        data = new_event(0, event, None, None, self.storage.bounds.event_bytes).data
        return self.storage.replace(event_id, data)

    def drop(self, ids: Iterable[int]) -> int:
        """Forget events that are not under way.

        Returns:
            How many that is.
        """
        return self.storage.drop(list(ids))

    def park(self, connection: str, reason: str = "an operator parked it") -> None:
        """Send nothing to a connection until `release`; its events wait."""
        self.storage.park(connection, reason)

    def release(self, connection: str) -> bool:
        """Send to a connection again, at once also the events that wait for another attempt.

        Returns:
            Whether anything held them up.
        """
        changed = self.storage.release(connection)
        self.wake()
        return changed

    def listen(self, listener: Callable[[], object]) -> None:
        """Have *listener* called whenever this program has put or released events."""
        self._listeners.append(listener)

    def unlisten(self, listener: Callable[[], object]) -> None:
        """Forget what `listen` was given."""
        self._listeners.remove(listener)

    def wake(self) -> None:
        """Have the workers of this program look for events now."""
        for listener in tuple(self._listeners):
            listener()

    def close(self) -> None:
        """Close files and connections; they are opened again when the outbox is used."""
        self.storage.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Outbox {self.storage.place}>"


def _check_known(what: str, given: Iterable[str], known: Sequence[str]) -> None:
    for each in given:
        if each not in known:
            raise SettingsError(f"there is no {what} {each!r}; there are {', '.join(known)}")
