"""What destinations do with events."""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.actions.action import (
        Action as Action,
    )
    from portcall.actions.choices import (
        Choice as Choice,
        Choices as Choices,
    )
    from portcall.actions.deletion import (
        Deletion as Deletion,
        on_delete as on_delete,
    )
    from portcall.actions.outcomes import (
        Outcome as Outcome,
        Outcomes as Outcomes,
    )
    from portcall.actions.personal_data import (
        PersonalKind as PersonalKind,
        hash_personal as hash_personal,
    )
    from portcall.actions.presets import (
        Preset as Preset,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.actions.action": ("Action",),
            "portcall.actions.choices": (
                "Choice",
                "Choices",
            ),
            "portcall.actions.deletion": (
                "Deletion",
                "on_delete",
            ),
            "portcall.actions.outcomes": (
                "Outcome",
                "Outcomes",
            ),
            "portcall.actions.personal_data": (
                "PersonalKind",
                "hash_personal",
            ),
            "portcall.actions.presets": ("Preset",),
        },
    )
