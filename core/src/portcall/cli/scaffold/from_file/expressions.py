"""From templates to expressions: ``"Bearer {{settings.key}}"`` becomes an f-string."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from portcall.cli.scaffold.from_file.layout import Code, call, constant, listed, literal, table
from portcall.cli.scaffold.from_file.writer import Writer, is_optional
from portcall.declarative.documents import FieldTable
from portcall.declarative.filters import split_filters
from portcall.declarative.templates import OPTIONAL, SPREAD

_MARK: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TEXTS: Final = frozenset({"string", "secret", "text"})
_AUTH: Final = {"access_token": "secret", "token_secret": "secret", "token_type": "string"}
_TYPE: Final = {
    "string": "str", "secret": "Secret", "integer": "int", "number": "float", "boolean": "bool",
    "datetime": "datetime", "date": "date", "object": "dict[str, Any]", "any": "Any",
}  # fmt: skip

_UNWRITTEN: Final = {
    OPTIONAL: "an object that may be left out",
    SPREAD: "an object whose members stand beside others",
}


@attrs.frozen
class Value:
    """One value of a template as an expression; *code* uses single quotes only."""

    code: str
    kind: str
    optional: bool = False


@attrs.define
class Names:
    """What the templates of one function may name, and what they did name.

    Args:
        writer: Takes what cannot be written.
        settings: The fields of the settings.
        payload: The fields of the payload, if there is one.
        payload_name: The expression of the payload.
        only: The only fields of the payload that may be named; None for all.
    """

    writer: Writer
    settings: Mapping[str, FieldTable]
    payload: Mapping[str, FieldTable] = attrs.field(factory=dict)
    payload_name: str = "payload"
    used: set[str] = attrs.field(factory=set)

    def value(self, written: str, at: tuple[str, ...]) -> Value:
        """Return the value of a placeholder."""
        name, filters = split_filters(written)
        root, *rest = name.split(".")
        if filters:
            self.writer.refuse(at, f"the filter of `{name}`")
        elif root in {"settings", "payload"} and len(rest) == 1:
            fields = self.settings if root == "settings" else self.payload
            field = fields.get(rest[0])
            if field is not None:
                self.used.add(root)
                before = "settings" if root == "settings" else self.payload_name
                optional = field.type == "any" or is_optional(field)
                return Value(f"{before}.{rest[0]}", field.type, optional)
            self.writer.refuse(at, f"`{name}`, a field of the scheme,")
        elif root == "auth" and len(rest) == 1 and rest[0] in _AUTH:
            self.used.add("auth")
            return Value(f"auth.{rest[0]}", _AUTH[rest[0]], _AUTH[rest[0]] == "secret")
        elif root == "auth" and len(rest) == 2 and rest[0] == "state":
            self.used.add("auth")
            return Value(f"auth.state.get('{rest[1]}')", "text", optional=True)
        elif name == "idempotency_key":
            self.used.add(root)
            return Value(name, "string")
        else:
            self.writer.refuse(at, f"`{name}`")
        return Value("None", "string")

    def text(self, source: str, at: tuple[str, ...]) -> tuple[Code, Value | None]:
        """Return a text, and its value where it is one placeholder."""
        marks = list(_MARK.finditer(source))
        if not marks:
            return literal(source), None
        if len(marks) == 1 and marks[0].span() == (0, len(source)):
            value = self.value(marks[0][1], at)
            return value.code.replace("'", '"'), value
        code, secret = self._joined(source, marks, at)
        if not secret:
            return code, None
        self.writer.need("portcall", "Secret")
        return call("Secret", code), None

    def _joined(
        self, source: str, marks: list[re.Match[str]], at: tuple[str, ...]
    ) -> tuple[str, bool]:
        """Return a text with several values as an f-string, and whether a secret is in it."""
        parts: list[str] = []
        done, secret = 0, False
        for mark in marks:
            value = self.value(mark[1], at)
            secret = secret or value.kind in {"secret", "text"}
            parts += [_inside(source[done : mark.start()]), self._shown(value, at)]
            done = mark.end()
        return f'f"{"".join(parts)}{_inside(source[done:])}"', secret

    def plain_text(self, source: str, at: tuple[str, ...]) -> Code:
        """Return a text that hides nothing, such as a URL."""
        if not _MARK.search(source):
            return literal(source)
        marks = list(_MARK.finditer(source))
        if len(marks) == 1 and marks[0].span() == (0, len(source)):
            value = self.value(marks[0][1], at)
            if value.kind == "string" and not value.optional:
                return value.code
            return f'f"{self._shown(value, at)}"'
        return self._joined(source, marks, at)[0]

    def _shown(self, value: Value, at: tuple[str, ...]) -> str:
        """Return a value as a part of an f-string."""
        if value.kind in _TEXTS:
            return f"{{{value.code} or ''}}" if value.optional else f"{{{value.code}}}"
        if not value.optional and value.kind in {"integer", "number"}:
            return f"{{{value.code}}}"
        if not value.optional and value.kind == "boolean":
            return f"{{str({value.code}).lower()}}"
        if not value.optional and value.kind in {"datetime", "date"}:
            return f"{{{value.code}.isoformat()}}"
        self.writer.refuse(at, f"`{value.code}` inside a text")
        return ""

    def json(self, node: Any, at: tuple[str, ...]) -> tuple[Code, bool]:
        """Return JSON as code, and whether it may be None."""
        if isinstance(node, str):
            code, value = self.text(node, at)
            return code, value is not None and value.optional
        if isinstance(node, dict):
            for mark, what in _UNWRITTEN.items():
                if mark in node:
                    self.writer.refuse((*at, mark), what)
                    return "None", True
            if any(key.startswith("@") for key in node):
                return self._directive(node, at)
            return self.members({k: self.json(v, (*at, k)) for k, v in node.items()}), False
        if isinstance(node, list):
            return listed([self.json(v, (*at, f"{n}"))[0] for n, v in enumerate(node)]), False
        return literal(node), node is None

    def members(self, members: Mapping[str, tuple[Code, bool]]) -> Code:
        """Return a dict, without what may be None where that is so."""
        made = table((name, code) for name, (code, _) in members.items() if code != "None")
        if any(optional for code, optional in members.values() if code != "None"):
            return self.writer.helper("present", made)
        return made

    def _directive(self, node: dict[str, Any], at: tuple[str, ...]) -> tuple[Code, bool]:
        if [*node] == ["@literal"] and not _holds_directive(node["@literal"]):
            return constant(node["@literal"]), node["@literal"] is None
        where = node.get("@path")
        if len(node) == 1 and isinstance(where, str) and where.startswith("$.payload."):
            value = self.value(where.removeprefix("$."), at)
            if value.kind != "secret":
                return value.code, value.optional
        self.writer.refuse(at, f"the directive `{next(iter(node))}`")
        return "None", True

    def parameters(self, *more: tuple[str, str]) -> list[Code]:
        """Return parameters: *more*, and what the templates used besides."""
        found = [f"{name}: {type_}" for name, type_ in more]
        if "settings" in self.used:
            self.writer.need(".settings", "Settings")
            found.append("settings: Settings")
        if "auth" in self.used:
            self.writer.need("portcall", "Auth")
            found.append("auth: Auth")
        if "idempotency_key" in self.used:
            found.append("idempotency_key: str")
        return [*found]


def annotation(writer: Writer, field: FieldTable, at: tuple[str, ...]) -> str:
    """Return the annotation of a field."""
    kind = field.items if field.type == "list" else field.type
    if field.fields:
        writer.refuse((*at, "fields"), "an object with members")
    if kind == "list":
        writer.refuse(at, "a list of lists")
    name = _TYPE.get(kind, "Any")
    if name in {"datetime", "date"}:
        writer.need("datetime", name)
    if "Any" in name:
        writer.need("typing", "Any")
    if name == "Secret":
        writer.need("portcall", "Secret")
    base = f"list[{name}]" if field.type == "list" else name
    return f"{base} | None" if is_optional(field) and base != "Any" else base


def _inside(text: str) -> str:
    """Return a constant part of an f-string in double quotes."""
    written = repr('"' + text + "'")[2:-3].replace("\\'", "'")
    return written.replace('"', '\\"').replace("{", "{{").replace("}", "}}")


def _holds_directive(node: Any) -> bool:
    if isinstance(node, dict):
        return any(k.startswith("@") or _holds_directive(v) for k, v in node.items())
    return isinstance(node, list) and any(map(_holds_directive, node))
