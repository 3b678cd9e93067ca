"""The directives that read the event: ``@path @template @literal @liquid @arrayPath``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from portcall.actions.mapping import liquid_text, rules
from portcall.actions.mapping.paths import follow, getter, parse_path
from portcall.actions.mapping.placeholders import render, renderer
from portcall.actions.mapping.spec import Site, Spec, Want
from portcall.actions.mapping.values import MISSING, Run, as_is, is_array, is_object, type_name


def _build_path(path: Any, site: Site) -> Run:
    settle = site.settle()
    if isinstance(path, str):
        return getter(parse_path(path), settle)
    return _computed(path, site, lambda text, data: settle(follow(data, parse_path(text))))


def _build_template(template: Any, site: Site) -> Run:
    if isinstance(template, str):
        return renderer(template)
    return _computed(template, site, render)


def _computed(node: Any, site: Site, use: Callable[[str, Any], Any]) -> Run:
    """A directive whose text is itself computed from the event."""
    compute = site.inner(node, Want.LOOK)

    def run(data: Any) -> Any:
        text = compute(data)
        if not isinstance(text, str):
            message = f"needs a string; this event gives {type_name(text)}"
            raise site.error(message)
        return use(text, data)

    return run


def _build_literal(value: Any, site: Site) -> Run:
    return site.inner(value, site.want)


def _check_array_path(checker: rules.Checker, node: Any, at: str) -> None:
    if not isinstance(node, list):
        checker.reject(at, "an array", node)
    elif not node:
        checker.report(at, "must start with a path or a directive")
    else:
        rules.string_or_directive(checker, node[0], rules.pointer(at, 0))
        checker.value(node[1] if len(node) > 1 else None, rules.pointer(at, 1))


def _build_array_path(argument: Any, site: Site) -> Run:
    source, shape = (*argument, None)[:2]
    shaped = isinstance(shape, dict) and bool(shape)
    read = _array_source(source, site, Want.LOOK if shaped else site.want)
    if not shaped:
        return read
    gap = None if site.want is Want.KEEP else MISSING
    return _each(read, site.inner(shape, site.want.inside, 1), gap)


def _array_source(source: Any, site: Site, want: Want) -> Run:
    if isinstance(source, str):
        return getter(parse_path(source), as_is if want is Want.LOOK else site.settle())
    return site.inner(source, want, 0)


def _each(read: Run, shape: Run, gap: object) -> Run:
    def run(data: Any) -> Any:
        root = read(data)
        if is_object(root):
            root = (root,)
        elif not is_array(root):
            return root
        return [gap if (value := shape(item)) is MISSING else value for item in root]

    return run


SPECS: Final = {
    "@path": Spec(rules.string_or_directive, _build_path),
    "@template": Spec(rules.string_or_directive, _build_template),
    "@literal": Spec(rules.literal, _build_literal),
    "@arrayPath": Spec(_check_array_path, _build_array_path),
    "@liquid": Spec(liquid_text.check, liquid_text.build),
}
