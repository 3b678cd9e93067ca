"""From what was filled in to an instance that can be used, or one error with every reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from portcall.errors import Problem, SettingsError
from portcall.fields.plans import plan_of
from portcall.fields.refusals import Reason, Refused

MAX_PROBLEMS = 100
"""More are counted, not listed."""

_T = TypeVar("_T")


def validate(
    cls: type[_T],
    raw: Mapping[str, object] | _T,
    *,
    what: str,
    lenient: bool = False,
    sync_mode: str | None = None,
) -> _T:
    """Make an instance of *cls* out of what a form, a file or the environment delivered.

    Text becomes what its field needs: ``"7"`` a number; ``true``, ``1``, ``yes``, ``on`` and their
    opposites, in any case, a boolean; ISO 8601 with an offset an aware datetime; ``a, b`` or a JSON
    list a list; JSON an object. None, and empty text for anything but ``Any``, mean "not given".
    A secret is a `Secret` before anything looks at it.

    Args:
        cls: An attrs class.
        raw: Values by field name; or an instance of *cls*, which is given back as it is.
        what: Whose values these are, to begin the error with: ``"settings of acme"``.
        lenient: The values come out of an event, where a number may stand for text, 1 for true, a date for
            a time and one item for a list of one; ``docs/fields.md`` lists it all.
        sync_mode: The one that conditions of fields see; None for none.

    Returns:
        An instance, its class's own validators included.

    Raises:
        SettingsError: With every problem at once; none of them, nor anything chained to the error,
            holds a value of a secret field.
        HookError: The class itself cannot work.
    """
    made = plan_of(cls, lenient=lenient, sync_mode=sync_mode).convert(raw)
    del raw  # error reports show local variables
    if isinstance(made, Refused):
        raise SettingsError(f"{what} cannot be used:", _problems(made.reasons))
    return made  # type: ignore[no-any-return]


def _problems(reasons: tuple[Reason, ...]) -> list[Problem]:
    shown = [_problem(reason) for reason in reasons[:MAX_PROBLEMS]]
    more = len(reasons) - len(shown)
    return [*shown, Problem("", f"There are {more} more problems like these")] if more else shown


def _problem(reason: Reason) -> Problem:
    return Problem(reason.path, f"{reason.label or 'This'} {reason.rest}")
