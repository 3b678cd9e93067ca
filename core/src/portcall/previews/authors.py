"""The door for authors of surfaces: what a page, or another program for people, is made with.

It has what the command line itself is made with: what becomes of an event and why, what there is to choose
from, how a stored connection is, and texts without secrets.
"""

from portcall.actions.offered_choices import (
    Found,
    declared_choices,
    fixed,
    follow,
    is_offered,
)
from portcall.fields.describing import plain
from portcall.plugins.published import CATALOGUE
from portcall.previews.explained_fields import shown_value
from portcall.previews.explanation import explain
from portcall.previews.known_secrets import KnownSecrets
from portcall.previews.matching import matched
from portcall.previews.shown_answers import answer_as_json
from portcall.previews.shown_requests import as_json as request_as_json
from portcall.previews.sign_in_ways import has_device_sign_in, sign_in_way
from portcall.previews.sources import source_of
from portcall.raised import text_of
from portcall.runs.opened_connection import kept_names
from portcall.runs.pipelines.planning import PlannedSubscription, plan_action
from portcall.store.connections import to_json
from portcall.store.health import Health, health_of
from portcall.store.names import check_name

__all__ = [
    "CATALOGUE",
    "Found",
    "Health",
    "KnownSecrets",
    "PlannedSubscription",
    "answer_as_json",
    "check_name",
    "declared_choices",
    "explain",
    "fixed",
    "follow",
    "has_device_sign_in",
    "health_of",
    "is_offered",
    "kept_names",
    "matched",
    "plain",
    "plan_action",
    "request_as_json",
    "shown_value",
    "sign_in_way",
    "source_of",
    "text_of",
    "to_json",
]
