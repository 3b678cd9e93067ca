"""Run the checks on a plugin, each by itself, and collect what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from portcall.checks.catalogue import CHECKS, EXPLAINS
from portcall.checks.check import Check, Needs
from portcall.checks.finding import Finding, Severity
from portcall.checks.reply import Reply
from portcall.checks.subject import Subject
from portcall.checks.targets import subjects
from portcall.checks.watching import UNWATCHED, Step, Watch
from portcall.errors import SettingsError
from portcall.model.auth import Auth
from portcall.raised import text_of

_MOST_FINDINGS: Final = 50
"""Of one check: a plugin with more has one fault many times over."""


@attrs.frozen
class Report:
    """What the checks came to.

    Args:
        findings: The worst first, then by code and place.
        passed: Codes of the checks that found nothing.
        skipped: Reasons by the codes of the checks that had nothing to look at.
        accepted: Findings that the author accepts, with the written reason.
    """

    findings: tuple[Finding, ...] = ()
    passed: tuple[str, ...] = ()
    skipped: Mapping[str, str] = attrs.field(factory=dict)
    accepted: tuple[tuple[Finding, str], ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of the severity error."""
        return tuple(each for each in self.findings if each.severity is Severity.ERROR)


def check(
    target: str | Path | object,
    *,
    settings: Mapping[str, object] | None = None,
    auth: Auth | None = None,
    answers: Mapping[str, Sequence[Reply]] | None = None,
    only: Iterable[str] | None = None,
) -> Report:
    """Hold a plugin against everything that portcall expects of it. Nothing is sent.

    Args:
        target: A slug, the path of a file (``acme.py``, ``acme.toml``) or of a project's folder, or a
            module or object with hookimpls.
        settings: Values that the plugin accepts; made up after its fields if left out.
        auth: Credentials to compose with; made up if left out.
        answers: Replies that the destination would give, by the name of the action.
        only: Codes to look for, or beginnings of codes (``"PC1"``); everything if left out.

    Raises:
        UnknownPluginError: No plugin has this slug; says which is near.
        PluginLoadError: There is nothing at the path, or no plugin in it.
        SettingsError: No check has one of these codes.

    Example::

        report = check("acme", settings={"subdomain": "acme", "api_key": "k-123456"})
        for finding in report.findings:
            print(finding.place, finding.code, finding.text)
    """
    given = {"given_settings": settings, "given_auth": auth, "answers": dict(answers or {})}
    return check_watched(target, select(only), UNWATCHED, **given)


def check_watched(
    target: str | Path | object, chosen: Sequence[Check], watch: Watch, **given: Any
) -> Report:
    """Do the same as `check`, and say before each step which one it is.

    Args:
        target: As for `check`.
        chosen: The checks to run.
        watch: Hears of each step.
        given: What the author passed: see `Subject`.

    Raises:
        UnknownPluginError, PluginLoadError: As by `check`.
    """
    with subjects(target, watch, **given) as found:
        reports = [_report(subject, chosen, watch) for subject in found]
    return reports[0] if len(reports) == 1 else _joined(reports)


def select(only: Iterable[str] | None) -> tuple[Check, ...]:
    """Return the checks with these codes, in their order; all for None.

    Raises:
        SettingsError: No check has one of these codes.
    """
    if only is None:
        return CHECKS
    wanted = [code.upper() for code in only]
    codes = [each.code for each in CHECKS]
    for code in wanted:
        if not any(each.startswith(code) for each in codes):
            near = max(codes, key=lambda known: _shared(known, code))
            is_near = _shared(near, code) > len("PC")
            hint = f"did you mean {near}?" if is_near else f"they are {codes[0]} to {codes[-1]}"
            raise SettingsError(f"no check has the code {code[:20]!r}; {hint}")
    return tuple(each for each in CHECKS if each.code.startswith(tuple(wanted)))


def _shared(known: str, code: str) -> int:
    """Return how many characters two codes begin with alike."""
    return next(
        (n for n, pair in enumerate(zip(known, code, strict=False)) if pair[0] != pair[1]),
        len(code),
    )


