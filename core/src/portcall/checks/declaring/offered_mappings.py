"""PC144 to PC149 and PC156: the filters, mappings and presets that actions start with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from portcall.actions.fql import Subscription
from portcall.actions.mapping.compiler import compile_mapping
from portcall.checks.check import as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.subject import Subject
from portcall.errors import MappingError, SubscriptionError
from portcall.fields import fields_of
from portcall.fields.describing import plain
from portcall.raised import text_of


@as_check("PC144", "action-subscription", Severity.ERROR, "The filter of an action can be read.")
def subscribed(subject: Subject) -> Iterator[Finding]:
    """``subscribe`` is a filter in FQL; new subscriptions begin with it."""
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
    """A preset is used as it is, so its filter has to be valid FQL."""
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
    """What a preset maps to a field that the payload does not have is lost."""
    for action in subject.actions:
        known = [field.name for field in fields_of(action.payload_class)]
        for preset in action.presets:
            for name in [each for each in preset.mapping if each not in known]:
                yield preset_fields.finding(
                    f"preset {preset.name!r} of action {action.name!r} maps {name!r}, which is not a "
                    "field of its payload",
                    f"name one of: {', '.join(known)}",
                    subject.place_of_action(action),
                )


@as_check("PC148", "preset-mapping", Severity.ERROR, "The mapping of a preset can be used.")
def preset_mappings(subject: Subject) -> Iterator[Finding]:
    """A misspelt directive, or one with a wrong argument, fails for every event."""
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


@as_check("PC149", "preset-names", Severity.ERROR, "Every preset has a name of its own.")
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


@as_check("PC156", "templates-plain", Severity.ERROR, "A template holds paths in closed braces.")
def templates_plain(subject: Subject) -> Iterator[Finding]:
    """``@template`` replaces ``{{path}}`` by a value, and leaves everything else as it is.

    Filters and tags belong to Liquid (``@liquid``). A brace without its partner is sent as text.
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


OFFERED_MAPPINGS: Final = (
    subscribed,
    mapped,
    preset_filters,
    preset_fields,
    preset_mappings,
    preset_names,
    templates_plain,
)


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
