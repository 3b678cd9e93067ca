"""PC120 to PC139: settings and payloads, as people fill them in and mappings fill them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import attrs

from portcall.checks.check import Check, Needs, as_check
from portcall.checks.declaring.declared_inputs import (
    Input,
    fields_in,
    inputs_of,
    is_dynamic,
    own_class,
    payloads_of,
    settings_of,
    unusable,
)
from portcall.checks.finding import Finding, Severity
from portcall.checks.subject import Subject
from portcall.errors import SettingsError
from portcall.fields import validate

_SECRET_NAME: Final = re.compile(
    r"(?:.*_)?(?:secret|password|passwd|passphrase|pwd|token|jwt|credentials?|api_?key|(?:private|secret|access"
    r"|signing|write|auth|shared|encryption|subscription|integration|license)_?key)(?:_value)?"
)
_URL_OF_TOKENS: Final = {"uri", "hostname", "date", "date-time"}


@as_check(
    "PC120", "fields-declared", Severity.ERROR, "Every field is declared with portcall.field."
)
def declared(subject: Subject) -> Iterator[Finding]:
    """A bare annotation has no label: a form would ask for ``acct_no`` without an explanation."""
    for each in inputs_of(subject):
        if each.said is None:
            yield _about(
                subject, declared, each, "is a bare annotation", "declare it: field(label=...)"
            )


@as_check("PC121", "field-label", Severity.ERROR, "Every field has a label.")
def labelled(subject: Subject) -> Iterator[Finding]:
    """The label is what people see, and every error about the field begins with it."""
    for each in inputs_of(subject):
        if each.said is not None and (
            not each.said.label.strip() or each.said.label == each.field.name
        ):
            yield _about(
                subject, labelled, each, "has no label", "give it the words a person would use"
            )


@as_check(
    "PC122",
    "setting-description",
    Severity.BEFORE_PUBLISHING,
    "Every setting says where its value is found.",
)
def described(subject: Subject) -> Iterator[Finding]:
    """A person who connects an account has the API's own pages open: name the page that shows the value."""
    for each in settings_of(subject):
        if each.said is not None and not each.said.description.strip():
            yield _about(
                subject,
                described,
                each,
                "has no description",
                "say in a sentence where its value is found",
            )


@as_check("PC123", "secrets-typed", Severity.ERROR, "A setting that is secret has the type Secret.")
def secret(subject: Subject) -> Iterator[Finding]:
    """Only a `Secret` is kept out of logs, errors, tracebacks, dry runs and the screen."""
    for each in settings_of(subject):
        field = each.field
        looks = field.kind == "string" and _SECRET_NAME.fullmatch(field.name)
        if looks and field.format not in _URL_OF_TOKENS and field.choices is None:
            yield _about(
                subject, secret, each, "looks secret and is a str", "annotate it as portcall.Secret"
            )


@as_check(
    "PC124",
    "default-accepted",
    Severity.ERROR,
    "A default is a value that its own field accepts.",
    needs=Needs.NOTHING,
)
def default_accepted(subject: Subject) -> Iterator[Finding]:
    """A default that its own field refuses, by choices, format or bounds, fails for all who keep it."""
    for text in (subject.load_text, *unusable(subject).values()):
        found = re.search(r"(\w+)\.(\w+): (the default .*?)(?:;|$)", text, re.MULTILINE)
        if found:
            yield default_accepted.finding(
                f"the field {found[2]!r} of {found[1]} refuses its own default: {found[3]}",
                "correct one of the two; a value out of the event is path(...)",
                subject.place_of_class(found[1]),
            )


@as_check(
    "PC125",
    "placeholder-accepted",
    Severity.SUGGESTION,
    "A placeholder is an example that its field accepts.",
)
def placeholder_accepted(subject: Subject) -> Iterator[Finding]:
    """People follow the example that they see."""
    for each in inputs_of(subject):
        reason = _refused(each, each.field.placeholder) if each.field.placeholder else ""
        if reason:
            yield _about(
                subject,
                placeholder_accepted,
                each,
                f"refuses its own placeholder: {reason}",
                "show a value that passes",
            )


@as_check(
    "PC126",
    "choices-distinct",
    Severity.ERROR,
    "The choices of a field are distinct and have labels.",
)
def choices_distinct(subject: Subject) -> Iterator[Finding]:
    """Two choices with the same value or the same label cannot be told apart."""
    for each in inputs_of(subject):
        choices = each.field.choices if isinstance(each.field.choices, tuple) else ()
        values = Counter(repr(value) for value, _ in choices)
        labels = Counter(label.strip() for _, label in choices)
        twice = [text for text, times in (*values.items(), *labels.items()) if times > 1]
        if twice or "" in labels:
            what = f"has the choice {twice[0]} twice" if twice else "has a choice without a label"
            yield _about(subject, choices_distinct, each, what, "remove one, or give it a label")


