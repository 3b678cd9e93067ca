"""PC140 to PC159: actions that can be offered to people, and do what they declare."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from portcall.actions import Action
from portcall.actions.fql import Subscription
from portcall.actions.mapping import compile_mapping
from portcall.checks.check import as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.subject import Subject
from portcall.errors import MappingError, SubscriptionError
from portcall.fields import fields_of
from portcall.fields.describing import plain
from portcall.raised import text_of

MOST_ITEMS: Final = 10_000
MOST_ITEM_BYTES: Final = 32 * 1024 * 1024


@as_check("PC140", "actions-offered", Severity.ERROR, "A destination has at least one action.")
def offered(subject: Subject) -> Iterator[Finding]:
    """Events reach a destination through its actions: one without any can receive nothing."""
    if isinstance(subject.offered, Exception):
        raise subject.offered
    if not subject.offered:
        yield offered.finding(
            "it has no actions",
            "return what it can do with an event from the hook actions",
            subject.place_of_function("actions"),
        )


@as_check("PC141", "action-title", Severity.ERROR, "Every action has a title.")
def titled(subject: Subject) -> Iterator[Finding]:
    """People choose an action by its title: two or three words that say what it does."""
    for action in subject.actions:
        if not action.title.strip():
            yield titled.finding(
                f"action {action.name!r} has no title",
                "say in two or three words what it does: @action(title=...)",
                subject.place_of_action(action),
            )


@as_check(
    "PC142", "action-description", Severity.BEFORE_PUBLISHING, "Every action has a docstring."
)
def described(subject: Subject) -> Iterator[Finding]:
    """The first paragraph of its docstring is what people read about an action."""
    for action in subject.actions:
        if not action.description.strip():
            yield described.finding(
                f"action {action.name!r} has no description",
                "write a docstring that says what it does at the destination; "
                "in a destination file, add its description",
                subject.place_of_action(action),
            )


@as_check("PC143", "action-names", Severity.ERROR, "No two actions have one name.")
def named(subject: Subject) -> Iterator[Finding]:
    """Of two actions with one name, only the last can be used."""
    for name, times in Counter(action.name for action in subject.actions).items():
        if times > 1:
            yield named.finding(
                f"{times} actions are called {name!r}", "rename all functions but one",
                subject.place_of_function("actions"),
            )  # fmt: skip


@as_check("PC144", "action-subscription", Severity.ERROR, "The filter of an action can be read.")
def subscribed(subject: Subject) -> Iterator[Finding]:
    """Subscribe is a filter in FQL; where it cannot be read, no subscription can start with it."""
    for action in subject.actions:
        reason = _unread(action.subscribe)
        if reason:
            yield subscribed.finding(
                f"the filter of action {action.name!r} cannot be read: {reason}",
                "correct subscribe=; the page on FQL shows the language",
                subject.place_of_action(action),
            )


@as_check(
    "PC145", "default-mappings", Severity.ERROR, "The default mappings of a payload can be used."
)
def mapped(subject: Subject) -> Iterator[Finding]:
    """A directive with a bad path, an unknown filter or a wrong argument fails for every event."""
    for action in subject.actions:
        try:
            action.mapping({})
        except MappingError as error:
            yield mapped.finding(
                f"the default mappings of action {action.name!r} cannot be used: {text_of(error)}",
                "correct default= of the field that it names",
                subject.place_of_class(action.payload_class.__name__),
            )


@as_check("PC146", "preset-filter", Severity.ERROR, "The filter of a preset can be read.")
def preset_filters(subject: Subject) -> Iterator[Finding]:
    """A preset is switched on as it is: its filter has to be there, and to be FQL."""
    for action in subject.actions:
        for preset in action.presets:
            reason = _unread(preset.subscribe) if preset.subscribe.strip() else "it is empty"
            if reason:
                yield preset_filters.finding(
                    f"the filter of preset {preset.name!r} of action {action.name!r} cannot be "
                    f"read: {reason}",
                    "correct it; the page on FQL shows the language",
                    subject.place_of_action(action),
                )


@as_check("PC147", "preset-fields", Severity.ERROR, "A preset maps fields that the payload has.")
def preset_fields(subject: Subject) -> Iterator[Finding]:
    """What a preset maps to a field that is not there gets lost."""
    for action in subject.actions:
        known = [field.name for field in fields_of(action.payload_class)]
        for preset in action.presets:
            for name in [each for each in preset.mapping if each not in known]:
                yield preset_fields.finding(
                    f"preset {preset.name!r} of action {action.name!r} maps {name!r}, which is no "
                    "field of its payload",
                    f"name one of: {', '.join(known)}",
                    subject.place_of_action(action),
                )


@as_check("PC148", "preset-mapping", Severity.ERROR, "The mapping of a preset can be used.")
def preset_mappings(subject: Subject) -> Iterator[Finding]:
    """A directive that is misspelt, or has a wrong argument, fails for every event."""
    for action in subject.actions:
        for preset in action.presets:
            try:
                compile_mapping(dict(preset.mapping))({})
            except MappingError as error:
                yield preset_mappings.finding(
                    f"the mapping of preset {preset.name!r} of action {action.name!r} cannot be "
                    f"used: {text_of(error)}",
                    "correct the directive that it names",
                    subject.place_of_action(action),
                )


@as_check("PC149", "preset-names", Severity.ERROR, "Presets have names, and no two the same.")
def preset_names(subject: Subject) -> Iterator[Finding]:
    """People, and ``--preset``, choose a preset by its name."""
    for action in subject.actions:
        names = Counter(preset.name.strip().casefold() for preset in action.presets)
        for name, times in names.items():
            if not name or times > 1:
                what = "has no name" if not name else f"is one of {times} of that name"
                yield preset_names.finding(
                    f"preset {name!r} of action {action.name!r} {what}",
                    "name it after what it is for",
                    subject.place_of_action(action),
                )


@as_check("PC150", "batch-payloads", Severity.ERROR, "A batch takes payloads, not dicts.")
def batch_payloads(subject: Subject) -> Iterator[Finding]:
    """The items of ``payloads`` are instances of the payload's class: ``each["text"]`` fails at run time.

    For the items as JSON, ask for ``items``.
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

    More than 10,000 items, or 32 MiB, is more than any API documents; a limit of bytes for one item that
    is above that of the batch never counts.
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
    """Without `Outcomes` nothing is known of the items: all of them count as uncertain."""
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


