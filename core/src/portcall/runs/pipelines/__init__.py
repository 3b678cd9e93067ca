"""Pipelines: a file that says which events go through which connection, and how."""

from portcall.runs.pipelines.mapping_layers import Origin
from portcall.runs.pipelines.pipeline import Pipeline
from portcall.runs.pipelines.pipeline_subscription import PipelineSubscription
from portcall.runs.pipelines.planning import PlannedSubscription, plan, plan_action

__all__ = [
    "Origin",
    "Pipeline",
    "PipelineSubscription",
    "PlannedSubscription",
    "plan",
    "plan_action",
]
