"""What is to be run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Protocol

import attrs

from portcall.connection import Connection
from portcall.delivery.delivery import Delivery
from portcall.delivery.journal import Journal
from portcall.errors import SettingsError
from portcall.runs.circuit import Circuit
from portcall.runs.inputs import Entry
from portcall.runs.pipelines.planning import PlannedSubscription
from portcall.runs.run_files import is_pipe
from portcall.runs.run_options import RunOptions


class Begin(Protocol):
    """Begins to deliver what one subscription wants."""

    def __call__(
        self,
        planned: PlannedSubscription,
        events: Iterator[Any],
        journal: Journal,
        circuit: Circuit,
        /,
    ) -> Delivery:
        """Deliver events, and tell the journal; requests tell the circuit."""


def about_connection(word: str, connection: Connection) -> str:
    """Return for which connection a run is, and where its events go; without secrets.

    Args:
        word: What it was called on the command line, or in a pipeline.
        connection: The connection.
    """
    fields = [field.name for field in connection.destination.fields if not field.secret]
    settings = {name: getattr(connection.settings, name, None) for name in fields}
    return json.dumps([word, connection.destination.slug, settings], default=str)


@attrs.frozen(kw_only=True)
class RunSpec:
    """What is to be run.

    Args:
        name: With the input's name, it names the run's files.
        source: The input's path; ``-`` for standard input.
        connection: What the connection is called.
        about: From `about_connection`: a run is not resumed for another connection.
        planned: The subscriptions.
        options: How.
        is_copy: The source is the copy that a killed run made of a pipe; it does not change any more.
        is_pipeline: Events that an earlier run kept go to the subscription that they were kept for.
    """

    name: str
    source: str
    about: str
    connection: str = ""
    planned: Sequence[PlannedSubscription]
    options: RunOptions
    is_pipeline: bool = False
    is_copy: bool = False

    def refuse_harm(self) -> None:
        """Refuse to send again what is uncertain, where that may do harm.

        Raises:
            SettingsError: An action does not say that repeats are harmless.
        """
        for each in self.planned if self.options.resend_uncertain else ():
            if not each.plan.repeatable:
                raise SettingsError(
                    "resend_uncertain is for actions that say that repeats are harmless (idempotent, or "
                    f"with an idempotency key): {each.action.name!r} does not; look at the destination, "
                    "and send the file of uncertain events"
                )

    @property
    def is_live(self) -> bool:
        """Events come as they happen: the input may pause."""
        return self.is_followed or is_pipe(self.source)

    @property
    def is_followed(self) -> bool:
        """The input is a file that grows."""
        return self.options.is_followed

    @property
    def names(self) -> list[str]:
        """The names of the subscriptions."""
        return [each.name for each in self.planned]

    def claimed(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """Return entries, those as bad ones that were kept for a subscription which there is not."""
        if not self.is_pipeline:
            return entries
        return map(self._claimed, entries)

    def _claimed(self, entry: Entry) -> Entry:
        name = (entry.note or {}).get("subscription")
        if name is None or name in self.names:
            return entry
        reason = f"it was kept for a subscription {name!r}, which the pipeline does not have"
        note = {**(entry.note or {}), "subscription": self.names[0]}
        return attrs.evolve(entry, event=None, reason=reason, note=note)

    def digests(self) -> dict[str, str]:
        """Return in short what each subscription does, and for which connection."""
        return {each.name: self._digest(each) for each in self.planned}

    def _digest(self, planned: PlannedSubscription) -> str:
        about = f"{self.about}\n{planned.plan.sync_mode}\n".encode()
        return sha256(about + planned.plan.salt).hexdigest()[:16]
