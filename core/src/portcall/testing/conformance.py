"""Holding a destination against everything portcall expects of it: as tests of pytest's, or in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from portcall.checks.checking import Report, check
from portcall.checks.finding import Finding, Severity
from portcall.checks.reply import Reply
from portcall.model.auth import Auth

if TYPE_CHECKING:
    from portcall.checks.check import Check

FAILING: Final = (Severity.ERROR, Severity.BEFORE_PUBLISHING)
"""The severities that fail a test; a suggestion is shown by ``portcall check`` alone."""


def conformance(
    destination: str | Path | object,
    *,
    settings: Mapping[str, object] | None = None,
    auth: Auth | None = None,
    answers: Mapping[str, Sequence[Reply]] | None = None,
) -> Callable[..., None]:
    """Return a test for pytest with one item for each check, named by its code: ``[PC141-action-title]``.

    The plugin is checked when the first item runs. A finding that is a suggestion fails no test, and
    neither does one that ``[tool.portcall.check]`` accepts with a reason. Needs pytest.

    Args:
        destination: The slug of an installed plugin, the path of a file or of a project's folder, or a
            module or object with hookimpls.
        settings: Values that the plugin accepts; made up after the fields if left out.
        auth: Credentials to compose with; made up if left out.
        answers: Replies that the destination would give, by the name of the action: what its API's
            documentation shows, a batch of which one item failed, say.

    Example::

        test_conformance = conformance(
            "acme", answers={"record": [Reply(207, json={"failed": [{"index": 1}]})]}
        )
    """
    import pytest  # noqa: PLC0415  # nothing else here needs it

    from portcall.checks.catalogue import CHECKS  # noqa: PLC0415

    @cache
    def report() -> Report:
        return check(destination, settings=settings, auth=auth, answers=answers)

    items = [pytest.param(each, id=f"{each.code}-{each.name}") for each in CHECKS]

    @pytest.mark.parametrize("expected", items)
    def test_conformance(expected: Check) -> None:
        reason = report().skipped.get(expected.code)
        if reason is not None:
            pytest.skip(reason)
        found = [each for each in _failing(report()) if each.code == expected.code]
        if found:
            pytest.fail(f"{expected.title}\n{_listed(found)}", pytrace=False)

    return test_conformance


def check_destination(
    destination: str | Path | object,
    *,
    settings: Mapping[str, object] | None = None,
    auth: Auth | None = None,
    answers: Mapping[str, Sequence[Reply]] | None = None,
) -> None:
    """Fail with everything that keeps a destination from being ready for its users.

    The same as `conformance` in one call, and without pytest.

    Args:
        destination: As for `conformance`.
        settings: Values that the plugin accepts; made up after the fields if left out.
        auth: Credentials to compose with; made up if left out.
        answers: Replies that the destination would give, by the name of the action.

    Raises:
        AssertionError: Lists every finding, each with what to do.
        UnknownPluginError: No plugin has this slug; says which is near.

    Example::

        def test_destination_is_ready():
            check_destination("acme", settings={"subdomain": "acme", "api_key": "k-123456"})
    """
    found = _failing(check(destination, settings=settings, auth=auth, answers=answers))
    if found:
        name = destination if isinstance(destination, str | Path) else "the destination"
        raise AssertionError(f"{name} is not ready:\n{_listed(found)}")


def _failing(report: Report) -> list[Finding]:
    return [each for each in report.findings if each.severity in FAILING]


def _listed(found: Sequence[Finding]) -> str:
    return "\n".join(f"  - {each}" for each in found)
