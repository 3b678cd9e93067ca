"""PC150 to PC152 and PC155: actions that take many events at once."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from typing import Any, Final

from portcall.checks.check import as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.subject import Subject

MOST_ITEMS: Final = 10_000
MOST_ITEM_BYTES: Final = 32 * 1024 * 1024


@as_check("PC150", "batch-payloads", Severity.ERROR, "A batch takes payloads, not dicts.")
def batch_payloads(subject: Subject) -> Iterator[Finding]:
    """The items of ``payloads`` are instances of the payload's class: ``each["text"]`` fails at run time.

    To get the items as JSON, ask for ``items``.
    """
    for action in subject.actions:
        batch = action.batching.callee.function if action.batching else None
        if batch is None or "payloads" not in inspect.signature(batch).parameters:
            continue
        written = inspect.get_annotations(batch).get("payloads", "")
        said = written if isinstance(written, str) else repr(written)
        if "dict" in said.lower() or "mapping" in said.lower() or _subscripts(subject, batch):
            yield batch_payloads.finding(
                f"the batch of {action.name!r} takes its payloads as dicts",
                f"annotate them as Sequence[{action.payload_class.__name__}], and read attributes",
                subject.place_of(batch),
            )


@as_check(
    "PC151",
    "batch-limits",
    Severity.BEFORE_PUBLISHING,
    "The size of a batch is one that an API takes.",
)
def batch_limits(subject: Subject) -> Iterator[Finding]:
    """A batch is one request, held in memory and sent within one deadline.

    More than 10,000 items, or 32 MiB, is more than any API documents. A limit for one item that is above
    the limit for the batch has no effect.
    """
    for action in subject.actions:
        batching = action.batching
        if batching is None:
            continue
        size_bytes = batching.size_bytes
        too_many = batching.size > MOST_ITEMS or (size_bytes or 0) > MOST_ITEM_BYTES
        if too_many or (size_bytes and (batching.item_bytes or 0) > size_bytes):
            yield batch_limits.finding(
                f"the batch of {action.name!r} has room for {batching.size} items"
                f"{f' and {size_bytes} bytes' if size_bytes else ''}",
                "take the limits that the API documents; item_bytes is at most size_bytes",
                subject.place_of(batching.callee.function),
            )


@as_check("PC152", "batch-outcomes", Severity.ERROR, "A batch returns what became of each item.")
def batch_outcomes(subject: Subject) -> Iterator[Finding]:
    """Without ``Outcomes`` the result of each item is unknown, and all items count as uncertain."""
    for action in subject.actions:
        function = action.batching.callee.function if action.batching else None
        node = _definition(subject, function)
        if node is None:
            continue
        returns = [n for n in ast.walk(node) if isinstance(n, ast.Return) and n.value is not None]
        if not returns and not any(isinstance(n, ast.Yield) for n in ast.walk(node)):
            yield batch_outcomes.finding(
                f"the batch of {action.name!r} returns nothing",
                "return Outcomes.delivered(payloads), or what the answer says of each",
                subject.place_of(function),
            )


@as_check(
    "PC155",
    "batch-as-single",
    Severity.ERROR,
    "A batch and its action agree on what makes a repeat safe.",
)
def batch_as_single(subject: Subject) -> Iterator[Finding]:
    """An action that asks for an idempotency key and a batch that does not are retried by different rules.

    What the batch sent would then count as unsafe to repeat, and a retry could apply it twice.
    """
    for action in subject.actions:
        if action.batching is None or action.idempotent:
            continue
        single = "idempotency_key" in action.arguments
        if single != ("idempotency_key" in action.batching.callee.names):
            which = "batch" if single else "action"
            yield batch_as_single.finding(
                f"the {which} {action.name!r} does not ask for the idempotency_key that the other uses",
                "send it from both, or say @action(idempotent=True) if repeats do no harm",
                subject.place_of(action.batching.callee.function),
            )


OFFERED_BATCHES: Final = (
    batch_payloads,
    batch_limits,
    batch_outcomes,
    batch_as_single,
)


def _definition(subject: Subject, function: Callable[..., Any] | None) -> ast.AST | None:
    """Return the syntax tree of a function of the plugin's own; None if its source is not at hand."""
    file, line = subject.place_of(function)
    for source in subject.sources:
        if f"{source.path}" == file:
            for node in source.nodes:
                if isinstance(node, ast.FunctionDef) and node.name == getattr(
                    function, "__name__", ""
                ):
                    starts = [node.lineno, *(each.lineno for each in node.decorator_list)]
                    if line in starts:
                        return node
    return None


def _subscripts(subject: Subject, function: Callable[..., Any]) -> bool:
    """Return whether a batch reads an item of its payloads as a dict: ``each["text"]``."""
    node = _definition(subject, function)
    if node is None:
        return False
    items = {
        loop.target.id
        for loop in ast.walk(node)
        if isinstance(loop, ast.For | ast.comprehension)
        and isinstance(loop.target, ast.Name)
        and isinstance(loop.iter, ast.Name)
        and loop.iter.id == "payloads"
    }
    return any(
        isinstance(each, ast.Subscript)
        and isinstance(each.value, ast.Name)
        and each.value.id in items
        and isinstance(each.slice, ast.Constant)
        for each in ast.walk(node)
    )
