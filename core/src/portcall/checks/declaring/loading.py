"""PC101 to PC111: a plugin can be imported and composed, and its hooks are those that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import FunctionType
from typing import Any, Final

from portcall.checks.check import Check, Needs, as_check
from portcall.checks.declaring.inputs import default_accepted, payload_usable
from portcall.checks.distribution.dependencies import portcall_covered
from portcall.checks.distribution.publishing import slug
from portcall.checks.finding import Finding, Severity
from portcall.checks.subject import Subject
from portcall.plugins import hookspecs

CORE_HOOKS: Final = tuple(
    name for name in dir(hookspecs) if hasattr(getattr(hookspecs, name), "portcall_spec")
)
_WRONG_ARGUMENTS: Final = re.compile(
    r"hookimpl definition: (\w+)\(.*?\sArgument\(s\) (\{.*?\})", re.DOTALL
)
"""What pluggy says of a hookimpl that asks for too much."""


@as_check("PC101", "loads", Severity.ERROR, "The plugin can be loaded.", needs=Needs.NOTHING)
def loads(subject: Subject) -> Iterator[Finding]:
    """A plugin that cannot be imported or composed cannot be used; the error states the reason.

    Where another check knows the reason, that check reports it and this one does not.
    """
    if subject.load_error is not None and not any(
        list(each.run(subject)) for each in (*REASONS, *KNOWN_ELSEWHERE)
    ):
        text = f"the plugin cannot be loaded: {subject.load_text}"
        yield loads.finding(text, "fix what the error names", subject.raised_in())


@as_check(
    "PC102",
    "known-hooks",
    Severity.ERROR,
    "Every hook has a name that exists.",
    needs=Needs.NOTHING,
)
def known_hooks(subject: Subject) -> Iterator[Finding]:
    """A hook with a misspelt name would never be called, so that a plugin with one is refused.

    A scheme may add hooks of its own, which only destinations of that scheme can implement.
    """
    found = re.search(r"implements an unknown hook '(\w+)'(.*)", subject.load_text)
    if found:
        yield known_hooks.finding(
            f"there is no hook {found[1]!r}{found[2]}",
            "rename the function to the hook that is meant, or remove @hookimpl",
            subject.place_of_function(found[1]),
        )


@as_check(
    "PC103",
    "hook-arguments",
    Severity.ERROR,
    "A hook asks only for arguments that it can have.",
    needs=Needs.NOTHING,
)
def hook_arguments(subject: Subject) -> Iterator[Finding]:
    """A hookimpl names the arguments that it uses, spelt as in the hook's specification."""
    found = _WRONG_ARGUMENTS.search(subject.load_text)
    if found:
        names = _arguments(found[1])
        yield hook_arguments.finding(
            f"the hook {found[1]!r} has no argument {found[2].strip('{}')}",
            f"ask for some of: {', '.join(names) or 'nothing'}",
            subject.place_of_function(found[1]),
        )


@as_check(
    "PC104",
    "instance",
    Severity.ERROR,
    "The entry point names a module or an instance.",
    needs=Needs.NOTHING,
)
def instance(subject: Subject) -> Iterator[Finding]:
    """The hooks of a class are functions without an instance, which portcall cannot call."""
    if isinstance(subject.plugin, type) and subject.kind != "store":  # a store has no hooks
        name = subject.plugin.__name__
        yield instance.finding(
            f"the plugin is the class {name}",
            f"let the entry point name an instance, plugin = {name}(), or write the hooks as "
            "functions of the module",
            subject.place_of_class(name),
        )


@as_check(
    "PC105",
    "hosts-declared",
    Severity.ERROR,
    "A destination declares where it may send.",
    needs=Needs.NOTHING,
)
def hosts_declared(subject: Subject) -> Iterator[Finding]:
    """A plugin may send only to hosts that it declares; without any, it can send nothing."""
    if "does not declare its hosts" in subject.load_text and not list(unmarked.run(subject)):
        yield hosts_declared.finding(
            "the plugin does not declare its hosts",
            'return its hosts from the hook allowed_hosts, such as ["*.example.com"]',
            subject.start,
        )


@as_check("PC106", "plain-hooks", Severity.ERROR, "Hooks are plain functions.", needs=Needs.NOTHING)
def plain_hooks(subject: Subject) -> Iterator[Finding]:
    """Hooks and actions are called in threads; an ``async`` one would return without doing its work."""
    found = re.search(r"has an async (\w+)", subject.load_text)
    names = [found[1]] if found else []
    names += (
        [a.name for a in subject.actions if _is_async(a.function)] if subject.destination else []
    )
    for name in names:
        yield plain_hooks.finding(
            f"{name!r} is async", "write it with def, and send with client as it stands",
            subject.place_of_function(name),
        )  # fmt: skip


