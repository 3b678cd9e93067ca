"""A subscription ready to be asked about events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from portcall.actions.fql.compiler import compile_condition
from portcall.actions.fql.parser import parse
from portcall.actions.fql.printer import unparse
from portcall.actions.fql.syntax import Condition


@attrs.frozen
class Subscription:
    """Which events an action wants; equal to another if both ask the same.

    Args:
        text: As it was written.

    Attributes:
        condition: What the text means.
        matches: ``subscription.matches(event) -> bool``. Never raises for an event of JSON values;
            compiled once, so a field and not a method.

    Raises:
        SubscriptionError: The text is not a subscription; shows the place and what to write.
    """

    text: str = attrs.field(eq=False)
    condition: Condition = attrs.field(init=False, repr=False)
    matches: Callable[[Mapping[str, Any]], bool] = attrs.field(init=False, repr=False, eq=False)

    @condition.default
    def _parse_text(self) -> Condition:
        return parse(self.text)

    @matches.default
    def _compile_condition(self) -> Callable[[Mapping[str, Any]], bool]:
        return compile_condition(self.condition)

    @classmethod
    def parse(cls, text: str) -> Subscription:
        """Read a subscription.

        Raises:
            SubscriptionError: The text is not a subscription; shows the place and what to write.
        """
        return cls(text)

    def __str__(self) -> str:
        return unparse(self.condition)

    def __reduce__(self) -> tuple[type[Subscription], tuple[str]]:
        # A closure does not travel to a worker process; the text does.
        return type(self), (self.text,)
