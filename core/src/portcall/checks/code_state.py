"""PC170 to PC189: state, secrets and errors in the code of a plugin."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Final

import attrs

from portcall.checks.check import Check, Needs, as_check
from portcall.checks.code_reading import (
    Function,
    calls,
    dotted,
    functions,
    inside_functions,
    is_asked_by_portcall,
    parameters,
)
from portcall.checks.finding import Finding, Severity
from portcall.checks.sources import Source
from portcall.checks.subject import Subject
from portcall.model import Response

_MUTABLE_CALLS: Final = {
    "dict", "list", "set", "collections.defaultdict", "collections.OrderedDict", "collections.deque",
    "collections.Counter", "bytearray",
}  # fmt: skip
_CHANGING: Final = {
    "append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "clear", "remove",
    "discard", "appendleft",
}  # fmt: skip
_CUSTOMERS: Final = {"settings", "auth", "client"}
_CACHES: Final = {"functools.cache", "functools.lru_cache"}
_NAMED_SECRET: Final = re.compile(
    r"(?i)(?:.*_)?(?:secret|password|passwd|api_?key|access_?token|auth_?token|private_?key|client_secret)$"
)
_LOOKS_SECRET: Final = re.compile(
    r"sk_live_\w{10,}|sk-[A-Za-z0-9]{20,}|xox[abp]-[\w-]{10,}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|AIza[\w-]{35}|SG\.[\w-]{16,}\.[\w-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|(?:Bearer|Basic) [A-Za-z0-9+/=_.-]{16,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}"
)
_LOGS: Final = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log"}
_SWALLOWED: Final = {"", "Exception", "BaseException"}
_BUILTIN_ERRORS: Final = {
    "Exception", "RuntimeError", "ValueError", "TypeError", "KeyError", "OSError", "LookupError",
    "AssertionError", "ConnectionError", "TimeoutError", "BaseException",
}  # fmt: skip


@as_check(
    "PC170",
    "no-shared-state",
    Severity.ERROR,
    "No hook or action keeps state in its module.",
    needs=Needs.SOURCES,
)
def no_shared_state(subject: Subject) -> Iterator[Finding]:
    """One module serves all customers, in many threads: what one leaves there, another finds.

    What has to last belongs to the connection: return it as ``auth``.
    """
    for source in _many_customers(subject):
        names = _mutable_names(source)
        for function in functions(source):
            for node, name in _changes(function, names):
                yield no_shared_state.finding(
                    f"{function.name} changes {name!r}, which all connections share",
                    "keep it in the function, or return it as auth",
                    source.at(node),
                )


@as_check(
    "PC171",
    "no-cached-customers",
    Severity.ERROR,
    "Nothing is cached over connections.",
    needs=Needs.SOURCES,
)
def no_cached_customers(subject: Subject) -> Iterator[Finding]:
    """A cache by settings, auth or client keeps the credentials of every customer for good."""
    for source in _many_customers(subject):
        for function in functions(source):
            named = [
                each.func if isinstance(each, ast.Call) else each
                for each in function.decorator_list
            ]
            cached = any(dotted(source, each) in _CACHES for each in named)
            if cached and _CUSTOMERS.intersection(parameters(function)):
                yield no_cached_customers.finding(
                    f"{function.name} is cached by what belongs to one customer",
                    "take the cache away, or cache by a value that is no secret",
                    source.at(function),
                )


@as_check(
    "PC172",
    "no-changed-values",
    Severity.ERROR,
    "Settings, auth and payload are left as they are.",
    needs=Needs.SOURCES,
)
def no_changed_values(subject: Subject) -> Iterator[Finding]:
    """They are shared by threads, and by the next attempt: return a changed copy, attrs.evolve(auth, ...)."""
    handed = {"settings", "auth", "payload", "event", "request", "response"}
    for source in subject.sources:
        for function in functions(source):
            own = handed.intersection(parameters(function))
            for node in ast.walk(function):
                if id(node) and _changed(source, node) in own:
                    yield no_changed_values.finding(
                        f"{function.name} changes {_changed(source, node)!r}",
                        "make a copy with what differs: attrs.evolve(...), {**event, ...}",
                        source.at(node),
                    )


@as_check(
    "PC173",
    "no-credentials",
    Severity.ERROR,
    "No credentials stand in the code.",
    needs=Needs.SOURCES,
)
def no_credentials(subject: Subject) -> Iterator[Finding]:
    """A key in a package is published with it. Whoever made it should take it back now."""
    for source in subject.sources:
        for place, text in source.texts:
            if _LOOKS_SECRET.search(text) and "EXAMPLE" not in text:  # as AWS writes its own
                yield no_credentials.finding(
                    f"{text[:6]!r}... looks like a credential",
                    "make it a setting, and revoke it",
                    place,
                )
        for node in source.nodes:
            name, value = _assigned(node)
            if (
                name
                and _NAMED_SECRET.fullmatch(name)
                and _is_key(value)
                and not _LOOKS_SECRET.search(value)
            ):
                yield no_credentials.finding(
                    f"{name} is written down in the code", "make it a setting, and revoke it",
                    source.at(node),
                )  # fmt: skip


@as_check(
    "PC174",
    "no-prints",
    Severity.BEFORE_PUBLISHING,
    "A plugin prints nothing.",
    needs=Needs.SOURCES,
)
def no_prints(subject: Subject) -> Iterator[Finding]:
    """Output belongs to the program, and what is printed is not redacted."""
    for source in subject.sources:
        inner = inside_functions(source)
        for node, name in calls(source):
            if (
                name in {"print", "pprint.pprint", "sys.stdout.write", "sys.stderr.write"}
                and id(node) in inner
            ):
                yield no_prints.finding(
                    f"calls {name}()", "take it away, or log it with logging", source.at(node)
                )


@as_check(
    "PC175",
    "no-logged-secrets",
    Severity.ERROR,
    "No settings, auth or request goes to a log.",
    needs=Needs.SOURCES,
)
def no_logged_secrets(subject: Subject) -> Iterator[Finding]:
    """What a secret was made into, a header or a body, is text like any other to a log."""
    risky = {"settings", "auth", "headers", "request", "response"}
    for source in subject.sources:
        for node, name in calls(source):
            if name.rpartition(".")[2] not in _LOGS or not re.search(
                r"(?i)log", name.rpartition(".")[0]
            ):
                continue
            said = {n.id for a in node.args for n in ast.walk(a) if isinstance(n, ast.Name)} & risky
            reveals = any(_names_reveal(n) for a in node.args for n in ast.walk(a))
            if said or reveals:
                what = ", ".join(sorted(said)) or "a revealed secret"
                yield no_logged_secrets.finding(
                    f"logs {what}", "log the status, or an id that the answer has", source.at(node)
                )


@as_check(
    "PC176",
    "no-swallowed-errors",
    Severity.ERROR,
    "No error is swallowed whole.",
    needs=Needs.SOURCES,
)
def no_swallowed_errors(subject: Subject) -> Iterator[Finding]:
    """After ``except Exception: pass`` an event that was refused counts as delivered."""
    for source in subject.sources:
        for node in source.nodes:
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = dotted(source, node.type) if node.type is not None else ""
            if node.type is not None and not caught:
                continue
            if caught in _SWALLOWED and all(map(_does_nothing, node.body)):
                yield no_swallowed_errors.finding(
                    f"swallows every error (except{f' {caught}' if caught else ''})",
                    "catch the one error that is meant, or let it out",
                    source.at(node),
                )


@as_check(
    "PC177",
    "own-errors",
    Severity.BEFORE_PUBLISHING,
    "Hooks and actions raise errors of portcall.",
    needs=Needs.SOURCES,
)
def own_errors(subject: Subject) -> Iterator[Finding]:
    """An error of Python's own out of a hook or an action is taken for a bug: the run stops.

    For an event that the destination will not take, return ``Outcome.rejected(...)`` or raise
    `RequestError`.
    """
    for source in subject.sources:
        for function in functions(source):
            if not is_asked_by_portcall(source, function):
                continue
            for node in ast.walk(function):
                raised = node.exc if isinstance(node, ast.Raise) else None
                raised = raised.func if isinstance(raised, ast.Call) else raised
                name = dotted(source, raised) if raised is not None else ""
                if name in _BUILTIN_ERRORS:
                    yield own_errors.finding(
                        f"{function.name} raises {name}",
                        "raise an error of portcall, or return an Outcome",
                        source.at(node),
                    )


@as_check(
    "PC178",
    "no-asserts",
    Severity.BEFORE_PUBLISHING,
    "What has to hold is no assert.",
    needs=Needs.SOURCES,
)
def no_asserts(subject: Subject) -> Iterator[Finding]:
    """``python -O`` leaves asserts out, and otherwise one that fails counts as a bug of the plugin."""
    for source in subject.sources:
        for node in source.nodes:
            if isinstance(node, ast.Assert):
                yield no_asserts.finding(
                    "checks with assert", "raise an error of portcall", source.at(node)
                )


@as_check(
    "PC179",
    "defaults-immutable",
    Severity.ERROR,
    "No function has a default that can change.",
    needs=Needs.SOURCES,
)
def defaults_immutable(subject: Subject) -> Iterator[Finding]:
    """A list or dict as a default is one for all calls: what one customer's call adds, the next has."""
    for source in subject.sources:
        for function in functions(source):
            for default in (*function.args.defaults, *function.args.kw_defaults):
                if default is not None and _is_mutable(source, default):
                    yield defaults_immutable.finding(
                        f"{function.name} has a default that can change",
                        "take None or () for the default",
                        source.at(default),
                    )


