"""What destinations do with events."""

from portcall.actions.action import Action
from portcall.actions.choices import Choice, Choices
from portcall.actions.decorator import action
from portcall.actions.deletion import Deletion, on_delete
from portcall.actions.outcomes import Outcome, Outcomes
from portcall.actions.personal_data import PersonalKind, hash_personal
from portcall.actions.presets import Preset

__all__ = [
    "Action",
    "Choice",
    "Choices",
    "Deletion",
    "Outcome",
    "Outcomes",
    "PersonalKind",
    "Preset",
    "action",
    "hash_personal",
    "on_delete",
]
