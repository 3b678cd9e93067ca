"""Pipelines: a file that says which events go through which connection, and how."""

from portcall.cli.pipelines.layers import Origin
from portcall.cli.pipelines.model import Pipeline, PipelineSubscription
from portcall.cli.pipelines.planning import Planned, plan, plan_action
from portcall.cli.pipelines.reading import read_pipeline

__all__ = [
    "Origin",
    "Pipeline",
    "PipelineSubscription",
    "Planned",
    "plan",
    "plan_action",
    "read_pipeline",
]