@as_check(
    "PC180",
    "response-attributes",
    Severity.ERROR,
    "Of a response is read what it has.",
    needs=Needs.SOURCES,
)
def response_attributes(subject: Subject) -> Iterator[Finding]:
    """A response has ``status``, ``headers``, ``body`` and ``json()``: no ``status_code``, no ``text``.

    It needs no ``raise_for_status`` either: ``client`` raises for an answer that is a failure.
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
                if _name(node.value) in names or _is_request(source, node.value):
                    yield response_attributes.finding(
                        f"{function.name} reads {node.attr!r} of a response, which it does not have",
                        "read status, headers, body or json(); client raises for failures",
                        source.at(node),
                    )


@as_check(
    "PC181",
    "settings-attributes",
    Severity.ERROR,
    "Of the settings is read what they have.",
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
    "Of a payload is read what it has.",
    needs=Needs.DESTINATION,
)
def payload_attributes(subject: Subject) -> Iterator[Finding]:
    """A field that is misspelt in an action fails when the first event arrives."""
    classes = {action.function.__name__: action.payload_class for action in subject.actions}

    def known(name: str) -> set[str]:
        cls = classes.get(name)
        return {*dir(cls), *(each.name for each in attrs.fields(cls))} if cls else set()

    yield from _misread(subject, payload_attributes, "payload", known)


CODE_STATE: Final = (
    no_shared_state, no_cached_customers, no_changed_values, no_credentials, no_prints,
    no_logged_secrets, no_swallowed_errors, own_errors, no_asserts, defaults_immutable,
    response_attributes, settings_attributes, payload_attributes,
)  # fmt: skip


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
                if not isinstance(node, ast.Attribute) or _name(node.value) != argument:
                    continue
                if node.attr not in names:
                    near = get_close_matches(node.attr, names, n=1)
                    yield check.finding(
                        f"{function.name} reads {node.attr!r} of {argument}, which is no field",
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


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _many_customers(subject: Subject) -> tuple[Source, ...]:
    return subject.sources if subject.kind in {"destination", "scheme"} else ()


def _mutable_names(source: Source) -> set[str]:
    """Return the names of the module that hold something that can change."""
    found = set()
    for node in source.tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and value is not None and _is_mutable(source, value):
            found.add(target.id)
    return found


def _is_mutable(source: Source, node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return dotted(source, node.func) in _MUTABLE_CALLS
    return isinstance(
        node, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
    )


def _changes(function: Function, names: set[str]) -> Iterator[tuple[ast.AST, str]]:
    """Yield what a function does to the names of its module."""
    own = {
        n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    stated = {name for n in ast.walk(function) if isinstance(n, ast.Global) for name in n.names}
    shared = names - (own - stated) - set(parameters(function))
    for node in ast.walk(function):
        owner = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            owner = node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value if node.func.attr in _CHANGING else None
        if isinstance(owner, ast.Name) and owner.id in shared:
            yield node, owner.id


def _changed(source: Source, node: ast.AST) -> str:
    """Return the name whose attribute or item a node sets; empty if it sets none."""
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(
        node.ctx, ast.Store | ast.Del
    ):
        return node.value.id if isinstance(node.value, ast.Name) else ""
    if isinstance(node, ast.Call) and dotted(source, node.func) in {
        "setattr",
        "object.__setattr__",
    }:
        first = node.args[0] if node.args else None
        return first.id if isinstance(first, ast.Name) else ""
    return ""


def _assigned(node: ast.AST) -> tuple[str, str]:
    """Return the name and the text that a statement or a keyword sets."""
    value: ast.AST | None = None
    name = ""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name, value = node.targets[0].id, node.value
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        name, value = node.target.id, node.value
    elif isinstance(node, ast.keyword) and node.arg:
        name, value = node.arg, node.value
    text = value.value if isinstance(value, ast.Constant) else ""
    return name, text if isinstance(text, str) else ""


def _is_key(text: str) -> bool:
    """Return whether a text could be a key: long, without spaces, with digits and letters."""
    return bool(
        re.fullmatch(r"[\w+/=.~-]{12,}", text)
        and re.search(r"\d", text)
        and re.search(r"[A-Za-z]", text)
    )


def _names_reveal(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else _name(node)
    return name == "reveal"


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass | ast.Continue | ast.Break):
        return True
    if isinstance(node, ast.Return):
        return node.value is None or isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
