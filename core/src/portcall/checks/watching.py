"""What a process that runs the checks says of itself, so that another one knows where a plugin ended it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import attrs


class Step(NamedTuple):
    """One step of the work: a plugin is loaded, or one check looks at it.

    Attributes:
        slug: Of the plugin.
        code: Of the check; empty where the plugin is loaded.
    """

    slug: str
    code: str = ""


@attrs.frozen
class Watch:
    """How the checks report what they are about to do, and what they leave out.

    Args:
        begin: Called with each step before it is taken.
        lost: What the plugin did to an earlier process at a step, for people: ``"ended the process (exit
            code 1)"``. These steps are not taken again, nor the later checks of the same plugin.
    """

    begin: Callable[[Step], None] = lambda _: None
    lost: Mapping[Step, str] = attrs.field(factory=dict)


UNWATCHED: Final = Watch()
"""For checks in the process of their caller."""