def run_check(check: Check, subject: Subject) -> list[Finding] | str:
    """Run one check: return what it finds, or why it has nothing to look at.

    A check that raises is a finding with its own code.
    """
    found: list[Finding] = []
    try:
        if not _has(subject, check.needs):
            return check.needs.value
        for finding in check.run(subject):
            if finding not in found:
                found.append(finding)
            if len(found) == _MOST_FINDINGS:
                break
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a plugin may do anything when it is looked at
        notes = "; ".join(getattr(error, "__notes__", ()))
        text = f"{type(error).__name__}: {text_of(error)}{'; ' if notes else ''}{notes}"
        found.append(_unchecked(check, text))
    return found


def _unchecked(check: Check, why: str) -> Finding:
    return check.finding(f"this could not be checked: {why}", "fix what the error names")


def _watched(check: Check, subject: Subject, watch: Watch) -> list[Finding] | str:
    """Run one check, if no process was lost at it or at an earlier one."""
    step = Step(subject.slug, check.code)
    if step in watch.lost:
        return [_unchecked(check, f"the plugin {watch.lost[step]}")]
    for slug, code in watch.lost:
        if slug == subject.slug and code and code < check.code:
            return f"the plugin {watch.lost[Step(slug, code)]} at {code}"
    watch.begin(step)
    return run_check(check, subject)


def _report(subject: Subject, chosen: Sequence[Check], watch: Watch) -> Report:
    findings: list[Finding] = []
    accepted: list[tuple[Finding, str]] = []
    passed: list[str] = []
    skipped: dict[str, str] = {}
    ignored = accepted_codes(subject)
    for each in chosen:
        found = _watched(each, subject, watch)
        cause = _explained(each.code, findings)
        if isinstance(found, str):
            skipped[each.code] = found
        elif not found:
            passed.append(each.code)
        elif each.code in ignored:
            accepted += [(one, ignored[each.code]) for one in found]
        elif cause:
            skipped[each.code] = f"it fails, which {cause} explains"
        else:
            findings += found
    return Report(tuple(sorted(findings, key=_order)), tuple(passed), skipped, tuple(accepted))


def _explained(code: str, findings: Sequence[Finding]) -> str:
    """Return the code of a finding that a failure of the check *code* follows from; empty if none."""
    causes = (each.code for each in findings if code.startswith(EXPLAINS.get(each.code, ("-",))))
    return next(causes, "")


def accepted_codes(subject: Subject) -> dict[str, str]:
    """Return the codes that the author accepts, with the reason written in ``pyproject.toml``."""
    table: Any = subject.project.table if subject.project is not None else {}
    for key in ("tool", "portcall", "check", "ignore"):
        table = table.get(key, {}) if isinstance(table, Mapping) else {}
    if not isinstance(table, Mapping):
        return {}
    return {f"{code}".upper(): reason for code, reason in table.items() if _is_reason(reason)}


def _is_reason(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _has(subject: Subject, need: Needs) -> bool:
    """Return whether what a check looks at is at hand."""
    return _AT_HAND[need](subject)


def _is_connected(subject: Subject) -> bool:
    return subject.destination is not None and not isinstance(subject.connected, Exception)


_AT_HAND: Final[Mapping[Needs, Callable[[Subject], bool]]] = {
    Needs.NOTHING: lambda _: True,
    Needs.PLUGIN: lambda subject: subject.plugin is not None,
    Needs.DESTINATION: lambda subject: subject.destination is not None,
    Needs.CONNECTION: _is_connected,
    Needs.SOURCES: lambda subject: bool(subject.sources),
    Needs.PROJECT: lambda subject: subject.project is not None,
    Needs.FOLDER: lambda subject: bool(subject.project and subject.project.folder),
}


def _order(finding: Finding) -> tuple[int, str, str, int]:
    severities = list(Severity)
    severity = severities.index(finding.severity)
    return severity, finding.code, finding.file or "", finding.line or 0


def _joined(reports: Sequence[Report]) -> Report:
    findings = sorted({f for each in reports for f in each.findings}, key=_order)
    accepted = dict.fromkeys(pair for each in reports for pair in each.accepted)
    failed = {f.code for f in findings} | {f.code for f, _ in accepted}
    passed = dict.fromkeys(c for r in reports for c in r.passed if c not in failed)
    skipped = {c: why for r in reports for c, why in r.skipped.items() if c not in passed}
    return Report(tuple(findings), tuple(passed), skipped, tuple(accepted))
