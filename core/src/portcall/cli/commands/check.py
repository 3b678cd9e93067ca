"""``portcall check``: what keeps a plugin from being ready for its users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import attrs
import click

from portcall.checks import Finding, Report, Severity, Step, Watch, check_watched, select
from portcall.cli.destinations.plugin_files import plugin_files
from portcall.cli.exit_codes import Exit
from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.flags.tab_completion import complete_slug
from portcall.cli.process.supervised_child import Ended, Tell, supervise
from portcall.cli.state import State
from portcall.cli.terminal import error_messages
from portcall.cli.terminal.output import quiet, write, write_json
from portcall.declarative.packaged import plugins_at
from portcall.errors import PluginLoadError

IMPORT_S: Final = 10.0
"""How long the plugin may take to load."""

CHECK_S: Final = 60.0
"""How long one check may take; the slowest takes about 2 s."""

_COLOURS: Final = {
    Severity.ERROR: "red",
    Severity.BEFORE_PUBLISHING: "yellow",
    Severity.SUGGESTION: "cyan",
}
_WORDS: Final = {each.value.replace(" ", "-"): each for each in Severity}


@click.command("check", cls=Command)
@click.argument("target", metavar="SLUG|FILE|FOLDER", shell_complete=complete_slug)
@click.option(
    "--only",
    metavar="CODE",
    multiple=True,
    help="Run only this check, or the checks whose code begins with this: PC2. Repeatable.",
)
@click.option(
    "--severity",
    type=click.Choice(list(_WORDS)),
    default="suggestion",
    show_default=True,
    help="Show only findings of at least this severity.",
)
@click.option(
    "--strict", is_flag=True, help="Also exit with 1 for findings to fix before publishing."
)
@json_option
@click.pass_obj
def command(
    state: State, target: str, only: tuple[str, ...], severity: str, *, strict: bool, as_json: bool
) -> int:
    """Check a plugin for everything that portcall expects of it; nothing is sent.

    SLUG is an installed plugin, FILE one that is a file (.py, .toml, .json), FOLDER the project of one,
    with its pyproject.toml. Each finding has a code that the documentation explains. Exits with 1 if a
    finding is an error.
    """
    found, chosen = _file_of(target) or target, select(only or None)
    lost: dict[Step, str] = {}

    def work(tell: Tell) -> int:
        try:
            with quiet():
                report = check_watched(found, chosen, Watch(tell, lost))
            _print(target, report, _WORDS[severity], state, as_json=as_json)
        except BaseException as exc:  # noqa: BLE001  # a process of its own: nothing may come out
            return error_messages.report(exc, state)
        return _code(report, strict=strict)

    while True:
        ended = supervise(work, lambda told: IMPORT_S if told <= 1 else CHECK_S)
        if ended.code is not None:
            return ended.code
        step = Step(*ended.told[-1]) if ended.told else Step(target)
        if step in lost:
            raise PluginLoadError(f"{target} cannot be checked: its plugin {lost[step]}")
        lost[step] = _what_it_did(ended)


def _what_it_did(ended: Ended) -> str:
    if ended.waited_s is None:
        return f"ended the process ({ended.how})"
    return f"took longer than {ended.waited_s:g} s"


def _print(target: str, report: Report, least: Severity, state: State, *, as_json: bool) -> None:
    shown = [f for f in report.findings if _rank(f.severity) <= _rank(least)]
    if as_json:
        write_json(_for_programs(target, report, shown), state)
    else:
        for line in _lines(target, report, shown, state.line):
            write(line)


def _code(report: Report, *, strict: bool) -> Exit:
    failing = (Severity.ERROR, Severity.BEFORE_PUBLISHING) if strict else (Severity.ERROR,)
    return Exit.REFUSED if any(f.severity in failing for f in report.findings) else Exit.DONE


def _file_of(slug: str) -> Path | None:
    """Return the file of ``--plugin`` whose destination is called *slug*."""
    found = [info.plugin for info in plugins_at(plugin_files()) if info.slug == slug]
    return Path(f"{found[0]}") if found else None


def _rank(severity: Severity) -> int:
    return list(Severity).index(severity)


def _lines(
    target: str, report: Report, shown: list[Finding], clean: Callable[[str], str]
) -> Iterator[str]:
    for finding in shown:
        severity = click.style(finding.severity, fg=_COLOURS[finding.severity])
        place = f"{clean(finding.place)}: " if finding.file else ""
        yield f"{place}{click.style(finding.code, bold=True)} {severity}: {clean(finding.text)}"
        yield f"    {clean(finding.advice)}"
    for finding, reason in report.accepted:
        yield f"accepted {finding.code}: {clean(finding.text)}"
        yield f"    because {clean(reason)}"
    yield clean(_summary(target, report))


def _summary(target: str, report: Report) -> str:
    """Return how many findings of each severity there are, and what became of the other checks."""
    counts = [(each, sum(f.severity is each for f in report.findings)) for each in Severity]
    plural = {Severity.ERROR: "errors", Severity.SUGGESTION: "suggestions"}
    found = [f"{n} {plural.get(each, each) if n != 1 else each}" for each, n in counts if n]
    passed = len(report.passed)
    rest = [f"{passed} check{'' if passed == 1 else 's'} passed"]
    rest += [f"{len(report.skipped)} skipped"] if report.skipped else []
    rest += [f"{len(report.accepted)} accepted"] if report.accepted else []
    return f"{target}: {', '.join(found) or 'no finding'}; {', '.join(rest)}"


def _for_programs(target: str, report: Report, shown: list[Finding]) -> dict[str, Any]:
    return {
        "target": target,
        "ok": not report.errors,
        "findings": [attrs.asdict(each) for each in shown],
        "accepted": [{**attrs.asdict(each), "reason": why} for each, why in report.accepted],
        "passed": list(report.passed),
        "skipped": dict(report.skipped),
    }