@as_check("PC127", "choices-listed", Severity.ERROR, "Dynamic choices are listed by a function.")
def choices_listed(subject: Subject) -> Iterator[Finding]:
    """``choices=dynamic`` promises a list from the destination, which a function has to return."""
    for action, cls in payloads_of(subject):
        for name, field in fields_in(cls).items():
            if is_dynamic(field) and action.aside(f"choices {name}") is None:
                yield choices_listed.finding(
                    f"nothing lists the choices of the field {name!r} of action {action.name!r}",
                    f'write a function for them: @{action.name}.choices("{name}")',
                    subject.place_of_field(cls, name),
                )
    for each in settings_of(subject):
        if is_dynamic(each.field):
            yield _about(
                subject,
                choices_listed,
                each,
                "has dynamic choices, which only fields of an action can have",
                "list its choices, or remove them",
            )


@as_check(
    "PC128",
    "payload-usable",
    Severity.ERROR,
    "The fields of a payload are of kinds that exist.",
    needs=Needs.NOTHING,
)
def payload_usable(subject: Subject) -> Iterator[Finding]:
    """A type, format or condition that no field supports fails when the first event arrives."""
    said = re.search(
        r"HookError: (action '\w+': .*payload.*|.*\bannotation\b.*)", subject.load_text
    )
    reasons = {"": said[1]} if said else unusable(subject)
    for name, text in reasons.items():
        if ": the default " not in text:
            place = subject.place_of_class(name) if name else subject.raised_in()
            yield payload_usable.finding(
                f"a payload cannot be used: {text}", "correct the field that it names", place
            )


@as_check("PC129", "frozen", Severity.ERROR, "Settings and payloads are frozen.")
def frozen(subject: Subject) -> Iterator[Finding]:
    """Threads share settings and retries share a payload, so that neither may change between two uses."""
    classes = {own_class(subject): "settings"} | {
        cls: f"payload of {a.name!r}" for a, cls in payloads_of(subject)
    }
    for cls, what in classes.items():
        if cls is not None and not _is_frozen(cls):
            yield frozen.finding(
                f"the {what}, {cls.__name__}, can be changed", "declare the class with @attrs.frozen",
                subject.place_of_class(cls.__name__),
            )  # fmt: skip


@as_check(
    "PC130",
    "payload-mapped",
    Severity.SUGGESTION,
    "A required field of a payload is filled from events by default.",
)
def payload_mapped(subject: Subject) -> Iterator[Finding]:
    """Without a default mapping, every user has to write one before the first event can be sent."""
    for action, cls in payloads_of(subject):
        for name, field in fields_in(cls).items():
            if field.required and field.default_mapping is None and not is_dynamic(field):
                yield payload_mapped.finding(
                    f"the field {name!r} of action {action.name!r} is required, and no event fills it",
                    'say where it usually stands: default=path("$.properties...")',
                    subject.place_of_field(cls, name),
                )


@as_check("PC131", "payload-fields", Severity.ERROR, "A payload has fields.")
def payload_fields(subject: Subject) -> Iterator[Finding]:
    """An action whose payload is empty sends the same request for every event."""
    for action, cls in payloads_of(subject):
        if not attrs.fields(cls):
            yield payload_fields.finding(
                f"the payload of action {action.name!r} has no fields",
                "declare what the action takes from an event",
                subject.place_of_class(cls.__name__),
            )


INPUTS: Final = (
    declared, labelled, described, secret, default_accepted, placeholder_accepted, choices_distinct,
    choices_listed, payload_usable, frozen, payload_mapped, payload_fields,
)  # fmt: skip


def _about(subject: Subject, check: Check, each: Input, what: str, advice: str) -> Finding:
    place = subject.place_of_field(each.cls, each.field.name)
    return check.finding(f"{each.owner} {each.where!r} {what}", advice, place)


def _is_frozen(cls: type[Any]) -> bool:
    own: Any = cls.__setattr__
    return own is not object.__setattr__


def _refused(each: Input, value: object) -> str:
    """Return why the field refuses *value*; empty if it does not."""
    try:
        validate(each.cls, {each.field.name: value}, what="it", lenient=each.owner == "field")
    except SettingsError as error:
        own = [p.message for p in error.problems if p.path.partition(".")[0] == each.field.name]
        return own[0] if own else ""
    except Exception:  # noqa: BLE001  # a validator of the class's own looks at other fields
        return ""
    return ""
