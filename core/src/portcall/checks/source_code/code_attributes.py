"""PC180 to PC182: what hooks and actions read of responses, settings and payloads."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Final

import attrs

from portcall.checks.check import Check, Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.source_code.code_reading import (
    Function,
    dotted,
    functions,
    is_asked_by_portcall,
    name_of,
    parameters,
)
from portcall.checks.sources import Source
from portcall.checks.subject import Subject
from portcall.model.http_response import Response


@as_check(
    "PC180",
    "response-attributes",
    Severity.ERROR,
    "Only attributes that a response has are read.",
    needs=Needs.SOURCES,
)
def response_attributes(subject: Subject) -> Iterator[Finding]:
    """A response has ``status``, ``headers``, ``body`` and ``json()``; no ``status_code``, no ``text``.

    ``raise_for_status`` is not needed: ``client`` raises an error for an answer that is a failure.
    """
    known = {*dir(Response), *(each.name for each in attrs.fields(Response))}
    for source in subject.sources:
        for function in functions(source):
            if not is_asked_by_portcall(source, function):
                continue
            names = {"response"}.intersection(parameters(function)) | _answers(source, function)
            for node in ast.walk(function):
                if not isinstance(node, ast.Attribute) or node.attr in known:
                    continue
                if name_of(node.value) in names or _is_request(source, node.value):
                    yield response_attributes.finding(
                        f"{function.name} reads {node.attr!r} of a response, which it does not have",
                        "read status, headers, body or json(); client raises for failures",
                        source.at(node),
                    )


@as_check(
    "PC181",
    "settings-attributes",
    Severity.ERROR,
    "Only attributes that the settings have are read.",
    needs=Needs.DESTINATION,
)
def settings_attributes(subject: Subject) -> Iterator[Finding]:
    """A setting that is misspelt in a hook fails when the first request is made."""
    known = {*dir(subject.loaded.settings_class), *(f.name for f in subject.loaded.fields)}
    known |= {each.name for each in attrs.fields(subject.loaded.settings_class)}
    yield from _misread(subject, settings_attributes, "settings", lambda _: known)


@as_check(
    "PC182",
    "payload-attributes",
    Severity.ERROR,
    "Only attributes that the payload has are read.",
    needs=Needs.DESTINATION,
)
def payload_attributes(subject: Subject) -> Iterator[Finding]:
    """A field that is misspelt in an action fails when the first event arrives."""
    classes = {action.function.__name__: action.payload_class for action in subject.actions}

    def known(name: str) -> set[str]:
        cls = classes.get(name)
        return {*dir(cls), *(each.name for each in attrs.fields(cls))} if cls else set()

    yield from _misread(subject, payload_attributes, "payload", known)


CODE_ATTRIBUTES: Final = (
    response_attributes,
    settings_attributes,
    payload_attributes,
)


def _misread(
    subject: Subject, check: Check, argument: str, known: Callable[[str], set[str]]
) -> Iterator[Finding]:
    """Find what hooks and actions read of an argument that its class does not have."""
    for source in subject.sources:
        for function in functions(source):
            names = known(function.name) if is_asked_by_portcall(source, function) else set()
            if not names or argument not in parameters(function):
                continue
            for node in ast.walk(function):
                if not isinstance(node, ast.Attribute) or name_of(node.value) != argument:
                    continue
                if node.attr not in names:
                    near = get_close_matches(node.attr, names, n=1)
                    yield check.finding(
                        f"{function.name} reads {node.attr!r} of {argument}, which is not a field",
                        f"did you mean {near[0]!r}?" if near else "declare it, or correct the name",
                        source.at(node),
                    )


def _answers(source: Source, function: Function) -> set[str]:
    """Return the names that hold an answer to a request of the function's."""
    return {
        node.targets[0].id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and _is_request(source, node.value)
    }


def _is_request(source: Source, node: ast.AST) -> bool:
    called = dotted(source, node.func) if isinstance(node, ast.Call) else ""
    return called in {
        f"client.{each}" for each in ("get", "post", "put", "patch", "delete", "request")
    }
