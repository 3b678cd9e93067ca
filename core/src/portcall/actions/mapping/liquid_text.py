"""``@liquid``: a text made by a template in the Liquid language."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from portcall.actions.mapping.rules import Checker
from portcall.actions.mapping.spec import Site
from portcall.actions.mapping.values import Run, is_object
from portcall.errors import MappingError

if TYPE_CHECKING:
    from portcall.actions.mapping.liquid_language import Render

_MOST: Final = 1_000  # characters of a template, as Segment allows


@functools.lru_cache(maxsize=128)
def _compiled(source: str) -> Render:
    from portcall.actions.mapping.liquid_language import compile_template  # noqa: PLC0415  # few have one

    return compile_template(source)


def check(checker: Checker, node: Any, at: str) -> None:
    """A Liquid template that compiles."""
    if not isinstance(node, str):
        checker.reject(at, "a string", node)
    elif len(node) > _MOST:
        checker.report(at, f"must have at most {_MOST} characters; it has {len(node)}")
    else:
        from portcall.actions.mapping.liquid_language import LiquidError  # noqa: PLC0415

        try:
            _compiled(node)
        except LiquidError as error:
            checker.report(at, str(error))


def build(source: str, site: Site) -> Run:
    """A closure that renders one checked template."""
    from portcall.actions.mapping.liquid_language import LiquidError  # noqa: PLC0415

    render = _compiled(source)

    def run(data: Any) -> str:
        try:
            return render(data if is_object(data) else {})
        except LiquidError as error:
            raise site.error(f"cannot be rendered: the template {error}") from error
        except MappingError as error:
            what = " ".join(problem.message for problem in error.problems).rstrip(".")
            raise site.error(f"cannot be rendered: {what}") from error

    return run
