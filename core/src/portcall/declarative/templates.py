"""Texts and JSON with ``{{settings.x}}``, ``{{auth.x}}`` and ``{{payload.x}}`` in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final, TypeAlias

import attrs

from portcall.actions.mapping.compiler import compile_mapping
from portcall.actions.mapping.validate import validate_mapping
from portcall.declarative.filters import Filter, compile_filter, split_filters
from portcall.declarative.scopes import Scope
from portcall.errors import Problem, SettingsError
from portcall.secret import Secret, Text
from portcall.urls import encode_segment, encode_value

Values: TypeAlias = Mapping[str, Any]
"""What the templates of one request see, by root: settings, auth, payload, item."""
Render: TypeAlias = Callable[[Values], Any]
_MARK: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NAMES: Final = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*")
_MOST_LEVELS: Final = 50
SPREAD: Final = "..."
OPTIONAL: Final = "@optional"
"""Name of the member whose own members stand beside the others."""


def uses(node: Any, root: str) -> bool:
    """Return whether a text somewhere in tables and JSON names a root, in a template or in a path."""
    if attrs.has(type(node)):
        return any(uses(getattr(node, each.name), root) for each in attrs.fields(type(node)))
    if isinstance(node, Mapping):
        return any(uses(each, root) for each in node.values())
    if isinstance(node, list | tuple):
        return any(uses(each, root) for each in node)
    if not isinstance(node, str):
        return False
    if node.startswith(f"$.{root}"):
        return True
    return any(split_filters(mark)[0].partition(".")[0] == root for mark in _MARK.findall(node))


def text_template(source: str, at: tuple[str, ...], scope: Scope) -> Render:
    """Compile a text: a header's value, a user name.

    Returns:
        A function that renders it: a `Secret` if a secret is part of it; None where the text is one
        placeholder whose value is missing.
    """
    parts = list(_split(source, at, scope))
    if len(parts) == 1:
        return _alone(parts[0])

    def render(values: Values) -> Text:
        found = [part if isinstance(part, str) else part(values) for part in parts]
        text = "".join([_text(value) for value in found])
        return Secret(text) if any(isinstance(value, Secret) for value in found) else text

    return render


def value_template(node: Any, at: tuple[str, ...], scope: Scope, level: int = 0) -> Render:
    """Compile JSON whose texts are templates; a mapping directive reads the same roots.

    A text that is one placeholder becomes the value itself, of whatever type. A member whose value
    is missing is left out. The members of the object that is the value of ``...`` stand beside the others,
    and give way to them. ``@@timestamp`` is the member ``@timestamp``, and no directive. The object that is
    the value of ``@optional`` is left out where none of its members has a value.
    """
    if level > _MOST_LEVELS:
        scope.report(at, f"is nested more than {_MOST_LEVELS} levels deep")
        return lambda _: None
    if isinstance(node, str):
        render = text_template(node, at, scope)
        return lambda values: _plain(render(values))
    if isinstance(node, dict):
        return _object(node, at, scope, level)
    if isinstance(node, list):
        return _list(node, at, scope, level)
    return lambda _: node


def _object(node: dict[str, Any], at: tuple[str, ...], scope: Scope, level: int) -> Render:
    if _is_optional(node):
        whole = value_template(node[OPTIONAL], (*at, OPTIONAL), scope, level + 1)
        return lambda values: whole(values) or None
    if any(key.startswith("@") and not key.startswith("@@") for key in node):
        return _directive(node, at, scope)
    members = {
        key[key.startswith("@@") :]: value_template(each, (*at, key), scope, level + 1)
        for key, each in node.items()
    }
    more = members.pop(SPREAD, None)
    return lambda values: {
        **(_spread(more(values), at) if more is not None else {}),
        **{key: value for key, render in members.items() if (value := render(values)) is not None},
    }


def _list(node: list[Any], at: tuple[str, ...], scope: Scope, level: int) -> Render:
    items = [
        (value_template(v, (*at, f"{n}"), scope, level + 1), _is_optional(v))
        for n, v in enumerate(node)
    ]
    return lambda values: [
        value for render, may_go in items if (value := render(values)) is not None or not may_go
    ]


def _is_optional(node: Any) -> bool:
    return isinstance(node, dict) and node.keys() == {OPTIONAL}


def _spread(value: Any, at: tuple[str, ...]) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise SettingsError(f"the value of {SPREAD!r} at {'.'.join(at)} is not an object")
    return value


def url_template(source: str, at: tuple[str, ...], scope: Scope) -> Render:
    """Compile a URL: every value is percent-encoded as one segment or one parameter's value.

    A placeholder that begins the URL stands for a whole URL and is taken as it is.
    """
    parts = list(_split(source, at, scope))

    def render(values: Values) -> str:
        texts = []
        for place, part in enumerate(parts):
            if isinstance(part, str):
                texts.append(part)
            elif place == 0:
                texts.append(_text(part(values)))
            else:
                texts.append(_placed(_text(part(values)), source, place, texts))
        return "".join(texts)

    return render


def _placed(text: str, source: str, place: int, before: list[str]) -> str:
    """Encode a value for where it stands: in the query, or in the path."""
    try:
        if any("?" in part for part in before):
            return encode_value(text)
        return encode_segment(text)
    except ValueError as exc:
        reason = str(exc)
    names = [split_filters(mark)[0] for mark in _MARK.findall(source)]
    name = names[min(place // 2, len(names) - 1)]
    problem = Problem(name.rpartition(".")[2], f"{name} {reason}")
    raise SettingsError(f"the URL {source!r} cannot be made", [problem])


def _directive(node: dict[str, Any], at: tuple[str, ...], scope: Scope) -> Render:
    problems = validate_mapping({"it": node})
    for problem in problems:
        scope.report(at, problem.message)
    if problems:
        return lambda _: None
    compiled = compile_mapping({"it": node})
    return lambda values: compiled({r: _seen(v) for r, v in values.items()}).get("it")


def _seen(value: Any) -> Any:
    """Return what a directive sees of a root: JSON, without secrets."""
    if attrs.has(type(value)):
        return {f.name: _seen(getattr(value, f.name, None)) for f in attrs.fields(type(value))}
    if isinstance(value, Mapping):
        return {name: _seen(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_seen(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float) else None


def _split(source: str, at: tuple[str, ...], scope: Scope) -> Iterator[str | Render]:
    """Return texts and readers in turn; what no placeholder can be is reported."""
    done = 0
    for mark in _MARK.finditer(source):
        if mark.start() > done:
            yield source[done : mark.start()]
        done = mark.end()
        written, filters = split_filters(mark[1])
        if not _NAMES.fullmatch(written):
            scope.report(at, f"`{written[:60]}` is not a name such as `settings.api_key`")
        elif scope.has(at, names := written.split("."), written, whole=_is_json(filters)):
            yield _filtered(
                _reader(names), [compile_filter(f, written) for f in filters], at, scope
            )
    if done < len(source) or not source:
        yield source[done:]


def _alone(part: str | Render) -> Render:
    return part if not isinstance(part, str) else lambda _: part


def _reader(names: list[str]) -> Render:
    root, *rest = names

    def read(values: Values) -> Any:
        value = values.get(root)
        for name in rest:
            value = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
        return value

    return read


def _is_json(filters: list[str]) -> bool:
    """Return whether a value is written as JSON first, as only that writes several values in one."""
    return bool(filters) and filters[0].strip() == "json"


def _filtered(
    read: Render, filters: list[Filter | str], at: tuple[str, ...], scope: Scope
) -> Render:
    for each in filters:
        if isinstance(each, str):
            scope.report(at, each)
    good = [each for each in filters if not isinstance(each, str)]
    if not good:
        return read

    def run(values: Values) -> Any:
        value = _plain(read(values))
        for change in good:
            value = change(value)
        return value

    return run


def _text(value: Any) -> str:
    """Write a value into a text: nothing for None, ``true`` and ``false``, ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else f"{value}"


def _plain(value: Any) -> Any:
    """Return a payload's value as JSON has it."""
    if attrs.has(type(value)) and not isinstance(value, Secret):
        pairs = ((f.name, getattr(value, f.name)) for f in attrs.fields(type(value)))
        return {name: _plain(each) for name, each in pairs if each is not None}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