@as_check("PC153", "actions-listed", Severity.ERROR, "Every action that is written is offered.")
def listed(subject: Subject) -> Iterator[Finding]:
    """An action that the hook ``actions`` leaves out can be used by nobody."""
    names = [action.name for action in subject.actions]
    for attribute, value in _attributes(subject.plugin):
        if isinstance(value, Action) and value.name not in names and subject.actions:
            yield listed.finding(
                f"action {attribute!r} is not among those that the hook actions returns",
                "add it there, or take it away",
                subject.place_of_action(value),
            )


@as_check("PC154", "sync-mode-used", Severity.ERROR, "An action with sync modes looks at the mode.")
def sync_mode_used(subject: Subject) -> Iterator[Finding]:
    """A person who chose "delete" must not get an update: ask for ``sync_mode``, or have one mode only."""
    for action in subject.actions:
        names = [*action.arguments, *(action.batching.callee.names if action.batching else ())]
        if len(action.sync_modes) > 1 and "sync_mode" not in names:
            yield sync_mode_used.finding(
                f"action {action.name!r} has the sync modes {', '.join(action.sync_modes)} and "
                "never learns which is meant",
                "ask for the argument sync_mode",
                subject.place_of_action(action),
            )


@as_check(
    "PC155",
    "batch-as-single",
    Severity.ERROR,
    "A batch and its action agree on what makes a repeat safe.",
)
def batch_as_single(subject: Subject) -> Iterator[Finding]:
    """An action that asks for an idempotency key, and a batch that does not, repeat differently.

    What was sent by a batch would then count as unsafe to repeat, and a retry could do it twice.
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


@as_check("PC156", "templates-plain", Severity.ERROR, "A template holds paths in closed braces.")
def templates_plain(subject: Subject) -> Iterator[Finding]:
    """``{{path}}`` of ``@template`` is replaced by a value, and all else stays as it is.

    Filters and tags are Liquid, which is ``@liquid``; a brace that is not closed is sent as text.
    """
    for action in subject.actions:
        defaults = {f.name: f.default_mapping for f in fields_of(action.payload_class)}
        mappings = [
            ("the default of", defaults),
            *((f"preset {p.name!r}:", p.mapping) for p in action.presets),
        ]
        for what, mapping in mappings:
            for name, each in mapping.items():
                for text in _templates(plain(each)):
                    inner = re.findall(r"\{\{(.*?)\}\}", text)
                    liquid = "{%" in text or any("|" in each for each in inner)
                    if liquid or text.count("{{") != text.count("}}"):
                        yield templates_plain.finding(
                            f"{what} {name!r} of action {action.name!r} has the template {text[:60]!r}",
                            "write a path between two braces, or use @liquid for more",
                            subject.place_of_action(action),
                        )


OFFERING: Final = (
    offered, titled, described, named, subscribed, mapped, preset_filters, preset_fields,
    preset_mappings, preset_names, batch_payloads, batch_limits, batch_outcomes, listed,
    sync_mode_used, batch_as_single, templates_plain,
)  # fmt: skip


def _unread(filter_: str) -> str:
    """Return why a filter cannot be read; empty if it can, or there is none."""
    try:
        if filter_:
            Subscription.parse(filter_)
    except SubscriptionError as error:
        return text_of(error)
    return ""


def _templates(value: Any) -> Iterator[str]:
    """Yield the texts of ``@template`` directives, however deep."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key == "@template" and isinstance(each, str):
                yield each
            yield from _templates(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _templates(each)


def _attributes(plugin: object) -> Iterator[tuple[str, Any]]:
    for name in dir(plugin):
        if not name.startswith("__"):
            yield name, getattr(plugin, name, None)


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
