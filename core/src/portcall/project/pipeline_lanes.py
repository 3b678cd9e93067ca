"""The lanes of a pipeline: the arguments with which its events are put into an outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from portcall.errors import SettingsError
from portcall.runs.opened_connection import kept_names
from portcall.runs.pipelines.pipeline import Pipeline
from portcall.runs.pipelines.planning import PlannedSubscription, plan

if TYPE_CHECKING:
    from portcall.project.project_hosts import ProjectHosts


@attrs.frozen(kw_only=True)
class PipelineLane:
    """One subscription of a pipeline, as the arguments of `Outbox.put`. Made by `Project.lanes`.

    Args:
        connection: The name of a stored connection.
        action: The name of one of its destination's actions.
        pipeline: The name of the pipeline.
        mapping: In place of the fields' own defaults; None for those.
        subscribe: Which events, in FQL; empty for every event.
        sync_mode: One of the action's.
        saved: What ``on_save`` returned.
        matches: Returns whether an event is wanted; None for all.
    """

    connection: str
    action: str
    pipeline: str
    mapping: Mapping[str, Any] | None = None
    subscribe: str = ""
    sync_mode: str | None = None
    saved: Any = None
    matches: Callable[[Mapping[str, Any]], bool] | None = attrs.field(
        default=None, eq=False, repr=False
    )

    def wanted(self, events: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return the events that the subscription's filter selects."""
        matches = self.matches
        return [event for event in events if matches is None or matches(event)]

    def options(self) -> dict[str, Any]:
        """Return what `Outbox.put_many` takes beside connection, action and events."""
        return {
            "mapping": self.mapping,
            "subscribe": self.subscribe,
            "sync_mode": self.sync_mode,
            "saved": self.saved,
            "pipeline": self.pipeline,
        }


def pipeline_lanes(name: str, pipeline: Pipeline, hosts: ProjectHosts) -> tuple[PipelineLane, ...]:
    """Return a lane for each enabled subscription.

    Args:
        name: Of the pipeline.
        pipeline: As it was read.
        hosts: Open the destination of the pipeline's connection.

    Raises:
        SettingsError: The connection is not kept, or the pipeline does not fit its destination; lists
            every fault.
        StoreError, PluginError: Connection or destination cannot be read.
    """
    connections = hosts.connections
    if pipeline.connection not in kept_names(connections.store):
        raise SettingsError(
            f"the pipeline {name!r} needs a connection that is kept: portcall connect SLUG --name "
            f"{pipeline.connection}"
        )
    if pipeline.settings:
        raise SettingsError(
            f"the pipeline {name!r} has settings, which no outbox keeps: keep them with portcall connect"
        )
    slug = connections[pipeline.connection].slug
    destination = hosts.host(pipeline.connection).destination(slug)
    return tuple(_lane(name, pipeline.connection, each) for each in plan(pipeline, destination))


def _lane(name: str, connection: str, planned: PlannedSubscription) -> PipelineLane:
    own = set(planned.origins.values()) == {"default"}
    return PipelineLane(
        connection=connection,
        action=planned.action.name,
        pipeline=name,
        mapping=None if own else planned.mapping,
        subscribe=planned.subscribe,
        sync_mode=planned.plan.sync_mode,
        saved=planned.plan.saved,
        matches=planned.plan.matches,
    )
