"""Pipelines: files that define which events go through which connection, and how."""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.runs.pipelines.mapping_layers import (
        Origin as Origin,
    )
    from portcall.runs.pipelines.pipeline import (
        Pipeline as Pipeline,
    )
    from portcall.runs.pipelines.pipeline_subscription import (
        PipelineSubscription as PipelineSubscription,
    )
    from portcall.runs.pipelines.planning import (
        PlannedSubscription as PlannedSubscription,
        plan as plan,
        plan_action as plan_action,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.runs.pipelines.mapping_layers": ("Origin",),
            "portcall.runs.pipelines.pipeline": ("Pipeline",),
            "portcall.runs.pipelines.pipeline_subscription": ("PipelineSubscription",),
            "portcall.runs.pipelines.planning": (
                "PlannedSubscription",
                "plan",
                "plan_action",
            ),
        },
    )
