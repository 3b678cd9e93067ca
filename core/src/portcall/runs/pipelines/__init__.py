"""Pipelines: a file that says which events go through which connection, and how."""

from portcall.runs.pipelines.mapping_layers import Origin
from portcall.runs.pipelines.pipeline import Pipeline, PipelineSubscription
from portcall.runs.pipelines.pipeline_file import read_pipeline
from portcall.runs.pipelines.planning import Planned, plan, plan_action

__all__ = [
    "Origin",
    "Pipeline",
    "PipelineSubscription",
    "Planned",
    "plan",
    "plan_action",
    "read_pipeline",
]
