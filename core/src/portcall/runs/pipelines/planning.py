"""Turn a pipeline into plans that can be delivered, or list its faults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from portcall.actions.action import Action
from portcall.actions.near_names import match, near, shortened
from portcall.actions.presets import Preset, check_declared, find_preset
from portcall.delivery.plan import Plan
from portcall.destination import Destination
from portcall.errors import MappingError, SettingsError, SubscriptionError
from portcall.model.opaque import EMPTY
from portcall.runs.pipelines.faults import Faults
from portcall.runs.pipelines.mapping_layers import Layers, Origin
from portcall.runs.pipelines.pipeline import Pipeline
from portcall.runs.pipelines.pipeline_subscription import PipelineSubscription


@attrs.frozen(eq=False)
class PlannedSubscription:
    """One subscription, ready to be delivered.

    Args:
        name: For people.
        action: What is done with each event.
        plan: What the delivery engine takes.
        subscribe: The filter in use, in FQL; empty if every event is wanted.
        mapping: The entries in use by field name: JSON with directives. A directive that works on all
            fields at once stands under its own name, the only one with an ``@``.
        origins: Where each of these entries comes from.
        given: The arguments of `Plan.of` other than the action.
    """

    name: str
    action: Action
    plan: Plan
    subscribe: str
    mapping: Mapping[str, Any]
    origins: Mapping[str, Origin]
    given: Mapping[str, Any] = EMPTY

    def is_repeatable(self, event: Mapping[str, Any]) -> bool:
        """Return whether an event may be sent in two runs without harm.

        That is the case for an idempotent action, and for an idempotency key that is the same in both runs.
        The key of a batch is not, as it depends on the other events in the batch.
        """
        if self.action.idempotent:
            return True
        has_key = "idempotency_key" in self.action.callee.names and self.plan.batching is None
        message_id = event.get("messageId")
        return has_key and isinstance(message_id, str) and bool(message_id)


def plan(pipeline: Pipeline, destination: Destination) -> tuple[PlannedSubscription, ...]:
    """Return the subscriptions of a pipeline, each ready to be delivered.

    Args:
        pipeline: From `Pipeline.read`.
        destination: Of the pipeline's connection.

    Returns:
        The enabled subscriptions, in their order; one or more.

    Raises:
        SettingsError: Lists every fault of every subscription.
        HookError: A filter, a default mapping or a preset of the plugin cannot be used.
    """
    faults = Faults()
    actions = destination.actions
    enabled = [each for each in pipeline.subscriptions if each.enabled]
    if not enabled:
        faults.add("subscriptions", "none is enabled")
    planned = []
    for each in enabled:
        action = _action(each, actions, destination.slug, faults)
        if action is None:
            continue
        with destination.naming("actions"):
            made = _planned(each, action, "pipeline", pipeline.workers, faults)
        planned += [made] if made else []
    faults.raise_if_any(pipeline.path)
    return tuple(planned)


def plan_action(
    action: Action,
    *,
    subscribe: str | None = None,
    preset: str | None = None,
    mapping: Mapping[str, Any] | None = None,
    sync_mode: str | None = None,
    saved: Any = None,
    workers: int | None = None,
) -> PlannedSubscription:
    """Plan one subscription that comes from arguments and not from a file.

    Args:
        action: What is done with each event.
        subscribe: Which events, in FQL; None for the preset's or the action's own filter, empty for every
            event.
        preset: The name of one of the action's presets to start from.
        mapping: From field names to values, in place of the fields' own defaults; over the preset's, field by
            field, if there is one.
        sync_mode: One of the action's.
        saved: What ``on_save`` returned.
        workers: How many calls are under way at once; None for as many as the latency is worth.

    Raises:
        SettingsError: Lists every fault.
        HookError: A filter, a default mapping or a preset of the plugin cannot be used.
    """
    faults = Faults()
    asked = PipelineSubscription(
        name=action.name,
        action=action.name,
        place="",
        subscribe=subscribe,
        preset=preset,
        mapping=mapping,
        merge=preset is not None,
        sync_mode=sync_mode,
        saved=saved,
    )
    made = _planned(asked, action, "given", workers, faults)
    if made is None:
        raise faults.error(f"action {action.name!r}")
    return made


def _action(
    asked: PipelineSubscription, actions: Mapping[str, Action], slug: str, faults: Faults
) -> Action | None:
    name = match(asked.action, actions)
    if name is not None:
        return actions[name]
    hint = near(asked.action, list(actions))
    faults.add(asked.at("action"), f"{slug} has no action {shortened(asked.action)}; {hint}")
    return None


def _planned(
    asked: PipelineSubscription,
    action: Action,
    origin: Origin,
    workers: int | None,
    faults: Faults,
) -> PlannedSubscription | None:
    """Return one planned subscription; None where faults were added."""
    before = len(faults.problems)
    preset = _preset(asked, action, faults)
    own = asked.mapping is None or asked.merge
    check_declared(action, preset, filters=asked.subscribe is None, maps=own)
    layers = Layers.of(asked, action, preset, origin, faults)
    start = action.subscribe if preset is None else preset.subscribe
    subscribe = start if asked.subscribe is None else asked.subscribe
    mapping = None if layers.all_default else layers.mapping
    wanted = {"mapping": mapping, "subscribe": subscribe, "sync_mode": asked.sync_mode}
    for name, value in wanted.items():
        _try(asked, action, name, value, faults)
    if len(faults.problems) > before:
        return None
    given = {**wanted, "workers": workers, "saved": asked.saved}
    plan = _plan(action, **given)
    shown = layers.shown()
    return PlannedSubscription(asked.name, action, plan, subscribe, shown, layers.origins, given)


def _plan(action: Action, **given: Any) -> Plan:
    nothing: dict[str, Any] = dict.fromkeys(
        ("mapping", "subscribe", "workers", "saved", "sync_mode", "retry")
    )
    return Plan.of(action, **{**nothing, **given})


def _try(
    asked: PipelineSubscription, action: Action, name: str, value: object, faults: Faults
) -> None:
    """Make a plan with one argument alone, so that no fault hides another."""
    try:
        _plan(action, **{name: value})
    except (MappingError, SubscriptionError, SettingsError) as exc:
        faults.add_error(asked.at(name), exc)


def _preset(asked: PipelineSubscription, action: Action, faults: Faults) -> Preset | None:
    if asked.preset is None:
        return None
    try:
        return find_preset(action, asked.preset)
    except SettingsError as exc:
        faults.add_error(asked.at("preset"), exc)
        return None
