"""Values with filters behind them: ``{{ value | filter: argument | filter }}``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from portcall.actions.mapping.liquid_language.expressions import Expressions
from portcall.actions.mapping.liquid_language.filters import filter_named
from portcall.actions.mapping.liquid_language.filters.filter import VARIES
from portcall.actions.mapping.liquid_language.operators import ABSENT, Term, constant
from portcall.actions.mapping.liquid_language.scanner import Scanner
from portcall.actions.mapping.liquid_language.scope import LiquidError, Read, Scope


def chain(expressions: Expressions, scanner: Scanner) -> Term:
    """Read a value with its filters, up to the end of the tag or output.

    Args:
        expressions: What is known of the template so far.
        scanner: Stands at the value.

    Raises:
        LiquidError: There is no value, or a filter that is not available or can only fail.
    """
    term = expressions.operation(scanner)
    scanner.expect(term, "has no value")
    trial = expressions.trial
    term = _settled(term or ABSENT, trial)
    while name := _next_filter(scanner):
        chosen = filter_named(name)
        arguments = [_settled(each, trial) for each in _arguments(expressions, scanner)]
        with _naming(name):
            chosen.check([each.read(trial) if each.fixed else VARIES for each in arguments])
        term = _filtered(name, term, arguments[: chosen.most], trial)
    return term


@contextlib.contextmanager
def _naming(name: str) -> Iterator[None]:
    try:
        yield
    except LiquidError as error:
        raise _named(error, name) from None


def _named(error: LiquidError, name: str) -> LiquidError:
    return LiquidError(f"uses the filter {name!r}, which {error}")


def _next_filter(scanner: Scanner) -> str:
    scanner.skip_blank()
    if scanner.done():
        return ""
    scanner.expect(scanner.skip("|"), "needs '|' before a filter")
    name = scanner.identifier()
    scanner.expect(name or scanner.done(), "needs the name of a filter after '|'")
    return name


def _arguments(expressions: Expressions, scanner: Scanner) -> list[Term]:
    scanner.skip_blank()
    found: list[Term] = []
    if scanner.peek() != ":":
        scanner.expect(scanner.done() or scanner.peek() == "|", "needs ':' after a filter")
        return found
    while scanner.peek() in {":", ","}:
        scanner.at += 1
        if argument := _argument(expressions, scanner):
            found.append(argument)
        scanner.skip_blank()
        more = scanner.done() or scanner.peek() in {",", "|"}
        scanner.expect(more, "needs ',' or '|' after an argument")
    return found


def _argument(expressions: Expressions, scanner: Scanner) -> Term | None:
    """One argument; one with a name becomes a list of name and value, as in LiquidJS."""
    scanner.skip_blank()
    start = scanner.at
    key = expressions.value(scanner)
    name = scanner.source[start : scanner.at]
    scanner.skip_blank()
    if key is None or not scanner.skip(":"):
        return key
    named = expressions.value(scanner) or ABSENT
    return Term(lambda scope: [name, named.read(scope)], fixed=named.fixed)


def _settled(term: Term, trial: Scope) -> Term:
    """A term that is the same for every event, calculated."""
    return constant(term.read(trial)) if term.fixed else term


def _filtered(name: str, term: Term, arguments: list[Term], trial: Scope) -> Term:
    """A filter on a value."""
    chosen = filter_named(name)
    call = _call(name, chosen.apply, term.read, arguments, trial)
    if not (term.fixed and all(each.fixed for each in arguments)):
        return Term(call)
    value = call(trial)
    return constant(value) if chosen.steady else Term(call)


def _call(
    name: str, apply: Callable[..., Any], read: Read, arguments: list[Term], trial: Scope
) -> Read:
    fixed = all(each.fixed for each in arguments)
    values = [each.read(trial) for each in arguments] if fixed else []
    reads = [] if fixed else [each.read for each in arguments]

    def call(scope: Scope) -> Any:
        value = read(scope)
        given = [argument(scope) for argument in reads] if reads else values
        try:
            made = apply(scope, value, *given)
            if made.__class__ is str or made.__class__ is list:
                scope.spend(len(made))
        except LiquidError as error:
            raise _named(error, name) from None
        return made

    return call
