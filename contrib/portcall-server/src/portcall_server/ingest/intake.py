"""What happens with the events of a source: each subscription that wants one puts it into the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from portcall import PipelineLane, Project, ProjectHosts, Secret, SettingsError
from portcall.outbox import Outbox, Put
from portcall_server.ingest.write_keys import WriteKeys, keys_from_environment


@attrs.frozen
class Source:
    """One source, with all that its events go through.

    Args:
        name: Of the source.
        lanes: One for each subscription of its pipelines.
        origins: Of pages that may send; ``*`` for any.
    """

    name: str
    lanes: tuple[PipelineLane, ...]
    origins: frozenset[str]

    def admits(self, origin: str) -> bool:
        """Return whether a page of this origin may send."""
        return "*" in self.origins or origin.lower() in self.origins


class Intake:
    """The sources of one project, ready to take events.

    Args:
        sources: By name.
        keys: Lead to a source.
        outbox: Where events are put.
    """

    def __init__(self, sources: Mapping[str, Source], keys: WriteKeys, outbox: Outbox) -> None:
        self.sources: Final = sources
        self._keys: Final = keys
        self._outbox: Final = outbox

    @classmethod
    def of(cls, project: Project, hosts: ProjectHosts, outbox: Outbox) -> Intake:
        """Plan every pipeline of every source, and read the write keys.

        Raises:
            SettingsError: Lists what is wrong with any of them.
        """
        lanes: dict[str, tuple[PipelineLane, ...]] = {}
        faults: list[str] = []
        keys: list[tuple[Secret, str]] = []
        for name in dict.fromkeys(each for source in project.sources for each in source.pipelines):
            try:
                lanes[name] = project.lanes(name, hosts)
            except SettingsError as exc:
                faults.append(f"{project.where('pipelines', name)}: {exc}")
        try:
            keys = keys_from_environment(project.sources)
        except SettingsError as exc:
            faults += str(exc).split("\n")
        if faults:
            listed = "".join(f"\n  - {each}" for each in faults)
            raise SettingsError(f"{project.path.name}: its sources cannot be used:{listed}")
        sources = {
            each.name: Source(
                each.name,
                tuple(lane for name in each.pipelines for lane in lanes[name]),
                frozenset(origin.lower() for origin in each.origins),
            )
            for each in project.sources
        }
        return cls(sources, WriteKeys(keys), outbox)

    def source_of(self, write_key: str) -> Source | None:
        """Return the source that a write key is of; None if it is of none."""
        name = self._keys.source_of(write_key)
        return None if name is None else self.sources[name]

    def admits(self, origin: str) -> bool:
        """Return whether pages of an origin may send to any source: a preflight has no write key."""
        return any(source.admits(origin) for source in self.sources.values())

    def put(self, source: Source, events: Sequence[Mapping[str, Any]]) -> int:
        """Put the events of one call into the outbox, all or none.

        Returns:
            How many rows those are, all durable.

        Raises:
            OutboxFullError: Not all of them fit; none was kept.
            OutboxEventError: One is too large; none was kept.
            OutboxUnavailableError: The outbox cannot be written.
        """
        puts = [
            Put(connection=lane.connection, action=lane.action, events=wanted, **lane.options())
            for lane in source.lanes
            if (wanted := lane.wanted(events))
        ]
        return sum(map(len, self._outbox.put_several(puts)))
