"""The directives that choose or respell a value: ``@if @case @replace @excludeWhenNull``."""

from __future__ import annotations

from typing import Any, Final

from portcall.actions.mapping import rules
from portcall.actions.mapping.replacing import replacer
from portcall.actions.mapping.spec import Site, Spec, Want
from portcall.actions.mapping.values import (
    MISSING,
    Run,
    is_array,
    is_object,
    is_truthy,
    text,
)

_MOST: Final = 10  # characters of a pattern or replacement, as theirs allows
_short = rules.string(0, _MOST)
_if_options = rules.options({}, {})
_replace_options = rules.options(
    {"pattern": rules.string(1, _MOST), "value": rules.string_or_directive},
    {"replacement": _short, "ignorecase": rules.boolean, "global": rules.boolean},
)


def _check_if(checker: rules.Checker, node: Any, at: str) -> None:
    _if_options(checker, node, at)
    if not isinstance(node, dict) or rules.has_directive_key(node):
        return
    if not any(is_truthy(node.get(key)) for key in ("exists", "blank")):
        checker.report(at, "needs 'exists' or 'blank'")


def _build_if(options: dict[str, Any], site: Site) -> Run:
    condition = "exists" if "exists" in options else "blank"
    test = site.inner(options[condition], Want.LOOK, condition)
    then = site.inner(options.get("then", MISSING), site.want, "then")
    # a constant that JavaScript takes for false is no alternative, as theirs has it
    alternative = options.get("else") if is_truthy(options.get("else")) else MISSING
    otherwise = site.inner(alternative, site.want, "else")
    if condition == "exists" and options["exists"] == options.get("then"):
        return _first(then, otherwise)
    return (_if_exists if condition == "exists" else _if_filled)(test, then, otherwise)


def _first(then: Run, otherwise: Run) -> Run:
    """The usual test, whether there is what is then taken: one look at the event, not two."""

    def run(data: Any) -> Any:
        value = then(data)
        return otherwise(data) if value is None or value is MISSING else value

    return run


def _if_exists(test: Run, then: Run, otherwise: Run) -> Run:
    def run(data: Any) -> Any:
        value = test(data)
        return otherwise(data) if value is None or value is MISSING else then(data)

    return run


def _if_filled(test: Run, then: Run, otherwise: Run) -> Run:
    return lambda data: otherwise(data) if is_blank(test(data)) else then(data)


def is_blank(value: Any) -> bool:
    """Whether a value counts as empty: what JavaScript finds ``== ''``, null and missing."""
    if value is None or value is MISSING:
        return True
    if is_array(value):
        return len(value) < 2 and not text(value)
    return not is_object(value) and not value


def _build_case(options: dict[str, Any], site: Site) -> Run:
    if not options.get("value"):
        return lambda _data: MISSING
    read = site.inner(options["value"], site.want, "value")
    change = str.lower if options["operator"] == "lower" else str.upper

    def run(data: Any) -> Any:
        value = read(data)
        return change(value) if isinstance(value, str) else value

    return run


def _check_replace(checker: rules.Checker, node: Any, at: str) -> None:
    _replace_options(checker, node, at)
    if isinstance(node, dict) and _is_pair(node, "2"):
        for key in ("pattern2", "replacement2"):
            _short(checker, node.get(key) or "", rules.pointer(at, key))


def _build_replace(options: dict[str, Any], site: Site) -> Run:
    if not options["value"]:
        return lambda _data: MISSING
    read = site.inner(options["value"], Want.LOOK, "value")
    changes = [
        replacer(
            options[f"pattern{number}"],
            options.get(f"replacement{number}") or "",
            everywhere=options.get("global", True),
            ignore_case=options.get("ignorecase", False),
        )
        for number in ("", "2")
        if _is_pair(options, number)
    ]

    def run(data: Any) -> str:
        value = read(data)
        if isinstance(value, (int, float)):
            value = text(value)
        elif not isinstance(value, str):
            return ""
        for change in changes:
            value = change(value)
        return value

    return run


def _is_pair(options: dict[str, Any], number: str) -> bool:
    """Whether both texts are there; theirs passes over a second pair that is not."""
    pattern, replacement = options.get(f"pattern{number}"), options.get(f"replacement{number}")
    return isinstance(pattern, str) and bool(pattern) and isinstance(replacement, str | None)


def _build_exclude(value: Any, site: Site) -> Run:
    read = site.inner(value, site.want)
    clean = without_nulls if site.want is not Want.MERGE else _nulls_missing

    def run(data: Any) -> Any:
        found = read(data)
        return MISSING if found is None else clean(found)

    return run


def without_nulls(value: Any) -> Any:
    """A value without its null keys, in objects within objects but not in lists."""
    if not is_object(value):
        return value
    return {key: without_nulls(item) for key, item in value.items() if item is not None}


def _nulls_missing(value: Any) -> Any:
    if not is_object(value):
        return value
    return {k: MISSING if v is None else without_nulls(v) for k, v in value.items()}


SPECS: Final = {
    "@if": Spec(_check_if, _build_if),
    "@case": Spec(
        rules.options(
            {"operator": rules.one_of("lower", "upper")}, {"value": rules.string_or_directive}
        ),
        _build_case,
    ),
    "@replace": Spec(_check_replace, _build_replace),
    "@excludeWhenNull": Spec(rules.literal, _build_exclude),
}
