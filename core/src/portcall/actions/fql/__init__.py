"""Subscriptions: which events an action wants, as a line of text (FQL).

``Subscription.parse('type = "track" and event = "Order Completed"').matches(event)``
"""

from portcall.actions.fql.comparisons import Compare, Contains, Equals, Match, OneOf, Path, Scalar
from portcall.actions.fql.compiler import compile_condition
from portcall.actions.fql.parser import parse
from portcall.actions.fql.printer import unparse
from portcall.actions.fql.subscription import Subscription
from portcall.actions.fql.syntax import And, Condition, Not, Or

__all__ = [
    "And",
    "Compare",
    "Condition",
    "Contains",
    "Equals",
    "Match",
    "Not",
    "OneOf",
    "Or",
    "Path",
    "Scalar",
    "Subscription",
    "compile_condition",
    "parse",
    "unparse",
]
