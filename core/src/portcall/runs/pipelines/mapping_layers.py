"""The layers of a mapping: what fills each field of an action, and which layer says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import attrs

from portcall.actions.action import Action
from portcall.actions.mapping.validate import examine
from portcall.actions.near_names import match, near, shortened
from portcall.actions.presets import Preset
from portcall.runs.pipelines.faults import Faults
from portcall.runs.pipelines.pipeline_subscription import PipelineSubscription
from portcall.runs.pipelines.segment_export import OWN_FIELDS

Origin: TypeAlias = Literal["default", "preset", "pipeline", "given"]
"""The layer that fills a field: the action, its preset, the pipeline, or the command."""

_ROOT: Final = "__segment_internal_directive"


@attrs.frozen
class Layers:
    """A mapping made of one or several, the strongest last.

    Args:
        mapping: By field name; with directives.
        origins: The layer of each entry.
    """

    mapping: dict[str, Any]
    origins: dict[str, Origin]

    @classmethod
    def of(
        cls,
        asked: PipelineSubscription,
        action: Action,
        preset: Preset | None,
        origin: Origin,
        faults: Faults,
    ) -> Layers:
        """Return the mapping of a subscription, merged over the one that it starts from."""
        layers: list[tuple[Origin, Mapping[str, Any]]] = []
        if asked.mapping is None or asked.merge:
            fields = [field for field in action.fields if field.default_mapping is not None]
            layers.append(("default", {field.name: field.default_mapping for field in fields}))
            layers.append(("preset", preset.mapping if preset else {}))
        layers.append((origin, _known(asked, action, faults)))
        laid = [(name, value, who) for who, layer in layers for name, value in layer.items()]
        return cls({n: value for n, value, _ in laid}, {n: who for n, _, who in laid})

    @property
    def all_default(self) -> bool:
        """Whether the mapping is the action's alone."""
        return bool(self.origins) and set(self.origins.values()) == {"default"}

    def shown(self) -> dict[str, Any]:
        """Return the entries as plain JSON."""
        node: dict[str, Any] = examine(self.mapping)[0]
        return node


def _known(asked: PipelineSubscription, action: Action, faults: Faults) -> dict[str, Any]:
    """Return the mapping with portcall's names of the fields; an unknown field is a fault."""
    fields = [field.name for field in action.fields]
    known: dict[str, Any] = {}
    for given, value in (asked.mapping or {}).items():
        name = given if given == _ROOT or given.startswith("@") else match(given, fields)
        if name is None and given not in OWN_FIELDS:
            said = f"action {action.name!r} has no field {shortened(given)}; {near(given, fields)}"
            faults.add(asked.at("mapping"), said)
        elif name is not None and name in known:
            faults.add(asked.at("mapping"), f"the field {name!r} is given twice")
        elif name is not None:
            known[name] = value
    return known