@as_check(
    "PC107",
    "known-scheme",
    Severity.ERROR,
    "The authentication scheme is installed.",
    needs=Needs.NOTHING,
)
def known_scheme(subject: Subject) -> Iterator[Finding]:
    """A scheme that is not part of portcall is a distribution, and a dependency of the plugin."""
    if "needs a scheme:" in subject.load_text:
        yield known_scheme.finding(
            subject.load_text.partition("needs a scheme: ")[2],
            "correct what auth_scheme returns, or install the scheme and add it to dependencies",
            subject.place_of_function("auth_scheme"),
        )


@as_check(
    "PC108",
    "settings-class",
    Severity.ERROR,
    "auth_fields returns an attrs class that can be a form.",
    needs=Needs.NOTHING,
)
def settings_class(subject: Subject) -> Iterator[Finding]:
    """Settings are fields of an attrs class, of types that a form can show and text can be converted to."""
    about_form = re.search(r"\bauth_fields\b", subject.load_text) and subject.plugin is not None
    if about_form and not list(default_accepted.run(subject)):
        yield settings_class.finding(
            subject.load_text, "return an attrs class whose fields are made by portcall.field",
            subject.place_of_function("auth_fields"),
        )  # fmt: skip


@as_check(
    "PC109",
    "action-arguments",
    Severity.ERROR,
    "An action asks only for arguments that it can have.",
    needs=Needs.NOTHING,
)
def action_arguments(subject: Subject) -> Iterator[Finding]:
    """An action, its batch and its choices name the arguments that they use, such as ``client``."""
    said = re.search(r"HookError: (.* asks for .*; it can have .*)", subject.load_text)
    if said:
        yield action_arguments.finding(
            said[1], "rename the argument, or remove it", subject.raised_in()
        )


@as_check(
    "PC110",
    "payload-annotated",
    Severity.ERROR,
    "A payload is annotated with an attrs class.",
    needs=Needs.NOTHING,
)
def payload_annotated(subject: Subject) -> Iterator[Finding]:
    """The annotation of ``payload`` is the schema that mappings fill and payloads are checked by."""
    said = re.search(
        r"HookError: (.* needs a 'payload' annotated with an attrs class)", subject.load_text
    )
    if said:
        yield payload_annotated.finding(
            said[1], "write an attrs class with a field for each input, and annotate payload with it",
            subject.raised_in(),
        )  # fmt: skip


@as_check(
    "PC111",
    "hooks-marked",
    Severity.ERROR,
    "A function with the name of a hook is marked as one.",
    needs=Needs.PLUGIN,
)
def unmarked(subject: Subject) -> Iterator[Finding]:
    """Without ``@hookimpl`` the function is never called, and no other error reports that."""
    owner = subject.plugin
    for name in (*CORE_HOOKS, *_scheme_hooks(subject)):
        function: Any = getattr(owner, name, None)
        plain = getattr(function, "__func__", function)
        if not isinstance(plain, FunctionType) or hasattr(plain, "portcall_impl"):
            continue
        if hasattr(plain, "portcall_spec") or plain.__module__ == "portcall.plugins.hookspecs":
            continue
        yield unmarked.finding(
            f"{name!r} has the name of a hook and is none",
            "put @hookimpl above it, or rename it",
            subject.place_of(plain),
        )


REASONS: Final[tuple[Check, ...]] = (
    known_hooks, hook_arguments, instance, hosts_declared, plain_hooks, known_scheme, settings_class,
    action_arguments, payload_annotated, unmarked,
)  # fmt: skip
"""Checks that know why a plugin cannot be loaded."""
KNOWN_ELSEWHERE: Final = (slug, portcall_covered, default_accepted, payload_usable)
"""The same, in other groups."""
LOADING: Final = (loads, *REASONS)


def _scheme_hooks(subject: Subject) -> tuple[str, ...]:
    """Return the hooks that the scheme of a loaded destination brings."""
    if subject.destination is None:
        return ()
    scheme = subject.destination.stack.layers[-2].plugin
    return tuple(n for n in dir(scheme) if hasattr(getattr(scheme, n, None), "portcall_spec"))


def _arguments(hook: str) -> tuple[str, ...]:
    """Return what a hook of core offers; nothing of one that a scheme brings."""
    code = getattr(getattr(hookspecs, hook, None), "__code__", None)
    return code.co_varnames[: code.co_argcount] if code is not None else ()


def _is_async(function: object) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & 0x80)
